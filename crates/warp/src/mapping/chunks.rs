//! The parts in which GDAL warps a raster: its approximation begins anew in each, and each has one scale.

use super::{PixelMap, snap};
use raster_core::Window;

/// Places along each side of a part at which GDAL looks for the source window, ends included.
const SIDE: usize = 21;
/// The same along both axes of the grid over a part that has failures on its sides.
const INNER: usize = 23;

/// What decides how GDAL cuts an output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkRule {
    /// Bits that a pixel takes while it is warped, all bands: of the source as of the output.
    pub(crate) bits: u64,
    /// Source pixels that the method needs beyond a position, at the same scale.
    pub(crate) radius: usize,
}

/// A part of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) window: Window,
    /// Output pixels per source pixel; at most 1.
    pub(crate) scale: (f64, f64),
}

/// What GDAL reads for a part.
struct SourceWindow {
    /// Columns and rows under the part, without what the kernel adds.
    bare: (f64, f64),
    pixels: f64,
    /// How much of the rectangle of positions lies on the source.
    fill: f64,
}

/// An output of `width` × `height` pixels from a source of `source` pixels, cut as GDAL cuts it: halved along the
/// longer side until source and output of a part fit into `memory` bytes (`gdalwarp -wm`), and where the part sees little of the source.
pub(crate) fn chunks(
    map: &PixelMap,
    size: (usize, usize),
    source: (usize, usize),
    memory: u64,
    rule: &ChunkRule,
) -> Vec<Chunk> {
    let mut waiting = vec![Window::whole(size.0, size.1)];
    let mut done = Vec::new();
    while let Some(window) = waiting.pop() {
        let under = source_window(map, &window, source, rule.radius);
        let area = window.width as f64 * window.height as f64;
        let bytes = (under.pixels * rule.bits as f64 + area * rule.bits as f64) / 8.0;
        let longer = window.width.max(window.height);
        let too_large = bytes > memory as f64 && longer > 2;
        let sparse = under.fill > 0.0 && under.fill < 0.5 && longer > 100;
        if !(too_large || sparse) {
            done.push(Chunk { window, scale: under.scale(&window, rule.radius) });
            continue;
        }
        let (mut a, mut b) = (window, window);
        if window.width > window.height {
            a.width = window.width / 2;
            (b.col, b.width) = (b.col + a.width as i64, window.width - a.width);
        } else {
            a.height = window.height / 2;
            (b.row, b.height) = (b.row + a.height as i64, window.height - a.height);
        }
        waiting.extend([a, b]);
    }
    done
}

impl SourceWindow {
    fn scale(&self, part: &Window, radius: usize) -> (f64, f64) {
        let along = |output: usize, source: f64| {
            let (scale, margin) = (output as f64 / source, source - output as f64);
            // Only a margin differs, or nothing at all.
            let same = source <= 0.0 || (0.0..=1.0 + 2.0 * radius as f64).contains(&margin);
            let scale = if same { 1.0 } else { snap(scale) };
            if scale >= 0.95 { 1.0 } else { scale }
        };
        (along(part.width, self.bare.0), along(part.height, self.bare.1))
    }
}

fn source_window(map: &PixelMap, part: &Window, source: (usize, usize), radius: usize) -> SourceWindow {
    let at = |places: &[(f64, f64)]| {
        let mut x: Vec<f64> = places.iter().map(|p| part.col as f64 + p.0 * part.width as f64).collect();
        let mut y: Vec<f64> = places.iter().map(|p| part.row as f64 + p.1 * part.height as f64).collect();
        map.to_source(&mut x, &mut y);
        (x, y)
    };
    let share = |i: usize, n: usize| i as f64 / (n - 1) as f64;
    let sides: Vec<_> =
        (0..SIDE).map(|i| share(i, SIDE)).flat_map(|t| [(t, 0.0), (t, 1.0), (0.0, t), (1.0, t)]).collect();
    let (mut x, mut y) = at(&sides);
    let failed = |x: &[f64], y: &[f64]| x.iter().zip(y).any(|(x, y)| !(x + y).is_finite());
    let mut reach = radius;
    if failed(&x, &y) {
        let inner: Vec<_> =
            (0..INNER * INNER).map(|i| (share(i % INNER, INNER), share(i / INNER, INNER))).collect();
        (x, y) = at(&inner);
        reach += if failed(&x, &y) { 10 } else { 0 };
    }
    let axis = |values: &[f64], output: usize, length: usize| {
        let (low, high) = super::extent(values)?;
        let close = |v: f64| if (v.round() - v).abs() < 1e-6 { v.round() } else { v };
        let (low, high, length) = (close(low), close(high), length as f64);
        if low > length || high < 0.0 {
            return None;
        }
        let scale = (output as f64 / (high - low)).max(1e-3);
        let reach = if scale < 0.95 { (reach as f64 / scale).ceil() } else { reach as f64 };
        let all = high - low > 0.9 * length;
        let (first, last) = if all { (0.0, length) } else { (low.floor().max(0.0), high.min(length)) };
        let read = (last.ceil() + reach).min(length) - (first - reach).max(0.0);
        Some((last - first, read, high - low + 2.0 * reach))
    };
    match (axis(&x, part.width, source.0), axis(&y, part.height, source.1)) {
        (Some(x), Some(y)) => {
            SourceWindow { bare: (x.0, y.0), pixels: x.1 * y.1, fill: x.1 * y.1 / (x.2 * y.2).max(1.0) }
        }
        _ => SourceWindow { bare: (0.0, 0.0), pixels: 0.0, fill: 0.0 },
    }
}
