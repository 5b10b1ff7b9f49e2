//! Baseline tags that GDAL shows as metadata (`TIFFTAG_…`) and facts on the storage (`IMAGE_STRUCTURE`).

use crate::format::{Compression, Interleave, Predictor};
use crate::read::layout::ImageLayout;
use crate::tiff::{
    directory::{Directory, TiffFile},
    tag,
};
use raster_core::{Metadata, MetadataItem, Result};

/// Text tags and the names GDAL gives them.
const TEXTS: [(u16, &str); 7] = [
    (tag::DOCUMENT_NAME, "TIFFTAG_DOCUMENTNAME"),
    (tag::IMAGE_DESCRIPTION, "TIFFTAG_IMAGEDESCRIPTION"),
    (tag::SOFTWARE, "TIFFTAG_SOFTWARE"),
    (tag::DATE_TIME, "TIFFTAG_DATETIME"),
    (tag::ARTIST, "TIFFTAG_ARTIST"),
    (tag::HOST_COMPUTER, "TIFFTAG_HOSTCOMPUTER"),
    (tag::COPYRIGHT, "TIFFTAG_COPYRIGHT"),
];

/// Numeric tags and the names GDAL gives them.
const NUMBERS: [(u16, &str); 4] = [
    (tag::X_RESOLUTION, "TIFFTAG_XRESOLUTION"),
    (tag::Y_RESOLUTION, "TIFFTAG_YRESOLUTION"),
    (tag::MIN_SAMPLE_VALUE, "TIFFTAG_MINSAMPLEVALUE"),
    (tag::MAX_SAMPLE_VALUE, "TIFFTAG_MAXSAMPLEVALUE"),
];

/// Set the items of baseline tags. A tag that cannot be read is left out; the last such error is returned.
pub(crate) fn set_baseline(file: &TiffFile, directory: &Directory, metadata: &mut Metadata) -> Result<()> {
    let mut result = Ok(());
    for (tag, name) in TEXTS {
        match file.text(directory, tag) {
            Ok(Some(text)) => metadata.set("", None, name, text),
            Ok(None) => {}
            Err(e) => result = Err(e),
        }
    }
    for (tag, name) in NUMBERS {
        if let Ok(Some([first, ..])) = file.floats(directory, tag).as_ref().map(Option::as_deref) {
            metadata.set("", None, name, eight_digits(*first));
        }
    }
    if let Ok(Some([unit, ..])) = file.floats(directory, tag::RESOLUTION_UNIT).as_ref().map(Option::as_deref)
    {
        let text = match *unit as u64 {
            1 => "1 (unitless)",
            2 => "2 (pixels/inch)",
            3 => "3 (pixels/cm)",
            _ => return result,
        };
        metadata.set("", None, "TIFFTAG_RESOLUTIONUNIT", text);
    }
    result
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
