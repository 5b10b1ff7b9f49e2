//! The fields of each directory of a file.

use super::metadata::{describes_pages, gdal_metadata};
use super::spec::{Spec, has_predictor};
use crate::codec;
use crate::format::{BlockFormat, Compression, Interleave, Photometric, Predictor};
use crate::geo::{rpc, tiff_items};
use crate::tiff::serialize::{Field, FieldValue};
use crate::tiff::tag;
use crs::{Crs, GeoKeyValue, GeoKeys};
use raster_core::{CrsRef, DataType, Error, RasterInfo, Result};

const GT_RASTER_TYPE: u16 = 1025;

/// The fields of an image, without offsets and byte counts. `statistics` are (band from 1, name, value).
pub(crate) fn fields(
    spec: &Spec,
    level: usize,
    mask: bool,
    statistics: &[(usize, &'static str, String)],
) -> Result<Vec<Field>> {
    let format = spec.block_format(mask);
    let samples = if mask { 1 } else { spec.info.bands.len() };
    let (width, height) = spec.levels[level];
    let mut fields = Vec::new();
    let subfile = u32::from(level > 0) | if mask { 4 } else { 0 };
    if subfile != 0 {
        fields.push(Field::long(tag::NEW_SUBFILE_TYPE, subfile));
    }
    fields.push(size_field(tag::IMAGE_WIDTH, width));
    fields.push(size_field(tag::IMAGE_LENGTH, height));
    fields.push(Field::new(tag::BITS_PER_SAMPLE, FieldValue::Short(vec![format.bits; samples])));
    fields.push(Field::short(tag::COMPRESSION, format.compression.tag_value()));
    fields.push(Field::short(
        tag::PHOTOMETRIC,
        if mask { Photometric::Mask } else { spec.photometric }.tag_value(),
    ));
    fields.push(Field::short(tag::SAMPLES_PER_PIXEL, samples as u16));
    let separate = !mask && spec.options.interleave != Interleave::Pixel && samples > 1;
    fields.push(Field::short(tag::PLANAR_CONFIGURATION, if separate { 2 } else { 1 }));
    if has_predictor(format.compression) {
        let predictor = match format.predictor {
            Predictor::None => 1,
            Predictor::Horizontal => 2,
            Predictor::FloatingPoint => 3,
        };
        fields.push(Field::short(tag::PREDICTOR, predictor));
    }
    if spec.tiled {
        fields.push(size_field(tag::TILE_WIDTH, spec.block.0));
        fields.push(size_field(tag::TILE_LENGTH, spec.block.1));
    } else {
        fields.push(size_field(tag::ROWS_PER_STRIP, spec.block.1));
    }
    fields.push(Field::new(
        tag::SAMPLE_FORMAT,
        FieldValue::Short(vec![sample_format(format.data_type); samples]),
    ));
    codec_fields(format, &mut fields);
    if !mask {
        if !spec.extra_samples.is_empty() {
            fields.push(Field::new(tag::EXTRA_SAMPLES, FieldValue::Short(spec.extra_samples.clone())));
        }
        if let Some(map) = colour_map(spec) {
            fields.push(Field::new(tag::COLOR_MAP, FieldValue::Short(map)));
        }
        if let Some(nodata) = spec.info.nodata() {
            fields.push(Field::new(tag::GDAL_NODATA, FieldValue::Ascii(nodata.to_string())));
        }
        if level == 0 {
            main_fields(spec, statistics, &mut fields)?;
        }
    }
    fields.sort_by_key(|f| f.tag);
    Ok(fields)
}

/// The numbers of the largest images do not fit into a SHORT; GDAL writes a SHORT where they do.
fn size_field(tag: u16, value: usize) -> Field {
    match u16::try_from(value) {
        Ok(v) => Field::short(tag, v),
        Err(_) => Field::long(tag, value as u32),
    }
}

fn sample_format(data_type: DataType) -> u16 {
    match data_type {
        DataType::CI16 | DataType::CI32 => 5,
        DataType::CF32 | DataType::CF64 => 6,
        t if t.is_float() => 3,
        t if t.is_signed() => 2,
        _ => 1,
    }
}

/// What the codec of a block adds.
fn codec_fields(format: &BlockFormat, fields: &mut Vec<Field>) {
    let lerc = match format.compression {
        Compression::Lerc => Some(0),
        Compression::LercDeflate => Some(1),
        Compression::LercZstd => Some(2),
        _ => None,
    };
    if let Some(additional) = lerc {
        // Version 4 of LERC (2.4), then what is applied on top.
        fields.push(Field::new(tag::LERC_PARAMETERS, FieldValue::Long(vec![4, additional])));
    }
    if format.photometric == Photometric::YCbCr {
        let (h, v) = format.ycbcr_subsampling;
        fields.push(Field::new(tag::YCBCR_SUBSAMPLING, FieldValue::Short(vec![h, v])));
        // JPEG's full range: 0..255, chroma centred on 128.
        let range = [(0, 1), (255, 1), (128, 1), (255, 1), (128, 1), (255, 1)];
        fields.push(Field::new(tag::REFERENCE_BLACK_WHITE, FieldValue::Rational(range.to_vec())));
    }
    if let Some(tables) = codec::shared_tables(format) {
        fields.push(Field::new(tag::JPEG_TABLES, FieldValue::Undefined(tables.to_vec())));
    }
    match format.compression {
        Compression::CcittG3 => fields.push(Field::long(tag::T4_OPTIONS, format.fax_options)),
        Compression::CcittG4 => fields.push(Field::long(tag::T6_OPTIONS, format.fax_options)),
        _ => {}
    }
}

/// Red, green and blue of every value, 16 bits each (0..255 stretched to 0..65535).
fn colour_map(spec: &Spec) -> Option<Vec<u16>> {
    let table = spec.info.bands[0].color_table.as_ref()?;
    if spec.photometric != Photometric::Palette {
        return None;
    }
    let entries = 1usize << spec.format.bits.min(16);
    let channel =
        |c: usize| (0..entries).map(move |i| table.entries.get(i).map_or(0, |rgba| u16::from(rgba[c]) * 257));
    Some((0..3).flat_map(channel).collect())
}

/// What only the full resolution carries.
fn main_fields(
    spec: &Spec,
    statistics: &[(usize, &'static str, String)],
    fields: &mut Vec<Field>,
) -> Result<()> {
    let info = &spec.info;
    let of_dataset = info.metadata.items().iter().filter(|i| i.domain.is_empty() && i.band.is_none());
    let of_dataset =
        of_dataset.filter(|i| !(i.name == "TIFFTAG_IMAGEDESCRIPTION" && describes_pages(&i.value)));
    fields.extend(of_dataset.filter_map(|i| tiff_items::field(&i.name, &i.value, info.bands.len())));
    let carried = &spec.options.carried;
    if let Some(xmp) = &carried.xmp {
        fields.push(Field::new(tag::XMP, FieldValue::Byte(xmp.to_vec())));
    }
    if let Some(profile) = &carried.icc_profile {
        fields.push(Field::new(tag::ICC_PROFILE, FieldValue::Undefined(profile.to_vec())));
    }
    if let Some(numbers) = rpc::numbers(&info.metadata)? {
        fields.push(Field::new(tag::RPC_COEFFICIENT, FieldValue::Double(numbers)));
    }
    if let Some(xml) = gdal_metadata(info, statistics, |band| spec.implied_colour(band)) {
        fields.push(Field::new(tag::GDAL_METADATA, FieldValue::Ascii(xml)));
    }
    let point = info.metadata.get("", None, "AREA_OR_POINT") == Some("Point");
    model_fields(info, point, fields);
    let keys = geo_keys(info, spec.options.geo_keys.as_ref(), point)?;
    if !keys.entries.is_empty() {
        geo_key_fields(&keys, fields)?;
    }
    Ok(())
}

/// Where the pixels are: a tie point and a scale where that says it, else the matrix, else control points.
pub(super) fn model_fields(info: &RasterInfo, point: bool, fields: &mut Vec<Field>) {
    let doubles = |tag: u16, v: &[f64]| Field::new(tag, FieldValue::Double(v.to_vec()));
    if let Some(t) = info.transform {
        // With PixelIsPoint the tie point names the centre of the first pixel.
        let origin = if point { t.apply(0.5, 0.5) } else { (t.c, t.f) };
        if t.is_rectilinear() && t.a > 0.0 && t.e < 0.0 {
            fields.push(doubles(tag::MODEL_PIXEL_SCALE, &[t.a, -t.e, 0.0]));
            fields.push(doubles(tag::MODEL_TIEPOINT, &[0.0, 0.0, 0.0, origin.0, origin.1, 0.0]));
        } else {
            #[rustfmt::skip]
            let matrix = [
                t.a, t.b, 0.0, origin.0,
                t.d, t.e, 0.0, origin.1,
                0.0, 0.0, 0.0, 0.0,
                0.0, 0.0, 0.0, 1.0,
            ];
            fields.push(doubles(tag::MODEL_TRANSFORMATION, &matrix));
        }
    } else if !info.gcps.is_empty() {
        let shift = if point { 0.5 } else { 0.0 };
        let points: Vec<f64> =
            info.gcps.iter().flat_map(|g| [g.col - shift, g.row - shift, 0.0, g.x, g.y, g.z]).collect();
        fields.push(doubles(tag::MODEL_TIEPOINT, &points));
    }
}

/// The keys as given, or those of the CRS, with the raster type that the metadata says.
pub(super) fn geo_keys(info: &RasterInfo, given: Option<&GeoKeys>, point: bool) -> Result<GeoKeys> {
    let mut keys = match given {
        Some(keys) => keys.clone(),
        None => match info.crs.as_ref().or(info.gcp_crs.as_ref()) {
            Some(crs) => crs_keys(crs)?,
            None => GeoKeys::default(),
        },
    };
    // Without a system there are no keys, which GDAL and others would take for a system without a name; but that pixels
    // are points cannot be said otherwise.
    let placed = info.transform.is_some() || !info.gcps.is_empty();
    if !keys.entries.is_empty() || (placed && point) {
        keys.entries.retain(|(key, _)| *key != GT_RASTER_TYPE);
        keys.entries.push((GT_RASTER_TYPE, GeoKeyValue::Short(if point { 2 } else { 1 })));
        keys.entries.sort_by_key(|(key, _)| *key);
    }
    Ok(keys)
}

fn crs_keys(crs: &CrsRef) -> Result<GeoKeys> {
    Crs::try_from(crs)
        .and_then(|c| c.to_geokeys())
        .map_err(|e| Error::misuse(format!("the coordinate system '{crs}' cannot be written")).with_source(e))
}

/// The directory of keys and the two tags that hold long values.
///
/// # Errors
/// `Misuse` when a place or a length among them passes 65535.
pub(super) fn geo_key_fields(keys: &GeoKeys, fields: &mut Vec<Field>) -> Result<()> {
    let (mut doubles, mut text) = (Vec::new(), String::new());
    let short = |n: usize| {
        u16::try_from(n).map_err(|_| Error::misuse("the GeoKeys are too long: their places have 16 bits"))
    };
    let mut directory = vec![keys.version.0, keys.version.1, keys.version.2, short(keys.entries.len())?];
    for (key, value) in &keys.entries {
        directory.push(*key);
        match value {
            GeoKeyValue::Short(v) => directory.extend([0, 1, *v]),
            GeoKeyValue::Double(v) => {
                directory.extend([tag::GEO_DOUBLE_PARAMS, short(v.len())?, short(doubles.len())?]);
                doubles.extend_from_slice(v);
            }
            GeoKeyValue::Ascii(v) => {
                directory.extend([tag::GEO_ASCII_PARAMS, short(v.len() + 1)?, short(text.len())?]);
                text.push_str(v);
                text.push('|');
            }
        }
    }
    fields.push(Field::new(tag::GEO_KEY_DIRECTORY, FieldValue::Short(directory)));
    if !doubles.is_empty() {
        fields.push(Field::new(tag::GEO_DOUBLE_PARAMS, FieldValue::Double(doubles)));
    }
    if !text.is_empty() {
        fields.push(Field::new(tag::GEO_ASCII_PARAMS, FieldValue::Ascii(text)));
    }
    Ok(())
}
