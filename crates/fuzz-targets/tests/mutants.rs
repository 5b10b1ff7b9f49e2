//! A fuzzer for every machine: seeds, changed at random, through every target. Without feedback it finds less than the
//! real one, but it needs no tools. `MUCHO_LONG_TESTS=1` for many more, `MUCHO_MUTANTS` for that many of each target.

use fuzz_targets::{TARGETS, seeds};
use std::panic;

/// Numbers that need not be good, only the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// One to eight changes.
fn mutated(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    const BYTES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'0', b'9', b'"'];
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(8) {
        // Headers are at the front.
        let reach = if dice.below(2) == 0 { bytes.len().min(64) } else { bytes.len() };
        let at = dice.below(reach);
        match dice.below(6) {
            _ if bytes.is_empty() => bytes.push(BYTES[dice.below(8)]),
            0 | 1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes[at] = BYTES[dice.below(8)],
            3 => bytes.insert(at, BYTES[dice.below(8)]),
            4 => drop(bytes.drain(at..(at + 1 + dice.below(8)).min(bytes.len()))),
            _ => {
                let from = dice.below(other.len());
                let piece = &other[from..(from + dice.below(40)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn mutants_are_survived() {
    let long = std::env::var_os("MUCHO_LONG_TESTS").is_some();
    let asked = std::env::var("MUCHO_MUTANTS").ok().and_then(|n| n.parse().ok());
    let rounds: usize = asked.unwrap_or(if long { 20_000 } else { 1000 });
    for (name, target) in TARGETS {
        let seeds = seeds::of(name).unwrap();
        let mut dice = Dice(1);
        for round in 0..rounds {
            let [(_, seed), (_, other)] = [0; 2].map(|_| &seeds[dice.below(seeds.len())]);
            let bytes = mutated(seed, other, &mut dice);
            if panic::catch_unwind(|| target(&bytes)).is_err() {
                let path = std::env::temp_dir().join(format!("mutant_{name}_{round}"));
                std::fs::write(&path, &bytes).unwrap();
                panic!("{name} fails: {}", path.display());
            }
        }
    }
}
