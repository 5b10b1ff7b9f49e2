//! What is still true of a raster after something was done to its pixels. The only place that decides it.
//!
//! | | pixels | values | quantity | nothing |
//! |---|---|---|---|---|
//! | size, transform, CRS, control points | yes | yes | yes | yes |
//! | nodata, where validity comes from | yes | yes | of the new type | of the new type |
//! | meaning to the eye, palette, class names, attribute table | yes | yes | no | no |
//! | description, scale, offset, unit | yes | yes | yes | no |
//! | metadata of bands (class names, tags) | yes | yes | yes | no |
//! | metadata of the dataset | yes | yes | yes | only `AREA_OR_POINT=Point` |
//! | statistics, smallest and largest sample | yes | no | no | no |
//! | bits per sample (`NBITS`), in the same type | yes | yes | no | no |
//! | overviews | no | no | no | no |
//!
//! Whoever moves pixels to another grid says so too ([`RasterInfo::moved`]).

use crate::{BandInfo, DataType, GeoTransform, Grid, MaskKind, Metadata, MetadataItem, Nodata, RasterInfo};

/// What the pixels of a result have in common with those of its source.
/// In order of how little it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Keeps {
    /// All pixels of the bands as they are: a copy in another storage.
    Pixels,
    /// Every value is one of the source: copies, parts, majorities, nearest neighbours. Classes stay classes.
    Values,
    /// Other values of the same quantity, in the same unit: means, blurs, interpolation.
    Quantity,
    /// Something else: slopes, entropies, expressions.
    #[default]
    Nothing,
}

impl BandInfo {
    /// A band that was computed: NaN is missing in floats, nothing is in integers.
    #[must_use]
    pub fn computed(data_type: DataType) -> Self {
        if data_type.is_float() {
            Self::default().with_validity(MaskKind::Nodata, Some(Nodata::Float(f64::NAN)))
        } else {
            Self::default()
        }
    }
}

impl RasterInfo {
    /// What can be said of a result of this type whose band i was made of the source's band `bands[i]` (numbered from 1);
    /// bands that do not exist are described by nothing. See the table above.
    ///
    /// ```
    /// use raster_core::{DataType, Keeps, RasterInfo};
    /// let mut heights = RasterInfo::new(10, 10, 2, DataType::I16).with_nodata(-9999);
    /// heights.bands[1].unit = Some("m".to_owned());
    /// let smooth = heights.after(Keeps::Quantity, &[2], DataType::F32);
    /// assert_eq!(smooth.bands[0].unit.as_deref(), Some("m"));
    /// assert!(smooth.nodata().is_some_and(|n| n.is_nan()));
    /// assert_eq!(heights.after(Keeps::Nothing, &[2], DataType::F32).bands[0].unit, None);
    /// ```
    #[must_use]
    pub fn after(&self, keeps: Keeps, bands: &[usize], data_type: DataType) -> Self {
        let source = |band: usize| band.checked_sub(1).and_then(|b| self.bands.get(b));
        let band = |&band: &usize| match (keeps, source(band)) {
            (Keeps::Pixels | Keeps::Values, Some(from)) => from.clone(),
            (Keeps::Quantity, Some(from)) => BandInfo {
                description: from.description.clone(),
                scale: from.scale,
                offset: from.offset,
                unit: from.unit.clone(),
                ..BandInfo::computed(data_type)
            },
            _ => BandInfo::computed(data_type),
        };
        Self {
            data_type,
            bands: bands.iter().map(band).collect(),
            metadata: self.metadata_after(keeps, bands, data_type == self.data_type),
            overviews: Vec::new(),
            width: self.width,
            height: self.height,
            transform: self.transform,
            crs: self.crs.clone(),
            gcps: self.gcps.clone(),
            gcp_crs: self.gcp_crs.clone(),
            block: self.block,
        }
    }

    /// Metadata of the result, bands renumbered.
    fn metadata_after(&self, keeps: Keeps, bands: &[usize], same_type: bool) -> Metadata {
        let mut metadata = Metadata::new();
        let holds = |item: &&MetadataItem| match keeps {
            _ if is_bits(item) => same_type && keeps <= Keeps::Values,
            Keeps::Nothing => item.domain.is_empty() && item.name == "AREA_OR_POINT" && item.value == "Point",
            Keeps::Pixels => true,
            _ => !is_statistic(item),
        };
        // Where each of the source's bands went.
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); self.bands.len() + 1];
        for (i, &band) in bands.iter().enumerate() {
            if let Some(places) = places.get_mut(band) {
                places.push(i + 1);
            }
        }
        metadata.extend(self.metadata.items().iter().filter(holds).flat_map(|item| {
            let bands: Vec<Option<usize>> = match item.band {
                None => vec![None],
                Some(_) if keeps == Keeps::Nothing => Vec::new(),
                Some(band) => places.get(band).into_iter().flatten().map(|&i| Some(i)).collect(),
            };
            bands.into_iter().map(|band| MetadataItem { band, ..item.clone() })
        }));
        metadata
    }

    /// The same pixels on another grid: what is said in pixels of the old one (control points, rational polynomials, the
    /// resolution of a scan) is dropped.
    #[must_use]
    pub fn moved(mut self, grid: &Grid) -> Self {
        self.gcps.clear();
        self.gcp_crs = None;
        self.metadata.retain(|item| item.domain != "RPC" && !is_resolution(item));
        self.with_grid(grid)
    }

    /// A part of the same grid that begins at this column and row: control points and rational polynomials move along.
    #[must_use]
    pub fn part(mut self, window: &crate::Window) -> Self {
        let (col, row) = (window.col as f64, window.row as f64);
        (self.width, self.height) = (window.width, window.height);
        self.transform = self.transform.map(|t: GeoTransform| t.translated(col, row));
        for gcp in &mut self.gcps {
            gcp.col -= col;
            gcp.row -= row;
        }
        let mut shifted = Metadata::new();
        shifted.extend(self.metadata.items().iter().map(|item| {
            let by = match (item.domain.as_str(), item.name.as_str()) {
                ("RPC", "SAMP_OFF") => col,
                ("RPC", "LINE_OFF") => row,
                _ => 0.0,
            };
            match item.value.trim().parse::<f64>() {
                Ok(value) if by != 0.0 => MetadataItem { value: (value - by).to_string(), ..item.clone() },
                _ => item.clone(),
            }
        }));
        self.metadata = shifted;
        self.overviews.clear();
        self
    }
}

