//! Which image of a file is meant.

/// An image of a dataset: a level, or the mask of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId {
    /// 0 is the full resolution; overviews follow, largest first.
    pub level: usize,
    /// The mask of the level, not its pixels?
    pub mask: bool,
}

impl ImageId {
    /// The pixels of a level.
    #[must_use]
    pub const fn pixels(level: usize) -> Self {
        Self { level, mask: false }
    }
    /// The mask of a level.
    #[must_use]
    pub const fn mask(level: usize) -> Self {
        Self { level, mask: true }
    }
}
