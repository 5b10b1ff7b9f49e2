//! PROJ's short names, with the EPSG codes of what they mean.

/// PROJ's short names of datums, as EPSG codes.
pub(super) const DATUMS: [(&str, u32); 10] = [
    ("WGS84", 6326),
    ("NAD83", 6269),
    ("NAD27", 6267),
    ("OSGB36", 6277),
    ("GGRS87", 6121),
    ("potsdam", 6314),
    ("carthage", 6223),
    ("hermannskogel", 6312),
    ("ire65", 6300),
    ("nzgd49", 6272),
];
/// PROJ's short names of ellipsoids, as EPSG codes, and those that EPSG has not by their axes.
pub(super) const ELLIPSOIDS: [(&str, u32); 18] = [
    ("WGS84", 7030),
    ("GRS80", 7019),
    ("intl", 7022),
    ("bessel", 7004),
    ("clrk66", 7008),
    ("clrk80ign", 7011),
    ("clrk80", 7012),
    ("airy", 7001),
    ("mod_airy", 7002),
    ("aust_SA", 7003),
    ("krass", 7024),
    ("evrst30", 7015),
    ("evrst48", 7018),
    ("evrst56", 7044),
    ("evrst69", 7056),
    ("WGS72", 7043),
    ("helmert", 7020),
    ("GRS67", 7036),
];
/// PROJ's short names of meridians, as EPSG codes.
pub(super) const MERIDIANS: [(&str, u32); 14] = [
    ("greenwich", 8901),
    ("lisbon", 8902),
    ("paris", 8903),
    ("bogota", 8904),
    ("madrid", 8905),
    ("rome", 8906),
    ("bern", 8907),
    ("jakarta", 8908),
    ("ferro", 8909),
    ("brussels", 8910),
    ("stockholm", 8911),
    ("athens", 8912),
    ("oslo", 8913),
    ("copenhagen", 1026),
];
/// PROJ's short names of units, as EPSG codes.
pub(super) const UNITS: [(&str, u16); 14] = [
    ("m", 9001),
    ("ft", 9002),
    ("us-ft", 9003),
    ("km", 9036),
    ("cm", 1033),
    ("mm", 1025),
    ("kmi", 9030),
    ("yd", 9096),
    ("mi", 9093),
    ("ch", 9097),
    ("link", 9098),
    ("us-ch", 9033),
    ("us-mi", 9035),
    ("ind-yd", 9085),
];
