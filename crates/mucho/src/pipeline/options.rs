//! Options that are at once fields of a struct, keys of a document and flags of a command.

/// Declares a struct of options. Kinds of fields:
///
/// | field | type | key that is not given | flag |
/// |---|---|---|---|
/// | `flag name;` | `bool` | false | `--name` |
/// | `opt name: T;` | `Option<T>` | none | `--name VALUE` |
/// | `val name: T = value;` | `T` | that value | `--name VALUE` |
/// | `list name;` | `Option<Vec<usize>>` | none | `--name 1,2` |
/// | `pos name: T;` | `Option<T>` | refused by `check` | a word by itself |
/// | `hid name: T;` | `Option<T>` | none | none: the command line has it elsewhere |
/// | `own name: T;` | `T`, by its own rules | its default | none |
/// | `use group;` | the fields of a group that several structs share | | |
///
/// What stands in brackets before the kind goes to clap's `arg`.
macro_rules! options {
    ($(#[$m:meta])* pub struct $name:ident { $($body:tt)* }) => {
        options! { @ [$(#[$m])*] $name [] [] [] ; $($body)* }
    };

    // Groups.
    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use blur; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ;
            /// Standard deviation in pixels, or in map units with a trailing m, such as 250m
            [value_name = "PIXELS", allow_hyphen_values = true, help_heading = "Blur"]
            opt sigma: Length;
            /// Diameter of the kernel in pixels (or 500m); with --sigma it decides where the kernel is cut off
            [value_name = "PIXELS", allow_hyphen_values = true, help_heading = "Blur"]
            opt diameter: Length;
            /// The kernel reaches this many standard deviations
            [value_name = "N", help_heading = "Blur"]
            opt truncate: f64;
            /// Beyond the edge of the raster: nearest, reflect, mirror, or a value
            [value_name = "HOW", allow_hyphen_values = true, help_heading = "Blur"]
            val border: kernels::Border = kernels::Border::Nearest;
            $($rest)*
        }
        impl $name {
            fn blur(&self) -> super::blur::Blur {
                super::blur::Blur {
                    sigma: self.sigma,
                    diameter: self.diameter,
                    truncate: self.truncate,
                    border: self.border,
                }
            }
        }
    };
    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use place; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ;
            /// Coordinate system: EPSG:3857, WKT, PROJJSON, a PROJ string; the first input's when not given
            [value_name = "CRS", help_heading = "Output grid"]
            opt crs: String;
            /// Take grid and coordinate system from this raster
            [value_parser = crate::names::parser(), value_name = "FILE", help_heading = "Output grid"]
            opt like: String;
            /// Size of a pixel, such as 10 or 10,20, in units of the coordinate system
            [value_name = "X[,Y]", help_heading = "Output grid"]
            opt res: Resolution;
            /// Columns and rows, such as 2048x1024
            [value_name = "WxH", help_heading = "Output grid"]
            opt size: raster_core::Size;
            /// West, south, east, north in the output's coordinate system
            [value_name = "W,S,E,N", allow_hyphen_values = true, help_heading = "Output grid"]
            opt bounds: raster_core::Bounds;
            /// Move the sides outwards to multiples of the pixel size
            [help_heading = "Output grid"]
            flag align;
            /// The grid of web map tiles (GoogleMapsCompatible, EPSG:3857), in blocks of 256 that are the map's tiles
            [help_heading = "Web tiles"]
            flag web_tiles;
            /// Zoom level of the full resolution: a number, or nearest, coarser, finer by the input's resolution
            [value_name = "LEVEL", help_heading = "Web tiles"]
            val zoom: warp::ZoomChoice = warp::ZoomChoice::Nearest;
            /// Zoom levels that shall have whole tiles: the extent grows until they do
            [value_name = "N", help_heading = "Web tiles"]
            val aligned_levels: u32 = 0;
            $($rest)*
        }
    };
    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use grid; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ; use place; $($rest)* }
        impl $name {
            fn grid_fields(&self) -> super::grid::Target<'_> {
                super::grid::Target {
                    crs: self.crs.as_deref(),
                    like: self.like.as_deref(),
                    res: self.res,
                    size: self.size,
                    bounds: self.bounds,
                    align: self.align,
                    web_tiles: self.web_tiles,
                    zoom: self.zoom,
                    aligned_levels: self.aligned_levels,
                }
            }
        }
    };
    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use create; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ;
            /// none, deflate, zstd, lzw, packbits, lerc, lerc_deflate, lerc_zstd, jpeg, webp, lzma, ccittfax4
            [short = 'c', value_name = "NAME", env = "MUCHO_COMPRESS", help_heading = "Output file"]
            val compress: geotiff_io::Compression = geotiff_io::Compression::Deflate;
            /// How hard to compress: deflate and lzma 1 to 9, zstd 1 to 22; other codecs have no levels
            [value_name = "N", help_heading = "Output file"]
            opt level: i32;
            /// none, horizontal (2), float (3), or yes: chosen by the data type, as when not given
            [value_name = "NAME", help_heading = "Output file"]
            opt predictor: PredictorAs;
            /// Quality of JPEG, 1 to 100; default: 75
            [value_name = "N", help_heading = "Output file"]
            opt quality: u8;
            /// Largest error of LERC; default: 0, which is lossless
            [value_name = "ERROR", help_heading = "Output file"]
            opt max_z_error: f64;
            /// Tiles of this many pixels a side; default: 512 (fewer for many bands), web tiles 256
            #[serde(alias = "blocksize")]
            [visible_alias = "blocksize", value_name = "PIXELS", help_heading = "Output file"]
            opt block_size: usize;
            /// Bits per sample, such as 1, 4 or 12; default: as the input has them
            #[serde(alias = "bits")]
            [value_name = "N", help_heading = "Output file"]
            opt nbits: usize;
            /// How bands lie in the file: pixel, band, tile
            [value_name = "HOW", help_heading = "Output file"]
            val interleave: InterleaveAs = InterleaveAs::Pixel;
            /// auto, none, or reduction factors such as 2,4,8; default: auto for a COG, none for a plain file
            [value_name = "LEVELS", help_heading = "Output file"]
            opt overviews: geotiff_io::Overviews;
            /// nearest, average, bilinear, cubic, cubic_spline, lanczos, mode, rms, gauss; default: nearest for classes,
            /// cubic otherwise
            [value_name = "NAME", help_heading = "Output file"]
            opt overview_resampling: Decimation;
            /// 8-byte offsets: auto, yes, no
            [value_name = "WHEN", help_heading = "Output file"]
            val bigtiff: BigTiffWhen = BigTiffWhen::Auto;
            /// Leave out tiles without data
            [help_heading = "Output file"]
            flag sparse;
            /// Store minimum, maximum, mean and standard deviation
            [help_heading = "Output file"]
            flag statistics;
            $($rest)*
        }
    };
    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use transfer; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ;
            /// Bands to write, from 1, such as 4,3,2
            [value_name = "LIST", help_heading = "Pixels"]
            list bands;
            /// Convert to u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64, …; values out of range saturate
            #[serde(alias = "data_type")]
            [visible_alias = "data-type", value_name = "TYPE", help_heading = "Pixels"]
            opt dtype: raster_core::DataType;
            /// State this nodata value; what is missing is written as it
            [value_name = "VALUE", allow_hyphen_values = true, help_heading = "Pixels"]
            opt nodata: NodataAs;
            $($rest)*
        }
    };

    (@ $m:tt $name:ident $f:tt $d:tt $s:tt ; use describe; $($rest:tt)*) => {
        options! { @ $m $name $f $d $s ;
            /// State this coordinate system; pixels are not moved, as warp does
            [value_name = "CRS", help_heading = "Description"]
            opt assign_crs: String;
            /// State this transform: six numbers in GDAL's order, as info --json prints them
            [value_name = "X,W,R,Y,C,H", allow_hyphen_values = true, help_heading = "Description"]
            opt assign_transform: raster_core::GeoTransform;
            /// State that the raster fills these bounds, north up: west, south, east, north
            [value_name = "W,S,E,N", allow_hyphen_values = true, help_heading = "Description"]
            opt assign_bounds: raster_core::Bounds;
            /// Physical value = stored value × scale + offset: for all bands, one for each (0.1,0.5), or for some (2=0.5)
            [value_name = "LIST", allow_hyphen_values = true, help_heading = "Description"]
            opt scale: PerBand<f64>;
            /// As scale
            [value_name = "LIST", allow_hyphen_values = true, help_heading = "Description"]
            opt offset: PerBand<f64>;
            /// Unit of the physical value; several as for scale, a comma in it is written \,
            [value_name = "TEXT", help_heading = "Description"]
            opt unit: PerBand<String>;
            /// Name of a band; several as for scale, a comma in it is written \,
            [value_name = "TEXT", help_heading = "Description"]
            opt description: PerBand<String>;
            /// Colours of band 1: those of this TIFF file, or of a text with lines of value, red, green, blue and maybe alpha
            [value_name = "FILE", help_heading = "Description"]
            opt color_table: String;
            /// No longer say: crs, transform, gcps, rpc, nodata, scale, unit, description, color-table, statistics, categories,
            /// metadata, metadata:KEY
            [value_name = "LIST", help_heading = "Description"]
            opt unset: UnsetList;
            $($rest)*
        }
        impl $name {
            fn described(&self) -> super::describe::Wishes<'_> {
                super::describe::Wishes {
                    crs: self.assign_crs.as_deref(),
                    transform: self.assign_transform,
                    bounds: self.assign_bounds,
                    scale: self.scale.as_ref(),
                    offset: self.offset.as_ref(),
                    unit: self.unit.as_ref(),
                    description: self.description.as_ref(),
                    color_table: self.color_table.as_deref(),
                    unset: self.unset.as_ref(),
                }
            }
        }
    };

    // Fields.
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* $([$($arg:tt)*])? flag $field:ident; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "flag")]
                #[cfg_attr(feature = "clap", arg(long $(, $($arg)*)?))]
                pub $field: bool,
            ]
            [$($d)* $field: false,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: bool) -> Self {
                    self.$field = value;
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* $([$($arg:tt)*])? opt $field:ident : $t:ty; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "spelled_option")]
                #[cfg_attr(feature = "clap", arg(long, value_parser = read::<$t> $(, $($arg)*)?))]
                pub $field: Option<$t>,
            ]
            [$($d)* $field: None,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$t>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* $([$($arg:tt)*])? val $field:ident : $t:ty = $default:expr; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "spelled")]
                #[cfg_attr(feature = "clap", arg(long, value_parser = read::<$t>, default_value = spell::<$t>(&$default) $(, $($arg)*)?))]
                pub $field: $t,
            ]
            [$($d)* $field: $default,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$t>) -> Self {
                    self.$field = value.into();
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* $([$($arg:tt)*])? list $field:ident; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "list")]
                #[cfg_attr(feature = "clap", arg(long, value_delimiter = ',' $(, $($arg)*)?))]
                pub $field: Option<Vec<usize>>,
            ]
            [$($d)* $field: None,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<Vec<usize>>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* pos $field:ident : $t:ty; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "spelled_option")]
                #[cfg_attr(feature = "clap", arg(required = true, value_parser = read::<$t>, allow_hyphen_values = true))]
                pub $field: Option<$t>,
            ]
            [$($d)* $field: None,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$t>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* hid $field:ident : $t:ty; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[serde(with = "spelled_option")]
                #[cfg_attr(feature = "clap", arg(skip))]
                pub $field: Option<$t>,
            ]
            [$($d)* $field: None,]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$t>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            ] ; $($rest)* }
    };
    (@ $m:tt $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;
        $(#[$doc:meta])* own $field:ident : $t:ty; $($rest:tt)*) => {
        options! { @ $m $name
            [$($f)*
                $(#[$doc])*
                #[cfg_attr(feature = "clap", arg(skip))]
                pub $field: $t,
            ]
            [$($d)* $field: Default::default(),]
            [$($s)*
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$t>) -> Self {
                    self.$field = value.into();
                    self
                }
            ] ; $($rest)* }
    };

    (@ [$(#[$m:meta])*] $name:ident [$($f:tt)*] [$($d:tt)*] [$($s:tt)*] ;) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "clap", derive(clap::Args))]
        $(#[$m])*
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name { $($f)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($d)* }
            }
        }

        impl $name { $($s)* }
    };
}
