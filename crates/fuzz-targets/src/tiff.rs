//! The smallest TIFF file around one block, for the targets that want to reach what lies inside a block or a tag.

use std::collections::BTreeMap;

/// The values of a tag.
pub(crate) enum Values {
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Text(String),
    Bytes(Vec<u8>),
}

/// A file of one directory; every block is the same bytes.
pub(crate) struct Tiff {
    big_endian: bool,
    tags: BTreeMap<u16, Values>,
}

impl Tiff {
    pub(crate) fn new(big_endian: bool) -> Self {
        Self { big_endian, tags: BTreeMap::new() }
    }
    pub(crate) fn short(&mut self, tag: u16, value: u16) {
        self.tags.insert(tag, Values::Shorts(vec![value]));
    }
    pub(crate) fn set(&mut self, tag: u16, values: Values) {
        self.tags.insert(tag, values);
    }
    fn put16(&self, out: &mut Vec<u8>, v: u16) {
        out.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
    }
    fn put32(&self, out: &mut Vec<u8>, v: u32) {
        out.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
    }
    /// The file with `count` blocks; `tags` are the numbers of its offsets and of its byte counts.
    pub(crate) fn with_block(mut self, block: &[u8], count: usize, tags: (u16, u16)) -> Vec<u8> {
        const HEADER: usize = 8;
        self.set(tags.0, Values::Longs(vec![HEADER as u32; count]));
        self.set(tags.1, Values::Longs(vec![block.len() as u32; count]));
        let mut out = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        self.put16(&mut out, 42);
        let directory = (HEADER + block.len()).next_multiple_of(2);
        self.put32(&mut out, directory as u32);
        out.extend(block);
        out.resize(directory, 0);
        self.put16(&mut out, self.tags.len() as u16);
        let mut behind = Vec::new();
        let behind_at = directory + 2 + 12 * self.tags.len() + 4;
        for (tag, values) in &self.tags {
            let mut bytes = Vec::new();
            let (kind, count) = match values {
                Values::Shorts(v) => {
                    v.iter().for_each(|v| self.put16(&mut bytes, *v));
                    (3, v.len())
                }
                Values::Longs(v) => {
                    v.iter().for_each(|v| self.put32(&mut bytes, *v));
                    (4, v.len())
                }
                Values::Text(v) => {
                    bytes.extend(v.as_bytes());
                    bytes.push(0);
                    (2, bytes.len())
                }
                Values::Bytes(v) => {
                    bytes.extend(v);
                    (7, v.len())
                }
            };
            self.put16(&mut out, *tag);
            self.put16(&mut out, kind);
            self.put32(&mut out, count as u32);
            if bytes.len() <= 4 {
                bytes.resize(4, 0);
                out.extend(bytes);
            } else {
                self.put32(&mut out, (behind_at + behind.len()) as u32);
                behind.extend(bytes);
                if behind.len() % 2 == 1 {
                    behind.push(0);
                }
            }
        }
        self.put32(&mut out, 0);
        out.extend(behind);
        out
    }
}
