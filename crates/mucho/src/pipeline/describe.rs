//! What a file shall say about its raster, as keys and flags.

use super::{
    fault::Fault,
    lower::Resolver,
    steps::{check_crs, crs},
    values::*,
};
use raster_core::{Bounds, ColorTable, Edits, Error, GeoTransform, Result, Unset};

options! {
    /// What a file shall say about its raster, whatever the raster says itself.
    pub struct Describe {
        use describe;
    }
}

/// The keys, wherever they stand.
pub(super) struct Wishes<'a> {
    pub(super) crs: Option<&'a str>,
    pub(super) transform: Option<GeoTransform>,
    pub(super) bounds: Option<Bounds>,
    pub(super) scale: Option<&'a PerBand<f64>>,
    pub(super) offset: Option<&'a PerBand<f64>>,
    pub(super) unit: Option<&'a PerBand<String>>,
    pub(super) description: Option<&'a PerBand<String>>,
    pub(super) color_table: Option<&'a str>,
    pub(super) unset: Option<&'a UnsetList>,
}

impl Wishes<'_> {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        check_crs(self.crs).map_err(|fault| fault.renamed("assign_crs"))?;
        if self.transform.is_some() && self.bounds.is_some() {
            return Err(Fault::key("assign_transform", "not together with `assign_bounds`"));
        }
        Ok(())
    }

    /// As changes of a description. `open` finds colour tables.
    pub(super) fn edits(&self, open: &dyn Resolver) -> Result<Edits> {
        let mut edits = Edits::default();
        edits.crs = self.crs.map(crs).transpose()?;
        edits.transform = self.transform;
        edits.bounds = self.bounds;
        edits.scale = self.scale.map(|p| p.0.clone()).unwrap_or_default();
        edits.offset = self.offset.map(|p| p.0.clone()).unwrap_or_default();
        edits.unit = self.unit.map(|p| p.0.clone()).unwrap_or_default();
        edits.description = self.description.map(|p| p.0.clone()).unwrap_or_default();
        edits.color_table = self.color_table.map(|file| colors(file, open)).transpose()?;
        edits.unset = self.unset.map(|u| u.0.clone()).unwrap_or_default();
        Ok(edits)
    }
}

impl Describe {
    /// As changes of a description. `open` finds the file with colours.
    ///
    /// # Errors
    /// `Misuse` that names the key; what reading the colours meets.
    pub fn edits(&self, open: &dyn Resolver) -> Result<Edits> {
        let wishes = self.described();
        wishes.check().map_err(Fault::of_command)?;
        wishes.edits(open)
    }
    pub(super) fn copy_to(&self, output: &mut super::Output) {
        output.assign_crs.clone_from(&self.assign_crs);
        output.assign_transform = self.assign_transform;
        output.assign_bounds = self.assign_bounds;
        output.scale.clone_from(&self.scale);
        output.offset.clone_from(&self.offset);
        output.unit.clone_from(&self.unit);
        output.description.clone_from(&self.description);
        output.color_table.clone_from(&self.color_table);
        output.unset.clone_from(&self.unset);
    }
}

/// Changes, and what becomes of the nodata value.
///
/// # Errors
/// `Misuse` when a value is stated and taken away.
pub fn with_nodata(mut edits: Edits, nodata: Option<NodataAs>) -> Result<Edits> {
    match nodata {
        None => {}
        Some(NodataAs::None) => edits.unset.push(Unset::Nodata),
        Some(NodataAs::Value(_)) if edits.unset.contains(&Unset::Nodata) => {
            return Err(Error::misuse("a nodata value is stated and taken away (--unset nodata)"));
        }
        Some(NodataAs::Value(value)) => edits.nodata = Some(value),
    }
    Ok(edits)
}

/// The colours of a TIFF file, or of a text.
fn colors(file: &str, open: &dyn Resolver) -> Result<ColorTable> {
    let lower = file.to_ascii_lowercase();
    if lower.ends_with(".tif") || lower.ends_with(".tiff") {
        let source = open.open(file)?;
        let table = source.info().bands[0].color_table.clone();
        return table.ok_or_else(|| Error::misuse("the file has no colour table").in_file(file));
    }
    parse_colors(&open.read_text(file)?).map_err(|e| e.in_file(file))
}

/// Lines of value, red, green, blue and maybe alpha, with spaces, tabs, commas or colons between them, as gdaldem has them. Values
/// that are left out are black.
fn parse_colors(text: &str) -> Result<ColorTable> {
    let mut entries: Vec<[u8; 4]> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || {
            Error::misuse(format!(
                "line {}: '{line}': value, red, green, blue are expected, 0 to 255",
                number + 1
            ))
        };
        let parts =
            line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';')).filter(|p| !p.is_empty());
        let numbers: Option<Vec<u32>> = parts.take(5).map(|p| p.parse().ok()).collect();
        let numbers = numbers.ok_or_else(wrong)?;
        let byte = |v: u32| u8::try_from(v).map_err(|_| wrong());
        let (value, color) = match numbers[..] {
            [v, r, g, b] => (v, [byte(r)?, byte(g)?, byte(b)?, 255]),
            [v, r, g, b, a] => (v, [byte(r)?, byte(g)?, byte(b)?, byte(a)?]),
            _ => return Err(wrong()),
        };
        let value = usize::from(u16::try_from(value).map_err(|_| wrong())?);
        if entries.len() <= value {
            entries.resize(value + 1, [0, 0, 0, 255]);
        }
        entries[value] = color;
    }
    if entries.is_empty() {
        return Err(Error::misuse("no colours in it"));
    }
    Ok(ColorTable { entries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_a_text() {
        let table = parse_colors("# classes\n0 1 2 3\n2,10,20,30,128\n\n3:4:5:6\n").unwrap();
        assert_eq!(table.entries, [[1, 2, 3, 255], [0, 0, 0, 255], [10, 20, 30, 128], [4, 5, 6, 255]]);
        for wrong in ["", "1 2 3", "1 2 3 256", "x 1 2 3", "70000 1 2 3", "-1 0 0 0"] {
            assert!(parse_colors(wrong).is_err(), "{wrong}");
        }
    }
}
