//! How fast blocks are encoded and how small they get, per codec, level and data type:
//! `cargo bench -p geotiff-io --bench codec_encode`.
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
    println!("{:8} {:>12} {:>6} {:>8} {:>10}", "tiles", "compression", "level", "ratio", "MB/s");
    let cases = [
        (Compression::Lzw, 0),
        (Compression::Deflate, 1),
        (Compression::Deflate, 0),
        (Compression::Deflate, 5),
        (Compression::Deflate, 6),
        (Compression::Zstd, 0),
        (Compression::Zstd, 4),
        (Compression::Zstd, 6),
        (Compression::Zstd, 9),
        (Compression::PackBits, 0),
        (Compression::Lerc, 0),
    ];
    for raster in rasters::all() {
        for (compression, level) in cases.into_iter().filter(|&(c, _)| rasters::wanted(c)) {
            let format = rasters::format(&raster, compression, level);
            if let Err(error) = codec::check_writable(&format) {
                println!("{:8} {:>12} {level:>6} skipped: {error}", raster.name, compression.name());
                continue;
            }
            let mut scratch = codec::Scratch::default();
            let (mut stream, mut pixels) = (Vec::new(), Vec::new());
            let mut stored = 0;
            for tile in &raster.tiles {
                codec::encode(&format, &mut tile.clone(), rasters::SIZE, &mut stream, &mut scratch).unwrap();
                codec::decode(&format, &stream, rasters::SIZE, &mut pixels, &mut scratch).unwrap();
                assert!(pixels == *tile, "{} {} {level}", raster.name, compression.name());
                stored += stream.len();
            }
            let seconds = median_seconds(3, || {
                for tile in &raster.tiles {
                    pixels.copy_from_slice(tile);
                    codec::encode(&format, &mut pixels, rasters::SIZE, &mut stream, &mut scratch).unwrap();
                }
            });
            let bytes: usize = raster.tiles.iter().map(Vec::len).sum();
            println!(
                "{:8} {:>12} {:>6} {:>8.3} {:>10.0}",
                raster.name,
                compression.name(),
                level,
                bytes as f64 / stored as f64,
                bytes as f64 / seconds / 1e6
            );
        }
    }
}
