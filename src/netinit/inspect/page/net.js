/* A chain of layers, drawn by the core and applied in float32: what the page of
 * netinit.inspect.explore computes, without what it shows. */

const round = Math.fround;

/** The error function: the series of Abramowitz and Stegun 7.1.6, whose terms are all positive. */
function erf(x) {
    const size = Math.abs(x);
    if (!(size < 6))
        return Math.sign(x);
    let sum = size, term = size;
    for (let n = 1; term > sum * 1e-17; n++)
        sum += term *= 2 * size * size / (2 * n + 1);
    return Math.sign(x) * Math.min(1, 2 / Math.sqrt(Math.PI) * Math.exp(-size * size) * sum);
}

const sigmoid = (x) => 0.5 * (1 + Math.tanh(0.5 * x));
const softPlus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const elu = (x) => x > 0 ? x : Math.expm1(x);

/** The functions of one element, by the words of netinit.nets; the result is rounded once. */
const FUNCTIONS = {
    abs: Math.abs,
    cos: Math.cos,
    elu,
    exp: Math.exp,
    gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    hard_sigmoid: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)),
    hard_tanh: (x) => Math.min(1, Math.max(-1, x)),
    leaky_ramp: (x) => x > 0 ? x : 0.01 * x,
    log: Math.log,
    logistic_sigmoid: sigmoid,
    mish: (x) => x * Math.tanh(softPlus(x)),
    ramp: (x) => Math.max(x, 0),
    selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    sin: Math.sin,
    soft_plus: softPlus,
    soft_sign: (x) => x / (1 + Math.abs(x)),
    sqrt: Math.sqrt,
    square: (x) => x * x,
    swish: (x) => x * sigmoid(x),
    tanh: Math.tanh,
};

/** How an array is drawn at a slider's position, and the same in Python's words. `unit` is the
 * number of the rule at the position 1: a standard deviation, a bound, a gain. */
const DRAWS = {
    normal: {
        fill: (library, shape, stream, std) => library.normal(shape, stream, { std }),
        python: (std) => `netinit.Normal(0, ${std})`,
    },
    uniform: {
        fill: (library, shape, stream, high) =>
            library.uniform(shape, stream, { low: -high, high }),
        python: (high) => `netinit.Uniform(-${high}, ${high})`,
    },
    orthogonal: {
        fill: (library, shape, stream, gain) => library.orthogonal(shape, stream, { gain }),
        python: (gain) => `netinit.methods.Orthogonal(${gain})`,
    },
    identity: {
        fill(library, shape, stream, std) {
            const out = normal(library, shape, stream, std), [rows, columns] = shape;
            for (let i = 0; i < Math.min(rows, columns); i++)
                out[i * columns + i] = round(out[i * columns + i] + 1);
            return out;
        },
        python: (std) => `netinit.methods.Identity(${std})`,
    },
};

/** Normal values; a distribution of one value is a constant to netinit. */
function normal(library, shape, stream, std) {
    return std === 0 ? library.constant(shape, 0) : DRAWS.normal.fill(library, shape, stream, std);
}

function drawn(library, [rule, unit], shape, stream, position) {
    const number = unit * position;
    if (rule === "normal" || (rule === "uniform" && number === 0))
        return normal(library, shape, stream, number);
    return DRAWS[rule].fill(library, shape, stream, number);
}

/** What a net of netinit.inspect.explore is at the positions of the sliders. */
export class Explored {
    #library;

    /** `data` is what explore wrote; `library` what the loader of netinit.wasm gives. */
    constructor(data, library) {
        this.data = data;
        this.#library = library;
        this.state = { method: data.methods[0], weights: 1, biases: 1, seed: data.seed, moved: 0 };
        this.set({});
    }

    /** Change some of method, weights, biases, seed and moved, and draw all arrays anew. */
    set(change) {
        const state = { ...this.state, ...change };
        const arrays = {};
        for (const { name, shape, rules } of this.data.arrays) {
            const stream = this.#library.stream(state.seed, name);
            arrays[name] = rules === null
                ? normal(this.#library, shape, stream, state.biases)
                : drawn(this.#library, rules[state.method], shape, stream, state.weights);
        }
        this.state = state;
        this.arrays = arrays;
    }

    /** The bytes of each array in hexadecimal digits, by its name. */
    values() {
        const digits = (byte) => byte.toString(16).padStart(2, "0");
        return Object.fromEntries(Object.entries(this.arrays).map(([name, array]) =>
            [name, Array.from(new Uint8Array(array.buffer), digits).join("")]));
    }

    /** The output for one input, a Float32Array. A sum goes from the first input to the last, the
     * bias comes at the end, and each product and each sum is rounded to float32. */
    output(input) {
        let x = input;
        for (const layer of this.data.layers) {
            if (layer.function) {
                x = x.map(FUNCTIONS[layer.function]);
                continue;
            }
            const weights = this.arrays[layer.weights], biases = this.arrays[layer.biases];
            const out = new Float32Array(layer.outputs);
            for (let o = 0, at = 0; o < layer.outputs; o++) {
                let sum = 0;
                for (let i = 0; i < x.length; i++, at++)
                    sum = round(sum + round(weights[at] * x[i]));
                out[o] = biases ? sum + biases[o] : sum;
            }
            x = out;
        }
        return x;
    }

    /** The outputs over the interval, of which input `moved` goes through and others are 0:
     * x, and for each number of the output its values. */
    curve() {
        const [low, high] = this.data.interval, count = this.data.points;
        const x = Float32Array.from({ length: count },
            (_, i) => low + (high - low) * i / (count - 1));
        const input = new Float32Array(this.data.inputs);
        const outputs = Array.from(x, (at) => {
            input[this.state.moved] = at;
            return this.output(input);
        });
        const y = Array.from(outputs[0], (_, o) => Float32Array.from(outputs, (out) => out[o]));
        return { x, y };
    }

    /** The call of Python that gives a net these values. */
    python() {
        const { method, weights, biases, seed } = this.state;
        const rows = this.data.arrays.map(({ name, rules }) => {
            const [rule, unit] = rules === null ? ["normal", 1] : rules[method];
            const number = unit * (rules === null ? biases : weights);
            return `    ${JSON.stringify(name)}: ${DRAWS[rule].python(number)},\n`;
        });
        const text = typeof seed === "string" ? JSON.stringify(seed) : String(seed);
        return `netinit.initialize(net, netinit.All, seed=${text}, method={\n${rows.join("")}})`;
    }
}

/** Bytes that were compressed by gzip and written in base64. */
export async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
}

/** A seed as it is typed: a whole number, or else a text. */
export const seedOf = (text) => /^[+-]?\d+$/.test(text.trim()) ? BigInt(text) : text;
