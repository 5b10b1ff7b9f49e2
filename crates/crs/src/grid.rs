//! Datum shift grids that the user supplies.

use std::fmt;
use std::sync::Arc;

use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind};

/// A grid of shifts from one geographic system to another.
///
/// [`Ntv2Grid`] reads NTv2 files; another format (the GeoTIFF grids of PROJ, say) needs this one method.
pub trait GridShift: Send + Sync + fmt::Debug {
    /// What to add to longitude and latitude at a place, all in degrees, longitudes east of Greenwich in -180..=180;
    /// none outside the grid or where it has no value.
    fn shift(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)>;
}

/// A grid with the systems that it joins.
#[derive(Clone, Debug)]
pub struct DatumGrid {
    pub(crate) source: Crs,
    pub(crate) target: Crs,
    pub(crate) grid: Arc<dyn GridShift>,
    pub(crate) accuracy: Option<f64>,
}

impl DatumGrid {
    /// A grid from one geographic system to another, good to `accuracy` metres where it has values.
    ///
    /// # Errors
    /// When one of the systems is not geographic.
    pub fn new(
        source: &Crs,
        target: &Crs,
        grid: Arc<dyn GridShift>,
        accuracy: Option<f64>,
    ) -> Result<DatumGrid, CrsError> {
        if let Some(other) = [source, target].into_iter().find(|crs| !crs.is_geographic()) {
            let what = format!("a datum grid joins geographic systems, \"{}\" is none", other.name());
            return Err(CrsError::new(ErrorKind::Argument, what));
        }
        Ok(DatumGrid { source: source.clone(), target: target.clone(), grid, accuracy })
    }
}

/// One rectangle of an NTv2 file: values at the nodes, arc-seconds.
#[derive(Debug)]
struct SubGrid {
    name: [u8; 8],
    parent: [u8; 8],
    /// Arc-seconds, latitude north, longitude **west** positive, as the format has it.
    south: f64,
    north: f64,
    east: f64,
    west: f64,
    lat_step: f64,
    lon_step: f64,
    rows: usize,
    columns: usize,
    /// Latitude and longitude shift of every node, rows from the south, columns from the east.
    nodes: Vec<[f32; 2]>,
}

/// A National Transformation version 2 grid (`.gsb`), from its bytes.
///
/// Format: Geodetic Survey of Canada, "NTv2 developer's guide"; either byte order, subgrids of any depth.
#[derive(Debug)]
pub struct Ntv2Grid {
    grids: Vec<SubGrid>,
    source: String,
    target: String,
}

/// The largest number of nodes that is read: 4 GiB of file.
const MAX_NODES: usize = 1 << 28;

/// Bytes with their order.
struct Records<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Records<'a> {
    fn wrong(at: usize, what: impl Into<String>) -> CrsError {
        CrsError::new(ErrorKind::Malformed, format!("NTv2: {}", what.into())).at(crate::Location::Offset(at))
    }

    /// The 16 bytes of a record: its name and its value.
    fn record(&self, at: usize) -> Result<(&'a [u8], &'a [u8]), CrsError> {
        match self.bytes.get(at..at + 16) {
            Some(record) => Ok(record.split_at(8)),
            None => Err(Self::wrong(at, "the file ends inside a header")),
        }
    }

    fn expect(&self, at: usize, name: &str) -> Result<&'a [u8], CrsError> {
        let (key, value) = self.record(at)?;
        if key.trim_ascii() == name.as_bytes() {
            Ok(value)
        } else {
            Err(Self::wrong(at, format!("expected {name}")))
        }
    }

    fn integer(&self, at: usize, name: &str) -> Result<usize, CrsError> {
        let v = self.expect(at, name)?;
        let four = [v[0], v[1], v[2], v[3]];
        let number = if self.big_endian { i32::from_be_bytes(four) } else { i32::from_le_bytes(four) };
        usize::try_from(number).map_err(|_| Self::wrong(at, format!("{name} is negative")))
    }

    fn double(&self, at: usize, name: &str) -> Result<f64, CrsError> {
        let v = self.expect(at, name)?;
        let eight = [v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]];
        let number = if self.big_endian { f64::from_be_bytes(eight) } else { f64::from_le_bytes(eight) };
        if number.is_finite() { Ok(number) } else { Err(Self::wrong(at, format!("{name} is not a number"))) }
    }

    fn name(&self, at: usize, name: &str) -> Result<[u8; 8], CrsError> {
        let v = self.expect(at, name)?;
        Ok([v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]])
    }
}

