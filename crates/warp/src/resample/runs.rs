//! Fast forms for output rows along which the source pixels follow each other.
//!
//! Where an output row lies along a source row at about its scale, the first taps of neighbouring output
//! pixels are neighbours. Over such a *run* every tap is a slice of the source, and a vector of pixels is
//! computed at once without gathering. Positions, runs and weights are made once per row and serve all bands;
//! each band is a plane of f64. Products and sums are in the order of the forms beside this one ([`super::lanes`],
//! [`super::checked`], [`super::area`]) and never fused, so that the bits are the same.

use super::{Kernel, select, weights};
use crate::{
    mapping::TILE,
    simd::{self, index, level},
};
use fearless_simd::{Level, Simd, SimdBase as _, SimdFloat as _, dispatch};
use raster_core::{Resampling, Window};

/// What vectors may read and write beyond the last pixel of a run: less than their longest.
pub(crate) const BEYOND: usize = 16;
/// A row with room for its last vector.
pub(crate) const PADDED: usize = TILE + BEYOND;
/// Runs shorter than this on average are left to the other forms.
const WORTHWHILE: usize = 8;
/// Most weights of a pixel: six columns, six rows, and their sum.
const WEIGHTS: usize = 2 * weights::FIXED + 1;

/// Consecutive pixels of a row whose first taps follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Index into the plane of the first tap of pixel `start`.
    pub(crate) at: usize,
    /// Source pixels under each pixel; of methods that look at areas.
    shape: (usize, usize),
}

/// One output row: its runs and the weights of its pixels.
pub(crate) struct Row {
    runs: Vec<Run>,
    /// What is the same along a run: shape in the upper half, index less pixel number in the lower.
    keys: [u64; TILE],
    weights: Box<[[f64; PADDED]; WEIGHTS]>,
}

impl Default for Row {
    fn default() -> Self {
        Self { runs: Vec::new(), keys: [0; TILE], weights: Box::new([[0.0; PADDED]; WEIGHTS]) }
    }
}

/// Where a source window lies and how its indices are counted.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    col: f64,
    row: f64,
    stride: u32,
}

impl Origin {
    /// Of planes that hold `window` with this many samples from row to row.
    pub(crate) fn new(window: &Window, stride: usize) -> Self {
        Self { col: window.col as f64, row: window.row as f64, stride: stride as u32 }
    }
    #[inline(always)]
    fn key(&self, col: f64, row: f64, i: usize) -> u64 {
        let at = index(row - self.row).wrapping_mul(self.stride).wrapping_add(index(col - self.col));
        u64::from(at.wrapping_sub(i as u32))
    }
}

