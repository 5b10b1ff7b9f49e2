//! Hostile files do not make the reader allocate: the peak of all allocations, measured, stays within the limits that
//! were given or within a small multiple of the file. One test alone in its process.

mod support;

use bytes::Bytes;
use geotiff_io::{
    Blocks, Compression, CreateOptions, Dataset, ErrorKind, GeoTiffWriter, OpenOptions, ReadLimits,
};
use peak_alloc::PeakAlloc;
use raster_core::{AnyArray, DataType, RasterInfo, RasterSource};
use std::fs;
use support::fixture;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// What `f` returns, and the bytes that were allocated on the way at their peak.
fn peak_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = f();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn read(bytes: Bytes, limits: &ReadLimits) -> geotiff_io::Result<AnyArray> {
    OpenOptions::new().limits(limits.clone()).threads(1).from_bytes(bytes)?.read_any().array()
}

/// A little-endian classic TIFF of these directories; each entry is (tag, type, count, value or offset). Behind the
/// directories come `behind`, at the offset that is given to `entries`.
fn tiff(
    directories: usize,
    entries: impl Fn(usize, u32) -> Vec<(u16, u16, u32, u32)>,
    behind: &[u8],
) -> Vec<u8> {
    let size = |n: usize| 2 + 12 * n + 4;
    let behind_at = 8 + (0..directories).map(|d| size(entries(d, 0).len())).sum::<usize>();
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    for d in 0..directories {
        let entries = entries(d, behind_at as u32);
        let next = file.len() + size(entries.len());
        file.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        let next = if d + 1 < directories { next as u32 } else { 0 };
        file.extend(next.to_le_bytes());
    }
    file.extend(behind);
    file
}

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A pixel of one byte, stored at offset 8.
fn pixel() -> Vec<(u16, u16, u32, u32)> {
    vec![
        (256, SHORT, 1, 1),
        (257, SHORT, 1, 1),
        (258, SHORT, 1, 8),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 1),
        (273, LONG, 1, 8),
        (278, SHORT, 1, 1),
        (279, LONG, 1, 1),
    ]
}

/// 20000 × 20000 pixels of which no block is stored: legal, and 400 MB as an array.
fn sparse_giant() -> Vec<u8> {
    let mut bytes = fs::read(fixture("malformed/size/sparse_array_of_4_exabytes.tif")).unwrap();
    let directory = 72;
    for entry in bytes[directory + 2..].chunks_exact_mut(12).take(9) {
        if matches!(u16::from_le_bytes([entry[0], entry[1]]), 256 | 257) {
            entry[8..12].copy_from_slice(&20_000u32.to_le_bytes());
        }
    }
    bytes
}

/// A block that holds 1024 × 1024 pixels in a file that says it has 16 × 16.
fn bomb(compression: Compression) -> Bytes {
    let bands = if compression == Compression::Webp { 3 } else { 1 };
    let info = RasterInfo::new(1024, 1024, bands, DataType::U8);
    let mut options = CreateOptions::geotiff().with_compression(compression);
    options.blocks = Blocks::Strips { rows: 1024 };
    options.bits = (compression == Compression::CcittG4).then_some(1);
    let writer = GeoTiffWriter::new(&info, &options).unwrap();
    let zeros = AnyArray::zeros(DataType::U8, (bands, 1024, 1024));
    writer.write_window(&info.window(), &zeros.view()).unwrap();
    let mut file = writer.finish_bytes().unwrap().to_vec();
    let directory = u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize;
    for entry in file[directory + 2..].chunks_exact_mut(12).take(20) {
        if matches!(u16::from_le_bytes([entry[0], entry[1]]), 256 | 257 | 278) {
            entry[8..12].copy_from_slice(&16u32.to_le_bytes());
        }
    }
    file.into()
}