impl Ntv2Grid {
    /// Reads a whole file.
    ///
    /// # Errors
    /// When the bytes are no NTv2 file, or end too early; the error says at which byte.
    pub fn from_bytes(bytes: &[u8]) -> Result<Ntv2Grid, CrsError> {
        let first = bytes.get(8..12).ok_or_else(|| Records::wrong(0, "the file is too short"))?;
        let big_endian = match first {
            [11, 0, 0, 0] => false,
            [0, 0, 0, 11] => true,
            _ => return Err(Records::wrong(8, "the first record must say that the header has 11 records")),
        };
        let r = Records { bytes, big_endian };
        r.integer(0, "NUM_OREC")?;
        let count = r.integer(32, "NUM_FILE")?;
        let unit = r.expect(48, "GS_TYPE")?;
        let scale = match unit.trim_ascii() {
            b"SECONDS" => 1.0,
            b"MINUTES" => 60.0,
            b"DEGREES" => 3600.0,
            _ => return Err(Records::wrong(48, "the unit must be seconds, minutes or degrees")),
        };
        let text = |v: &[u8]| String::from_utf8_lossy(v).trim_matches(['\0', ' ']).to_owned();
        let (source, target) = (text(r.expect(80, "SYSTEM_F")?), text(r.expect(96, "SYSTEM_T")?));
        let (mut grids, mut at) = (Vec::new(), 176);
        for _ in 0..count {
            let (grid, end) = SubGrid::read(&r, at, scale)?;
            grids.push(grid);
            at = end;
        }
        if grids.is_empty() {
            return Err(Records::wrong(32, "no grid"));
        }
        Ok(Ntv2Grid { grids, source, target })
    }

    /// Name of the system that the file goes from, as the file has it.
    #[must_use]
    pub fn source_name(&self) -> &str {
        &self.source
    }

    /// Name of the system that the file goes to, as the file has it.
    #[must_use]
    pub fn target_name(&self) -> &str {
        &self.target
    }

    /// The finest subgrid that holds a place.
    fn find(&self, lat: f64, west: f64) -> Option<&SubGrid> {
        let holds = |g: &&SubGrid| g.holds(lat, west);
        let mut found = self.grids.iter().filter(|g| g.parent.trim_ascii() == b"NONE").find(holds)?;
        // a chain of subgrids is no longer than the file has subgrids
        for _ in 0..self.grids.len() {
            match self.grids.iter().filter(|g| g.parent == found.name && g.name != found.name).find(holds) {
                Some(finer) => found = finer,
                None => break,
            }
        }
        Some(found)
    }
}

impl SubGrid {
    fn read(r: &Records<'_>, at: usize, scale: f64) -> Result<(SubGrid, usize), CrsError> {
        let name = r.name(at, "SUB_NAME")?;
        let parent = r.name(at + 16, "PARENT")?;
        let value = |i: usize, name| r.double(at + 16 * i, name).map(|v| v * scale);
        let (south, north) = (value(4, "S_LAT")?, value(5, "N_LAT")?);
        let (east, west) = (value(6, "E_LONG")?, value(7, "W_LONG")?);
        let (lat_step, lon_step) = (value(8, "LAT_INC")?, value(9, "LONG_INC")?);
        let count = r.integer(at + 160, "GS_COUNT")?;
        let size = |from: f64, to: f64, step: f64| ((to - from) / step + 1.5).floor();
        let (rows, columns) = (size(south, north, lat_step), size(east, west, lon_step));
        let plausible = lat_step > 0.0 && lon_step > 0.0 && rows >= 2.0 && columns >= 2.0;
        if !plausible || rows * columns != count as f64 || count > MAX_NODES {
            return Err(Records::wrong(
                at,
                format!("the subgrid says {count} nodes, its limits and steps say otherwise"),
            ));
        }
        let start = at + 176;
        let end = start + 16 * count;
        let Some(data) = r.bytes.get(start..end) else {
            return Err(Records::wrong(r.bytes.len(), "the file ends inside a subgrid"));
        };
        let float = |v: &[u8]| {
            let four = [v[0], v[1], v[2], v[3]];
            (if r.big_endian { f32::from_be_bytes(four) } else { f32::from_le_bytes(four) }) * scale as f32
        };
        let nodes = data.chunks_exact(16).map(|node| [float(&node[..4]), float(&node[4..8])]).collect();
        let (rows, columns) = (rows as usize, columns as usize);
        Ok((
            SubGrid { name, parent, south, north, east, west, lat_step, lon_step, rows, columns, nodes },
            end,
        ))
    }

