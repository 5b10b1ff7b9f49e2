//! Which source samples along one axis a destination sample is made of, and with which weights.

use super::Method;
use std::ops::Range;

/// One axis of a resampling: source length, where the first destination sample starts, and how many source
/// samples one destination sample spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    /// Source samples along the axis; kernels are cut at 0 and here.
    pub(crate) source_len: usize,
    /// Position of the left edge of destination sample 0, in source samples.
    pub(crate) offset: f64,
    /// Source samples per destination sample.
    pub(crate) ratio: f64,
    /// For [`Method::Gauss`]: samples that the binomial kernel spans; decided by the rows' reduction.
    pub(crate) gauss_taps: usize,
    /// Nearest takes the sample at the destination sample's left edge (overviews), not at its centre (reads).
    pub(crate) nearest_at_edge: bool,
}

impl Axis {
    /// The axis of an overview: `source_len` samples become `len`. `row_ratio` is the reduction of the rows,
    /// by which GDAL chooses the Gaussian kernel for both axes.
    pub(crate) fn overview(source_len: usize, len: usize, row_ratio: f64) -> Self {
        let ratio = source_len as f64 / len as f64;
        Self { source_len, offset: 0.0, ratio, gauss_taps: gauss_taps(row_ratio), nearest_at_edge: true }
    }

    /// The axis of a read: destination sample 0 begins at `offset`, and each spans `ratio` source samples.
    pub(crate) fn read(source_len: usize, offset: f64, ratio: f64, row_ratio: f64) -> Self {
        Self { source_len, offset, ratio, gauss_taps: gauss_taps(row_ratio), nearest_at_edge: false }
    }

    /// The source samples that destination sample `index` needs.
    pub(crate) fn span(&self, method: Method, index: usize) -> Range<usize> {
        let n = self.source_len;
        let i = index as f64;
        match method {
            Method::Nearest => {
                let at = if self.nearest_at_edge {
                    (0.5 + self.offset + i * self.ratio) as usize
                } else {
                    ((i + 0.5) * self.ratio + self.offset + 1e-10).max(0.0) as usize
                }
                .min(n - 1);
                at..at + 1
            }
            Method::Average | Method::Rms | Method::Mode => {
                let (start, end) = (self.offset + i * self.ratio, self.offset + (i + 1.0) * self.ratio);
                let first = ((start + 1e-8).max(0.0) as usize).min(n - 1);
                let last = ((end - 1e-8).ceil().max(0.0) as usize).clamp(first + 1, n);
                first..last
            }
            Method::Gauss => {
                let start = (0.5 + self.offset + i * self.ratio) as i64;
                let end = (0.5 + self.offset + (i + 1.0) * self.ratio) as i64 + 1;
                let first = start + (end - start) / 2 - self.gauss_taps as i64 / 2;
                let last = (first + self.gauss_taps as i64).clamp(1, n as i64);
                first.clamp(0, last - 1) as usize..last as usize
            }
            _ => {
                let radius = radius(method) * self.ratio.max(1.0);
                let centre = (i + 0.5) * self.ratio + self.offset;
                let first = ((centre - radius + 0.5).floor().max(0.0) as usize).min(n - 1);
                let last = ((centre + radius + 0.5).max(0.0) as usize).clamp(first + 1, n);
                first..last
            }
        }
    }

    fn weights(&self, method: Method, index: usize, span: &Range<usize>, out: &mut Vec<f64>) {
        let i = index as f64;
        match method {
            Method::Nearest | Method::Mode => out.push(1.0),
            Method::Average | Method::Rms => {
                let (start, end) = (self.offset + i * self.ratio, self.offset + (i + 1.0) * self.ratio);
                let n = span.len();
                if n == 1 {
                    out.push(1.0);
                } else {
                    out.push(1.0 - (start - span.start as f64));
                    out.extend(std::iter::repeat_n(1.0, n - 2));
                    out.push(1.0 - (span.end as f64 - end));
                }
            }
            Method::Gauss => {
                const BINOMIAL: [&[f64]; 3] =
                    [&[1., 2., 1.], &[1., 4., 6., 4., 1.], &[1., 6., 15., 20., 15., 6., 1.]];
                let start = (0.5 + self.offset + i * self.ratio) as i64;
                let end = (0.5 + self.offset + (i + 1.0) * self.ratio) as i64 + 1;
                let first = start + (end - start) / 2 - self.gauss_taps as i64 / 2;
                let cut = (span.start as i64 - first).max(0) as usize;
                let kernel = BINOMIAL[(self.gauss_taps - 3) / 2];
                out.extend((0..span.len()).map(|k| kernel.get(cut + k).copied().unwrap_or(0.0)));
            }
            _ => {
                let scale = (1.0 / self.ratio).min(1.0);
                let centre = (i + 0.5) * self.ratio + self.offset;
                let at = out.len();
                out.extend(span.clone().map(|k| kernel(method, scale * (k as f64 - centre + 0.5))));
                let sum: f64 = out[at..].iter().sum();
                out[at..].iter_mut().for_each(|w| *w /= sum);
            }
        }
    }
}

