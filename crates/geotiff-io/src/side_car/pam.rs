//! GDAL's persistent auxiliary metadata: `NAME.aux.xml`, as GDAL and ArcGIS write it.

use super::world::number;
use super::xml::Element;
use raster_core::{
    AttributeField, AttributeTable, ColorInterp, ColorTable, CrsRef, DataType, Error, FieldKind, Gcp,
    GeoTransform, MetadataItem, Nodata, RasterInfo, Result,
};
use std::sync::Arc;

/// Domains that describe the storage of the file and not what is in it, or that readers make up.
const NOT_TAKEN: [&str; 5] =
    ["IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "SUBDATASETS", "COLOR_PROFILE", "EXIF"];

/// What a file says, read but not yet laid over a description.
pub(super) struct Pam<'a> {
    root: Element,
    document: &'a str,
}

/// What was taken over, in words for people, and what could not be.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) gives: Vec<&'static str>,
    pub(super) problems: Vec<Error>,
}

impl Applied {
    fn gave(&mut self, what: &'static str) {
        if !self.gives.contains(&what) {
            self.gives.push(what);
        }
    }
    fn problem(&mut self, what: String) {
        self.problems.push(Error::malformed(what));
    }
}

impl<'a> Pam<'a> {
    /// Read a document.
    ///
    /// # Errors
    /// `Malformed` when it is no well-formed XML, `Limit` when there is too much of it.
    pub(super) fn parse(document: &'a str) -> Result<Self> {
        let document = document.trim_start_matches('\u{feff}');
        Ok(Self { root: Element::parse(document)?, document })
    }

    /// Lay it over what the file itself says, which it overrides.
    pub(super) fn apply(&self, info: &mut RasterInfo) -> Applied {
        let mut done = Applied::default();
        self.metadata(&self.root, None, info, &mut done);
        self.place(info, &mut done);
        for band in self.root.children("PAMRasterBand") {
            let index = band.attribute("band").and_then(|b| b.trim().parse::<usize>().ok());
            let Some(index) = index.and_then(|b| b.checked_sub(1)).filter(|&b| b < info.bands.len()) else {
                continue;
            };
            self.metadata(band, Some(index + 1), info, &mut done);
            apply_band(band, index, info, &mut done);
        }
        done
    }

    fn metadata(&self, parent: &Element, band: Option<usize>, info: &mut RasterInfo, done: &mut Applied) {
        let mut items = Vec::new();
        for metadata in parent.children("Metadata") {
            let domain = metadata.attribute("domain").unwrap_or_default();
            if NOT_TAKEN.contains(&domain) {
                continue;
            }
            let item = |name: &str, value: &str| MetadataItem {
                domain: domain.to_owned(),
                band,
                name: name.to_owned(),
                value: value.to_owned(),
            };
            if metadata.attribute("format").is_some_and(|f| f.eq_ignore_ascii_case("xml")) {
                // As GDAL calls an item that is a whole document.
                items.push(item("doc", metadata.inner(self.document)));
            } else {
                let entries = metadata.children("MDI");
                items.extend(entries.filter_map(|e| Some(item(e.attribute("key")?, e.text()))));
            }
        }
        let statistics = |i: &MetadataItem| i.domain.is_empty() && i.name.starts_with("STATISTICS_");
        if items.iter().any(statistics) {
            done.gave("statistics");
        }
        if !items.iter().all(statistics) {
            done.gave("metadata");
        }
        info.metadata.extend(items);
    }

