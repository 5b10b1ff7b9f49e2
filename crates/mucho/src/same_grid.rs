//! Do rasters lie on one grid, so that they can be computed with pixel by pixel?

use crs::Crs;
use raster_core::{CrsRef, Error, GeoTransform, RasterInfo, Result};

/// Refuse a raster whose pixels are elsewhere than those of the first one. What one of the two does not state (a place, a
/// coordinate system) is not held against it.
///
/// # Errors
/// `Misuse`, which calls the raster `name`.
pub(crate) fn check_same_grid(first: &RasterInfo, other: &RasterInfo, name: &str) -> Result<()> {
    let size = (first.width, first.height);
    if (other.width, other.height) != size {
        return Err(Error::misuse(format!(
            "{name} has {} × {} pixels, the first raster {} × {}; warp them onto one grid first",
            other.width, other.height, first.width, first.height
        )));
    }
    if let (Some(a), Some(b)) = (&first.crs, &other.crs)
        && !same_system(a, b)
    {
        return Err(Error::misuse(format!(
            "{name} is in another coordinate system than the first raster ({b}, not {a}); warp them onto one grid first"
        )));
    }
    if let (Some(a), Some(b)) = (first.transform, other.transform)
        && !same_place(a, b, size)
    {
        return Err(Error::misuse(format!(
            "{name} lies on another grid than the first raster: its first corner is at {}, {}, not {}, {}, its pixels are \
             {} × {}, not {} × {}; warp them onto one grid first",
            b.c, b.f, a.c, a.f, b.a, b.e, a.a, a.e
        )));
    }
    Ok(())
}

/// Do the same coordinates mean the same place? By their definitions where the spellings differ.
fn same_system(a: &CrsRef, b: &CrsRef) -> bool {
    a == b || matches!((Crs::try_from(a), Crs::try_from(b)), (Ok(a), Ok(b)) if a == b)
}

/// The same place: to a thousandth of a pixel.
fn same_place(a: GeoTransform, b: GeoTransform, size: (usize, usize)) -> bool {
    let pixel = a.a.abs().max(a.e.abs()).max(a.b.abs()).max(a.d.abs());
    let near = |x: f64, y: f64, steps: usize| ((x - y) * steps.max(1) as f64).abs() < 1e-3 * pixel;
    near(a.a, b.a, size.0)
        && near(a.d, b.d, size.0)
        && near(a.b, b.b, size.1)
        && near(a.e, b.e, size.1)
        && near(a.c, b.c, 1)
        && near(a.f, b.f, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::DataType;

    #[test]
    fn what_contradicts_is_refused() {
        let info = |crs: Option<CrsRef>, transform: Option<GeoTransform>| {
            let mut info = RasterInfo::new(100, 50, 1, DataType::U8);
            (info.crs, info.transform) = (crs, transform);
            info
        };
        let at = |x: f64, size: f64| Some(GeoTransform::from_origin(x, 5_200_000.0, size, size));
        let zone = |code: u32| Some(CrsRef::from(code));
        let first = info(zone(32632), at(500_000.0, 10.0));
        for (other, fits) in [
            (info(zone(32632), at(500_000.0, 10.0)), true),
            (info(Some(CrsRef::definition("+proj=utm +zone=32 +datum=WGS84")), at(500_000.0, 10.0)), true),
            (info(None, at(500_000.001, 10.0)), true),
            (info(zone(32632), None), true),
            (info(None, None), true),
            (info(zone(32633), at(500_000.0, 10.0)), false),
            (info(zone(32633), None), false),
            (info(zone(32632), at(500_005.0, 10.0)), false),
            (info(zone(32632), at(500_000.0, 20.0)), false),
            (info(zone(32632), at(500_000.0, 10.001)), false),
            (info(None, at(900_000.0, 10.0)), false),
        ] {
            let result = check_same_grid(&first, &other, "B");
            assert_eq!(result.is_ok(), fits, "{other:?}: {result:?}");
        }
        // South up is another order of the rows.
        let south = GeoTransform { e: 10.0, f: 5_199_500.0, ..at(500_000.0, 10.0).unwrap() };
        assert!(check_same_grid(&first, &info(zone(32632), Some(south)), "B").is_err());
    }
}
