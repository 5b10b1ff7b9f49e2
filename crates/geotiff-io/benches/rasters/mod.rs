//! Invented tiles for the codec benchmarks: fractal fields with noise, the same on every run.

use crate::format::{BlockFormat, ByteOrder, Compression, Photometric, Predictor};
use raster_core::DataType;
use std::sync::LazyLock;
use std::time::Instant;

/// Columns and rows of a tile.
pub(crate) const SIZE: usize = 512;
/// Tiles of each kind.
const TILES: usize = 8;

/// Tiles of one kind, as a block lies in memory.
pub(crate) struct Raster {
    pub(crate) name: &'static str,
    pub(crate) data_type: DataType,
    pub(crate) samples: usize,
    pub(crate) predictor: Predictor,
    pub(crate) tiles: Vec<Vec<u8>>,
}

/// An orthophoto with noise, reflectance with noise, terrain with a full mantissa, terrain in whole metres, classes.
pub(crate) fn all() -> Vec<Raster> {
    let raster =
        |name, data_type, samples, predictor, pixel: &dyn Fn(&Field, usize, usize, f64) -> Vec<u8>| {
            let tiles = (0..TILES as u64).map(|seed| {
                let field = Field::new(seed);
                let mut noise = Noise(seed * 2 + 1);
                (0..SIZE * SIZE).flat_map(|i| pixel(&field, i % SIZE, i / SIZE, noise.next())).collect()
            });
            Raster { name, data_type, samples, predictor, tiles: tiles.collect() }
        };
    vec![
        raster("rgb", DataType::U8, 3, Predictor::Horizontal, &|field, x, y, noise| {
            let base = 110.0 + 60.0 * field.at(x, y);
            [0.0, 8.0, -10.0]
                .map(|offset| (base + offset + 5.0 * noise * (1.0 + offset / 30.0)) as u8)
                .to_vec()
        }),
        raster("u16", DataType::U16, 1, Predictor::Horizontal, &|field, x, y, noise| {
            ((3000.0 + 900.0 * field.at(x, y) + 28.0 * noise) as u16).to_le_bytes().to_vec()
        }),
        raster("f32", DataType::F32, 1, Predictor::FloatingPoint, &|field, x, y, noise| {
            ((900.0 + 400.0 * field.at(x, y) + 0.5 * noise) as f32).to_le_bytes().to_vec()
        }),
        raster("i16", DataType::I16, 1, Predictor::Horizontal, &|field, x, y, _| {
            ((900.0 + 400.0 * field.at(x, y)).round() as i16).to_le_bytes().to_vec()
        }),
        raster("classes", DataType::U8, 1, Predictor::None, &|field, x, y, noise| {
            vec![(5.0 + 6.0 * field.at(x, y) + 0.1 * noise).clamp(0.0, 9.0) as u8]
        }),
    ]
}

/// The format of the tiles of a raster.
pub(crate) fn format(raster: &Raster, compression: Compression, level: i32) -> BlockFormat {
    BlockFormat {
        compression,
        predictor: raster.predictor,
        data_type: raster.data_type,
        bits: 8 * raster.data_type.size() as u16,
        samples: raster.samples,
        width: SIZE,
        height: SIZE,
        byte_order: ByteOrder::Little,
        reversed_bits: false,
        photometric: Photometric::BlackIsZero,
        ycbcr_subsampling: (2, 2),
        view: None,
        jpeg_tables: None,
        fax_options: 0,
        level,
        quality: 75,
        max_z_error: 0.0,
    }
}

/// Is this to be run? All is, unless names stand on the command line (`cargo bench … -- deflate`).
pub(crate) fn wanted(compression: Compression) -> bool {
    let mut names = std::env::args().skip(1).filter(|a| !a.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|n| n == compression.name())
}

/// What this thread has computed, in seconds, where the system says so (Linux); else a clock.
fn seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match schedule.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()) {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => START.elapsed().as_secs_f64(),
    }
}

/// The median of some rounds, in seconds of this thread.
pub(crate) fn median_seconds(rounds: usize, mut round: impl FnMut()) -> f64 {
    // as often as it takes for the system's accounts, which it keeps by ticks of some milliseconds
    let mut once = |times: usize| {
        let start = seconds();
        (0..times).for_each(|_| round());
        (seconds() - start) / times as f64
    };
    let times = (0.2 / once(3).max(1e-4)).ceil() as usize;
    let mut times: Vec<f64> = (0..rounds).map(|_| once(times)).collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}

/// Smooth noise summed over octaves, about -1 to 1.
struct Field {
    octaves: Vec<(usize, f64, Vec<f64>)>,
}

impl Field {
    fn new(seed: u64) -> Self {
        let mut noise = Noise(seed + 77);
        let octaves = (2..=8).map(|octave| {
            let cells = 1 << octave;
            let values = (0..(cells + 1) * (cells + 1)).map(|_| noise.next()).collect();
            (cells, 2.2_f64.powi(1 - octave), values)
        });
        Self { octaves: octaves.collect() }
    }
    fn at(&self, x: usize, y: usize) -> f64 {
        let octave = |(cells, weight, values): &(usize, f64, Vec<f64>)| {
            let place = |v: usize| {
                let at = (v * cells) as f64 / SIZE as f64;
                let t = at.fract();
                (at as usize, t * t * (3.0 - 2.0 * t))
            };
            let ((i, u), (j, v)) = (place(x), place(y));
            let value = |i: usize, j: usize| values[j * (cells + 1) + i];
            let row = |j: usize| value(i, j) * (1.0 - u) + value(i + 1, j) * u;
            weight * (row(j) * (1.0 - v) + row(j + 1) * v)
        };
        self.octaves.iter().map(octave).sum()
    }
}

/// Evenly distributed numbers from -1 to 1 (xorshift64*).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}
