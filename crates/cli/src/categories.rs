//! Categories as the command line writes them.

use kernels::Category;
use raster_core::{Error, Result};

/// `10,20,30+40`: three categories, the last of two values.
pub(crate) fn parse(text: &str) -> Result<Vec<Category>> {
    let number = |t: &str| {
        t.trim()
            .parse::<f64>()
            .map_err(|_| Error::misuse(format!("categories '{text}': write for instance 10,20,30+40")))
    };
    text.split(',')
        .map(|group| group.split('+').map(number).collect::<Result<Vec<_>>>().map(Category::set))
        .collect()
}
