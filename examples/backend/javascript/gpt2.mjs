/* Fills the parameters that standard input lists, as gpt2.txt does, and writes their bytes, one
 * after another:
 *
 *     cmake -S ../../../wasm -B build && cmake --build build
 *     node gpt2.mjs build 2019 < ../gpt2.txt | sha256sum
 */
import { readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, seed] = process.argv.slice(2);
const { load } = await import(pathToFileURL(resolve(folder, "netinit.mjs")));
const netinit = await load();

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
    const [name, count, mean, std] = line.split(" ");
    const options = { mean: Number(mean), std: Number(std) };
    const made = netinit.normal([Number(count)], netinit.stream(BigInt(seed), name), options);
    const bytes = new Uint8Array(made.buffer);
    for (let done = 0; done < bytes.length;)
        done += writeSync(1, bytes, done);
}