    /// Coordinate system, transform and control points.
    fn place(&self, info: &mut RasterInfo, done: &mut Applied) {
        if let Some(text) = self.root.text_of("SRS") {
            if text.trim().is_empty() {
                (info.crs, info.gcp_crs) = (None, None);
                done.gave("no CRS");
            } else if let Some(crs) = read_crs(text, done) {
                set_crs(info, crs);
                done.gave("CRS");
            }
        }
        if let Some(transform) = self.transform(done) {
            set_transform(info, transform);
            done.gave("transform");
        }
        if let Some(list) = self.root.child("GCPList") {
            let gcps: Vec<Gcp> = list.children("GCP").map(gcp).collect();
            if !gcps.is_empty() {
                info.gcps = gcps;
                let crs = list.attribute("Projection").filter(|t| !t.trim().is_empty());
                info.gcp_crs = crs.and_then(|text| read_crs(text, done));
                if info.transform.is_none() {
                    info.crs = None;
                }
                done.gave("ground control points");
            }
        }
        self.xform(info, done);
    }

    fn transform(&self, done: &mut Applied) -> Option<GeoTransform> {
        let text = self.root.text_of("GeoTransform").filter(|t| !t.trim().is_empty())?;
        let numbers: Option<Vec<f64>> =
            text.split(',').map(|t| number(t).filter(|v| v.is_finite())).collect();
        match numbers.as_deref() {
            Some(&[c, a, b, f, d, e]) => Some(GeoTransform { a, b, c, d, e, f }),
            _ => {
                done.problem(format!("GeoTransform '{}': six numbers are expected", text.trim()));
                None
            }
        }
    }

    /// ArcGIS: `GeodataXform`, as the whole document or in the metadata domain `xml:ESRI`. Either control points in inches of a scanned
    /// sheet, or a polynomial of the first order.
    fn xform(&self, info: &mut RasterInfo, done: &mut Applied) {
        let parsed;
        let xform = if self.root.is("GeodataXform") {
            &self.root
        } else {
            let esri = |m: &&Element| m.attribute("domain") == Some("xml:ESRI");
            let metadata = self.root.children("Metadata").find(esri);
            let found = metadata.and_then(|m| m.elements().iter().find(|e| e.is("GeodataXform")));
            match (found, metadata) {
                (Some(found), _) => found,
                // As text, which happens too.
                (None, Some(metadata)) if metadata.text().contains("<GeodataXform") => {
                    match Element::parse(metadata.text().trim()) {
                        Ok(element) => {
                            parsed = element;
                            &parsed
                        }
                        Err(_) => return,
                    }
                }
                _ => return,
            }
        };
        let wkt = xform.child("SpatialReference").and_then(|s| s.text_of("WKT"));
        let crs = wkt.filter(|t| !t.trim().is_empty()).and_then(|text| read_crs(text, done));
        let doubles = |name: &str| -> Vec<f64> {
            let list = xform.child(name);
            list.map(|l| l.children("Double").map(|d| number(d.text()).unwrap_or(0.0)).collect())
                .unwrap_or_default()
        };
        if info.transform.is_some() {
            if let Some(crs) = crs {
                set_crs(info, crs);
                done.gave("CRS");
            }
            return;
        }
        let (from, to) = (doubles("SourceGCPs"), doubles("TargetGCPs"));
        if !from.is_empty() && from.len() == to.len() && from.len().is_multiple_of(2) {
            // Inches of the sheet, counted from its lower left corner.
            let Some((x, y)) = dots_per_inch(info) else {
                if let Some(crs) = crs {
                    set_crs(info, crs);
                    done.gave("CRS");
                }
                done.problem(
                    "control points in inches, but the file does not say how many pixels an inch has"
                        .to_owned(),
                );
                return;
            };
            let height = info.height as f64;
            let pairs = from.as_chunks::<2>().0.iter().zip(to.as_chunks::<2>().0);
            let point = |(&[col, row], &[east, north]): (&[f64; 2], &[f64; 2])| Gcp {
                col: col * x,
                row: height - row * y,
                x: east,
                y: north,
                z: 0.0,
            };
            info.gcps = pairs.map(point).collect();
            (info.gcp_crs, info.crs) = (crs, None);
            done.gave("ground control points");
            return;
        }
        if let Some(crs) = crs {
            set_crs(info, crs);
            done.gave("CRS");
        }
        let order = xform.text_of("PolynomialOrder").map(str::trim);
        if let (Some("1"), &[x, a, b], &[y, d, e]) = (order, &doubles("CoeffX")[..], &doubles("CoeffY")[..]) {
            // Rows count upwards there, and coordinates are those of pixel centres.
            let centre = GeoTransform { a, b: -b, c: x, d, e: -e, f: y };
            set_transform(info, centre.translated(-0.5, -0.5));
            done.gave("transform");
        }
    }
}

