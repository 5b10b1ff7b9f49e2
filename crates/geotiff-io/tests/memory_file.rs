//! Files in memory: the behaviour that `shared/golden/memoryfile` records of rasterio, made safe.

use geotiff_io::{CreateOptions, MemoryFile};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, ErrorKind, RasterInfo, RasterSource, Window};
use std::io::{Read, Seek, SeekFrom, Write};

fn file() -> (MemoryFile, AnyArray) {
    let pixels = AnyArray::from(Array3::from_shape_fn((2, 7, 9), |(b, r, c)| (b * 100 + r * 10 + c) as i16));
    let mut file = MemoryFile::new();
    let writer = file.create(&RasterInfo::new(9, 7, 2, DataType::I16), &CreateOptions::geotiff()).unwrap();
    writer.write_window(&Window::whole(9, 7), &pixels.view()).unwrap();
    writer.finish().unwrap();
    (file, pixels)
}

#[test]
fn an_empty_one_takes_a_writer_and_is_readable_afterwards() {
    let (mut file, pixels) = file();
    assert!(!file.is_empty() && file.is_writable());
    let dataset = file.dataset().unwrap();
    assert_eq!(dataset.read_window(&[1, 2], &Window::whole(9, 7)).unwrap(), pixels);
    // Anything that wants a reader takes it.
    let mut all = Vec::new();
    assert_eq!(file.read_to_end(&mut all).unwrap(), file.len());
    assert_eq!(&all[..4], b"II*\0");
    let again = MemoryFile::from_reader(&all[..]).unwrap().dataset().unwrap();
    assert_eq!(again.read_window(&[1, 2], &Window::whole(9, 7)).unwrap(), pixels);
    // It holds a file already.
    let info = RasterInfo::new(1, 1, 1, DataType::U8);
    assert_eq!(file.create(&info, &CreateOptions::geotiff()).unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn bytes_are_read_only_and_not_copied() {
    let (mut file, pixels) = file();
    let bytes = file.share();
    let mut shared = MemoryFile::from_bytes(bytes.clone());
    assert_eq!(shared.getbuffer().as_ptr(), bytes.as_ptr());
    assert!(!shared.is_writable());
    assert!(shared.write(b"XY").is_err());
    shared.seek(SeekFrom::End(0)).unwrap();
    assert!(shared.write(b"ZZ").is_err());
    assert_eq!(shared.getbuffer(), &bytes[..]);
    assert_eq!(shared.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(shared.seek(SeekFrom::Start(2)).unwrap(), 2);
    assert_eq!(shared.seek(SeekFrom::Current(3)).unwrap(), 5);
    assert_eq!(shared.seek(SeekFrom::End(-4)).unwrap(), bytes.len() as u64 - 4);
    assert!(shared.seek(SeekFrom::Current(-(bytes.len() as i64))).is_err());
    let dataset = shared.dataset().unwrap();
    shared.close();
    shared.close();
    assert_eq!(dataset.read_window(&[1, 2], &Window::whole(9, 7)).unwrap(), pixels);
}

#[test]
fn writing_grows_and_pads() {
    let mut file = MemoryFile::from_bytes(&b""[..]);
    assert!(file.is_writable() && file.is_empty());
    assert_eq!(file.write(b"abcdef").unwrap(), 6);
    assert_eq!(file.seek(SeekFrom::Start(8)).unwrap(), 8);
    assert_eq!(file.len(), 6);
    file.write_all(b"xy").unwrap();
    assert_eq!(file.getbuffer(), b"abcdef\0\0xy");
    let before = file.share();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(b"ABC").unwrap();
    assert_eq!(file.getbuffer(), b"ABCdef\0\0xy");
    assert_eq!(&before[..], b"abcdef\0\0xy", "what was shared stays as it was");
    assert!(file.dataset().is_err());
}

#[test]
fn closed() {
    let (mut file, _) = file();
    file.close();
    assert!(file.closed() && file.is_empty() && !file.is_writable());
    assert!(file.read(&mut [0]).unwrap_err().to_string().contains("closed MemoryFile"));
    assert!(file.write(b"x").is_err() && file.seek(SeekFrom::Start(0)).is_err());
    assert_eq!(file.dataset().unwrap_err().message(), "I/O operation on closed file.");
}
