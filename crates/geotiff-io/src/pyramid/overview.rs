//! Which overviews a raster gets.

use raster_core::{Error, Result, Size};

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
    /// For a raster of this size that has overviews of these sizes already: factors beside those that it has, as `gdaladdo` has
    /// it. Anything else stands for itself.
    ///
    /// ```
    /// use geotiff_io::Overviews;
    /// use raster_core::Size;
    /// let beside = Overviews::Factors(vec![8]).beside((500, 300), &[Size::new(250, 150), Size::new(125, 75)]);
    /// assert_eq!(beside, Overviews::Factors(vec![2, 4, 8]));
    /// ```
    #[must_use]
    pub fn beside(&self, size: (usize, usize), existing: &[Size]) -> Self {
        let Self::Factors(asked) = self else { return self.clone() };
        // By the longer side, whose rounding tells least.
        let factor = |level: &Size| {
            let (full, part) = if size.0 >= size.1 { (size.0, level.width) } else { (size.1, level.height) };
            (full as f64 / part.max(1) as f64 + 0.5) as usize
        };
        let mut all: Vec<usize> =
            existing.iter().map(factor).filter(|f| *f >= 2).chain(asked.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let all = Self::Factors(all);
        // Of what cannot stand beside each other (the same size twice) only what was asked for is made.
        if all.sizes(size, (1, 1)).is_ok() { all } else { self.clone() }
    }

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
        let beside = |asked: &[usize], existing: &[(usize, usize)]| {
            let existing: Vec<Size> = existing.iter().copied().map(Size::from).collect();
            Overviews::Factors(asked.to_vec()).beside((500, 300), &existing)
        };
        assert_eq!(beside(&[8], &[(250, 150), (125, 75)]), Overviews::Factors(vec![2, 4, 8]));
        assert_eq!(beside(&[2, 4], &[(250, 150)]), Overviews::Factors(vec![2, 4]));
        assert_eq!(beside(&[3], &[(63, 38)]), Overviews::Factors(vec![3, 8]));
        assert_eq!(beside(&[600], &[(1, 1)]), Overviews::Factors(vec![600]), "twice the same size");
        assert!(factors(&[1]).is_err() && factors(&[4, 2]).is_err() && factors(&[50, 60, 70]).is_err());
    }
}
