//! What a raster says about itself.

use crate::{
    AttributeTable, ColorInterp, ColorTable, CrsRef, DataType, Error, Gcp, GeoTransform, Grid, Metadata,
    Nodata, Result, Size, Window,
};
use std::sync::Arc;

/// Where a band's validity comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MaskKind {
    /// Every pixel is valid.
    #[default]
    AllValid,
    /// Pixels equal to the nodata value are invalid (NaN equals NaN).
    Nodata,
    /// A mask that all bands share, stored beside them.
    PerDataset,
    /// A mask of its own for each band, stored beside them.
    PerBand,
    /// An alpha band; its values are the mask.
    Alpha,
}

impl MaskKind {
    /// A word for people and scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllValid => "all valid",
            Self::Nodata => "nodata",
            Self::PerDataset => "mask",
            Self::PerBand => "mask of its own",
            Self::Alpha => "alpha",
        }
    }
}

/// What a raster says about one band.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BandInfo {
    /// The value that stands for no data.
    pub nodata: Option<Nodata>,
    /// Where validity comes from.
    pub mask: MaskKind,
    /// Meaning to the eye.
    pub color: ColorInterp,
    /// Of an alpha band: are the colours multiplied by it already (TIFF's ExtraSamples 1, associated alpha)?
    pub premultiplied: bool,
    /// Colours of a palette band.
    pub color_table: Option<ColorTable>,
    /// Name, free text.
    pub description: Option<String>,
    /// Physical value = stored value × scale + offset; never applied when reading.
    pub scale: f64,
    /// See [`scale`](Self::scale).
    pub offset: f64,
    /// Unit of the physical value.
    pub unit: Option<String>,
    /// Names of the classes 0, 1, 2, …; none where a band has no classes, empty texts for values that are none.
    pub categories: Vec<String>,
    /// What is known of each value or range of values.
    pub attribute_table: Option<Arc<AttributeTable>>,
}

impl Default for BandInfo {
    fn default() -> Self {
        Self {
            nodata: None,
            mask: MaskKind::AllValid,
            color: ColorInterp::Undefined,
            premultiplied: false,
            color_table: None,
            description: None,
            scale: 1.0,
            offset: 0.0,
            unit: None,
            categories: Vec::new(),
            attribute_table: None,
        }
    }
}

impl BandInfo {
    /// With this meaning to the eye.
    #[must_use]
    pub fn with_color(mut self, color: ColorInterp) -> Self {
        self.color = color;
        self
    }
    /// With validity from `mask`, and this nodata value.
    #[must_use]
    pub fn with_validity(mut self, mask: MaskKind, nodata: Option<Nodata>) -> Self {
        (self.mask, self.nodata) = (mask, nodata);
        self
    }
}

/// What a raster says about itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RasterInfo {
    /// Number of columns.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Type of the samples of every band.
    pub data_type: DataType,
    /// One entry per band, band 1 first.
    pub bands: Vec<BandInfo>,
    /// Pixels to coordinates, when stated.
    pub transform: Option<GeoTransform>,
    /// What the coordinates mean, when stated.
    pub crs: Option<CrsRef>,
    /// Ground control points.
    pub gcps: Vec<Gcp>,
    /// What the coordinates of the control points mean.
    pub gcp_crs: Option<CrsRef>,
    /// Size of the blocks in which it is cheapest to read.
    pub block: Size,
    /// Metadata of the dataset and its bands.
    pub metadata: Metadata,
    /// Sizes of the overviews, largest first.
    pub overviews: Vec<Size>,
}

impl RasterInfo {
    /// A raster of this size and type with nothing else stated.
    #[must_use]
    pub fn new(width: usize, height: usize, bands: usize, data_type: DataType) -> Self {
        Self {
            width,
            height,
            data_type,
            bands: vec![BandInfo::default(); bands],
            transform: None,
            crs: None,
            gcps: Vec::new(),
            gcp_crs: None,
            block: Size::new(width.clamp(1, 512), height.clamp(1, 512)),
            metadata: Metadata::new(),
            overviews: Vec::new(),
        }
    }
    /// With this nodata value for every band; validity comes from it.
    #[must_use]
    pub fn with_nodata(mut self, nodata: impl Into<Nodata>) -> Self {
        let nodata = nodata.into();
        for band in &mut self.bands {
            band.nodata = Some(nodata);
            band.mask = MaskKind::Nodata;
        }
        self
    }
    /// With the size, transform and coordinate system of a grid.
    #[must_use]
    pub fn with_grid(mut self, grid: &Grid) -> Self {
        (self.width, self.height) = (grid.width, grid.height);
        self.transform = Some(grid.transform);
        self.crs.clone_from(&grid.crs);
        self
    }
    /// The number of bands.
    #[must_use]
    pub fn band_count(&self) -> usize {
        self.bands.len()
    }
    /// Every band's number: 1, 2, …
    #[must_use]
    pub fn all_bands(&self) -> Vec<usize> {
        (1..=self.bands.len()).collect()
    }
    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
    /// The whole raster.
    #[must_use]
    pub fn window(&self) -> Window {
        Window::whole(self.width, self.height)
    }
    /// Size, transform (pixel positions when none is stated) and CRS.
    #[must_use]
    pub fn grid(&self) -> Grid {
        Grid {
            width: self.width,
            height: self.height,
            transform: self.transform.unwrap_or(GeoTransform::IDENTITY),
            crs: self.crs.clone(),
        }
    }
    /// The nodata value of the first band that has one.
    #[must_use]
    pub fn nodata(&self) -> Option<Nodata> {
        self.bands.iter().find_map(|b| b.nodata)
    }
    /// The bits that samples need when they are fewer than those of the type: what a file that stores so says (`NBITS` in
    /// the domain `IMAGE_STRUCTURE`). Of several bands the most.
    #[must_use]
    pub fn bits(&self) -> Option<u16> {
        let of = |band| self.metadata.get("IMAGE_STRUCTURE", Some(band), "NBITS")?.parse::<u16>().ok();
        let bits = (1..=self.bands.len()).map(of).collect::<Option<Vec<_>>>()?.into_iter().max()?;
        (bits > 0 && usize::from(bits) < 8 * self.data_type.size()).then_some(bits)
    }
    /// Are these bands, this window and this output shape possible? What every source checks first.
    ///
    /// # Errors
    /// `Misuse` with the number that is out of range.
    pub fn check_read(&self, bands: &[usize], window: &Window, shape: (usize, usize, usize)) -> Result<()> {
        if let Some(band) = bands.iter().find(|&&b| b == 0 || b > self.bands.len()) {
            return Err(Error::misuse(format!("band {band} of a raster with {} bands", self.bands.len())));
        }
        if !self.window().contains(window) {
            return Err(Error::misuse(format!("the raster has {} × {} pixels", self.width, self.height))
                .at_window(*window));
        }
        let expected = (bands.len(), window.height, window.width);
        if shape != expected {
            return Err(Error::misuse(format!("the buffer has the shape {shape:?}, needed is {expected:?}"))
                .at_window(*window));
        }
        Ok(())
    }
}
