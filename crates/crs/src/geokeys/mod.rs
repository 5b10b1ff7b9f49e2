//! GeoKeys: the typed keys of a GeoTIFF, independent of any TIFF code.
//!
//! OGC 19-008r4 (GeoTIFF 1.1), GeoTIFF 1.8.1, and what GDAL and libgeotiff really write and read.

mod key;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

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

impl GeoKeys {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: u16) -> Option<&GeoKeyValue> {
        self.entries.iter().find(|e| e.0 == key).map(|e| &e.1)
    }

    /// Sets a key, keeping the order.
    pub fn set(&mut self, key: u16, value: GeoKeyValue) {
        match self.entries.binary_search_by_key(&key, |e| e.0) {
            Ok(at) => self.entries[at].1 = value,
            Err(at) => self.entries.insert(at, (key, value)),
        }
    }

    /// A key that must be a short; none if it is missing.
    fn short(&self, key: u16) -> Option<u16> {
        match self.get(key)? {
            GeoKeyValue::Short(v) => Some(*v),
            GeoKeyValue::Double(_) | GeoKeyValue::Ascii(_) => None,
        }
    }

    /// A short that is a code of the registry: not undefined (0) and not user-defined (32767).
    fn code(&self, key: u16) -> Option<u32> {
        self.short(key).filter(|&c| c != 0 && c != key::USER_DEFINED).map(u32::from)
    }

    /// The first number; some writers put whole numbers into shorts.
    fn number(&self, key: u16) -> Option<f64> {
        match self.get(key)? {
            GeoKeyValue::Double(v) => v.first().copied(),
            GeoKeyValue::Short(v) => Some(f64::from(*v)),
            GeoKeyValue::Ascii(_) => None,
        }
    }

    fn text(&self, key: u16) -> Option<&str> {
        match self.get(key)? {
            GeoKeyValue::Ascii(text) => Some(text.trim_end_matches('\0')),
            GeoKeyValue::Short(_) | GeoKeyValue::Double(_) => None,
        }
    }
}
