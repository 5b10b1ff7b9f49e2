//! What is said about a raster, changed without touching its pixels.

use crate::{
    Bounds, ColorInterp, ColorTable, CrsRef, DataType, Error, GeoTransform, MaskKind, Nodata, RasterInfo,
    Result,
};

/// A value for one band (numbered from 1), or for all.
pub type OfBand<T> = (Option<usize>, T);

/// Something that shall no longer be said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unset {
    /// The coordinate system.
    Crs,
    /// The transform.
    Transform,
    /// Ground control points.
    Gcps,
    /// Rational polynomials.
    Rpc,
    /// The nodata value.
    Nodata,
    /// Scale and offset.
    Scale,
    /// The unit.
    Unit,
    /// Descriptions of bands.
    Description,
    /// The colour table.
    ColorTable,
    /// Stored statistics.
    Statistics,
    /// Names of classes and attribute tables.
    Categories,
    /// All free metadata of the dataset and its bands, or the dataset's item of this name.
    Metadata(Option<String>),
}

impl Unset {
    /// What can be unset, by name; `metadata:KEY` stands for one item.
    pub const NAMES: [&'static str; 12] = [
        "crs",
        "transform",
        "gcps",
        "rpc",
        "nodata",
        "scale",
        "unit",
        "description",
        "color-table",
        "statistics",
        "categories",
        "metadata",
    ];
    /// From its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix("metadata:").filter(|k| !k.is_empty()) {
            return Some(Self::Metadata(Some(key.to_owned())));
        }
        Some(match name.replace('_', "-").as_str() {
            "crs" => Self::Crs,
            "transform" => Self::Transform,
            "gcps" => Self::Gcps,
            "rpc" => Self::Rpc,
            "nodata" => Self::Nodata,
            "scale" | "offset" => Self::Scale,
            "unit" => Self::Unit,
            "description" => Self::Description,
            "color-table" => Self::ColorTable,
            "statistics" => Self::Statistics,
            "categories" => Self::Categories,
            "metadata" => Self::Metadata(None),
            _ => return None,
        })
    }
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Crs => "crs",
            Self::Transform => "transform",
            Self::Gcps => "gcps",
            Self::Rpc => "rpc",
            Self::Nodata => "nodata",
            Self::Scale => "scale",
            Self::Unit => "unit",
            Self::Description => "description",
            Self::ColorTable => "color-table",
            Self::Statistics => "statistics",
            Self::Categories => "categories",
            Self::Metadata(None) => "metadata",
            Self::Metadata(Some(key)) => return format!("metadata:{key}"),
        }
        .to_owned()
    }
}

/// Changes of what is said about a raster. What is unset goes first, then what is stated anew comes.
///
/// ```
/// use raster_core::{DataType, Edits, RasterInfo};
/// let mut info = RasterInfo::new(10, 10, 2, DataType::I16);
/// let mut edits = Edits::default();
/// edits.crs = Some(32633.into());
/// edits.nodata = Some((-9999).into());
/// edits.unit = vec![(Some(2), "m".to_owned())];
/// edits.apply(&mut info)?;
/// assert_eq!(info.bands[1].unit.as_deref(), Some("m"));
/// assert!(!info.is_all_valid());
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Edits {
    /// The coordinate system.
    pub crs: Option<CrsRef>,
    /// The transform. Control points go: a raster has one place.
    pub transform: Option<GeoTransform>,
    /// The transform, by what the raster fills, north up.
    pub bounds: Option<Bounds>,
    /// The nodata value of all bands.
    pub nodata: Option<Nodata>,
    /// Scales.
    pub scale: Vec<OfBand<f64>>,
    /// Offsets.
    pub offset: Vec<OfBand<f64>>,
    /// Units.
    pub unit: Vec<OfBand<String>>,
    /// Descriptions.
    pub description: Vec<OfBand<String>>,
    /// The colour table of band 1.
    pub color_table: Option<ColorTable>,
    /// Metadata items of the dataset: name and text.
    pub metadata: Vec<(String, String)>,
    /// What shall no longer be said.
    pub unset: Vec<Unset>,
}

