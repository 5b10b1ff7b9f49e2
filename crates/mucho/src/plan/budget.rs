//! How much memory a plan needs, and which plan fits.

use super::{PlanRequest, PlannedWindow, Windows, windows};
use raster_core::{Error, MaskKind, RasterInfo, Result, Size};
use std::{fmt, str::FromStr};

/// Bytes that a job may use for pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub usize);

impl Default for Budget {
    /// 512 MB.
    fn default() -> Self {
        Self(512_000_000)
    }
}

impl FromStr for Budget {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        parse_size(text).map(Self)
    }
}

/// A number of bytes such as `512MB`, `1.5 GiB`, `800k`, `4096`.
///
/// # Errors
/// `Misuse` when it is no such thing.
pub fn parse_size(text: &str) -> Result<usize> {
    let wrong = || Error::misuse(format!("'{text}' is not a size; write for instance 512MB or 2GiB"));
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let bytes = number * factor;
    if bytes.is_finite() && bytes < usize::MAX as f64 { Ok(bytes as usize) } else { Err(wrong()) }
}

/// What a plan is expected to hold in memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// Windows being computed and encoded: inputs, working copies and results of all workers.
    pub windows: usize,
    /// Decoded blocks of the inputs.
    pub cache: usize,
    /// Rows of blocks that the writer has begun and not finished.
    pub writer: usize,
    /// Encoded blocks that wait for the end of the job; what does not fit waits in a temporary file.
    pub spool: usize,
}

impl MemoryEstimate {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> usize {
        [self.cache, self.writer, self.spool].iter().fold(self.windows, |sum, n| sum.saturating_add(*n))
    }
}

impl fmt::Display for MemoryEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = |bytes: usize| bytes as f64 / 1e6;
        write!(
            f,
            "{:.1} MB (windows {:.1}, cache {:.1}, writer {:.1}, encoded blocks {:.1})",
            mb(self.total()),
            mb(self.windows),
            mb(self.cache),
            mb(self.writer),
            mb(self.spool)
        )
    }
}

/// Bytes of one window: each input once as read and once as the function's working copy, what else it holds, and the result
/// twice (as computed, and as handed to the writer).
fn window_bytes(request: &PlanRequest<'_>, window: &PlannedWindow) -> usize {
    let input: usize = request.inputs.iter().map(|i| i.band_count() * i.data_type.size()).sum();
    let output = request.output.0 * request.output.1;
    // Kernels work in f32 planes: at least four bytes a pixel.
    let read = window.read.area().saturating_mul(2 * input.max(4) + request.working);
    read.saturating_add(window.core.area().saturating_mul(2 * output))
}

/// What the writer holds on each level: the row of blocks being filled, the one before it for the overviews, a third for
/// windows that run ahead, and what windows higher than a block add. Of wide rasters that is too much, and the writer keeps
/// what it was not given memory for in a file.
fn writer_bytes(request: &PlanRequest<'_>, windows: &[PlannedWindow]) -> usize {
    let highest = windows.iter().map(|w| w.core.height).max().unwrap_or(0);
    let rows = 3 * request.output_block.height.max(highest);
    let all = rows.min(request.inputs[0].height + request.output_block.height)
        * request.output_width
        * request.output.0
        * request.output.1;
    if request.write_once { all.min(request.budget.0 / 2) } else { all }
}

/// What a worker holds while it encodes a block: the block in order, encoded, and the codec's tables (measured for Deflate and
/// Zstandard: 2 MB).
fn codec_bytes(request: &PlanRequest<'_>) -> usize {
    if !request.write_once {
        return 0;
    }
    let Size { width, height } = request.output_block;
    3 * width * height * request.output.0 * request.output.1 + (2 << 20)
}

pub(super) fn estimate(
    request: &PlanRequest<'_>,
    windows: &[PlannedWindow],
    workers: usize,
    cache: usize,
) -> MemoryEstimate {
    let largest = windows.iter().map(|w| window_bytes(request, w)).max().unwrap_or(0);
    MemoryEstimate {
        windows: largest.saturating_add(codec_bytes(request)).saturating_mul(workers),
        cache: cache.saturating_mul(request.inputs.len()),
        writer: writer_bytes(request, windows),
        spool: if request.write_once { SMALLEST_SPOOL } else { 0 },
    }
}

/// The writer's buffer in front of its temporary file.
const SMALLEST_SPOOL: usize = 4 << 20;

/// Bytes for encoded blocks: what the budget leaves, as far as the output can need them.
pub(super) fn spool(request: &PlanRequest<'_>, first: &RasterInfo, memory: &MemoryEstimate) -> usize {
    if memory.spool == 0 {
        return 0;
    }
    let raw = (first.width * first.height).saturating_mul(request.output.0 * request.output.1);
    // Overviews add a third, and blocks that do not compress a little.
    let most = (raw / 2).saturating_mul(3).saturating_add(SMALLEST_SPOOL);
    let left = request.budget.0.saturating_sub(memory.total());
    memory.spool + left.min(most)
}

