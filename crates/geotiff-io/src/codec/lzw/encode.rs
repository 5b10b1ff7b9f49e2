//! The encoder, in the standard dialect: most significant bit first, codes widened one early.

use super::{CLEAR, END, FIRST};

const HASH_BITS: u32 = 14;
const SLOTS: usize = 1 << HASH_BITS;
const EMPTY: u32 = u32::MAX;
/// The table is emptied when it has this many codes, as libtiff does it: the last one is never used.
const LAST: u32 = 4095;

/// Writes LZW streams; keeps its table between them.
pub(in crate::codec) struct Encoder {
    /// Open addressing: `(code of the string without its last byte) << 20 | (last byte) << 12 | code`.
    table: Box<[u32; SLOTS]>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { table: Box::new([EMPTY; SLOTS]) }
    }
}

impl Encoder {
    /// Append `input` as a stream to `out`.
    pub(in crate::codec) fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let table = &mut *self.table;
        table.fill(EMPTY);
        let mut writer = BitWriter::new(out, input.len());
        let (mut next, mut width) = (FIRST as u32, 9);
        writer.put(CLEAR as u32, width);
        if let Some((&first, rest)) = input.split_first() {
            let mut prefix = u32::from(first);
            for &byte in rest {
                let key = prefix << 8 | u32::from(byte);
                let mut slot = (key.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize;
                loop {
                    let entry = table[slot];
                    if entry >> 12 == key {
                        prefix = entry & 0xfff;
                        break;
                    }
                    if entry == EMPTY {
                        writer.put(prefix, width);
                        table[slot] = key << 12 | next;
                        next += 1;
                        width += next >> width;
                        if next == LAST {
                            writer.put(CLEAR as u32, width);
                            table.fill(EMPTY);
                            (next, width) = (FIRST as u32, 9);
                        }
                        prefix = u32::from(byte);
                        break;
                    }
                    slot = (slot + 1) % SLOTS;
                }
            }
            writer.put(prefix, width);
            // The decoder defines one more code before it reads the next.
            width = (width + ((next + 1) >> width)).min(12);
        }
        writer.put(END as u32, width);
        writer.finish();
    }
}

/// Bits into bytes, most significant first.
struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    at: usize,
    bits: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    /// For a stream of `bytes` bytes.
    fn new(out: &'a mut Vec<u8>, bytes: usize) -> Self {
        let at = out.len();
        // At worst a code of 12 bits for each byte, and the commands.
        out.resize(at + bytes * 3 / 2 + bytes / 1024 + 64, 0);
        Self { out, at, bits: 0, count: 0 }
    }
    #[inline(always)]
    fn put(&mut self, code: u32, width: u32) {
        self.count += width;
        self.bits |= u64::from(code) << (64 - self.count);
        if self.count >= 32 {
            self.out[self.at..self.at + 4].copy_from_slice(&((self.bits >> 32) as u32).to_be_bytes());
            self.at += 4;
            self.bits <<= 32;
            self.count -= 32;
        }
    }
    fn finish(self) {
        let bytes = self.count.div_ceil(8) as usize;
        self.out[self.at..self.at + bytes].copy_from_slice(&self.bits.to_be_bytes()[..bytes]);
        self.out.truncate(self.at + bytes);
    }
}
