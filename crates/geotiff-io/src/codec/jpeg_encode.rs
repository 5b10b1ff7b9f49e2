//! Baseline JPEG written (ITU-T T.81), 8 bit, as libtiff on the Independent JPEG Group's library writes it: the same colour
//! transform, accurate DCT and quantisation, chroma halved by leaving out the upper frequencies of 16 × 16 samples, so that
//! quality and size are those of GDAL; quantisation tables once in JPEGTables, Huffman tables made for each block of pixels.
//!
//! Integers, and sums of f64 in a fixed order: the same bytes everywhere.

use crate::format::{BlockFormat, Photometric};
use bytes::Bytes;
use raster_core::{Error, Result};
use std::sync::OnceLock;

/// GDAL's.
const DEFAULT_QUALITY: u8 = 75;

/// Rows and columns of a block of coefficients.
const SIDE: usize = 8;

/// Annex K.1: luminance, chrominance; row by row.
const QUANTISATION: [[u16; 64]; 2] = [
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14,
        17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49,
        64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ],
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47,
        66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ],
];

/// Figure A.6: the place in the block of each coefficient in order of frequency.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The steps of quantisation at a quality of 1 to 100, by the Independent JPEG Group's rule; within 8 bits.
fn steps(table: usize, quality: u8) -> [u16; 64] {
    let quality = u32::from(if quality == 0 { DEFAULT_QUALITY } else { quality.min(100) });
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    QUANTISATION[table].map(|q| ((u32::from(q) * scale + 50) / 100).clamp(1, 255) as u16)
}

/// Is the image three bands that are stored as luma and halved chroma?
fn is_ycbcr(format: &BlockFormat) -> bool {
    format.samples == 3 && format.photometric == Photometric::YCbCr
}

/// Tables of quantisation that are used.
fn table_count(format: &BlockFormat) -> usize {
    if is_ycbcr(format) { 2 } else { 1 }
}

/// JPEGTables: what all blocks of an image share. They are not whole streams without it.
pub(crate) fn tables(format: &BlockFormat) -> Bytes {
    let mut out = vec![0xff, SOI];
    for table in 0..table_count(format) {
        let steps = steps(table, format.quality);
        let mut body = vec![table as u8];
        body.extend(ZIGZAG.iter().map(|&at| steps[at] as u8));
        segment(DQT, &body, &mut out);
    }
    out.extend([0xff, EOI]);
    out.into()
}

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const DQT: u8 = 0xdb;
const DHT: u8 = 0xc4;
const SOF0: u8 = 0xc0;
const SOS: u8 = 0xda;

fn segment(marker: u8, body: &[u8], out: &mut Vec<u8>) {
    out.extend([0xff, marker]);
    out.extend(((body.len() + 2) as u16).to_be_bytes());
    out.extend(body);
}

/// The chroma subsampling of the format.
pub(super) fn check_sampling(format: &BlockFormat) -> Result<()> {
    match format.ycbcr_subsampling {
        (1 | 2, 1) | (2, 2) => Ok(()),
        (h, v) => Err(Error::misuse(format!(
            "JPEG is written with chroma subsampling 1 × 1, 2 × 1 or 2 × 2, not {h} × {v}"
        ))),
    }
}

/// A component: its samples, in blocks.
struct Component {
    id: u8,
    /// Samples to each of the coarsest component, along columns and rows.
    sampling: (usize, usize),
    table: usize,
    /// Samples; whole blocks, the last ones repeated.
    samples: Vec<u8>,
    /// Blocks along columns and rows that hold pixels.
    blocks: (usize, usize),
    /// Samples along a side of a block: 8, or 16 of which half the frequencies are kept.
    side: usize,
    /// Coefficients of those, in order of frequency.
    coefficients: Vec<[i16; 64]>,
}

impl Component {
    /// `samples` has `size.0` columns and `size.1` rows.
    fn new(id: u8, sampling: (usize, usize), table: usize, samples: &[u8], size: (usize, usize)) -> Self {
        Self::with_side(SIDE, id, sampling, table, samples, size)
    }

