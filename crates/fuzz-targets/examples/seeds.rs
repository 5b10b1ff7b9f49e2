//! Writes the seeds of every target to `FOLDER/TARGET/`: what `cargo fuzz` starts from.

use fuzz_targets::{TARGETS, seeds};
use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("fuzz/corpus"), PathBuf::from);
    for (target, _) in TARGETS {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds::of(target)? {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
