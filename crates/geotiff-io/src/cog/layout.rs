//! Where everything goes in a file: a pure function from directories and block lengths to bytes and offsets.
//!
//! Directories come first, the full resolution's at the front; their lists of offsets and byte counts follow
//! the last directory; the data come last, in the order that the caller gives. This is the layout of GDAL's COG
//! driver (its page "Cloud Optimized GeoTIFF generator" and the structural metadata that it describes).

use super::structure::Ghost;
use crate::format::ByteOrder;
use crate::image_id::ImageId;
use crate::tiff::{
    serialize::{Field, FieldValue, Flavor, LONG, LONG8, directory, directory_len},
    tag,
};
use raster_core::{Error, Result};
use std::collections::BTreeMap;

/// When offsets take 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BigTiff {
    /// When the finished file would pass 4 GiB: decided by the exact layout.
    #[default]
    IfNeeded,
    /// Always.
    Yes,
    /// Never: an error when the file would pass 4 GiB.
    No,
}

/// One image of the file: a level, or the mask of a level.
#[derive(Clone, Debug)]
pub(crate) struct LayoutImage {
    /// Which one.
    pub(crate) id: ImageId,
    /// Every field but offsets and byte counts, sorted by tag.
    pub(crate) fields: Vec<Field>,
    /// Tiles, or strips?
    pub(crate) tiled: bool,
    /// Encoded bytes of each block, in the order of the tag; 0 for a block that is not stored.
    pub(crate) lengths: Vec<u32>,
}

/// A block: image, and number (as in its list of lengths).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockRef {
    pub(crate) image: ImageId,
    pub(crate) block: usize,
}

/// A file before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Everything before the data.
    pub(crate) head: Vec<u8>,
    /// Where each block's own bytes start, per image and block.
    pub(crate) offsets: BTreeMap<ImageId, Vec<u64>>,
    /// Bytes of the whole file.
    pub(crate) total: u64,
    /// Is it a BigTIFF?
    pub(crate) big: bool,
}

/// Bytes around each block of a COG: its length in front, its last four bytes again behind.
pub(crate) const LEADER: usize = 4;
pub(crate) const TRAILER: usize = 4;

/// Lay a file out. `order` lists each stored block once. With `ghost` every block has a leader and a trailer.
pub(crate) fn lay_out(
    order: ByteOrder,
    big: BigTiff,
    ghost: Option<Ghost>,
    images: &[LayoutImage],
    data: &[BlockRef],
) -> Result<Layout> {
    let flavor = |big| Flavor { order, big };
    let try_flavor = |flavor: Flavor| {
        let ghost_text = ghost.map_or_else(String::new, Ghost::text);
        let start = flavor.header_len() + ghost_text.len() as u64;
        let positions = place(flavor, start, ghost.is_some(), images, data);
        let mut prefix = flavor.header(positions.directories.first().copied().unwrap_or(0));
        prefix.extend_from_slice(ghost_text.as_bytes());
        (positions, prefix)
    };
    if big != BigTiff::Yes {
        let (positions, prefix) = try_flavor(flavor(false));
        if positions.total <= u64::from(u32::MAX) {
            return Ok(positions.write(flavor(false), 0, prefix, images));
        }
        if big == BigTiff::No {
            return Err(too_long(positions.total));
        }
    }
    let (positions, prefix) = try_flavor(flavor(true));
    Ok(positions.write(flavor(true), 0, prefix, images))
}

/// Lay out what is added to a file behind its end, `start` (even): directories, lists, data, no leaders. The head
/// of the result goes to `start`, where the first directory is.
pub(crate) fn lay_out_behind(
    flavor: Flavor,
    start: u64,
    images: &[LayoutImage],
    data: &[BlockRef],
) -> Result<Layout> {
    let positions = place(flavor, start, false, images, data);
    if !flavor.big && positions.total > u64::from(u32::MAX) {
        return Err(too_long(positions.total));
    }
    Ok(positions.write(flavor, start, Vec::new(), images))
}

