//! CCITT fax codes (compressions 2, 3, 4 and 32771): ITU-T T.4 and T.6 as TIFF 6.0 sections 10 and 11 use them. The
//! code tables are those of the crate `fax`; the rows are ours, since the crate has no two-dimensional Group 3 and no
//! byte-aligned rows.
//!
//! A row is kept as the columns where its colour changes, starting with white. White runs are stored as bits 0 and
//! black ones as 1, whatever the photometric interpretation says.

use crate::format::{BlockFormat, Compression};
use fax::Color;
use fax::maps::{Mode, black, mode, white};
use raster_core::{Error, Result};

/// T4Options: rows may be coded two-dimensionally.
const TWO_DIMENSIONAL: u32 = 1;

/// Decode rows of `width` bits (each starting on a byte) into `out`. Where the stream ends between two rows, the others are
/// white (0), as libtiff leaves them.
pub(super) fn decode(format: &BlockFormat, input: &[u8], width: usize, out: &mut [u8]) -> Result<()> {
    let width32 = u32::try_from(width).map_err(|_| Error::malformed("fax rows are too wide"))?;
    if width == 0 {
        return Ok(());
    }
    let mut bits = BitReader { bytes: input, at: 0 };
    let mut reference = Vec::new();
    let mut row = Vec::new();
    let row_len = width.div_ceil(8);
    for y in 0..out.len() / row_len {
        row.clear();
        if y > 0 && bits.is_at_end() {
            out[y * row_len..].fill(0);
            return Ok(());
        }
        let complete = match format.compression {
            Compression::CcittG4 => two_dimensional(&mut bits, width32, &reference, &mut row),
            Compression::CcittG3 => {
                let at_end_of_line = bits.skip_end_of_line();
                if format.fax_options & TWO_DIMENSIONAL != 0 && (y == 0 || at_end_of_line) && bits.bit() == 0
                {
                    two_dimensional(&mut bits, width32, &reference, &mut row)
                } else {
                    one_dimensional(&mut bits, width32, &mut row)
                }
            }
            aligned => {
                bits.align(if aligned == Compression::CcittRleWord { 16 } else { 8 });
                one_dimensional(&mut bits, width32, &mut row)
            }
        };
        if complete.is_none() || bits.is_exhausted() {
            return Err(Error::malformed(format!(
                "{} row {y}: a code that does not exist or no data (bit {} of {})",
                format.compression.name(),
                bits.at,
                8 * input.len()
            )));
        }
        fill(&row, width, &mut out[y * row_len..(y + 1) * row_len]);
        std::mem::swap(&mut row, &mut reference);
    }
    Ok(())
}

/// Set the bits of the black runs.
fn fill(row: &[u32], width: usize, out: &mut [u8]) {
    out.fill(0);
    for run in row.chunks(2) {
        let start = run[0] as usize;
        let end = run.get(1).map_or(width, |&end| end as usize);
        if start >= end {
            continue;
        }
        let (first, last) = (start / 8, (end - 1) / 8);
        let (first_mask, last_mask) = (0xff >> (start % 8), 0xffu8 << (7 - (end - 1) % 8));
        if first == last {
            out[first] |= first_mask & last_mask;
        } else {
            out[first] |= first_mask;
            out[first + 1..last].fill(0xff);
            out[last] |= last_mask;
        }
    }
}

/// Note a change of colour; a run without pixels cancels the change before it.
fn push(row: &mut Vec<u32>, column: u32) {
    if row.last() == Some(&column) {
        row.pop();
    } else {
        row.push(column);
    }
}

/// A row of runs, white first. `None`: the code does not exist.
fn one_dimensional(bits: &mut BitReader<'_>, width: u32, row: &mut Vec<u32>) -> Option<()> {
    let (mut column, mut is_black) = (0, false);
    while column < width {
        column = (column + run(bits, is_black)?).min(width);
        push(row, column);
        is_black = !is_black;
    }
    Some(())
}

