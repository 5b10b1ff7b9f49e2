//! From a directory to pixels: the layout (checked once), where the blocks are, and reading windows:
//! plan, fetch, decode in parallel, scatter.

pub(crate) mod block_table;
pub(crate) mod image;
pub(crate) mod layout;
pub(crate) mod level;
pub(crate) mod needs;
mod old_jpeg;
pub(crate) mod points;
pub(crate) mod related;
pub(crate) mod request;
mod resampled;
mod scatter;
pub(crate) mod statistics;
mod window;
pub(crate) mod workers;
