//! Between diameter, sigma and truncate; between map units and pixels.

use raster_core::{Error, GeoTransform, Result};

/// The three numbers that describe a blur, any two of which give the third: `diameter = 2 sigma truncate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlurSize {
    /// Width of the kernel, in the units of `sigma`.
    pub diameter: f64,
    /// Standard deviation.
    pub sigma: f64,
    /// How many standard deviations the kernel reaches to each side.
    pub truncate: f64,
}

impl BlurSize {
    /// `truncate` where none is given. (The filter itself takes 4; upstream takes 3 here.)
    pub const DEFAULT_TRUNCATE: f64 = 3.0;

    /// From a diameter and a truncation.
    ///
    /// # Errors
    /// `Misuse` when a number is not finite and positive; so for the others.
    pub fn from_diameter(diameter: f64, truncate: f64) -> Result<Self> {
        Self { diameter, sigma: 0.5 * diameter / truncate, truncate }.check()
    }
    /// From a sigma and a truncation.
    ///
    /// # Errors
    /// As [`from_diameter`](Self::from_diameter).
    pub fn from_sigma(sigma: f64, truncate: f64) -> Result<Self> {
        Self { diameter: 2.0 * sigma * truncate, sigma, truncate }.check()
    }
    /// From a diameter and a sigma.
    ///
    /// # Errors
    /// As [`from_diameter`](Self::from_diameter).
    pub fn from_diameter_and_sigma(diameter: f64, sigma: f64) -> Result<Self> {
        Self { diameter, sigma, truncate: 0.5 * diameter / sigma }.check()
    }
    /// The same in units of which one is `unit` of the present ones: with `unit` = the pixel size in metres, from
    /// metres to pixels.
    ///
    /// # Errors
    /// `Misuse` when `unit` is not finite and positive.
    pub fn in_units_of(self, unit: f64) -> Result<Self> {
        Self { diameter: self.diameter / unit, sigma: self.sigma / unit, ..self }.check()
    }

    fn check(self) -> Result<Self> {
        let ok = |v: f64| v.is_finite() && v > 0.0;
        if ok(self.diameter) && ok(self.sigma) && ok(self.truncate) {
            return Ok(self);
        }
        Err(Error::misuse(format!(
            "diameter {}, sigma {} and truncate {} have to be finite and positive",
            self.diameter, self.sigma, self.truncate
        )))
    }
}

/// Columns and rows that a kernel of this sigma spans: `2 int(truncate sigma + 0.5) + 1`.
#[must_use]
pub fn kernel_diameter_px(sigma_px: f64, truncate: f64) -> usize {
    2 * super::taps::radius(sigma_px, truncate) + 1
}

/// A length in map units as pixels (along columns, along rows) of a raster with this transform.
///
/// # Errors
/// `Misuse` when the pixel size is 0 or not finite.
pub fn map_units_to_pixels(length: f64, transform: &GeoTransform) -> Result<(f64, f64)> {
    let (width, height) = (libm::hypot(transform.a, transform.d), libm::hypot(transform.b, transform.e));
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
        return Err(Error::misuse(format!("pixels of {width} × {height} map units have no size")));
    }
    Ok((length / width, length / height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_three_give_the_third() {
        assert_eq!(BlurSize::from_diameter(12.0, 3.0).unwrap().sigma, 2.0);
        assert_eq!(BlurSize::from_sigma(2.0, 3.0).unwrap().diameter, 12.0);
        assert_eq!(BlurSize::from_diameter_and_sigma(12.0, 2.0).unwrap().truncate, 3.0);
        assert_eq!(BlurSize::from_sigma(500.0, 3.0).unwrap().in_units_of(100.0).unwrap().sigma, 5.0);
        assert!(BlurSize::from_sigma(-1.0, 3.0).is_err());
        assert!(BlurSize::from_diameter(f64::NAN, 3.0).is_err());
        // Upstream's docstring says 7 and 15; its function gives these.
        assert_eq!((kernel_diameter_px(1.0, 4.0), kernel_diameter_px(2.0, 4.0)), (9, 17));
    }

    #[test]
    fn pixels_of_a_rotated_raster() {
        let t = GeoTransform { a: 3.0, b: 0.0, c: 0.0, d: 4.0, e: -10.0, f: 0.0 };
        assert_eq!(map_units_to_pixels(50.0, &t).unwrap(), (10.0, 5.0));
    }
}
