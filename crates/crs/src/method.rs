//! Coordinate operation methods: what each spelling calls them and their parameters.
//!
//! Names and codes: EPSG registry, OGC 18-010r11 (WKT2), OGC 01-009 as GDAL writes it (WKT1), Esri's projection engine,
//! GeoTIFF 1.8.1 section 6.3.3.3 (coordinate transformation codes).

/// What a parameter means, whichever code or name it has in a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Lat0,
    Lon0,
    Lat1,
    Lat2,
    K,
    Fe,
    Fn,
    Azimuth,
    Rectified,
    ConeAxis,
    Height,
    EllipsoidScale,
    /// Tilt of a perspective view.
    Tilt,
    /// The form parameters n (or W) and m of a family of maps.
    FormN,
    FormM,
}

/// Unit of the values of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Angle,
    Length,
    Scale,
}

impl Role {
    pub(crate) fn quantity(self) -> Quantity {
        match self {
            Role::K | Role::EllipsoidScale | Role::FormN | Role::FormM => Quantity::Scale,
            Role::Fe | Role::Fn | Role::Height => Quantity::Length,
            _ => Quantity::Angle,
        }
    }

    /// What a definition means that leaves the parameter out.
    pub(crate) fn default(self) -> f64 {
        if self.quantity() == Quantity::Scale { 1.0 } else { 0.0 }
    }

    /// The role of an EPSG parameter code.
    pub(crate) fn of_code(code: u16) -> Option<Role> {
        PARAMETERS.iter().find(|p| p.0 == code).map(|p| p.2)
    }

    /// The role of a parameter name in any spelling (see [`squash`]).
    pub(crate) fn of_name(name: &str) -> Option<Role> {
        let name = squash(name);
        let known = PARAMETERS.iter().find(|p| squashes_to(p.1, &name)).map(|p| p.2);
        known.or_else(|| ALIASES.iter().find(|a| a.0 == name).map(|a| a.1))
    }
}

/// EPSG code, EPSG name, role.
const PARAMETERS: [(u16, &str, Role); 33] = [
    (8801, "Latitude of natural origin", Role::Lat0),
    (8802, "Longitude of natural origin", Role::Lon0),
    (8805, "Scale factor at natural origin", Role::K),
    (8806, "False easting", Role::Fe),
    (8807, "False northing", Role::Fn),
    (8811, "Latitude of projection centre", Role::Lat0),
    (8812, "Longitude of projection centre", Role::Lon0),
    (8813, "Azimuth at projection centre", Role::Azimuth),
    (8814, "Angle from Rectified to Skew Grid", Role::Rectified),
    (8815, "Scale factor at projection centre", Role::K),
    (8816, "Easting at projection centre", Role::Fe),
    (8817, "Northing at projection centre", Role::Fn),
    (8818, "Latitude of pseudo standard parallel", Role::Lat1),
    (8819, "Scale factor on pseudo standard parallel", Role::K),
    (8821, "Latitude of false origin", Role::Lat0),
    (8822, "Longitude of false origin", Role::Lon0),
    (8823, "Latitude of 1st standard parallel", Role::Lat1),
    (8824, "Latitude of 2nd standard parallel", Role::Lat2),
    (8826, "Easting at false origin", Role::Fe),
    (8827, "Northing at false origin", Role::Fn),
    (8832, "Latitude of standard parallel", Role::Lat1),
    (8833, "Longitude of origin", Role::Lon0),
    (1036, "Co-latitude of cone axis", Role::ConeAxis),
    (1038, "Ellipsoid scaling factor", Role::EllipsoidScale),
    (1039, "Projection plane origin height", Role::Height),
    (8810, "Longitude of centre", Role::Lon0),
    (8840, "Viewpoint height", Role::Height),
    (8834, "Latitude of topocentric origin", Role::Lat0),
    (8835, "Longitude of topocentric origin", Role::Lon0),
    // those that EPSG has not are beyond its codes
    (TILT, "tilt", Role::Tilt),
    (FORM_N, "n", Role::FormN),
    (FORM_M, "m", Role::FormM),
    (AZIMUTH, "azi", Role::Azimuth),
];

