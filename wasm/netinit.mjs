/** netinit in a page or in Node: the same bits as everywhere, from netinit.wasm beside this file.
 *
 *     import { load } from "./netinit.mjs";
 *     const netinit = await load();
 *     const stream = netinit.stream(2019, "h.0.attn.c_attn.weight");
 *     const weight = netinit.normal([768, 2304], stream, { std: 0.02 });
 *
 * Elements come in row-major order as a typed array: Float32Array, Float64Array, BigUint64Array
 * (uint64), and for the types that JavaScript lacks their bits, as Uint16Array (float16, bfloat16),
 * Uint8Array (float8_e4m3fn, float8_e5m2).
 */

const DTYPES = { // by number of ni_dtype: an array of the elements, or of their bits
    float32: Float32Array, float64: Float64Array, float16: Uint16Array, bfloat16: Uint16Array,
    float8_e4m3fn: Uint8Array, float8_e5m2: Uint8Array,
    uint32: Uint32Array, uint64: BigUint64Array,
};
const KINDS = ["bits", "constant", "uniform", "normal", "truncated_normal"]; // of ni_kind
const CHUNK = 1 << 18; // bytes of a fill that are made at once, in the caches

/** What the core asks of its system: no environment, and a clock between looks for interrupts. */
function system(memory) {
    const view = () => new DataView(memory().buffer);
    return {
        environ_sizes_get(count, bytes) {
            view().setUint32(count, 0, true);
            view().setUint32(bytes, 0, true);
            return 0;
        },
        environ_get: () => 0,
        clock_time_get(clock, precision, time) {
            view().setBigUint64(time, BigInt(Math.round(performance.now() * 1e6)), true);
            return 0;
        },
        proc_exit(code) { throw new Error(`netinit.wasm ended with ${code}`); },
    };
}

/** Load the library: `source` is a URL, a Response, bytes or a WebAssembly.Module. */
export async function load(source = new URL("netinit.wasm", import.meta.url)) {
    if (source instanceof URL && source.protocol === "file:")
        source = await (await import("node:fs/promises")).readFile(source);
    else if (typeof source === "string" || source instanceof URL)
        source = fetch(source);
    source = await source;
    if (typeof Response !== "undefined" && source instanceof Response) {
        if (!source.ok)
            throw new Error(`${source.url}: ${source.status} ${source.statusText}`);
        source = await source.arrayBuffer();
    }
    let core;
    const imports = { wasi_snapshot_preview1: system(() => core.memory) };
    const made = await WebAssembly.instantiate(source, imports);
    core = (made.instance ?? made).exports;
    core._initialize();
    return new Netinit(core);
}

function found(table, word, what) {
    const at = table.indexOf(word);
    if (at < 0)
        throw new TypeError(`${what} is ${word}; allowed: ${table.join(", ")}`);
    return at;
}

/** The product of the lengths; an error where they are no shape. */
function countOf(shape) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !Number.isSafeInteger(count))
        throw new TypeError(`shape is [${shape}]; allowed: whole numbers, product below 2^53`);
    return count;
}

class Netinit {
    #core;