    fn with_side(
        side: usize,
        id: u8,
        sampling: (usize, usize),
        table: usize,
        samples: &[u8],
        size: (usize, usize),
    ) -> Self {
        let blocks = (size.0.div_ceil(side), size.1.div_ceil(side));
        let width = blocks.0 * side;
        let mut padded = Vec::with_capacity(width * blocks.1 * side);
        for y in 0..blocks.1 * side {
            let row = &samples[y.min(size.1 - 1) * size.0..][..size.0];
            padded.extend_from_slice(row);
            padded.resize((y + 1) * width, row[size.0 - 1]);
        }
        Self { id, sampling, table, samples: padded, blocks, side, coefficients: Vec::new() }
    }

    fn transform(&mut self, steps: &[u16; 64]) {
        if self.side == HALVED {
            return self.transform_halved(steps);
        }
        let width = self.blocks.0 * SIDE;
        // Coefficients come out eight times too large.
        let steps = steps.map(|q| i32::from(q) * 8);
        self.coefficients.reserve(self.blocks.0 * self.blocks.1);
        for (by, bx) in (0..self.blocks.1).flat_map(|y| (0..self.blocks.0).map(move |x| (y, x))) {
            let mut block = [0i32; 64];
            for (y, row) in block.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
                let from = &self.samples[(by * SIDE + y) * width + bx * SIDE..][..SIDE];
                row.iter_mut().zip(from).for_each(|(to, v)| *to = i32::from(*v) - 128);
            }
            cosines(&mut block);
            let mut quantised = [0i16; 64];
            for (to, &at) in quantised.iter_mut().zip(&ZIGZAG) {
                let (value, step) = (block[at], steps[at]);
                let magnitude = (value.abs() + step / 2) / step;
                *to = (if value < 0 { -magnitude } else { magnitude }) as i16;
            }
            self.coefficients.push(quantised);
        }
    }
}

/// Samples along a side of the blocks that are halved.
const HALVED: usize = 2 * SIDE;

impl Component {
    /// Half the samples along each side: the lower frequencies of twice as many.
    fn transform_halved(&mut self, steps: &[u16; 64]) {
        let waves = waves();
        let width = self.blocks.0 * HALVED;
        self.coefficients.reserve(self.blocks.0 * self.blocks.1);
        for (by, bx) in (0..self.blocks.1).flat_map(|y| (0..self.blocks.0).map(move |x| (y, x))) {
            // Rows first: their lower frequencies stand beside each other.
            let mut between = [[0.0; SIDE]; HALVED];
            for (y, to) in between.iter_mut().enumerate() {
                let from = &self.samples[(by * HALVED + y) * width + bx * HALVED..][..HALVED];
                *to = lower_half(&std::array::from_fn(|x| f64::from(from[x]) - 128.0), waves);
            }
            let columns: [[f64; SIDE]; SIDE] =
                std::array::from_fn(|x| lower_half(&std::array::from_fn(|y| between[y][x]), waves));
            let mut quantised = [0i16; 64];
            for (to, &at) in quantised.iter_mut().zip(&ZIGZAG) {
                let value = columns[at % SIDE][at / SIDE] / f64::from(steps[at]);
                let magnitude = (value.abs() + 0.5).floor();
                *to = (if value < 0.0 { -magnitude } else { magnitude }) as i16;
            }
            self.coefficients.push(quantised);
        }
    }
}

/// The cosines of the lower eight of sixteen frequencies at the first eight of sixteen samples, scaled so that coefficients are those of
/// eight samples.
fn waves() -> &'static [[f64; SIDE]; SIDE] {
    static WAVES: OnceLock<[[f64; SIDE]; SIDE]> = OnceLock::new();
    WAVES.get_or_init(|| {
        std::array::from_fn(|k| {
            let scale = 0.25 * if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
            std::array::from_fn(|n| scale * libm::cos(((2 * n + 1) * k) as f64 * std::f64::consts::PI / 32.0))
        })
    })
}

