//! Bits into bytes, least significant first, as Deflate packs them.

/// Room behind the last byte: whole words are written.
const SLACK: usize = 8;

/// Appends bits to a `Vec` that [`reserve`](Self::reserve) has made long enough.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    at: usize,
    bits: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { at: out.len(), out, bits: 0, count: 0 }
    }

    /// Have room for this many bytes more.
    pub(super) fn reserve(&mut self, bytes: usize) {
        let len = self.at + bytes + SLACK;
        if self.out.len() < len {
            self.out.resize(len, 0);
        }
    }

    /// Add `count` bits; at most 57 between two [`flush`](Self::flush)es.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.bits |= bits << self.count;
        self.count += count;
    }

    /// Write whole bytes out.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        self.out[self.at..self.at + SLACK].copy_from_slice(&self.bits.to_le_bytes());
        let bytes = self.count / 8;
        self.at += bytes as usize;
        self.bits >>= bytes * 8;
        self.count %= 8;
    }

    /// Fill the last byte with zeros.
    pub(super) fn align(&mut self) {
        self.flush();
        if self.count > 0 {
            self.at += 1;
            (self.bits, self.count) = (0, 0);
        }
    }

    /// Whole bytes; the writer must be aligned and have room.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Align, and give the rest of the room back.
    pub(super) fn finish(mut self) {
        self.align();
        self.out.truncate(self.at);
    }
}
