//! Numbers from 0 to 1 as colours.

use raster_core::{Error, Result};
use std::str::FromStr;

/// A colour map: colours at equal steps, linear between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colormap {
    name: &'static str,
    stops: &'static [[u8; 3]],
}

/// Perceptually uniform ones are sampled from their published definitions (viridis, magma: van der Walt and Smith,
/// CC0); the others are chosen here.
const ALL: [Colormap; 6] = [
    Colormap { name: "gray", stops: &[[0, 0, 0], [255, 255, 255]] },
    Colormap {
        name: "viridis",
        stops: &[
            [68, 1, 84],
            [72, 40, 120],
            [62, 74, 137],
            [49, 104, 142],
            [38, 130, 142],
            [31, 158, 137],
            [53, 183, 121],
            [110, 206, 88],
            [181, 222, 43],
            [253, 231, 37],
        ],
    },
    Colormap {
        name: "magma",
        stops: &[
            [0, 0, 4],
            [24, 15, 62],
            [69, 16, 119],
            [114, 31, 129],
            [159, 47, 127],
            [205, 64, 113],
            [241, 96, 93],
            [253, 149, 103],
            [254, 202, 141],
            [252, 253, 191],
        ],
    },
    Colormap {
        name: "terrain",
        stops: &[
            [40, 92, 74],
            [96, 140, 84],
            [182, 184, 112],
            [172, 134, 92],
            [132, 104, 92],
            [206, 200, 196],
            [255, 255, 255],
        ],
    },
    Colormap {
        name: "diverging",
        stops: &[[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]],
    },
    Colormap {
        name: "heat",
        stops: &[[0, 0, 0], [120, 0, 20], [220, 60, 0], [255, 170, 30], [255, 255, 220]],
    },
];

impl Colormap {
    /// Black to white.
    pub const GRAY: Self = ALL[0];
    /// The default for continuous rasters.
    pub const VIRIDIS: Self = ALL[1];

    /// The names of all of them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|c| c.name)
    }
    /// The colour of `position`, limited to 0..=1.
    #[must_use]
    pub fn color(&self, position: f64) -> [u8; 3] {
        let last = self.stops.len() - 1;
        let at = position.clamp(0.0, 1.0) * last as f64;
        let index = (at as usize).min(last - 1);
        let t = at - index as f64;
        let (a, b) = (self.stops[index], self.stops[index + 1]);
        std::array::from_fn(|i| (f64::from(a[i]) + t * (f64::from(b[i]) - f64::from(a[i])) + 0.5) as u8)
    }
}

impl FromStr for Colormap {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        ALL.into_iter().find(|c| c.name == text).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            Error::misuse(format!("no colour map is called '{text}'; there are {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_middle() {
        assert_eq!(Colormap::GRAY.color(-1.0), [0, 0, 0]);
        assert_eq!(Colormap::GRAY.color(2.0), [255, 255, 255]);
        assert_eq!(Colormap::GRAY.color(0.5), [128, 128, 128]);
        assert_eq!(Colormap::GRAY.color(f64::NAN), [0, 0, 0]);
        assert!("plaid".parse::<Colormap>().is_err());
    }
}