#[test]
fn hostile_files_cost_no_memory() {
    let limits = ReadLimits::default();
    damaged_fixtures();
    giants();

    // Bombs: what a block expands to does not matter, only what the header says. 16 MiB: tables and windows of decoders.
    for compression in [
        Compression::PackBits,
        Compression::Lzw,
        Compression::Deflate,
        Compression::Zstd,
        Compression::Lzma,
        Compression::Lerc,
        Compression::LercDeflate,
        Compression::LercZstd,
        Compression::Jpeg,
        Compression::Webp,
        Compression::CcittG4,
    ] {
        let file = bomb(compression);
        let (_, peak) = peak_of(|| read(file.clone(), &limits));
        assert!(peak < 16 * MIB, "{compression:?}: {peak} bytes for a file of {}", file.len());
    }

    // An xz stream that asks for a dictionary of 4 GiB.
    let mut file = bomb(Compression::Lzma).to_vec();
    let xz = file.windows(6).position(|w| w == b"\xfd7zXZ\0").unwrap() + 12;
    let header = 4 * (usize::from(file[xz]) + 1);
    let filter = xz + file[xz..xz + header].windows(2).position(|w| w == [0x21, 1]).unwrap();
    file[filter + 2] = 40;
    let sum = crc32(&file[xz..xz + header - 4]).to_le_bytes();
    file[xz + header - 4..xz + header].copy_from_slice(&sum);
    let (result, peak) = peak_of(|| read(file.into(), &limits));
    assert!(result.is_err() && peak < 16 * MIB, "{peak}");

    directories();
    values();
    nothing_is_kept();
}

/// After huge blocks nothing of their size stays, though buffers are kept warm; and an open file of some bytes takes little.
fn nothing_is_kept() {
    let info = RasterInfo::new(4096, 6144, 1, DataType::U8);
    for compression in [Compression::PackBits, Compression::LercDeflate] {
        let mut options = CreateOptions::geotiff().with_compression(compression);
        options.blocks = Blocks::Strips { rows: 6144 };
        if compression == Compression::PackBits {
            options.bits = Some(4);
        }
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        writer.write_window(&info.window(), &AnyArray::zeros(DataType::U8, (1, 6144, 4096)).view()).unwrap();
        let mut file = writer.finish_bytes().unwrap().to_vec();
        if compression == Compression::PackBits {
            // Zeros read alike backwards. The tag for it takes the place of another that says nothing new.
            set_fill_order(&mut file);
        }
        let file = Bytes::from(file);
        let before = ALLOCATOR.current_usage();
        let dataset = OpenOptions::new().threads(1).from_bytes(file).unwrap();
        assert_eq!(dataset.read_window(&[1], &info.window()).unwrap().shape(), (1, 6144, 4096));
        let kept = ALLOCATOR.current_usage().saturating_sub(before);
        assert!(kept < 8 * MIB, "{compression:?}: {kept} bytes are kept");
    }

    let path = fixture("landcover.tif");
    let before = ALLOCATOR.current_usage();
    let open: Vec<Dataset> = (0..50).map(|_| Dataset::open(&path).unwrap()).collect();
    let each = ALLOCATOR.current_usage().saturating_sub(before) / open.len();
    assert!(each < 24 << 10, "{each} bytes for each open dataset");
}

/// FillOrder 2 in the place of PlanarConfiguration 1.
fn set_fill_order(file: &mut [u8]) {
    let directory = u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize;
    let entries = usize::from(u16::from_le_bytes([file[directory], file[directory + 1]]));
    for entry in file[directory + 2..].chunks_exact_mut(12).take(entries) {
        if u16::from_le_bytes([entry[0], entry[1]]) == 284 {
            entry[..2].copy_from_slice(&266u16.to_le_bytes());
            entry[8] = 2;
        }
    }
}

