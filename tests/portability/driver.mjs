/* What driver.c does, by the library for WebAssembly and its loader:
 *
 *     node driver.mjs NETINIT.WASM ISA DTYPE KIND MEAN STD LOW HIGH KEY OFFSET DRAW FIRST COUNT
 */
import { readFileSync, writeSync } from "node:fs";

import { load } from "../../wasm/netinit.mjs";

const [file, isa, ...rest] = process.argv.slice(2);
const netinit = await load(readFileSync(file));

function write(bytes) {
    for (let done = 0; done < bytes.length;)
        done += writeSync(1, bytes, done);
}

/* C writes infinity as inf. */
const number = (text) => Number(text.replace(/inf$/, "Infinity"));

function draw(dtype, kind, mean, std, low, high, key, offset, draw, first, count) {
    const names = ["float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2",
        "uint32", "uint64"];
    const kinds = ["bits", "constant", "uniform", "normal", "truncated_normal"];
    const stream = { key, offset, draw: Number(draw) }, shape = [Number(low), Number(high)];
    const options = { dtype: names[dtype] };
    if (kind === "-1")
        return netinit.orthogonal(shape, stream, { gain: Number(mean), ...options });
    if (kind === "-2")
        return netinit.sparse(shape, stream, { kind: "normal" }, Number(mean), options);
    const [m, s, l, h] = [mean, std, low, high].map(number);
    const distribution = { kind: kinds[kind], mean: m, std: s, low: l, high: h };
    return netinit.fill([Number(count)], stream, distribution, { first, ...options });
}

if (isa === "list") {
    write(new TextEncoder().encode(netinit.instructionSets.map((name) => `${name}\n`).join("")));
} else {
    netinit.useInstructionSet(isa);
    const made = draw(...rest);
    write(new Uint8Array(made.buffer, made.byteOffset, made.byteLength));
}
