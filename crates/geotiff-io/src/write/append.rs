//! Overviews added to an existing file, in place, as `gdaladdo` does.

use super::change::{Change, Medium, open_to_change};
use super::options::{Blocks, CreateOptions};
use super::spec::Spec;
use super::target::directory_of;
use super::transfer::{OnProgress, TransferOptions, copy_pixels};
use super::writer::GeoTiffWriter;
use crate::dataset::{Dataset, OpenOptions};
use crate::pyramid::Overviews;
use raster_core::Resampling;
use raster_core::{Error, RasterSource, Result};
use std::path::Path;

/// Add overviews to a file: their blocks go behind its end, in the storage of the image itself, and the chain of
/// directories is led to them last, when they are on the disk: the file is readable at every moment, also after a crash. A failure
/// leaves the file as it was. A COG is marked as changed in its structural metadata, since its data are no longer in the order of
/// one. Another process that changes the file meanwhile is refused.
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
    // Opened first: what cannot be written to is not computed for.
    let file = open_to_change(path)?;
    let dataset = OpenOptions::new().threads(1).open(path)?;
    let replaced = dataset.overview_directories();
    if replaced.iter().any(|&d| d >= dataset.directory_count()) {
        return Err(Error::unsupported("overviews in SubIFDs cannot be replaced"));
    }
    if dataset.storage().converted {
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
    append(Change::begin(file)?, &replaced, writer)
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

/// Write the overviews behind the end, and lead the chain of directories to them, around those (numbered from 0) that are replaced.
fn append<M: Medium>(mut change: Change<M>, replaced: &[usize], writer: GeoTiffWriter) -> Result<()> {
    let (flavor, start) = (change.flavor(), change.end()?);
    change.append(|out| writer.finish_overviews(flavor, start, out))?;
    let chain = change.chain()?;
    let kept: Vec<_> =
        chain.into_iter().enumerate().filter(|(i, _)| !replaced.contains(i)).map(|(_, link)| link).collect();
    // Each of these pointers leads to a whole directory, old or new, whichever of them are written: first the one that leads
    // from the last directory to the overviews.
    let targets = kept.iter().skip(1).map(|link| link.directory).chain([start]);
    let pointers: Vec<_> = kept.iter().map(|link| link.next_at).zip(targets).collect();
    for (at, target) in pointers.into_iter().rev() {
        change.point(at, target)?;
    }
    change.mark_as_changed();
    change.commit()
}

#[cfg(test)]
mod tests {
    use super::super::change::tests::{Recorded, Step, apply, crashes};
    use super::*;
    use crate::{BigTiff, ByteOrder, Compression, Dataset};
    use raster_core::{AnyArray, DataType, RasterInfo};

    /// A file with pixels and a mask, in `options`' storage.
    fn file(options: &CreateOptions) -> Vec<u8> {
        let info = RasterInfo::new(150, 90, 1, DataType::U8);
        let mut options = options.clone().with_block_size(16).with_compression(Compression::Deflate);
        options.mask = Some(true);
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        let pixels = ndarray::Array3::from_shape_fn((1, 90, 150), |(_, r, c)| (r * c % 251) as u8);
        let mask = ndarray::Array2::from_shape_fn((90, 150), |(r, c)| if r + c < 40 { 0 } else { 255 });
        writer.write_masked_window(&info.window(), &AnyArray::from(pixels).view(), &mask.view()).unwrap();
        writer.finish_bytes().unwrap().to_vec()
    }

    fn overviews_of(dataset: &Dataset) -> GeoTiffWriter {
        let options = options(dataset, &Overviews::Factors(vec![2, 4]), None);
        let spec = Spec::new(dataset.info(), &options).unwrap();
        let writer = GeoTiffWriter::of_overviews(spec, &std::env::temp_dir()).unwrap();
        copy_pixels(dataset, &writer, &TransferOptions::new(options)).unwrap();
        writer
    }

    fn whole(dataset: &Dataset) -> (AnyArray, ndarray::Array3<u8>, Vec<AnyArray>) {
        let (pixels, mask) = dataset.read_any().masked().map(|m| (m.data, m.mask)).unwrap();
        let levels = (0..dataset.info().overviews.len()).map(|i| {
            let level = dataset.overview(i).unwrap();
            level.read_window(&[1], &level.info().window()).unwrap()
        });
        (pixels, mask, levels.collect())
    }

    /// Files that get overviews, with and without some before, of every kind of header.
    fn cases() -> Vec<Vec<u8>> {
        let mut cases = Vec::new();
        for big in [BigTiff::No, BigTiff::Yes] {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                for mut options in [CreateOptions::geotiff(), CreateOptions::cog()] {
                    options.byte_order = order;
                    options.big_tiff = big;
                    options.overviews = Overviews::Factors(vec![3]);
                    cases.push(file(&options));
                    options.overviews = Overviews::None;
                    let mut bytes = file(&options);
                    // An odd length is filled up.
                    bytes.push(7);
                    cases.push(bytes);
                }
            }
        }
        cases
    }

    #[test]
    fn a_crash_at_any_moment_leaves_a_readable_file() {
        for before in cases() {
            let dataset = Dataset::from_bytes(before.clone()).unwrap();
            let (pixels, mask, _) = whole(&dataset);
            let medium = Recorded::new(before.clone());
            let steps = std::sync::Arc::clone(&medium.steps);
            append(Change::begin(medium).unwrap(), &dataset.overview_directories(), overviews_of(&dataset))
                .unwrap();
            let steps = steps.lock().unwrap().clone();
            assert!(matches!(steps.last(), Some(Step::Sync)), "what leads to the overviews is on the disk");
            let states = crashes(&before, &steps);
            assert!(states.len() > 12, "{}", states.len());
            for (i, state) in states.into_iter().enumerate() {
                let crashed = Dataset::from_bytes(state).unwrap_or_else(|e| panic!("state {i}: {e:#}"));
                let (pixels_now, mask_now, _) = whole(&crashed);
                assert!(pixels_now == pixels && mask_now == mask, "state {i}");
            }
            let mut after = before.clone();
            steps.iter().for_each(|s| apply(&mut after, s));
            assert_eq!(Dataset::from_bytes(after).unwrap().info().overviews, [(75, 45), (38, 23)]);
        }
    }

    #[test]
    fn a_failure_at_any_step_takes_everything_back() {
        for before in cases() {
            let dataset = Dataset::from_bytes(before.clone()).unwrap();
            let replaced = dataset.overview_directories();
            for fails_after in 0.. {
                let mut medium = Recorded::new(before.clone());
                medium.fails_after = fails_after;
                let steps = std::sync::Arc::clone(&medium.steps);
                let result = append(Change::begin(medium).unwrap(), &replaced, overviews_of(&dataset));
                if result.is_ok() {
                    assert!(fails_after > 3);
                    break;
                }
                let mut after = before.clone();
                for (i, step) in steps.lock().unwrap().iter().enumerate() {
                    if i != fails_after {
                        apply(&mut after, step);
                    }
                }
                assert!(after == before, "failed after {fails_after} steps");
            }
        }
    }
}