/// Even waves are symmetric, odd ones are not.
#[inline(always)]
fn lower_half(x: &[f64; HALVED], waves: &[[f64; SIDE]; SIDE]) -> [f64; SIDE] {
    let sums: [f64; SIDE] = std::array::from_fn(|n| x[n] + x[HALVED - 1 - n]);
    let differences: [f64; SIDE] = std::array::from_fn(|n| x[n] - x[HALVED - 1 - n]);
    std::array::from_fn(|k| {
        let folded = if k % 2 == 0 { &sums } else { &differences };
        folded.iter().zip(&waves[k]).map(|(v, w)| v * w).sum()
    })
}

/// The discrete cosine transform of a block, eight times as large, by the factors of Loeffler, Ligtenberg and Moschytz
/// (ICASSP 1989) with 13 bits of fraction: libjpeg's accurate one, to the bit.
fn cosines(block: &mut [i32; 64]) {
    for row in block.as_chunks_mut::<SIDE>().0 {
        *row = cosines_of(*row, true);
    }
    for x in 0..SIDE {
        let column = cosines_of(std::array::from_fn(|y| block[y * SIDE + x]), false);
        column.iter().enumerate().for_each(|(y, v)| block[y * SIDE + x] = *v);
    }
}

/// Along one line; the first pass leaves two more bits of fraction, the second takes them away.
#[inline(always)]
fn cosines_of(x: [i32; SIDE], first: bool) -> [i32; SIDE] {
    let shift = if first { 11 } else { 15 };
    let rounded = |v: i32| (v + (1 << (shift - 1))) >> shift;
    let plain = |v: i32| if first { v << 2 } else { (v + 2) >> 2 };
    let sum: [i32; 4] = std::array::from_fn(|i| x[i] + x[7 - i]);
    let [d7, d6, d5, d4]: [i32; 4] = std::array::from_fn(|i| x[i] - x[7 - i]);
    let (s03, d03) = (sum[0] + sum[3], sum[0] - sum[3]);
    let (s12, d12) = (sum[1] + sum[2], sum[1] - sum[2]);
    let even = (d12 + d03) * 4433;
    let (a, b, c, d) = (d4 + d7, d5 + d6, d4 + d6, d5 + d7);
    let turn = (c + d) * 9633;
    let (a, b) = (a * -7373, b * -20995);
    let (c, d) = (c * -16069 + turn, d * -3196 + turn);
    [
        plain(s03 + s12),
        rounded(d7 * 12299 + a + d),
        rounded(even + d03 * 6270),
        rounded(d6 * 25172 + b + c),
        plain(s03 - s12),
        rounded(d5 * 16819 + b + d),
        rounded(even - d12 * 15137),
        rounded(d4 * 2446 + a + c),
    ]
}

/// Luma and chroma of RGB pixels (JFIF: ITU-R BT.601, full range) with 16 bits of fraction, as libjpeg rounds them.
fn ycbcr(pixels: &[u8]) -> [Vec<u8>; 3] {
    let (pixels, _) = pixels.as_chunks::<3>();
    let plane = |r: i32, g: i32, b: i32, add: i32| {
        pixels
            .iter()
            .map(|p| ((r * i32::from(p[0]) + g * i32::from(p[1]) + b * i32::from(p[2]) + add) >> 16) as u8)
            .collect()
    };
    let middle = (128 << 16) + 0x7fff;
    [
        plane(19595, 38470, 7471, 0x8000),
        plane(-11059, -21709, 32768, middle),
        plane(32768, -27439, -5329, middle),
    ]
}