fn damaged_fixtures() {
    for folder in ["size", "tag", "directory", "block"] {
        for entry in fs::read_dir(fixture("malformed").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = Bytes::from(fs::read(&path).unwrap());
            let (result, peak) = peak_of(|| read(bytes, &ReadLimits::default()));
            assert!(result.is_err() || path.ends_with("directory/circle.tif"), "{}", path.display());
            assert!(peak < MIB, "{}: {peak} bytes", path.display());
        }
    }
}

/// Rasters that are large without storing anything.
fn giants() {
    let mut limits = ReadLimits::default();
    limits.array_bytes = 100 << 20;
    let giant = OpenOptions::new().limits(limits).from_bytes(sparse_giant()).unwrap();
    let (error, peak) = peak_of(|| giant.read_any().array().unwrap_err());
    assert_eq!((error.kind(), peak < MIB), (ErrorKind::Limit, true), "{peak}");
    let (error, peak) = peak_of(|| giant.read_window(&[1], &giant.info().window()).unwrap_err());
    assert_eq!((error.kind(), peak < MIB), (ErrorKind::Limit, true), "{peak}");
    // Strip by strip such a raster is no problem.
    let (statistics, peak) = peak_of(|| giant.statistics(1, false).unwrap().unwrap());
    assert!(statistics.max == 0.0 && peak < 64 * MIB, "{peak}");
    let (small, peak) = peak_of(|| giant.read::<u8>().shape(100, 100).array().unwrap());
    assert!(small.dim() == (1, 100, 100) && peak < 200 * MIB, "{peak}");
    // A block may have as much as was allowed, and not a byte more.
    let mut limits = ReadLimits::default();
    limits.block_bytes = 255;
    assert_eq!(read(bomb(Compression::Deflate), &limits).unwrap_err().kind(), ErrorKind::Limit);
}

/// Chains of directories.
fn directories() {
    let limits = ReadLimits::default();
    let chain =
        Bytes::from(tiff(70_000, |d, _| if d == 0 { pixel() } else { vec![(256, SHORT, 1, 1)] }, &[]));
    let (dataset, peak) = peak_of(|| Dataset::from_bytes(chain.clone()).unwrap());
    assert_eq!((dataset.directory_count(), dataset.page_numbers().len()), (70_000, 70_000));
    assert!(peak < 8 * MIB, "{peak}");
    // Those beyond the limit are not looked at; the first page is there.
    let mut few = limits.clone();
    few.directories = 100;
    let dataset = OpenOptions::new().limits(few).from_bytes(chain.clone()).unwrap();
    assert_eq!((dataset.directory_count(), dataset.warnings().len()), (100, 1));
    assert_eq!(dataset.warnings()[0].kind(), ErrorKind::Limit);
    // As many as are allowed, each a reduced image whose offsets are the whole file.
    let reduced = |d: usize, behind: u32| {
        let mut entries = pixel();
        entries.retain(|e| e.0 != 273);
        entries.push((273, 1, MIB as u32, behind));
        entries.insert(0, (254, LONG, 1, u32::from(d > 0)));
        entries
    };
    let many = Bytes::from(tiff(4096, reduced, &vec![0; MIB]));
    let (dataset, peak) = peak_of(|| Dataset::from_bytes(many.clone()).unwrap());
    assert_eq!(dataset.info().overviews.len(), 64, "a bound on what is described");
    assert!(peak < 16 * many.len(), "{peak} bytes for a file of {}", many.len());
    // Directories over each other: each has 65535 entries, the next begins 12 bytes later.
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend([0xff; 12 * 70_000]);
    for d in 0..4000usize {
        // The low half of a directory's pointer to the next is the count of another: any chain will do.
        let next = (8 + 12 * (d + 1)) as u32;
        let at = 8 + 12 * d + 2 + 12 * 0xffff;
        if at + 4 <= file.len() {
            file[at..at + 4].copy_from_slice(&next.to_le_bytes());
        }
    }
    let length = file.len();
    let (result, peak) = peak_of(|| Dataset::from_bytes(file));
    assert!(result.is_err() && peak < 16 * length, "{peak} bytes for a file of {length}");
}

