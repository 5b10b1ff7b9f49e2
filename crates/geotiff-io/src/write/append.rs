//! Overviews added to an existing file, in place, as `gdaladdo` does.

use super::options::{Blocks, CreateOptions};
use super::spec::Spec;
use super::target::directory_of;
use super::transfer::{OnProgress, TransferOptions, copy_pixels};
use super::writer::GeoTiffWriter;
use crate::cog::structure::Structure;
use crate::dataset::{Dataset, OpenOptions};
use crate::pyramid::Overviews;
use crate::tiff::serialize::Flavor;
use raster_core::Resampling;
use raster_core::{Error, RasterSource, Result};
use std::{
    cell::RefCell,
    fs::{File, OpenOptions as FileOptions},
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Add overviews to a file: their blocks go behind its end, in the storage of the image itself, and the chain of
/// directories is led to them last. A failure before that leaves the file as it was. A COG is marked as changed
/// in its structural metadata, since its data are no longer in the order of one.
///
/// Overviews that the file has are replaced: their directories leave the chain, their bytes stay in the file as
/// dead space, which writing the file anew gets rid of. `resampling` `None`: nearest for palettes, cubic otherwise.
///
/// ```
/// # fn main() -> geotiff_io::Result<()> {
/// use geotiff_io::{CreateOptions, Dataset, Overviews, Resampling, TransferOptions, add_overviews, write_raster};
/// use raster_core::{DataType, MemoryRaster, RasterSource};
/// # let path = std::env::temp_dir().join(format!("mucho_add_overviews_{}.tif", std::process::id()));
/// let raster = MemoryRaster::new(ndarray::Array3::from_elem((1, 600, 800), 7u8));
/// write_raster(&raster, &path, &TransferOptions::new(CreateOptions::geotiff()))?;
/// add_overviews(&path, &Overviews::Factors(vec![2, 4]), Some(Resampling::Average), None)?;
/// assert_eq!(Dataset::open(&path)?.info().overviews, [(400, 300), (200, 150)]);
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Misuse` when the overviews do not fit into a classic TIFF; `Unsupported` when the file has overviews outside the
/// chain of its directories (SubIFDs); what reading and writing meet.
pub fn add_overviews(
    path: impl AsRef<Path>,
    overviews: &Overviews,
    resampling: Option<Resampling>,
    on_progress: Option<OnProgress>,
) -> Result<()> {
    let path = path.as_ref();
    add(path, overviews, resampling, on_progress).map_err(|e| e.in_file(path))
}

fn add(
    path: &Path,
    overviews: &Overviews,
    resampling: Option<Resampling>,
    on_progress: Option<OnProgress>,
) -> Result<()> {
    let dataset = OpenOptions::new().threads(1).open(path)?;
    let replaced = dataset.overview_directories();
    if replaced.iter().any(|&d| d >= dataset.directory_count()) {
        return Err(Error::unsupported("overviews in SubIFDs cannot be replaced"));
    }
    let storage = dataset.storage();
    if storage.converted {
        let what = "overviews of CMYK or L*a*b* cannot be stored in it: write the raster anew, as RGB";
        return Err(Error::unsupported(what));
    }
    let options = options(&dataset, overviews, resampling);
    let spec = Spec::new(dataset.info(), &options)?;
    if spec.levels.len() == 1 {
        return Ok(());
    }
    let writer = GeoTiffWriter::of_overviews(spec, directory_of(path))?;
    let mut transfer = TransferOptions::new(options);
    transfer.on_progress = on_progress;
    copy_pixels(&dataset, &writer, &transfer)?;
    drop(dataset);
    let mut file = FileOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|e| Error::io("cannot be opened for writing", e))?;
    let flavor = Flavor { order: storage.byte_order, big: storage.bigtiff };
    let length = file.seek(SeekFrom::End(0))?;
    let result = append(&mut file, flavor, length, writer);
    if result.is_err() {
        // The error that is reported matters more than this one.
        let _ = file.set_len(length);
    }
    relink(&mut file, flavor, &replaced, result?)
}

/// Stored as the image is; strips become tiles.
fn options(dataset: &Dataset, overviews: &Overviews, resampling: Option<Resampling>) -> CreateOptions {
    let storage = dataset.storage();
    let mut options = CreateOptions::geotiff();
    if storage.tiled {
        options.blocks = Blocks::Tiles { width: storage.block.width, height: storage.block.height };
    }
    options.interleave = storage.interleave;
    options.byte_order = storage.byte_order;
    options.compression = storage.compression;
    options.predictor = Some(storage.predictor);
    options.photometric = Some(storage.photometric);
    options.bits = (storage.bits < 8).then_some(storage.bits);
    options.overviews = overviews.clone();
    options.overview_resampling = resampling;
    options
}

/// Write the overviews behind the end; the offset of the first of their directories.
fn append(file: &mut File, flavor: Flavor, length: u64, writer: GeoTiffWriter) -> Result<u64> {
    let start = length + length % 2;
    file.seek(SeekFrom::Start(length))?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut *file);
    out.write_all(&[0][..(start - length) as usize])?;
    writer.finish_overviews(flavor, start, &mut out)?;
    out.flush()?;
    drop(out);
    mark_as_changed(file, flavor)?;
    Ok(start)
}

/// Lead the chain around the directories (numbered from 0) that are replaced, and from the last other one to
/// `first_new`. That pointer is written first: from then on the file has its new overviews.
fn relink(file: &mut File, flavor: Flavor, replaced: &[usize], first_new: u64) -> Result<()> {
    let chain = chain(file, flavor)?;
    let kept: Vec<Link> =
        chain.into_iter().enumerate().filter(|(i, _)| !replaced.contains(i)).map(|(_, link)| link).collect();
    let targets = kept.iter().skip(1).map(|link| link.directory).chain([first_new]);
    let pointers: Vec<(u64, u64)> = kept.iter().map(|link| link.next_at).zip(targets).collect();
    for (at, target) in pointers.into_iter().rev() {
        let mut pointer = Vec::new();
        flavor.put_offset(&mut pointer, target);
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&pointer)?;
    }
    Ok(())
}

/// A directory of the chain.
pub(super) struct Link {
    /// Its offset.
    pub(super) directory: u64,
    /// Where the offset of the next one stands.
    pub(super) next_at: u64,
}

/// The directories along the chain, which was checked when the file was opened.
pub(super) fn chain(file: &mut File, flavor: Flavor) -> Result<Vec<Link>> {
    let mut links: Vec<Link> = Vec::new();
    let mut at = if flavor.big { 8 } else { 4 };
    loop {
        let directory = number(file, flavor, at, if flavor.big { 8 } else { 4 })?;
        if directory == 0 {
            return Ok(links);
        }
        let entries = number(file, flavor, directory, if flavor.big { 8 } else { 2 })?;
        let entries_at = directory + if flavor.big { 8 } else { 2 };
        at = entries
            .checked_mul(if flavor.big { 20 } else { 12 })
            .and_then(|n| n.checked_add(entries_at))
            .ok_or_else(|| Error::malformed("the directory is too long").at_offset(directory))?;
        if links.iter().any(|link| link.directory == directory) {
            return Err(Error::malformed("the chain of directories is a circle").at_offset(directory));
        }
        links.push(Link { directory, next_at: at });
    }
}

pub(super) fn number(file: &mut File, flavor: Flavor, at: u64, len: usize) -> Result<u64> {
    let mut bytes = [0; 8];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes[..len])?;
    Ok(match flavor.order {
        crate::ByteOrder::Little => u64::from_le_bytes(bytes),
        crate::ByteOrder::Big => {
            bytes[..len].reverse();
            u64::from_le_bytes(bytes)
        }
    })
}

/// Structural metadata say from now on that the file has lost its layout.
pub(super) fn mark_as_changed(file: &mut File, flavor: Flavor) -> Result<()> {
    let start = flavor.header_len();
    let reader = RefCell::new(&mut *file);
    let structure = Structure::read(|range| {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let mut reader = reader.borrow_mut();
        reader.seek(SeekFrom::Start(start + range.start)).ok()?;
        reader.read_exact(&mut bytes).ok().map(|()| bytes)
    });
    if let Some((at, text)) = structure.and_then(|s| s.mark()) {
        file.seek(SeekFrom::Start(start + at))?;
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}
