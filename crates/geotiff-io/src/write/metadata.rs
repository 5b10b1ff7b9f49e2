//! GDAL_METADATA (tag 42112): what GDAL keeps as XML.

use crate::geo::tiff_items;
use raster_core::{ColorInterp, RasterInfo};
use std::{collections::HashSet, fmt::Write as _};

/// Metadata domains that GDAL makes up when reading, or keeps in other tags.
const DERIVED_DOMAINS: [&str; 5] =
    ["IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "RPC", "COLOR_PROFILE", "xml:XMP"];

/// Does a description tell of several images of its file, as those of ImageJ and OME do? In a file with one image readers would look
/// for the others.
pub(crate) fn describes_pages(text: &str) -> bool {
    if text.starts_with("ImageJ=") {
        let images = text.lines().find_map(|l| l.strip_prefix("images="));
        return images.and_then(|n| n.trim().parse::<u64>().ok()).is_some_and(|n| n > 1);
    }
    if !text.contains("<OME") {
        return false;
    }
    let size = |name: &str| -> u64 {
        let value = text.split_once(&format!("{name}=\"")).and_then(|(_, t)| t.split_once('"'));
        value.and_then(|(n, _)| n.parse().ok()).unwrap_or(1)
    };
    let planes = size("SizeZ").saturating_mul(size("SizeC")).saturating_mul(size("SizeT"));
    planes > 1 || text.matches("<Image ").count() > 1
}

/// What a raster says about itself that a copy of it does not say, in words. `beside`: may there be a file beside the copy?
#[must_use]
pub fn not_kept(info: &RasterInfo, beside: bool) -> Vec<String> {
    let mut lost = Vec::new();
    if info.metadata.get("", None, "TIFFTAG_IMAGEDESCRIPTION").is_some_and(describes_pages) {
        lost.push(
            "the description of other images (ImageJ or OME) is not copied into a file with one".to_owned(),
        );
    }
    if !beside && crate::side_car::needs_file(info) {
        lost.push("class names and attribute tables have no place in the file itself, and are lost without one beside it".to_owned());
    }
    lost
}

/// The XML, or nothing when there is nothing to say. `statistics` are (band from 1, name, value);
/// `implied` tells which colour interpretation a reader assumes for a band (from 0) without being told.
pub(crate) fn gdal_metadata(
    info: &RasterInfo,
    statistics: &[(usize, &'static str, String)],
    implied: impl Fn(usize) -> ColorInterp,
) -> Option<String> {
    let mut xml = String::from("<GDALMetadata>\n");
    let start = xml.len();
    let computed: HashSet<(Option<usize>, &str)> = statistics.iter().map(|s| (Some(s.0), s.1)).collect();
    let replaced = |item: &raster_core::MetadataItem| {
        item.domain.is_empty() && computed.contains(&(item.band, item.name.as_str()))
    };
    for item in info.metadata.items() {
        let elsewhere = item.domain.is_empty()
            && item.band.is_none()
            && (item.name == "AREA_OR_POINT" || tiff_items::field(&item.name, &item.value, 1).is_some());
        // A band that the raster does not have cannot be spoken of.
        let nowhere = item.band.is_some_and(|b| !(1..=info.bands.len()).contains(&b));
        if !elsewhere && !nowhere && !replaced(item) && !DERIVED_DOMAINS.contains(&item.domain.as_str()) {
            put(&mut xml, &item.name, item.band, &item.domain, "", &item.value);
        }
    }
    for (band, name, value) in statistics {
        put(&mut xml, name, Some(*band), "", "", value);
    }
    for (i, band) in info.bands.iter().enumerate() {
        let number = Some(i + 1);
        if let Some(text) = band.description.as_deref().filter(|t| !t.is_empty()) {
            put(&mut xml, "DESCRIPTION", number, "", "description", text);
        }
        if band.offset != 0.0 {
            put(&mut xml, "OFFSET", number, "", "offset", &band.offset.to_string());
        }
        if band.scale != 1.0 {
            put(&mut xml, "SCALE", number, "", "scale", &band.scale.to_string());
        }
        if let Some(text) = band.unit.as_deref().filter(|t| !t.is_empty()) {
            put(&mut xml, "UNITTYPE", number, "", "unittype", text);
        }
        if band.color != raster_core::ColorInterp::Undefined && band.color != implied(i) {
            put(&mut xml, "COLORINTERP", number, "", "colorinterp", band.color.name());
        }
    }
    if xml.len() == start {
        return None;
    }
    xml.push_str("</GDALMetadata>\n");
    Some(xml)
}

fn put(xml: &mut String, name: &str, band: Option<usize>, domain: &str, role: &str, value: &str) {
    xml.push_str("  <Item");
    attribute(xml, "name", name);
    if let Some(band) = band {
        // Writing to a String cannot fail.
        let _ = write!(xml, " sample=\"{}\"", band - 1);
    }
    for (key, text) in [("domain", domain), ("role", role)] {
        if !text.is_empty() {
            attribute(xml, key, text);
        }
    }
    xml.push('>');
    // GDAL escapes values twice, and its reader drops white space before them.
    let once = escaped(value, |at, c| c == '\r' || (at == 0 && c.is_ascii_whitespace()));
    xml.push_str(&escaped(&once, |_, _| false));
    xml.push_str("</Item>\n");
}

fn attribute(xml: &mut String, key: &str, value: &str) {
    // Readers of XML make spaces of other white space in attributes.
    let value = escaped(value, |_, c| matches!(c, '\t' | '\n' | '\r'));
    xml.extend([" ", key, "=\"", &value, "\""]);
}

/// Text with references for what XML would take for its own, and for characters (at their byte) that have to be
/// referred to besides.
fn escaped(text: &str, besides: impl Fn(usize, char) -> bool) -> String {
    let mut xml = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            c if besides(at, c) => xml.push_str(&format!("&#{};", u32::from(c))),
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            // A NUL would end the tag's text, other control characters are not XML.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::DataType;

    #[test]
    fn as_gdal_writes_it() {
        let mut info = RasterInfo::new(1, 1, 2, DataType::I16);
        assert_eq!(gdal_metadata(&info, &[], |_| ColorInterp::Undefined), None);
        info.metadata.set("", None, "AREA_OR_POINT", "Area");
        info.metadata.set("", None, "TITLE", "a & b &amp; <c>\"'");
        info.metadata.set("D&M", None, "k&\"<'e", " x\r");
        info.metadata.set("ALT", Some(2), "k", "v");
        info.bands[0].description = Some("first".into());
        info.bands[0].scale = 0.5;
        assert_eq!(
            gdal_metadata(&info, &[], |_| ColorInterp::Undefined).unwrap(),
            "<GDALMetadata>\n  <Item name=\"TITLE\">a &amp;amp; b &amp;amp;amp; &amp;lt;c&amp;gt;&amp;quot;'</Item>\n  \
             <Item name=\"k&amp;&quot;&lt;'e\" domain=\"D&amp;M\">&amp;#32;x&amp;#13;</Item>\n  \
             <Item name=\"k\" sample=\"1\" domain=\"ALT\">v</Item>\n  \
             <Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">first</Item>\n  \
             <Item name=\"SCALE\" sample=\"0\" role=\"scale\">0.5</Item>\n</GDALMetadata>\n"
        );
    }

    #[test]
    fn descriptions_of_other_images() {
        for (text, pages) in [
            ("ImageJ=1.53t\nimages=5\nslices=5\n", true),
            ("ImageJ=1.53t\nimages=1\n", false),
            ("ImageJ=1.53t\nunit=micron\n", false),
            ("images=5", false),
            (
                "<?xml version=\"1.0\"?><OME><Image ID=\"0\"><Pixels SizeZ=\"1\" SizeC=\"3\" SizeT=\"1\"/></Image></OME>",
                true,
            ),
            ("<OME><Image ID=\"0\"><Pixels SizeZ=\"1\" SizeC=\"1\" SizeT=\"1\"/></Image></OME>", false),
            ("<OME><Image ID=\"0\"/><Image ID=\"1\"/></OME>", true),
            ("a map", false),
        ] {
            assert_eq!(describes_pages(text), pages, "{text}");
        }
    }

    #[test]
    fn bands_that_are_not_there_are_left_out() {
        let mut info = RasterInfo::new(1, 1, 2, DataType::U8);
        for band in [0, 3, usize::MAX] {
            info.metadata.set("", Some(band), "k", "v");
        }
        assert_eq!(gdal_metadata(&info, &[], |_| ColorInterp::Undefined), None);
    }
}
