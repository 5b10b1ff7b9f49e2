//! Where the next four bytes repeat those a byte, a pixel or a row before.

use super::Distances;
use fearless_simd::{Level, Simd, dispatch};

/// The four bytes at a place equal those one byte before.
pub(super) const BYTE: u8 = 1;
/// … one pixel before.
pub(super) const PIXEL: u8 = 2;
/// … one row before.
pub(super) const ROW: u8 = 4;

/// Flags for each place of `bytes[start..end]`, found with whole vectors: most places of a noisy raster have none,
/// and are passed eight at a time.
#[derive(Default)]
pub(super) struct Repeats {
    /// Flags of single bytes, three more than places.
    single: Vec<u8>,
    flags: Vec<u8>,
    start: usize,
}

impl Repeats {
    /// Find them. Distances that are 1 or lead out of the window are left out, and so is the last word of `bytes`.
    pub(super) fn find(&mut self, bytes: &[u8], start: usize, end: usize, distances: Distances) {
        self.start = start;
        self.single.clear();
        self.single.resize(end - start + 3, 0);
        let flagged = [(BYTE, 1), (PIXEL, distances.pixel), (ROW, distances.row)];
        dispatch!(Level::new(), simd => {
            for (flag, distance) in flagged {
                let from = start.max(distance);
                let to = (end + 3).min(bytes.len());
                if from < to {
                    let out = &mut self.single[from - start..to - start];
                    mark(simd, out, &bytes[from..to], &bytes[from - distance..to - distance], flag);
                }
            }
            self.flags.clear();
            self.flags.resize(end - start, 0);
            all_of_four(simd, &self.single, &mut self.flags);
        });
    }

    /// The flags at a place.
    #[inline(always)]
    pub(super) fn at(&self, place: usize) -> u8 {
        self.flags[place - self.start]
    }

    /// How many of the next eight places have no flag.
    #[inline(always)]
    pub(super) fn gap(&self, place: usize) -> usize {
        match self.flags[place - self.start..].first_chunk() {
            Some(eight) => (u64::from_le_bytes(*eight).trailing_zeros() / 8) as usize,
            None => usize::from(self.at(place) == 0),
        }
    }
}

#[inline(always)]
fn mark<S: Simd>(simd: S, out: &mut [u8], bytes: &[u8], before: &[u8], flag: u8) {
    simd.vectorize(
        #[inline(always)]
        || {
            for ((out, byte), before) in out.iter_mut().zip(bytes).zip(before) {
                *out |= if byte == before { flag } else { 0 };
            }
        },
    );
}

#[inline(always)]
fn all_of_four<S: Simd>(simd: S, single: &[u8], flags: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let n = flags.len();
            let (a, b, c, d) = (&single[..n], &single[1..n + 1], &single[2..n + 2], &single[3..n + 3]);
            for ((((out, a), b), c), d) in flags.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *out = a & b & c & d;
            }
        },
    );
}
