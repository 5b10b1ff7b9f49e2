//! Blocks: bytes that a codec has to decode, with whatever tags around them.

use crate::{
    choices::Choices,
    file::{open_limited, same},
    tiff::{Tiff, Values},
};
use raster_core::{RasterSource, Window};

/// Values of tag 259 that have a codec, and some that have none.
pub(crate) const COMPRESSIONS: [u16; 22] = [
    1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34887, 34925, 50000, 50001, 50002, 52546, 999, 32766, 32809,
    34676, 34677,
];
/// Bits of a sample and its format (1 unsigned, 2 signed, 3 float, 5 complex integer, 6 complex).
pub(crate) const SAMPLES: [(u16, u16); 24] = [
    (8, 1),
    (1, 1),
    (2, 1),
    (3, 1),
    (4, 1),
    (7, 1),
    (12, 1),
    (16, 1),
    (20, 1),
    (31, 1),
    (32, 1),
    (64, 1),
    (8, 2),
    (16, 2),
    (32, 2),
    (64, 2),
    (16, 3),
    (24, 3),
    (32, 3),
    (64, 3),
    (32, 5),
    (64, 5),
    (64, 6),
    (128, 6),
];
/// Values of tag 262.
pub(crate) const PHOTOMETRICS: [u16; 11] = [1, 0, 2, 3, 4, 5, 6, 8, 9, 32844, 32845];

/// Bytes before the block.
pub(crate) const HEADER: usize = 12;

/// The first twelve bytes choose the tags, then come JPEGTables (their length is chosen), then the block. Decoding
/// ends in time and memory that the header bounds, gives the same twice, and the same by windows.
///
/// # Panics
/// When that does not hold.
pub fn codec(data: &[u8]) {
    let mut c = Choices::new(data);
    let compression = c.pick(&COMPRESSIONS);
    let (bits, format) = c.pick(&SAMPLES);
    let samples = c.below(5) as u16 + 1;
    let predictor = c.below(4) as u16;
    let photometric = c.pick(&PHOTOMETRICS);
    let subsampling = c.byte();
    let flags = c.byte();
    let (width, height) = (usize::from(c.byte()).max(1), usize::from(c.byte()).max(1));
    let (tables, options, lerc) = (usize::from(c.byte()) * 4, c.byte(), c.byte());
    let tables = c.take(tables).to_vec();
    let block = c.rest();

    let (tiled, planar) = (flags & 2 != 0, flags & 4 != 0);
    let mut tiff = Tiff::new(flags & 1 != 0);
    tiff.short(256, width as u16);
    tiff.short(257, height as u16);
    tiff.set(258, Values::Shorts(vec![bits; usize::from(samples)]));
    tiff.short(259, compression);
    tiff.short(262, photometric);
    tiff.short(266, if flags & 8 != 0 { 2 } else { 1 });
    tiff.short(277, samples);
    tiff.short(284, if planar { 2 } else { 1 });
    if predictor > 0 {
        tiff.short(317, predictor);
    }
    tiff.set(339, Values::Shorts(vec![format; usize::from(samples)]));
    if compression == 3 || compression == 4 {
        tiff.set(if compression == 3 { 292 } else { 293 }, Values::Longs(vec![u32::from(options)]));
    }
    if !tables.is_empty() {
        tiff.set(347, Values::Bytes(tables));
    }
    if photometric == 6 {
        let factor = |n: u8| 1 << (n & 3);
        tiff.set(530, Values::Shorts(vec![factor(subsampling), factor(subsampling >> 2)]));
    }
    if compression == 34887 {
        tiff.set(50674, Values::Longs(vec![u32::from(lerc >> 4), u32::from(lerc & 15)]));
    }
    let planes = if planar { usize::from(samples) } else { 1 };
    let file = if tiled {
        let side = |n: usize| n.next_multiple_of(16).min(64);
        let (tile_width, tile_height) = (side(width), side(height));
        tiff.short(322, tile_width as u16);
        tiff.short(323, tile_height as u16);
        let tiles = width.div_ceil(tile_width) * height.div_ceil(tile_height);
        tiff.with_block(block, planes * tiles, (324, 325))
    } else {
        let rows = if flags & 16 != 0 { height.div_ceil(2) } else { height };
        tiff.short(278, rows as u16);
        tiff.with_block(block, planes * height.div_ceil(rows), (273, 279))
    };

    let Ok(dataset) = open_limited(file.into(), 0) else { return };
    let (bands, window) = (dataset.info().all_bands(), dataset.info().window());
    let Ok(whole) = dataset.read_window(&bands, &window) else { return };
    let again = dataset.read_window(&bands, &window).expect("what was decoded once");
    assert!(same(&whole, &again), "decoded twice, two results");
    let part = Window::new((width / 3) as i64, (height / 3) as i64, (width / 2).max(1), (height / 2).max(1));
    let part = part.crop(width, height);
    let read = dataset.read_window(&[bands.len()], &part).expect("a part of what was decoded");
    let last = whole.view().band(bands.len() - 1).window(&part).to_owned();
    assert!(same(&read, &last), "a part differs from the whole");
}