    fn holds(&self, lat: f64, west: f64) -> bool {
        lat >= self.south && lat <= self.north && west >= self.east && west <= self.west
    }

    /// Bilinear between the four nodes around a place, arc-seconds.
    fn interpolate(&self, lat: f64, west: f64) -> [f64; 2] {
        let place = |v: f64, from: f64, step: f64, n: usize| {
            let t = (v - from) / step;
            let i = (t.floor().max(0.0) as usize).min(n - 2);
            (i, t - i as f64)
        };
        let (row, v) = place(lat, self.south, self.lat_step, self.rows);
        let (column, u) = place(west, self.east, self.lon_step, self.columns);
        let node =
            |r: usize, c: usize, k: usize| f64::from(self.nodes[(row + r) * self.columns + column + c][k]);
        [0, 1].map(|k| {
            let low = node(0, 0, k) * (1.0 - u) + node(0, 1, k) * u;
            let high = node(1, 0, k) * (1.0 - u) + node(1, 1, k) * u;
            low * (1.0 - v) + high * v
        })
    }
}

impl GridShift for Ntv2Grid {
    fn shift(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
        let (lat, west) = (latitude * 3600.0, -longitude * 3600.0);
        let [north, west_shift] = self.find(lat, west)?.interpolate(lat, west);
        let shift = (-west_shift / 3600.0, north / 3600.0);
        (shift.0.is_finite() && shift.1.is_finite()).then_some(shift)
    }
}

/// Grids that join the same two datums, each forwards or backwards.
#[derive(Clone, Debug)]
pub(crate) struct GridSet {
    /// The grid, and whether it is used from its target to its source.
    pub(crate) list: Vec<(Arc<dyn GridShift>, bool)>,
    /// Metres.
    pub(crate) accuracy: Option<f64>,
}

impl GridSet {
    /// Shifts longitudes and latitudes from Greenwich, radians; NaN where no grid has a value.
    pub(crate) fn run(&self, inverse: bool, x: &mut [f64], y: &mut [f64]) {
        for (x, y) in x.iter_mut().zip(y) {
            let (lon, lat) = (crate::math::wrap(*x).to_degrees(), y.to_degrees());
            let found = self.list.iter().find_map(|(grid, backwards)| {
                if *backwards == inverse {
                    let (dx, dy) = grid.shift(lon, lat)?;
                    Some((lon + dx, lat + dy))
                } else {
                    before(grid.as_ref(), lon, lat)
                }
            });
            (*x, *y) = found.map_or((f64::NAN, f64::NAN), |(lon, lat)| (lon.to_radians(), lat.to_radians()));
        }
    }
}

