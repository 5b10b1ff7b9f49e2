//! The decoder.
//!
//! A string of the table is "the previous string and the byte after it", and both lie side by side in the output
//! already. So an entry is a place in the output and a length, and decoding a code is one copy. Literals are entries
//! too: they point into a prefix of the 256 byte values in front of the output.

use super::{CLEAR, END, FIRST};
use raster_core::{Error, Result};

/// The 256 byte values that literal codes point to.
const PREFIX: usize = 256;
/// Codes decoded between two looks at the input and the output.
const CODES: usize = 4;
/// What those may write behind the wanted end: strings of the longest kind, rounded up to whole copies.
const SLACK: usize = CODES * 4096 + COPY;
/// Bytes copied at a time.
const COPY: usize = 16;

/// Place and length of a string, in one word: `place << 16 | length`.
type Entry = u64;

/// Decodes LZW streams of both dialects; keeps its table and buffer between blocks.
pub(in crate::codec) struct Decoder {
    /// One entry more than there are codes: what is defined when all are taken goes there.
    table: Box<[Entry; 4097]>,
    /// Prefix, output, slack.
    buffer: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        let mut table = Box::new([0; 4097]);
        for (place, entry) in (0..).zip(&mut table[..PREFIX]) {
            *entry = place << 16 | 1;
        }
        Self { table, buffer: (0..=255).collect() }
    }
}

impl Decoder {
    /// Decode until `out` is full or the stream ends; returns how many bytes of `out` were written.
    pub(in crate::codec) fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let size = PREFIX + out.len() + SLACK;
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let old = matches!(input, [0, second, ..] if second & 1 == 1);
        let wanted = PREFIX + out.len();
        let end = if old { self.run::<true>(input, wanted) } else { self.run::<false>(input, wanted) }?;
        let got = end.min(wanted) - PREFIX;
        out[..got].copy_from_slice(&self.buffer[PREFIX..PREFIX + got]);
        Ok(got)
    }

    /// Returns the end of the output in the buffer; it may lie behind `wanted`.
    fn run<const OLD: bool>(&mut self, input: &[u8], wanted: usize) -> Result<usize> {
        let table = &mut *self.table;
        let buffer = &mut self.buffer[..wanted + SLACK];
        let mut bits = BitReader::<OLD>::new(input);
        let mut width = 9;
        // Each code completes an entry, the last string and one byte more, and then may use it. The first code after
        // a clear code completes none: it writes to the entry of END, which is never looked at.
        let mut next = FIRST - 1;
        let mut pending: Entry = 0;
        let mut at = PREFIX;
        while at < wanted {
            bits.refill();
            for _ in 0..CODES {
                let Some(code) = bits.take(width) else { return Ok(at) };
                if code == CLEAR {
                    (next, width) = (FIRST - 1, 9);
                    continue;
                }
                if code == END {
                    return Ok(at);
                }
                table[next] = pending;
                next = (next + 1).min(4096);
                if code >= next {
                    return Err(Error::malformed(format!("LZW code {code} where {next} are defined")));
                }
                let entry = table[code];
                let (place, length) = ((entry >> 16) as usize, (entry & 0xffff) as usize);
                copy_string(buffer, place, at, length);
                pending = (at as Entry) << 16 | (length as Entry + 1);
                at += length;
                if next + usize::from(!OLD) >= 1 << width && width < 12 {
                    width += 1;
                }
            }
        }
        Ok(at)
    }
}

/// Copy `length` bytes from `place` to `at`, in pieces: what lies behind the string's end is overwritten later.
/// The string may overlap its copy by one byte (the code that is defined by its own use).
#[inline(always)]
fn copy_string(buffer: &mut [u8], place: usize, at: usize, length: usize) {
    if place + length <= at || at - place >= COPY {
        buffer.copy_within(place..place + COPY, at);
        let mut done = COPY;
        while done < length {
            buffer.copy_within(place + done..place + done + COPY, at + done);
            done += COPY;
        }
    } else {
        for i in 0..length {
            buffer[at + i] = buffer[place + i];
        }
    }
}

/// The bits of the input, most significant first, or least significant first in the old dialect.
struct BitReader<'a, const OLD: bool> {
    rest: &'a [u8],
    bits: u64,
    count: u32,
}

impl<'a, const OLD: bool> BitReader<'a, OLD> {
    fn new(input: &'a [u8]) -> Self {
        Self { rest: input, bits: 0, count: 0 }
    }

    /// Have at least 56 bits, or all that are left.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(word) = self.rest.first_chunk() {
            let taken = (63 - self.count) / 8;
            self.bits |= if OLD {
                u64::from_le_bytes(*word) << self.count
            } else {
                u64::from_be_bytes(*word) >> self.count
            };
            self.rest = &self.rest[taken as usize..];
            self.count += taken * 8;
            if OLD {
                // Bits above `count` belong to bytes that were not taken.
                self.bits &= u64::MAX >> (64 - self.count);
            } else {
                self.bits &= u64::MAX << (64 - self.count);
            }
        } else {
            while self.count <= 56 {
                let Some((&byte, rest)) = self.rest.split_first() else { break };
                let shift = if OLD { self.count } else { 56 - self.count };
                self.bits |= u64::from(byte) << shift;
                self.rest = rest;
                self.count += 8;
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, width: u32) -> Option<usize> {
        if self.count < width {
            return None;
        }
        self.count -= width;
        if OLD {
            let code = self.bits & ((1 << width) - 1);
            self.bits >>= width;
            Some(code as usize)
        } else {
            let code = self.bits >> (64 - width);
            self.bits <<= width;
            Some(code as usize)
        }
    }
}
