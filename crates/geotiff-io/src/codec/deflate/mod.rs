//! Deflate in a zlib wrapper, as compressions 8 and 32946 have it.

mod inflate;

pub(super) use inflate::Inflater;
