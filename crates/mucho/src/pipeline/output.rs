//! What is written, and how the job runs.

use super::{
    fault::Fault,
    steps::{WebBlocks, check_bands},
    values::*,
};
use crate::plan::Budget;
use geotiff_io::{Blocks, Compression, CreateOptions, TransferOptions, ValidityAs};
use raster_core::{MaskKind, Metadata, RasterInfo, Result};
use std::collections::BTreeMap;

options! {
    /// What the output file shall be like.
    pub struct Create {
        /// Write a plain tiled GeoTIFF instead of a COG
        [help_heading = "Output file"]
        flag plain;
        use create;
    }
}

options! {
    /// What happens to pixels on their way into a file.
    pub struct Transfer {
        use transfer;
        /// What becomes of validity: source (as it is, the default), auto, mask, alpha or none
        [value_name = "AS", help_heading = "Pixels"]
        opt validity: Validity;
    }
}

options! {
    /// A file that is written.
    pub struct Output {
        /// The file to write; `-` for standard output
        pos path: String;
        /// cog, or geotiff for a plain tiled GeoTIFF
        val format: Format = Format::Cog;
        use create;
        use transfer;
        /// What becomes of validity: source (as it is), auto (an alpha band instead of a mask, where it has a place), mask,
        /// alpha or none
        val validity: Validity = Validity::Source;
        /// Metadata to state beside what the raster says: name and value
        own metadata: BTreeMap<String, String>;
    }
}

impl From<&str> for Output {
    /// A COG with this path.
    fn from(path: &str) -> Self {
        Self::default().path(path)
    }
}

impl Create {
    /// The same for a path.
    #[must_use]
    pub fn output(&self, path: &str) -> Output {
        let create = self.clone();
        Output {
            path: Some(path.to_owned()),
            format: if create.plain { Format::Geotiff } else { Format::Cog },
            compress: create.compress,
            level: create.level,
            predictor: create.predictor,
            quality: create.quality,
            max_z_error: create.max_z_error,
            block_size: create.block_size,
            interleave: create.interleave,
            overviews: create.overviews,
            overview_resampling: create.overview_resampling,
            bigtiff: create.bigtiff,
            sparse: create.sparse,
            statistics: create.statistics,
            ..Output::default()
        }
    }
    /// As options of the writer.
    ///
    /// # Errors
    /// `Misuse` that names the flag.
    pub fn options(&self) -> Result<CreateOptions> {
        let output = self.output("output");
        output.check().map_err(Fault::of_command)?;
        Ok(output.create())
    }
}

