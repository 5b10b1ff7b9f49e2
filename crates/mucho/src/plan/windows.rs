//! Which windows, and in which order.

use crate::function::Edge;
use raster_core::{BlockGrid, BlockIndex, Error, Halo, RasterInfo, Result, Size, Window};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// The windows of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Windows {
    /// As the function allows: the first input's blocks, or whatever is best when the result does not depend on
    /// how the raster is cut.
    #[default]
    Auto,
    /// The first input's blocks.
    Blocks,
    /// Windows of this many columns and rows; those at the right and lower edge are smaller.
    Size(usize, usize),
    /// These, each with its block row and column; an empty list is [`Auto`](Self::Auto). Pixels in none of them stay empty.
    /// Where they overlap, the one that comes last in this list wins: in memory, for no pixel of a file is written twice.
    List(Vec<(Window, BlockIndex)>),
}

/// One window of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedWindow {
    /// Row and column among the windows.
    pub block: BlockIndex,
    /// The pixels to compute.
    pub core: Window,
    /// The pixels to read for it.
    pub read: Window,
}

fn planned(core: Window, block: BlockIndex, halo: Halo, edge: Edge, size: (usize, usize)) -> PlannedWindow {
    let grown = core.grow(halo);
    PlannedWindow { block, core, read: if edge == Edge::Cut { grown.crop(size.0, size.1) } else { grown } }
}

/// The windows of a regular grid.
pub(super) fn grid(raster: &RasterInfo, block: Size, halo: Halo, edge: Edge) -> Result<Vec<PlannedWindow>> {
    let size = (raster.width, raster.height);
    let blocks = BlockGrid::new(size, block)?;
    let count = blocks.columns().saturating_mul(blocks.rows());
    let mut windows = Vec::new();
    // For the list, and for what is made of it.
    windows.try_reserve_exact(count.saturating_mul(2)).map_err(|_| {
        Error::limit(format!(
            "a plan of {count} windows does not fit into memory; use larger windows or blocks"
        ))
    })?;
    windows.shrink_to(count);
    windows.extend(blocks.iter().map(|(index, core)| planned(core, index, halo, edge, size)));
    Ok(windows)
}

/// The windows that a caller listed.
pub(super) fn listed(
    raster: &RasterInfo,
    list: &[(Window, BlockIndex)],
    halo: Halo,
    edge: Edge,
) -> Result<Vec<PlannedWindow>> {
    let size = (raster.width, raster.height);
    list.iter()
        .map(|(core, index)| {
            if core.is_empty() || !raster.window().contains(core) {
                return Err(
                    Error::misuse(format!("the raster has {} × {} pixels", size.0, size.1)).at_window(*core)
                );
            }
            Ok(planned(*core, *index, halo, edge, size))
        })
        .collect()
}

/// Windows that overlap must be written one after the other, in the order of the list.
pub(super) fn overlap(windows: &[PlannedWindow]) -> bool {
    // Sweep over the rows. Windows that are open at one row and have met no other lie beside each other: by column only
    // neighbours can meet.
    let mut order: Vec<_> = windows.iter().map(|w| w.core).collect();
    order.sort_by_key(|w| w.row);
    let mut open: BTreeMap<i64, Window> = BTreeMap::new();
    let mut ends: BinaryHeap<Reverse<(i64, i64)>> = BinaryHeap::new();
    for window in order {
        while let Some(&Reverse((end, col))) = ends.peek()
            && end <= window.row
        {
            ends.pop();
            open.remove(&col);
        }
        let meets =
            |other: Option<(&i64, &Window)>| other.is_some_and(|(_, o)| o.intersection(&window).is_some());
        if meets(open.range(..=window.col).next_back()) || meets(open.range(window.col..).next()) {
            return true;
        }
        open.insert(window.col, window);
        ends.push(Reverse((window.end_row(), window.col)));
    }
    false
}

/// Row by row of the output's blocks: the writer finishes a row of tiles early, and the windows that share input
/// tiles lie close together in time. Overlapping windows keep the caller's order.
pub(super) fn order(windows: &mut [PlannedWindow], output_block: Size) {
    if overlap(windows) {
        return;
    }
    let rows = output_block.height.max(1) as i64;
    windows.sort_by_key(|w| (w.core.row / rows, w.core.col, w.core.row));
}
