//! What is written, and how the job runs.

use super::{
    fault::Fault,
    steps::{WebBlocks, check_bands},
    values::*,
};
use crate::plan::Budget;
use geotiff_io::{Blocks, Compression, CreateOptions, TransferOptions, ValidityAs};
use raster_core::{DataType, MaskKind, Metadata, RasterInfo, Result};
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
        use describe;
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
            nbits: create.nbits,
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

    /// Says this about the raster.
    #[must_use]
    pub fn with_description(mut self, description: &super::Describe) -> Self {
        description.copy_to(&mut self);
        self
    }

    /// Changes of what the raster says; without the nodata value, which changes pixels, too.
    pub(super) fn edits(&self, open: &dyn super::Resolver) -> Result<raster_core::Edits> {
        self.described().edits(open)
    }

    /// Is something said that the raster does not say itself?
    pub(super) fn describes(&self) -> bool {
        let plain = Self::default();
        let wishes = |o: &Self| {
            (
                (o.assign_crs.clone(), o.assign_transform, o.assign_bounds),
                (o.scale.clone(), o.offset.clone(), o.unit.clone(), o.description.clone()),
                (o.color_table.clone(), o.unset.clone()),
            )
        };
        wishes(self) != wishes(&plain)
    }

    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        match &self.path {
            None => return Err(Fault::key("path", "is missing; which file is written?")),
            Some(path) if path.is_empty() => return Err(Fault::key("path", "is empty")),
            _ => {}
        }
        let codec = self.compress.name();
        if let Some(quality) = self.quality {
            if !(1..=100).contains(&quality) {
                return Err(Fault::key("quality", format!("{quality}; it goes from 1 to 100")));
            }
            if self.compress != Compression::Jpeg {
                return Err(Fault::key(
                    "quality",
                    format!("is for jpeg; {codec} loses nothing or has another measure"),
                ));
            }
        }
        if let Some(error) = self.max_z_error {
            if !(error >= 0.0 && error.is_finite()) {
                return Err(Fault::key("max_z_error", format!("{error}; it is 0 or more")));
            }
            let lerc =
                matches!(self.compress, Compression::Lerc | Compression::LercDeflate | Compression::LercZstd);
            if error > 0.0 && !lerc {
                return Err(Fault::key(
                    "max_z_error",
                    format!("is for lerc, lerc_deflate and lerc_zstd, not for {codec}"),
                ));
            }
        }
        if let Some(side) = self.block_size
            && (side == 0 || !side.is_multiple_of(16))
        {
            return Err(Fault::key("block_size", format!("{side}; a multiple of 16 is expected")));
        }
        match (self.level, self.compress.levels()) {
            (Some(level), Some(range)) if !range.contains(&level) => {
                let text = format!("{level}; {codec} has {} to {}", range.start(), range.end());
                return Err(Fault::key("level", text));
            }
            (Some(level), None) => {
                return Err(Fault::key("level", format!("{level}; {codec} has no levels")));
            }
            _ => {}
        }
        self.described().check()?;
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
        options.quality = self.quality.unwrap_or(options.quality);
        options.max_z_error = self.max_z_error.unwrap_or(options.max_z_error);
        if let Some(side) = self.block_size {
            options.blocks = Blocks::Tiles { width: side, height: side };
        }
        options.bits = self.nbits.map(|bits| bits.try_into().unwrap_or(u16::MAX));
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
            || self.describes()
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
        options.validity = self
            .validity
            .stated()
            .unwrap_or_else(|| edges(info, self.dtype.unwrap_or(info.data_type), self.compress));
        options.metadata = metadata;
        options
    }
}

/// How pixels beyond the source's edge are told from others: by nodata where there is one; else by an alpha band, as
/// GDAL's COG driver has it, or by a mask where an alpha band has no place.
fn edges(info: &RasterInfo, data_type: DataType, compression: Compression) -> ValidityAs {
    if info.bands.iter().all(|b| !matches!(b.mask, MaskKind::PerDataset | MaskKind::PerBand)) {
        return ValidityAs::Source;
    }
    let jpeg = matches!(compression, Compression::Jpeg);
    let palette = info.bands.iter().any(|b| b.color_table.is_some());
    // Elsewhere no reader takes one more band for alpha.
    let place = matches!(info.bands.len(), 1 | 3) && matches!(data_type, DataType::U8 | DataType::U16);
    if jpeg || palette || !place { ValidityAs::Mask } else { ValidityAs::Alpha }
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
