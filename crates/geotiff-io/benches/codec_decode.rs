//! How fast blocks are decoded, per codec and data type: `cargo bench -p geotiff-io --bench codec_decode`.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

// The codecs are not public: they are compiled in here.
#[allow(dead_code, unused_imports, unreachable_pub, reason = "made for the library")]
#[path = "../src/codec/mod.rs"]
mod codec;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "made for the library")]
#[path = "../src/format.rs"]
mod format;
mod rasters;

use format::Compression;
use rasters::median_seconds;

fn main() {
    println!("{:8} {:>12} {:>8} {:>10}", "tiles", "compression", "ratio", "MB/s");
    let compressions = [
        Compression::None,
        Compression::Lzw,
        Compression::Deflate,
        Compression::Zstd,
        Compression::PackBits,
        Compression::Lerc,
        Compression::Lzma,
    ];
    for raster in rasters::all() {
        for compression in compressions.into_iter().filter(|&c| rasters::wanted(c)) {
            let format = rasters::format(
                &raster,
                compression,
                if compression == Compression::Deflate { 6 } else { 0 },
            );
            let mut scratch = codec::Scratch::default();
            let mut streams = Vec::new();
            let mut pixels = Vec::new();
            for tile in &raster.tiles {
                let mut stream = Vec::new();
                codec::encode(&format, &mut tile.clone(), rasters::SIZE, &mut stream, &mut scratch).unwrap();
                codec::decode(&format, &stream, rasters::SIZE, &mut pixels, &mut scratch).unwrap();
                assert!(pixels == *tile, "{} {}", raster.name, compression.name());
                streams.push(stream);
            }
            let seconds = median_seconds(5, || {
                for stream in &streams {
                    codec::decode(&format, stream, rasters::SIZE, &mut pixels, &mut scratch).unwrap();
                }
            });
            let bytes: usize = raster.tiles.iter().map(Vec::len).sum();
            let stored: usize = streams.iter().map(Vec::len).sum();
            println!(
                "{:8} {:>12} {:>8.3} {:>10.0}",
                raster.name,
                compression.name(),
                bytes as f64 / stored as f64,
                bytes as f64 / seconds / 1e6
            );
        }
    }
}
