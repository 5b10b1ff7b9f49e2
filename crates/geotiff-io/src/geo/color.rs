//! Photometric interpretation, extra samples and colour map to the meaning of bands.

use crate::format::Photometric;
use crate::read::layout::ImageLayout;
use raster_core::{ColorInterp, ColorTable};

/// ExtraSamples: alpha by which the colours are multiplied already.
pub(crate) const ASSOCIATED: u16 = 1;
/// ExtraSamples: alpha beside colours as they are.
pub(crate) const UNASSOCIATED: u16 = 2;

/// What each band shows, by GDAL's rules; `mapped`: the first has a colour table.
pub(crate) fn interpretation(layout: &ImageLayout, mapped: bool) -> Vec<ColorInterp> {
    use ColorInterp::{Alpha, Black, Blue, Cyan, Gray, Green, Magenta, Palette, Red, Undefined, Yellow};
    let is_alpha =
        |band: usize| extra_sample(layout, band).is_some_and(|e| matches!(e, ASSOCIATED | UNASSOCIATED));
    let base: &[ColorInterp] = match layout.format.photometric {
        _ if mapped => &[Palette],
        Photometric::Rgb | Photometric::YCbCr => &[Red, Green, Blue],
        Photometric::Separated => &[Cyan, Magenta, Yellow, Black],
        Photometric::BlackIsZero => &[Gray],
        // LogL, L*a*b*, colour filter arrays, raw data: the eye cannot be told in these words.
        _ => &[],
    };
    (0..layout.bands)
        .map(|band| match base.get(band) {
            Some(&color) => color,
            None if is_alpha(band) => Alpha,
            None => Undefined,
        })
        .collect()
}

/// What ExtraSamples says of a band (from 0), if anything.
pub(crate) fn extra_sample(layout: &ImageLayout, band: usize) -> Option<u16> {
    // A list that is too short belongs to the last samples.
    let extras = layout.bands.saturating_sub(layout.extra_samples.len());
    band.checked_sub(extras).and_then(|i| layout.extra_samples.get(i)).copied()
}

/// The palette that stands for grey where a viewer could not guess it: two values, or white as 0. Where a band
/// has more than 8 bits GDAL gives colours of the first 256 values.
pub(crate) fn ramp(layout: &ImageLayout) -> Option<ColorTable> {
    let bits = layout.format.bits;
    let white_is_zero = match layout.format.photometric {
        Photometric::WhiteIsZero if bits <= 16 => true,
        Photometric::BlackIsZero if bits == 1 => false,
        _ => return None,
    };
    if layout.bands != 1 || !layout.format.data_type.is_integer() {
        return None;
    }
    let top = (1u32 << bits) - 1;
    let gray = |value: u32| {
        let value = if white_is_zero { top - value } else { value };
        let gray = (value * 255 / top) as u8;
        [gray, gray, gray, 255]
    };
    Some(ColorTable { entries: (0..=top.min(255)).map(gray).collect() })
}

/// The palette from the numbers of ColorMap (all reds, all greens, all blues; 16 bit).
pub(crate) fn table(numbers: &[u64]) -> Option<ColorTable> {
    let entries = numbers.len() / 3;
    if entries == 0 {
        return None;
    }
    // 65535 is the full colour; some writers stored 8-bit values, or those times 256, which GDAL recognises.
    let divisor = if numbers.iter().all(|&v| v < 256) {
        1
    } else if numbers.iter().all(|v| v.is_multiple_of(256)) {
        256
    } else {
        257
    };
    let value = |i: usize| (numbers[i] / divisor).min(255) as u8;
    Some(ColorTable {
        entries: (0..entries).map(|i| [value(i), value(entries + i), value(2 * entries + i), 255]).collect(),
    })
}