/// Means of `h` samples of a row; halves are rounded down and up by turns, as libjpeg has it.
fn averaged(plane: &[u8], size: (usize, usize), h: usize) -> (Vec<u8>, (usize, usize)) {
    if h == 1 {
        return (plane.to_vec(), size);
    }
    let width = size.0.div_ceil(2);
    let mean = |row: &[u8], x: usize| {
        let (left, right) = (row[2 * x], row[(2 * x + 1).min(size.0 - 1)]);
        ((u32::from(left) + u32::from(right) + x as u32 % 2) >> 1) as u8
    };
    let out = plane.chunks_exact(size.0).flat_map(|row| (0..width).map(move |x| mean(row, x))).collect();
    (out, (width, size.1))
}

/// Append a stream to `out`: one band grey, three as YCbCr (converted from RGB) or as they are. Quantisation tables are those
/// of [`tables`].
pub(super) fn encode(format: &BlockFormat, pixels: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    let side = |n: usize| {
        u16::try_from(n)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| Error::misuse("a JPEG block has 1 to 65535 pixels a side"))
    };
    let (width, height) = (side(format.width)?, side(rows)?);
    let mut components = components(format, pixels, rows)?;
    let steps: [_; 2] = std::array::from_fn(|table| steps(table, format.quality));
    for component in &mut components {
        let steps = &steps[component.table];
        component.transform(steps);
    }
    // What each table codes, counted and then written.
    let mut counts = vec![[[0u32; 257]; 2]; table_count(format)];
    scan(&components, &mut |table, kind, symbol, _| counts[table][kind][usize::from(symbol)] += 1);
    let codes: Vec<[Huffman; 2]> =
        counts.iter().map(|c| [Huffman::new(&c[0]), Huffman::new(&c[1])]).collect();

    out.extend([0xff, SOI]);
    let mut body = vec![8];
    body.extend(height.to_be_bytes());
    body.extend(width.to_be_bytes());
    body.push(components.len() as u8);
    for c in &components {
        body.extend([c.id, (c.sampling.0 << 4 | c.sampling.1) as u8, c.table as u8]);
    }
    segment(SOF0, &body, out);
    body.clear();
    for (table, codes) in codes.iter().enumerate() {
        for (kind, code) in codes.iter().enumerate() {
            body.push((kind << 4 | table) as u8);
            body.extend(code.counts);
            body.extend(&code.symbols);
        }
    }
    segment(DHT, &body, out);
    body.clear();
    body.push(components.len() as u8);
    for c in &components {
        body.extend([c.id, (c.table << 4 | c.table) as u8]);
    }
    body.extend([0, 63, 0]);
    segment(SOS, &body, out);
    let mut bits = Bits { out, held: 0, count: 0 };
    scan(&components, &mut |table, kind, symbol, extra| {
        let (code, len) = codes[table][kind].codes[usize::from(symbol)];
        bits.put(code.into(), len.into());
        // The lower half of the symbol says how many bits follow it.
        bits.put(extra.into(), (symbol & 15).into());
    });
    bits.finish();
    out.extend([0xff, EOI]);
    Ok(())
}

fn components(format: &BlockFormat, pixels: &[u8], rows: usize) -> Result<Vec<Component>> {
    let size = (format.width, rows);
    let bands = format.samples;
    if pixels.len() < size.0 * size.1 * bands {
        return Err(Error::internal("a JPEG block has fewer samples than its format says"));
    }
    if !is_ycbcr(format) {
        let rgb = bands == 3 && format.photometric == Photometric::Rgb;
        let id = |band: usize| if rgb { b"RGB"[band] } else { band as u8 + 1 };
        let component = |band: usize| {
            let samples: Vec<u8> = pixels.iter().skip(band).step_by(bands).copied().collect();
            Component::new(id(band), (1, 1), 0, &samples, size)
        };
        return Ok((0..bands).map(component).collect());
    }
    check_sampling(format)?;
    let sampling = (usize::from(format.ycbcr_subsampling.0), usize::from(format.ycbcr_subsampling.1));
    let [luma, blue, red] = ycbcr(&pixels[..size.0 * size.1 * 3]);
    let chroma = |id: u8, plane: &[u8]| {
        if sampling == (2, 2) {
            return Component::with_side(HALVED, id, (1, 1), 1, plane, size);
        }
        let (samples, size) = averaged(plane, size, sampling.0);
        Component::new(id, (1, 1), 1, &samples, size)
    };
    Ok(vec![Component::new(1, sampling, 0, &luma, size), chroma(2, &blue), chroma(3, &red)])
}

