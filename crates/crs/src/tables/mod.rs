//! The EPSG registry and PROJ's datum operations, as one compact file that is read in place.
//!
//! `epsg.bin` is written by `tools/generate_tables.py` from the `proj.db` of PROJ. It is a header (8 bytes of magic, 56 of
//! label, number of sections, then offset and record count of each) and sections of fixed-size little-endian records.
//! Records with a code are sorted by it, so finding one is a binary search and nothing is parsed at start-up. Text is a
//! reference `offset << 8 | length` into one run of UTF-8, which is deflated in the file; numbers are indices into a pool of `f64`; 0xFFFF is "none".

use std::sync::LazyLock;

static BYTES: &[u8] = include_bytes!("epsg.bin");

const NONE: u16 = 0xFFFF;

/// Section numbers, in the order of the generator.
mod section {
    pub(super) const UNIT: usize = 0;
    pub(super) const ELLIPSOID: usize = 1;
    pub(super) const MERIDIAN: usize = 2;
    pub(super) const DATUM: usize = 3;
    pub(super) const MEMBER: usize = 4;
    pub(super) const GEODETIC: usize = 5;
    pub(super) const CONVERSION: usize = 6;
    pub(super) const PROJECTED: usize = 7;
    pub(super) const SYSTEM: usize = 8;
    pub(super) const AXIS: usize = 9;
    pub(super) const VERTICAL: usize = 10;
    pub(super) const VERTICAL_DATUM: usize = 11;
    pub(super) const COMPOUND: usize = 12;
    pub(super) const SUCCESSOR: usize = 13;
    pub(super) const OPERATION_LIST: usize = 14;
    pub(super) const OPERATION_NAME: usize = 15;
    pub(super) const OPERATION_INDEX: usize = 16;
    pub(super) const OPERATION: usize = 17;
    pub(super) const PARAMETER: usize = 18;
    pub(super) const EXTENT: usize = 19;
    pub(super) const NUMBER: usize = 20;
    pub(super) const PARAMETER_LIST: usize = 21;
    pub(super) const PROGRAM: usize = 22;
    pub(super) const STRING: usize = 23;
}

/// What made the tables: versions of PROJ and EPSG.
pub(crate) fn label() -> &'static str {
    std::str::from_utf8(&BYTES[8..64]).unwrap_or("").trim_end_matches('\0')
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// Offset and number of records of a section.
fn bounds(section: usize) -> (usize, usize) {
    let at = 72 + 8 * section;
    (u32_at(BYTES, at) as usize, u32_at(BYTES, at + 4) as usize)
}

/// One record of `WIDTH` bytes.
#[derive(Clone, Copy)]
struct Record(&'static [u8]);

impl Record {
    fn u16(self, at: usize) -> u16 {
        self.0.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
    }
    fn some(self, at: usize) -> Option<u16> {
        Some(self.u16(at)).filter(|&v| v != NONE)
    }
    fn u32(self, at: usize) -> u32 {
        u32_at(self.0, at)
    }
    fn text(self, at: usize) -> &'static str {
        text(self.u32(at))
    }
    fn number(self, at: usize) -> Option<f64> {
        self.some(at).map(number)
    }
}

fn record(section: usize, width: usize, index: usize) -> Option<Record> {
    let (start, count) = bounds(section);
    let at = start + index * width;
    (index < count).then(|| BYTES.get(at..at + width)).flatten().map(Record)
}

fn records(section: usize, width: usize) -> impl Iterator<Item = Record> {
    (0..bounds(section).1).filter_map(move |i| record(section, width, i))
}