/// The place that a grid shifts to the given one, by fixed-point iteration: shifts change slowly, so each round is
/// thousands of times closer.
fn before(grid: &dyn GridShift, lon: f64, lat: f64) -> Option<(f64, f64)> {
    // just outside the edge the first guess may miss the grid that the answer lies in
    let (mut px, mut py) = match grid.shift(lon, lat) {
        Some((dx, dy)) => (lon - dx, lat - dy),
        None => (lon, lat),
    };
    for _ in 0..20 {
        let (dx, dy) = grid.shift(px, py)?;
        let (ex, ey) = (px + dx - lon, py + dy - lat);
        (px, py) = (px - ex, py - ey);
        if ex.abs() + ey.abs() < 1e-13 {
            return Some((px, py));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the records of a file in one byte order.
    struct Writer {
        out: Vec<u8>,
        big_endian: bool,
    }

    impl Writer {
        fn text(&mut self, name: &str, value: &str) {
            self.out.extend(format!("{name:8}{value:8}").bytes());
        }
        fn int(&mut self, name: &str, v: i32) {
            self.out.extend(format!("{name:8}").bytes());
            self.out.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
            self.out.extend([0; 4]);
        }
        fn double(&mut self, name: &str, v: f64) {
            self.out.extend(format!("{name:8}").bytes());
            self.out.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
        }
        fn node(&mut self, lat: f32, lon: f32) {
            for v in [lat, lon, 0.0, 0.0] {
                self.out.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
            }
        }
    }

    /// One grid over 0 to 2 degrees north and 10 to 12 east whose shifts are linear, and a finer one in its middle whose
    /// shifts are constant.
    fn sample(big_endian: bool) -> Vec<u8> {
        let mut w = Writer { out: Vec::new(), big_endian };
        w.int("NUM_OREC", 11);
        w.int("NUM_SREC", 11);
        w.int("NUM_FILE", 2);
        w.text("GS_TYPE", "SECONDS");
        w.text("VERSION", "NTv2.0");
        w.text("SYSTEM_F", "OLD");
        w.text("SYSTEM_T", "NEW");
        for name in ["MAJOR_F", "MINOR_F", "MAJOR_T", "MINOR_T"] {
            w.double(name, 6.4e6);
        }
        // longitudes count west
        for (name, parent, south, east, step) in
            [("PARENT1", "NONE", 0.0, -43200.0, 3600.0), ("CHILD1", "PARENT1", 1800.0, -41400.0, 1800.0)]
        {
            w.text("SUB_NAME", name);
            w.text("PARENT", parent);
            w.text("CREATED", "");
            w.text("UPDATED", "");
            w.double("S_LAT", south);
            w.double("N_LAT", south + 2.0 * step);
            w.double("E_LONG", east);
            w.double("W_LONG", east + 2.0 * step);
            w.double("LAT_INC", step);
            w.double("LONG_INC", step);
            w.int("GS_COUNT", 9);
            for row in 0..3u8 {
                for column in 0..3u8 {
                    if name == "CHILD1" {
                        w.node(9.0, 8.0);
                    } else {
                        w.node(f32::from(row), 2.0 * f32::from(column));
                    }
                }
            }
        }
        w.out
    }

    #[test]
    fn grids_are_read_in_both_byte_orders_and_interpolated() {
        for big_endian in [false, true] {
            let grid = Ntv2Grid::from_bytes(&sample(big_endian)).unwrap();
            assert_eq!((grid.source_name(), grid.target_name()), ("OLD", "NEW"));
            // in the parent: 1 second north per degree, 2 seconds west per degree west of 12 E
            let (dx, dy) = grid.shift(11.75, 0.25).unwrap();
            assert!((dx * 3600.0 + 0.5).abs() < 1e-6 && (dy * 3600.0 - 0.25).abs() < 1e-6, "{dx} {dy}");
            // the child wins in the middle
            let (dx, dy) = grid.shift(11.0, 1.0).unwrap();
            assert!((dx * 3600.0 + 8.0).abs() < 1e-6 && (dy * 3600.0 - 9.0).abs() < 1e-6);
            assert_eq!(grid.shift(9.0, 1.0), None);
            assert_eq!(grid.shift(f64::NAN, 1.0), None);
        }
    }

    #[test]
    fn a_set_of_grids_goes_both_ways() {
        let set = GridSet {
            list: vec![(Arc::new(Ntv2Grid::from_bytes(&sample(false)).unwrap()), false)],
            accuracy: None,
        };
        let start = (
            [11.75f64.to_radians(), 11.0f64.to_radians(), 0.0],
            [0.25f64.to_radians(), 1f64.to_radians(), 0.0],
        );
        let (mut x, mut y) = start;
        set.run(false, &mut x, &mut y);
        assert!(x[2].is_nan() && y[2].is_nan());
        set.run(true, &mut x, &mut y);
        for i in 0..2 {
            assert!((x[i] - start.0[i]).abs() < 1e-14 && (y[i] - start.1[i]).abs() < 1e-14);
        }
    }

    #[test]
    fn broken_files_are_refused() {
        let good = sample(false);
        for end in (0..good.len()).step_by(5) {
            assert!(Ntv2Grid::from_bytes(&good[..end]).is_err(), "{end}");
        }
        for at in 0..good.len().min(700) {
            for value in [0, 0xFF, 0x7F] {
                let mut bytes = good.clone();
                bytes[at] = value;
                if let Ok(grid) = Ntv2Grid::from_bytes(&bytes) {
                    let _ = grid.shift(11.0, 1.0);
                }
            }
        }
    }
}
