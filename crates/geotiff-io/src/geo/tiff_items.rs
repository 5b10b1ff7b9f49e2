//! Baseline tags that GDAL shows as metadata (`TIFFTAG_…`) and facts on the storage (`IMAGE_STRUCTURE`).

use crate::format::{Compression, Interleave, Predictor};
use crate::read::layout::ImageLayout;
use crate::tiff::{
    directory::{Directory, TiffFile},
    serialize::{Field, FieldValue},
    tag,
};
use raster_core::{Metadata, MetadataItem, Result};

/// How the text of an item stands in its tag.
#[derive(Clone, Copy, Debug, PartialEq)]
enum As {
    /// ASCII.
    Text,
    /// Text as BYTE, without an end.
    Bytes,
    /// RATIONAL.
    Ratio,
    /// SHORT for each sample of a pixel; all alike.
    Sample,
    /// SHORT: one of three, and GDAL's words for it.
    Unit,
}

/// Tags that say something of the image which nothing depends on, the names GDAL gives them as metadata, and their type. Read and
/// written by this one table.
const TAGS: [(u16, &str, As); 14] = [
    (tag::DOCUMENT_NAME, "TIFFTAG_DOCUMENTNAME", As::Text),
    (tag::IMAGE_DESCRIPTION, "TIFFTAG_IMAGEDESCRIPTION", As::Text),
    (tag::SOFTWARE, "TIFFTAG_SOFTWARE", As::Text),
    (tag::DATE_TIME, "TIFFTAG_DATETIME", As::Text),
    (tag::ARTIST, "TIFFTAG_ARTIST", As::Text),
    (tag::HOST_COMPUTER, "TIFFTAG_HOSTCOMPUTER", As::Text),
    (tag::COPYRIGHT, "TIFFTAG_COPYRIGHT", As::Text),
    (tag::GEO_METADATA, "GEO_METADATA", As::Bytes),
    (tag::RASTER_SET_ID, "TIFF_RSID", As::Text),
    (tag::X_RESOLUTION, "TIFFTAG_XRESOLUTION", As::Ratio),
    (tag::Y_RESOLUTION, "TIFFTAG_YRESOLUTION", As::Ratio),
    (tag::MIN_SAMPLE_VALUE, "TIFFTAG_MINSAMPLEVALUE", As::Sample),
    (tag::MAX_SAMPLE_VALUE, "TIFFTAG_MAXSAMPLEVALUE", As::Sample),
    (tag::RESOLUTION_UNIT, "TIFFTAG_RESOLUTIONUNIT", As::Unit),
];

/// Those tags, and the names of their items.
pub(crate) fn tags() -> impl Iterator<Item = (u16, &'static str)> {
    TAGS.iter().map(|&(tag, name, _)| (tag, name))
}

/// The values of ResolutionUnit in GDAL's words.
const UNITS: [&str; 3] = ["1 (unitless)", "2 (pixels/inch)", "3 (pixels/cm)"];

/// Set the items of baseline tags. A tag that cannot be read is left out; the last such error is returned.
pub(crate) fn set_baseline(file: &TiffFile, directory: &Directory, metadata: &mut Metadata) -> Result<()> {
    let mut result = Ok(());
    for (tag, name, kind) in TAGS {
        let text = match kind {
            As::Text | As::Bytes => match file.text(directory, tag) {
                Ok(text) => text,
                Err(e) => {
                    result = Err(e);
                    None
                }
            },
            As::Ratio | As::Sample | As::Unit => {
                let numbers = file.floats(directory, tag).ok().flatten();
                numbers.and_then(|n| n.first().copied()).and_then(|first| match kind {
                    As::Unit => UNITS.get((first as usize).checked_sub(1)?).map(|&unit| unit.to_owned()),
                    _ => Some(eight_digits(first)),
                })
            }
        };
        if let Some(text) = text {
            metadata.set("", None, name, text);
        }
    }
    result
}

/// The tag that keeps an item of the dataset's default domain, for pixels of `samples` samples. `None` when there is none, or
/// when the text is not what the tag can hold.
pub(crate) fn field(name: &str, text: &str, samples: usize) -> Option<Field> {
    let (tag, _, kind) = *TAGS.iter().find(|t| t.1 == name)?;
    let number = || text.trim().parse::<f64>().ok();
    let value = match kind {
        As::Text => FieldValue::Ascii(text.replace('\0', "")),
        As::Bytes => FieldValue::Byte(text.as_bytes().to_vec()),
        As::Ratio => FieldValue::Rational(vec![ratio(number()?)?]),
        As::Sample => {
            let value = number().filter(|n| (0.0..=65535.0).contains(n) && n.fract() == 0.0)?;
            FieldValue::Short(vec![value as u16; samples])
        }
        As::Unit => {
            let digits = text.trim().split(' ').next()?;
            FieldValue::Short(vec![digits.parse().ok().filter(|unit| (1..=3).contains(unit))?])
        }
    };
    Some(Field::new(tag, value))
}

