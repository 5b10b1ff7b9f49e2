//! The images of a file that belong together: overviews and masks, by GDAL's rules.

use super::{image::Image, layout::ImageLayout, level::Level, level::Shared};
use crate::OpenOptions;
use crate::tiff::{
    directory::{Directory, TiffFile},
    tag,
};
use raster_core::{DataType, Error, MaskKind, Metadata, RasterInfo, Result, Size};
use std::sync::Arc;

/// Images that belong to the main one.
#[derive(Default)]
pub(crate) struct Related {
    mask: Option<Arc<Image>>,
    /// Overviews with their masks, largest first.
    overviews: Vec<(Arc<Image>, Option<Arc<Image>>)>,
}

/// Bits of NewSubfileType.
const REDUCED: u64 = 1;
const MASK: u64 = 4;

/// Chosen: twice as many as there are halvings of the largest raster. Each keeps a description of itself.
const MOST_OVERVIEWS: usize = 64;
/// Chosen: the bands that all overviews together describe, about 200 bytes each.
const MOST_OVERVIEW_BANDS: usize = 1 << 20;

/// What NewSubfileType says.
fn kind(file: &TiffFile, directory: &Directory) -> Result<u64> {
    let kind = file.one_unsigned(directory, tag::NEW_SUBFILE_TYPE);
    Ok(kind.map_err(|e| e.in_directory(directory.index))?.unwrap_or(0))
}

/// Is it an overview or a mask (and not a page of its own)?
///
/// # Errors
/// `Malformed` when that cannot be read.
pub(crate) fn belongs_to_another(file: &TiffFile, directory: &Directory) -> Result<bool> {
    Ok(kind(file, directory)? & (REDUCED | MASK) != 0)
}

/// Is it a mask that is not reduced? What cannot be read is none.
pub(crate) fn is_full_mask(file: &TiffFile, directory: &Directory) -> bool {
    kind(file, directory).is_ok_and(|kind| kind & (REDUCED | MASK) == MASK)
}

impl Related {
    /// Of directories that belong to another ([`belongs_to_another`]), by GDAL's rules: reduced images with the bands and type of the main one are overviews, the mask of full
    /// size is its mask, reduced masks belong to the overview of their size. What cannot be opened is left
    /// out with a warning.
    pub(crate) fn find(
        file: &TiffFile,
        directories: &[Directory],
        image: &Image,
        warnings: &mut Vec<Error>,
    ) -> Self {
        let mut related = Self::default();
        let mut masks = Vec::new();
        for directory in directories {
            let kind = match kind(file, directory) {
                Ok(kind) => kind,
                Err(e) => {
                    warnings.push(e);
                    continue;
                }
            };
            let found = match Image::open(file, directory, warnings) {
                Ok(found) => Arc::new(found),
                Err(e) => {
                    warnings.push(e);
                    continue;
                }
            };
            let (own, main) = (&found.layout, &image.layout);
            if kind & MASK != 0 {
                masks.push(found);
            } else if (own.bands, own.format.data_type) == (main.bands, main.format.data_type)
                && own.width <= main.width
                && own.height <= main.height
            {
                related.overviews.push((found, None));
            }
        }
        let most = (MOST_OVERVIEW_BANDS / image.layout.bands).min(MOST_OVERVIEWS);
        if related.overviews.len() > most {
            let what = format!("{} overviews, of which {most} are used", related.overviews.len());
            warnings.push(Error::malformed(what));
        }
        related.overviews.sort_by_key(|(o, _)| std::cmp::Reverse((o.layout.width, o.layout.height)));
        related.overviews.truncate(most);
        let mut mask_of = |layout: &ImageLayout| {
            let size = (layout.width, layout.height);
            let at = masks.iter().position(|m| {
                (m.layout.width, m.layout.height) == size
                    && m.layout.bands == 1
                    && m.layout.format.data_type == DataType::U8
            })?;
            Some(masks.swap_remove(at))
        };
        related.mask = mask_of(&image.layout);
        for (overview, mask) in &mut related.overviews {
            *mask = mask_of(&overview.layout);
        }
        related
    }
}

/// The resolutions of an image: itself, then its overviews.
pub(crate) fn levels(
    shared: &Arc<Shared>,
    image: Arc<Image>,
    mut info: RasterInfo,
    related: Related,
    options: &OpenOptions,
) -> Arc<[Level]> {
    if related.mask.is_some() {
        info.bands.iter_mut().for_each(|b| b.mask = MaskKind::PerDataset);
    }
    let overviews = if options.ignore_overviews { Vec::new() } else { related.overviews };
    info.overviews = overviews.iter().map(|(o, _)| Size::new(o.layout.width, o.layout.height)).collect();
    let level = |image, mask, info| Level {
        shared: Arc::clone(shared),
        image,
        mask,
        mask_file: None,
        full: None,
        info: Arc::new(info),
        threads: options.threads,
    };
    let reduced = overviews.into_iter().map(|(image, mask)| {
        let info = overview_info(&info, &image.layout);
        level(image, mask, info)
    });
    let reduced: Vec<Level> = reduced.collect();
    std::iter::once(level(image, related.mask, info)).chain(reduced).collect()
}

/// Where the full resolution has a mask and a smaller one has none, that of the full resolution counts.
pub(crate) fn lend_masks(levels: &mut [Level]) {
    let Some((main, reduced)) = levels.split_first_mut() else { return };
    if main.mask.is_none() {
        return;
    }
    let full = Arc::new(main.clone());
    for level in reduced.iter_mut().filter(|l| l.mask.is_none()) {
        let info = Arc::make_mut(&mut level.info);
        info.bands.iter_mut().zip(&main.info.bands).for_each(|(own, of)| own.mask = of.mask);
        level.full = Some(Arc::clone(&full));
    }
}

pub(crate) fn overview_info(main: &RasterInfo, layout: &ImageLayout) -> RasterInfo {
    let (x, y) = (main.width as f64 / layout.width as f64, main.height as f64 / layout.height as f64);
    let mut info = main.clone();
    (info.width, info.height) = (layout.width, layout.height);
    info.transform = main.transform.map(|t| t.scaled(x, y));
    info.gcps.clear();
    info.block = Size::new(layout.format.width, layout.format.height);
    info.metadata = Metadata::new();
    info.overviews.clear();
    info
}