/// A row coded by its difference from the row above.
fn two_dimensional(
    bits: &mut BitReader<'_>,
    width: u32,
    reference: &[u32],
    row: &mut Vec<u32>,
) -> Option<()> {
    let mut column = 0;
    let mut is_black = false;
    let mut at_start = true;
    // The first change of the reference row that may lie right of `column`.
    let mut next = 0;
    while column < width {
        let change = |i: usize| reference.get(i).copied().unwrap_or(width);
        while next > 0 && change(next - 1) > column {
            next -= 1;
        }
        while next < reference.len() && reference[next] <= column && !(at_start && reference[next] == 0) {
            next += 1;
        }
        // The first change there to the other colour: even ones are to black.
        let b1 = next + usize::from((next % 2 == 1) != is_black);
        match mode::decode(bits)? {
            Mode::Pass => column = change(b1 + 1),
            Mode::Horizontal => {
                for colour in [is_black, !is_black] {
                    column = (column + run(bits, colour)?).min(width);
                    push(row, column);
                }
            }
            Mode::Vertical(delta) => {
                let to = change(b1).checked_add_signed(delta.into())?;
                if to < column || to > width {
                    return None;
                }
                column = to;
                push(row, column);
                is_black = !is_black;
            }
            Mode::Extension | Mode::EOF => return None,
        }
        at_start = false;
    }
    Some(())
}

/// The length of a run: any number of make-up codes and a terminating one.
fn run(bits: &mut BitReader<'_>, is_black: bool) -> Option<u32> {
    let mut length = 0_u32;
    loop {
        let code = if is_black { black::decode(bits) } else { white::decode(bits) }?;
        length = length.saturating_add(code.into());
        if code < 64 {
            return Some(length.min(1 << 30));
        }
    }
}

/// The input as bits, with zeros behind its end (which no code is made of).
struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader<'_> {
    fn peek_bits(&self, count: u8) -> u16 {
        let byte = self.at / 8;
        let word = match self.bytes.get(byte..byte + 4) {
            Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            _ => {
                let at = |i: usize| self.bytes.get(byte + i).copied().unwrap_or(0);
                u32::from_be_bytes([at(0), at(1), at(2), 0])
            }
        };
        let bits = (word << (self.at % 8)) >> 16;
        (bits >> (16 - u32::from(count.clamp(1, 16)))) as u16
    }
    fn bit(&mut self) -> u16 {
        let bit = self.peek_bits(1);
        self.at += 1;
        bit
    }
    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }
    /// Have bits been used that are not there?
    fn is_exhausted(&self) -> bool {
        self.at > 8 * self.bytes.len()
    }
    /// Is there no further row: at most bits that fill a byte or a word, or two ends of lines (of which each row has one at
    /// most)?
    fn is_at_end(&self) -> bool {
        let rest = (8 * self.bytes.len()).saturating_sub(self.at);
        if rest < 16 && self.peek_bits(16) == 0 {
            return true;
        }
        let mut ahead = BitReader { bytes: self.bytes, at: self.at };
        let first = ahead.skip_end_of_line();
        // The mark between them says how the next row would be coded.
        let second = BitReader { bytes: self.bytes, at: ahead.at + 1 };
        first && (ahead.peek_bits(12) == 1 || second.peek_bits(12) == 1)
    }
    /// Pass fill bits and an end-of-line code (eleven zeros and a one), if they come next.
    fn skip_end_of_line(&mut self) -> bool {
        if self.peek_bits(11) != 0 {
            return false;
        }
        while !self.is_exhausted() {
            if self.bit() == 1 {
                return true;
            }
        }
        false
    }
}

impl fax::BitReader for BitReader<'_> {
    type Error = std::convert::Infallible;
    fn peek(&self, bits: u8) -> Option<u16> {
        (!self.is_exhausted()).then(|| self.peek_bits(bits))
    }
    fn consume(&mut self, bits: u8) -> Result<(), Self::Error> {
        self.at += usize::from(bits);
        Ok(())
    }
    fn bits_to_byte_boundary(&self) -> u8 {
        ((8 - self.at % 8) % 8) as u8
    }
}

/// Append rows of `width` bits, coded as Group 4, to `out`.
pub(super) fn encode(packed: &[u8], width: usize, out: &mut Vec<u8>) -> Result<()> {
    let width32 = u32::try_from(width).map_err(|_| Error::misuse("fax rows are too wide"))?;
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for row in packed.chunks_exact(width.div_ceil(8).max(1)) {
        let colours = row.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
        let colours = colours.map(|black| if black { Color::Black } else { Color::White });
        let Ok(()) = encoder.encode_line(colours.take(width), width32);
    }
    let Ok(writer) = encoder.finish();
    out.extend_from_slice(&writer.finish());
    Ok(())
}