impl Row {
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Find the runs of the pixels that contain the positions; false when they are too short.
    pub(crate) fn nearest(&mut self, x: &[f64], y: &[f64], origin: Origin) -> bool {
        let keys = &mut self.keys;
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (i, ((key, x), y)) in keys.iter_mut().zip(x).zip(y).enumerate() {
                *key = origin.key((x + 1e-10).floor(), (y + 1e-10).floor(), i);
            }
        }));
        self.cut(x.len())
    }

    /// Place the taps of a point method and weigh them; false when the runs are too short, or the method has no
    /// form here.
    pub(crate) fn points(&mut self, kernel: &Kernel, x: &[f64], y: &[f64], origin: Origin) -> bool {
        let (back, radius) = match kernel {
            Kernel::Bilinear => (0.0, 1),
            Kernel::Cubic => (1.0, 2),
            Kernel::Convolution(c) if c.is_fixed() => (c.method.radius() as f64 - 1.0, c.method.radius()),
            _ => return false,
        };
        let keys = &mut self.keys;
        let n = x.len().min(TILE);
        let (x, y) = (&x[..n], &y[..n]);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..n {
                let (left, top) = ((x[i] - 0.5).floor(), (y[i] - 0.5).floor());
                keys[i] = origin.key(left - back, top - back, i);
            }
        }));
        if !self.cut(n) {
            return false;
        }
        let w = &mut *self.weights;
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            match kernel {
                Kernel::Bilinear => for i in 0..n {
                    (w[0][i], w[1][i]) = (1.5 - (x[i] - (x[i] - 0.5).floor()), 1.5 - (y[i] - (y[i] - 0.5).floor()));
                }
                Kernel::Cubic => for i in 0..n {
                    let (x, y) = (x[i] - 0.5, y[i] - 0.5);
                    [w[0][i], w[1][i], w[2][i], w[3][i]] = weights::cubic(x - x.floor());
                    w[4][i] = y - y.floor();
                }
                Kernel::Convolution(c) if radius == 3 => convolution_weights::<3>(c.method, x, y, w),
                Kernel::Convolution(c) => convolution_weights::<2>(c.method, x, y, w),
                _ => {}
            }
        }));
        true
    }

    /// Place the footprints of an area method and weigh their borders; false as for points.
    /// The positions are those of two opposite corners of the pixels.
    pub(crate) fn areas(
        &mut self,
        method: Resampling,
        x: [&[f64]; 2],
        y: [&[f64]; 2],
        origin: Origin,
    ) -> bool {
        let (keys, w) = (&mut self.keys, &mut *self.weights);
        let n = x[0].len().min(TILE);
        let ([x0, x1], [y0, y1]) = (x.map(|x| &x[..n]), y.map(|y| &y[..n]));
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..n {
                let (cols, left, right, width, first_col) = span(x0[i], x1[i]);
                let (rows, top, bottom, _, first_row) = span(y0[i], y1[i]);
                [w[0][i], w[1][i], w[2][i], w[3][i], w[4][i]] = [left, right, width, top, bottom];
                // Beyond 65535 pixels a side the shapes mix, but then the steps are not 1 either.
                let shape = u64::from(index(cols)) << 16 | u64::from(index(rows));
                keys[i] = shape << 32 | origin.key(first_col, first_row, i);
            }
        }));
        let weighted = matches!(method, Resampling::Average | Resampling::Rms);
        self.cut(n) && (weighted || self.runs.iter().all(|r| r.shape.0 * r.shape.1 <= select::FEW))
    }

    /// The runs of the first `n` keys.
    fn cut(&mut self, n: usize) -> bool {
        self.runs.clear();
        let mut rest = &self.keys[..n];
        while let Some(&key) = rest.first() {
            let (start, count) = (n - rest.len(), equal_to_first(rest));
            let at = (key as u32).wrapping_add(start as u32) as usize;
            let shape = ((key >> 48) as usize, (key >> 32 & 0xffff) as usize);
            self.runs.push(Run { start, end: start + count, at, shape });
            if self.runs.len() * WORTHWHILE > n {
                return false;
            }
            rest = &rest[count..];
        }
        true
    }

    /// The row of one band, whose plane has `stride` values a row and [`BEYOND`] values more at its end.
    pub(crate) fn compute(&self, kernel: &Kernel, plane: &[f64], stride: usize, out: &mut [f64; PADDED]) {
        self.compute_at(level(), kernel, plane, stride, out);
    }

    fn compute_at(
        &self,
        level: Level,
        kernel: &Kernel,
        plane: &[f64],
        stride: usize,
        out: &mut [f64; PADDED],
    ) {
        dispatch!(level, simd => simd.vectorize(#[inline(always)] || {
            let band = Band { simd, row: self, plane, stride };
            match kernel {
                Kernel::Bilinear => band.bilinear(out),
                Kernel::Cubic => band.cubic(out),
                Kernel::Convolution(c) if c.method.radius() == 3 => band.convolve::<3>(out),
                Kernel::Convolution(_) => band.convolve::<2>(out),
                Kernel::Area(Resampling::Average) => band.mean(false, out),
                Kernel::Area(Resampling::Rms) => band.mean(true, out),
                Kernel::Area(method) => band.select(*method, out),
                Kernel::Nearest | Kernel::Sum => {}
            }
        }));
    }
}

/// A row to compute from one band.
struct Band<'a, S> {
    simd: S,
    row: &'a Row,
    plane: &'a [f64],
    stride: usize,
}