/// Go through all coefficients in the order of the stream: `each` gets the number of the tables, 0 for the mean (DC) or 1 for the
/// others, the symbol, and the bits that follow it.
fn scan(components: &[Component], each: &mut dyn FnMut(usize, usize, u8, u16)) {
    let mut last = vec![0i16; components.len()];
    // A single component is not interleaved, whatever its sampling.
    let alone = components.len() == 1;
    let sampling = |c: &Component| if alone { (1, 1) } else { c.sampling };
    let units = |along: fn((usize, usize)) -> usize| {
        components.iter().map(|c| along(c.blocks).div_ceil(along(sampling(c)))).max().unwrap_or(0)
    };
    let (across, down) = (units(|p| p.0), units(|p| p.1));
    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
        for (component, last) in components.iter().zip(&mut last) {
            let (h, v) = sampling(component);
            for (by, bx) in (0..v).flat_map(|j| (0..h).map(move |i| (y * v + j, x * h + i))) {
                // Beyond the pixels: as the block before, which costs least.
                let inside = bx < component.blocks.0 && by < component.blocks.1;
                let mut flat = [0; 64];
                flat[0] = *last;
                let block =
                    if inside { &component.coefficients[by * component.blocks.0 + bx] } else { &flat };
                let (size, bits) = magnitude(i32::from(block[0]) - i32::from(*last));
                each(component.table, 0, size, bits);
                *last = block[0];
                let mut zeros = 0u8;
                for &value in &block[1..] {
                    if value == 0 {
                        zeros += 1;
                        continue;
                    }
                    while zeros > 15 {
                        each(component.table, 1, 0xf0, 0);
                        zeros -= 16;
                    }
                    let (size, bits) = magnitude(value.into());
                    each(component.table, 1, zeros << 4 | size, bits);
                    zeros = 0;
                }
                if zeros > 0 {
                    each(component.table, 1, 0, 0);
                }
            }
        }
    }
}

/// How many bits a number takes, and those bits (F.1.2.1): negative ones are one less.
fn magnitude(value: i32) -> (u8, u16) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size as u8, (bits as u32 & ((1 << size) - 1)) as u16)
}

/// A table of codes.
struct Huffman {
    /// Codes of each length, 1 to 16.
    counts: [u8; 16],
    /// Symbols by length.
    symbols: Vec<u8>,
    /// Code and length of each symbol.
    codes: [(u16, u8); 256],
}

