//! One piece of the output: positions, source pixels, values, stored samples.

use super::Engine;
use crate::{
    mapping::{Piece, Places},
    pixel::Pixel,
    resample::{
        Kernel,
        area::{self, Footprint},
        checked::{self, Outcome},
        lanes::{self, Lanes},
        sum::Totals,
        view::SourceView,
    },
    resampling::Resampling,
    simd::{self, index, level},
};
use fearless_simd::dispatch;
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{Nodata, Result, Window};

/// Pieces of at most this many pixels are looked at pixel by pixel.
const SMALL: usize = 128;

/// Where a piece goes.
pub(crate) struct Target<'a, T> {
    pub(crate) pixels: ArrayViewMut3<'a, T>,
    pub(crate) mask: Option<ArrayViewMut3<'a, u8>>,
}

/// Buffers that a worker keeps.
pub(crate) struct Scratch<T> {
    places: Places,
    footprints: Vec<Footprint>,
    lanes: Vec<f64>,
    row: Vec<f64>,
    weights: [Vec<f64>; 2],
    many: (Vec<f64>, Vec<(f64, u32)>),
    checked: checked::Scratch,
    area: area::Scratch<T>,
    totals: Totals,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            places: Places::default(),
            footprints: Vec::new(),
            lanes: Vec::new(),
            row: Vec::new(),
            weights: Default::default(),
            many: Default::default(),
            checked: checked::Scratch::default(),
            area: area::Scratch::default(),
            totals: Totals::default(),
        }
    }
}

/// What is written where there is no value, and what values must not become.
#[derive(Clone, Copy)]
struct Fill<T> {
    nodata: Option<T>,
    /// Outside the source.
    outside: T,
    /// Where the source is invalid: NaN stays NaN when no nodata value says it better.
    invalid: T,
}

impl<T: Pixel> Fill<T> {
    fn new(nodata: Option<Nodata>) -> Self {
        let nodata = nodata.and_then(Nodata::to_sample::<T>);
        let outside = nodata.unwrap_or_default();
        let invalid = nodata.unwrap_or(if T::HAS_NAN { T::from_f64(f64::NAN) } else { T::default() });
        Self { nodata, outside, invalid }
    }
    /// A valid sample, moved off nodata. (NaN as nodata equals nothing, and no valid sample is NaN.)
    #[inline(always)]
    fn keep(&self, sample: T) -> T {
        match self.nodata {
            Some(nodata) if sample == nodata => sample.beside(),
            _ => sample,
        }
    }
}

impl<T> Target<'_, T> {
    fn row(&mut self, band: usize, row: usize) -> &mut [T] {
        // Output arrays are created here, in standard layout, so rows are contiguous.
        self.pixels
            .index_axis_mut(Axis(0), band)
            .index_axis_move(Axis(0), row)
            .into_slice()
            .unwrap_or_default()
    }
    fn mask_row(&mut self, band: usize, row: usize) -> Option<&mut [u8]> {
        let mask = self.mask.as_mut()?;
        mask.index_axis_mut(Axis(0), band).index_axis_move(Axis(0), row).into_slice()
    }
    fn fill(&mut self, sample: T, valid: u8)
    where
        T: Copy,
    {
        self.pixels.fill(sample);
        if let Some(mask) = &mut self.mask {
            mask.fill(valid);
        }
    }
}

