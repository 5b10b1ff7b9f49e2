//! What holds for all windows, grids of blocks and transforms.

use proptest::prelude::*;
use raster_core::{BlockGrid, Bounds, FloatWindow, GeoTransform, Halo, Window, tile_windows};

/// Windows in and around a small raster.
fn window() -> impl Strategy<Value = Window> {
    (-40i64..80, -40i64..80, 0usize..60, 0usize..60).prop_map(|(c, r, w, h)| Window::new(c, r, w, h))
}

/// Windows anywhere, up to the ends of the numbers.
fn wild_window() -> impl Strategy<Value = Window> {
    let place = || prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -5i64..5];
    let size = || prop_oneof![any::<usize>(), Just(usize::MAX), 0usize..5];
    (place(), place(), size(), size()).prop_map(|(c, r, w, h)| Window::new(c, r, w, h))
}

fn halo() -> impl Strategy<Value = Halo> {
    (0usize..9, 0usize..9, 0usize..9, 0usize..9).prop_map(|(left, top, right, bottom)| Halo {
        left,
        top,
        right,
        bottom,
    })
}

/// The pixels of a window, one by one.
fn pixels(w: &Window) -> Vec<(i64, i64)> {
    (w.row..w.end_row()).flat_map(|r| (w.col..w.end_col()).map(move |c| (c, r))).collect()
}

fn holds(w: &Window, (c, r): (i64, i64)) -> bool {
    (w.col..w.end_col()).contains(&c) && (w.row..w.end_row()).contains(&r)
}

proptest! {
    #[test]
    fn an_intersection_has_the_pixels_of_both(a in window(), b in window()) {
        let both: Vec<_> = pixels(&a).into_iter().filter(|p| holds(&b, *p)).collect();
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        match a.intersection(&b) {
            Some(found) => prop_assert_eq!(pixels(&found), both),
            None => prop_assert!(both.is_empty()),
        }
        let union = a.union(&b);
        prop_assert!(union.contains(&a) && union.contains(&b));
        prop_assert_eq!(a.contains(&b), pixels(&b).iter().all(|p| holds(&a, *p)));
    }

    #[test]
    fn cropping_keeps_what_lies_inside(w in window(), width in 0usize..50, height in 0usize..50) {
        let inside: Vec<_> =
            pixels(&w).into_iter().filter(|p| holds(&Window::whole(width, height), *p)).collect();
        let cropped = w.crop(width, height);
        prop_assert_eq!(pixels(&cropped), inside);
        prop_assert!(Window::whole(width, height).contains(&cropped));
        prop_assert_eq!(cropped.crop(width, height), cropped);
    }

    #[test]
    fn a_halo_is_what_growing_added(core in window(), halo in halo()) {
        let grown = core.grow(halo);
        prop_assert_eq!(grown.halo_around(&core), halo);
        prop_assert!(grown.contains(&core));
        let relative = core.relative_to(&grown);
        prop_assert_eq!((relative.col, relative.row), (halo.left as i64, halo.top as i64));
    }

    /// No arithmetic overflows, wherever windows lie.
    #[test]
    fn wild_windows_are_survived(a in wild_window(), b in wild_window(), n in any::<usize>(), halo in any::<usize>()) {
        let cropped = a.crop(n, n);
        prop_assert!(cropped.width <= n && cropped.height <= n);
        let _ = (a.intersection(&b), a.union(&b), a.contains(&b), a.area(), a.is_empty(), a.to_string());
        let _ = (a.grow(Halo::uniform(halo)), a.halo_around(&b), a.relative_to(&b), a.to_float().round());
        let _ = (a.to_float().cover(), a.to_float().as_whole());
    }

    #[test]
    fn whole_windows_stay_themselves_as_floats(w in window()) {
        prop_assert_eq!(w.to_float().as_whole(), Some(w));
        prop_assert_eq!(w.to_float().round(), w);
        prop_assert_eq!(w.to_float().cover(), w);
    }

    #[test]
    fn blocks_cover_each_pixel_once(size in (0usize..50, 0usize..50), block in (1usize..20, 1usize..20), asked in window()) {
        let grid = BlockGrid::new(size, block).unwrap();
        let mut seen = vec![0u8; size.0 * size.1];
        for (index, window) in grid.iter() {
            prop_assert_eq!(grid.window(index), window);
            prop_assert!(grid.full_window(index).contains(&window) && !window.is_empty());
            for (c, r) in pixels(&window) {
                seen[r as usize * size.0 + c as usize] += 1;
            }
        }
        prop_assert!(seen.iter().all(|&n| n == 1));
        prop_assert_eq!(grid.iter().count(), grid.len());
        let touching: Vec<_> = grid.touching(&asked).collect();
        let slow: Vec<_> =
            grid.iter().filter(|(_, w)| w.intersection(&asked).is_some()).map(|(index, _)| index).collect();
        prop_assert_eq!(touching, slow);
    }

    #[test]
    fn tile_windows_reach_every_pixel(size in (1usize..40, 1usize..40), tile in (1usize..16, 1usize..16), overlap in 0usize..20) {
        let mut seen = vec![false; size.0 * size.1];
        for w in tile_windows(size, (tile.1, tile.0), overlap).unwrap() {
            prop_assert!(w.height <= tile.0 && w.width <= tile.1 && !w.is_empty());
            prop_assert!(Window::whole(size.0, size.1).contains(&w));
            for (c, r) in pixels(&w) {
                seen[r as usize * size.0 + c as usize] = true;
            }
        }
        prop_assert!(seen.iter().all(|&s| s));
    }

    #[test]
    fn a_transform_and_its_inverse_undo_each_other(
        numbers in prop::array::uniform6(-1000.0f64..1000.0),
        at in (-100.0f64..100.0, -100.0f64..100.0),
    ) {
        let [a, b, c, d, e, f] = numbers;
        let t = GeoTransform { a, b, c, d, e, f };
        prop_assume!((a * e - b * d).abs() > 1.0);
        let (x, y) = t.apply(at.0, at.1);
        let (col, row) = t.inverse().unwrap().apply(x, y);
        prop_assert!((col - at.0).abs() < 1e-4 && (row - at.1).abs() < 1e-4, "{col} {row}");
    }

    /// Windows of bounds of windows are those windows.
    #[test]
    fn bounds_lead_back_to_the_window(w in window(), pixel in 0.01f64..100.0, origin in (-1e6f64..1e6, -1e6f64..1e6)) {
        prop_assume!(!w.is_empty());
        let t = GeoTransform::from_origin(origin.0, origin.1, pixel, pixel);
        let (left, top) = t.apply(w.col as f64, w.row as f64);
        let (right, bottom) = t.apply(w.end_col() as f64, w.end_row() as f64);
        let found = FloatWindow::from_bounds(&Bounds { left, bottom, right, top }, &t).unwrap();
        prop_assert_eq!(found.round(), w);
    }
}
