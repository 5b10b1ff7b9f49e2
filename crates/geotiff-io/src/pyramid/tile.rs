//! Pixels of one block with their validity, and which of a block's pixels have come.

use crate::plane::part;
use ndarray::{Array2, ArrayView2};
use raster_core::{AnyArray, AnyView, DataType, Error, Result, Window};

/// Pixels of shape (bands, rows, columns), and the mask that all bands share, of shape (rows, columns).
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub(crate) pixels: AnyArray,
    pub(crate) mask: Option<Array2<u8>>,
}

impl Tile {
    pub(crate) fn new(data_type: DataType, shape: (usize, usize, usize), mask: bool) -> Self {
        Self {
            pixels: AnyArray::zeros(data_type, shape),
            mask: mask.then(|| Array2::zeros((shape.1, shape.2))),
        }
    }
    pub(crate) fn view(&self) -> TileView<'_> {
        TileView { pixels: self.pixels.view(), mask: self.mask.as_ref().map(|m| m.view()) }
    }
}

/// A view of pixels and mask.
#[derive(Clone, Debug)]
pub(crate) struct TileView<'a> {
    pub(crate) pixels: AnyView<'a>,
    pub(crate) mask: Option<ArrayView2<'a, u8>>,
}

impl TileView<'_> {
    /// The part that `window` covers, counted from the upper left pixel.
    pub(crate) fn window(&self, window: &Window) -> TileView<'_> {
        TileView { pixels: self.pixels.window(window), mask: self.mask.as_ref().map(|m| part(m, window)) }
    }
    pub(crate) fn to_tile(&self) -> Tile {
        Tile { pixels: self.pixels.to_owned(), mask: self.mask.as_ref().map(|m| m.to_owned()) }
    }
}

/// Which pixels of a block have come, one bit each.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    bits: Vec<u64>,
    words_per_row: usize,
    missing: usize,
}

impl Coverage {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let words_per_row = width.div_ceil(64);
        Self { bits: vec![0; words_per_row * height], words_per_row, missing: width * height }
    }
    pub(crate) fn is_complete(&self) -> bool {
        self.missing == 0
    }
    pub(crate) fn has(&self, row: usize, col: usize) -> bool {
        self.bits[row * self.words_per_row + col / 64] >> (col % 64) & 1 == 1
    }
    /// Bytes that [`save`](Self::save) gives.
    pub(super) fn bytes(&self) -> usize {
        8 + 8 * self.bits.len()
    }
    /// Append everything as bytes.
    pub(super) fn save(&self, out: &mut Vec<u8>) {
        out.extend((self.missing as u64).to_le_bytes());
        out.extend(self.bits.iter().flat_map(|word| word.to_le_bytes()));
    }
    /// Become what was saved of a block of the same size; returns what follows it.
    pub(super) fn load<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (own, rest) = bytes.split_at(self.bytes());
        let mut words = own.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        self.missing = words.next().unwrap_or(0) as usize;
        self.bits.iter_mut().zip(words).for_each(|(bits, word)| *bits = word);
        rest
    }
    /// Add a window inside the block.
    ///
    /// # Errors
    /// `Misuse` when one of its pixels has come before: the block may already have been used.
    pub(crate) fn add(&mut self, window: &Window) -> Result<()> {
        let (start, end) = (window.col as usize, window.end_col() as usize);
        for row in window.row as usize..window.end_row() as usize {
            for word in start / 64..end.div_ceil(64) {
                let low = start.saturating_sub(word * 64).min(63);
                let high = (end - word * 64).min(64);
                let mask = (u64::MAX >> (64 - (high - low))) << low;
                let bits = &mut self.bits[row * self.words_per_row + word];
                if *bits & mask != 0 {
                    return Err(written_twice());
                }
                *bits |= mask;
                self.missing -= high - low;
            }
        }
        Ok(())
    }
}

pub(crate) fn written_twice() -> Error {
    Error::misuse("some of these pixels were written before; each pixel is written once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_counts_pixels_exactly() {
        for (width, height) in [(1, 1), (64, 2), (65, 3), (130, 2), (200, 1)] {
            for cut in [1, 3, 63, 64, 65, 100] {
                let mut coverage = Coverage::new(width, height);
                let mut windows: Vec<_> =
                    raster_core::tile_windows((width, height), (cut, 1), 0).unwrap().collect();
                windows.reverse();
                for (i, window) in windows.iter().enumerate() {
                    assert!(!coverage.is_complete(), "{i}");
                    coverage.add(window).unwrap();
                    assert!(coverage.has(window.row as usize, window.col as usize));
                    assert!(coverage.add(window).is_err());
                }
                assert!(coverage.is_complete());
            }
        }
    }
}
