//! How a raster splits into rectangles.

use crate::{Error, Result, Size, Window};

/// Position of a block: its column and row among the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockIndex {
    /// Block row, from 0.
    pub row: usize,
    /// Block column, from 0.
    pub col: usize,
}

/// A raster cut into blocks of one size; those at the right and lower edge are clipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockGrid {
    width: usize,
    height: usize,
    block_width: usize,
    block_height: usize,
}

impl BlockGrid {
    /// Cut a raster into blocks.
    ///
    /// # Errors
    /// `Misuse` when a block has no width or no height.
    pub fn new(size: impl Into<Size>, block: impl Into<Size>) -> Result<Self> {
        let (size, block) = (size.into(), block.into());
        if block.is_empty() {
            return Err(Error::misuse(format!("a block of {block} pixels")));
        }
        let (block_width, block_height) = block.into_tuple();
        Ok(Self { width: size.width, height: size.height, block_width, block_height })
    }
    /// Blocks per row of blocks.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width.div_ceil(self.block_width)
    }
    /// Rows of blocks.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.height.div_ceil(self.block_height)
    }
    /// The number of blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns().saturating_mul(self.rows())
    }
    /// Has the raster no pixels?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Pixels of a block, clipped to the raster.
    #[must_use]
    pub fn window(&self, index: BlockIndex) -> Window {
        self.full_window(index).crop(self.width, self.height)
    }
    /// Pixels of a block, not clipped.
    #[must_use]
    pub fn full_window(&self, index: BlockIndex) -> Window {
        Window::new(
            (index.col * self.block_width) as i64,
            (index.row * self.block_height) as i64,
            self.block_width,
            self.block_height,
        )
    }
    /// All blocks, row by row.
    pub fn iter(&self) -> impl Iterator<Item = (BlockIndex, Window)> + use<> {
        let grid = *self;
        (0..grid.rows()).flat_map(move |row| {
            (0..grid.columns()).map(move |col| {
                let index = BlockIndex { row, col };
                (index, grid.window(index))
            })
        })
    }
    /// The blocks that a window touches, row by row; the part of the window outside the raster has none.
    pub fn touching(&self, window: &Window) -> impl Iterator<Item = BlockIndex> + use<> {
        let w = window.crop(self.width, self.height);
        let span = |start: i64, length: usize, block: usize| {
            let start = start as usize;
            if length == 0 { 0..0 } else { start / block..(start + length).div_ceil(block) }
        };
        let rows = span(w.row, if w.width == 0 { 0 } else { w.height }, self.block_height);
        let cols = span(w.col, w.width, self.block_width);
        rows.flat_map(move |row| cols.clone().map(move |col| BlockIndex { row, col }))
    }
}

/// Windows of the size of `tile` that overlap by `overlap` pixels and cover a raster of `size`, row by row: the stride is
/// shortened, windows do not grow, and the walk runs to the end (so a last window may lie wholly inside its neighbour).
///
/// # Errors
/// `Misuse` when a tile has no pixels.
pub fn tile_windows(size: impl Into<Size>, tile: impl Into<Size>, overlap: usize) -> Result<TileWindows> {
    let (size, tile) = (size.into(), tile.into());
    if tile.is_empty() {
        return Err(Error::misuse(format!("a tile of {tile} pixels")));
    }
    let stride = |side: usize| side.saturating_sub(overlap).max(1);
    let stride = Size::new(stride(tile.width), stride(tile.height));
    Ok(TileWindows { size, tile, stride, next: (0, 0) })
}

/// The windows of [`tile_windows`].
#[derive(Clone, Debug)]
pub struct TileWindows {
    size: Size,
    tile: Size,
    stride: Size,
    /// Column and row of the upper left pixel.
    next: (usize, usize),
}

impl Iterator for TileWindows {
    type Item = Window;
    fn next(&mut self) -> Option<Window> {
        let Size { width, height } = self.size;
        let (col, row) = self.next;
        if row >= height || width == 0 {
            return None;
        }
        self.next = match col.checked_add(self.stride.width).filter(|c| *c < width) {
            Some(col) => (col, row),
            None => (0, row.saturating_add(self.stride.height)),
        };
        Some(Window::new(
            col as i64,
            row as i64,
            self.tile.width.min(width - col),
            self.tile.height.min(height - row),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_pixel_once() {
        for (w, h, bw, bh) in [(13, 17, 5, 7), (5, 5, 5, 5), (1, 9, 4, 2), (0, 3, 2, 2)] {
            let grid = BlockGrid::new((w, h), (bw, bh)).unwrap();
            let mut seen = vec![0; w * h];
            for (_, window) in grid.iter() {
                for r in window.row..window.end_row() {
                    for c in window.col..window.end_col() {
                        seen[r as usize * w + c as usize] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|&n| n == 1));
            assert_eq!(grid.touching(&Window::whole(w, h)).count(), grid.len());
        }
        assert!(BlockGrid::new((1, 1), (0, 1)).is_err());
    }

    #[test]
    fn touching_is_exact() {
        let grid = BlockGrid::new((100, 100), (16, 16)).unwrap();
        let touched: Vec<_> = grid.touching(&Window::new(15, 16, 2, 16)).collect();
        assert_eq!(touched, [BlockIndex { row: 1, col: 0 }, BlockIndex { row: 1, col: 1 }]);
        assert_eq!(grid.touching(&Window::new(100, 0, 5, 5)).count(), 0);
        assert_eq!(grid.touching(&Window::new(-5, -5, 6, 6)).count(), 1);
    }

    #[test]
    fn overlapping_tiles_run_to_the_end() {
        let rows: Vec<_> =
            tile_windows((4, 10), (4, 4), 1).unwrap().filter(|w| w.col == 0).map(|w| w.row).collect();
        assert_eq!(rows, [0, 3, 6, 9]);
        assert_eq!(tile_windows((10, 10), (4, 4), 0).unwrap().last(), Some(Window::new(8, 8, 2, 2)));
        assert!(tile_windows((10, 10), (4, 0), 0).is_err());
    }
}