/// Binary search on the code in the first two bytes.
fn find(section: usize, width: usize, code: u32) -> Option<Record> {
    let code = u16::try_from(code).ok()?;
    let (mut low, mut high) = (0, bounds(section).1);
    while low < high {
        let middle = (low + high) / 2;
        let r = record(section, width, middle)?;
        match r.u16(0).cmp(&code) {
            std::cmp::Ordering::Equal => return Some(r),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// All text, inflated when the first name is wanted (a millisecond): it is four times smaller in the file.
static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (start, length) = bounds(section::STRING);
    let packed = BYTES.get(start..start + length).unwrap_or(&[]);
    miniz_oxide::inflate::decompress_to_vec_with_limit(packed, 1 << 20).unwrap_or_default()
});

static PACKED_REGISTRIES: &[u8] = include_bytes!("registries.bin");

/// The systems of Esri and of the IAU: a line each, authority, colon, code, tab, WKT2. Written by
/// `tools/generate_registries.py`, inflated (ten milliseconds) when the first is asked for.
static REGISTRIES: LazyLock<String> = LazyLock::new(|| {
    let text = miniz_oxide::inflate::decompress_to_vec_with_limit(PACKED_REGISTRIES, 8 << 20);
    text.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
});

/// The definition of `ESRI:code` or `IAU_2015:code`.
pub(crate) fn registry(key: &str) -> Option<&'static str> {
    REGISTRIES.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'))
}

/// The first definition whose name is the wanted one.
pub(crate) fn registry_by_name(is: impl Fn(&str) -> bool) -> Option<&'static str> {
    REGISTRIES
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, wkt)| wkt)
        .find(|wkt| wkt.split('"').nth(1).is_some_and(&is))
}

fn text(reference: u32) -> &'static str {
    let (at, len) = ((reference >> 8) as usize, (reference & 0xFF) as usize);
    TEXT.get(at..at + len).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
}

