//! What is not stored costs nothing, and nobody can tell: every way that leaves blank places out beside one that reads them.

mod support;

use geotiff_io::{
    Blocks, Compression, CreateOptions, Dataset, GeoTiffWriter, Interleave, Overviews, Resampling,
    TransferOptions, ValidityAs, write_raster_into,
};
use ndarray::Array3;
use raster_core::{
    AnyArray, BandInfo, ColorInterp, DataType, MaskKind, Nodata, Parts, RasterInfo, RasterSource, Result,
    Window,
};
use support::Dice;

/// The slow twin: the same raster, which does not know what is blank.
struct Ignorant<'a>(&'a Dataset);

impl RasterSource for Ignorant<'_> {
    fn info(&self) -> &RasterInfo {
        self.0.info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.0.read_parts(bands, window, parts)
    }
}

/// How a source tells what is missing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Missing {
    Nothing,
    Nodata(i64),
    Mask,
    Alpha,
}

/// A file of which only some blocks are stored.
fn sparse(dice: &mut Dice, missing: Missing, bands: usize, data_type: DataType, full: bool) -> Dataset {
    let (width, height) = (150 + dice.below(40), 100 + dice.below(60));
    let mut info = RasterInfo::new(width, height, bands, data_type);
    match missing {
        Missing::Nothing => {}
        Missing::Nodata(value) => info = info.with_nodata(Nodata::from(value as f64)),
        Missing::Mask => info.bands.iter_mut().for_each(|b| b.mask = MaskKind::PerDataset),
        Missing::Alpha => {
            info.bands[bands - 1] = BandInfo::default().with_color(ColorInterp::Alpha);
        }
    }
    let mut options = CreateOptions::geotiff().with_compression(Compression::Lzw);
    options.blocks = Blocks::Tiles { width: 16, height: 32 };
    options.sparse = !full;
    let writer = GeoTiffWriter::new(&info, &options).unwrap();
    // Some places, each written as far as it lies in the raster.
    for place in 0..5 {
        let (col, row) = (place * 37 % width, place * 53 % height);
        let window = Window::new(col as i64, row as i64, 20, 9).crop(width, height);
        if (0..place).any(|p| {
            let other = Window::new((p * 37 % width) as i64, (p * 53 % height) as i64, 20, 9);
            other.intersection(&window).is_some()
        }) {
            continue;
        }
        let samples = Array3::from_shape_fn((bands, window.height, window.width), |(b, r, c)| {
            (7 * b + 3 * r + c * (place + 1) % 11) as u8
        });
        let pixels = AnyArray::from(samples).convert_to(data_type);
        writer.write_window(&window, &pixels.view()).unwrap();
    }
    Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap()
}

const SOURCES: [(Missing, usize, DataType); 7] = [
    (Missing::Nothing, 1, DataType::U8),
    (Missing::Nodata(0), 2, DataType::U8),
    (Missing::Nodata(7), 1, DataType::I16),
    (Missing::Nodata(-9), 3, DataType::F32),
    (Missing::Mask, 3, DataType::U8),
    (Missing::Alpha, 2, DataType::U8),
    (Missing::Alpha, 4, DataType::U16),
];

#[test]
fn copies_are_the_same_bytes() {
    let (mut dice, mut compared) = (Dice(7), 0);
    for round in 0..40 {
        for (missing, bands, data_type) in SOURCES {
            let source = sparse(&mut dice, missing, bands, data_type, false);
            let resampling = [Resampling::Nearest, Resampling::Cubic, Resampling::Average, Resampling::Mode];
            let mut create = if dice.below(2) == 0 { CreateOptions::cog() } else { CreateOptions::geotiff() }
                .with_compression([Compression::Deflate, Compression::None, Compression::Zstd][dice.below(3)])
                .with_overviews(Overviews::Factors(vec![2, 4, 5]), resampling[dice.below(4)]);
            create.blocks = Blocks::Tiles { width: 16 << dice.below(3), height: 16 << dice.below(3) };
            create.interleave = [Interleave::Pixel, Interleave::Band][dice.below(2)];
            create.sparse = dice.below(2) == 0;
            create.statistics = dice.below(3) == 0;
            let mut options = TransferOptions::new(create);
            options.validity =
                [ValidityAs::Source, ValidityAs::Mask, ValidityAs::Alpha, ValidityAs::None][dice.below(4)];
            options.nodata = (dice.below(3) == 0).then(|| Nodata::from(3.0));
            let copy = |source: &dyn RasterSource| {
                let mut file = Vec::new();
                write_raster_into(source, &mut file, &options).map(|_| file)
            };
            match (copy(&source), copy(&Ignorant(&source))) {
                (Ok(fast), Ok(slow)) => {
                    compared += 1;
                    assert!(fast == slow, "{round} {missing:?} {bands} {data_type} {options:?}");
                }
                (fast, slow) => assert_eq!(
                    fast.map_err(|e| e.to_string()).err(),
                    slow.map_err(|e| e.to_string()).err(),
                    "{round} {missing:?} {options:?}"
                ),
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn reads_and_statistics_are_the_same() {
    for (missing, bands, data_type) in SOURCES {
        // The same dice: one with its blank blocks, one without.
        let few = sparse(&mut Dice(5), missing, bands, data_type, false);
        let all = sparse(&mut Dice(5), missing, bands, data_type, true);
        let every = few.info().all_bands();
        assert_eq!(few.statistics_of(&every, false).unwrap(), all.statistics_of(&every, false).unwrap());
        for band in &every {
            let one = few.statistics(*band, false).unwrap();
            assert_eq!(few.statistics_of(&every, false).unwrap()[band - 1], one);
        }
        for resampling in [Resampling::Nearest, Resampling::Average, Resampling::Cubic, Resampling::Mode] {
            for shape in [(10, 10), (31, 90), (60, 60), (300, 200)] {
                let read = |d: &Dataset| {
                    d.read_any().shape(shape.0, shape.1).resampling(resampling).masked().unwrap()
                };
                let what = format!("{missing:?} {data_type} {resampling} {shape:?}");
                let (few, all) = (read(&few), read(&all));
                assert!(
                    few.mask == all.mask && support::bytes(&few.data) == support::bytes(&all.data),
                    "{what}"
                );
            }
        }
        let blank = |w: &Window| few.is_blank(&every, w);
        assert!(!blank(&few.info().window()) && few.info().height > 0);
        assert!(!all.is_blank(&every, &Window::new(0, 0, 1, 1)));
    }
}

/// Hours, and 30 GB, if anything looked at the pixels.
#[test]
fn a_giant_without_pixels() {
    let info = RasterInfo::new(200_000, 150_000, 1, DataType::U8);
    let mut options = CreateOptions::cog();
    options.sparse = true;
    let file = GeoTiffWriter::new(&info, &options).unwrap().finish_bytes().unwrap();
    let source = Dataset::from_bytes(file.clone()).unwrap();
    let mut copy = Vec::new();
    write_raster_into(&source, &mut copy, &TransferOptions::new(options)).unwrap();
    assert!(copy == file);
    let small =
        source.read::<u8>().shape(100, 100).ignore_overviews().resampling(Resampling::Average).array();
    assert!(small.unwrap().iter().all(|v| *v == 0));
    assert_eq!(source.statistics(1, false).unwrap().unwrap().count, 30_000_000_000);
}
