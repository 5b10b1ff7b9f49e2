//! How one level is made from a finer one: cells of output pixels, the blocks each needs, and the pixels.

use super::palette::{self, Reduction};
use super::tile::{Tile, TileView};
use crate::resample::{Axis, AxisPlan, Method, SourcePlane, resample};
use ndarray::{Array2, Array3, ArrayView2, Axis as ArrayAxis};
use raster_core::{
    AnyView, ColorTable, DataType, Nodata, Sample, Window, opacity::Mixing, validity, with_type,
};
use std::{ops::Range, sync::Arc};

/// What makes a sample of a band invalid when there is no mask, and how its samples are mixed.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandRule {
    /// Samples equal to this one.
    pub(crate) nodata: Option<Nodata>,
    /// Samples where this band (from 0) is 0.
    pub(crate) alpha: Option<usize>,
    /// With which weights, where an alpha band tells.
    pub(crate) mixing: Mixing,
    /// Samples are indices of these colours: the colours are mixed, not the indices.
    pub(crate) palette: Option<Arc<ColorTable>>,
}

impl BandRule {
    /// What is valid of band `i` (from 0) of a block, when anything is not.
    pub(crate) fn validity(&self, tile: &TileView<'_>, i: usize) -> Option<Array2<u8>> {
        match (&tile.mask, self.alpha) {
            (Some(mask), _) => Some(mask.to_owned()),
            (None, Some(alpha)) => Some(opacity(&tile.pixels, alpha)),
            (None, None) => self.nodata.and_then(|nodata| differs(&tile.pixels, i, nodata)),
        }
    }
}

/// One axis of a transition, cut into cells.
#[derive(Debug)]
pub(crate) struct AxisCells {
    axis: Axis,
    cells: Vec<Cell>,
    /// Per source block: the cells that need it.
    pub(crate) consumers: Vec<Range<usize>>,
}

/// A run of output samples along one axis.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The output samples.
    pub(crate) output: Range<usize>,
    /// The source samples they need.
    pub(crate) source: Range<usize>,
    /// The source blocks these are in.
    pub(crate) blocks: Range<usize>,
}

impl AxisCells {
    /// `block` samples per block on both levels. Cells are the largest parts of an output block that need
    /// about one source block, so that pixels can be let go soon.
    fn new(axis: Axis, method: Method, len: usize, block: usize) -> Self {
        let mut size = block;
        while size as f64 * axis.ratio > block as f64 && size.is_multiple_of(2) && size > 16 {
            size /= 2;
        }
        let cells: Vec<Cell> = (0..len)
            .step_by(size)
            .map(|start| {
                let output = start..(start + size).min(len);
                let source = axis.span(method, output.start).start..axis.span(method, output.end - 1).end;
                let blocks = source.start / block..(source.end - 1) / block + 1;
                Cell { output, source, blocks }
            })
            .collect();
        let consumers = (0..axis.source_len.div_ceil(block))
            .map(|b| {
                let first = cells.partition_point(|c| c.blocks.end <= b);
                first..cells.partition_point(|c| c.blocks.start <= b).max(first)
            })
            .collect();
        Self { axis, cells, consumers }
    }
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }
    pub(crate) fn cell(&self, i: usize) -> &Cell {
        &self.cells[i]
    }
}

/// From one level to a coarser one.
#[derive(Debug)]
pub(crate) struct Transition {
    method: Method,
    pub(crate) rows: AxisCells,
    pub(crate) cols: AxisCells,
}

impl Transition {
    /// From `from` to `to` (width, height), both in blocks of `block`.
    pub(crate) fn new(
        method: Method,
        from: (usize, usize),
        to: (usize, usize),
        block: (usize, usize),
    ) -> Self {
        let row_ratio = from.1 as f64 / to.1 as f64;
        let axis = |source: usize, len: usize, block: usize| {
            AxisCells::new(Axis::overview(source, len, row_ratio), method, len, block)
        };
        Self { method, rows: axis(from.1, to.1, block.1), cols: axis(from.0, to.0, block.0) }
    }
    /// The source window of a cell (row, column).
    pub(crate) fn source_window(&self, cell: (usize, usize)) -> Window {
        let (rows, cols) = (&self.rows.cell(cell.0).source, &self.cols.cell(cell.1).source);
        Window::new(cols.start as i64, rows.start as i64, cols.len(), rows.len())
    }
    /// The output window of a cell.
    pub(crate) fn output_window(&self, cell: (usize, usize)) -> Window {
        let (rows, cols) = (&self.rows.cell(cell.0).output, &self.cols.cell(cell.1).output);
        Window::new(cols.start as i64, rows.start as i64, cols.len(), rows.len())
    }
    /// Compute a cell from the pixels of its source window.
    pub(crate) fn compute(&self, cell: (usize, usize), source: &TileView<'_>, bands: &[BandRule]) -> Tile {
        let (row, col) = (self.rows.cell(cell.0), self.cols.cell(cell.1));
        let rows = AxisPlan::new(&self.rows.axis, self.method, row.output.clone());
        let cols = AxisPlan::new(&self.cols.axis, self.method, col.output.clone());
        decimate(source, (row.source.start, col.source.start), &rows, &cols, bands)
    }
}