impl Edits {
    /// Is nothing changed?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Change a description.
    ///
    /// Statistics go where what they are about changes: nodata, scale, offset.
    ///
    /// # Errors
    /// `Misuse` when a value does not fit the raster.
    pub fn apply(&self, info: &mut RasterInfo) -> Result<()> {
        let before = info.clone();
        self.unset.iter().for_each(|what| unset(info, what));
        self.place(info)?;
        if let Some(nodata) = self.nodata {
            if !nodata.fits(info.data_type) {
                return Err(Error::misuse(format!(
                    "the nodata value {nodata} does not fit into {}; none takes it away",
                    info.data_type
                )));
            }
            for band in &mut info.bands {
                band.nodata = Some(nodata);
                if matches!(band.mask, MaskKind::AllValid | MaskKind::Alpha) {
                    band.mask = MaskKind::Nodata;
                }
            }
        }
        let bands = info.bands.len();
        for (band, value) in each(&self.scale, bands, "scale")? {
            if !(value.is_finite() && *value != 0.0) {
                return Err(Error::misuse(format!("the scale {value}: a number other than 0 is expected")));
            }
            info.bands[band].scale = *value;
        }
        for (band, value) in each(&self.offset, bands, "offset")? {
            if !value.is_finite() {
                return Err(Error::misuse(format!("the offset {value}: a number is expected")));
            }
            info.bands[band].offset = *value;
        }
        for (band, text) in each(&self.unit, bands, "unit")? {
            info.bands[band].unit = Some(text.clone()).filter(|t| !t.is_empty());
        }
        for (band, text) in each(&self.description, bands, "description")? {
            info.bands[band].description = Some(text.clone()).filter(|t| !t.is_empty());
        }
        if let Some(table) = &self.color_table {
            let most = match info.data_type {
                DataType::U8 => 256,
                DataType::U16 => 65536,
                other => {
                    return Err(Error::misuse(format!("a colour table for {other}; it is for u8 and u16")));
                }
            };
            let others = bands - 1 - usize::from(info.alpha_band() == Some(bands) && bands > 1);
            if others > 0 {
                return Err(Error::misuse(format!("a colour table for {bands} bands; it is for one")));
            }
            if table.entries.is_empty() || table.entries.len() > most {
                let found = table.entries.len();
                return Err(Error::misuse(format!("{found} colours; {} has 1 to {most}", info.data_type)));
            }
            info.bands[0].color_table = Some(table.clone());
            info.bands[0].color = ColorInterp::Palette;
        }
        for (name, text) in &self.metadata {
            if name.is_empty() {
                return Err(Error::misuse("a metadata item without a name"));
            }
            info.metadata.set("", None, name, text.clone());
        }
        let measured = |i: &RasterInfo| -> Vec<_> {
            i.bands.iter().map(|b| (b.nodata, b.mask, b.scale.to_bits(), b.offset.to_bits())).collect()
        };
        if measured(&before) != measured(info) {
            info.drop_statistics();
        }
        Ok(())
    }

    fn place(&self, info: &mut RasterInfo) -> Result<()> {
        let transform = match (self.transform, self.bounds) {
            (Some(_), Some(_)) => {
                return Err(Error::misuse("a transform and bounds both say where the raster is"));
            }
            (_, Some(bounds)) => {
                let right = bounds.width() > 0.0 && bounds.height() > 0.0;
                if !right || !bounds.width().is_finite() || !bounds.height().is_finite() {
                    return Err(Error::misuse(
                        "bounds: west, south, east, north are expected, in this order",
                    ));
                }
                Some(GeoTransform::from_bounds(&bounds, info.width, info.height))
            }
            (transform, None) => transform,
        };
        if let Some(transform) = transform {
            transform.inverse()?;
            info.transform = Some(transform);
            info.gcps.clear();
            let crs = info.gcp_crs.take();
            info.crs = info.crs.take().or(crs);
        }
        if let Some(crs) = &self.crs {
            if info.transform.is_none() && !info.gcps.is_empty() {
                info.gcp_crs = Some(crs.clone());
            } else {
                info.crs = Some(crs.clone());
            }
        }
        Ok(())
    }
}

impl RasterInfo {
    /// Stored statistics (`STATISTICS_MEAN` and its kin) go.
    pub fn drop_statistics(&mut self) {
        self.metadata.retain(|item| !crate::keeps::is_statistic(item));
    }
}

fn unset(info: &mut RasterInfo, what: &Unset) {
    match what {
        Unset::Crs => (info.crs, info.gcp_crs) = (None, None),
        Unset::Transform => info.transform = None,
        Unset::Gcps => {
            info.gcps.clear();
            info.gcp_crs = None;
        }
        Unset::Rpc => info.metadata.retain(|i| i.domain != "RPC"),
        Unset::Nodata => {
            let bands = info.bands.len();
            let alpha = matches!(bands, 2 | 4)
                && info.alpha_band() == Some(bands)
                && matches!(info.data_type, DataType::U8 | DataType::U16);
            for (i, band) in info.bands.iter_mut().enumerate() {
                band.nodata = None;
                if band.mask == MaskKind::Nodata {
                    band.mask = if alpha && i + 1 < bands { MaskKind::Alpha } else { MaskKind::AllValid };
                }
            }
        }
        Unset::Scale => info.bands.iter_mut().for_each(|b| (b.scale, b.offset) = (1.0, 0.0)),
        Unset::Unit => info.bands.iter_mut().for_each(|b| b.unit = None),
        Unset::Description => info.bands.iter_mut().for_each(|b| b.description = None),
        Unset::ColorTable => {
            for band in &mut info.bands {
                if band.color_table.take().is_some() && band.color == ColorInterp::Palette {
                    band.color = ColorInterp::Gray;
                }
            }
        }
        Unset::Statistics => info.drop_statistics(),
        Unset::Categories => {
            for band in &mut info.bands {
                band.categories.clear();
                band.attribute_table = None;
            }
        }
        Unset::Metadata(None) => info.metadata.retain(|i| {
            // What other tags say, or readers make up.
            let own = matches!(i.domain.as_str(), "IMAGE_STRUCTURE" | "RPC");
            own || (i.domain.is_empty() && (i.name == "AREA_OR_POINT" || crate::keeps::is_statistic(i)))
        }),
        Unset::Metadata(Some(key)) => {
            info.metadata.retain(|i| !(i.domain.is_empty() && i.band.is_none() && i.name == *key));
        }
    }
}