fn too_long(total: u64) -> Error {
    Error::misuse(format!("the file needs {total} bytes, more than a classic TIFF can address; use BigTIFF"))
}

/// Offsets of everything.
struct Positions {
    directories: Vec<u64>,
    /// Per image: where its offsets and its byte counts are listed.
    lists: Vec<(u64, u64)>,
    /// Per image and block.
    offsets: BTreeMap<ImageId, Vec<u64>>,
    data: u64,
    total: u64,
}

/// Place everything from byte `start` on.
fn place(flavor: Flavor, start: u64, leaders: bool, images: &[LayoutImage], data: &[BlockRef]) -> Positions {
    let mut at = start;
    let mut directories = Vec::with_capacity(images.len());
    for image in images {
        at += at % 2;
        directories.push(at);
        at += directory_len(&with_lists(flavor, image, (0, 0), &[]), flavor) as u64;
    }
    let mut lists = Vec::with_capacity(images.len());
    for image in images {
        let n = image.lengths.len();
        let size = |width: usize| if n * width > flavor.inline_len() { (n * width) as u64 } else { 0 };
        let offsets_at = at;
        at += size(if flavor.big { 8 } else { 4 });
        lists.push((offsets_at, at));
        at += size(counts_width(flavor, n));
    }
    let data_at = at;
    let around = if leaders { (LEADER, TRAILER) } else { (0, 0) };
    let mut places: BTreeMap<ImageId, (&[u32], Vec<u64>)> =
        images.iter().map(|i| (i.id, (&i.lengths[..], vec![0; i.lengths.len()]))).collect();
    for block in data {
        let Some((lengths, offsets)) = places.get_mut(&block.image) else { continue };
        let length = lengths[block.block];
        if length > 0 {
            offsets[block.block] = at + around.0 as u64;
            at += u64::from(length) + (around.0 + around.1) as u64;
        }
    }
    let offsets = places.into_iter().map(|(id, (_, offsets))| (id, offsets)).collect();
    Positions { directories, lists, offsets, data: data_at, total: at }
}

/// Byte counts take 4 bytes, but 8 where GDAL writes a single one into the entry of a BigTIFF.
fn counts_width(flavor: Flavor, blocks: usize) -> usize {
    if flavor.big && blocks == 1 { 8 } else { 4 }
}

impl Positions {
    /// The bytes from `base` to the data, `prefix` first.
    fn write(self, flavor: Flavor, base: u64, prefix: Vec<u8>, images: &[LayoutImage]) -> Layout {
        let mut head = prefix;
        for (i, image) in images.iter().enumerate() {
            head.resize((self.directories[i] - base) as usize, 0);
            let next = self.directories.get(i + 1).copied().unwrap_or(0);
            let fields = with_lists(flavor, image, self.lists[i], &self.offsets[&image.id]);
            head.extend_from_slice(&directory(&fields, flavor, self.directories[i], next));
        }
        for image in images {
            let offsets = &self.offsets[&image.id];
            let counts: Vec<u64> = image.lengths.iter().map(|&n| u64::from(n)).collect();
            let width = counts_width(flavor, counts.len());
            for (values, eight) in [(offsets, flavor.big), (&counts, width == 8)] {
                if values.len() * (if eight { 8 } else { 4 }) > flavor.inline_len() {
                    head.extend_from_slice(&flavor.numbers(values, eight));
                }
            }
        }
        debug_assert_eq!(base + head.len() as u64, self.data, "sizes were computed as they are written");
        Layout { head, offsets: self.offsets, total: self.total, big: flavor.big }
    }
}