impl<S: Simd> Band<'_, S> {
    /// One vector of each block of all runs: `f` gets the run, the number of the first pixel and the index of its
    /// first tap. What a vector computes beyond its run is overwritten by the next.
    #[inline(always)]
    fn vectors(&self, out: &mut [f64; PADDED], f: impl Fn(&Run, usize, usize) -> S::f64s) {
        for run in &self.row.runs {
            for i in (run.start..run.end).step_by(S::f64s::LEN) {
                f(run, i, run.at + i - run.start).store_slice(&mut out[i..i + S::f64s::LEN]);
            }
        }
    }
    #[inline(always)]
    fn load(&self, values: &[f64], at: usize) -> S::f64s {
        S::f64s::from_slice(self.simd, &values[at..at + S::f64s::LEN])
    }
    #[inline(always)]
    fn weight(&self, k: usize, i: usize) -> S::f64s {
        self.load(&self.row.weights[k], i)
    }
    /// The values that `N` taps of one source row need.
    #[inline(always)]
    fn taps<const N: usize>(&self, at: usize) -> [S::f64s; N] {
        let values = &self.plane[at..at + S::f64s::LEN + N - 1];
        std::array::from_fn(|c| self.load(values, c))
    }

    #[inline(always)]
    fn bilinear(&self, out: &mut [f64; PADDED]) {
        let one = S::f64s::splat(self.simd, 1.0);
        self.vectors(
            out,
            #[inline(always)]
            |_, i, at| {
                let (u, l) = (self.taps::<2>(at), self.taps::<2>(at + self.stride));
                let (rx, ry) = (self.weight(0, i), self.weight(1, i));
                let (lx, ly) = (one - rx, one - ry);
                (u[0] * rx + u[1] * lx) * ry + (l[0] * rx + l[1] * lx) * ly
            },
        );
    }

    #[inline(always)]
    fn cubic(&self, out: &mut [f64; PADDED]) {
        self.vectors(
            out,
            #[inline(always)]
            |_, i, at| {
                let w: [S::f64s; 4] = std::array::from_fn(|k| self.weight(k, i));
                let f: [S::f64s; 4] = std::array::from_fn(|j| {
                    let p = self.taps::<4>(at + j * self.stride);
                    w[0] * p[0] + w[1] * p[1] + w[2] * p[2] + w[3] * p[3]
                });
                // weights::cubic_between.
                let t = self.weight(4, i);
                let t2 = t * t;
                let t3 = t2 * t;
                f[1] + (t * (f[2] - f[0])
                    + t2 * (f[0] * 2.0 - f[1] * 5.0 + f[2] * 4.0 - f[3])
                    + t3 * ((f[1] - f[2]) * 3.0 + f[3] - f[0]))
                    * 0.5
            },
        );
    }

    /// `2 · R` taps each way.
    #[inline(always)]
    fn convolve<const R: usize>(&self, out: &mut [f64; PADDED]) {
        let zero = S::f64s::splat(self.simd, 0.0);
        self.vectors(
            out,
            #[inline(always)]
            |_, i, at| {
                let mut sum = zero;
                for j in 0..2 * R {
                    let mut line = zero;
                    let at = at + j * self.stride;
                    let values = &self.plane[at..at + S::f64s::LEN + 2 * R - 1];
                    for c in 0..2 * R {
                        line += self.load(values, c) * self.weight(c, i);
                    }
                    sum += line * self.weight(weights::FIXED + j, i);
                }
                sum / self.weight(WEIGHTS - 1, i)
            },
        );
    }

    #[inline(always)]
    fn mean(&self, square: bool, out: &mut [f64; PADDED]) {
        let zero = S::f64s::splat(self.simd, 0.0);
        self.vectors(
            out,
            #[inline(always)]
            |run, i, at| {
                let (cols, rows) = run.shape;
                let take = |at: usize| {
                    let v = self.load(self.plane, at);
                    if square { v * v } else { v }
                };
                let (left, right, width) = (self.weight(0, i), self.weight(1, i), self.weight(2, i));
                let (mut sum, mut total) = (zero, zero);
                for j in 0..rows {
                    let at = at + j * self.stride;
                    let mut line = take(at) * left;
                    for c in 1..cols.saturating_sub(1) {
                        line += take(at + c);
                    }
                    if cols > 1 {
                        line += take(at + cols - 1) * right;
                    }
                    let weight = match j {
                        0 => self.weight(3, i),
                        _ if j + 1 == rows => self.weight(4, i),
                        _ => S::f64s::splat(self.simd, 1.0),
                    };
                    sum += line * weight;
                    total += width * weight;
                }
                let mean = sum / total;
                if square { mean.sqrt() } else { mean }
            },
        );
    }

    #[inline(always)]
    fn select(&self, method: Resampling, out: &mut [f64; PADDED]) {
        self.vectors(
            out,
            #[inline(always)]
            |run, _, at| {
                let (cols, rows) = run.shape;
                let mut values = [S::f64s::splat(self.simd, 0.0); select::FEW];
                for j in 0..rows {
                    for c in 0..cols {
                        values[j * cols + c] = self.load(self.plane, at + j * self.stride + c);
                    }
                }
                select::choose_few(&select::Pixels(self.simd), method, &mut values[..cols * rows])
            },
        );
    }
}

/// How many keys at the front are the same.
#[inline]
fn equal_to_first(keys: &[u64]) -> usize {
    // Eight at a time while they are all alike.
    let differs = |block: &[u64; 8]| block.iter().fold(0, |d, k| d | (k ^ keys[0])) != 0;
    let alike = 8 * keys.as_chunks::<8>().0.iter().take_while(|b| !differs(b)).count();
    alike + keys[alike..].iter().take_while(|k| **k == keys[0]).count()
}

/// Along one axis: pixels under a footprint, weight of the first and of the last, their sum, the first pixel. As
/// [`super::area::Span`], where no edge of the raster is near.
#[inline(always)]
fn span(a: f64, b: f64) -> (f64, f64, f64, f64, f64) {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let (first, end) = ((low + 1e-10).floor(), (high - 1e-10).ceil());
    let end = if first == end { end + 1.0 } else { end };
    let count = end - first;
    let (left, right) = (if count == 1.0 { 1.0 } else { 1.0 - (low - first) }, 1.0 - (end - high));
    let sum = if count > 1.0 { left + (count - 2.0) + right } else { left };
    (count, left, right, sum, first)
}

