//! What is known to be blank is not read, and nobody can tell.
#![allow(clippy::unwrap_used, reason = "tests")]

use ndarray::Array3;
use raster_core::{
    AnyArray, CrsRef, DataType, GeoTransform, MemoryRaster, Parts, RasterInfo, RasterSource, Resampling,
    Result, Window, layout,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use warp::{GridRequest, WarpOptions, WarpedRaster};

/// A raster that counts the pixels that are read, and may know where it is blank.
struct Holes {
    raster: MemoryRaster,
    knows: bool,
    read: AtomicUsize,
}

impl RasterSource for Holes {
    fn info(&self) -> &RasterInfo {
        self.raster.info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.read.fetch_add(window.area(), Ordering::Relaxed);
        self.raster.read_parts(bands, window, parts)
    }
    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        let mask = || self.raster.read_mask_window(bands, window).unwrap();
        self.knows && layout::samples(mask().view()).iter().all(|v| *v == 0)
    }
}

#[test]
fn the_same_pixels_and_fewer_reads() {
    for data_type in [DataType::U8, DataType::F32] {
        let samples = Array3::from_shape_fn((2, 800, 700), |(b, r, c)| {
            if r < 100 && c < 300 { ((r * 3 + c + b) % 90) as f64 } else { 99.0 }
        });
        let pixels = AnyArray::from(samples).convert_to(data_type);
        let raster = MemoryRaster::new(pixels)
            .with_nodata(99.0)
            .update_info(|info| {
                info.transform = Some(GeoTransform::from_origin(500_000.0, 5_000_000.0, 30.0, 30.0));
                info.crs = Some(CrsRef::Epsg(32632));
            })
            .unwrap();
        let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
        let grid = request.grid(raster.info()).unwrap();
        for resampling in [Resampling::Nearest, Resampling::Cubic, Resampling::Average, Resampling::Sum] {
            let warped = |knows: bool| {
                let source = Arc::new(Holes { raster: raster.clone(), knows, read: AtomicUsize::new(0) });
                let options = WarpOptions::new(resampling);
                let view =
                    WarpedRaster::new(Arc::clone(&source) as Arc<dyn RasterSource>, &grid, &options).unwrap();
                let (mut parts, mut blank) = (Vec::new(), 0);
                for window in raster_core::tile_windows((grid.width, grid.height), (256, 256), 0).unwrap() {
                    let read = view.read_masked(&[1, 2], &window).unwrap();
                    if view.is_blank(&[1, 2], &window) {
                        blank += 1;
                        assert!(layout::samples(read.mask.view()).iter().all(|v| *v == 0));
                        let mut filled = AnyArray::zeros(data_type, read.data.shape());
                        (0..2).for_each(|b| filled.view_mut().band_mut(b).fill(raster_core::Value::Int(99)));
                        assert!(read.data == filled);
                    }
                    parts.push(read);
                }
                assert_eq!(blank > 3, knows, "{blank}");
                (parts, source.read.load(Ordering::Relaxed))
            };
            let ((fast, few), (slow, all)) = (warped(true), warped(false));
            assert!(fast == slow, "{data_type} {resampling}");
            assert!(few * 3 < all, "{data_type} {resampling}: {few} of {all} pixels were read");
        }
    }
}
