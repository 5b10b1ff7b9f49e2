//! Where the class of a row's pixels changes.

use super::classes::Labels;
use crate::border::Border;

/// A column whose pixel is of another class than the one before.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flip {
    pub column: i32,
    pub from: u16,
    pub to: u16,
}

/// For every row, the columns at which its class changes.
///
/// Columns count from the first column of the output; a row reaches `radius` columns to both sides of the output,
/// beyond the edge of the raster by the border rule.
#[derive(Default)]
pub(crate) struct Edges {
    /// Classes, the last of which collects the pixels of no class.
    channels: usize,
    /// The flips of all rows.
    flips: Vec<Flip>,
    /// Where a row's flips begin and the channel at its far left; one entry more than rows.
    rows: Vec<(u32, u16)>,
    /// One row's flips, and room for what is no flip.
    line: Vec<Flip>,
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

    /// The channel at the far left of a row's surroundings, and the flips from there on.
    pub(crate) fn row(&self, row: usize) -> (u16, &[Flip]) {
        let (begin, first) = self.rows[row];
        (first, &self.flips[begin as usize..self.rows[row + 1].0 as usize])
    }

    /// Find the flips of these rows, counted from the first of them; the row after the last stands for pixels
    /// beyond a border without position.
    pub(crate) fn fill(
        &mut self,
        labels: &Labels,
        rows: std::ops::Range<usize>,
        shape: RowShape,
        border: Border,
    ) {
        self.channels = labels.classes + 1;
        self.flips.clear();
        self.rows.clear();
        let before = shape.radius.saturating_sub(shape.left) as i64;
        let after = (shape.output + shape.radius + shape.left).saturating_sub(shape.input) as i64;
        self.line.resize(shape.input + (before + after) as usize + 1, Flip::default());
        // Position in the output of the first input column.
        let origin = -(shape.left as i32);
        for row in labels.labels[rows.start * shape.input..rows.end * shape.input].chunks_exact(shape.input) {
            let beyond = |i: i64| border.position(i, row.len()).map_or(labels.border, |i| row[i]);
            let mut last = if before > 0 { beyond(-before) } else { row[0] };
            self.rows.push((self.flips.len() as u32, last));
            // Written always, kept by the count: a branch per pixel would be mispredicted at every flip.
            let mut count = 0;
            let mut visit = |at: i64, to: u16| {
                self.line[count] = Flip { column: origin + at as i32, from: last, to };
                count += usize::from(to != last);
                last = to;
            };
            (-before..0).for_each(|i| visit(i, beyond(i)));
            row.iter().zip(0..).for_each(|(&label, i)| visit(i, label));
            (0..after).map(|i| i + row.len() as i64).for_each(|i| visit(i, beyond(i)));
            self.flips.extend_from_slice(&self.line[..count]);
        }
        let end = self.flips.len() as u32;
        self.rows.extend([(end, labels.border); 2]);
    }
}
