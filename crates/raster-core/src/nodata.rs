//! The value that stands for "no data".

use crate::{DataType, Sample, Value};
use std::fmt;

/// A nodata value as a file states it: 64-bit integers are kept exact.
#[derive(Clone, Copy, Debug)]
pub enum Nodata {
    /// A whole number.
    Int(i128),
    /// A number with a fraction, an infinity or NaN.
    Float(f64),
}

impl Nodata {
    /// From the text of a GDAL_NODATA tag or a command line: a number, `nan`, `inf`, `-inf`; spaces around it
    /// are allowed. `None` when it is no number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0');
        if let Ok(v) = text.parse::<i128>() {
            return Some(Self::Int(v));
        }
        // GDAL writes "nan", "-nan" on some systems, "inf"; MSVC wrote "1.#INF" and "1.#QNAN".
        match text.to_ascii_lowercase().as_str() {
            "-nan" | "1.#qnan" | "-1.#ind" | "nan(ind)" | "-nan(ind)" => Some(Self::Float(f64::NAN)),
            "1.#inf" => Some(Self::Float(f64::INFINITY)),
            "-1.#inf" => Some(Self::Float(f64::NEG_INFINITY)),
            other => other.parse::<f64>().ok().map(Self::from),
        }
    }
    /// As a float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(v) => v as f64,
            Self::Float(v) => v,
        }
    }
    /// The number.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Int(v) => Value::Int(v),
            Self::Float(v) => Value::Float(v),
        }
    }
    /// Is it NaN?
    #[must_use]
    pub fn is_nan(self) -> bool {
        self.to_f64().is_nan()
    }
    /// Can a sample of this type be equal to it? For integer types: a whole number in range. For floats:
    /// anything that does not overflow to an infinity (a value that is rounded on the way, such as 1e-40 or
    /// -3.4028234663852886e38 written with fewer digits, still counts, as in GDAL).
    #[must_use]
    pub fn fits(self, data_type: DataType) -> bool {
        let (min, max) = data_type.range();
        match data_type {
            DataType::U64 => self.whole().is_some_and(|v| u64::try_from(v).is_ok()),
            DataType::I64 => self.whole().is_some_and(|v| i64::try_from(v).is_ok()),
            t if t.is_integer() || matches!(t, DataType::CI16 | DataType::CI32) => {
                self.whole().is_some_and(|v| (min as i128..=max as i128).contains(&v))
            }
            _ => {
                let v = self.to_f64();
                // GDAL clamps a number a little above the largest f32 to it.
                !v.is_finite() || v.abs() <= max * (1.0 + 1e-6)
            }
        }
    }
    /// The number that samples of this type are compared with: what the type makes of it. In half precision -9999 is -10000.
    #[must_use]
    pub fn rounded(self, data_type: DataType) -> Self {
        let value = self.to_f64();
        let rounds = matches!(data_type, DataType::F16 | DataType::F32) && value.is_finite();
        if !rounds || !self.fits(data_type) {
            return self;
        }
        crate::with_type!(data_type, T => self.to_sample::<T>().map_or(self, |v| v.to_f64().into()))
    }
    fn whole(self) -> Option<i128> {
        match self {
            Self::Int(v) => Some(v),
            Self::Float(v) => (v.fract() == 0.0 && v.abs() < 1e30).then_some(v as i128),
        }
    }
    /// The sample that equals it, if the type has one ([`fits`](Self::fits)).
    #[must_use]
    pub fn to_sample<T: Sample>(self) -> Option<T> {
        if !self.fits(T::DATA_TYPE) {
            return None;
        }
        let (min, max) = T::DATA_TYPE.range();
        Some(match self {
            Self::Float(v) if v.is_finite() && !T::DATA_TYPE.is_integer() => T::from_f64(v.clamp(min, max)),
            other => T::from_value(other.value()),
        })
    }
}

impl From<f64> for Nodata {
    fn from(v: f64) -> Self {
        if v.fract() == 0.0 && v.abs() < 1e15 { Self::Int(v as i128) } else { Self::Float(v) }
    }
}

macro_rules! from_integers {
    ($($t:ty),*) => {$(
        impl From<$t> for Nodata {
            fn from(v: $t) -> Self {
                Self::Int(i128::from(v))
            }
        }
    )*};
}
from_integers!(u8, i8, u16, i16, u32, i32, u64, i64);

impl From<f32> for Nodata {
    fn from(v: f32) -> Self {
        Self::from(f64::from(v))
    }
}

impl PartialEq for Nodata {
    /// NaN equals NaN: it is the same convention.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            _ => self.to_f64() == other.to_f64() || (self.is_nan() && other.is_nan()),
        }
    }
}

impl fmt::Display for Nodata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(v) => write!(f, "{v}"),
            Self::Float(v) if v.is_nan() => f.write_str("nan"),
            Self::Float(v) => {
                let (plain, exponent) = (format!("{v}"), format!("{v:e}"));
                f.write_str(if exponent.len() < plain.len() { &exponent } else { &plain })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_to_sample() {
        assert_eq!(Nodata::parse(" -9999 \0"), Some(Nodata::Int(-9999)));
        assert_eq!(Nodata::parse("18446744073709551615").unwrap().to_sample(), Some(u64::MAX));
        assert_eq!(Nodata::parse("-9999").unwrap().to_sample::<u8>(), None);
        assert_eq!(Nodata::parse("0.5").unwrap().to_sample::<u8>(), None);
        assert!(Nodata::parse("nan").unwrap().to_sample::<f32>().unwrap().is_nan());
        assert_eq!(Nodata::parse("-3.4028234663852886e+38").unwrap().to_sample(), Some(f32::MIN));
        assert_eq!(Nodata::parse("-3.40282347e+38").unwrap().to_sample(), Some(f32::MIN));
        assert_eq!(Nodata::parse("no"), None);
        assert_eq!(Nodata::from(-9999.0).to_string(), "-9999");
        assert_eq!(Nodata::parse("1e-30").unwrap().to_string(), "1e-30");
    }
}