/// Codes of this crate's own, for parameters that EPSG has not.
const TILT: u16 = 65_001;
const FORM_N: u16 = 65_002;
const FORM_M: u16 = 65_003;
const AZIMUTH: u16 = 65_004;

/// Other names, squashed.
const ALIASES: [(&str, Role); 39] = [
    ("latitudeoforigin", Role::Lat0),
    ("latitudeofcenter", Role::Lat0),
    ("latitudeofcentre", Role::Lat0),
    ("centralparallel", Role::Lat0),
    ("centralmeridian", Role::Lon0),
    ("longitudeofcenter", Role::Lon0),
    ("longitudeofcentre", Role::Lon0),
    ("longitudeoforigin", Role::Lon0),
    ("straightverticallongitudefrompole", Role::Lon0),
    ("standardparallel1", Role::Lat1),
    ("latitudeof1ststandardparallel", Role::Lat1),
    ("pseudostandardparallel1", Role::Lat1),
    ("latitudeofstandardparallel", Role::Lat1),
    ("standardparallel2", Role::Lat2),
    ("scalefactor", Role::K),
    ("scalefactoratnaturalorigin", Role::K),
    ("falseeasting", Role::Fe),
    ("falsenorthing", Role::Fn),
    ("azimuth", Role::Azimuth),
    ("rectifiedgridangle", Role::Rectified),
    ("satelliteheight", Role::Height),
    ("height", Role::Height),
    ("h0", Role::Height),
    ("colatitudeofconeaxis", Role::ConeAxis),
    ("latitudeoftruescale", Role::Lat1),
    ("ellipsoidscalingfactor", Role::EllipsoidScale),
    ("initialheading", Role::Azimuth),
    // PROJ's own words, in the methods that only it has
    ("lat0", Role::Lat0),
    ("lon0", Role::Lon0),
    ("lat1", Role::Lat1),
    ("latts", Role::Lat1),
    ("lat2", Role::Lat2),
    ("x0", Role::Fe),
    ("y0", Role::Fn),
    ("k0", Role::K),
    ("k", Role::K),
    ("h", Role::Height),
    ("w", Role::FormN),
    ("longitudeofcenterofprojection", Role::Lon0),
];

/// The EPSG code of a parameter name, if it is one of EPSG's.
pub(crate) fn parameter_code(name: &str) -> Option<u16> {
    let name = squash(name);
    PARAMETERS.iter().find(|p| squashes_to(p.1, &name)).map(|p| p.0)
}

/// The EPSG name of a parameter code.
pub(crate) fn parameter_name(code: u16) -> &'static str {
    PARAMETERS.iter().find(|p| p.0 == code).map_or("unnamed parameter", |p| p.1)
}

/// Letters, digits and "+" in lower case: spellings differ in case, blanks and underscores, but CH1903+ is not CH1903.
pub(crate) fn squash(name: &str) -> String {
    letters(name).collect()
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '+').flat_map(char::to_lowercase)
}

/// Whether a name is the squashed one, without writing it out.
pub(crate) fn squashes_to(name: &str, squashed: &str) -> bool {
    letters(name).eq(squashed.chars())
}

/// One method.
#[derive(Debug)]
pub(crate) struct Method {
    /// What it is computed as.
    pub(crate) kind: Kind,
    /// EPSG method code, zero if it has none.
    pub(crate) epsg: u16,
    /// Name in EPSG, WKT2 and PROJJSON.
    pub(crate) name: &'static str,
    /// Name in WKT1 as GDAL writes it; empty if WKT1 cannot say it.
    pub(crate) wkt1: &'static str,
    /// GeoTIFF coordinate transformation code; zero if it has none.
    pub(crate) geotiff: u16,
    /// EPSG codes of the parameters, in order.
    pub(crate) parameters: &'static [u16],
}

