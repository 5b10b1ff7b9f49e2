//! An invented landscape: a river valley with fields, towns, woods and bare summits.
//!
//! Only additions, multiplications, square roots and integer hashes are used, so every machine makes the same
//! bytes.

/// Codes and colours are those of ESA WorldCover.
pub(crate) const CLASSES: [(u8, &str, [u8; 3]); 9] = [
    (10, "Tree cover", [0, 100, 0]),
    (20, "Shrubland", [255, 187, 34]),
    (30, "Grassland", [255, 255, 76]),
    (40, "Cropland", [240, 150, 255]),
    (50, "Built-up", [250, 0, 0]),
    (60, "Bare / sparse vegetation", [180, 180, 180]),
    (70, "Snow and ice", [240, 240, 240]),
    (80, "Permanent water bodies", [0, 100, 200]),
    (90, "Herbaceous wetland", [0, 150, 160]),
];

/// Outside the mapped swath.
pub(crate) const NODATA: u8 = 0;

/// Columns and rows of the map, of 10 m each.
pub(crate) const SIZE: (usize, usize) = (900, 700);

fn hash(x: i64, y: i64, seed: u64) -> f64 {
    let mut h = seed
        ^ (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    h = (h ^ (h >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((h ^ (h >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Smooth noise in 0..1 with features of size 1.
fn noise(x: f64, y: f64, seed: u64) -> f64 {
    let (xi, yi) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (u, v) = (ease(x - xi), ease(y - yi));
    let at = |dx: i64, dy: i64| hash(xi as i64 + dx, yi as i64 + dy, seed);
    let top = at(0, 0) + u * (at(1, 0) - at(0, 0));
    let bottom = at(0, 1) + u * (at(1, 1) - at(0, 1));
    top + v * (bottom - top)
}

/// Noise of several sizes, halved each time; about 0..1.
fn fractal(x: f64, y: f64, octaves: usize, seed: u64) -> f64 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * noise(x * scale, y * scale, seed + 101 * octave as u64);
        total += weight;
        weight *= 0.5;
        scale *= 2.0;
    }
    sum / total
}

/// Distance in pixels from the river, signed: positive to the east.
fn from_river(col: f64, row: f64) -> f64 {
    let bend =
        170.0 * (fractal(row / 260.0, 0.5, 3, 11) - 0.5) + 46.0 * (fractal(row / 60.0, 7.5, 2, 12) - 0.5);
    col - (330.0 + 0.18 * row + bend)
}

/// Height in metres.
pub(crate) fn elevation(col: f64, row: f64) -> f64 {
    let hills = fractal(col / 210.0, row / 210.0, 7, 1);
    let ridge = 1.0 - (2.0 * fractal(col / 320.0 + 9.0, row / 320.0, 5, 2) - 1.0).abs();
    let away = (from_river(col, row).abs() / 300.0).min(1.0);
    let lift = away * away * (3.0 - 2.0 * away);
    215.0 + 95.0 * hills * (0.25 + away) + lift * (1250.0 * ridge * ridge * hills + 380.0 * hills)
}

/// Steepness: metres per pixel.
fn slope(col: f64, row: f64) -> f64 {
    let dx = elevation(col + 1.0, row) - elevation(col - 1.0, row);
    let dy = elevation(col, row + 1.0) - elevation(col, row - 1.0);
    (dx * dx + dy * dy).sqrt() / 2.0
}

/// A number that is the same all over one field; fields are slanted rectangles whose size varies by district.
fn field(col: f64, row: f64) -> f64 {
    let district = ((col / 140.0).floor() as i64, (row / 120.0).floor() as i64);
    let slant = 0.9 * (hash(district.0, district.1, 21) - 0.5);
    let length = 14.0 + 30.0 * hash(district.0, district.1, 22);
    let breadth = 7.0 + 12.0 * hash(district.0, district.1, 23);
    let (u, v) = ((col + slant * row) / length, (row - slant * col) / breadth);
    hash(u.floor() as i64, v.floor() as i64, 24 + (district.0 * 31 + district.1) as u64)
}

/// How built-up: 0 in the open, above 0.5 in a town.
fn town(col: f64, row: f64) -> f64 {
    const CENTRES: [(f64, f64, f64); 7] = [
        (392.0, 236.0, 62.0),
        (455.0, 560.0, 44.0),
        (262.0, 420.0, 30.0),
        (560.0, 330.0, 26.0),
        (180.0, 130.0, 22.0),
        (650.0, 610.0, 24.0),
        (330.0, 60.0, 24.0),
    ];
    let mut most: f64 = 0.0;
    for (x, y, radius) in CENTRES {
        let d = ((col - x) * (col - x) + (row - y) * (row - y)).sqrt() / radius;
        most = most.max(1.25 - d);
    }
    most * (0.55 + 0.9 * fractal(col / 9.0, row / 9.0, 3, 31))
}

/// The class of a pixel.
pub(crate) fn land_cover(col: usize, row: usize) -> u8 {
    let (c, r) = (col as f64 + 0.5, row as f64 + 0.5);
    // The satellite's track leaves two corners unmapped.
    if c + 0.22 * r < 58.0 || c + 0.22 * r > 1016.0 {
        return NODATA;
    }
    let river = from_river(c, r).abs();
    let height = elevation(c, r);
    let steep = slope(c, r);
    let rough = fractal(c / 16.0, r / 16.0, 4, 41);
    let moist = fractal(c / 130.0, r / 130.0, 4, 42);
    let speckle = hash(col as i64, row as i64, 43);
    let lake = fractal(c / 95.0 + 3.0, r / 95.0, 3, 44);
    if river < 5.0 + 5.0 * rough || (lake > 0.74 && height < 420.0) {
        return 80;
    }
    if height > 1020.0 + 90.0 * rough {
        return 70;
    }
    if height > 860.0 + 140.0 * rough || steep > 22.0 + 8.0 * rough {
        return 60;
    }
    if town(c, r) > 0.62 && steep < 9.0 {
        return if speckle < 0.09 {
            30
        } else if speckle < 0.15 {
            10
        } else {
            50
        };
    }
    if river < 16.0 + 44.0 * (moist - 0.35).max(0.0) && rough > 0.42 {
        return 90;
    }
    if height > 690.0 + 120.0 * rough {
        return if rough > 0.52 { 20 } else { 30 };
    }
    if height < 400.0 + 60.0 * moist && steep < 5.0 + 2.0 * rough {
        let use_of_field = field(c, r);
        return match use_of_field {
            u if u < 0.62 => 40,
            u if u < 0.86 => 30,
            u if u < 0.90 => 60,
            _ => {
                if rough > 0.5 {
                    10
                } else {
                    30
                }
            }
        };
    }
    match moist + 0.35 * (rough - 0.5) + 0.06 * (speckle - 0.5) {
        m if m > 0.475 => 10,
        m if m > 0.425 => 20,
        _ => 30,
    }
}

/// Natural colours as seen from above, lit from the north-west.
pub(crate) fn aerial(col: usize, row: usize) -> [u8; 3] {
    let (c, r) = (col as f64 + 0.5, row as f64 + 0.5);
    let base: [f64; 3] = match land_cover(col, row) {
        10 => [46.0, 72.0, 40.0],
        20 => [108.0, 106.0, 66.0],
        30 => [116.0, 138.0, 72.0],
        40 => {
            let ripe = field(c, r);
            [118.0 + 90.0 * ripe, 128.0 + 40.0 * ripe, 66.0 + 26.0 * ripe]
        }
        50 => [150.0, 138.0, 130.0],
        60 => [152.0, 144.0, 132.0],
        70 => [236.0, 238.0, 242.0],
        80 => [38.0, 66.0, 84.0],
        90 => [78.0, 98.0, 76.0],
        _ => return [0, 0, 0],
    };
    let light = (elevation(c + 1.0, r + 1.0) - elevation(c - 1.0, r - 1.0)) / 2.0;
    let shade = (1.0 - light / 30.0).clamp(0.45, 1.4);
    let grain = 0.88 + 0.24 * hash(col as i64, row as i64, 51);
    base.map(|v| (v * shade * grain + 0.5).clamp(1.0, 255.0) as u8)
}
