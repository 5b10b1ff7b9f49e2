//! The tags that GDAL added: metadata as XML (42112) and nodata (42113).

use super::nodata;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use raster_core::{ColorInterp, Metadata, MetadataItem};

/// What GDAL_METADATA says about one band besides free items.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BandItems {
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) color: Option<ColorInterp>,
}

/// Read the XML of GDAL_METADATA: items go to `metadata`, those with a role to the bands. Text that is no
/// well-formed XML says nothing, as in GDAL; the tag itself stays readable.
pub(crate) fn read_metadata(xml: &str, bands: usize, metadata: &mut Metadata) -> Vec<BandItems> {
    let mut found = vec![BandItems::default(); bands];
    let Some(items) = items(xml) else { return found };
    let mut free = Vec::new();
    for item in items {
        // GDAL escapes values before it escapes the XML, and drops white space before them.
        let value = unescaped(&unescaped(item.raw.trim_ascii_start()));
        let band = match item.sample.as_deref().map(str::parse::<usize>) {
            None => None,
            Some(Ok(sample)) if sample < bands => Some(sample + 1),
            Some(_) => continue,
        };
        let band_items = band.and_then(|b| found.get_mut(b - 1));
        match (item.role.as_str(), band_items) {
            ("scale", Some(items)) => items.scale = nodata::number(&value),
            ("offset", Some(items)) => items.offset = nodata::number(&value),
            ("unittype", Some(items)) => items.unit = Some(value),
            ("description", Some(items)) => items.description = Some(value),
            ("colorinterp", Some(items)) => {
                items.color = Some(ColorInterp::parse(&value).unwrap_or_default())
            }
            _ => free.push(MetadataItem { domain: item.domain, band, name: item.name, value }),
        }
    }
    metadata.extend(free);
    found
}

/// One `Item` of the XML; `raw` is its text as it stands there.
#[derive(Default)]
struct Item {
    name: String,
    sample: Option<String>,
    domain: String,
    role: String,
    raw: String,
}

/// The items below the root element; `None` when the text is not well-formed.
fn items(xml: &str) -> Option<Vec<Item>> {
    let mut reader = Reader::from_str(xml.trim_matches('\0').trim());
    let mut items = Vec::new();
    let (mut depth, mut roots) = (0usize, 0usize);
    // The item whose text is being read: that before its first child.
    let mut open: Option<Item> = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) => {
                items.extend(open.take());
                if depth == 1 {
                    open = item(&e)?;
                }
                roots += usize::from(depth == 0);
                depth += 1;
            }
            Event::Empty(e) => {
                items.extend(open.take());
                if depth == 1 {
                    items.extend(item(&e)?);
                }
                roots += usize::from(depth == 0);
            }
            Event::End(_) => {
                items.extend(open.take());
                depth = depth.checked_sub(1)?;
            }
            Event::Text(e) => {
                if let Some(item) = &mut open {
                    item.raw.push_str(&e);
                }
            }
            Event::GeneralRef(e) => {
                if let Some(item) = &mut open {
                    item.raw.extend(["&", &e, ";"]);
                }
            }
            Event::CData(e) => {
                if let Some(item) = &mut open {
                    item.raw.push_str(&e.replace('&', "&amp;"));
                }
            }
            Event::Eof => return (depth == 0 && roots == 1).then_some(items),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// What the attributes of an element say, if it is an `Item` with a name; `None` when they are not well-formed.
#[allow(clippy::option_option, reason = "malformed, or another element")]
fn item(element: &BytesStart<'_>) -> Option<Option<Item>> {
    let mut item = Item::default();
    let mut named = false;
    // Without checks: looking for repeated attributes takes time that grows with the square of their number.
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.ok()?;
        let value = unescaped(&attribute.value);
        match attribute.key.as_ref() {
            "name" => (item.name, named) = (value, true),
            "sample" => item.sample = Some(value),
            "domain" => item.domain = value,
            "role" => item.role = value,
            _ => {}
        }
    }
    Some((named && element.name().as_ref() == "Item").then_some(item))
}

/// Text with references to characters replaced; other references stay as they are.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // "&#1114111;" is the longest.
        let end = rest.bytes().take(9).position(|b| b == b';');
        match end.and_then(|end| Some((character(&rest[..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out + rest
}

/// The character that a reference names: `lt`, `#60`, `#x3c`.
fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "amp" => Some('&'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            number.ok().and_then(char::from_u32).filter(|c| *c != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_domains() {
        let xml = r#"<GDALMetadata>
            <Item name="TITLE">a &amp;amp; b &amp; c &amp;lt;</Item>
            <Item name="K" domain="D" sample="1">v</Item>
            <Item name="SCALE" sample="0" role="scale">0.5</Item>
            <Item name="DESCRIPTION" sample="1" role="description">forest</Item>
            <Item name="X" sample="7">out of range</Item>
        </GDALMetadata>"#;
        let mut metadata = Metadata::new();
        let bands = read_metadata(xml, 2, &mut metadata);
        assert_eq!(metadata.get("", None, "TITLE"), Some("a & b & c <"));
        assert_eq!(metadata.get("D", Some(2), "K"), Some("v"));
        assert_eq!(metadata.items().len(), 2);
        assert_eq!(bands[0].scale, Some(0.5));
        assert_eq!(bands[1].description.as_deref(), Some("forest"));
        let before = metadata.clone();
        for broken in [
            "<GDALMetadata><Item",
            "<a><Item name='x'>y</Item>",
            "<a><Item name='x'>y</a>",
            "",
            "x",
            "<a/><b/>",
        ] {
            assert_eq!(read_metadata(broken, 1, &mut metadata), [BandItems::default()], "{broken}");
        }
        assert_eq!(metadata, before);
    }

    #[test]
    fn references_and_sections() {
        for (xml, text) in [
            ("a &amp;amp;amp; b", "a &amp; b"),
            ("  &amp;#32; x\r\n ", "  x\r\n "),
            ("&amp;#x41;&#66;&amp;nbsp;&amp;", "AB&nbsp;&"),
            ("<![CDATA[1 &lt; 2]]><b/>more", "1 < 2"),
            ("<!-- a --> b", "b"),
            ("&#0;&amp;#xffffffff;", "&#0;&#xffffffff;"),
        ] {
            let mut metadata = Metadata::new();
            read_metadata(
                &format!("<?xml version='1.0'?><M><Item name='&lt;'>{xml}</Item></M>"),
                1,
                &mut metadata,
            );
            assert_eq!(metadata.get("", None, "<"), Some(text), "{xml}");
        }
    }

    /// A hostile text costs time that grows with its length.
    #[test]
    fn many_attributes_and_many_items() {
        let attributes: String = (0..200_000).map(|i| format!(" a{i}=''")).collect();
        let mut metadata = Metadata::new();
        read_metadata(&format!("<M><Item name='x'{attributes}>y</Item></M>"), 1, &mut metadata);
        assert_eq!(metadata.get("", None, "x"), Some("y"));
        let items: String = (0..100_000).map(|i| format!("<Item name='{i}'/>")).collect();
        read_metadata(&format!("<M>{items}</M>"), 1, &mut metadata);
        assert_eq!(metadata.items().len(), 100_001);
    }
}