    constructor(core) { this.#core = core; }

    /** The instruction sets of the build, slowest first; the last one is in use. */
    get instructionSets() {
        const names = [];
        this.#borrow([4], (supported) => {
            for (let i = 0, name; (name = this.#core.ni_isa(i, supported)) !== 0; i++)
                names.push(this.#text(name));
        });
        return names;
    }

    /** Use another instruction set, for tests and measurements: no value depends on it. */
    useInstructionSet(name) {
        const bytes = new TextEncoder().encode(`${name}\0`);
        this.#borrow([bytes.length], (at) => {
            new Uint8Array(this.#core.memory.buffer).set(bytes, at);
            this.#check(this.#core.ni_use_isa(at));
        });
    }

    /** The stream of a seed, a whole number or a text, and a parameter's name. */
    stream(seed, name) {
        if (typeof seed !== "string" && typeof seed !== "bigint" && !Number.isSafeInteger(seed))
            throw new TypeError(`seed is ${seed}; allowed: a whole number, a BigInt or a text`);
        const [from, to] = [String(seed), name].map((text) => new TextEncoder().encode(text));
        return this.#borrow([24, from.length, to.length], (at, seedAt, nameAt) => {
            const bytes = new Uint8Array(this.#core.memory.buffer);
            bytes.set(from, seedAt);
            bytes.set(to, nameAt);
            this.#check(this.#core.ni_stream_of_seed(typeof seed === "string" ? 1 : 0, seedAt,
                from.length, nameAt, to.length, at));
            const view = this.#view();
            return {
                key: view.getBigUint64(at, true),
                offset: view.getBigUint64(at + 8, true),
                draw: view.getUint32(at + 16, true),
            };
        });
    }

    /** Elements `first`, `first` + 1 .. of an array drawn from a stream: those of `out`, a typed
     * array that they are written to, or of a new one of `shape`. `distribution` has a kind (bits,
     * constant, uniform, normal, truncated_normal) and its numbers: mean, std, low, high. */
    fill(out, stream, distribution, { dtype = "float32", first = 0n } = {}) {
        const number = found(Object.keys(DTYPES), dtype, "dtype"), kind = DTYPES[dtype];
        if (Array.isArray(out))
            out = new kind(countOf(out));
        else if (!(out instanceof kind))
            throw new TypeError(`out of ${dtype} must be a ${kind.name} or a shape`);
        const bytes = kind.BYTES_PER_ELEMENT, most = Math.min(out.length, CHUNK / bytes);
        this.#borrow([24, 40, 32, 24, most * bytes], (at, drawn, output, axes, data) => {
            this.#putStream(at, stream);
            this.#putDistribution(drawn, distribution);
            for (let done = 0; done < out.length || done === 0; done += most) {
                const count = Math.min(most, out.length - done), view = this.#view();
                [count, bytes, 1].forEach(
                    (n, i) => view.setBigInt64(axes + 8 * i, BigInt(n), true));
                [data, number, 1, axes, axes + 8, axes + 16].forEach(
                    (n, i) => view.setUint32(output + 4 * i, n, true));
                view.setBigInt64(output + 24, BigInt(first) + BigInt(done), true);
                this.#check(this.#core.ni_fill(at, drawn, output, 0));
                out.set(new kind(this.#core.memory.buffer, data, count), done);
                if (count === 0)
                    break;
            }
        });
        return out;
    }

    constant(out, value, options) {
        return this.fill(out, {}, { kind: "constant", mean: value }, options);
    }

    uniform(out, stream, { low = 0, high = 1, ...options } = {}) {
        return this.fill(out, stream, { kind: "uniform", low, high }, options);
    }

    normal(out, stream, { mean = 0, std = 1, ...options } = {}) {
        return this.fill(out, stream, { kind: "normal", mean, std }, options);
    }

    truncatedNormal(out, stream, { mean = 0, std = 1, low = -2, high = 2, ...options } = {}) {
        return this.fill(out, stream, { kind: "truncated_normal", mean, std, low, high }, options);
    }

    /** A random orthogonal matrix of `shape` [rows, columns], times `gain`. */
    orthogonal(shape, stream, { gain = 1, dtype = "float32" } = {}) {
        return this.#matrix(shape, dtype, (matrix, drawn) => {
            this.#putStream(drawn, stream);
            return this.#core.ni_orthogonal(drawn, matrix, gain, 0);
        });
    }

    /** A matrix of `shape` drawn as by `fill`, with `zeros` elements of each column set to 0. */
    sparse(shape, stream, distribution, zeros, { dtype = "float32" } = {}) {
        return this.#matrix(shape, dtype, (matrix, drawn, numbers) => {
            this.#putStream(drawn, stream);
            this.#putDistribution(numbers, distribution);
            return this.#core.ni_sparse(drawn, numbers, BigInt(zeros), matrix, 0);
        });
    }

    #matrix(shape, dtype, make) {
        const number = found(Object.keys(DTYPES), dtype, "dtype"), kind = DTYPES[dtype];
        const bytes = kind.BYTES_PER_ELEMENT, count = countOf(shape), [rows, columns] = shape;
        if (shape.length !== 2)
            throw new TypeError(`shape is [${shape}]; allowed: [rows, columns]`);
        return this.#borrow([88, 24, 40, count * bytes], (matrix, stream, numbers, data) => {
            const view = this.#view();
            view.setUint32(matrix, data, true);
            view.setUint32(matrix + 4, number, true);
            [rows, columns, 0, 0, rows, columns, columns * bytes, bytes, 0, 1].forEach(
                (n, i) => view.setBigInt64(matrix + 8 + 8 * i, BigInt(n), true));
            this.#check(make(matrix, stream, numbers));
            return new kind(this.#core.memory.buffer, data, count).slice();
        });
    }

    #view() { return new DataView(this.#core.memory.buffer); }

    #putStream(at, { key = 0n, offset = 0n, draw = 0 }) {
        const view = this.#view();
        view.setBigUint64(at, BigInt(key), true);
        view.setBigUint64(at + 8, BigInt(offset), true);
        view.setUint32(at + 16, draw, true);
    }

    #putDistribution(at, { kind, mean = 0, std = 1, low = 0, high = 1 }) {
        const view = this.#view();
        view.setInt32(at, found(KINDS, kind, "kind"), true);
        [mean, std, low, high].forEach((x, i) => view.setFloat64(at + 8 + 8 * i, x, true));
    }

    /** Call `use` with the addresses of blocks of so many bytes each. */
    #borrow(sizes, use) {
        const whole = sizes.map((size) => Math.ceil(size / 16) * 16);
        const bytes = whole.reduce((a, b) => a + b, 16);
        const start = bytes < 2 ** 32 ? this.#core.malloc(bytes) >>> 0 : 0;
        if (start === 0)
            throw new RangeError(`no memory for ${bytes} bytes`);
        try {
            let at = start;
            return use(...whole.map((size) => (at += size) - size));
        } finally {
            this.#core.free(start);
        }
    }

    #text(at) {
        const bytes = new Uint8Array(this.#core.memory.buffer);
        return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
    }

    #check(status) {
        if (status !== 0)
            throw new RangeError(this.#text(this.#core.ni_status_text(status)));
    }
}
