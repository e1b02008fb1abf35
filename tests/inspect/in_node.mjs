// What the page's script computes: node in_node.mjs PAGE_SCRIPT < {net, wasm, states}.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { Explored, load, seedOf, unpacked } = await import(pathToFileURL(process.argv[2]));
const { net, wasm, states } = JSON.parse(await readFile("/dev/stdin", "utf8"));
const explored = new Explored(net, await load(await unpacked(wasm)));
const found = states.map((state) => {
    explored.set({ ...state, seed: seedOf(state.seed) });
    const { x, y } = explored.curve();
    const curve = { x: Array.from(x), y: y.map((values) => Array.from(values)) };
    return { values: explored.values(), python: explored.python(), ...curve };
});
console.log(JSON.stringify(found));
