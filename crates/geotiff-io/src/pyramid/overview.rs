//! Which overviews a raster gets.

use raster_core::{Error, Result};

/// Which overviews to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overviews {
    /// None.
    None,
    /// Halve, rounding down, until both sides fit into one block (the rule of GDAL's COG driver).
    #[default]
    Auto,
    /// That many halvings.
    Count(usize),
    /// Reduced by these factors, ascending: sizes are rounded up, as `gdaladdo` does.
    Factors(Vec<usize>),
}

impl Overviews {
    /// Sizes of the overviews of a raster, largest first.
    ///
    /// # Errors
    /// `Misuse` when a factor is below 2 or the factors are not ascending, or when a level would be a copy of
    /// the one before it.
    pub fn sizes(&self, size: (usize, usize), block: (usize, usize)) -> Result<Vec<(usize, usize)>> {
        let halve = |(w, h): (usize, usize)| ((w / 2).max(1), (h / 2).max(1));
        let mut sizes = Vec::new();
        let mut last = size;
        match self {
            Self::None => {}
            Self::Auto => {
                while last.0 > block.0 || last.1 > block.1 {
                    last = halve(last);
                    sizes.push(last);
                }
            }
            Self::Count(count) => {
                for _ in 0..*count {
                    if last == (1, 1) {
                        return Err(Error::misuse(format!(
                            "{count} overviews of {} × {} pixels: the last would repeat a level of one pixel",
                            size.0, size.1
                        )));
                    }
                    last = halve(last);
                    sizes.push(last);
                }
            }
            Self::Factors(factors) => {
                if factors.first().is_some_and(|&f| f < 2) || !factors.is_sorted_by(|a, b| a < b) {
                    return Err(Error::misuse(format!(
                        "overview factors {factors:?}: they start at 2 and ascend"
                    )));
                }
                for &factor in factors {
                    let next = (size.0.div_ceil(factor), size.1.div_ceil(factor));
                    if next == last {
                        return Err(Error::misuse(format!("overview factor {factor} repeats a level")));
                    }
                    last = next;
                    sizes.push(last);
                }
            }
        }
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let auto = |w, h, b| Overviews::Auto.sizes((w, h), (b, b)).unwrap();
        assert_eq!(auto(1301, 1501, 512), [(650, 750), (325, 375)]);
        assert_eq!(auto(512, 512, 512), []);
        assert_eq!(auto(1, 2049, 512), [(1, 1024), (1, 512)]);
        let factors = |f: &[usize]| Overviews::Factors(f.to_vec()).sizes((50, 44), (512, 512));
        assert_eq!(factors(&[2, 4, 7]).unwrap(), [(25, 22), (13, 11), (8, 7)]);
        assert!(factors(&[1]).is_err() && factors(&[4, 2]).is_err() && factors(&[50, 60, 70]).is_err());
    }
}
