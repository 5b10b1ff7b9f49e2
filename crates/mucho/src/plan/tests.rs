use super::*;
use raster_core::{BlockIndex, DataType, Size, Window};

fn raster(width: usize, height: usize, block: (usize, usize)) -> RasterInfo {
    let mut info = RasterInfo::new(width, height, 1, DataType::U8);
    info.block = block.into();
    info
}

fn request(info: &RasterInfo) -> PlanRequest<'_> {
    PlanRequest {
        inputs: vec![info],
        output: (1, 4),
        output_block: Size::square(512),
        output_width: info.width,
        working: 0,
        write_once: false,
        halo: Halo::NONE,
        edge: Edge::Cut,
        windows: Windows::Auto,
        any_windows: false,
        workers: 2,
        budget: Budget::default(),
    }
}

fn covers(plan: &Plan, info: &RasterInfo) {
    let mut seen = vec![0u8; info.width * info.height];
    for w in &plan.windows {
        for row in w.core.row..w.core.end_row() {
            for col in w.core.col..w.core.end_col() {
                seen[row as usize * info.width + col as usize] += 1;
            }
        }
    }
    assert!(seen.iter().all(|&n| n == 1), "every pixel once");
}

#[test]
fn every_pixel_once_whatever_the_budget() {
    let info = raster(1000, 700, (128, 64));
    for (any_windows, budget) in
        [(false, 512_000_000), (true, 512_000_000), (true, 14_000_000), (true, 9_000_000)]
    {
        let plan = Plan::new(&PlanRequest {
            any_windows,
            budget: Budget(budget),
            halo: Halo::uniform(20),
            ..request(&info)
        })
        .unwrap();
        covers(&plan, &info);
        assert!(plan.memory.total() <= budget, "{} of {budget}", plan.memory);
        if !any_windows {
            assert_eq!(plan.windows.len(), 8 * 11, "the first input's blocks");
        }
    }
}

#[test]
fn too_little_memory_is_a_limit() {
    let info = raster(1000, 700, (128, 64));
    let error = Plan::new(&PlanRequest { budget: Budget(1000), ..request(&info) }).unwrap_err();
    assert_eq!(error.kind(), raster_core::ErrorKind::Limit);
}

#[test]
fn overlapping_windows_keep_their_order_and_one_worker() {
    let info = raster(100, 100, (64, 64));
    let block = BlockIndex { row: 0, col: 0 };
    let list = vec![(Window::new(50, 50, 50, 50), block), (Window::new(0, 0, 60, 60), block)];
    let plan = Plan::new(&PlanRequest { windows: Windows::List(list), ..request(&info) }).unwrap();
    assert_eq!(plan.workers, 1);
    assert_eq!(plan.windows[0].core.col, 50);
    let outside = Windows::List(vec![(Window::new(50, 50, 51, 50), block)]);
    assert!(Plan::new(&PlanRequest { windows: outside, ..request(&info) }).is_err());
}

#[test]
fn halos_are_cut_or_filled() {
    let info = raster(100, 100, (64, 64));
    let plan = Plan::new(&PlanRequest { halo: Halo::uniform(5), ..request(&info) }).unwrap();
    assert_eq!(plan.windows[0].read, Window::new(0, 0, 69, 69));
    assert!(plan.cache_bytes > 0, "blocks are shared");
    let fill = Edge::Fill(raster_core::Value::Int(0));
    let plan = Plan::new(&PlanRequest { halo: Halo::uniform(5), edge: fill, ..request(&info) }).unwrap();
    assert_eq!(plan.windows[0].read, Window::new(-5, -5, 74, 74));
    let plan = Plan::new(&request(&info)).unwrap();
    assert_eq!(plan.cache_bytes, 0, "windows are the blocks");
}

#[test]
fn sizes() {
    assert_eq!(parse_size("512MB").unwrap(), 512_000_000);
    assert_eq!(parse_size("1.5 GiB").unwrap(), 1_610_612_736);
    assert_eq!(parse_size("4096").unwrap(), 4096);
    for bad in ["", "MB", "5 apples", "-3", "1e99"] {
        assert!(parse_size(bad).is_err(), "{bad}");
    }
}