/// The fields of an image with its lists of offsets and byte counts. `offsets` may be empty while sizes are
/// computed: the length of a directory does not depend on the numbers.
fn with_lists(flavor: Flavor, image: &LayoutImage, lists: (u64, u64), offsets: &[u64]) -> Vec<Field> {
    let n = image.lengths.len();
    let (offsets_tag, counts_tag) = if image.tiled {
        (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
    } else {
        (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
    };
    let list = |width: usize, at: u64, values: &dyn Fn(usize) -> u64| {
        let type_code = if width == 8 { LONG8 } else { LONG };
        if n * width > flavor.inline_len() {
            FieldValue::Elsewhere { type_code, count: n as u64, offset: at }
        } else if width == 8 {
            FieldValue::Long8((0..n).map(values).collect())
        } else {
            FieldValue::Long((0..n).map(|i| values(i) as u32).collect())
        }
    };
    let offset = |i: usize| offsets.get(i).copied().unwrap_or(0);
    let mut fields = image.fields.clone();
    fields.push(Field::new(offsets_tag, list(if flavor.big { 8 } else { 4 }, lists.0, &offset)));
    fields.push(Field::new(
        counts_tag,
        list(counts_width(flavor, n), lists.1, &|i| u64::from(image.lengths[i])),
    ));
    fields.sort_by_key(|f| f.tag);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ImageId = ImageId::pixels(0);

    fn image(id: ImageId, lengths: Vec<u32>) -> LayoutImage {
        LayoutImage { id, fields: vec![Field::short(tag::IMAGE_WIDTH, 1)], tiled: true, lengths }
    }

    #[test]
    fn first_directory_is_where_gdal_puts_it() {
        let plain = Ghost { interleave: None, mask_interleaved: false };
        let mask = Ghost { interleave: None, mask_interleaved: true };
        for (ghost, big, expected) in [
            (plain, BigTiff::No, 192),
            (mask, BigTiff::No, 226),
            (plain, BigTiff::Yes, 200),
            (mask, BigTiff::Yes, 234),
        ] {
            let data = [BlockRef { image: ONE, block: 0 }];
            let layout = lay_out(ByteOrder::Little, big, Some(ghost), &[image(ONE, vec![3])], &data).unwrap();
            let at = if layout.big { &layout.head[8..12] } else { &layout.head[4..8] };
            assert_eq!(u32::from_le_bytes(at.try_into().unwrap()), expected);
        }
    }

    #[test]
    fn big_only_when_the_file_passes_four_gibibytes() {
        let blocks = |last: u32| {
            let images = [image(ONE, vec![u32::MAX / 2, u32::MAX / 2 - 1000, last])];
            let data: Vec<_> = (0..3).map(|block| BlockRef { image: ONE, block }).collect();
            lay_out(ByteOrder::Little, BigTiff::IfNeeded, None, &images, &data).unwrap()
        };
        assert!(!blocks(500).big);
        assert_eq!(blocks(500).total, u64::from(u32::MAX) - 501 + blocks(500).head.len() as u64);
        assert!(blocks(1000).big);
        let images = [image(ONE, vec![u32::MAX])];
        let data = [BlockRef { image: ONE, block: 0 }];
        assert!(lay_out(ByteOrder::Little, BigTiff::No, None, &images, &data).is_err());
    }

    /// Every stored block has its own bytes, in the order of `data`, leader and trailer included, and nothing is
    /// left between them.
    #[test]
    fn small_layouts_exhaustively() {
        for n in 1..6usize {
            for empty in 0..1u32 << n {
                let lengths: Vec<u32> =
                    (0..n).map(|i| if empty >> i & 1 == 1 { 0 } else { 5 + i as u32 }).collect();
                let images = [image(ONE, lengths.clone()), image(ImageId::pixels(1), vec![7])];
                let data: Vec<_> = std::iter::once(BlockRef { image: ImageId::pixels(1), block: 0 })
                    .chain((0..n).map(|block| BlockRef { image: ONE, block }))
                    .collect();
                for order in [ByteOrder::Little, ByteOrder::Big] {
                    for big in [false, true] {
                        let p = place(Flavor { order, big }, 199, true, &images, &data);
                        let mut at = p.data;
                        for b in &data {
                            let len = images[b.image.level].lengths[b.block];
                            let offset = p.offsets[&b.image][b.block];
                            if len == 0 {
                                assert_eq!(offset, 0);
                            } else {
                                assert_eq!(offset, at + 4);
                                at = offset + u64::from(len) + 4;
                            }
                        }
                        assert_eq!(at, p.total);
                    }
                }
            }
        }
    }
}