/// Values of tags.
fn values() {
    let text = vec![b'x'; 4 * MIB];
    let with = |tag: u16, kind: u16, count: usize, behind: &[u8]| {
        let entries = |_: usize, at: u32| {
            let mut entries = pixel();
            entries.push((tag, kind, count as u32, at));
            entries
        };
        Bytes::from(tiff(1, entries, behind))
    };
    let mut limits = ReadLimits::default();
    limits.tag_bytes = MIB as u64;
    // Texts and numbers that are longer than a tag may be: GDAL_METADATA, GDAL_NODATA, GeoAsciiParams, BitsPerSample.
    for (tag, kind) in [(42112, 2), (42113, 2), (34737, 2), (34735, 3), (34264, 12), (33922, 12), (700, 1)] {
        let file = with(tag, kind, text.len() / if kind == 12 { 8 } else { usize::from(kind).min(2) }, &text);
        let (_, peak) = peak_of(|| OpenOptions::new().limits(limits.clone()).from_bytes(file.clone()));
        assert!(peak < 3 * MIB, "tag {tag}: {peak}");
        // And when they may be that long, a small multiple.
        let (_, peak) = peak_of(|| Dataset::from_bytes(file.clone()).map(|d| d.tags(0).map(|t| t.len())));
        assert!(peak < 16 * file.len(), "tag {tag}: {peak} bytes for a file of {}", file.len());
    }
    // XML whose entities expand, whose items are many, whose elements are deep.
    let expand = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
         <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]>\
         <M><Item name=\"k\">&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;</Item></M>";
    let items: String = (0..100_000).map(|i| format!("<Item name='{i}'/>")).collect();
    for xml in [expand.to_owned(), format!("<M>{items}</M>"), "<a>".repeat(100_000)] {
        let file = with(42112, 2, xml.len(), xml.as_bytes());
        let (_, peak) = peak_of(|| Dataset::from_bytes(file.clone()).unwrap());
        assert!(peak < MIB + 24 * xml.len(), "{peak} bytes for XML of {}", xml.len());
    }
    // Keys that all refer to the same long text: 16000 times 32 KB.
    let mut keys: Vec<u16> = vec![1, 1, 0, 16_000];
    keys.extend((0..16_000).flat_map(|i| [i, 34737, 0x7fff, 0]));
    let raw: Vec<u8> = keys.iter().flat_map(|k| k.to_le_bytes()).chain(vec![b'k'; 0x8000]).collect();
    let entries = |_: usize, at: u32| {
        let mut entries = pixel();
        entries.push((34735, SHORT, keys.len() as u32, at));
        entries.push((34737, 2, 0x8000, at + 2 * keys.len() as u32));
        entries
    };
    let file = Bytes::from(tiff(1, entries, &raw));
    let (dataset, peak) = peak_of(|| Dataset::from_bytes(file).unwrap());
    assert!(dataset.geo_keys().is_none() && !dataset.warnings().is_empty());
    assert!(peak < 80 * MIB, "{peak}");
    // Tags that all have the same long value.
    let entries = |_: usize, at: u32| {
        let mut entries = pixel();
        entries.extend((0..1000).map(|i| (40_000 + i, SHORT, (MIB / 2) as u32, at)));
        entries
    };
    let file = Bytes::from(tiff(1, entries, &vec![0; MIB]));
    let dataset = Dataset::from_bytes(file).unwrap();
    let (error, peak) = peak_of(|| dataset.tags(0).unwrap_err());
    assert_eq!((error.kind(), peak < MIB), (ErrorKind::Malformed, true), "{peak}");
}

/// The sum that xz uses (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, b| {
        (0..8).fold(sum ^ u32::from(*b), |s, _| if s & 1 == 1 { (s >> 1) ^ 0xedb8_8320 } else { s >> 1 })
    })
}
