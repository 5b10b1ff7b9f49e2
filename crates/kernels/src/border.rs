//! What lies outside the raster.

/// What a kernel assumes beyond the edge of the raster, in the words of `scipy.ndimage`.
///
/// It applies where a window's halo is cut by the edge of the raster, and nowhere else.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Border {
    /// `a a a | a b c d | d d d`: the edge pixel goes on.
    #[default]
    Nearest,
    /// `c b a | a b c d | d c b`: mirrored at the edge of the last pixel.
    Reflect,
    /// `d c b | a b c d | c b a`: mirrored at the centre of the last pixel.
    Mirror,
    /// `b c d | a b c d | a b c`: the raster repeats. A window needs its halo from the opposite side of the
    /// raster, see [`Kernel::wraps`](crate::Kernel::wraps).
    Wrap,
    /// `v v v | a b c d | v v v`: one value, in the units that the kernel computes in.
    Constant(f64),
    /// Nothing: a missing pixel, as nodata or NaN would be.
    Missing,
}

impl Border {
    /// The position in `0..len` that stands for position `index`; `None` for a pixel outside that has no
    /// position. `len` is not 0.
    pub(crate) fn position(self, index: i64, len: usize) -> Option<usize> {
        let n = len as i64;
        if (0..n).contains(&index) {
            return Some(index as usize);
        }
        let position = match self {
            Self::Nearest => index.clamp(0, n - 1),
            Self::Reflect => {
                let i = index.rem_euclid(2 * n);
                i.min(2 * n - 1 - i)
            }
            Self::Mirror if n == 1 => 0,
            Self::Mirror => {
                let i = index.rem_euclid(2 * n - 2);
                i.min(2 * n - 2 - i)
            }
            Self::Wrap => index.rem_euclid(n),
            Self::Constant(_) | Self::Missing => return None,
        };
        Some(position as usize)
    }

    /// The number that stands for pixels without a position.
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Constant(v) => v,
            _ => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(border: Border, len: usize) -> Vec<Option<usize>> {
        (-5..len as i64 + 5).map(|i| border.position(i, len)).collect()
    }

    #[test]
    fn as_scipy_draws_them() {
        let some = |v: &[usize]| v.iter().map(|&i| Some(i)).collect::<Vec<_>>();
        assert_eq!(at(Border::Nearest, 4), some(&[0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3]));
        assert_eq!(at(Border::Reflect, 4), some(&[3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0]));
        assert_eq!(at(Border::Mirror, 4), some(&[1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]));
        assert_eq!(at(Border::Wrap, 4), some(&[3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0]));
        assert_eq!(at(Border::Mirror, 1), some(&[0; 11]));
        assert_eq!(at(Border::Missing, 1).iter().flatten().count(), 1);
    }
}
