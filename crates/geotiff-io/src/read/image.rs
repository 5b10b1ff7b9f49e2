//! One image of a file: its layout, and where its blocks are.

use super::block_table::{BlockPlace, BlockTable, Page};
use super::layout::ImageLayout;
use crate::codec;
use crate::tiff::directory::{Directory, TiffFile};
use crate::workspace::Buffers;
use raster_core::{BlockIndex, Error, Result, Window};
use std::collections::BTreeSet;

/// One image (the full resolution, an overview, a mask).
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) layout: ImageLayout,
    pub(crate) table: BlockTable,
}

impl Image {
    pub(crate) fn open(file: &TiffFile, directory: &Directory, warnings: &mut Vec<Error>) -> Result<Self> {
        let layout = ImageLayout::from_directory(file, directory)?;
        let table = BlockTable::new(file, directory, &layout, warnings)?;
        Ok(Self { layout, table })
    }

    /// Number of a block in the arrays of offsets.
    fn block_number(&self, block: BlockIndex, plane: usize) -> usize {
        plane * self.layout.grid.len() + block.row * self.layout.grid.columns() + block.col
    }

    /// The pages of the block index that a window of a plane needs and that have not been read.
    pub(crate) fn missing_pages(&self, plane: usize, window: &Window, pages: &mut BTreeSet<Page>) {
        for block in self.layout.grid.touching(window) {
            self.table.missing(self.block_number(block, plane), pages);
        }
    }

    /// Where a block is stored; `None` when it is not. Its pages have been read.
    pub(crate) fn place(
        &self,
        file: &TiffFile,
        block: BlockIndex,
        plane: usize,
    ) -> Result<Option<BlockPlace>> {
        self.table
            .place(file, self.block_number(block, plane), self.layout.stored_rows(block.row))
            .map_err(|e| e.in_directory(self.layout.directory).at_window(self.layout.grid.window(block)))
    }

    /// Decode a block into `work.pixels`.
    pub(crate) fn decode(&self, work: &mut Buffers, block: BlockIndex, blob: &[u8]) -> Result<()> {
        let (format, rows) = (&self.layout.format, self.layout.stored_rows(block.row));
        // Tiles at the lower edge may hold the rows of the image only.
        let needed = rows.min(self.layout.height - block.row * format.height);
        codec::decode_rows(format, blob, (rows, needed), &mut work.pixels, &mut work.scratch)?;
        if work.pixels.len() == format.decoded_len(rows) {
            return Ok(());
        }
        Err(Error::internal(format!(
            "the {} decoder gave {} bytes for a block of {}",
            format.compression.name(),
            work.pixels.len(),
            format.decoded_len(rows)
        )))
    }

    /// Say where in the file an error is.
    pub(crate) fn locate(&self, error: Error, block: BlockIndex) -> Error {
        error.in_directory(self.layout.directory).at_window(self.layout.grid.window(block))
    }
}
