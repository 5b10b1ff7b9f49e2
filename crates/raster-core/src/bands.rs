//! Which bands of a raster.

use crate::{Error, RasterInfo, Result};
use std::{ops::RangeInclusive, str::FromStr};

/// A choice of bands, numbered from 1, in any order, repeats allowed.
///
/// ```
/// use raster_core::{Bands, DataType, RasterInfo};
/// let info = RasterInfo::new(10, 10, 4, DataType::U8);
/// assert_eq!(Bands::ALL.of(&info)?, [1, 2, 3, 4]);
/// assert_eq!(Bands::from([4, 3, 2]).of(&info)?, [4, 3, 2]);
/// assert_eq!("1,3-4".parse::<Bands>()?.of(&info)?, [1, 3, 4]);
/// assert!(Bands::from(0).of(&info).is_err());
/// assert!("3-1".parse::<Bands>().is_err());
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bands(Option<Vec<usize>>);

impl Bands {
    /// Every band.
    pub const ALL: Self = Self(None);

    /// The numbers, checked against what a raster has.
    ///
    /// # Errors
    /// `Misuse` for a band that does not exist.
    pub fn of(&self, info: &RasterInfo) -> Result<Vec<usize>> {
        let Some(bands) = &self.0 else { return Ok(info.all_bands()) };
        match bands.iter().find(|&&b| b == 0 || b > info.band_count()) {
            Some(0) => Err(Error::misuse("band 0: bands are numbered from 1")),
            Some(band) => {
                Err(Error::misuse(format!("band {band} of a raster with {} bands", info.band_count())))
            }
            None => Ok(bands.clone()),
        }
    }
    /// Are all bands chosen, however many there are?
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }
}

impl From<usize> for Bands {
    fn from(band: usize) -> Self {
        Self(Some(vec![band]))
    }
}
impl From<Vec<usize>> for Bands {
    fn from(bands: Vec<usize>) -> Self {
        Self(Some(bands))
    }
}
impl From<&[usize]> for Bands {
    fn from(bands: &[usize]) -> Self {
        Self(Some(bands.to_vec()))
    }
}
impl<const N: usize> From<[usize; N]> for Bands {
    fn from(bands: [usize; N]) -> Self {
        Self(Some(bands.to_vec()))
    }
}
impl<const N: usize> From<&[usize; N]> for Bands {
    fn from(bands: &[usize; N]) -> Self {
        Self(Some(bands.to_vec()))
    }
}
impl From<RangeInclusive<usize>> for Bands {
    fn from(bands: RangeInclusive<usize>) -> Self {
        Self(Some(bands.collect()))
    }
}
impl From<Option<Vec<usize>>> for Bands {
    /// `None` is every band.
    fn from(bands: Option<Vec<usize>>) -> Self {
        Self(bands)
    }
}

impl FromStr for Bands {
    type Err = Error;
    /// `all`, or numbers and ranges with commas between them: `4,3,2`, `1-3,7`.
    fn from_str(text: &str) -> Result<Self> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::ALL);
        }
        let wrong = || {
            Error::misuse(format!(
                "bands '{text}': numbers from 1 with commas between them are expected, or all"
            ))
        };
        let number =
            |s: &str| s.trim().parse::<usize>().ok().filter(|n| (1..=65535).contains(n)).ok_or_else(wrong);
        let mut bands = Vec::new();
        for part in text.split(',') {
            match part.split_once('-') {
                Some((first, last)) => match (number(first)?, number(last)?) {
                    (first, last) if first <= last => bands.extend(first..=last),
                    _ => return Err(wrong()),
                },
                None => bands.push(number(part)?),
            }
        }
        Ok(Self(Some(bands)))
    }
}
