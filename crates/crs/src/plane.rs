//! Operations from one map to another, without a way by longitude and latitude: where EPSG registers those only, or PROJ
//! prefers them.

/// Source, target, `a0 a1 a2 b0 b1 b2` of `x = a0 + a1 x + a2 y`, `y = b0 + b1 x + b2 y` in the units of the maps, accuracy in
/// metres, name. From the EPSG registry as PROJ 9.5.1 has it (methods 9656 and 9624).
const OPERATIONS: [(u32, u32, [f64; 6], f64, &str); 21] = [
    (3828, 3826, shift(828.589, -206.915), 7.0, "TWD67 / TM2 zone 121 to TWD97 / TM2 zone 121 (1)"),
    (24500, 3414, shift(0.0, 0.0), 2.0, "Kertau 1968 / Singapore Grid to SVY21 / Singapore TM (1)"),
    (
        24100,
        24200,
        [82_357.457, 0.304_794_369, 1.541_742_5e-5, 28_091.324, -1.541_742_5e-5, 0.304_794_369],
        1.5,
        "Jamaica 1875 / Jamaica (Old Grid) to JAD69 / Jamaica National Grid (1)",
    ),
    (3367, 3343, ASTRO_28, 40.0, "IGN Astro 1960 / UTM zone 28N to Mauritania 1999 / UTM zone 28N (1)"),
    (3368, 3344, ASTRO_29, 40.0, "IGN Astro 1960 / UTM zone 29N to Mauritania 1999 / UTM zone 29N (1)"),
    (3369, 3345, ASTRO_30, 40.0, "IGN Astro 1960 / UTM zone 30N to Mauritania 1999 / UTM zone 30N (1)"),
    (3367, 32628, ASTRO_28, 40.0, "IGN Astro 1960 / UTM zone 28N to WGS 84 / UTM zone 28N (1)"),
    (3368, 32629, ASTRO_29, 1.0, "IGN Astro 1960 / UTM zone 29N to WGS 84 / UTM zone 29N (1)"),
    (3369, 32630, ASTRO_30, 1.0, "IGN Astro 1960 / UTM zone 30N to WGS 84 / UTM zone 30N (1)"),
    (5638, 3035, shift(0.0, 0.0), 1.0, "ISN2004 / LAEA Europe to ETRS89-extended / LAEA Europe (1)"),
    (9039, 3035, shift(0.0, 0.0), 1.0, "ISN2016 / LAEA Europe to ETRS89-extended / LAEA Europe (1)"),
    (5633, 3035, shift(0.0, 0.0), 1.0, "PTRA08 / LAEA Europe to ETRS89-extended / LAEA Europe (1)"),
    (5635, 3035, shift(0.0, 0.0), 1.0, "REGCAN95 / LAEA Europe to ETRS89-extended / LAEA Europe (1)"),
    (5639, 3034, shift(0.0, 0.0), 1.0, "ISN2004 / LCC Europe to ETRS89-extended / LCC Europe (1)"),
    (9040, 3034, shift(0.0, 0.0), 1.0, "ISN2016 / LCC Europe to ETRS89-extended / LCC Europe (1)"),
    (5632, 3034, shift(0.0, 0.0), 1.0, "PTRA08 / LCC Europe to ETRS89 / LCC Europe (1)"),
    (5634, 3034, shift(0.0, 0.0), 1.0, "REGCAN95 / LCC Europe to ETRS89-extended / LCC Europe (1)"),
    (3114, 11114, shift(0.0, 0.0), 0.3, "MAGNA-SIRGAS / Col FW to MAGNA-SIRGAS 2018 / Col FW (5)"),
    (3115, 11115, shift(0.0, 0.0), 0.3, "MAGNA-SIRGAS / Col W to MAGNA-SIRGAS 2018 / Col W (4)"),
    (3116, 11116, shift(0.0, 0.0), 0.3, "MAGNA-SIRGAS / Col Bog to MAGNA-SIRGAS 2018 / Col Bog (3)"),
    (
        10516,
        8162,
        shift(0.0, 0.0),
        0.1,
        "NAD83(2011) / Adjusted Jackson (ftUS) to NAD83(HARN) / WISCRS Jackson (ftUS) (1)",
    ),
];

const ASTRO_28: [f64; 6] =
    [-532.876, 1.000_172_166_584_01, 9.029_305_555e-5, -34.015, -9.029_305_555e-5, 1.000_172_166_584_01];
const ASTRO_29: [f64; 6] =
    [-409.264, 1.000_174_322_599_49, 9.145_628_24e-5, -88.803, -9.145_628_24e-5, 1.000_174_322_599_49];
const ASTRO_30: [f64; 6] =
    [-286.351, 1.000_175_445_688_4, 9.270_672_363e-5, -146.722, -9.270_672_363e-5, 1.000_175_445_688_4];

const fn shift(x: f64, y: f64) -> [f64; 6] {
    [x, 1.0, 0.0, y, 0.0, 1.0]
}

/// The operation between two maps, by their EPSG codes, in the direction that is asked for.
pub(crate) fn between(source: u32, target: u32) -> Option<([f64; 6], String, f64)> {
    OPERATIONS.iter().find_map(|&(a, b, affine, accuracy, name)| {
        if (a, b) == (source, target) {
            return Some((affine, name.to_owned(), accuracy));
        }
        ((b, a) == (source, target)).then(|| (inverse(affine), format!("Inverse of {name}"), accuracy))
    })
}

/// The affine way back.
pub(crate) fn inverse([a0, a1, a2, b0, b1, b2]: [f64; 6]) -> [f64; 6] {
    let det = a1 * b2 - a2 * b1;
    let (i11, i12, i21, i22) = (b2 / det, -a2 / det, -b1 / det, a1 / det);
    [-(i11 * a0 + i12 * b0), i11, i12, -(i21 * a0 + i22 * b0), i21, i22]
}