impl Engine<'_> {
    /// Compute one piece.
    pub(super) fn piece<T: Pixel>(
        &self,
        shared: Option<&SourceView<'_, T>>,
        piece: &Piece,
        mut target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let fill = Fill::<T>::new(self.nodata);
        let kernel = self.kernel(piece);
        let corners = kernel.wants_corners();
        let mut range = self.mapping.places(piece, corners, &mut scratch.places);
        if corners && range.is_some() {
            range = self.footprints(piece, &scratch.places, &mut scratch.footprints);
        }
        let Some(needs) = range.and_then(|r| self.source_window(&kernel, r)) else {
            target.fill(fill.outside, 0);
            return Ok(());
        };
        if let Some(view) = shared
            && view.window.contains(&needs)
        {
            return self.with_view(&kernel, piece, view, &needs, range, target, scratch);
        }
        if self.samples(&needs) > self.window_limit {
            if piece.window.area() <= 1 {
                return Err(self.too_large(piece, &needs));
            }
            return self.halves(None, piece, target, scratch);
        }
        let loaded = self.loader.load::<T>(&needs)?;
        self.with_view(&kernel, piece, &loaded.view(), &needs, range, target, scratch)
    }

    /// With the pixels at hand. A piece with something missing is halved, until what has to be looked at
    /// pixel by pixel is small.
    #[expect(clippy::too_many_arguments, reason = "one call, from the function above; they share nothing")]
    fn with_view<T: Pixel>(
        &self,
        kernel: &Kernel,
        piece: &Piece,
        view: &SourceView<'_, T>,
        needs: &Window,
        range: Option<[(f64, f64); 2]>,
        target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let complete = self.complete(kernel, piece, view, needs, range, &scratch.places);
        if !complete && piece.window.area() > SMALL && *kernel != Kernel::Sum {
            return self.halves(Some(view), piece, target, scratch);
        }
        self.compute(kernel, piece, view, needs, complete, target, Fill::new(self.nodata), scratch);
        Ok(())
    }

    /// Is everything there that the kernel can touch: nothing cut off, no position missing, all valid?
    fn complete<T: Pixel>(
        &self,
        kernel: &Kernel,
        piece: &Piece,
        view: &SourceView<'_, T>,
        needs: &Window,
        range: Option<[(f64, f64); 2]>,
        places: &Places,
    ) -> bool {
        let (rx, ry) = (kernel.reach().0 as f64, kernel.reach().1 as f64);
        let limits = self.limits();
        let inside = range.is_some_and(|[x, y]| {
            let cols = limits.wraps || x.0 - rx >= limits.cols.0 as f64 && x.1 + rx <= limits.cols.1 as f64;
            cols && y.0 - ry >= limits.rows.0 as f64 && y.1 + ry <= limits.rows.1 as f64
        });
        inside && all_finite(places, piece, kernel.wants_corners()) && all_valid(view, needs)
    }

    /// The piece as two halves, each with a smaller part of the source.
    fn halves<T: Pixel>(
        &self,
        shared: Option<&SourceView<'_, T>>,
        piece: &Piece,
        target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let w = piece.window;
        let along = if w.width >= w.height { Axis(2) } else { Axis(1) };
        let (mut first, mut second) = (w, w);
        let at = if along == Axis(2) {
            first.width = w.width / 2;
            second.width = w.width - first.width;
            second.col += first.width as i64;
            first.width
        } else {
            first.height = w.height / 2;
            second.height = w.height - first.height;
            second.row += first.height as i64;
            first.height
        };
        let (a, b) = target.pixels.split_at(along, at);
        let (ma, mb) = target.mask.map(|m| m.split_at(along, at)).unzip();
        for (window, pixels, mask) in [(first, a, ma), (second, b, mb)] {
            let mut half = piece.clone();
            half.window = window;
            self.piece(shared, &half, Target { pixels, mask }, scratch)?;
        }
        Ok(())
    }

    /// Two corners for each pixel, and the range of them all.
    fn footprints(
        &self,
        piece: &Piece,
        places: &Places,
        out: &mut Vec<Footprint>,
    ) -> Option<[(f64, f64); 2]> {
        out.clear();
        let turn = self.mapping.exact().turn();
        let mut range = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        let corner = places.corner.as_deref()?;
        for i in 0..piece.window.area() {
            let x = area::unwrap(places.x[i], corner.x[i], turn);
            let f = Footprint { x, y: (places.y[i], corner.y[i]) };
            // min and max leave NaN out.
            for (range, (p, q)) in range.iter_mut().zip([f.x, f.y]) {
                *range = (range.0.min(p).min(q), range.1.max(p).max(q));
            }
            out.push(f);
        }
        range.iter().all(|r| r.0 <= r.1).then_some(range)
    }

    #[expect(clippy::too_many_arguments, reason = "one call, from the function above; they share nothing")]
    fn compute<T: Pixel>(
        &self,
        kernel: &Kernel,
        piece: &Piece,
        view: &SourceView<'_, T>,
        needs: &Window,
        complete: bool,
        mut target: Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut Scratch<T>,
    ) {
        match kernel {
            Kernel::Sum => {
                scratch.totals.collect(self.mapping.exact(), view, needs, &piece.window);
                let totals = &scratch.totals;
                self.each(piece, &mut target, fill, |band, pixel| {
                    totals.get(band, pixel).map_or(Outcome::Outside, Outcome::Computed)
                });
            }
            Kernel::Nearest if complete => nearest(view, &scratch.places, piece, &mut target, fill),
            Kernel::Area(method) if !complete || (!T::EXACT_IN_F64 && selects(*method)) => {
                let (footprints, area) = (&scratch.footprints, &mut scratch.area);
                self.each(piece, &mut target, fill, |band, pixel| {
                    area::sample(*method, view, band, &footprints[pixel], area)
                });
            }
            _ if complete => match view.planes.len() {
                1 => self.lanes::<T, 1>(kernel, piece, view, needs, &mut target, fill, scratch),
                2 => self.lanes::<T, 2>(kernel, piece, view, needs, &mut target, fill, scratch),
                _ => self.lanes::<T, 4>(kernel, piece, view, needs, &mut target, fill, scratch),
            },
            _ => {
                let (places, checked) = (&scratch.places, &mut scratch.checked);
                self.each(piece, &mut target, fill, |band, pixel| {
                    checked::sample(kernel, view, band, places.x[pixel], places.y[pixel], checked)
                });
            }
        }
    }

    /// Sample by sample.
    fn each<T: Pixel>(
        &self,
        piece: &Piece,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        mut outcome: impl FnMut(usize, usize) -> Outcome<T>,
    ) {
        let (width, height) = (piece.window.width, piece.window.height);
        for band in 0..self.loader.bands.len() {
            for r in 0..height {
                let mut valid = [0u8; crate::mapping::TILE];
                for (c, out) in target.row(band, r).iter_mut().enumerate() {
                    (*out, valid[c]) = match outcome(band, r * width + c) {
                        Outcome::Copied(v) => (fill.keep(v), 255),
                        Outcome::Computed(v) => (fill.keep(T::store(v)), 255),
                        Outcome::Invalid => (fill.invalid, 0),
                        Outcome::Outside => (fill.outside, 0),
                    };
                }
                if let Some(mask) = target.mask_row(band, r) {
                    mask.copy_from_slice(&valid[..width]);
                }
            }
        }
    }

    /// All bands of a complete piece, `L` at a time.
    #[expect(clippy::too_many_arguments, reason = "one call, from the function above; they share nothing")]
    fn lanes<T: Pixel, const L: usize>(
        &self,
        kernel: &Kernel,
        piece: &Piece,
        view: &SourceView<'_, T>,
        needs: &Window,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut Scratch<T>,
    ) {
        let (width, height) = (piece.window.width, piece.window.height);
        if scratch.row.len() < width * L {
            scratch.row.resize(width * L, 0.0);
        }
        for first in (0..view.planes.len()).step_by(L) {
            let count = L.min(view.planes.len() - first);
            lanes::interleave::<T, L>(view, first, needs, &mut scratch.lanes);
            let pixels = &scratch.lanes[..needs.area() * L];
            let source = Lanes { pixels: pixels.as_chunks::<L>().0, window: *needs };
            for r in 0..height {
                let part = r * width..(r + 1) * width;
                let out = scratch.row[..width * L].as_chunks_mut::<L>().0;
                let places = || (&scratch.places.x[part.clone()], &scratch.places.y[part.clone()]);
                match kernel {
                    Kernel::Bilinear => source.bilinear(places().0, places().1, out),
                    Kernel::Cubic => source.cubic(places().0, places().1, out),
                    Kernel::Convolution(c) if c.is_fixed() && c.method == Resampling::Lanczos => {
                        source.convolve_fixed::<3>(c.method, places().0, places().1, out);
                    }
                    Kernel::Convolution(c) if c.is_fixed() => {
                        source.convolve_fixed::<2>(c.method, places().0, places().1, out);
                    }
                    Kernel::Convolution(c) => {
                        source.convolve(c, places().0, places().1, &mut scratch.weights, out);
                    }
                    Kernel::Area(Resampling::Average) => source.mean(false, &scratch.footprints[part], out),
                    Kernel::Area(Resampling::Rms) => source.mean(true, &scratch.footprints[part], out),
                    Kernel::Area(method) => {
                        source.select(*method, &scratch.footprints[part], &mut scratch.many, out);
                    }
                    // Handled before.
                    Kernel::Nearest | Kernel::Sum => {}
                }
                for b in 0..count {
                    store(&scratch.row[..width * L], L, b, target.row(first + b, r), fill);
                }
            }
        }
        if let Some(mask) = &mut target.mask {
            mask.fill(255);
        }
    }
}

