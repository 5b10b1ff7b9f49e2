//! The other things that come from outside as text or bytes.

use crate::{
    file::open_limited,
    tiff::{Tiff, Values},
};
use crs::{Crs, DatumGrid, GridShift, Ntv2Grid, Transformer, TransformerOptions};
use mucho::{jobs, plan, preview};
use raster_core::{ColorInterp, DataType, Nodata, RasterSource};
use std::sync::Arc;

/// The first byte chooses a parser, the others are for it.
///
/// # Panics
/// When that does not hold.
pub fn text(data: &[u8]) {
    let Some((which, bytes)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match which % 4 {
        0 => {
            if let Ok(area) = warp::polygons_from_geojson(&text) {
                let _ = format!("{area:?}");
            }
        }
        1 => ntv2(bytes),
        2 => metadata(&text),
        _ => words(&text),
    }
}

/// A grid file is refused or can be used.
fn ntv2(bytes: &[u8]) {
    let Ok(grid) = Ntv2Grid::from_bytes(bytes) else { return };
    let _ = (grid.source_name().len(), grid.target_name().len());
    for place in [(0.0, 0.0), (-75.5, 45.2), (180.0, 90.0), (f64::NAN, 1e300)] {
        let _ = grid.shift(place.0, place.1);
    }
    let (Ok(from), Ok(to)) = (Crs::from_epsg(4267), Crs::from_epsg(4269)) else { return };
    let Ok(grid) = DatumGrid::new(&from, &to, Arc::new(grid), Some(0.1)) else { return };
    if let Ok(t) = Transformer::with_options(&from, &to, &TransformerOptions::default().grid(grid)) {
        let (mut x, mut y) = ([-75.5, 0.0, 1e300], [45.2, 0.0, 0.0]);
        t.transform(&mut x, &mut y);
        t.inverse().transform(&mut x, &mut y);
    }
}

/// The text is the XML of GDAL_METADATA, and the value of GDAL_NODATA.
fn metadata(text: &str) {
    let mut tiff = Tiff::new(false);
    for (tag, value) in [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (277, 1), (278, 1)] {
        tiff.short(tag, value);
    }
    tiff.set(42112, Values::Text(text.to_owned()));
    tiff.set(42113, Values::Text(text.to_owned()));
    let dataset = open_limited(tiff.with_block(&[7], 1, (273, 279)).into(), 0).expect("a pixel with texts");
    assert!(dataset.info().metadata.items().iter().all(|i| i.band.is_none_or(|b| b == 1)));
}

/// Words that name something; what is printed is read again.
fn words(text: &str) {
    if let Some(nodata) = Nodata::parse(text) {
        assert_eq!(Nodata::parse(&nodata.to_string()), Some(nodata), "{text}");
        for data_type in DataType::ALL {
            raster_core::with_type!(data_type, T => {
                assert_eq!(nodata.fits(data_type), nodata.to_sample::<T>().is_some(), "{text} as {data_type}");
            });
        }
    }
    if let Ok(data_type) = text.parse::<DataType>() {
        assert_eq!(data_type.to_string().parse::<DataType>().ok(), Some(data_type));
    }
    let _ = (ColorInterp::parse(text), geotiff_io::Compression::parse(text));
    let _ = (text.parse::<geotiff_io::Resampling>(), text.parse::<warp::Resampling>());
    let _ = (text.parse::<warp::MergeMethod>(), text.parse::<preview::Colormap>());
    let _ = plan::parse_size(text);
    let tag = jobs::CategoryTag::parse(text);
    assert_eq!(jobs::CategoryTag::parse(&tag.to_json()), tag, "{text}");
    let _ = tag.to_label();
}