macro_rules! methods {
    ($($kind:ident, $epsg:literal, $name:literal, $wkt1:literal, $geotiff:literal, [$($parameter:literal),*];)*) => {
        /// The methods this crate computes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Kind {
            $(#[doc = $name] $kind,)*
        }

        static METHODS: &[Method] = &[
            $(Method {
                kind: Kind::$kind,
                epsg: $epsg,
                name: $name,
                wkt1: $wkt1,
                geotiff: $geotiff,
                parameters: &[$($parameter),*],
            },)*
        ];
    };
}

methods! {
    TransverseMercator, 9807, "Transverse Mercator", "Transverse_Mercator", 1, [8801, 8802, 8805, 8806, 8807];
    TransverseMercatorSouth, 9808, "Transverse Mercator (South Orientated)", "Transverse_Mercator_South_Orientated", 27, [8801, 8802, 8805, 8806, 8807];
    TransverseMercator3D, 1111, "Transverse Mercator 3D", "", 0, [8801, 8802, 8805, 8806, 8807];
    Lambert1, 9801, "Lambert Conic Conformal (1SP)", "Lambert_Conformal_Conic_1SP", 9, [8801, 8802, 8805, 8806, 8807];
    Lambert1B, 1102, "Lambert Conic Conformal (1SP variant B)", "", 0, [8801, 8805, 8821, 8822, 8826, 8827];
    Lambert2, 9802, "Lambert Conic Conformal (2SP)", "Lambert_Conformal_Conic_2SP", 8, [8821, 8822, 8823, 8824, 8826, 8827];
    LambertBelgium, 9803, "Lambert Conic Conformal (2SP Belgium)", "Lambert_Conformal_Conic_2SP_Belgium", 0, [8821, 8822, 8823, 8824, 8826, 8827];
    LambertMichigan, 1051, "Lambert Conic Conformal (2SP Michigan)", "", 0, [8821, 8822, 8823, 8824, 8826, 8827, 1038];
    LambertWest, 9826, "Lambert Conic Conformal (West Orientated)", "", 0, [8801, 8802, 8805, 8806, 8807];
    Albers, 9822, "Albers Equal Area", "Albers_Conic_Equal_Area", 11, [8821, 8822, 8823, 8824, 8826, 8827];
    LambertAzimuthal, 9820, "Lambert Azimuthal Equal Area", "Lambert_Azimuthal_Equal_Area", 10, [8801, 8802, 8806, 8807];
    LambertAzimuthalSpherical, 1027, "Lambert Azimuthal Equal Area (Spherical)", "Lambert_Azimuthal_Equal_Area", 0, [8801, 8802, 8806, 8807];
    CylindricalEqualArea, 9835, "Lambert Cylindrical Equal Area", "Cylindrical_Equal_Area", 28, [8823, 8802, 8806, 8807];
    CylindricalEqualAreaSpherical, 9834, "Lambert Cylindrical Equal Area (Spherical)", "Cylindrical_Equal_Area", 0, [8823, 8802, 8806, 8807];
    MercatorA, 9804, "Mercator (variant A)", "Mercator_1SP", 7, [8801, 8802, 8805, 8806, 8807];
    MercatorB, 9805, "Mercator (variant B)", "Mercator_2SP", 0, [8823, 8802, 8806, 8807];
    MercatorSpherical, 1026, "Mercator (Spherical)", "", 0, [8801, 8802, 8806, 8807];
    MercatorSpherical1, 9841, "Mercator (1SP) (Spherical)", "Mercator_1SP", 0, [8801, 8802, 8805, 8806, 8807];
    PseudoMercator, 1024, "Popular Visualisation Pseudo Mercator", "Popular_Visualisation_Pseudo_Mercator", 0, [8801, 8802, 8806, 8807];
    PolarA, 9810, "Polar Stereographic (variant A)", "Polar_Stereographic", 15, [8801, 8802, 8805, 8806, 8807];
    PolarB, 9829, "Polar Stereographic (variant B)", "Polar_Stereographic", 0, [8832, 8833, 8806, 8807];
    PolarC, 9830, "Polar Stereographic (variant C)", "", 0, [8832, 8833, 8826, 8827];
    DoubleStereographic, 9809, "Oblique Stereographic", "Oblique_Stereographic", 16, [8801, 8802, 8805, 8806, 8807];
    Stereographic, 0, "Stereographic", "Stereographic", 14, [8801, 8802, 8805, 8806, 8807];
    HotineA, 9812, "Hotine Oblique Mercator (variant A)", "Hotine_Oblique_Mercator", 3, [8811, 8812, 8813, 8814, 8815, 8806, 8807];
    HotineB, 9815, "Hotine Oblique Mercator (variant B)", "Hotine_Oblique_Mercator_Azimuth_Center", 9815, [8811, 8812, 8813, 8814, 8815, 8816, 8817];
    Laborde, 9813, "Laborde Oblique Mercator", "Laborde_Oblique_Mercator", 4, [8811, 8812, 8813, 8815, 8806, 8807];
    Cassini, 9806, "Cassini-Soldner", "Cassini_Soldner", 18, [8801, 8802, 8806, 8807];
    CassiniHyperbolic, 9833, "Hyperbolic Cassini-Soldner", "", 0, [8801, 8802, 8806, 8807];
    EquidistantCylindrical, 1028, "Equidistant Cylindrical", "Equirectangular", 17, [8823, 8801, 8802, 8806, 8807];
    EquidistantCylindricalSpherical, 1029, "Equidistant Cylindrical (Spherical)", "Equirectangular", 0, [8823, 8801, 8802, 8806, 8807];
    EquidistantConic, 1119, "Equidistant Conic", "Equidistant_Conic", 13, [8821, 8822, 8823, 8824, 8826, 8827];
    Polyconic, 9818, "American Polyconic", "Polyconic", 22, [8801, 8802, 8806, 8807];
    Bonne, 9827, "Bonne", "Bonne", 0, [8801, 8802, 8806, 8807];
    BonneSouth, 9828, "Bonne (South Orientated)", "", 0, [8801, 8802, 8806, 8807];
    Krovak, 9819, "Krovak", "", 0, [8811, 8833, 1036, 8818, 8819, 8806, 8807];
    KrovakNorth, 1041, "Krovak (North Orientated)", "Krovak", 0, [8811, 8833, 1036, 8818, 8819, 8806, 8807];
    KrovakModified, 1042, "Krovak Modified", "", 0, [8811, 8833, 1036, 8818, 8819, 8806, 8807];
    KrovakModifiedNorth, 1043, "Krovak Modified (North Orientated)", "", 0, [8811, 8833, 1036, 8818, 8819, 8806, 8807];
    AzimuthalEquidistant, 1125, "Azimuthal Equidistant", "Azimuthal_Equidistant", 12, [8801, 8802, 8806, 8807];
    AzimuthalModified, 9832, "Modified Azimuthal Equidistant", "Azimuthal_Equidistant", 0, [8801, 8802, 8806, 8807];
    Guam, 9831, "Guam Projection", "", 0, [8801, 8802, 8806, 8807];
    Orthographic, 9840, "Orthographic", "Orthographic", 21, [8801, 8802, 8806, 8807];
    LocalOrthographic, 1130, "Local Orthographic", "Local Orthographic", 0, [8811, 8812, 8813, 8815, 8816, 8817];
    Gnomonic, 0, "Gnomonic", "Gnomonic", 19, [8801, 8802, 8806, 8807];
    ColombiaUrban, 1052, "Colombia Urban", "", 0, [8801, 8802, 8806, 8807, 1039];
    NewZealand, 9811, "New Zealand Map Grid", "New_Zealand_Map_Grid", 26, [8801, 8802, 8806, 8807];
    EqualEarth, 1078, "Equal Earth", "", 0, [8802, 8806, 8807];
    Miller, 0, "Miller Cylindrical", "Miller_Cylindrical", 20, [8802, 8806, 8807];
    Mollweide, 0, "Mollweide", "Mollweide", 0, [8802, 8806, 8807];
    Robinson, 0, "Robinson", "Robinson", 23, [8802, 8806, 8807];
    Sinusoidal, 0, "Sinusoidal", "Sinusoidal", 24, [8802, 8806, 8807];
    VanDerGrinten, 0, "Van Der Grinten", "VanDerGrinten", 25, [8802, 8806, 8807];
    GeostationaryX, 0, "Geostationary Satellite (Sweep X)", "", 0, [8802, 8840, 8806, 8807];
    GeostationaryY, 0, "Geostationary Satellite (Sweep Y)", "Geostationary_Satellite", 0, [8802, 8840, 8806, 8807];
    Eckert1, 0, "Eckert I", "Eckert_I", 0, [8802, 8806, 8807];
    Eckert2, 0, "Eckert II", "Eckert_II", 0, [8802, 8806, 8807];
    Eckert3, 0, "Eckert III", "Eckert_III", 0, [8802, 8806, 8807];
    Eckert4, 0, "Eckert IV", "Eckert_IV", 0, [8802, 8806, 8807];
    Eckert5, 0, "Eckert V", "Eckert_V", 0, [8802, 8806, 8807];
    Eckert6, 0, "Eckert VI", "Eckert_VI", 0, [8802, 8806, 8807];
    Winkel1, 0, "Winkel I", "Winkel_I", 0, [8802, 8823, 8806, 8807];
    Winkel2, 0, "Winkel II", "Winkel_II", 0, [8802, 8823, 8806, 8807];
    WinkelTripel, 0, "Winkel Tripel", "Winkel_Tripel", 0, [8802, 8823, 8806, 8807];
    Aitoff, 0, "Aitoff", "Aitoff", 0, [8802, 8806, 8807];
    NaturalEarth, 0, "Natural Earth", "Natural_Earth", 0, [8802, 8806, 8807];
    NaturalEarth2, 0, "Natural Earth II", "Natural_Earth_II", 0, [8802, 8806, 8807];
    Goode, 0, "Goode Homolosine", "Goode_Homolosine", 0, [8802, 8806, 8807];
    GoodeInterrupted, 0, "Interrupted Goode Homolosine", "Interrupted_Goode_Homolosine", 0, [8802, 8806, 8807];
    GoodeOcean, 0, "Interrupted Goode Homolosine Ocean View", "Interrupted_Goode_Homolosine_Ocean_View", 0, [8802, 8806, 8807];
    Gall, 0, "Gall Stereographic", "Gall_Stereographic", 0, [8802, 8806, 8807];
    Patterson, 0, "Patterson", "Patterson", 0, [8802, 8806, 8807];
    Times, 0, "Times", "Times", 0, [8802, 8806, 8807];
    CompactMiller, 0, "Compact Miller", "Compact_Miller", 0, [8802, 8806, 8807];
    Craster, 0, "Craster Parabolic", "Craster_Parabolic", 0, [8802, 8806, 8807];
    Loximuthal, 0, "Loximuthal", "Loximuthal", 0, [8802, 8823, 8806, 8807];
    QuarticAuthalic, 0, "Quartic Authalic", "Quartic_Authalic", 0, [8802, 8806, 8807];
    FlatPolarQuartic, 0, "Flat Polar Quartic", "Flat_Polar_Quartic", 0, [8802, 8806, 8807];
    Wagner1, 0, "Wagner I", "Wagner_I", 0, [8802, 8806, 8807];
    Wagner2, 0, "Wagner II", "Wagner_II", 0, [8802, 8806, 8807];
    Wagner3, 0, "Wagner III", "Wagner_III", 0, [8802, 8823, 8806, 8807];
    Wagner4, 0, "Wagner IV", "Wagner_IV", 0, [8802, 8806, 8807];
    Wagner5, 0, "Wagner V", "Wagner_V", 0, [8802, 8806, 8807];
    Wagner6, 0, "Wagner VI", "Wagner_VI", 0, [8802, 8806, 8807];
    Wagner7, 0, "Wagner VII", "Wagner_VII", 0, [8802, 8806, 8807];
    TransverseEqualArea, 0, "Transverse Cylindrical Equal Area", "Transverse_Cylindrical_Equal_Area", 0, [8801, 8802, 8805, 8806, 8807];
    Perspective, 9838, "Vertical Perspective", "", 0, [8834, 8835, 8840, 8806, 8807];
    TiltedPerspective, 0, "PROJ tpers", "", 0, [8801, 8802, 8840, 65_004, 65_001, 8806, 8807];
    Hammer, 0, "PROJ hammer", "", 0, [8802, 65_002, 65_003, 8806, 8807];
    EqualAreaCone, 0, "PROJ leac", "", 0, [8802, 8823, 8806, 8807];
    Kavraisky5, 0, "PROJ kav5", "", 0, [8802, 8806, 8807];
    Kavraisky7, 0, "PROJ kav7", "", 0, [8802, 8806, 8807];
    Putnins1, 0, "PROJ putp1", "", 0, [8802, 8806, 8807];
    Putnins2, 0, "PROJ putp2", "", 0, [8802, 8806, 8807];
    Putnins3, 0, "PROJ putp3", "", 0, [8802, 8806, 8807];
    Putnins3P, 0, "PROJ putp3p", "", 0, [8802, 8806, 8807];
    Putnins4P, 0, "PROJ putp4p", "", 0, [8802, 8806, 8807];
    Putnins5, 0, "PROJ putp5", "", 0, [8802, 8806, 8807];
    Putnins5P, 0, "PROJ putp5p", "", 0, [8802, 8806, 8807];
    Putnins6, 0, "PROJ putp6", "", 0, [8802, 8806, 8807];
    Putnins6P, 0, "PROJ putp6p", "", 0, [8802, 8806, 8807];
    Werenskiold, 0, "PROJ weren", "", 0, [8802, 8806, 8807];
    FlatPolarSine1, 0, "PROJ mbt_s", "", 0, [8802, 8806, 8807];
    FlatPolarSine2, 0, "PROJ mbt_fps", "", 0, [8802, 8806, 8807];
    FlatPolarSinusoidal, 0, "PROJ mbtfps", "", 0, [8802, 8806, 8807];
    FlatPolarParabolic, 0, "PROJ mbtfpp", "", 0, [8802, 8806, 8807];
    Fahey, 0, "PROJ fahey", "", 0, [8802, 8806, 8807];
    Collignon, 0, "PROJ collg", "", 0, [8802, 8806, 8807];
    Nell, 0, "PROJ nell", "", 0, [8802, 8806, 8807];
    NellHammer, 0, "PROJ nell_h", "", 0, [8802, 8806, 8807];
    Hatano, 0, "PROJ hatano", "", 0, [8802, 8806, 8807];
    Foucaut, 0, "PROJ fouc", "", 0, [8802, 8806, 8807];
    FoucautSinusoidal, 0, "PROJ fouc_s", "", 0, [8802, 65_002, 8806, 8807];
    GeneralSinusoidal, 0, "PROJ gn_sinu", "", 0, [8802, 65_002, 65_003, 8806, 8807];
    FlatSine, 0, "PROJ urmfps", "", 0, [8802, 65_002, 8806, 8807];
    CentralCylindrical, 0, "PROJ cc", "", 0, [8802, 8806, 8807];
    Boggs, 0, "PROJ boggs", "", 0, [8802, 8806, 8807];
    Larrivee, 0, "PROJ larr", "", 0, [8802, 8806, 8807];
    Lagrange, 0, "PROJ lagrng", "", 0, [8802, 8823, 65_002, 8806, 8807];
    August, 0, "PROJ august", "", 0, [8802, 8806, 8807];
    Denoyer, 0, "PROJ denoy", "", 0, [8802, 8806, 8807];
}