fn selects(method: Resampling) -> bool {
    !matches!(method, Resampling::Average | Resampling::Rms)
}

/// Lane `lane` of a row of lanes as samples.
fn store<T: Pixel>(row: &[f64], lanes: usize, lane: usize, out: &mut [T], fill: Fill<T>) {
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for (out, pixel) in out.iter_mut().zip(row.chunks_exact(lanes)) {
            *out = fill.keep(T::store(pixel[lane]));
        }
    }));
}

/// Nearest over a complete piece: one index for all bands.
fn nearest<T: Pixel>(
    view: &SourceView<'_, T>,
    places: &Places,
    piece: &Piece,
    target: &mut Target<'_, T>,
    fill: Fill<T>,
) {
    let (width, height) = (piece.window.width, piece.window.height);
    let stride = view.stride;
    let mut at = [0u32; crate::mapping::TILE];
    for r in 0..height {
        let (x, y) = (&places.x[r * width..][..width], &places.y[r * width..][..width]);
        // Rows are counted from this row's own first, so that 32 bits are enough for any source.
        let top = y.iter().fold(f64::INFINITY, |a, &b| a.min(b)).floor();
        let base = (top as i64 - view.window.row) as usize * stride;
        let col = view.window.col as f64;
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for ((at, x), y) in at.iter_mut().zip(x).zip(y) {
                *at = index((y + 1e-10).floor() - top) * stride as u32 + index((x + 1e-10).floor() - col);
            }
        }));
        for band in 0..view.planes.len() {
            let plane = &view.planes[band][base..];
            for (out, at) in target.row(band, r).iter_mut().zip(&at) {
                *out = fill.keep(plane[*at as usize]);
            }
        }
    }
    if let Some(mask) = &mut target.mask {
        mask.fill(255);
    }
}

fn all_finite(places: &Places, piece: &Piece, corners: bool) -> bool {
    let count = piece.window.area();
    let corner = places.corner.as_ref().filter(|_| corners);
    places.all_finite(count) && corner.is_none_or(|c| c.all_finite(count))
}

fn all_valid<T: Pixel>(view: &SourceView<'_, T>, window: &Window) -> bool {
    let Some(valid) = &view.valid else { return true };
    let start =
        (window.row - view.window.row) as usize * valid.stride + (window.col - view.window.col) as usize;
    valid.planes.iter().all(|plane| {
        (0..window.height).all(|r| plane[start + r * valid.stride..][..window.width].iter().all(|v| *v != 0))
    })
}
