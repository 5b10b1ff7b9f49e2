//! Photometric interpretation, extra samples and colour map to the meaning of bands.

use crate::format::Photometric;
use crate::read::layout::ImageLayout;
use raster_core::{ColorInterp, ColorTable};

/// ExtraSamples: associated and unassociated alpha.
const ALPHA: [u16; 2] = [1, 2];

/// What each band shows, by GDAL's rules.
pub(crate) fn interpretation(layout: &ImageLayout) -> Vec<ColorInterp> {
    use ColorInterp::{Alpha, Black, Blue, Cyan, Gray, Green, Magenta, Palette, Red, Undefined, Yellow};
    let base: &[ColorInterp] = match layout.format.photometric {
        Photometric::Rgb | Photometric::YCbCr if layout.bands >= 3 => &[Red, Green, Blue],
        Photometric::Palette => &[Palette],
        Photometric::Separated if layout.bands >= 4 => &[Cyan, Magenta, Yellow, Black],
        _ => &[Gray],
    };
    (0..layout.bands)
        .map(|band| match base.get(band) {
            Some(&color) => color,
            // Counted from the end: some writers give a shorter list than there are extra samples.
            None => match layout.extra_samples.get(band - base.len()) {
                Some(extra) if ALPHA.contains(extra) => Alpha,
                _ => Undefined,
            },
        })
        .collect()
}

/// The palette from the numbers of ColorMap (all reds, all greens, all blues; 16 bit).
pub(crate) fn table(numbers: &[u64]) -> Option<ColorTable> {
    let entries = numbers.len() / 3;
    if entries == 0 {
        return None;
    }
    // Some writers stored 8-bit values; GDAL takes them as such when none is above 255.
    let divisor = if numbers.iter().all(|&v| v < 256) { 1 } else { 257 };
    let value = |i: usize| (numbers[i] / divisor).min(255) as u8;
    Some(ColorTable {
        entries: (0..entries).map(|i| [value(i), value(entries + i), value(2 * entries + i), 255]).collect(),
    })
}