/// Values with the bands (from 0) that they are for.
fn each<'a, T>(values: &'a [OfBand<T>], bands: usize, what: &str) -> Result<Vec<(usize, &'a T)>> {
    let mut all = Vec::new();
    for (band, value) in values {
        match band {
            None => all.extend((0..bands).map(|b| (b, value))),
            Some(b) if (1..=bands).contains(b) => all.push((b - 1, value)),
            Some(b) => return Err(Error::misuse(format!("{what} of band {b} of a raster with {bands}"))),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> RasterInfo {
        let mut info = RasterInfo::new(10, 5, 2, DataType::U8).with_nodata(7);
        info.metadata.set("", Some(1), "STATISTICS_MEAN", "3");
        info.metadata.set("", None, "A", "b");
        info.gcps = vec![crate::Gcp::default()];
        info.gcp_crs = Some(4326.into());
        info
    }

    #[test]
    fn what_changes_takes_along_what_depends_on_it() {
        let changed = |change: &dyn Fn(&mut Edits)| {
            let (mut info, mut edits) = (info(), Edits::default());
            change(&mut edits);
            edits.apply(&mut info).map(|()| info)
        };
        let statistics = |i: &RasterInfo| i.metadata.get("", Some(1), "STATISTICS_MEAN").is_some();
        assert_eq!(changed(&|_| {}).unwrap(), info());
        assert!(statistics(&changed(&|e| e.nodata = Some(7.into())).unwrap()), "the same");
        assert!(!statistics(&changed(&|e| e.nodata = Some(8.into())).unwrap()));
        assert!(!statistics(&changed(&|e| e.unset = vec![Unset::Nodata]).unwrap()));
        assert!(!statistics(&changed(&|e| e.scale = vec![(Some(2), 0.5)]).unwrap()));
        assert!(statistics(&changed(&|e| e.unit = vec![(None, "m".into())]).unwrap()));
        let placed = changed(&|e| e.bounds = Some(Bounds::new(0.0, 0.0, 20.0, 10.0))).unwrap();
        assert_eq!(placed.transform.map(|t| t.to_gdal()), Some([0.0, 2.0, 0.0, 10.0, 0.0, -2.0]));
        assert!(placed.gcps.is_empty() && placed.crs == Some(4326.into()) && placed.gcp_crs.is_none());
        assert_eq!(changed(&|e| e.crs = Some(3857.into())).unwrap().gcp_crs, Some(3857.into()));
        let bare = changed(&|e| e.unset = vec![Unset::Metadata(Some("A".into())), Unset::Gcps]).unwrap();
        assert!(bare.metadata.get("", None, "A").is_none() && bare.gcps.is_empty() && statistics(&bare));
        for wrong in [
            &(|e: &mut Edits| e.nodata = Some(300.into())) as &dyn Fn(&mut Edits),
            &|e| e.scale = vec![(Some(3), 1.0)],
            &|e| e.scale = vec![(None, 0.0)],
            &|e| e.color_table = Some(ColorTable { entries: vec![[0; 4]] }),
            &|e| e.transform = Some(GeoTransform { a: 0.0, ..GeoTransform::IDENTITY }),
            &|e| e.bounds = Some(Bounds::new(1.0, 0.0, 0.0, 1.0)),
            &|e| e.metadata = vec![(String::new(), "x".into())],
        ] {
            assert!(changed(wrong).is_err());
        }
    }

    #[test]
    fn names() {
        for name in Unset::NAMES {
            assert_eq!(Unset::parse(name).map(|u| u.name()).as_deref(), Some(name));
        }
        assert_eq!(Unset::parse("metadata:a:b"), Some(Unset::Metadata(Some("a:b".into()))));
        assert_eq!(Unset::parse("metadata:"), None);
    }
}
