//! Choices made by the bytes of a fuzzer, from the front; zeros when they run out.

/// Bytes that are taken one after the other.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// At most `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }
    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }
    /// A number below `n`, which is at least 1 and at most 256.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }
    pub(crate) fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }
    pub(crate) fn float(&mut self) -> f64 {
        let mut bytes = [0; 8];
        let taken = self.take(8);
        bytes[..taken.len()].copy_from_slice(taken);
        f64::from_le_bytes(bytes)
    }
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
    /// A short text: valid UTF-8, any characters.
    pub(crate) fn text(&mut self) -> String {
        let length = self.below(24);
        String::from_utf8_lossy(self.take(length)).into_owned()
    }
}
