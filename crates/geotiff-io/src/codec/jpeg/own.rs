//! A decoder for the kinds of JPEG that `zune-jpeg` does not read: sequential with up to 12 bits (also the 8-bit frames of
//! old-style JPEG in TIFF, whose chroma GDAL does not smooth), and lossless (ITU-T T.81, annexes F, G and H). Not
//! progressive, not arithmetic.

use super::markers::{self, Component, EOI, Frame, SOS, Segment, segment};
use raster_core::{Error, Result};

/// Samples of the components, each in the size of the frame.
pub(super) struct Picture {
    pub(super) frame: Frame,
    /// Adobe's colour transform.
    pub(super) adobe: Option<u8>,
    /// Samples, row by row, `frame.width` to a row.
    pub(super) planes: Vec<Vec<u16>>,
}

/// How chroma that has fewer samples is brought to the size of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// As libjpeg does it by default: 3/4 of the nearer sample and 1/4 of the farther one.
    Smooth,
    /// Each sample again and again.
    Repeat,
}

fn malformed(what: impl Into<String>) -> Error {
    Error::malformed(format!("JPEG stream: {}", what.into()))
}

/// Decode a stream whose frame has at most `most` samples in a row and rows.
///
/// # Errors
/// `Malformed` for a damaged stream, `Unsupported` for the kinds that are not read.
pub(super) fn decode(stream: &[u8], most: (usize, usize), upsampling: Upsampling) -> Result<Picture> {
    let mut decoder = Decoder::default();
    let mut adobe = None;
    let mut at = 0;
    let mut scans = 0;
    while let Some(Segment { marker, body, end }) = segment(stream, at) {
        at = end;
        match marker {
            EOI => break,
            0xdb => decoder.quantisation_tables(body)?,
            0xc4 => decoder.huffman_tables(body)?,
            0xdd => {
                let body =
                    body.first_chunk().ok_or_else(|| malformed("a restart interval without a number"))?;
                decoder.restart = u16::from_be_bytes(*body).into();
            }
            0xee if body.starts_with(b"Adobe") => adobe = body.get(11).copied(),
            SOS => {
                scans += 1;
                // As many as a sequential frame can have; more would be work for nothing.
                if scans > 4 {
                    return Err(malformed("more scans than components"));
                }
                at += decoder.scan(body, &stream[end..])?;
            }
            marker if markers::is_frame(marker) => decoder.start(markers::frame(marker, body)?, most)?,
            _ => {}
        }
    }
    if scans == 0 {
        return Err(malformed("no scan"));
    }
    decoder.picture(adobe, upsampling)
}

/// A Huffman table: lengths and values of codes, most significant bit first.
#[derive(Clone, Default)]
struct Huffman {
    /// By the next 9 bits: length and value of the code; length 0 for longer ones.
    short: Vec<(u8, u8)>,
    /// By length: the first code behind those of this length, aligned to 16 bits; and what leads to its value.
    limits: [u32; 17],
    first: [i32; 17],
    values: Vec<u8>,
}

const SHORT: u32 = 9;

impl Huffman {
    fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut table = Self { short: vec![(0, 0); 1 << SHORT], values: values.to_vec(), ..Self::default() };
        let (mut code, mut index) = (0u32, 0usize);
        for (len, &count) in (1u32..).zip(counts) {
            table.first[len as usize] = index as i32 - code as i32;
            for _ in 0..count {
                if code >> len != 0 {
                    return None;
                }
                if len <= SHORT {
                    let from = (code << (SHORT - len)) as usize;
                    table.short[from..from + (1 << (SHORT - len))].fill((len as u8, *values.get(index)?));
                }
                code += 1;
                index += 1;
            }
            table.limits[len as usize] = code << (16 - len);
            code <<= 1;
        }
        Some(table)
    }

    fn next(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let peeked = bits.peek16();
        let (len, value) = *self.short.get((peeked >> (16 - SHORT)) as usize)?;
        if len > 0 {
            bits.skip(len.into());
            return Some(value);
        }
        let len = (SHORT + 1..=16).find(|&len| peeked < self.limits[len as usize])?;
        bits.skip(len);
        let index = (peeked >> (16 - len)) as i32 + self.first[len as usize];
        self.values.get(usize::try_from(index).ok()?).copied()
    }
}

