//! Where the classes of a row begin and end.

use super::classes::Labels;
use crate::border::Border;

/// For every row and class, the columns at which the class's indicator flips between 0 and 1.
///
/// Columns count from the first column of the output; a row reaches `radius` columns to both sides of the output,
/// beyond the edge of the raster by the border rule.
#[derive(Default)]
pub(crate) struct Edges {
    /// Classes, the last of which collects the pixels of no class.
    channels: usize,
    /// Per row and channel the first of its flips in `columns`; `channels + 1` entries per row.
    starts: Vec<u32>,
    columns: Vec<i32>,
    /// Per row the channel at the far left.
    first: Vec<u16>,
    flips: Vec<(i32, u16, u16)>,
}

/// The shape of the output and of its surroundings along a row.
#[derive(Clone, Copy)]
pub(crate) struct RowShape {
    /// Columns of the input before the output.
    pub left: usize,
    /// Columns of the input.
    pub input: usize,
    /// Columns of the output.
    pub output: usize,
    pub radius: usize,
}

impl Edges {
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Does the channel hold the leftmost pixel of this row's surroundings?
    pub(crate) fn starts_inside(&self, row: usize, channel: usize) -> bool {
        self.first[row] as usize == channel
    }

    /// The range of a channel's flips in [`columns`](Self::columns).
    pub(crate) fn range(&self, row: usize, channel: usize) -> (u32, u32) {
        let at = row * (self.channels + 1) + channel;
        (self.starts[at], self.starts[at + 1])
    }

    pub(crate) fn columns(&self) -> &[i32] {
        &self.columns
    }

    /// Find the flips of these rows, counted from the first of them; the row after the last stands for pixels beyond a border without position.
    pub(crate) fn fill(
        &mut self,
        labels: &Labels,
        rows: std::ops::Range<usize>,
        shape: RowShape,
        border: Border,
    ) {
        self.channels = labels.classes + 1;
        self.starts.clear();
        self.columns.clear();
        self.first.clear();
        let mut counts = vec![0u32; self.channels + 1];
        let before = shape.radius.saturating_sub(shape.left) as i64;
        let after = (shape.output + shape.radius + shape.left).saturating_sub(shape.input) as i64;
        // Position in the output of the first input column.
        let origin = -(shape.left as i32);
        for row in labels.labels[rows.start * shape.input..rows.end * shape.input].chunks_exact(shape.input) {
            let beyond = |i: i64| border.position(i, row.len()).map_or(labels.border, |i| row[i]);
            self.flips.clear();
            let mut last = if before > 0 { beyond(-before) } else { row[0] };
            self.first.push(last);
            let mut visit = |at: i64, label: u16| {
                if label != last {
                    self.flips.push((origin + at as i32, last, label));
                    last = label;
                }
            };
            for i in -before..0 {
                visit(i, beyond(i));
            }
            visit(0, row[0]);
            for (i, pair) in row.windows(2).enumerate() {
                if pair[0] != pair[1] {
                    visit(i as i64 + 1, pair[1]);
                }
            }
            for i in row.len() as i64..row.len() as i64 + after {
                visit(i, beyond(i));
            }
            self.group(&mut counts);
        }
        self.flips.clear();
        self.first.push(labels.border);
        self.group(&mut counts);
    }

    /// Sort a row's flips by channel, in order of column within each.
    fn group(&mut self, counts: &mut [u32]) {
        counts.fill(0);
        for &(_, from, to) in &self.flips {
            counts[from as usize + 1] += 1;
            counts[to as usize + 1] += 1;
        }
        let base = self.columns.len() as u32;
        counts[0] = base;
        for c in 0..self.channels {
            counts[c + 1] += counts[c];
        }
        self.starts.extend_from_slice(counts);
        self.columns.resize(base as usize + 2 * self.flips.len(), 0);
        for &(column, from, to) in &self.flips {
            for channel in [from, to] {
                self.columns[counts[channel as usize] as usize] = column;
                counts[channel as usize] += 1;
            }
        }
    }
}
