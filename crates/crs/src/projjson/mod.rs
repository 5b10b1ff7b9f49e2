//! PROJJSON: <https://proj.org/specifications/projjson.html>, version 0.7 of the schema.

mod json;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