/// Entropy-coded bytes as bits: stuffed zeros removed, zeros behind a marker.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    word: u64,
    count: u32,
    /// Bits that were made up behind the end.
    beyond: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, word: 0, count: 0, beyond: 0 }
    }
    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                (Some(0xff), _) | (None, _) => {
                    self.beyond += 8;
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.word = self.word << 8 | u64::from(byte);
            self.count += 8;
        }
    }
    fn peek16(&mut self) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        (self.word >> (self.count - 16)) as u32 & 0xffff
    }
    fn skip(&mut self, n: u32) {
        self.count -= n;
    }
    /// A number of `n` bits (at most 16) in JPEG's way: the lower half of the codes is negative.
    fn signed(&mut self, n: u32) -> i32 {
        if n == 0 {
            return 0;
        }
        let value = (self.peek16() >> (16 - n)) as i32;
        self.skip(n);
        if value < 1 << (n - 1) { value - (1 << n) + 1 } else { value }
    }
    /// Were bits used that are not there?
    fn is_exhausted(&self) -> bool {
        self.beyond > self.count
    }
    /// Go on behind the next restart marker.
    fn restart(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let marker = rest.windows(2).position(|w| w[0] == 0xff && (0xd0..=0xd7).contains(&w[1]))?;
        // Nothing else may lie before it.
        if rest[..marker].windows(2).any(|w| w[0] == 0xff && w[1] != 0 && w[1] != 0xff) {
            return None;
        }
        *self = Self { at: self.at + marker + 2, ..Self::new(self.bytes) };
        Some(())
    }
    /// Where the next marker is.
    fn end(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at + rest.windows(2).position(|w| w[0] == 0xff && w[1] != 0).unwrap_or(rest.len())
    }
}

/// Samples of a component as coded, whole blocks.
struct Plane {
    component: Component,
    /// Columns and rows that are stored.
    stride: usize,
    rows: usize,
    samples: Vec<u16>,
}

#[derive(Default)]
struct Decoder {
    quantisation: [Option<[u16; 64]>; 4],
    dc: [Huffman; 4],
    ac: [Huffman; 4],
    restart: usize,
    frame: Option<Frame>,
    planes: Vec<Plane>,
    /// Units (of the largest sampling factors) across and down.
    units: (usize, usize),
    largest: (usize, usize),
    /// Components that a scan has brought.
    seen: Vec<bool>,
}

/// The order of coefficients: index in the block of each.
#[rustfmt::skip]
const ZIGZAG: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