/// The fraction with the smallest numbers that is this one to eight digits (by its continued fraction); `None` for what is
/// negative or too large.
fn ratio(value: f64) -> Option<(u32, u32)> {
    if !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return None;
    }
    let (mut before, mut now, mut rest) = ((0u64, 1u64), (1u64, 0u64), value);
    loop {
        let whole = rest.floor();
        let next =
            ((whole as u64).checked_mul(now.0)? + before.0, (whole as u64).checked_mul(now.1)? + before.1);
        if next.0 > u64::from(u32::MAX) || next.1 > u64::from(u32::MAX) {
            break;
        }
        (before, now) = (now, next);
        let error = (now.0 as f64 / now.1 as f64 - value).abs();
        if error <= value * 5e-9 || rest == whole {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    (now.1 > 0).then_some((now.0 as u32, now.1 as u32))
}

/// A single precision number as C's `%.8g` writes it.
fn eight_digits(value: f64) -> String {
    let rounded: f64 = format!("{:.7e}", value as f32).parse().unwrap_or(value);
    rounded.to_string()
}

/// Set the items of the domain `IMAGE_STRUCTURE`.
pub(crate) fn set_structure(layout: &ImageLayout, is_cog: bool, metadata: &mut Metadata) {
    let mut set = |name, value: &str| metadata.set("IMAGE_STRUCTURE", None, name, value);
    let format = &layout.format;
    if format.compression != Compression::None {
        let name = match format.compression {
            Compression::Jpeg if format.photometric == crate::Photometric::YCbCr => "YCbCr JPEG".to_owned(),
            other => other.name().to_ascii_uppercase(),
        };
        set("COMPRESSION", &name);
    }
    let pixel = layout.interleave == Interleave::Pixel && layout.bands > 1;
    set("INTERLEAVE", if pixel { "PIXEL" } else { "BAND" });
    match format.predictor {
        Predictor::None => {}
        Predictor::Horizontal => set("PREDICTOR", "2"),
        Predictor::FloatingPoint => set("PREDICTOR", "3"),
    }
    if let Some(view) = &format.view {
        set("SOURCE_COLOR_SPACE", view.source());
    }
    if is_cog {
        set("LAYOUT", "COG");
    }
    if format.photometric == crate::Photometric::WhiteIsZero {
        set("MINISWHITE", "YES");
    }
    if usize::from(format.bits) != 8 * format.data_type.size() {
        metadata.extend((1..=layout.bands).map(|band| MetadataItem {
            domain: "IMAGE_STRUCTURE".to_owned(),
            band: Some(band),
            name: "NBITS".to_owned(),
            value: format.bits.to_string(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_resolutions() {
        for (value, expected) in [
            (72.0, Some((72, 1))),
            (0.0, Some((0, 1))),
            (1.0 / 3.0, Some((1, 3))),
            (299.9994, Some((1_499_997, 5000))),
            (28.346456, Some((3600, 127))),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (5e9, None),
        ] {
            match (ratio(value), expected) {
                (Some((a, b)), Some(_)) => {
                    assert!((f64::from(a) / f64::from(b) - value).abs() <= value * 1e-8, "{value}: {a}/{b}");
                }
                (found, expected) => assert_eq!(found, expected, "{value}"),
            }
        }
    }

    #[test]
    fn texts_that_tags_cannot_hold_have_none() {
        for (name, text, possible) in [
            ("TIFFTAG_SOFTWARE", "", true),
            ("TIFFTAG_XRESOLUTION", "300.5", true),
            ("TIFFTAG_XRESOLUTION", "many", false),
            ("TIFFTAG_RESOLUTIONUNIT", "3 (pixels/cm)", true),
            ("TIFFTAG_RESOLUTIONUNIT", "2", true),
            ("TIFFTAG_RESOLUTIONUNIT", "7", false),
            ("TIFFTAG_MINSAMPLEVALUE", "-1", false),
            ("TIFFTAG_MAXSAMPLEVALUE", "65535", true),
            ("TIFFTAG_OTHER", "x", false),
        ] {
            assert_eq!(field(name, text, 3).is_some(), possible, "{name} {text}");
        }
    }
}