fn gauss_taps(row_ratio: f64) -> usize {
    match (0.5 + row_ratio) as usize {
        0..=2 => 3,
        3..=4 => 5,
        _ => 7,
    }
}

/// Half the width of a convolution kernel, in samples of the coarser grid.
fn radius(method: Method) -> f64 {
    match method {
        Method::Bilinear => 1.0,
        Method::Lanczos => 3.0,
        _ => 2.0,
    }
}

fn kernel(method: Method, x: f64) -> f64 {
    let a = x.abs();
    match method {
        Method::Bilinear => (1.0 - a).max(0.0),
        // Keys 1981 with a = -1/2.
        Method::Cubic => {
            if a <= 1.0 {
                (1.5 * a - 2.5) * a * a + 1.0
            } else if a <= 2.0 {
                ((-0.5 * a + 2.5) * a - 4.0) * a + 2.0
            } else {
                0.0
            }
        }
        // The cubic B-spline.
        Method::CubicSpline => {
            if a <= 1.0 {
                2.0 / 3.0 + a * a * (0.5 * a - 1.0)
            } else if a <= 2.0 {
                (2.0 - a).powi(3) / 6.0
            } else {
                0.0
            }
        }
        _ => {
            if a == 0.0 {
                1.0
            } else if a >= 3.0 {
                0.0
            } else {
                let p = std::f64::consts::PI * x;
                (libm::sin(p) / p) * (libm::sin(p / 3.0) / (p / 3.0))
            }
        }
    }
}

/// The samples and weights of a range of destination samples.
#[derive(Clone, Debug)]
pub(crate) struct AxisPlan {
    method: Method,
    ratio: f64,
    spans: Vec<Range<usize>>,
    weights: Vec<f64>,
    starts: Vec<usize>,
}

impl AxisPlan {
    /// The plan of the destination samples in `range`.
    pub(crate) fn new(axis: &Axis, method: Method, range: Range<usize>) -> Self {
        let mut plan = Self { method, ratio: axis.ratio, spans: vec![], weights: vec![], starts: vec![] };
        for index in range {
            let span = axis.span(method, index);
            plan.starts.push(plan.weights.len());
            axis.weights(method, index, &span, &mut plan.weights);
            plan.spans.push(span);
        }
        plan
    }
    pub(crate) fn method(&self) -> Method {
        self.method
    }
    /// The same plan in which means count every sample that is touched alike, as GDAL has it for palettes.
    pub(crate) fn touching(&self) -> Self {
        let mut plan = self.clone();
        if matches!(self.method, Method::Average | Method::Rms) {
            plan.weights.fill(1.0);
        }
        plan
    }
    /// Destination samples.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }
    /// The first source sample of a destination sample.
    pub(crate) fn first(&self, i: usize) -> usize {
        self.spans[i].start
    }
    /// The source samples of a destination sample.
    pub(crate) fn span(&self, i: usize) -> Range<usize> {
        self.spans[i].clone()
    }
    /// The weights of those samples.
    pub(crate) fn weights(&self, i: usize) -> &[f64] {
        &self.weights[self.starts[i]..][..self.spans[i].len()]
    }
    /// Does each destination sample cover exactly two source samples?
    pub(crate) fn is_exact_half(&self) -> bool {
        self.ratio == 2.0 && self.spans.iter().all(|s| s.len() == 2)
    }
}
