//! Colours beside an alpha band, resampled: no colour that shows is one that no pixel had, whatever the method, the transparency, the type
//! and the cut; in overviews and in reads of another size.

use geotiff_io::{CreateOptions, Dataset, GeoTiffWriter, Overviews, Resampling};
use ndarray::Array3;
use raster_core::{
    AnyArray, ColorInterp, DataType, MaskKind, RasterInfo, RasterSource, Window, opacity::Mixing,
};

const SIZE: (usize, usize) = (101, 87);

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Which opacities there are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Edge {
    Hard,
    Soft,
    Noise,
}

/// Colours of 100 to 200 of 255, and black where nothing shows.
fn picture(data_type: DataType, edge: Edge, seed: u64) -> (RasterInfo, Array3<f64>) {
    let mut random = Random(seed);
    let top = data_type.range().1;
    let mut values = Array3::zeros((4, SIZE.1, SIZE.0));
    for (r, c) in (0..SIZE.1).flat_map(|r| (0..SIZE.0).map(move |c| (r, c))) {
        let distance = (r as f64 - 43.0).hypot(c as f64 - 50.0);
        let alpha = match edge {
            Edge::Hard => f64::from(distance < 38.0 && random.next() > 0.02),
            Edge::Soft => (1.5 - distance / 30.0).clamp(0.0, 1.0),
            Edge::Noise => (random.next() * 1.6 - 0.3).clamp(0.0, 1.0),
        };
        let alpha = (alpha * top).round();
        values[[3, r, c]] = alpha;
        for band in 0..3 {
            let colour = (100.0 + 100.0 * random.next()).round();
            values[[band, r, c]] = if alpha > 0.0 { colour } else { 0.0 };
        }
    }
    let mut info = RasterInfo::new(SIZE.0, SIZE.1, 4, data_type);
    let colours = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Alpha];
    info.bands.iter_mut().zip(colours).for_each(|(b, c)| b.color = c);
    info.bands[..3].iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
    (info, values)
}

fn written(info: &RasterInfo, values: &Array3<f64>, method: Resampling, block: usize) -> Dataset {
    let options =
        CreateOptions::cog().with_block_size(block).with_overviews(Overviews::Factors(vec![2, 4, 7]), method);
    let writer = GeoTiffWriter::new(info, &options).unwrap();
    let pixels = AnyArray::from(values.clone()).convert_to(info.data_type);
    writer.write_window(&info.window(), &pixels.view()).unwrap();
    Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap()
}

/// Every colour that shows lies where the visible ones do, but for what negative lobes overshoot.
fn assert_no_new_colours(read: &Array3<f64>, method: Resampling, what: &str) {
    // Where all is opaque lobes overshoot by some of the contrast.
    let lobes = matches!(method, Resampling::Cubic | Resampling::Lanczos);
    let slack = if lobes { 25.5 } else { 1e-9 };
    let mut shown = 0;
    for (r, c) in (0..read.dim().1).flat_map(|r| (0..read.dim().2).map(move |c| (r, c))) {
        if read[[3, r, c]] > 0.0 {
            shown += 1;
            for band in 0..3 {
                let v = read[[band, r, c]];
                assert!((100.0 - slack..=200.0 + slack).contains(&v), "{what}: {v} at {r}, {c}");
            }
        }
    }
    // Kernels with negative lobes want a run of pixels that show, half as long as they are, as GDAL has it: noise may have none.
    assert!(shown > 5 || lobes && what.contains("Noise"), "{what}: {shown} pixels show");
}

