//! LZW as TIFF uses it: codes of 9 to 12 bits, clear 256, end 257.
//!
//! Two dialects: the standard one has the most significant bit first and widens a code one early; files from before
//! TIFF 6 have the least significant bit first and widen in time. As in libtiff, the first two bytes tell: an old
//! stream starts with a clear code of 9 bits, `00 x1`.

mod decode;

pub(super) use decode::Decoder;

/// Empty the table.
const CLEAR: usize = 256;
/// The stream ends here.
const END: usize = 257;
/// The first code that is not a literal or a command.
const FIRST: usize = 258;
