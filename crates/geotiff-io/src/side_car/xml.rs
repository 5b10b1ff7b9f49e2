//! A small XML document as a tree, bounded: what stands in files beside rasters.

use crate::geo::gdal::unescaped;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use raster_core::{Error, Result};
use std::ops::Range;

/// Elements inside each other. Chosen: GDAL's files have six.
const DEPTH: usize = 64;
/// Elements of a document, about 150 bytes each. Chosen: an attribute table of 40,000 rows and ten columns has fewer.
const ELEMENTS: usize = 500_000;

/// An element. Names are compared without regard to case, as GDAL does.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    outer: Range<usize>,
    inner: Range<usize>,
    children: Vec<Element>,
}

impl Element {
    /// The first element of a document.
    ///
    /// # Errors
    /// `Malformed` when it is not well-formed, `Limit` when it has too many or too deep elements.
    pub(super) fn parse(document: &str) -> Result<Self> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        let (mut root, mut count) = (None, 0);
        loop {
            let before = position(&reader);
            let event = reader.read_event().map_err(|e| wrong(&reader, &e.to_string()))?;
            match event {
                Event::Start(e) => {
                    (count, _) = (count + 1, bounded(open.len() + 1, DEPTH, "depth")?);
                    bounded(count, ELEMENTS, "number of elements")?;
                    let inner = position(&reader)..position(&reader);
                    let outer = before..before;
                    open.push(Self { inner, outer, ..Self::of(&e).map_err(|what| wrong(&reader, &what))? });
                }
                Event::Empty(e) => {
                    count += 1;
                    bounded(count, ELEMENTS, "number of elements")?;
                    let mut element = Self::of(&e).map_err(|what| wrong(&reader, &what))?;
                    element.outer = before..position(&reader);
                    place(element, &mut open, &mut root);
                }
                Event::End(_) => {
                    let mut element =
                        open.pop().ok_or_else(|| wrong(&reader, "an element ends that never began"))?;
                    element.inner.end = before;
                    element.outer.end = position(&reader);
                    place(element, &mut open, &mut root);
                }
                Event::Text(e) => open.last_mut().into_iter().for_each(|o| o.text.push_str(&e)),
                Event::CData(e) => open.last_mut().into_iter().for_each(|o| o.text.push_str(&e)),
                Event::GeneralRef(e) => {
                    let reference = format!("&{};", &*e);
                    open.last_mut().into_iter().for_each(|o| o.text.push_str(&unescaped(&reference)));
                }
                Event::Eof if !open.is_empty() => return Err(wrong(&reader, "the document is cut off")),
                Event::Eof => return root.ok_or_else(|| wrong(&reader, "the document has no element")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn of(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = Vec::new();
        // Without checks: looking for repeated attributes takes time that grows with the square of their number.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| e.to_string())?;
            attributes.push((attribute.key.as_ref().to_owned(), unescaped(&attribute.value)));
        }
        Ok(Self { name: start.name().as_ref().to_owned(), attributes, ..Self::default() })
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.is(name))
    }
    /// All children of this name.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |c| c.is(name))
    }
    /// The text of the first child of this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text)
    }
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
    /// Its own text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
    /// Where it stands in the document.
    pub(super) fn outer(&self) -> Range<usize> {
        self.outer.clone()
    }
    /// What stands in it, as it stands in the document.
    pub(super) fn inner<'a>(&self, document: &'a str) -> &'a str {
        document.get(self.inner.clone()).unwrap_or_default().trim()
    }
    pub(super) fn elements(&self) -> &[Self] {
        &self.children
    }
}

fn place(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => drop(root.get_or_insert(element)),
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    reader.buffer_position() as usize
}

fn wrong(reader: &Reader<&[u8]>, what: &str) -> Error {
    Error::malformed(format!("not well-formed XML: {what}")).at_offset(reader.buffer_position())
}

fn bounded(number: usize, most: usize, what: &str) -> Result<()> {
    if number > most {
        return Err(Error::limit(format!("the {what} of the XML is more than {most}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree() {
        let document = "\u{feff}<?xml version='1.0'?><!-- c --><A x='1 &amp; 2'><b>t&lt;&#65;</b><B><c/><![CDATA[<raw>]]></B> u</A><z/>";
        let root = Element::parse(document.trim_start_matches('\u{feff}')).unwrap();
        assert!(root.is("a"));
        assert_eq!(root.attribute("X"), Some("1 & 2"));
        assert_eq!(root.text_of("b"), Some("t<A"));
        assert_eq!(root.children("b").count(), 2);
        assert_eq!(
            root.elements()[1].inner(document.trim_start_matches('\u{feff}')),
            "<c/><![CDATA[<raw>]]>"
        );
        assert_eq!(root.elements()[1].text(), "<raw>");
    }

    #[test]
    fn what_is_wrong_or_too_much_is_an_error() {
        for wrong in ["", "x", "<a>", "<a></b>", "</a>", "<a b=></a>", "<a", "<a><b></a></b>"] {
            assert!(Element::parse(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(Element::parse(&deep).unwrap_err().kind(), raster_core::ErrorKind::Limit);
        let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS + 1));
        assert_eq!(Element::parse(&many).unwrap_err().kind(), raster_core::ErrorKind::Limit);
        let attributes: String = (0..100_000).map(|i| format!(" a{i}=''")).collect();
        assert!(Element::parse(&format!("<M{attributes}/>")).is_ok());
        // Entities of a document's own are not expanded.
        let laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><x>&b;</x>";
        assert!(Element::parse(laughs).is_ok_and(|x| x.text() == "&b;"));
    }
}
