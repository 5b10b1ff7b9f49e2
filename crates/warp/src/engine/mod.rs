//! Runs a warp: plan the tiles of a window, read the source once for all of them, compute them in parallel.

pub(crate) mod load;
mod piece;
mod rows;
mod single;
mod work;

use crate::{
    mapping::{Mapping, Piece, Places},
    pixel::{Fill, Pixel},
    resample::{
        Kernel,
        view::{Limits, SourceView},
    },
};
use load::Loader;
use ndarray::ArrayViewMut3;
use raster_core::{ColorInterp, Error, Nodata, Resampling, Result, Window, opacity::Mixing};
use work::{Scratch, Target};

/// Everything about a warp but the pixel type.
pub(crate) struct Engine<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) resampling: Resampling,
    pub(crate) loader: Loader<'a>,
    /// Written where nothing is valid, and avoided elsewhere.
    pub(crate) nodata: Option<Nodata>,
    /// Is `nodata` stated of a source that knows of nothing missing? Its samples of this value are meant then, and are left where
    /// samples are copied.
    pub(crate) declared: bool,
    /// The most samples of the source to hold for one piece of work.
    pub(crate) window_limit: usize,
}

/// The pieces of one tile and the source pixels that each needs.
struct TilePlan {
    window: Window,
    pieces: Vec<Piece>,
    needs: Option<Window>,
}

/// The tiles between these columns and rows.
fn tiles(cols: &[usize], rows: &[usize]) -> impl Iterator<Item = Window> {
    rows.windows(2).flat_map(move |r| {
        cols.windows(2).map(move |c| Window::new(c[0] as i64, r[0] as i64, c[1] - c[0], r[1] - r[0]))
    })
}

impl Engine<'_> {
    pub(crate) fn limits(&self) -> Limits {
        self.loader.limits
    }

    /// Does this band (an index into the loader's) tell how opaque the others are? Where there is nothing it is 0, whatever stands for
    /// nothing in them.
    fn is_alpha(&self, band: usize) -> bool {
        let info = self.loader.source.info();
        let band = self.loader.bands[band];
        info.bands[band - 1].color == ColorInterp::Alpha && self.loader.mixing(band) != Mixing::Valid
    }

    /// What is written where a band (an index into the loader's) has no value.
    fn fill<T: Pixel>(&self, band: usize) -> Fill<T> {
        match self.is_alpha(band) {
            true => Fill::zero(),
            false if self.declared && self.resampling.keeps_values() => Fill::new(self.nodata).leaving(),
            false => Fill::new(self.nodata),
        }
    }

    fn kernel(&self, piece: &Piece) -> Kernel {
        if self.resampling != Resampling::Sum && self.mapping.exact().whole_shift().is_some() {
            return Kernel::Nearest;
        }
        let (cols, rows) = (self.limits().cols, self.limits().rows);
        Kernel::new(self.resampling, piece.scale, cols.1 - cols.0 == 1 || rows.1 - rows.0 == 1)
    }

    fn plan(&self, window: Window, scratch: &mut Places) -> TilePlan {
        let pieces = self.mapping.pieces(&window);
        let needs = pieces
            .iter()
            .filter_map(|p| {
                let kernel = self.kernel(p);
                let range = self.mapping.range(p, kernel.wants_corners(), scratch)?;
                self.source_window(&kernel, range)
            })
            .reduce(|a, b| a.union(&b));
        TilePlan { window, pieces, needs }
    }

    /// The source pixels that positions in this range need; `None` when they miss the raster.
    fn source_window(&self, kernel: &Kernel, range: [(f64, f64); 2]) -> Option<Window> {
        let reach = kernel.reach();
        let limits = self.limits();
        let span = |(low, high): (f64, f64), reach: usize, limits: (i64, i64)| {
            let reach = reach as i64;
            // Casts saturate; far outside is outside.
            let first = ((low.floor() as i64).saturating_sub(reach)).max(limits.0);
            let end = ((high.ceil() as i64).saturating_add(reach)).min(limits.1);
            (first < end).then_some((first, (end - first) as usize))
        };
        let cols = if limits.wraps {
            // Positions are within one turn; their kernels may reach over its ends.
            let width = limits.cols.1 - limits.cols.0;
            (limits.cols.0 - width, limits.cols.1 + width)
        } else {
            limits.cols
        };
        let (col, width) = span(range[0], reach.0, cols)?;
        let (row, height) = span(range[1], reach.1, limits.rows)?;
        Some(Window::new(col, row, width, height))
    }

    fn samples(&self, window: &Window) -> usize {
        window.area().saturating_mul(self.loader.bands.len())
    }

    /// Warp `window` of the output; pieces that `shared` covers take their pixels from it.
    pub(crate) fn run<T: Pixel>(
        &self,
        shared: Option<&SourceView<'_, T>>,
        window: &Window,
        pixels: ArrayViewMut3<'_, T>,
        mask: Option<ArrayViewMut3<'_, u8>>,
    ) -> Result<()> {
        if window.is_empty() {
            return Ok(());
        }
        let (cols, rows) = Mapping::tiles(window);
        let windows: Vec<Window> = tiles(&cols, &rows).collect();
        // One lifetime for both.
        let (mut pixels, mut mask) = (pixels, mask);
        let targets = Target { pixels: pixels.view_mut(), mask: mask.as_mut().map(|m| m.view_mut()) };
        let targets = targets.tiles(&cols, &rows);
        let plans = parallel::map(windows, Places::default, |scratch, w| self.plan(w, scratch));
        let own = match shared {
            Some(_) => None,
            None => {
                let needs = plans.iter().filter_map(|p| p.needs).reduce(|a, b| a.union(&b));
                // Too much for one read: the tiles read for themselves.
                let needs = needs.filter(|w| self.samples(w) <= self.window_limit);
                // Nor is it read where nothing is: each piece is going to find that.
                let needs = needs.filter(|w| !self.is_missing::<T>(w));
                needs.map(|w| self.loader.load::<T>(&w)).transpose()?
            }
        };
        let own = own.as_ref().map(load::Loaded::view);
        let shared = shared.or(own.as_ref());
        parallel::for_each(plans.into_iter().zip(targets), Scratch::default, |scratch, (plan, mut target)| {
            plan.pieces.iter().try_for_each(|piece| {
                self.piece(shared, piece, target.part(&plan.window, &piece.window), scratch)
            })
        })
    }

    /// Is it known without reading that every pixel of an output window is missing, and written alike?
    pub(crate) fn is_blank<T: Pixel>(&self, window: &Window) -> bool {
        let (cols, rows) = Mapping::tiles(window);
        let mut places = Places::default();
        // The first tile that is not ends it: little where most are not.
        tiles(&cols, &rows)
            .all(|tile| self.plan(tile, &mut places).needs.is_none_or(|needs| self.is_missing::<T>(&needs)))
    }

    /// Is it known without reading that nothing can come from this source window?
    fn is_missing<T: Pixel>(&self, needs: &Window) -> bool {
        // Floats without nodata tell what is outside (0) from what is missing (NaN).
        (self.nodata.is_some() || !T::HAS_NAN) && self.loader.is_missing::<T>(needs)
    }

    fn too_large(&self, piece: &Piece, needs: &Window) -> Error {
        Error::limit(format!(
            "one output pixel needs {needs} of the source, more than {} samples; use overviews or raise `window_limit`",
            self.window_limit
        ))
        .at_window(piece.window)
    }
}