/// Pixels of an inch, where the file says so.
fn dots_per_inch(info: &RasterInfo) -> Option<(f64, f64)> {
    let text = |name: &str| info.metadata.get("", None, name);
    number(text("TIFFTAG_RESOLUTIONUNIT")?).filter(|unit| *unit == 2.0)?;
    let (x, y) = (number(text("TIFFTAG_XRESOLUTION")?)?, number(text("TIFFTAG_YRESOLUTION")?)?);
    (x > 0.0 && y > 0.0).then_some((x, y))
}

/// A coordinate system in any spelling that is known. WKT of ESRI has no codes: the one that it amounts to is taken.
pub(super) fn read_crs(text: &str, done: &mut Applied) -> Option<CrsRef> {
    let text = text.trim();
    match crs::Crs::parse(text) {
        Ok(crs) => Some(match crs.epsg().or_else(|| crs.identify()) {
            Some(code) => CrsRef::Epsg(code),
            None => CrsRef::definition(text),
        }),
        Err(e) => {
            let start: String = text.chars().take(60).collect();
            done.problems.push(
                Error::unsupported(format!("the coordinate system '{start}' is not understood"))
                    .with_source(e),
            );
            None
        }
    }
}

/// What coordinates mean, whether they come from a transform or from control points.
fn set_crs(info: &mut RasterInfo, crs: CrsRef) {
    if info.transform.is_none() && !info.gcps.is_empty() {
        info.gcp_crs = Some(crs);
    } else {
        info.crs = Some(crs);
    }
}

/// A transform says more than control points: these go, and their coordinate system becomes that of the raster.
pub(super) fn set_transform(info: &mut RasterInfo, transform: GeoTransform) {
    info.transform = Some(transform);
    info.gcps.clear();
    let crs = info.gcp_crs.take();
    info.crs = info.crs.take().or(crs);
}

fn gcp(element: &Element) -> Gcp {
    let value = |name: &str| element.attribute(name).and_then(number).unwrap_or(0.0);
    let z = if element.attribute("Z").is_some() { value("Z") } else { value("GCPZ") };
    Gcp { col: value("Pixel"), row: value("Line"), x: value("X"), y: value("Y"), z }
}