fn number(index: u16) -> f64 {
    let at = bounds(section::NUMBER).0 + 8 * usize::from(index);
    BYTES
        .get(at..at + 8)
        .map_or(f64::NAN, |b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    Length,
    Angle,
    Scale,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitRow {
    pub(crate) code: u16,
    pub(crate) kind: UnitKind,
    /// Metres, radians or ones in the unit; none for the composite angles (degrees, minutes and seconds in one number).
    pub(crate) factor: Option<f64>,
    pub(crate) name: &'static str,
    pub(crate) esri: &'static str,
}

fn unit_row(r: Record) -> UnitRow {
    let kind = match r.u16(2) & 0xFF {
        0 => UnitKind::Length,
        1 => UnitKind::Angle,
        _ => UnitKind::Scale,
    };
    UnitRow { code: r.u16(0), kind, factor: r.number(4), name: r.text(8), esri: r.text(12) }
}

pub(crate) fn unit(code: u32) -> Option<UnitRow> {
    find(section::UNIT, 16, code).map(unit_row)
}

pub(crate) fn units() -> impl Iterator<Item = UnitRow> {
    records(section::UNIT, 16).map(unit_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct EllipsoidRow {
    pub(crate) code: u16,
    pub(crate) a: f64,
    pub(crate) second: f64,
    /// Whether `second` is the semi-minor axis rather than the inverse flattening.
    pub(crate) second_is_axis: bool,
    pub(crate) name: &'static str,
    pub(crate) esri: &'static str,
}

fn ellipsoid_row(r: Record) -> EllipsoidRow {
    EllipsoidRow {
        code: r.u16(0),
        a: number(r.u16(2)),
        second: number(r.u16(4)),
        second_is_axis: r.u16(6) == 1,
        name: r.text(8),
        esri: r.text(12),
    }
}

pub(crate) fn ellipsoid(code: u32) -> Option<EllipsoidRow> {
    find(section::ELLIPSOID, 16, code).map(ellipsoid_row)
}

pub(crate) fn ellipsoids() -> impl Iterator<Item = EllipsoidRow> {
    records(section::ELLIPSOID, 16).map(ellipsoid_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct MeridianRow {
    pub(crate) code: u16,
    pub(crate) longitude: f64,
    pub(crate) unit: u16,
    pub(crate) name: &'static str,
}

fn meridian_row(r: Record) -> MeridianRow {
    MeridianRow { code: r.u16(0), longitude: number(r.u16(2)), unit: r.u16(4), name: r.text(8) }
}

pub(crate) fn meridian(code: u32) -> Option<MeridianRow> {
    find(section::MERIDIAN, 16, code).map(meridian_row)
}

pub(crate) fn meridians() -> impl Iterator<Item = MeridianRow> {
    records(section::MERIDIAN, 16).map(meridian_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DatumRow {
    pub(crate) code: u16,
    pub(crate) ellipsoid: u16,
    pub(crate) meridian: u16,
    /// Metres, of an ensemble.
    pub(crate) accuracy: Option<f64>,
    pub(crate) name: &'static str,
    pub(crate) esri: &'static str,
}

fn datum_row(r: Record) -> DatumRow {
    DatumRow {
        code: r.u16(0),
        ellipsoid: r.u16(2),
        meridian: r.u16(4),
        accuracy: r.number(6),
        name: r.text(8),
        esri: r.text(12),
    }
}

pub(crate) fn datum(code: u32) -> Option<DatumRow> {
    find(section::DATUM, 16, code).map(datum_row)
}

pub(crate) fn datums() -> impl Iterator<Item = DatumRow> {
    records(section::DATUM, 16).map(datum_row)
}

/// Codes and names of the members of a datum ensemble.
pub(crate) fn ensemble_members(datum: u32) -> impl Iterator<Item = (u16, &'static str)> {
    records(section::MEMBER, 8).filter(move |r| u32::from(r.u16(0)) == datum).map(|r| (r.u16(2), r.text(4)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeodeticKind {
    Geographic2D,
    Geographic3D,
    Geocentric,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct GeodeticRow {
    pub(crate) code: u16,
    pub(crate) kind: GeodeticKind,
    pub(crate) datum: u16,
    pub(crate) system: u16,
    pub(crate) extent: Option<u16>,
    pub(crate) deprecated: bool,
    pub(crate) name: &'static str,
    pub(crate) esri: &'static str,
}

fn geodetic_row(r: Record) -> GeodeticRow {
    let kind = match r.u16(2) {
        0 => GeodeticKind::Geographic2D,
        1 => GeodeticKind::Geographic3D,
        _ => GeodeticKind::Geocentric,
    };
    GeodeticRow {
        code: r.u16(0),
        kind,
        datum: r.u16(4),
        system: r.u16(6),
        extent: r.some(8),
        deprecated: r.u16(10) != 0,
        name: r.text(12),
        esri: r.text(16),
    }
}

pub(crate) fn geodetic(code: u32) -> Option<GeodeticRow> {
    find(section::GEODETIC, 20, code).map(geodetic_row)
}

pub(crate) fn geodetics() -> impl Iterator<Item = GeodeticRow> {
    records(section::GEODETIC, 20).map(geodetic_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ConversionRow {
    pub(crate) code: u16,
    pub(crate) method: u16,
    first: u16,
    count: u16,
    pub(crate) name: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ParameterRow {
    pub(crate) code: u16,
    pub(crate) value: f64,
    pub(crate) unit: u16,
}

fn conversion_row(r: Record) -> ConversionRow {
    ConversionRow { code: r.u16(0), method: r.u16(2), first: r.u16(4), count: r.u16(6), name: r.text(8) }
}

impl ConversionRow {
    pub(crate) fn parameters(self) -> impl Iterator<Item = ParameterRow> {
        (0..usize::from(self.count)).filter_map(move |i| {
            let index = record(section::PARAMETER_LIST, 2, usize::from(self.first) + i)?.u16(0);
            let r = record(section::PARAMETER, 6, usize::from(index))?;
            Some(ParameterRow { code: r.u16(0), value: number(r.u16(2)), unit: r.u16(4) })
        })
    }
}

pub(crate) fn conversion(code: u32) -> Option<ConversionRow> {
    find(section::CONVERSION, 12, code).map(conversion_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ProjectedRow {
    pub(crate) code: u16,
    pub(crate) base: u16,
    pub(crate) conversion: u16,
    pub(crate) system: u16,
    pub(crate) extent: Option<u16>,
    pub(crate) deprecated: bool,
    /// Whether `name` follows "base name / ".
    pub(crate) short: bool,
    pub(crate) name: &'static str,
}

fn projected_row(r: Record) -> ProjectedRow {
    ProjectedRow {
        code: r.u16(0),
        base: r.u16(2),
        conversion: r.u16(4),
        system: r.u16(6),
        extent: r.some(8),
        deprecated: r.u16(10) & 1 != 0,
        short: r.u16(10) & 2 != 0,
        name: r.text(12),
    }
}

pub(crate) fn projected(code: u32) -> Option<ProjectedRow> {
    find(section::PROJECTED, 16, code).map(projected_row)
}

pub(crate) fn projecteds() -> impl Iterator<Item = ProjectedRow> {
    records(section::PROJECTED, 16).map(projected_row)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct AxisRow {
    pub(crate) name: &'static str,
    pub(crate) abbreviation: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) unit: u16,
}

/// The axes of a coordinate system, in its own order.
pub(crate) fn axes(system: u16) -> impl Iterator<Item = AxisRow> {
    let r = find(section::SYSTEM, 8, u32::from(system));
    let (first, count) = r.map_or((0, 0), |r| (usize::from(r.u16(2)), usize::from(r.u16(4))));
    (first..first + count).filter_map(|i| record(section::AXIS, 16, i)).map(|r| AxisRow {
        name: r.text(0),
        abbreviation: r.text(4),
        direction: r.text(8),
        unit: r.u16(12),
    })
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct VerticalRow {
    pub(crate) code: u16,
    pub(crate) datum: u16,
    pub(crate) system: u16,
    pub(crate) extent: Option<u16>,
    pub(crate) name: &'static str,
}

fn vertical_row(r: Record) -> VerticalRow {
    VerticalRow { code: r.u16(0), datum: r.u16(2), system: r.u16(4), extent: r.some(6), name: r.text(12) }
}

pub(crate) fn vertical(code: u32) -> Option<VerticalRow> {
    find(section::VERTICAL, 20, code).map(vertical_row)
}

pub(crate) fn verticals() -> impl Iterator<Item = VerticalRow> {
    records(section::VERTICAL, 20).map(vertical_row)
}

/// Name of a vertical datum.
pub(crate) fn vertical_datum(code: u32) -> Option<&'static str> {
    find(section::VERTICAL_DATUM, 12, code).map(|r| r.text(4))
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CompoundRow {
    pub(crate) code: u16,
    pub(crate) horizontal: u16,
    pub(crate) vertical: u16,
    pub(crate) extent: Option<u16>,
    pub(crate) name: &'static str,
}

fn compound_row(r: Record) -> CompoundRow {
    CompoundRow {
        code: r.u16(0),
        horizontal: r.u16(2),
        vertical: r.u16(4),
        extent: r.some(6),
        name: r.text(12),
    }
}

pub(crate) fn compound(code: u32) -> Option<CompoundRow> {
    find(section::COMPOUND, 16, code).map(compound_row)
}

pub(crate) fn compounds() -> impl Iterator<Item = CompoundRow> {
    records(section::COMPOUND, 16).map(compound_row)
}

/// The code that replaces a deprecated one, if there is exactly one.
pub(crate) fn successor(code: u32) -> Option<u32> {
    find(section::SUCCESSOR, 4, code).map(|r| u32::from(r.u16(2)))
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtentRow {
    pub(crate) west: f64,
    pub(crate) south: f64,
    pub(crate) east: f64,
    pub(crate) north: f64,
    pub(crate) name: &'static str,
}

pub(crate) fn extent(index: u16) -> Option<ExtentRow> {
    let r = record(section::EXTENT, 12, usize::from(index))?;
    let degrees = |at| f64::from(r.u16(at).cast_signed()) / 100.0;
    let [west, south, east, north] = [0, 2, 4, 6].map(degrees);
    Some(ExtentRow { west, south, east, north, name: r.text(8) })
}

/// One datum operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationRow {
    names: u32,
    program: u32,
    pub(crate) extent: Option<ExtentRow>,
    /// Metres; none when unknown.
    pub(crate) accuracy: Option<f64>,
    pub(crate) offshore: bool,
    pub(crate) unknown_area: bool,
    pub(crate) priority: bool,
    pub(crate) ballpark: bool,
}

impl OperationRow {
    /// The names of its steps, joined as PROJ does.
    pub(crate) fn name(self) -> String {
        let (first, count) = ((self.names >> 8) as usize, (self.names & 0xFF) as usize);
        let mut out = String::new();
        for i in first..first + count {
            let Some(r) = record(section::OPERATION_NAME, 4, i) else { break };
            let reference = r.u32(0);
            if !out.is_empty() {
                out.push_str(" + ");
            }
            if reference >> 31 != 0 {
                out.push_str("Inverse of ");
            }
            out.push_str(text(reference & 0x7FFF_FFFF));
        }
        out
    }

    /// Its steps: opcode and numbers, as the generator wrote them.
    pub(crate) fn steps(self) -> impl Iterator<Item = (u8, [f64; 10])> {
        let (start, count) = bounds(section::PROGRAM);
        let mut rest =
            BYTES.get(start..start + count).and_then(|p| p.get(self.program as usize..)).unwrap_or(&[]);
        std::iter::from_fn(move || {
            let (&opcode, tail) = rest.split_first()?;
            let arguments = match opcode {
                1 | 2 | 8 => 2,
                3 | 4 => 7,
                5 | 6 => 10,
                7 => 1,
                _ => return None,
            };
            let mut values = [0.0; 10];
            for (value, pair) in values.iter_mut().zip(tail.chunks_exact(2)).take(arguments) {
                *value = number(u16::from_le_bytes([pair[0], pair[1]]));
            }
            rest = tail.get(2 * arguments..).unwrap_or(&[]);
            Some((opcode, values))
        })
    }
}

/// The operations from one geographic system to another (or, for a few, to a projected one), in PROJ's order.
/// None when the pair is not in the table.
pub(crate) fn operations(source: u32, target: u32) -> Option<impl Iterator<Item = OperationRow>> {
    let key = (u16::try_from(source).ok()?, u16::try_from(target).ok()?);
    let (mut low, mut high) = (0, bounds(section::OPERATION_INDEX).1);
    let found = loop {
        if low >= high {
            return None;
        }
        let middle = (low + high) / 2;
        let r = record(section::OPERATION_INDEX, 8, middle)?;
        match (r.u16(0), r.u16(2)).cmp(&key) {
            std::cmp::Ordering::Equal => break r,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    };
    let (first, count) = (usize::from(found.u16(4)), usize::from(found.u16(6)));
    Some((first..first + count).filter_map(|i| {
        let index = record(section::OPERATION_LIST, 2, i)?.u16(0);
        let r = record(section::OPERATION, 16, usize::from(index))?;
        let flags = r.u16(12);
        Some(OperationRow {
            names: r.u32(0),
            program: r.u32(4),
            extent: r.some(8).and_then(extent),
            accuracy: r.number(10),
            offshore: flags & 1 != 0,
            unknown_area: flags & 2 != 0,
            priority: flags & 4 != 0,
            ballpark: flags & 8 != 0,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_resolves() {
        assert!(label().starts_with("PROJ 9.5.1"), "{}", label());
        let mut seen = 0;
        for p in projecteds() {
            assert!(geodetic(u32::from(p.base)).is_some(), "{}", p.code);
            let c = conversion(u32::from(p.conversion)).unwrap();
            assert!(!p.name.is_empty() && !c.name.is_empty());
            assert!(c.parameters().all(|q| q.value.is_finite()));
            assert!(axes(p.system).count() >= 2, "{}", p.code);
            seen += 1;
        }
        assert_eq!(seen, 5635);
        for g in geodetics() {
            let d = datum(u32::from(g.datum)).unwrap();
            assert!(ellipsoid(u32::from(d.ellipsoid)).unwrap().a > 6e6);
            assert!(meridian(u32::from(d.meridian)).is_some());
            if let Some(list) = operations(4326, u32::from(g.code)) {
                for o in list {
                    assert!(o.steps().all(|(_, v)| v.iter().all(|x| x.is_finite())) && !o.name().is_empty());
                }
            }
        }
        for c in compounds() {
            assert!(vertical(u32::from(c.vertical)).is_some());
        }
        for i in 0..bounds(section::EXTENT).1 {
            let e = extent(u16::try_from(i).unwrap()).unwrap();
            assert!(e.south <= e.north && e.west >= -180.0 && e.east <= 180.0);
        }
    }
}
