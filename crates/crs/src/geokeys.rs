//! GeoKeys: the typed keys of a GeoTIFF, independent of any TIFF code.

/// The value of one GeoKey.
#[derive(Clone, Debug, PartialEq)]
pub enum GeoKeyValue {
    /// One unsigned 16-bit number, kept in the directory itself.
    Short(u16),
    /// Numbers from tag 34736 (`GeoDoubleParamsTag`).
    Double(Vec<f64>),
    /// Text from tag 34737 (`GeoAsciiParamsTag`), without the closing `|` and without NUL.
    Ascii(String),
}

/// All keys of one GeoTIFF directory (tag 34735) with their values.
#[derive(Clone, Debug, PartialEq)]
pub struct GeoKeys {
    /// Key number and value, sorted by key number.
    pub entries: Vec<(u16, GeoKeyValue)>,
    /// Key directory version, key revision, minor revision: `(1, 1, 0)` for GeoTIFF 1.0, `(1, 1, 1)` for 1.1.
    pub version: (u16, u16, u16),
}

impl Default for GeoKeys {
    fn default() -> Self {
        Self { entries: Vec::new(), version: (1, 1, 0) }
    }
}