impl Output {
    /// With these changes of pixels.
    #[must_use]
    pub fn with_transfer(mut self, transfer: &Transfer) -> Self {
        self.bands.clone_from(&transfer.bands);
        self.dtype = transfer.dtype;
        self.nodata = transfer.nodata;
        self.validity = transfer.validity.unwrap_or(Validity::Source);
        self
    }

    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        match &self.path {
            None => return Err(Fault::key("path", "is missing; which file is written?")),
            Some(path) if path.is_empty() => return Err(Fault::key("path", "is empty")),
            _ => {}
        }
        if !(1..=100).contains(&self.quality) {
            return Err(Fault::key("quality", format!("{}; it goes from 1 to 100", self.quality)));
        }
        if !(self.max_z_error >= 0.0 && self.max_z_error.is_finite()) {
            return Err(Fault::key("max_z_error", format!("{}; it is 0 or more", self.max_z_error)));
        }
        if let Some(side) = self.block_size
            && (side == 0 || !side.is_multiple_of(16))
        {
            return Err(Fault::key("block_size", format!("{side}; a multiple of 16 is expected")));
        }
        if let (Some(level), Some(range)) = (self.level, levels(self.compress))
            && !range.contains(&level)
        {
            let text = format!("{level}; {} has {} to {}", self.compress.name(), range.start(), range.end());
            return Err(Fault::key("level", text));
        }
        check_bands(self.bands.as_deref())
    }

    /// The writer's options.
    pub(super) fn create(&self) -> CreateOptions {
        let mut options = match self.format {
            Format::Geotiff => CreateOptions::geotiff(),
            Format::Cog => CreateOptions::cog(),
        };
        options.compression = self.compress;
        options.level = self.level.unwrap_or(0);
        options.predictor = self.predictor.and_then(PredictorAs::predictor);
        options.quality = self.quality;
        options.max_z_error = self.max_z_error;
        let side = self.block_size.unwrap_or(512);
        options.blocks = Blocks::Tiles { width: side, height: side };
        options.interleave = self.interleave.into();
        if let Some(overviews) = &self.overviews {
            options.overviews = overviews.clone();
        }
        options.overview_resampling = self.overview_resampling.map(|r| r.0);
        options.big_tiff = self.bigtiff.into();
        options.sparse = self.sparse;
        options.statistics = self.statistics;
        options
    }

    /// Is anything asked for that is done to pixels on their way into the file?
    pub(super) fn changes_pixels(&self) -> bool {
        self.bands.is_some()
            || self.dtype.is_some()
            || self.nodata.is_some()
            || self.validity != Validity::Source
    }

    /// For a raster that is computed as it is written. `create`: with what the caller has set already.
    pub(super) fn transfer(
        &self,
        info: &RasterInfo,
        mut create: CreateOptions,
        web: Option<&WebBlocks>,
    ) -> TransferOptions {
        let mut metadata = Metadata::new();
        if let Some(web) = web {
            create.blocks = Blocks::Tiles { width: web.tile, height: web.tile };
            metadata = web.metadata.clone();
        }
        for (name, value) in &self.metadata {
            metadata.set("", None, name, value.clone());
        }
        let mut options = TransferOptions::new(create);
        options.bands.clone_from(&self.bands);
        options.data_type = self.dtype;
        options.nodata = match self.nodata {
            Some(NodataAs::Value(value)) => Some(value),
            _ => None,
        };
        options.validity = self.validity.stated().unwrap_or_else(|| edges(info, self.compress));
        options.metadata = metadata;
        options
    }
}

/// The levels of a compression; `None` where the writer decides.
fn levels(compression: Compression) -> Option<std::ops::RangeInclusive<i32>> {
    match compression {
        Compression::Deflate | Compression::LercDeflate => Some(0..=9),
        Compression::Zstd | Compression::LercZstd => Some(0..=22),
        Compression::Lzma => Some(0..=9),
        _ => None,
    }
}

/// How pixels beyond the source's edge are told from others: by nodata where there is one; else by an alpha band, as
/// GDAL's COG driver has it, or by a mask where an alpha band has no place.
fn edges(info: &RasterInfo, compression: Compression) -> ValidityAs {
    if info.bands.iter().all(|b| b.mask != MaskKind::PerDataset) {
        return ValidityAs::Source;
    }
    let jpeg = matches!(compression, Compression::Jpeg);
    let palette = info.bands.iter().any(|b| b.color_table.is_some());
    if jpeg || palette { ValidityAs::Mask } else { ValidityAs::Alpha }
}

options! {
    /// How a job runs.
    pub struct Run {
        /// Memory to stay within, such as 512MB or 2GiB
        [value_name = "SIZE", env = "MUCHO_MEMORY", help_heading = "Running"]
        val memory: Budget = Budget(512_000_000);
        /// Windows of this many pixels, such as 1024 or 2048x512; the result does not depend on it
        [value_name = "SIZE", help_heading = "Running"]
        opt window: raster_core::Size;
        /// Keep finished windows in this file: a job that was stopped goes on from it
        [value_parser = crate::names::parser(), value_name = "FILE", help_heading = "Running"]
        opt journal: String;
        /// Leave windows that fail empty, go on, and list them at the end
        [help_heading = "Running"]
        flag keep_going;
        /// Threads; one per processor when not given
        hid threads: usize;
    }
}

impl Run {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        if self.memory.0 == 0 {
            return Err(Fault::key("memory", "0 bytes hold nothing"));
        }
        if self.threads == Some(0) {
            return Err(Fault::key("threads", "0; one at least"));
        }
        Ok(())
    }

    /// The number of threads.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.threads.unwrap_or_else(parallel::share)
    }
}
