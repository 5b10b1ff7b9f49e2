//! Lists of bands and of categories.

use crate::pipeline::fault::Fault;
use kernels::Category;
use raster_core::{Error, Result};

/// Bands are numbered from 1, and there is one at least.
pub(in crate::pipeline) fn check_bands(bands: Option<&[usize]>) -> std::result::Result<(), Fault> {
    match bands {
        Some([]) => Err(Fault::key("bands", "the list is empty")),
        Some(list) if list.contains(&0) => {
            Err(Fault::key("bands", "0 is no band; bands are numbered from 1"))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_band(key: &str, band: usize) -> std::result::Result<(), Fault> {
    if band == 0 {
        return Err(Fault::key(key, "0 is no band; bands are numbered from 1"));
    }
    Ok(())
}

/// `10,20,30+40`: three categories, the last of two values.
pub(super) fn categories(text: &str) -> Result<Vec<Category>> {
    let number = |t: &str| {
        t.trim()
            .parse::<f64>()
            .map_err(|_| Error::misuse(format!("categories '{text}': write for instance 10,20,30+40")))
    };
    text.split(',')
        .map(|group| group.split('+').map(number).collect::<Result<Vec<_>>>().map(Category::set))
        .collect()
}

/// Refused with the key's name, before any file is read.
pub(super) fn check_categories(text: Option<&str>) -> std::result::Result<(), Fault> {
    match text.map(categories) {
        Some(Err(_)) => Err(Fault::key(
            "categories",
            format!("'{}' is no list of values; write for instance 10,20,30+40", text.unwrap_or_default()),
        )),
        _ => Ok(()),
    }
}
