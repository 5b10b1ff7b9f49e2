//! Damaged files fail with the right kind of error, say where, and never panic.

mod support;

use geotiff_io::{Dataset, ErrorKind};
use raster_core::RasterSource;
use std::fs;
use support::{Dice, fixture};

/// Open and read everything there is.
fn read_all(bytes: Vec<u8>) -> geotiff_io::Result<()> {
    let dataset = Dataset::from_bytes(bytes)?;
    for directory in 0..dataset.directory_count() {
        // Tags that cannot be read are an error of their own, and not the one looked for.
        let _ = dataset.tags(directory);
    }
    dataset.read_any().array()?;
    dataset.read_any().mask()?;
    for i in 0..dataset.info().overviews.len() {
        if let Some(overview) = dataset.overview(i) {
            overview.read_window(&overview.info().all_bands(), &overview.info().window())?;
        }
    }
    Ok(())
}

#[test]
fn each_class_fails_as_it_should() {
    let expected = fs::read_to_string(fixture("malformed/expected.txt")).unwrap();
    for line in expected.lines().filter(|l| !l.starts_with('#')) {
        let (file, kind) = line.split_once(' ').unwrap();
        let bytes = fs::read(fixture("malformed").join(file)).unwrap();
        if kind == "warning" {
            let warnings = Dataset::from_bytes(bytes.clone()).unwrap().warnings().to_vec();
            assert_eq!((read_all(bytes).is_ok(), warnings.len()), (true, 1), "{file}: {warnings:?}");
            assert!(warnings[0].location().directory.is_some(), "{file}");
            continue;
        }
        let error = read_all(bytes).expect_err(file);
        assert_eq!(error.kind().name(), kind, "{file}: {error}");
        let at = error.location();
        let placed = at.directory.is_some() || at.offset.is_some() || at.tag.is_some();
        assert!(placed || file.starts_with("header/") || kind == "limit", "{file}: where? {error}");
    }
}

#[test]
fn errors_say_where() {
    let error = |file: &str| Dataset::open(fixture("malformed").join(file)).unwrap_err();
    let e = error("tag/width_zero.tif");
    assert_eq!((e.location().directory, e.location().tag), (Some(0), Some(256)));
    assert!(e.to_string().contains("width_zero.tif: directory 0, tag 256"), "{e}");
    let circle = Dataset::open(fixture("malformed/directory/circle.tif")).unwrap();
    let e = &circle.warnings()[0];
    assert_eq!((e.kind(), e.location().offset), (ErrorKind::Malformed, Some(72)));
    let dataset = Dataset::open(fixture("malformed/block/deflate_of_garbage.tif")).unwrap();
    let e = dataset.read_any().array().unwrap_err();
    assert_eq!((e.location().directory, e.location().offset), (Some(0), Some(8)));
    assert!(e.location().window.is_some() && e.location().path.is_some());
}

/// Whatever bytes are flipped or cut, the reader comes back.
#[test]
fn flipped_and_cut_files_come_back() {
    let rounds = if std::env::var_os("MUCHO_LONG_TESTS").is_some() { 2000 } else { 40 };
    let mut dice = Dice(7);
    let mut failed = 0;
    for entry in fs::read_dir(fixture("valid")).unwrap() {
        let good = fs::read(entry.unwrap().path()).unwrap();
        for round in 0..rounds {
            let mut bytes = good.clone();
            if round % 4 == 0 {
                bytes.truncate(dice.below(good.len()));
            } else {
                // Headers and directories are at one of the ends.
                let near = if round % 2 == 0 { good.len() } else { good.len().min(400) };
                for _ in 0..1 + dice.below(6) {
                    let at = dice.below(near);
                    bytes[if round % 8 < 4 { at } else { good.len() - 1 - at }] ^= 1 << dice.below(8);
                }
            }
            failed += usize::from(read_limited(bytes).is_err());
        }
    }
    assert!(failed > 0);
}

fn read_limited(bytes: Vec<u8>) -> geotiff_io::Result<()> {
    let mut limits = geotiff_io::ReadLimits::default();
    (limits.array_bytes, limits.block_bytes) = (1 << 22, 1 << 22);
    let dataset = geotiff_io::OpenOptions::new().limits(limits).threads(1).from_bytes(bytes)?;
    dataset.read_any().array()?;
    dataset.read_any().mask()?;
    Ok(())
}
