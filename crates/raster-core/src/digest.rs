//! A number for a sequence of bytes, to tell whether it is still the same.

/// FNV-1a of 128 bits: the same on every machine and in every version; no protection against those who want two contents to have one
/// number.
///
/// ```
/// use raster_core::Digest;
/// let of = |bytes: &[u8]| {
///     let mut digest = Digest::new();
///     digest.bytes(bytes);
///     digest.finish()
/// };
/// assert_eq!(of(b"abc"), of(b"abc"));
/// assert_ne!(of(b"abc"), of(b"abd"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(u128);

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// Of no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
    /// Bytes follow.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u128::from(*b)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    /// A number follows, as 8 bytes.
    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }
    /// The number for all bytes so far.
    #[must_use]
    pub fn finish(&self) -> u128 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' list of test vectors (`draft-eastlake-fnv`).
    #[test]
    fn known_values() {
        assert_eq!(Digest::new().finish(), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        let mut digest = Digest::new();
        digest.bytes(b"a");
        assert_eq!(digest.finish(), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