/// The windows and the number of workers that fit.
pub(super) fn fit(request: &PlanRequest<'_>, first: &RasterInfo) -> Result<(Vec<PlannedWindow>, usize)> {
    let cut = |block| windows::grid(first, block, request.halo, request.edge);
    let fixed = match &request.windows {
        Windows::List(list) if !list.is_empty() => {
            Some(windows::listed(first, list, request.halo, request.edge)?)
        }
        Windows::Size(width, height) => Some(cut(Size::new(*width, *height))?),
        Windows::Blocks => Some(cut(first.block)?),
        Windows::Auto | Windows::List(_) if !request.any_windows => Some(cut(first.block)?),
        Windows::Auto | Windows::List(_) => None,
    };
    let fits = |windows: &[PlannedWindow], workers| {
        estimate(request, windows, workers, 0).total() <= request.budget.0
    };
    if let Some(windows) = fixed {
        let overlap = windows::overlap(&windows);
        if overlap && request.write_once {
            return Err(Error::misuse("the windows overlap, and each pixel of a file is written once"));
        }
        let workers = if overlap { 1 } else { request.workers.max(1) };
        let workers =
            (1..=workers).rev().find(|&n| fits(&windows, n)).ok_or_else(|| too_small(request, &windows))?;
        return Ok((windows, workers));
    }
    // Larger windows read their halos less often. Stop where every worker still has several windows to take.
    let workers = request.workers.max(1);
    let (bw, bh) = request.output_block.into_tuple();
    let mut best = None;
    for scale in [1, 2, 4, 8] {
        let windows =
            cut(Size::new((bw * scale).min(first.width.max(1)), (bh * scale).min(first.height.max(1))))?;
        let enough = scale == 1 || windows.len() >= 4 * workers;
        let core = bw * scale;
        let worth = scale == 1 || core / 2 < 8 * (request.halo.left + request.halo.right).max(64);
        if enough && worth && fits(&windows, workers) {
            best = Some((windows, workers));
        }
    }
    if let Some(best) = best {
        return Ok(best);
    }
    // Not even one block per worker: smaller windows, then fewer workers.
    let mut last = None;
    for divide in [1, 2, 4, 8] {
        let windows = cut(Size::new((bw / divide).max(1), (bh / divide).max(1)))?;
        if let Some(n) = (1..=workers).rev().find(|&n| fits(&windows, n)) {
            return Ok((windows, n));
        }
        last = Some(windows);
    }
    Err(too_small(request, &last.unwrap_or_default()))
}

fn too_small(request: &PlanRequest<'_>, windows: &[PlannedWindow]) -> Error {
    let need = estimate(request, windows, 1, 0);
    Error::limit(format!(
        "one window at a time needs {need}, the budget is {:.1} MB; allow more memory or use smaller windows",
        request.budget.0 as f64 / 1e6
    ))
}

/// Bytes of cache per input: enough for the input rows that two neighbouring rows of windows share, within what the
/// budget leaves. None when no block is used twice.
pub(super) fn cache(
    request: &PlanRequest<'_>,
    first: &RasterInfo,
    windows: &[PlannedWindow],
    workers: usize,
) -> usize {
    let aligned = |info: &RasterInfo, w: &PlannedWindow| {
        let (bw, bh) = (info.block.width.max(1) as i64, info.block.height.max(1) as i64);
        w.read.col % bw == 0
            && w.read.row % bh == 0
            && (w.read.end_col() % bw == 0 || w.read.end_col() >= info.width as i64)
            && (w.read.end_row() % bh == 0 || w.read.end_row() >= info.height as i64)
    };
    // Alpha is read with the pixels, and again as the mask.
    let read_once = |info: &RasterInfo| {
        info.bands.iter().all(|b| b.mask != MaskKind::Alpha) && windows.iter().all(|w| aligned(info, w))
    };
    if request.inputs.iter().all(|info| read_once(info)) {
        return 0;
    }
    let left = request.budget.0.saturating_sub(estimate(request, windows, workers, 0).total());
    // A mask that is stored apart takes a byte.
    let mask = usize::from(first.all_bands().into_iter().any(|b| first.validity(b).is_elsewhere()));
    let row_bytes = first.width * (first.band_count() * first.data_type.size() + mask);
    let highest = windows.iter().map(|w| w.read.height).max().unwrap_or(0);
    // Low windows go over several rows of them before they come to the next rows of output blocks.
    let low = windows.iter().all(|w| w.core.height < request.output_block.height);
    let band = highest + if low { request.output_block.height } else { 0 };
    // Of several workers one may wait for its turn while the others go on to the next row of windows.
    let band = if workers > 1 { 2 * band } else { band };
    let wanted = (band + 2 * first.block.height).min(first.height + first.block.height) * row_bytes;
    wanted.min(left / request.inputs.len())
}
