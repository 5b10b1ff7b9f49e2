//! What a file beside a raster would still say against an edit is taken out of it.

use super::{read_text, with_ending, xml::Element};
use crate::write::OutputFile;
use raster_core::{Edits, Error, OfBand, Result, Unset};
use std::{io::Write as _, ops::Range, path::Path};

/// Take what `edits` change out of `NAME.aux.xml`, so that it does not override the file. `statistics`: these, too. The names of the
/// elements that went; nothing where nothing was said.
///
/// # Errors
/// `Io` when the file cannot be read or written.
pub(crate) fn take_out(path: &Path, edits: &Edits, statistics: bool) -> Result<Vec<String>> {
    let beside = with_ending(path, ".aux.xml");
    let Some(text) = read_text(&beside)? else { return Ok(Vec::new()) };
    let document = text.trim_start_matches('\u{feff}');
    // What is not understood says nothing.
    let Ok(root) = Element::parse(document) else { return Ok(Vec::new()) };
    let gone = stale(&root, edits, statistics);
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut names: Vec<String> = gone.iter().map(|g| g.0.clone()).collect();
    names.sort();
    names.dedup();
    let left = without(document, gone.into_iter().map(|g| g.1).collect());
    if Element::parse(&left).is_ok_and(|root| says_something(&root)) {
        let mut pending = OutputFile::create(&beside)?;
        pending.write_all(left.as_bytes())?;
        pending.commit()?;
    } else {
        std::fs::remove_file(&beside).map_err(|e| Error::io("cannot be removed", e).in_file(&beside))?;
    }
    Ok(names)
}

/// Has it anything but empty containers?
fn says_something(root: &Element) -> bool {
    root.elements().iter().any(|e| {
        let container = e.is("PAMRasterBand") || e.is("Metadata");
        if container { says_something(e) } else { true }
    }) || (root.is("Metadata") && !root.text().trim().is_empty())
}

fn without(document: &str, mut gone: Vec<Range<usize>>) -> String {
    gone.sort_by_key(|r| r.start);
    let (mut left, mut at) = (String::with_capacity(document.len()), 0);
    for range in gone {
        if range.start >= at {
            left.push_str(&document[at..range.start]);
            at = range.end;
        }
    }
    left + &document[at..]
}

fn stale(root: &Element, edits: &Edits, statistics: bool) -> Vec<(String, Range<usize>)> {
    let mut gone = Vec::new();
    let unset = |what: &Unset| edits.unset.contains(what);
    let crs = edits.crs.is_some() || unset(&Unset::Crs);
    let transform = edits.transform.is_some() || edits.bounds.is_some() || unset(&Unset::Transform);
    let mut take = |parent: &Element, name: &str| {
        gone.extend(parent.children(name).map(|e| (name.to_owned(), e.outer())));
    };
    if crs {
        take(root, "SRS");
    }
    if transform {
        take(root, "GeoTransform");
    }
    if transform || unset(&Unset::Gcps) {
        take(root, "GCPList");
    }
    let band = |parent: &Element| parent.attribute("band").and_then(|b| b.trim().parse::<usize>().ok());
    for element in root.children("PAMRasterBand") {
        let number = band(element);
        if edits.nodata.is_some() || unset(&Unset::Nodata) {
            take(element, "NoDataValue");
        }
        if of(&edits.scale, number) || of(&edits.offset, number) || unset(&Unset::Scale) {
            take(element, "Scale");
            take(element, "Offset");
        }
        if of(&edits.unit, number) || unset(&Unset::Unit) {
            take(element, "UnitType");
        }
        if of(&edits.description, number) || unset(&Unset::Description) {
            take(element, "Description");
        }
        if edits.color_table.is_some() || unset(&Unset::ColorTable) {
            take(element, "ColorTable");
            take(element, "ColorInterp");
        }
        if unset(&Unset::Categories) {
            take(element, "CategoryNames");
            take(element, "GDALRasterAttributeTable");
        }
        if statistics {
            take(element, "Histograms");
            take(element, "Minimum");
            take(element, "Maximum");
        }
        if unset(&Unset::Metadata(None)) {
            take(element, "Metadata");
        }
    }
    if unset(&Unset::Metadata(None)) {
        take(root, "Metadata");
    }
    let plain = |m: &&Element| m.attribute("domain").unwrap_or_default().is_empty();
    let mut items = |parent: &Element, wanted: &dyn Fn(&str) -> bool| {
        for item in parent.children("Metadata").filter(plain).flat_map(|m| m.children("MDI")) {
            if let Some(key) = item.attribute("key").filter(|k| wanted(k)) {
                gone.push((key.to_owned(), item.outer()));
            }
        }
    };
    let named = |key: &str| {
        edits.metadata.iter().any(|(name, _)| name == key) || unset(&Unset::Metadata(Some(key.to_owned())))
    };
    items(root, &named);
    if statistics {
        root.children("PAMRasterBand").for_each(|b| items(b, &|key| key.starts_with("STATISTICS_")));
    }
    if crs || transform {
        // ArcGIS's transformation says both.
        let esri = |m: &&Element| m.attribute("domain") == Some("xml:ESRI");
        gone.extend(root.children("Metadata").filter(esri).map(|m| ("GeodataXform".to_owned(), m.outer())));
        if root.is("GeodataXform") {
            gone.push(("GeodataXform".to_owned(), root.outer()));
        }
    }
    gone
}

/// Is there a value for this band?
fn of<T>(values: &[OfBand<T>], band: Option<usize>) -> bool {
    values.iter().any(|(b, _)| b.is_none() || *b == band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_stale_goes() {
        let document = "<PAMDataset><SRS>EPSG:4326</SRS> <GeoTransform>1,1,0,1,0,-1</GeoTransform>\
            <Metadata><MDI key=\"A\">b</MDI><MDI key=\"C\">d</MDI></Metadata>\
            <PAMRasterBand band=\"1\"><NoDataValue>0</NoDataValue><Scale>2</Scale><Metadata><MDI key=\"STATISTICS_MEAN\">5</MDI></Metadata></PAMRasterBand></PAMDataset>";
        let left = |change: &dyn Fn(&mut Edits), statistics| {
            let mut edits = Edits::default();
            change(&mut edits);
            let root = Element::parse(document).unwrap();
            without(document, stale(&root, &edits, statistics).into_iter().map(|g| g.1).collect())
        };
        assert_eq!(left(&|_| {}, false), document);
        assert_eq!(left(&|e| e.crs = Some(1.into()), false), document.replace("<SRS>EPSG:4326</SRS>", ""));
        assert_eq!(
            left(&|e| e.nodata = Some(1.into()), true),
            document
                .replace("<NoDataValue>0</NoDataValue>", "")
                .replace("<MDI key=\"STATISTICS_MEAN\">5</MDI>", "")
        );
        assert_eq!(left(&|e| e.scale = vec![(Some(2), 1.0)], false), document);
        assert_eq!(
            left(&|e| e.scale = vec![(Some(1), 1.0)], false),
            document.replace("<Scale>2</Scale>", "")
        );
        assert_eq!(
            left(&|e| e.metadata = vec![("A".into(), "x".into())], false),
            document.replace("<MDI key=\"A\">b</MDI>", "")
        );
        let nothing = "<PAMDataset><PAMRasterBand band=\"1\"><Metadata/></PAMRasterBand></PAMDataset>";
        assert!(!says_something(&Element::parse(nothing).unwrap()));
        assert!(says_something(&Element::parse(document).unwrap()));
    }
}