impl Huffman {
    /// For symbols that occur so often: the shortest there are of at most 16 bits, by package-merge (Larmore and Hirschberg 1990).
    /// The last of the counts is that of a symbol that never occurs and takes the code of ones only, which no symbol may have.
    fn new(counts: &[u32; 257]) -> Self {
        let mut leaves: Vec<(u64, usize)> =
            (0..256).filter(|s| counts[*s] > 0).map(|s| (u64::from(counts[s]), s)).collect();
        leaves.push((0, 256));
        leaves.sort_unstable();
        let mut sizes = [0usize; 257];
        if leaves.len() == 2 {
            leaves.iter().for_each(|(_, symbol)| sizes[*symbol] = 1);
        } else {
            // Each item is a weight and how often each leaf is in it, from the longest codes to the shortest.
            let alone: Vec<(u64, Vec<u16>)> =
                (0..leaves.len()).map(|i| (leaves[i].0, vec![i as u16])).collect();
            let mut items = alone.clone();
            for _ in 1..16 {
                let pairs =
                    items.chunks_exact(2).map(|p| (p[0].0 + p[1].0, [&p[0].1[..], &p[1].1[..]].concat()));
                let mut merged: Vec<(u64, Vec<u16>)> = pairs.chain(alone.iter().cloned()).collect();
                merged.sort_by_key(|item| item.0);
                items = merged;
            }
            for (_, inside) in items.iter().take(2 * leaves.len() - 2) {
                inside.iter().for_each(|i| sizes[leaves[usize::from(*i)].1] += 1);
            }
        }
        // The reserved symbol is among the longest, and the last of them.
        let mut lengths = [0usize; 17];
        sizes[..256].iter().for_each(|s| lengths[*s] += 1);
        lengths[0] = 0;
        let mut symbols: Vec<u8> = (0..=255).filter(|s| sizes[usize::from(*s)] > 0).collect();
        symbols.sort_by_key(|s| sizes[usize::from(*s)]);
        let mut table = Self { counts: [0; 16], symbols, codes: [(0, 0); 256] };
        let (mut code, mut given) = (0u16, 0);
        for (&codes, length) in lengths[1..=16].iter().zip(1..) {
            table.counts[length - 1] = codes as u8;
            for symbol in table.symbols.iter().skip(given).take(codes) {
                table.codes[usize::from(*symbol)] = (code, length as u8);
                code = code.wrapping_add(1);
            }
            given += codes;
            code = code.wrapping_shl(1);
        }
        table
    }
}

/// Bits, the first the highest; a byte of ones is followed by one of zeros.
struct Bits<'a> {
    out: &'a mut Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits<'_> {
    #[inline]
    fn put(&mut self, bits: u64, len: u32) {
        self.held = self.held << len | bits;
        self.count += len;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0);
            }
        }
    }
    fn finish(mut self) {
        let padding = (8 - self.count % 8) % 8;
        self.put((1 << padding) - 1, padding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transform beside its definition.
    #[test]
    fn cosines_are_cosines() {
        let mut state = 5u32;
        for _ in 0..50 {
            let block: [i32; 64] = std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as i32 - 128
            });
            let mut fast = block;
            cosines(&mut fast);
            for (v, u) in (0..8).flat_map(|v| (0..8).map(move |u| (v, u))) {
                let scale = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
                let angle = |k: usize, x: usize| {
                    libm::cos((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0)
                };
                let sum: f64 = (0..64).map(|i| f64::from(block[i]) * angle(u, i % 8) * angle(v, i / 8)).sum();
                let expected = 8.0 * 0.25 * scale(u) * scale(v) * sum;
                assert!((f64::from(fast[v * 8 + u]) - expected).abs() < 2.0);
            }
        }
    }

    /// Prefix codes of at most 16 bits, none of them all ones, for even and for steep counts.
    #[test]
    fn codes_are_prefix_codes() {
        let steep = |i: usize| 2u32.saturating_pow(i.min(30) as u32);
        for make in [&steep as &dyn Fn(usize) -> u32, &|i| i as u32 % 7, &|i| u32::from(i == 3), &|_| 1] {
            let mut counts = [0; 257];
            counts.iter_mut().take(256).enumerate().for_each(|(i, c)| *c = make(i));
            let table = Huffman::new(&counts);
            let sum: f64 =
                table.counts.iter().zip(1..).map(|(n, l)| f64::from(*n) / f64::from(1u32 << l)).sum();
            assert!(sum < 1.0, "room for the code of ones");
            let used: Vec<_> = (0..256).filter(|&s| counts[s] > 0).map(|s| table.codes[s]).collect();
            for (i, a) in used.iter().enumerate() {
                let ones = ((1u32 << a.1) - 1) as u16;
                assert!((1..=16).contains(&a.1) && a.0 != ones);
                for b in used.iter().skip(i + 1).filter(|b| b.1 >= a.1) {
                    assert_ne!(b.0 >> (b.1 - a.1), a.0);
                }
            }
        }
    }
}