#[inline(always)]
fn convolution_weights<const R: usize>(
    method: Resampling,
    x: &[f64],
    y: &[f64],
    w: &mut [[f64; PADDED]; WEIGHTS],
) {
    for (i, (x, y)) in x.iter().zip(y).enumerate().take(TILE) {
        let (x, y) = (x - 0.5, y - 0.5);
        let (a, b) = (weights::fixed(method, x - x.floor()), weights::fixed(method, y - y.floor()));
        let (mut sum, mut total) = (0.0, 0.0);
        for k in 0..2 * R {
            (w[k][i], w[weights::FIXED + k][i]) = (a[k], b[k]);
            sum += a[k];
        }
        for b in &b[..2 * R] {
            total += sum * b;
        }
        w[WEIGHTS - 1][i] = total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::{area::Footprint, lanes::Lanes};

    /// This machine's level and what it has below.
    fn levels() -> Vec<Level> {
        let best = level();
        let mut all = vec![best];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(best.as_avx2().map(Level::Avx2));
            all.extend(best.as_sse4_2().map(Level::Sse4_2));
            all.extend(best.as_sse2().map(Level::Sse2));
        }
        all
    }

    #[test]
    fn runs_have_the_bits_of_lanes_at_every_level() {
        let mut state = 11u32;
        let window = Window::new(5, 7, 170, 40);
        let pixels: Vec<[f64; 1]> = (0..window.area())
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                [f64::from(state >> 27)]
            })
            .collect();
        let mut plane = pixels.as_flattened().to_vec();
        plane.resize(plane.len() + BEYOND, 0.0);
        let source = Lanes { pixels: &pixels, window };
        let origin = Origin::new(&window, window.width);
        let mut row = Row::default();
        for (n, step) in [(TILE, 0.997), (TILE, 1.0), (97, 1.004), (40, 1.0), (8, 1.0)] {
            let along =
                |start: f64, step: f64| -> Vec<f64> { (0..n).map(|i| start + step * i as f64).collect() };
            let (x, y) = (along(12.3, step), along(15.8, 0.013));
            let (right, lower) = (along(12.3 + step, step), along(16.85, 0.013));
            let footprints: Vec<_> =
                (0..n).map(|i| Footprint { x: (x[i], right[i]), y: (y[i], lower[i]) }).collect();
            for &method in Resampling::WARP {
                let kernel = Kernel::new(method, (1.0, 1.0), false);
                let mut expected = vec![[0.0]; n];
                let found = match &kernel {
                    Kernel::Nearest | Kernel::Sum => continue,
                    Kernel::Area(method) => row.areas(*method, [&x, &right], [&y, &lower], origin),
                    kernel => row.points(kernel, &x, &y, origin),
                };
                assert!(found, "{method}, {n} pixels");
                match &kernel {
                    Kernel::Bilinear => source.bilinear(&x, &y, &mut expected),
                    Kernel::Cubic => source.cubic(&x, &y, &mut expected),
                    Kernel::Convolution(c) if method == Resampling::Lanczos => {
                        source.convolve_fixed::<3>(c.method, &x, &y, &mut expected);
                    }
                    Kernel::Convolution(c) => source.convolve_fixed::<2>(c.method, &x, &y, &mut expected),
                    Kernel::Area(Resampling::Average) => source.mean(false, &footprints, &mut expected),
                    Kernel::Area(Resampling::Rms) => source.mean(true, &footprints, &mut expected),
                    _ => source.select(method, &footprints, &mut Default::default(), &mut expected),
                }
                for level in levels() {
                    let mut out = [0.0; PADDED];
                    row.compute_at(level, &kernel, &plane, window.width, &mut out);
                    for i in 0..n {
                        assert_eq!(
                            out[i].to_bits(),
                            expected[i][0].to_bits(),
                            "{method} {level:?} pixel {i} of {n}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn runs_are_cut_where_the_source_jumps() {
        let window = Window::new(0, 0, 100, 50);
        let mut row = Row::default();
        let x: Vec<f64> = (0..40).map(|i| 3.5 + i as f64 + if i >= 25 { 1.0 } else { 0.0 }).collect();
        assert!(row.nearest(&x, &[4.5; 40], Origin::new(&window, 100)));
        let found: Vec<_> = row.runs().iter().map(|r| (r.start, r.end, r.at)).collect();
        assert_eq!(found, [(0, 25, 403), (25, 40, 429)]);
        let x: Vec<f64> = (0..40).map(|i| 3.5 + 1.5 * i as f64).collect();
        assert!(!row.nearest(&x, &[4.5; 40], Origin::new(&window, 100)), "steps of 1.5 have no runs");
    }
}
