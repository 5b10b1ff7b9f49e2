//! Numbers of tags (TIFF 6.0, BigTIFF, GeoTIFF, GDAL and registered private ones).

macro_rules! tags {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(
            #[allow(dead_code, reason = "some tags are only named")]
            pub(crate) const $name: u16 = $number;
        )*
        /// The name of a tag, if it is one of those used here.
        pub(crate) fn name(number: u16) -> Option<&'static str> {
            match number { $($number => Some(stringify!($name)),)* _ => None }
        }
    };
}

tags! {
    NEW_SUBFILE_TYPE = 254,
    SUBFILE_TYPE = 255,
    IMAGE_WIDTH = 256,
    IMAGE_LENGTH = 257,
    BITS_PER_SAMPLE = 258,
    COMPRESSION = 259,
    PHOTOMETRIC = 262,
    FILL_ORDER = 266,
    DOCUMENT_NAME = 269,
    IMAGE_DESCRIPTION = 270,
    STRIP_OFFSETS = 273,
    ORIENTATION = 274,
    SAMPLES_PER_PIXEL = 277,
    ROWS_PER_STRIP = 278,
    STRIP_BYTE_COUNTS = 279,
    MIN_SAMPLE_VALUE = 280,
    MAX_SAMPLE_VALUE = 281,
    X_RESOLUTION = 282,
    Y_RESOLUTION = 283,
    PLANAR_CONFIGURATION = 284,
    PAGE_NAME = 285,
    T4_OPTIONS = 292,
    T6_OPTIONS = 293,
    RESOLUTION_UNIT = 296,
    SOFTWARE = 305,
    DATE_TIME = 306,
    ARTIST = 315,
    HOST_COMPUTER = 316,
    PREDICTOR = 317,
    WHITE_POINT = 318,
    COLOR_MAP = 320,
    TILE_WIDTH = 322,
    TILE_LENGTH = 323,
    TILE_OFFSETS = 324,
    TILE_BYTE_COUNTS = 325,
    SUB_IFDS = 330,
    INK_SET = 332,
    EXTRA_SAMPLES = 338,
    SAMPLE_FORMAT = 339,
    JPEG_TABLES = 347,
    JPEG_INTERCHANGE_FORMAT = 513,
    JPEG_INTERCHANGE_FORMAT_LENGTH = 514,
    JPEG_RESTART_INTERVAL = 515,
    JPEG_Q_TABLES = 519,
    JPEG_DC_TABLES = 520,
    JPEG_AC_TABLES = 521,
    YCBCR_COEFFICIENTS = 529,
    YCBCR_SUBSAMPLING = 530,
    YCBCR_POSITIONING = 531,
    REFERENCE_BLACK_WHITE = 532,
    XMP = 700,
    COPYRIGHT = 33432,
    MODEL_PIXEL_SCALE = 33550,
    MODEL_TIEPOINT = 33922,
    MODEL_TRANSFORMATION = 34264,
    ICC_PROFILE = 34675,
    GEO_KEY_DIRECTORY = 34735,
    GEO_DOUBLE_PARAMS = 34736,
    GEO_ASCII_PARAMS = 34737,
    GDAL_METADATA = 42112,
    GDAL_NODATA = 42113,
    RPC_COEFFICIENT = 50844,
    RASTER_SET_ID = 50908,
    GEO_METADATA = 50909,
    LERC_PARAMETERS = 50674,
}
