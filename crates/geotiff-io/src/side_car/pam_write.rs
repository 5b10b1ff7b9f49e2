//! What has no place in a TIFF file goes beside it: class names and attribute tables, in `NAME.aux.xml`.

use super::with_ending;
use crate::write::OutputFile;
use raster_core::{AttributeTable, FieldKind, RasterInfo, Result};
use std::{fmt::Write as _, io::Write as _, path::Path};

/// Is something said that a TIFF file has no place for?
pub(crate) fn needs_file(info: &RasterInfo) -> bool {
    info.bands.iter().any(|b| !b.categories.is_empty() || b.attribute_table.is_some())
}

/// Write it beside the raster at `path`: whole, or not at all.
///
/// # Errors
/// `Io` when that fails.
pub(crate) fn write_beside(path: &Path, info: &RasterInfo) -> Result<()> {
    let mut pending = OutputFile::create(with_ending(path, ".aux.xml"))?;
    pending.write_all(document(info).as_bytes())?;
    pending.commit()
}

fn document(info: &RasterInfo) -> String {
    let mut xml = String::from("<PAMDataset>\n");
    for (i, band) in info.bands.iter().enumerate() {
        if band.categories.is_empty() && band.attribute_table.is_none() {
            continue;
        }
        let _ = writeln!(xml, "  <PAMRasterBand band=\"{}\">", i + 1);
        if !band.categories.is_empty() {
            xml.push_str("    <CategoryNames>\n");
            for name in &band.categories {
                let _ = writeln!(xml, "      <Category>{}</Category>", escaped(name));
            }
            xml.push_str("    </CategoryNames>\n");
        }
        if let Some(table) = &band.attribute_table {
            put_table(&mut xml, table);
        }
        xml.push_str("  </PAMRasterBand>\n");
    }
    xml.push_str("</PAMDataset>\n");
    xml
}

fn put_table(xml: &mut String, table: &AttributeTable) {
    xml.push_str("    <GDALRasterAttributeTable");
    if let Some((min, size)) = &table.linear_binning {
        let _ = write!(xml, " Row0Min=\"{}\" BinSize=\"{}\"", escaped(min), escaped(size));
    }
    if let Some(thematic) = table.thematic {
        let _ = write!(xml, " tableType=\"{}\"", if thematic { "thematic" } else { "athematic" });
    }
    xml.push_str(">\n");
    for (i, field) in table.fields.iter().enumerate() {
        let (number, name) = match field.kind {
            FieldKind::Integer => (0, "Integer"),
            FieldKind::Real => (1, "Real"),
            _ => (2, "String"),
        };
        let _ = writeln!(
            xml,
            "      <FieldDefn index=\"{i}\"><Name>{}</Name><Type typeAsString=\"{name}\">{number}</Type><Usage>{}</Usage></FieldDefn>",
            escaped(&field.name),
            field.usage
        );
    }
    for (i, row) in table.rows.iter().enumerate() {
        let _ = write!(xml, "      <Row index=\"{i}\">");
        for cell in row {
            let _ = write!(xml, "<F>{}</F>", escaped(cell));
        }
        xml.push_str("</Row>\n");
    }
    xml.push_str("    </GDALRasterAttributeTable>\n");
}

/// For text and attributes of XML; characters that it cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::pam::Pam;
    use super::*;
    use raster_core::{AttributeField, DataType};
    use std::sync::Arc;

    #[test]
    fn what_is_written_is_read() {
        let mut info = RasterInfo::new(4, 4, 3, DataType::U8);
        let empty = info.clone();
        assert!(!needs_file(&info));
        info.bands[0].categories = vec!["none".into(), String::new(), "a & <b> \"c\" é".into()];
        let field = |name: &str, kind, usage| AttributeField { name: name.into(), kind, usage };
        info.bands[2].attribute_table = Some(Arc::new(AttributeTable {
            fields: vec![
                field("Value", FieldKind::Integer, 5),
                field("Share <%>", FieldKind::Real, 0),
                field("Name", FieldKind::String, 2),
            ],
            rows: vec![
                vec!["1".into(), "0.5".into(), "forest & heath".into()],
                vec!["2".into(), "".into(), "".into()],
            ],
            linear_binning: Some(("0".into(), "1.5".into())),
            thematic: Some(true),
        }));
        assert!(needs_file(&info));
        let text = document(&info);
        let mut read = empty;
        let done = Pam::parse(&text).unwrap().apply(&mut read);
        assert!(done.problems.is_empty());
        assert_eq!(read, info);
    }
}