impl Decoder {
    fn quantisation_tables(&mut self, mut body: &[u8]) -> Result<()> {
        while let Some((&head, rest)) = body.split_first() {
            let wide = head >> 4 != 0;
            let len = if wide { 128 } else { 64 };
            let (numbers, rest) =
                rest.split_at_checked(len).ok_or_else(|| malformed("a quantisation table is cut off"))?;
            let mut table = [0; 64];
            for (i, place) in ZIGZAG.iter().enumerate() {
                table[usize::from(*place)] = if wide {
                    u16::from_be_bytes([numbers[2 * i], numbers[2 * i + 1]])
                } else {
                    numbers[i].into()
                };
            }
            let slot = self.quantisation.get_mut(usize::from(head & 15));
            *slot.ok_or_else(|| malformed("a quantisation table with a number above 3"))? = Some(table);
            body = rest;
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut body: &[u8]) -> Result<()> {
        let wrong = || malformed("a Huffman table that makes no sense");
        while let Some((&head, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(wrong)?;
            let total = counts.iter().map(|&c| usize::from(c)).sum();
            let (values, rest) = rest.split_at_checked(total).ok_or_else(wrong)?;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = tables.get_mut(usize::from(head & 15)).ok_or_else(wrong)?;
            *slot = Huffman::new(counts, values).ok_or_else(wrong)?;
            body = rest;
        }
        Ok(())
    }

    fn start(&mut self, frame: Frame, most: (usize, usize)) -> Result<()> {
        if self.frame.is_some() {
            return Err(malformed("two frames"));
        }
        let precisions = match frame.process {
            0xc0 => 8..=8,
            0xc1 => 8..=12,
            0xc3 => 2..=16,
            0xc2 => {
                let what = format!("progressive JPEG of {} bits cannot be read", frame.precision);
                return Err(Error::unsupported(what));
            }
            other => {
                return Err(Error::unsupported(format!(
                    "JPEG by the process of marker 0x{other:02x} (hierarchical or arithmetic) cannot be read"
                )));
            }
        };
        if !precisions.contains(&frame.precision) {
            return Err(Error::unsupported(format!("JPEG with {} bits per sample", frame.precision)));
        }
        let samples = frame.width * frame.components.len();
        if samples == 0 || frame.height == 0 || samples > most.0 || frame.height > most.1 {
            return Err(malformed(format!(
                "{} rows of {samples} samples, where {} of {} are expected",
                frame.height, most.1, most.0
            )));
        }
        if frame.components.len() > 4 {
            return Err(Error::unsupported(format!("JPEG with {} components", frame.components.len())));
        }
        let largest = |f: fn(&Component) -> usize| frame.components.iter().map(f).max().unwrap_or(1);
        self.largest = (largest(|c| c.across), largest(|c| c.down));
        let lossless = frame.process == 0xc3;
        if lossless && self.largest != (1, 1) {
            return Err(Error::unsupported("lossless JPEG with subsampled components"));
        }
        let block = if lossless { 1 } else { 8 };
        self.units =
            (frame.width.div_ceil(block * self.largest.0), frame.height.div_ceil(block * self.largest.1));
        for &component in &frame.components {
            let stride = self.units.0 * component.across * block;
            let rows = self.units.1 * component.down * block;
            self.planes.push(Plane { component, stride, rows, samples: vec![0; stride * rows] });
        }
        self.seen = vec![false; frame.components.len()];
        self.frame = Some(frame);
        Ok(())
    }

    /// Decode a scan; how many bytes it has.
    fn scan(&mut self, body: &[u8], data: &[u8]) -> Result<usize> {
        let wrong = || malformed("a start of scan that makes no sense");
        let frame = self.frame.clone().ok_or_else(wrong)?;
        let (&count, rest) = body.split_first().ok_or_else(wrong)?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or_else(wrong)?;
        let &[start, end, approximation, ..] = rest else { return Err(wrong()) };
        let mut parts: Vec<(usize, usize, usize)> = Vec::new();
        for &[id, tables] in chosen.as_chunks::<2>().0 {
            let component = frame.components.iter().position(|c| c.id == id).ok_or_else(wrong)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            if dc > 3 || ac > 3 || self.seen[component] {
                return Err(wrong());
            }
            self.seen[component] = true;
            parts.push((component, dc, ac));
        }
        if parts.is_empty() {
            return Err(wrong());
        }
        let mut bits = Bits::new(data);
        if frame.process == 0xc3 {
            self.lossless(&frame, &parts, start, u32::from(approximation & 15), &mut bits)?;
        } else if (start, end, approximation) == (0, 63, 0) {
            self.sequential(&frame, &parts, &mut bits)?;
        } else {
            return Err(wrong());
        }
        Ok(bits.end())
    }

    fn sequential(
        &mut self,
        frame: &Frame,
        parts: &[(usize, usize, usize)],
        bits: &mut Bits<'_>,
    ) -> Result<()> {
        // A scan of one component has no units, only blocks, and none beyond the picture.
        let alone = parts.len() == 1;
        let (across, down) = if alone {
            let c = frame.components[parts[0].0];
            let part = |size: usize, own: usize, most: usize| (size * own).div_ceil(8 * most);
            (part(frame.width, c.across, self.largest.0), part(frame.height, c.down, self.largest.1))
        } else {
            self.units
        };
        let mut before = [0i32; 4];
        for unit in 0..across * down {
            if self.restart > 0 && unit > 0 && unit % self.restart == 0 {
                bits.restart().ok_or_else(|| malformed("a restart marker is missing"))?;
                before = [0; 4];
            }
            let (x, y) = (unit % across, unit / across);
            for (k, &(component, dc, ac)) in parts.iter().enumerate() {
                let c = frame.components[component];
                let (blocks_x, blocks_y) = if alone { (1, 1) } else { (c.across, c.down) };
                let Some(quantisation) = &self.quantisation[c.table] else {
                    return Err(malformed("a quantisation table is missing"));
                };
                for block in 0..blocks_x * blocks_y {
                    let mut coefficients = [0i32; 64];
                    let found = block_of(
                        bits,
                        &self.dc[dc],
                        &self.ac[ac],
                        &mut before[k],
                        quantisation,
                        &mut coefficients,
                    );
                    if found.is_none() || bits.is_exhausted() {
                        return Err(malformed(format!(
                            "a code that does not exist or no data, in unit {unit}"
                        )));
                    }
                    let plane = &mut self.planes[component];
                    let left = 8 * (x * blocks_x + block % blocks_x);
                    let top = 8 * (y * blocks_y + block / blocks_x);
                    let out = plane.samples.get_mut(top * plane.stride + left..).unwrap_or_default();
                    inverse_dct(&coefficients, frame.precision, out, plane.stride);
                }
            }
        }
        Ok(())
    }

    fn lossless(
        &mut self,
        frame: &Frame,
        parts: &[(usize, usize, usize)],
        predictor: u8,
        shift: u32,
        bits: &mut Bits<'_>,
    ) -> Result<()> {
        if !(1..=7).contains(&predictor) || shift >= frame.precision {
            return Err(malformed(format!("predictor {predictor} and point transform {shift}")));
        }
        let (width, height) = (frame.width, frame.height);
        if self.restart % width != 0 {
            return Err(Error::unsupported("lossless JPEG whose restart interval is no whole row"));
        }
        let middle = 1u16 << (frame.precision - shift - 1);
        let mut first_row = 0;
        for y in 0..height {
            if self.restart > 0 && y > 0 && (y * width) % self.restart == 0 {
                bits.restart().ok_or_else(|| malformed("a restart marker is missing"))?;
                first_row = y;
            }
            for x in 0..width {
                for &(component, table, _) in parts {
                    let plane = &mut self.planes[component];
                    let at = y * plane.stride + x;
                    let left = || plane.samples[at - 1];
                    let above = || plane.samples[at - plane.stride];
                    let predicted = match (x, y == first_row) {
                        (0, true) => middle,
                        (_, true) => left(),
                        (0, false) => above(),
                        _ => predict(predictor, left(), above(), plane.samples[at - plane.stride - 1]),
                    };
                    let difference = match self.dc[table].next(bits) {
                        Some(16) => 1 << 15,
                        Some(n @ 0..16) => bits.signed(n.into()),
                        _ => return Err(malformed(format!("a code that does not exist, in row {y}"))),
                    };
                    if bits.is_exhausted() {
                        return Err(malformed(format!("the data end in row {y}")));
                    }
                    plane.samples[at] = predicted.wrapping_add(difference as u16);
                }
            }
        }
        if shift > 0 {
            for &(component, ..) in parts {
                self.planes[component].samples.iter_mut().for_each(|s| *s <<= shift);
            }
        }
        Ok(())
    }

    /// The components in the size of the frame.
    fn picture(self, adobe: Option<u8>, upsampling: Upsampling) -> Result<Picture> {
        let frame = self.frame.ok_or_else(|| malformed("no frame"))?;
        if self.seen.contains(&false) {
            return Err(malformed("a component is in no scan"));
        }
        let planes = self
            .planes
            .iter()
            .map(|plane| plane.in_size(frame.width, frame.height, self.largest, upsampling))
            .collect();
        Ok(Picture { frame, adobe, planes })
    }
}

/// A block of coefficients, multiplied by their steps.
fn block_of(
    bits: &mut Bits<'_>,
    dc: &Huffman,
    ac: &Huffman,
    before: &mut i32,
    steps: &[u16; 64],
    out: &mut [i32; 64],
) -> Option<()> {
    let n = dc.next(bits)?;
    if n > 16 {
        return None;
    }
    *before = before.wrapping_add(bits.signed(n.into()));
    out[0] = before.wrapping_mul(steps[0].into());
    let mut at = 1;
    while at < 64 {
        let code = ac.next(bits)?;
        let (run, n) = (usize::from(code >> 4), u32::from(code & 15));
        match (run, n) {
            (15, 0) => at += 16,
            (_, 0) => break,
            _ => {
                let place = usize::from(*ZIGZAG.get(at + run)?);
                out[place] = bits.signed(n).wrapping_mul(steps[place].into());
                at += run + 1;
            }
        }
    }
    Some(())
}

fn predict(predictor: u8, left: u16, above: u16, corner: u16) -> u16 {
    let (a, b, c) = (i32::from(left), i32::from(above), i32::from(corner));
    (match predictor {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }) as u16
}

/// The inverse DCT of Loeffler, Ligtenberg and Moschytz in fixed point, with libjpeg's constants and rounding
/// ("islow"), into eight rows of `out`.
fn inverse_dct(coefficients: &[i32; 64], precision: u32, out: &mut [u16], stride: usize) {
    const BITS: u32 = 13;
    let extra = if precision > 8 { 1 } else { 2 };
    let mut work = [0i64; 64];
    for x in 0..8 {
        let column: [i64; 8] = std::array::from_fn(|y| coefficients[8 * y + x].into());
        for (y, value) in one_dimension(column).into_iter().enumerate() {
            work[8 * y + x] = descale(value, BITS - extra);
        }
    }
    let (middle, top) = (1i64 << (precision - 1), (1i64 << precision) - 1);
    for (row, out) in work.as_chunks::<8>().0.iter().zip(out.chunks_mut(stride)) {
        for (value, out) in one_dimension(*row).into_iter().zip(out) {
            *out = (descale(value, BITS + extra + 3) + middle).clamp(0, top) as u16;
        }
    }
}

fn descale(value: i64, bits: u32) -> i64 {
    (value + (1 << (bits - 1))) >> bits
}

fn one_dimension(v: [i64; 8]) -> [i64; 8] {
    // Even part.
    let z = (v[2] + v[6]) * 4433;
    let (a2, a3) = (z - v[6] * 15137, z + v[2] * 6270);
    let (a0, a1) = ((v[0] + v[4]) << 13, (v[0] - v[4]) << 13);
    let even = [a0 + a3, a1 + a2, a1 - a2, a0 - a3];
    // Odd part.
    let (b0, b1, b2, b3) = (v[7], v[5], v[3], v[1]);
    let (z1, z2, z3, z4) = (b0 + b3, b1 + b2, b0 + b2, b1 + b3);
    let z5 = (z3 + z4) * 9633;
    let (z1, z2) = (-z1 * 7373, -z2 * 20995);
    let (z3, z4) = (-z3 * 16069 + z5, -z4 * 3196 + z5);
    let odd = [b3 * 12299 + z1 + z4, b2 * 25172 + z2 + z3, b1 * 16819 + z2 + z4, b0 * 2446 + z1 + z3];
    std::array::from_fn(|i| if i < 4 { even[i] + odd[i] } else { even[7 - i] - odd[7 - i] })
}

impl Plane {
    fn in_size(
        &self,
        width: usize,
        height: usize,
        largest: (usize, usize),
        upsampling: Upsampling,
    ) -> Vec<u16> {
        let (own_x, own_y) = (self.component.across, self.component.down);
        let mut out = vec![0; width * height];
        let smooth = upsampling == Upsampling::Smooth;
        // The samples that belong to the picture; what blocks have beyond it is not looked at.
        let (columns, rows) =
            ((width * own_x).div_ceil(largest.0), (height * own_y).div_ceil(largest.1).min(self.rows));
        let sample = |x: usize, y: usize| i64::from(self.samples[y * self.stride + x]);
        let twice_across = largest.0 == 2 * own_x && columns > 2;
        match (twice_across, largest.1 == own_y, largest.1 == 2 * own_y) {
            (true, true, _) if smooth => {
                for (y, row) in out.chunks_exact_mut(width.max(1)).enumerate() {
                    for (x, out) in row.iter_mut().enumerate() {
                        let (near, right) = (x / 2, x % 2 == 1);
                        let far = neighbour(near, right, columns);
                        let round = if right { 2 } else { 1 };
                        *out = match far {
                            Some(far) => ((3 * sample(near, y) + sample(far, y) + round) >> 2) as u16,
                            None => sample(near, y) as u16,
                        };
                    }
                }
            }
            (true, _, true) if smooth => {
                for (y, row) in out.chunks_exact_mut(width.max(1)).enumerate() {
                    let near_y = y / 2;
                    let far_y = neighbour(near_y, y % 2 == 1, rows).unwrap_or(near_y);
                    let sum = |x: usize| 3 * sample(x, near_y) + sample(x, far_y);
                    for (x, out) in row.iter_mut().enumerate() {
                        let (near, right) = (x / 2, x % 2 == 1);
                        let round = if right { 7 } else { 8 };
                        *out = match neighbour(near, right, columns) {
                            Some(far) => ((3 * sum(near) + sum(far) + round) >> 4) as u16,
                            None => ((4 * sum(near) + round) >> 4) as u16,
                        };
                    }
                }
            }
            _ => {
                for (y, row) in out.chunks_exact_mut(width.max(1)).enumerate() {
                    for (x, out) in row.iter_mut().enumerate() {
                        *out = sample(x * own_x / largest.0, y * own_y / largest.1) as u16;
                    }
                }
            }
        }
        out
    }
}

/// The next sample on the side that a pixel lies on, if there is one.
fn neighbour(near: usize, after: bool, count: usize) -> Option<usize> {
    if after { (near + 1 < count).then_some(near + 1) } else { near.checked_sub(1) }
}
