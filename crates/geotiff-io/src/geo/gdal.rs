//! The tags that GDAL added: metadata as XML (42112) and nodata (42113).

use raster_core::{ColorInterp, Metadata};

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
    // Chosen: enough for 100 items on each of 1000 bands, and bounded memory for hostile text.
    let options = roxmltree::ParsingOptions { nodes_limit: 500_000, ..Default::default() };
    let Ok(document) = roxmltree::Document::parse_with_options(xml.trim_matches('\0').trim(), options) else {
        return found;
    };
    for item in document.root_element().children().filter(|n| n.has_tag_name("Item")) {
        let Some(name) = item.attribute("name") else { continue };
        let value = &unescaped(item.text().unwrap_or_default());
        let domain = item.attribute("domain").unwrap_or_default();
        let band = item.attribute("sample").map(str::parse::<usize>);
        let band = match band {
            None => None,
            Some(Ok(sample)) if sample < bands => Some(sample + 1),
            Some(_) => continue,
        };
        let role = item.attribute("role").unwrap_or_default();
        let Some(items) = band.and_then(|b| found.get_mut(b - 1)).filter(|_| !role.is_empty()) else {
            metadata.set(domain, band, name, value);
            continue;
        };
        match role {
            "scale" => items.scale = value.trim().parse().ok(),
            "offset" => items.offset = value.trim().parse().ok(),
            "unittype" => items.unit = Some(value.to_owned()),
            "description" => items.description = Some(value.to_owned()),
            "colorinterp" => items.color = Some(ColorInterp::parse(value).unwrap_or_default()),
            _ => metadata.set(domain, band, name, value),
        }
    }
    found
}

/// GDAL escapes texts for XML before it escapes the XML, and so a second time.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\''), ("&amp;", '&')];
        let (taken, found) = match known.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, c)) => (name.len(), *c),
            None => (1, '&'),
        };
        out.push(found);
        rest = &rest[taken..];
    }
    out + rest
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
        assert_eq!(read_metadata("<GDALMetadata><Item", 1, &mut metadata), [BandItems::default()]);
    }
}
