//! The same on this machine: `wasm-test IN OUT`.

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = &paths[..] else { panic!("wasm-test IN OUT") };
    let cog = wasm_test::publish(std::fs::read(input).expect("the input can be read")).expect("a COG");
    std::fs::write(output, cog).expect("the output can be written");
}