/// Resample every band and the mask. `origin` is the row and column of `source` in its level.
pub(crate) fn decimate(
    source: &TileView<'_>,
    origin: (usize, usize),
    rows: &AxisPlan,
    cols: &AxisPlan,
    bands: &[BandRule],
) -> Tile {
    let data_type = source.pixels.data_type();
    let size = (rows.len(), cols.len());
    let mut out = Tile::new(data_type, (bands.len(), size.0, size.1), source.mask.is_some());
    // One alpha band for all: looked at once.
    let alpha = bands.iter().find_map(|rule| rule.alpha).filter(|_| source.mask.is_none());
    let opacities = alpha.map(|alpha| opacity(&source.pixels, alpha));
    for (i, rule) in bands.iter().enumerate() {
        let own = match (&source.mask, &opacities, rule.mixing) {
            (None, _, Mixing::Valid) => rule.nodata.and_then(|nodata| differs(&source.pixels, i, nodata)),
            _ => None,
        };
        let valid = match (&source.mask, &opacities, rule.mixing) {
            (Some(mask), ..) => Some(mask.reborrow()),
            (None, Some(opacities), Mixing::ByOpacity) => Some(opacities.view()),
            // The most frequent opacity is that of some pixel: positive only where there is one to be seen.
            (None, Some(opacities), Mixing::Visible) if rows.method() != Method::Mode => {
                Some(opacities.view())
            }
            _ => own.as_ref().map(|v| v.view()),
        };
        let mixing = if source.mask.is_none() { rule.mixing } else { Mixing::Valid };
        // The mask of a level is the validity of its pixels: what could be computed.
        let mut out_valid = if i == 0 { out.mask.as_mut() } else { None };
        let band = source.pixels.band(i);
        if data_type.is_complex() && !rows.method().keeps_values() {
            complex_band(&band, valid, origin, rows, cols, i, &mut out.pixels);
            continue;
        }
        with_type!(data_type, T => {
            let samples = T::downcast_view(&band).expect("the type was asked for above");
            let mut to = out.pixels.view_mut();
            let mut to = to.band_mut(i);
            let mut to = T::downcast_view_mut(&mut to).expect("made with this type");
            let samples = samples.index_axis(ArrayAxis(0), 0);
            if let Some(table) = rule.palette.as_ref().filter(|_| !rows.method().keeps_values()) {
                let how = Reduction { valid, origin, rows, cols, nodata: rule.nodata };
                let mut to = to.index_axis_mut(ArrayAxis(0), 0);
                let mut mask = out_valid.as_mut().map(|m| m.view_mut());
                palette::mix(table, samples, &how, &mut to, mask.as_mut());
                continue;
            }
            let source = SourcePlane { samples, valid, mixing, origin };
            let nodata = rule.nodata.and_then(Nodata::to_sample::<T>);
            let mask = out_valid.as_mut().map(|m| m.view_mut());
            resample(source, rows, cols, nodata, to.index_axis_mut(ArrayAxis(0), 0), mask);
        });
    }
    out
}

/// Real and imaginary parts apart, in f64.
fn complex_band(
    band: &AnyView<'_>,
    valid: Option<ArrayView2<'_, u8>>,
    origin: (usize, usize),
    rows: &AxisPlan,
    cols: &AxisPlan,
    index: usize,
    out: &mut raster_core::AnyArray,
) {
    let wide = band.to_owned().convert_to(DataType::CF64).into_typed::<raster_core::Complex<f64>>();
    let Ok(wide) = wide else { return };
    let plane = wide.index_axis(ArrayAxis(0), 0);
    let (parts_re, parts_im): (Array2<f64>, Array2<f64>) = (plane.map(|v| v.re), plane.map(|v| v.im));
    let (mut re, mut im) = (Array2::zeros((rows.len(), cols.len())), Array2::zeros((rows.len(), cols.len())));
    for (samples, to) in [(&parts_re, &mut re), (&parts_im, &mut im)] {
        let valid = valid.as_ref().map(|v| v.reborrow());
        let source = SourcePlane { samples: samples.view(), valid, mixing: Mixing::Valid, origin };
        resample(source, rows, cols, None, to.view_mut(), None);
    }
    let both = Array3::from_shape_fn((1, rows.len(), cols.len()), |(_, r, c)| raster_core::Complex {
        re: re[[r, c]],
        im: im[[r, c]],
    });
    // The shapes are equal by construction; the conversion rounds and saturates.
    let _ = out.view_mut().band_mut(index).assign(&Sample::erase_view(both.view()));
}

/// The opacities that a band (from 0) holds.
fn opacity(pixels: &AnyView<'_>, band: usize) -> Array2<u8> {
    let (_, rows, cols) = pixels.shape();
    let mut out = Array2::zeros((rows, cols));
    validity::of_alpha(&pixels.band(band), &mut out.view_mut());
    out
}

/// 0 where samples equal nodata; `None` when none does.
fn differs(pixels: &AnyView<'_>, band: usize, nodata: Nodata) -> Option<Array2<u8>> {
    let band = pixels.band(band);
    raster_core::with_array!(AnyView, &band, a => differs_typed(&a.index_axis(ArrayAxis(0), 0), nodata))
}

fn differs_typed<T: Sample>(plane: &ArrayView2<'_, T>, nodata: Nodata) -> Option<Array2<u8>> {
    let nodata = nodata.to_sample::<T>()?;
    let is_nodata = |v: &T| if nodata.is_nan() { v.is_nan() } else { *v == nodata };
    plane.iter().any(is_nodata).then(|| plane.map(|v| if is_nodata(v) { 0 } else { 255 }))
}
