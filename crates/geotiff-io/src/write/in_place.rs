//! Blocks whose lengths are known beforehand go straight to their places in the output file.
//!
//! The layout is the one that would come out in the end, so the bytes of the file are the same as by way of the
//! spool; what is saved is to write, read and write everything again.

use super::early_sync::EarlySync;
use super::spool::write_failed;
use crate::cog::layout::{LEADER, Layout};
use crate::image_id::ImageId;
use raster_core::{Error, Result};
use std::{fs::File, io::Write};

/// An output file whose layout is decided.
#[derive(Debug)]
pub(super) struct InPlace {
    file: File,
    layout: Layout,
    sync: EarlySync,
}

impl InPlace {
    /// Can files be written at positions on this system?
    pub(super) const POSSIBLE: bool = cfg!(unix);

    pub(super) fn new(file: File, layout: Layout) -> Self {
        Self { file, layout, sync: EarlySync::default() }
    }
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }
    /// Write a block, with what stands around it: from any thread.
    pub(super) fn put(&self, image: ImageId, block: usize, parts: &[&[u8]]) -> Result<()> {
        let around = if parts.len() > 1 { LEADER as u64 } else { 0 };
        let mut at = self.layout.offsets[&image][block] - around;
        for part in parts {
            write_at(&self.file, part, at)?;
            at += part.len() as u64;
            self.sync.wrote(&self.file, part.len());
        }
        Ok(())
    }
    /// The head goes to the front: the file is complete.
    pub(super) fn finish(&self) -> Result<()> {
        write_at(&self.file, &self.layout.head, 0)?;
        self.sync.finish()
    }
    /// The data once more, to something else than the file.
    pub(super) fn copy_data(&self, sink: &mut dyn Write) -> Result<()> {
        let mut buffer = vec![0; 1 << 20];
        let mut at = self.layout.head.len() as u64;
        while at < self.layout.total {
            let part = &mut buffer[..(self.layout.total - at).min(1 << 20) as usize];
            read_at(&self.file, part, at)?;
            sink.write_all(part).map_err(write_failed)?;
            at += part.len() as u64;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at).map_err(write_failed)
}
#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
        .map_err(|e| Error::io("cannot read the output back", e))
}
#[cfg(not(unix))]
fn write_at(_: &File, _: &[u8], _: u64) -> Result<()> {
    Err(Error::internal("writing in place on a system that cannot"))
}
#[cfg(not(unix))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> Result<()> {
    Err(Error::internal("reading in place on a system that cannot"))
}

#[cfg(test)]
mod tests {
    use crate::{Blocks, Compression, CreateOptions, GeoTiffWriter, Interleave};
    use ndarray::{Array2, Array3};
    use raster_core::{AnyArray, DataType, RasterInfo, tile_windows};

    #[test]
    fn the_file_is_the_one_that_the_spool_would_give() {
        let dir = std::env::temp_dir().join(format!("geotiff-io-in-place-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("a.tif");
        let info = RasterInfo::new(300, 200, 3, DataType::U16);
        for (mut options, interleave, mask) in [
            (CreateOptions::cog(), Interleave::Pixel, false),
            (CreateOptions::cog(), Interleave::Tile, true),
            (CreateOptions::cog(), Interleave::Pixel, true),
            (CreateOptions::geotiff(), Interleave::Pixel, true),
            (CreateOptions::geotiff(), Interleave::Band, false),
        ] {
            options.compression = Compression::None;
            options.mask = Some(mask);
            options.interleave = interleave;
            options.blocks = Blocks::Tiles { width: 64, height: 64 };
            // Windows in an odd order, and one that never comes.
            let fill = |writer: &GeoTiffWriter| {
                let mut windows: Vec<_> = tile_windows((300, 200), (64, 64), 0).unwrap().collect();
                windows.reverse();
                windows.remove(3);
                for w in windows {
                    let pixels = Array3::from_shape_fn((3, w.height, w.width), |(b, r, c)| {
                        (1000 * b + 7 * (w.row as usize + r) + w.col as usize + c) as u16
                    });
                    writer.write_window(&w, &AnyArray::from(pixels).view()).unwrap();
                    if mask {
                        let valid =
                            Array2::from_shape_fn((w.height, w.width), |(r, c)| (r / 3 % 2 * c) as u8);
                        writer.write_mask_window(&w, &valid.view()).unwrap();
                    }
                }
            };
            let spooled = GeoTiffWriter::new(&info, &options).unwrap();
            fill(&spooled);
            let expected = spooled.finish_bytes().unwrap();
            let writer = GeoTiffWriter::create(&path, &info, &options).unwrap();
            fill(&writer);
            assert_eq!(writer.finish().unwrap().bytes, expected.len() as u64);
            assert!(std::fs::read(&path).unwrap() == expected, "{interleave:?}");
            let elsewhere = GeoTiffWriter::create(&path, &info, &options).unwrap();
            fill(&elsewhere);
            assert!(elsewhere.finish_bytes().unwrap() == expected, "{interleave:?}, to memory");
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