#[test]
fn nothing_is_invented() {
    for data_type in [DataType::U8, DataType::U16] {
        for edge in [Edge::Hard, Edge::Soft, Edge::Noise] {
            for &method in Resampling::DECIMATION {
                let (info, values) = picture(data_type, edge, 11);
                let made = written(&info, &values, method, 32);
                let other = written(&info, &values, method, 128);
                for level in 0..3 {
                    let what = format!("{data_type} {edge:?} {method} level {level}");
                    let read = |d: &Dataset| {
                        let level = d.overview(level).unwrap();
                        level.read_window(&[1, 2, 3, 4], &level.info().window()).unwrap().convert::<f64>()
                    };
                    let ours = read(&made);
                    assert!(ours == read(&other), "{what}: the cut into blocks shows");
                    // Levels are made of levels: what overshot once is not brought back.
                    if level == 0 || !matches!(method, Resampling::Cubic | Resampling::Lanczos) {
                        assert_no_new_colours(&ours, method, &what);
                    }
                }
                for out in [(40, 50), (29, 33), (9, 11)] {
                    let read = made.read::<f64>().shape(out.0, out.1).resampling(method).ignore_overviews();
                    let read = read.array().unwrap();
                    let what = format!("{data_type} {edge:?} {method} read as {out:?}");
                    assert_no_new_colours(&read, method, &what);
                }
            }
        }
    }
}

/// Beside its definition: Σ w·a·v / Σ w·a over four pixels.
#[test]
fn means_are_weighed_by_opacity() {
    let (info, values) = picture(DataType::U8, Edge::Noise, 5);
    let made = written(&info, &values, Resampling::Average, 64);
    let level = made.overview(0).unwrap();
    let read = level.read_window(&[1, 2, 3, 4], &Window::new(0, 0, 50, 43)).unwrap().convert::<f64>();
    for (r, c) in (0..43).flat_map(|r| (0..50).map(move |c| (r, c))) {
        // 101 columns are 51: a pixel of the overview is a little less than two wide.
        let ratio = 101.0 / 51.0;
        let (left, right) = (c as f64 * ratio, (c + 1) as f64 * ratio);
        let weights: Vec<(usize, f64)> = (left as usize..right.ceil() as usize)
            .map(|x| (x, (right.min(x as f64 + 1.0)) - left.max(x as f64)))
            .collect();
        let ratio = 87.0 / 44.0;
        let (top, bottom) = (r as f64 * ratio, (r + 1) as f64 * ratio);
        let rows: Vec<(usize, f64)> = (top as usize..bottom.ceil() as usize)
            .map(|y| (y, (bottom.min(y as f64 + 1.0)) - top.max(y as f64)))
            .collect();
        for band in 0..3 {
            let (mut sum, mut total) = (0.0, 0.0);
            for (y, wy) in &rows {
                for (x, wx) in &weights {
                    let a = values[[3, *y, *x]] / 255.0;
                    sum += wx * wy * a * values[[band, *y, *x]];
                    total += wx * wy * a;
                }
            }
            if total > 0.0 {
                assert!((read[[band, r, c]] - sum / total).abs() <= 0.5 + 1e-9, "{band} {r} {c}");
            } else {
                assert_eq!(read[[3, r, c]], 0.0);
            }
        }
    }
}

/// Colours that are multiplied by their opacity are mixed as they are, like four plain bands.
#[test]
fn premultiplied_colours_are_plain_bands() {
    let (mut info, values) = picture(DataType::U8, Edge::Soft, 3);
    info.bands[3].premultiplied = true;
    assert_eq!(info.mixing(1), Mixing::All);
    let plain = RasterInfo::new(SIZE.0, SIZE.1, 4, DataType::U8);
    let plain = {
        let mut plain = plain;
        plain.bands.iter_mut().for_each(|b| b.color = ColorInterp::Gray);
        plain
    };
    for &method in Resampling::DECIMATION {
        let (a, b) = (written(&info, &values, method, 32), written(&plain, &values, method, 32));
        assert!(a.info().bands[3].premultiplied && !b.info().bands.iter().any(|b| b.mask == MaskKind::Alpha));
        for level in 0..3 {
            let read = |d: &Dataset| {
                let level = d.overview(level).unwrap();
                level.read_window(&[1, 2, 3, 4], &level.info().window()).unwrap()
            };
            assert!(read(&a) == read(&b), "{method} {level}");
        }
        let read = |d: &Dataset| d.read::<u8>().shape(30, 31).resampling(method).array().unwrap();
        assert_eq!(read(&a), read(&b), "{method}");
    }
}
