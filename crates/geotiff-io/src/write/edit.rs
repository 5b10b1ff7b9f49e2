//! What a file says about its raster, changed in place: no pixel is read or written.

use super::change::{self, Link};
use super::metadata::gdal_metadata;
use super::tags::{geo_key_fields, geo_keys, model_fields};
use crate::dataset::{Dataset, OpenOptions};
use crate::format::{Compression, Photometric};
use crate::geo::{color, rpc, tiff_items};
use crate::read::layout::ImageLayout;
use crate::side_car;
use crate::tiff::{
    serialize::{Field, FieldValue, Flavor, even},
    tag,
};
use raster_core::{ColorInterp, ColorTable, Edits, Error, MaskKind, RasterInfo, RasterSource, Result, Unset};
use std::path::Path;

/// What an edit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edited {
    /// Was anything changed?
    pub changed: bool,
    /// What should be known about the file now.
    pub notes: Vec<String>,
}

/// Change what a file says about its raster, in place. New directories go behind the end of the file, and one offset leads to them
/// when they are on the disk: a failure or a crash before that leaves the file as it was. The old ones stay as dead space of some
/// hundred bytes.
///
/// Blocks that a sparse file leaves out read as its nodata value, so they change with it, as in GDAL.
///
/// What a file beside it (`.aux.xml`) says of the same things is taken out of that, since it would override the file. A COG is marked
/// as changed in its structural metadata: its directories are no longer in front. `directory` (from 0): which image of the file.
///
/// ```
/// # fn main() -> geotiff_io::Result<()> {
/// use geotiff_io::{CreateOptions, Dataset, TransferOptions, edit, write_raster};
/// use raster_core::{Edits, MemoryRaster, RasterSource};
/// # let path = std::env::temp_dir().join(format!("mucho_edit_{}.tif", std::process::id()));
/// let raster = MemoryRaster::new(ndarray::Array3::from_elem((1, 60, 80), 7u8));
/// write_raster(&raster, &path, &TransferOptions::new(CreateOptions::geotiff()))?;
/// let mut edits = Edits::default();
/// edits.crs = Some(32633.into());
/// edits.nodata = Some(0.into());
/// assert!(edit(&path, &edits, 0)?.changed);
/// let dataset = Dataset::open(&path)?;
/// assert_eq!(dataset.info().crs, Some(32633.into()));
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Misuse` when a value does not fit the raster or has no place in its file, or when the new directories do not fit into a classic
/// TIFF; `Io` when the file cannot be changed.
pub fn edit(path: impl AsRef<Path>, edits: &Edits, directory: usize) -> Result<Edited> {
    let path = path.as_ref();
    run(path, edits, directory).map_err(|e| e.in_file(path))
}

fn run(path: &Path, edits: &Edits, directory: usize) -> Result<Edited> {
    change::check_changeable(path)?;
    let options = OpenOptions::new().threads(1).directory(directory);
    let own = options.clone().ignore_side_cars(true).open(path)?;
    let shown = options.open(path)?;
    // Values are changed as they are seen, files beside included; the file itself gets those that are changed.
    let before = shown.info().clone();
    let mut wanted = before.clone();
    edits.apply(&mut wanted)?;
    let after = merged(own.info(), &before, &wanted, edits);
    let layout = &own.levels()[0].image.layout;
    check(layout, edits, &own)?;
    let main = changes(&own, &after)?;
    let mut all = vec![(directory, main)];
    // What readers look for in each directory of a pyramid.
    let shared = |c: &Change| matches!(c.tag, tag::GDAL_NODATA | tag::COLOR_MAP | tag::PHOTOMETRIC);
    let pyramid: Vec<Change> = all[0].1.iter().filter(|c| shared(c)).cloned().collect();
    let mut notes = Vec::new();
    if !pyramid.is_empty() {
        let levels: Vec<usize> = own.levels()[1..].iter().map(|l| l.image.layout.directory).collect();
        if levels.iter().any(|&d| d >= own.directory_count()) {
            notes.push("overviews in SubIFDs keep what they say themselves".to_owned());
        }
        let inside = levels.into_iter().filter(|&d| d < own.directory_count());
        all.extend(inside.map(|d| (d, pyramid.clone())));
    }
    all.retain(|(_, changes)| !changes.is_empty());
    let statistics = has_statistics(&before) && !has_statistics(&wanted);
    let was_cog = own.is_cog();
    let has_overviews = own.levels().len() > 1;
    let flavor = Flavor { order: own.storage().byte_order, big: own.storage().bigtiff };
    drop((own, shown));
    let mut changed = !all.is_empty();
    if changed {
        replace(path, flavor, &all)?;
        if was_cog {
            notes.push(
                "the file has no longer the layout of a COG, and says so; mucho cog makes one of it"
                    .to_owned(),
            );
        }
    }
    if directory == 0 {
        let stale = "the file itself is changed, but what is said beside it still overrides it";
        let gone = side_car::take_out(path, edits, statistics).map_err(|e| e.context(stale))?;
        if !gone.is_empty() {
            changed = true;
            notes.push(format!(
                "taken out of the .aux.xml beside it, which would override the file: {}",
                gone.join(", ")
            ));
        }
    }
    let nodata = before.nodata() != wanted.nodata();
    if nodata && has_overviews {
        notes.push(
            "the overviews were made with the nodata value before; mucho overviews makes them anew"
                .to_owned(),
        );
    }
    let mask = |b: &raster_core::BandInfo| matches!(b.mask, MaskKind::PerDataset | MaskKind::PerBand);
    if edits.nodata.is_some() && wanted.bands.iter().any(mask) {
        notes.push("what is valid is said by a mask, which goes before the nodata value".to_owned());
    }
    let alpha = |b: &raster_core::BandInfo| b.mask == MaskKind::Alpha;
    if edits.nodata.is_some() && before.bands.iter().any(alpha) {
        notes.push(
            "the nodata value goes before the alpha band: transparent pixels of other values are valid now"
                .to_owned(),
        );
    }
    if changed {
        let now = OpenOptions::new().threads(1).directory(directory).open(path)?;
        if now.info().transform != wanted.transform {
            notes.push("a transform is still stated by a file beside it (see mucho info)".to_owned());
        }
    }
    Ok(Edited { changed, notes })
}

fn has_statistics(info: &RasterInfo) -> bool {
    info.metadata.items().iter().any(|i| i.name.starts_with("STATISTICS_"))
}

/// What the file itself is to say: as before, but for what is edited, and that as it is wanted.
fn merged(own: &RasterInfo, before: &RasterInfo, wanted: &RasterInfo, edits: &Edits) -> RasterInfo {
    let mut after = own.clone();
    let unset = |what: &Unset| edits.unset.contains(what);
    let placed = edits.transform.is_some() || edits.bounds.is_some();
    if edits.crs.is_some() || unset(&Unset::Crs) || placed || unset(&Unset::Gcps) {
        (after.crs, after.gcp_crs) = (wanted.crs.clone(), wanted.gcp_crs.clone());
    }
    if placed || unset(&Unset::Transform) || unset(&Unset::Gcps) {
        after.transform = wanted.transform.filter(|_| placed || !unset(&Unset::Transform));
        after.gcps.clone_from(&wanted.gcps);
    }
    let scaled = !edits.scale.is_empty() || !edits.offset.is_empty() || unset(&Unset::Scale);
    for (band, wanted) in after.bands.iter_mut().zip(&wanted.bands) {
        if edits.nodata.is_some() || unset(&Unset::Nodata) {
            band.nodata = wanted.nodata;
        }
        if scaled {
            (band.scale, band.offset) = (wanted.scale, wanted.offset);
        }
        if !edits.unit.is_empty() || unset(&Unset::Unit) {
            band.unit.clone_from(&wanted.unit);
        }
        if !edits.description.is_empty() || unset(&Unset::Description) {
            band.description.clone_from(&wanted.description);
        }
        if edits.color_table.is_some() || unset(&Unset::ColorTable) {
            band.color_table.clone_from(&wanted.color_table);
            band.color = wanted.color;
        }
    }
    let removed = |what: &dyn Fn(&RasterInfo) -> bool| what(before) && !what(wanted);
    if removed(&has_statistics) || unset(&Unset::Statistics) {
        after.drop_statistics();
    }
    for what in edits.unset.iter().filter(|w| matches!(w, Unset::Metadata(_) | Unset::Rpc)) {
        let mut only = Edits::default();
        only.unset = vec![what.clone()];
        // Nothing that could fail.
        let _ = only.apply(&mut after);
    }
    for (name, text) in &edits.metadata {
        after.metadata.set("", None, name, text.clone());
    }
    after
}

/// What has no place in this file.
fn check(layout: &ImageLayout, edits: &Edits, own: &Dataset) -> Result<()> {
    let storage = own.storage();
    if edits.color_table.is_some() {
        let grey = matches!(
            storage.photometric,
            Photometric::BlackIsZero | Photometric::WhiteIsZero | Photometric::Palette
        );
        if !grey || storage.compression == Compression::Jpeg {
            return Err(Error::misuse(format!(
                "a colour table has no place in a file of {:?} samples, compressed by {}",
                storage.photometric,
                storage.compression.name()
            )));
        }
        let (bits, colours) = (layout.format.bits, edits.color_table.as_ref().map_or(0, |t| t.entries.len()));
        if bits > 16 || colours > 1 << bits {
            return Err(Error::misuse(format!("{colours} colours for samples of {bits} bits")));
        }
    }
    if edits.unset.contains(&Unset::ColorTable) && storage.photometric == Photometric::WhiteIsZero {
        return Err(Error::misuse("the colours of this file are those of white as 0, not of a table"));
    }
    for (name, value) in &edits.metadata {
        let is_tag = tiff_items::tags().any(|(_, tag)| tag == name);
        if name.starts_with("TIFFTAG_") && !is_tag {
            let names: Vec<_> = tiff_items::tags().map(|t| t.1).collect();
            return Err(Error::misuse(format!(
                "{name} cannot be edited; of the tags {} can",
                names.join(", ")
            )));
        }
        if is_tag && tiff_items::field(name, value, layout.bands).is_none() {
            return Err(Error::misuse(format!("the tag {name} cannot hold '{value}'")));
        }
    }
    Ok(())
}

/// A tag that gets another value, or goes.
#[derive(Clone, Debug)]
struct Change {
    tag: u16,
    value: Option<FieldValue>,
}

/// The tags of the main directory that differ.
fn changes(own: &Dataset, after: &RasterInfo) -> Result<Vec<Change>> {
    let before = own.info();
    let mut changes = Vec::new();
    let mut put = |tag: u16, value: Option<FieldValue>| changes.push(Change { tag, value });
    let point_of = |i: &RasterInfo| i.metadata.get("", None, "AREA_OR_POINT") == Some("Point");
    let point = point_of(after);
    let moved =
        (&before.transform, &before.gcps) != (&after.transform, &after.gcps) || point != point_of(before);
    let system = (&before.crs, &before.gcp_crs) != (&after.crs, &after.gcp_crs);
    if moved {
        let mut fields = Vec::new();
        model_fields(after, point, &mut fields);
        for tag in [tag::MODEL_PIXEL_SCALE, tag::MODEL_TIEPOINT, tag::MODEL_TRANSFORMATION] {
            put(tag, value_of(&mut fields, tag));
        }
    }
    if moved || system {
        let given = own.geo_keys().filter(|_| !system);
        let keys = geo_keys(after, given, point)?;
        if own.geo_keys().is_none_or(|own| *own != keys) {
            let mut fields = Vec::new();
            if !keys.entries.is_empty() {
                geo_key_fields(&keys, &mut fields)?;
            }
            for tag in [tag::GEO_KEY_DIRECTORY, tag::GEO_DOUBLE_PARAMS, tag::GEO_ASCII_PARAMS] {
                put(tag, value_of(&mut fields, tag));
            }
        }
    }
    if before.nodata() != after.nodata() {
        put(tag::GDAL_NODATA, after.nodata().map(|n| FieldValue::Ascii(n.to_string())));
    }
    if rpc::numbers(&before.metadata)? != rpc::numbers(&after.metadata)? {
        put(tag::RPC_COEFFICIENT, rpc::numbers(&after.metadata)?.map(FieldValue::Double));
    }
    for (tag, name) in tiff_items::tags() {
        let (old, new) = (before.metadata.get("", None, name), after.metadata.get("", None, name));
        if old != new {
            put(tag, new.and_then(|t| tiff_items::field(name, t, before.band_count())).map(|f| f.value));
        }
    }
    let layout = &own.levels()[0].image.layout;
    let mapped = |i: &RasterInfo| i.bands[0].color_table.is_some();
    let mut implied = color::interpretation(layout, mapped(before));
    if before.bands[0].color_table != after.bands[0].color_table {
        let table = after.bands[0].color_table.as_ref();
        put(tag::COLOR_MAP, table.map(|t| FieldValue::Short(color_map(t, layout.format.bits))));
        let photometric = if table.is_some() { Photometric::Palette } else { Photometric::BlackIsZero };
        put(tag::PHOTOMETRIC, Some(FieldValue::Short(vec![photometric.tag_value()])));
        implied[0] = if table.is_some() { ColorInterp::Palette } else { ColorInterp::Gray };
    }
    let xml = |i: &RasterInfo, implied: &[ColorInterp]| gdal_metadata(i, &[], |b| implied[b]);
    let old = xml(before, &color::interpretation(layout, mapped(before)));
    let new = xml(after, &implied);
    if old != new {
        put(tag::GDAL_METADATA, new.map(FieldValue::Ascii));
    }
    Ok(changes)
}

fn value_of(fields: &mut Vec<Field>, tag: u16) -> Option<FieldValue> {
    let at = fields.iter().position(|f| f.tag == tag)?;
    Some(fields.swap_remove(at).value)
}

/// Red, green and blue of every value, 16 bits each.
fn color_map(table: &ColorTable, bits: u16) -> Vec<u16> {
    let channel = |c: usize| {
        (0..1usize << bits).map(move |i| table.entries.get(i).map_or(0, |rgba| u16::from(rgba[c]) * 257))
    };
    (0..3).flat_map(channel).collect()
}

/// Write the directories from the first to the last of those that change anew, behind the end, and lead the chain to them.
fn replace(path: &Path, flavor: Flavor, all: &[(usize, Vec<Change>)]) -> Result<()> {
    if path.metadata()?.permissions().readonly() {
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        return Err(Error::io("the file is read-only", denied));
    }
    let mut file = change::Change::begin(change::open_to_change(path)?)?;
    let links = file.chain()?;
    let numbers = || all.iter().map(|(d, _)| *d);
    let (first, last) = (numbers().min().unwrap_or(0), numbers().max().unwrap_or(0));
    if last >= links.len() {
        return Err(Error::unsupported("the chain of directories does not lead to the image"));
    }
    let start = file.end()?;
    let mut bytes = Vec::new();
    for (i, link) in links.iter().enumerate().take(last + 1).skip(first) {
        let changes: Vec<&Change> = all.iter().filter(|(d, _)| *d == i).flat_map(|(_, c)| c).collect();
        let entries = entries(&mut file, flavor, link, &changes)?;
        let next = if i == last { Some(file.number(link.next_at, pointer_len(flavor))?) } else { None };
        put_directory(&mut bytes, flavor, start, &entries, next)?;
    }
    if !flavor.big && start + bytes.len() as u64 > u64::from(u32::MAX) {
        return Err(Error::misuse(
            "the file has no room for other directories below 4 GiB: write it anew as a BigTIFF",
        ));
    }
    file.append(|out| out.write_all(&bytes).map_err(|e| Error::io("cannot be written", e)))?;
    file.point(links[first].led_from, start)?;
    file.mark_as_changed();
    file.commit()
}

fn pointer_len(flavor: Flavor) -> usize {
    if flavor.big { 8 } else { 4 }
}

/// An entry as it stands in the file (its tag, and all of its bytes), or with another value.
enum Entry {
    Old(u16, Vec<u8>),
    New(u16, FieldValue),
}

impl Entry {
    fn tag(&self) -> u16 {
        match self {
            Self::Old(tag, _) | Self::New(tag, _) => *tag,
        }
    }
}

/// The entries of a directory after the changes. Those that stay keep their bytes, and so the places of their values, whatever they
/// are.
fn entries(
    file: &mut change::Change,
    flavor: Flavor,
    link: &Link,
    changes: &[&Change],
) -> Result<Vec<Entry>> {
    let count_len = if flavor.big { 8 } else { 2 };
    let count = file.number(link.directory, count_len)?;
    if count > 0xffff {
        return Err(Error::malformed(format!("a directory of {count} entries")).at_offset(link.directory));
    }
    let bytes = file.read(link.directory + count_len as u64, count as usize * flavor.entry_len())?;
    let tag_of = |raw: &[u8]| flavor.order.u16(raw);
    let mut entries: Vec<Entry> = bytes
        .chunks_exact(flavor.entry_len())
        .filter(|raw| changes.iter().all(|c| c.tag != tag_of(raw)))
        .map(|raw| Entry::Old(tag_of(raw), raw.to_vec()))
        .collect();
    entries.extend(changes.iter().filter_map(|c| Some(Entry::New(c.tag, c.value.clone()?))));
    entries.sort_by_key(Entry::tag);
    Ok(entries)
}

/// Append a directory to `bytes`, which go to `length` of the file; `next` `None`: the one that follows right behind.
fn put_directory(
    bytes: &mut Vec<u8>,
    flavor: Flavor,
    length: u64,
    entries: &[Entry],
    next: Option<u64>,
) -> Result<()> {
    let at = length + bytes.len() as u64;
    let head = (if flavor.big { 8 } else { 2 }) + entries.len() * flavor.entry_len() + pointer_len(flavor);
    let values_at = at + even(head) as u64;
    let (mut out, mut values) = (Vec::with_capacity(head), Vec::new());
    if flavor.big {
        flavor.put_u64(&mut out, entries.len() as u64);
    } else {
        let count = u16::try_from(entries.len())
            .map_err(|_| Error::misuse("a directory of more than 65535 entries"))?;
        flavor.put_u16(&mut out, count);
    }
    for entry in entries {
        let start = out.len();
        match entry {
            Entry::Old(_, raw) => out.extend_from_slice(raw),
            Entry::New(tag, value) => {
                let (type_code, count) = value.type_and_count();
                flavor.put_u16(&mut out, *tag);
                flavor.put_u16(&mut out, type_code);
                flavor.put_offset(&mut out, count);
                if value.byte_len() > flavor.inline_len() {
                    flavor.put_offset(&mut out, values_at + values.len() as u64);
                    value.put(flavor, &mut values);
                    values.resize(even(values.len()), 0);
                } else {
                    value.put(flavor, &mut out);
                    out.resize(start + flavor.entry_len(), 0);
                }
            }
        }
    }
    let end = values_at + values.len() as u64;
    flavor.put_offset(&mut out, next.unwrap_or(end));
    out.resize(even(out.len()), 0);
    bytes.extend_from_slice(&out);
    bytes.extend_from_slice(&values);
    Ok(())
}