fn apply_band(element: &Element, index: usize, info: &mut RasterInfo, done: &mut Applied) {
    let data_type = info.data_type;
    let number_of = |name: &str| element.text_of(name).and_then(number);
    if let Some(text) = element.text_of("NoDataValue").filter(|t| !t.trim().is_empty()) {
        let hexadecimal = element.child("NoDataValue").and_then(|e| e.attribute("le_hex_equiv"));
        match hexadecimal.and_then(from_hexadecimal).map(Nodata::from).or_else(|| Nodata::parse(text)) {
            Some(value) => {
                // One that no sample can have hides that of the file all the same, as in GDAL.
                info.bands[index].nodata = Some(value).filter(|n| n.fits(data_type));
                if info.bands[index].nodata.is_none() {
                    done.problem(format!(
                        "the nodata value {value} of band {} does not fit into {data_type}",
                        index + 1
                    ));
                }
                done.gave("nodata");
            }
            None => {
                done.problem(format!("the nodata value '{}' of band {} is no number", text.trim(), index + 1))
            }
        }
    }
    let band = &mut info.bands[index];
    let (scale, offset) = (number_of("Scale"), number_of("Offset"));
    if scale.is_some() || offset.is_some() {
        (band.scale, band.offset) = (scale.unwrap_or(1.0), offset.unwrap_or(0.0));
        done.gave("scale and offset");
    }
    if let Some(text) = element.text_of("UnitType").filter(|t| !t.is_empty()) {
        band.unit = Some(text.to_owned());
        done.gave("unit");
    }
    if let Some(text) = element.text_of("Description").filter(|t| !t.is_empty()) {
        band.description = Some(text.to_owned());
        done.gave("description");
    }
    let color = element.text_of("ColorInterp").and_then(|t| ColorInterp::parse(t.trim()));
    if let Some(entries) = element.child("ColorTable").map(colors).filter(|entries| !entries.is_empty()) {
        let most = match data_type {
            DataType::U8 => 256,
            DataType::U16 => 65536,
            _ => 0,
        };
        if entries.len() > most || index > 0 {
            done.problem(format!(
                "the colour table of band {} is left out: a TIFF file has one for band 1, of u8 or u16",
                index + 1
            ));
        } else {
            band.color_table = Some(ColorTable { entries });
            band.color = ColorInterp::Palette;
            done.gave("colour table");
        }
    }
    if let Some(color) = color.filter(|c| *c != ColorInterp::Undefined)
        && (color != ColorInterp::Palette || band.color_table.is_some())
    {
        band.color = color;
        done.gave("colour interpretation");
    }
    if let Some(list) = element.child("CategoryNames") {
        let names: Vec<String> = list.children("Category").map(|c| c.text().to_owned()).collect();
        if !names.is_empty() {
            band.categories = names;
            done.gave("class names");
        }
    }
    if let Some(table) = element.child("GDALRasterAttributeTable").map(attribute_table)
        && !table.fields.is_empty()
    {
        band.attribute_table = Some(Arc::new(table));
        done.gave("attribute table");
    }
}

/// Eight bytes of a double, lowest first.
fn from_hexadecimal(text: &str) -> Option<f64> {
    let text = text.trim();
    (text.len() == 16)
        .then(|| u64::from_str_radix(text, 16).ok())?
        .map(|bits| f64::from_bits(bits.swap_bytes()))
}

fn colors(table: &Element) -> Vec<[u8; 4]> {
    let value = |entry: &Element, name: &str, missing: f64| {
        entry.attribute(name).and_then(number).unwrap_or(missing).clamp(0.0, 255.0) as u8
    };
    let entry =
        |e: &Element| [value(e, "c1", 0.0), value(e, "c2", 0.0), value(e, "c3", 0.0), value(e, "c4", 255.0)];
    table.children("Entry").map(entry).collect()
}

fn attribute_table(element: &Element) -> AttributeTable {
    let field = |e: &Element| AttributeField {
        name: e.text_of("Name").unwrap_or_default().to_owned(),
        kind: match e.text_of("Type").map(str::trim) {
            Some("0") => FieldKind::Integer,
            Some("1") => FieldKind::Real,
            _ => FieldKind::String,
        },
        usage: e.text_of("Usage").and_then(|t| t.trim().parse().ok()).unwrap_or(0),
    };
    let fields: Vec<_> = element.children("FieldDefn").map(field).collect();
    let row = |e: &Element| {
        let mut cells: Vec<String> = e.children("F").map(|f| f.text().to_owned()).collect();
        cells.resize(fields.len(), String::new());
        cells
    };
    let rows = element.children("Row").map(row).collect();
    let bins = element.attribute("Row0Min").zip(element.attribute("BinSize"));
    AttributeTable {
        rows,
        fields,
        linear_binning: bins.map(|(min, size)| (min.to_owned(), size.to_owned())),
        thematic: element.attribute("tableType").map(|t| t.eq_ignore_ascii_case("thematic")),
    }
}
