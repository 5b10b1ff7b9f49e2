//! Medians and majorities of 8-bit values by a histogram that slides along the row (T. Huang, 1979).

use super::Area;
use crate::padded::Padded;

/// How often each value occurs, and how many values there are.
pub(super) struct Counts {
    of: [u32; 256],
    total: u32,
}

impl Counts {
    /// The middle value; the upper of two.
    pub(super) fn median(&self) -> Option<usize> {
        let mut below = 0;
        self.of.iter().position(|n| {
            below += n;
            below > self.total / 2
        })
    }

    /// The most frequent value; the smallest of several.
    pub(super) fn majority(&self) -> Option<usize> {
        let most = self.of.iter().max().filter(|n| **n > 0)?;
        self.of.iter().position(|n| n == most)
    }

    fn change(&mut self, value: f64, low: f64, by: u32) {
        if !value.is_nan() {
            let n = &mut self.of[(value - low) as usize & 255];
            *n = n.wrapping_add(by);
            self.total = self.total.wrapping_add(by);
        }
    }
}

/// The statistic of every neighbourhood; `low` is the smallest value of the type.
pub(super) fn run(
    area: &Area<'_>,
    padded: &Padded<'_>,
    low: f64,
    out: &mut [f64],
    statistic: fn(&Counts) -> Option<usize>,
) {
    for (y, out) in out.chunks_exact_mut(area.cols.max(1)).enumerate() {
        let parts: Vec<_> = area.parts(padded, y).collect();
        let mut counts = Counts { of: [0; 256], total: 0 };
        for (half, part) in &parts {
            part[..2 * half].iter().for_each(|v| counts.change(*v, low, 1));
        }
        for (c, out) in out.iter_mut().enumerate() {
            for (half, part) in &parts {
                counts.change(part[c + 2 * half], low, 1);
            }
            *out = statistic(&counts).map_or(f64::NAN, |v| v as f64 + low);
            for (_, part) in &parts {
                counts.change(part[c], low, u32::MAX);
            }
        }
    }
}
