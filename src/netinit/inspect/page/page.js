/* What the page of netinit.inspect.explore shows: the sliders, the curve, the histogram. */

const WIDTH = 640, HEIGHT = 360, LEFT = 60, RIGHT = 12, TOP = 12, BOTTOM = 32;

const element = (id) => document.getElementById(id);

function svg(tag, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
        made.setAttribute(name, value);
    made.textContent = text ?? "";
    return made;
}

/** About five round numbers within two bounds. */
function ticks(low, high) {
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((n) => n * power >= rough) * power;
    const first = Math.ceil(low / step), last = Math.floor(high / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

const short = (number) => String(Number(number.toPrecision(3)));

/** Two bounds with some room around them, apart from each other even where all is one value. */
function roomy(low, high) {
    const room = (high - low) * 0.05 || Math.abs(low) * 0.05 || 1;
    return [low - room, high + room];
}

/** Draw the axes of a picture; returns what takes numbers to places. */
function axes(picture, [left, right], [low, high]) {
    const x = (at) => LEFT + (at - left) / (right - left) * (WIDTH - LEFT - RIGHT);
    const y = (at) => HEIGHT - BOTTOM - (at - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    picture.replaceChildren();
    for (const at of ticks(left, right)) {
        const line = { x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM };
        picture.append(svg("line", { ...line, class: at === 0 ? "zero" : "grid" }));
        const place = { x: x(at), y: HEIGHT - 6, "text-anchor": "middle" };
        picture.append(svg("text", place, short(at)));
    }
    for (const at of ticks(low, high)) {
        const line = { x1: LEFT, x2: WIDTH - RIGHT, y1: y(at), y2: y(at) };
        picture.append(svg("line", { ...line, class: at === 0 ? "zero" : "grid" }));
        picture.append(svg("text", { x: LEFT - 6, y: y(at) + 6, "text-anchor": "end" }, short(at)));
    }
    return [x, y];
}

/** The least and the greatest finite number of some arrays. */
function bounds(arrays) {
    let low = Infinity, high = -Infinity;
    for (const array of arrays)
        for (const value of array)
            if (Number.isFinite(value))
                [low, high] = [Math.min(low, value), Math.max(high, value)];
    return low <= high ? [low, high] : [0, 0];
}

function drawCurve({ x, y }) {
    const [toX, toY] = axes(element("curve"), [x[0], x[x.length - 1]], roomy(...bounds(y)));
    y.forEach((values, o) => {
        let path = "", pen = "M";
        values.forEach((value, i) => {
            if (Number.isFinite(value))
                path += `${pen}${toX(x[i]).toFixed(2)} ${toY(value).toFixed(2)}`;
            pen = Number.isFinite(value) ? "L" : "M";
        });
        element("curve").append(svg("path", { d: path, class: `line output${o}` }));
    });
    element("legend").replaceChildren(...(y.length < 2 ? [] : y).map((_, o) => {
        const word = document.createElement("span");
        word.className = `output${o}`;
        word.textContent = `output ${o + 1}`;
        return word;
    }));
}

function drawHistogram(array) {
    const bins = Math.min(41, Math.ceil(2 * array.length ** 0.5) | 1); // odd: one in the middle
    const counts = new Array(bins).fill(0);
    const [left, right] = roomy(...bounds([array]));
    let sum = 0, squares = 0;
    for (const value of array) {
        counts[Math.floor((value - left) / (right - left) * bins)]++;
        sum += value;
        squares += value * value;
    }
    const mean = sum / array.length;
    const std = Math.sqrt(Math.max(0, squares / array.length - mean * mean));
    const [toX, toY] = axes(element("histogram"), [left, right], [0, Math.max(...counts) * 1.05]);
    counts.forEach((count, i) => {
        const [from, to] = [i, i + 1].map((at) => toX(left + (right - left) * at / bins));
        const place = { x: from + 0.5, width: to - from - 1, y: toY(count) };
        element("histogram").append(
            svg("rect", { ...place, height: toY(0) - toY(count), class: "bar" }));
    });
    element("moments").textContent =
        `${array.length} values, mean ${short(mean)}, standard deviation ${short(std)}`;
}

function show(net) {
    const { weights, biases, method } = net.state;
    element("weights-now").textContent = short(weights);
    element("biases-now").textContent = short(biases);
    element("weights-word").textContent = net.data.words[method];
    drawCurve(net.curve());
    drawHistogram(net.arrays[element("array").value]);
    element("python").textContent = net.python();
}

function choices(id, values, words = values) {
    element(id).replaceChildren(...values.map((value, i) => new Option(words[i], value)));
}

async function start() {
    const data = JSON.parse(element("net").textContent);
    const net = new Explored(data, await load(await unpacked(element("wasm").textContent)));
    choices("method", data.methods);
    choices("array", data.arrays.map(({ name }) => name));
    const inputs = Array.from({ length: data.inputs }, (_, i) => i);
    choices("moved", inputs, inputs.map((i) => `input ${i + 1} (others are 0)`));
    element("moved").closest("label").hidden = data.inputs === 1;
    element("seed").value = String(data.seed);
    const change = () => {
        net.set({
            method: element("method").value,
            weights: element("weights").valueAsNumber,
            biases: element("biases").valueAsNumber,
            seed: seedOf(element("seed").value),
            moved: Number(element("moved").value),
        });
        show(net);
    };
    document.querySelector("form").addEventListener("input", change);
    element("array").addEventListener("input", () => show(net));
    window.netinit = net;
    change();
    document.body.dataset.ready = "yes";
}

if (typeof document !== "undefined")
    start().catch((error) => { element("failed").textContent = `This page needs a browser of 2023
        or later, with WebAssembly's vectors: ${error}`; });
