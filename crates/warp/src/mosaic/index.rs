//! Which sources lie under a window.

use raster_core::Window;

/// Footprints, sorted into the cells of a coarse grid.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Width and height of a cell in pixels.
    cell: (usize, usize),
    columns: usize,
    /// Numbers of the sources that touch each cell, in order; row by row.
    cells: Vec<Vec<u32>>,
}

/// Cells along a side at most: enough for tens of thousands of sources side by side.
const MOST: usize = 128;

impl Index {
    /// For an output of this size.
    pub(super) fn new((width, height): (usize, usize), footprints: impl Iterator<Item = Window>) -> Self {
        let cell = (width.div_ceil(MOST).max(1), height.div_ceil(MOST).max(1));
        let (columns, rows) = (width.div_ceil(cell.0), height.div_ceil(cell.1));
        let mut index = Self { cell, columns, cells: vec![Vec::new(); columns * rows] };
        for (number, footprint) in footprints.enumerate() {
            for at in index.touched(&footprint) {
                index.cells[at].push(number as u32);
            }
        }
        index
    }

    /// The sources whose footprints may touch a window, in their order.
    pub(super) fn under(&self, window: &Window) -> Vec<usize> {
        let mut found: Vec<u32> = self.touched(window).flat_map(|at| &self.cells[at]).copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|number| number as usize).collect()
    }

    fn touched(&self, window: &Window) -> impl Iterator<Item = usize> + use<> {
        let range = |start: i64, end: i64, cell: usize, count: usize| {
            let first = (start.max(0) as usize / cell).min(count);
            first..(end.max(0) as usize).div_ceil(cell).clamp(first, count)
        };
        let columns = self.columns;
        let rows = self.cells.len() / columns.max(1);
        let cols = range(window.col, window.end_col(), self.cell.0, columns);
        let rows =
            if window.is_empty() { 0..0 } else { range(window.row, window.end_row(), self.cell.1, rows) };
        rows.flat_map(move |row| cols.clone().map(move |col| row * columns + col))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_under_a_window_is_found_in_order() {
        let size = (1000, 700);
        let footprints: Vec<Window> = (0..200)
            .map(|i| {
                Window::new(
                    i * 37 % 1000,
                    i * 53 % 700,
                    1 + (i * 7 % 90) as usize,
                    1 + (i * 11 % 60) as usize,
                )
            })
            .chain([Window::whole(1000, 700), Window::new(0, 0, 0, 0)])
            .collect();
        let index = Index::new(size, footprints.iter().copied());
        for i in 0..300i64 {
            let window =
                Window::new(i * 91 % 980, i * 29 % 690, 1 + (i % 20) as usize, 1 + (i % 10) as usize);
            let found = index.under(&window);
            assert!(found.is_sorted_by(|a, b| a < b));
            for (number, footprint) in footprints.iter().enumerate() {
                let touches = footprint.intersection(&window).is_some_and(|w| !w.is_empty());
                assert!(!touches || found.contains(&number), "{footprint} under {window}");
            }
            assert!(found.len() < 60, "{} of 202", found.len());
        }
    }
}
