// node run.mjs MODULE.wasm IN EXPECTED: the module's answer to IN must be the bytes of EXPECTED, and its answer to
// damaged bytes an error message.
import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";

const [modulePath, inPath, expectedPath] = argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(modulePath), {});
const wasm = instance.exports;

function publish(bytes) {
  // The view is made after the call: memory may have grown.
  const at = wasm.input(bytes.length);
  new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
  let done = 0;
  try {
    done = wasm.publish();
  } catch (error) {
    console.error(`the module panicked: ${error}`);
  }
  const output = new Uint8Array(wasm.memory.buffer, wasm.output(), wasm.output_len()).slice();
  return { done, output };
}

const input = readFileSync(inPath);
const expected = readFileSync(expectedPath);
for (let turn = 0; turn < 2; turn++) {
  const start = performance.now();
  const { done, output } = publish(input);
  if (!done) {
    console.error(`the module failed: ${Buffer.from(output)}`);
    exit(1);
  }
  if (Buffer.compare(Buffer.from(output), expected) !== 0) {
    console.error(`the module's ${output.length} bytes are not the ${expected.length} expected`);
    exit(1);
  }
  console.log(`wasm: ${input.length} bytes in, the expected ${output.length} bytes out, ${(performance.now() - start).toFixed(0)} ms`);
}
const damaged = publish(input.subarray(0, 1000));
if (damaged.done || !damaged.output.length) {
  console.error("half a file must give an error");
  exit(1);
}
console.log(`wasm: half a file gives "${Buffer.from(damaged.output)}"`);