impl Method {
    pub(crate) fn of_kind(kind: Kind) -> &'static Method {
        // the table and the enum come from one list
        &METHODS[kind as usize]
    }

    /// The method of an EPSG code; 9823 and 9842 are earlier codes of 1029 and 1028, 9821 of 1027.
    pub(crate) fn of_epsg(code: u16) -> Option<&'static Method> {
        let code = match code {
            9823 => 1029,
            9842 => 1028,
            9821 => 1027,
            _ => code,
        };
        METHODS.iter().find(|m| m.epsg == code && code != 0)
    }

    /// The method of a GeoTIFF coordinate transformation code.
    pub(crate) fn of_geotiff(code: u16) -> Option<&'static Method> {
        METHODS.iter().find(|m| m.geotiff == code && code != 0)
    }

    /// The method of an EPSG, WKT2 or PROJJSON name in any spelling.
    pub(crate) fn of_name(name: &str) -> Option<&'static Method> {
        // two of PROJ's differ by an underscore
        if let Some(exact) = METHODS.iter().find(|m| m.name == name) {
            return Some(exact);
        }
        let name = squash(name);
        METHODS.iter().find(|m| squashes_to(m.name, &name))
    }

    /// PROJ's word for a method that only PROJ names ("PROJ hammer").
    pub(crate) fn proj_only(&self) -> Option<&'static str> {
        self.name.strip_prefix("PROJ ")
    }

    /// What a parameter is called in WKT2 and PROJJSON, and its EPSG code if it has one: PROJ's own methods take PROJ's words.
    pub(crate) fn spelling(&self, code: u16) -> (&'static str, Option<u16>) {
        let word = self.proj_only().and(self.role_of(code)).map(|role| match role {
            Role::Lat0 => "lat_0",
            Role::Lon0 => "lon_0",
            Role::Lat1 => "lat_1",
            Role::Lat2 => "lat_2",
            Role::K | Role::EllipsoidScale => "k_0",
            Role::Fe => "x_0",
            Role::Fn => "y_0",
            Role::Azimuth => "azi",
            Role::Height => "h",
            Role::FormN if matches!(self.kind, Kind::Hammer | Kind::Lagrange) => "W",
            Role::FormM if self.kind == Kind::Hammer => "M",
            _ => parameter_name(code),
        });
        match word {
            Some(word) => (word, None),
            None => (parameter_name(code), Some(code).filter(|&c| c != 0 && c < TILT)),
        }
    }

    /// The role of a parameter code in this method.
    pub(crate) fn role_of(&self, code: u16) -> Option<Role> {
        // variant B of the one-parallel cone has two latitudes of origin: that of the parallel, and the false one
        if self.kind == Kind::Lambert1B && code == 8801 { Some(Role::Lat1) } else { Role::of_code(code) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_finds_itself() {
        for m in METHODS {
            assert_eq!(Method::of_kind(m.kind).name, m.name);
            assert_eq!(Method::of_name(m.name).map(|f| f.kind), Some(m.kind));
            if m.epsg != 0 {
                assert_eq!(Method::of_epsg(m.epsg).map(|f| f.kind), Some(m.kind));
            }
            for &p in m.parameters {
                let role = m.role_of(p).unwrap();
                let first = m.parameters.iter().find(|&&q| m.role_of(q) == Some(role));
                assert_eq!(first, Some(&p), "{}: one parameter per role", m.name);
                assert_eq!(Role::of_name(parameter_name(p)), Role::of_code(p));
            }
        }
    }
}