/// GDAL's stored statistics: `STATISTICS_MEAN` and its kin; and those that TIFF has tags for.
pub(crate) fn is_statistic(item: &MetadataItem) -> bool {
    let tags = ["TIFFTAG_MINSAMPLEVALUE", "TIFFTAG_MAXSAMPLEVALUE"];
    item.domain.is_empty() && (item.name.starts_with("STATISTICS_") || tags.contains(&item.name.as_str()))
}

/// Bits per sample that are fewer than those of the type.
fn is_bits(item: &MetadataItem) -> bool {
    item.domain == "IMAGE_STRUCTURE" && item.name == "NBITS"
}

/// Pixels per inch or centimetre of paper.
fn is_resolution(item: &MetadataItem) -> bool {
    let tags = ["TIFFTAG_XRESOLUTION", "TIFFTAG_YRESOLUTION", "TIFFTAG_RESOLUTIONUNIT"];
    item.domain.is_empty() && tags.contains(&item.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColorInterp, ColorTable, Size, Window};

    fn classes() -> RasterInfo {
        let mut info = RasterInfo::new(100, 80, 2, DataType::U8).with_nodata(255);
        info.bands[1].color = ColorInterp::Palette;
        info.bands[1].color_table = Some(ColorTable::default());
        info.bands[1].description = Some("classes".into());
        info.bands[1].scale = 2.0;
        info.overviews = vec![Size::new(50, 40)];
        for (domain, band, name, value) in [
            ("", None, "AREA_OR_POINT", "Point"),
            ("", None, "AUTHOR", "me"),
            ("", Some(2), "STATISTICS_MEAN", "3"),
            ("", Some(2), "class 1", "forest"),
            ("", Some(1), "class 1", "other"),
            ("RPC", None, "SAMP_OFF", "50"),
            ("IMAGE_STRUCTURE", Some(2), "NBITS", "4"),
            ("", None, "TIFFTAG_MAXSAMPLEVALUE", "9"),
            ("", None, "TIFFTAG_XRESOLUTION", "300"),
        ] {
            info.metadata.set(domain, band, name, value);
        }
        info
    }

    /// The table of this module, line by line.
    #[test]
    fn what_holds_is_kept_and_what_does_not_is_dropped() {
        let from = classes();
        for (keeps, palette, described, author) in [
            (Keeps::Pixels, true, true, true),
            (Keeps::Values, true, true, true),
            (Keeps::Quantity, false, true, true),
            (Keeps::Nothing, false, false, false),
        ] {
            let after = from.after(keeps, &[2, 2], DataType::U8);
            assert_eq!(after.bands.len(), 2, "{keeps:?}");
            assert_eq!(after.bands[1].color_table.is_some(), palette, "{keeps:?}");
            assert_eq!(after.bands[1].description.is_some(), described, "{keeps:?}");
            assert_eq!(after.bands[1].scale, if described { 2.0 } else { 1.0 }, "{keeps:?}");
            assert_eq!(
                after.metadata.get("", Some(2), "class 1"),
                described.then_some("forest"),
                "{keeps:?}"
            );
            assert_eq!(after.metadata.get("", None, "AUTHOR").is_some(), author, "{keeps:?}");
            assert_eq!(after.metadata.get("", None, "AREA_OR_POINT"), Some("Point"), "{keeps:?}");
            let mean = after.metadata.get("", Some(1), "STATISTICS_MEAN");
            assert_eq!(mean.is_some(), keeps == Keeps::Pixels, "{keeps:?}");
            let largest = after.metadata.get("", None, "TIFFTAG_MAXSAMPLEVALUE");
            assert_eq!(largest.is_some(), keeps == Keeps::Pixels, "{keeps:?}");
            assert_eq!(after.bits(), palette.then_some(4), "{keeps:?}");
            assert_eq!(from.after(keeps, &[2], DataType::U16).bits(), None, "{keeps:?}");
            assert!(after.overviews.is_empty(), "{keeps:?}");
        }
        assert_eq!(from.after(Keeps::Values, &[2], DataType::U8).nodata(), Some(Nodata::Int(255)));
        assert_eq!(from.after(Keeps::Quantity, &[2], DataType::U8).nodata(), None);
    }

    #[test]
    fn grids_that_change() {
        let from = classes();
        let part = from.clone().part(&Window::new(10, 20, 5, 6));
        assert_eq!(part.metadata.get("RPC", None, "SAMP_OFF"), Some("40"));
        assert_eq!((part.width, part.height), (5, 6));
        let moved = from.clone().moved(&from.grid());
        assert_eq!(moved.metadata.get("RPC", None, "SAMP_OFF"), None);
        assert_eq!(moved.metadata.get("", None, "TIFFTAG_XRESOLUTION"), None);
        assert_eq!(part.metadata.get("", None, "TIFFTAG_XRESOLUTION"), Some("300"));
        assert_eq!(moved.metadata.get("", None, "AUTHOR"), Some("me"));
    }
}
