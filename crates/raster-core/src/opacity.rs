//! How samples are mixed where pixels are resampled: the rule for colours beside an alpha band. The only place that has it.
//!
//! A transparent pixel's colour means nothing, and a faint one's little: mixed as they are, they would show up as dark
//! fringes. So beside *unassociated* alpha (TIFF's ExtraSamples 2) each colour counts by its opacity,
//!
//! colour = Σ w·a·v / Σ w·a,
//!
//! with w the weights of the method and a the opacity, 0 to 1. The alpha band itself leaves transparent pixels out like the
//! colours do, alpha = Σ w·a / Σ w over what is not quite transparent, as GDAL has it: so it is positive only where
//! there is a colour. Where every opacity is 0 or 1 this is what a mask does. Colours that are multiplied by their alpha
//! already (*associated*, ExtraSamples 1) are mixed as they are, transparent ones too.
//!
//! Kernels with negative lobes may take a colour far beyond those it is made of where the sum of the weights is small: beside partly
//! transparent pixels it is kept between the least and the greatest of them, beside transparent ones within a quarter of their
//! contrast, which is about what the lobes do where all is opaque.

use crate::{ColorInterp, RasterInfo, validity::Validity};

/// Which neighbours of a sample count when it is resampled, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mixing {
    /// Those that are valid, alike.
    #[default]
    Valid,
    /// Those that are not transparent, by their opacity: colours beside unassociated alpha.
    ByOpacity,
    /// Those that are not transparent, alike: unassociated alpha itself.
    Visible,
    /// All, alike: colours that are multiplied by their alpha, and that alpha.
    All,
}

impl RasterInfo {
    /// How samples of `band` (numbered from 1) are mixed.
    #[must_use]
    pub fn mixing(&self, band: usize) -> Mixing {
        let Some(alpha) = self.alpha_band() else { return Mixing::Valid };
        let of_alpha = |band: usize| matches!(self.validity(band), Validity::Alpha(_));
        let premultiplied = self.bands[alpha - 1].premultiplied;
        let is_alpha = self.bands.get(band.wrapping_sub(1)).is_some_and(|b| b.color == ColorInterp::Alpha);
        // The last alpha band tells of the others.
        let tells = band == alpha && (1..=self.bands.len()).any(|b| b != alpha && of_alpha(b));
        match (tells, is_alpha) {
            (true, _) if premultiplied => Mixing::All,
            (true, _) => Mixing::Visible,
            (false, false) if of_alpha(band) && premultiplied => Mixing::All,
            (false, false) if of_alpha(band) => Mixing::ByOpacity,
            _ => Mixing::Valid,
        }
    }
}

/// The weight of a pixel whose validity is this: 255 is opaque.
#[must_use]
#[inline]
pub fn weight(validity: u8) -> f64 {
    f64::from(validity) / 255.0
}

/// Is a pixel of this validity neither transparent nor opaque?
#[must_use]
#[inline]
pub fn is_partial(validity: u8) -> bool {
    !matches!(validity, 0 | 255)
}

/// The least and the greatest of the colours that something is made of, and whether some are not opaque.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// The least visible value.
    pub low: f64,
    /// The greatest visible value.
    pub high: f64,
    /// Is some pixel neither transparent nor opaque?
    pub partial: bool,
    /// Is some pixel transparent?
    pub holes: bool,
}

impl Default for Palette {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, partial: false, holes: false }
    }
}

impl Palette {
    /// With one more pixel.
    #[inline]
    pub fn add(&mut self, value: f64, validity: u8) {
        if validity == 0 {
            self.holes = true;
        } else {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            self.partial |= is_partial(validity);
        }
    }
    /// With those of another.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.partial |= other.partial;
        self.holes |= other.holes;
    }
    /// Are all pixels opaque?
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        !self.partial && !self.holes
    }
    /// The colour, from Σ w·a·v and Σ w·a; `None` where nothing visible is left.
    #[must_use]
    #[inline]
    pub fn colour(&self, sum: f64, weight: f64) -> Option<f64> {
        if weight <= 0.0 {
            return None;
        }
        let colour = sum / weight;
        if self.is_opaque() || self.low > self.high {
            return Some(colour);
        }
        let slack = if self.partial { 0.0 } else { 0.25 * (self.high - self.low) };
        Some(colour.clamp(self.low - slack, self.high + slack))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataType, MaskKind};

    fn rgba() -> RasterInfo {
        let mut info = RasterInfo::new(4, 4, 4, DataType::U8);
        info.bands.iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
        info.bands[3].color = ColorInterp::Alpha;
        info
    }

    #[test]
    fn who_is_mixed_how() {
        let mut info = rgba();
        let all = |info: &RasterInfo| [1, 2, 3, 4].map(|b| info.mixing(b));
        assert_eq!(all(&info)[..3], [Mixing::ByOpacity; 3]);
        assert_eq!(all(&info)[3], Mixing::Visible);
        info.bands[3].premultiplied = true;
        assert_eq!(all(&info), [Mixing::All; 4]);
        info.bands.iter_mut().for_each(|b| b.mask = MaskKind::PerDataset);
        assert_eq!(all(&info), [Mixing::Valid; 4], "a mask comes first");
        assert_eq!(info.mixing(9), Mixing::Valid);
    }

    #[test]
    fn colours_stay_between_those_they_are_made_of() {
        let mut palette = Palette::default();
        assert_eq!(palette.colour(3.0, 0.0), None);
        [(10.0, 255), (20.0, 0), (14.0, 128)].into_iter().for_each(|(v, a)| palette.add(v, a));
        assert_eq!(palette.colour(30.0, 1.0), Some(14.0));
        assert_eq!(palette.colour(6.0, 0.5), Some(12.0));
        let mut edge = Palette::default();
        [(10.0, 255), (20.0, 255), (0.0, 0)].into_iter().for_each(|(v, a)| edge.add(v, a));
        assert_eq!(
            [edge.colour(12.0, 0.5), edge.colour(6.0, 0.25), edge.colour(-1.0, 0.5)],
            [Some(22.5), Some(22.5), Some(7.5)]
        );
        assert_eq!(edge.colour(9.0, 1.0), Some(9.0), "as the lobes have it");
        let mut opaque = Palette::default();
        opaque.add(10.0, 255);
        assert_eq!(opaque.colour(30.0, 1.0), Some(30.0), "as GDAL");
    }
}
