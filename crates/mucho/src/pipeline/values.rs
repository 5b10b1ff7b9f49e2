//! Values of keys, as text and back: one way to write each of them, whether as a flag, in a job file or in a URL.

use super::suggest::hint;
use crate::plan::{Budget, parse_size};
use geotiff_io::{BigTiff, Compression, Interleave, Overviews, Predictor, ValidityAs};
use kernels::{Border, OutsideZone};
use raster_core::{Bounds, DataType, GeoTransform, Nodata, OfBand, Resampling, Size, Unset};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use warp::{MergeMethod, NodataRule, ZoomChoice};

/// A value with one spelling.
pub trait Spelled: Sized {
    /// From its text.
    ///
    /// # Errors
    /// What is expected, and what was found.
    fn read(text: &str) -> Result<Self, String>;
    /// Its text; reads back as the same value.
    fn spell(&self) -> String;
    /// In a document: text, or a number where it is one.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.spell())
    }
}

/// From its text: for `value_parser` of clap.
///
/// # Errors
/// What is expected, and what was found.
pub fn read<T: Spelled>(text: &str) -> Result<T, String> {
    T::read(text)
}

/// Its text: for `default_value` of clap.
#[cfg(feature = "clap")]
pub(super) fn spell<T: Spelled>(value: &T) -> String {
    value.spell()
}

macro_rules! spelled_numbers {
    ($($name:ident $what:literal,)*) => {$(
        impl Spelled for $name {
            fn read(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!(concat!("'{}' is not ", $what), text))
            }
            fn spell(&self) -> String {
                self.to_string()
            }
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.serialize(to)
            }
        }
    )*};
}

spelled_numbers! {
    usize "a whole number",
    u8 "a whole number from 0 to 255",
    u32 "a whole number",
    i32 "a whole number",
}

impl Spelled for f64 {
    fn read(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|_| format!("'{text}' is not a number"))
    }
    fn spell(&self) -> String {
        self.to_string()
    }
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.fract() == 0.0 && self.abs() < 9e15 {
            to.serialize_i64(*self as i64)
        } else if self.is_finite() {
            to.serialize_f64(*self)
        } else {
            // JSON has no such numbers.
            to.serialize_str(&self.spell())
        }
    }
}

impl Spelled for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn spell(&self) -> String {
        self.clone()
    }
}

/// Whatever stands for a value in a document, as the text that a flag would have: numbers and truth values by themselves,
/// lists with commas.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> de::Visitor<'de> for Any {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E>(self, v: &str) -> Result<Text, E> {
                Ok(Text(v.to_owned()))
            }
            fn visit_bool<E>(self, v: bool) -> Result<Text, E> {
                Ok(Text(v.to_string()))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Text, E> {
                Ok(Text(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Text, E> {
                Ok(Text(v.to_string()))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Text, E> {
                Ok(Text(v.to_string()))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Text, A::Error> {
                let mut words = Vec::new();
                while let Some(Text(word)) = list.next_element()? {
                    words.push(word);
                }
                Ok(Text(words.join(",")))
            }
        }
        from.deserialize_any(Any)
    }
}

/// As [`Text`], or nothing.
struct MaybeText(Option<String>);

impl<'de> Deserialize<'de> for MaybeText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Option::<Text>::deserialize(from)?.map(|text| text.0)))
    }
}

/// `#[serde(with = "spelled")]`
pub(super) mod spelled {
    use super::{Deserialize, Deserializer, Serializer, Spelled, Text, de};

    pub(in super::super) fn serialize<T: Spelled, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.write(to)
    }
    pub(in super::super) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        T::read(&Text::deserialize(from)?.0).map_err(de::Error::custom)
    }
}

/// `#[serde(with = "spelled_option")]`
pub(super) mod spelled_option {
    use super::{Deserialize, Deserializer, MaybeText, Serializer, Spelled, de};

    pub(in super::super) fn serialize<T: Spelled, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.write(to),
            None => to.serialize_none(),
        }
    }
    pub(in super::super) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = MaybeText::deserialize(from)?.0;
        text.map(|text| T::read(&text).map_err(de::Error::custom)).transpose()
    }
}

/// `#[serde(with = "flag")]`: true or false, as text too.
pub(super) mod flag {
    use super::{Deserialize, Deserializer, Serializer, Text, de};

    pub(in super::super) fn serialize<S: Serializer>(value: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*value)
    }
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        match Text::deserialize(from)?.0.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(de::Error::custom(format_args!("'{other}' is neither true nor false"))),
        }
    }
}

/// `#[serde(with = "list")]`: numbers in a list, or with commas between them.
pub(super) mod list {
    use super::{Deserialize, Deserializer, MaybeText, Serialize, Serializer, Spelled, de};

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<Vec<usize>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<usize>>, D::Error> {
        let Some(text) = MaybeText::deserialize(from)?.0 else { return Ok(None) };
        if text.is_empty() {
            return Ok(Some(Vec::new()));
        }
        text.split(',').map(usize::read).collect::<Result<_, _>>().map(Some).map_err(de::Error::custom)
    }
}

/// `'biliner' is none of nearest, bilinear, … (did you mean bilinear?)`
pub(super) fn none_of(written: &str, known: &[&str]) -> String {
    format!("'{written}' is none of {}{}", known.join(", "), hint(written, known.iter().copied()))
}

/// Enumerations whose variants have names, the first of which is written, and the others are understood.
macro_rules! choices {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $first:literal $(| $other:literal)*,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every name.
            pub const NAMES: &'static [&'static str] = &[$($first),*];
        }
        impl Spelled for $name {
            fn read(text: &str) -> Result<Self, String> {
                match text.to_ascii_lowercase().replace('-', "_").as_str() {
                    $($first $(| $other)* => Ok(Self::$variant),)*
                    _ => Err(none_of(text, Self::NAMES)),
                }
            }
            fn spell(&self) -> String {
                self.to_string()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $first,)* })
            }
        }
    )*};
}

choices! {
    /// Where rasters overlap.
    pub enum Method {
        /// The first that has the pixel.
        First = "first",
        /// The last that has the pixel.
        Last = "last",
        /// The smallest value.
        Min = "min",
        /// The largest value.
        Max = "max",
        /// The total, saturating.
        Sum = "sum",
        /// How many have the pixel.
        Count = "count",
        /// The arithmetic mean.
        Mean = "mean",
    }
    /// How bands lie in a file.
    pub enum InterleaveAs {
        /// A tile holds all bands, pixel by pixel.
        Pixel = "pixel",
        /// A tile holds one band; band after band.
        Band = "band",
        /// A tile holds one band; the tiles of one place together.
        Tile = "tile",
    }
    /// When a file has 8-byte offsets.
    pub enum BigTiffWhen {
        /// When it needs them.
        Auto = "auto",
        /// Always.
        Yes = "yes",
        /// Never.
        No = "no",
    }
    /// What is subtracted before compression.
    pub enum PredictorAs {
        /// By the data type.
        Yes = "yes" | "auto",
        /// Nothing.
        None = "none" | "no" | "1",
        /// The sample to the left.
        Horizontal = "horizontal" | "standard" | "2",
        /// Bytes of floats by significance.
        Float = "float" | "floating_point" | "3",
    }
    /// Which file is written.
    pub enum Format {
        /// Cloud Optimized GeoTIFF.
        Cog = "cog",
        /// Plain tiled GeoTIFF.
        Geotiff = "geotiff" | "gtiff" | "tiff",
    }
    /// What becomes of validity.
    pub enum Validity {
        /// As it is: nodata, mask or alpha.
        Source = "source",
        /// As it is, but instead of a mask an alpha band, where one has a place (not with JPEG, not beside a palette).
        Auto = "auto",
        /// A mask that all bands share.
        Mask = "mask",
        /// An alpha band.
        Alpha = "alpha",
        /// Not written.
        None = "none",
    }
    /// What is computed of each neighbourhood.
    pub enum FocalMeasure {
        /// Mean.
        Mean = "mean",
        /// Standard deviation.
        Std = "std",
        /// Smallest value.
        Min = "min",
        /// Largest value.
        Max = "max",
        /// Median.
        Median = "median",
        /// The most frequent value.
        Majority = "majority",
        /// Slope in degrees.
        Slope = "slope",
        /// Slope in per cent.
        SlopePercent = "slope_percent",
        /// Direction of the slope.
        Aspect = "aspect",
        /// Light and shadow, 1 to 255.
        Hillshade = "hillshade",
    }
    /// A measure of diversity.
    pub enum DiversityMeasure {
        /// Shannon's entropy.
        Shannon = "shannon",
        /// Simpson's index.
        Simpson = "simpson",
        /// Hill number.
        Hill = "hill",
        /// Rényi's entropy.
        Renyi = "renyi",
        /// Number of categories.
        Richness = "richness",
        /// Pielou's evenness.
        Evenness = "evenness",
    }
    /// What a zone sees of the pixels outside it.
    pub enum Outside {
        /// Missing pixels.
        Missing = "missing",
        /// Zeros.
        Zero = "zero",
    }
    /// Whether reductions may be made from overviews.
    pub enum OverviewUse {
        /// From the smallest overview that is fine enough, as gdalwarp does.
        Auto = "auto",
        /// Always from the full resolution.
        None = "none",
    }
}

impl From<Method> for MergeMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::First => Self::First,
            Method::Last => Self::Last,
            Method::Min => Self::Min,
            Method::Max => Self::Max,
            Method::Sum => Self::Sum,
            Method::Count => Self::Count,
            Method::Mean => Self::Mean,
        }
    }
}

impl From<InterleaveAs> for Interleave {
    fn from(how: InterleaveAs) -> Self {
        match how {
            InterleaveAs::Pixel => Self::Pixel,
            InterleaveAs::Band => Self::Band,
            InterleaveAs::Tile => Self::Tile,
        }
    }
}

impl From<BigTiffWhen> for BigTiff {
    fn from(when: BigTiffWhen) -> Self {
        match when {
            BigTiffWhen::Auto => Self::IfNeeded,
            BigTiffWhen::Yes => Self::Yes,
            BigTiffWhen::No => Self::No,
        }
    }
}

impl PredictorAs {
    /// `None`: by the data type.
    pub(super) fn predictor(self) -> Option<Predictor> {
        match self {
            Self::Yes => None,
            Self::None => Some(Predictor::None),
            Self::Horizontal => Some(Predictor::Horizontal),
            Self::Float => Some(Predictor::FloatingPoint),
        }
    }
}

impl Validity {
    /// `None` for what depends on the raster.
    pub(super) fn stated(self) -> Option<ValidityAs> {
        match self {
            Self::Source => Some(ValidityAs::Source),
            Self::Auto => None,
            Self::Mask => Some(ValidityAs::Mask),
            Self::Alpha => Some(ValidityAs::Alpha),
            Self::None => Some(ValidityAs::None),
        }
    }
}

impl From<Outside> for OutsideZone {
    fn from(outside: Outside) -> Self {
        match outside {
            Outside::Missing => Self::Missing,
            Outside::Zero => Self::Zero,
        }
    }
}

impl Spelled for DataType {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| none_of(text, &Self::ALL.map(Self::name)))
    }
    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl Spelled for Resampling {
    fn read(text: &str) -> Result<Self, String> {
        known(text, Self::WARP)
    }
    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

/// A resampling, or the one that suits the raster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResampleBy {
    /// Nearest for classes (a band with a colour table), cubic otherwise.
    Auto,
    /// This one.
    Name(Resampling),
}

impl ResampleBy {
    /// For this raster.
    #[must_use]
    pub fn of(self, info: &raster_core::RasterInfo) -> Resampling {
        match self {
            Self::Name(name) => name,
            Self::Auto if info.bands.iter().any(|b| b.color_table.is_some()) => Resampling::Nearest,
            Self::Auto => Resampling::Cubic,
        }
    }
}

impl From<Resampling> for ResampleBy {
    fn from(name: Resampling) -> Self {
        Self::Name(name)
    }
}

impl Spelled for ResampleBy {
    fn read(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        Resampling::read(text).map(Self::Name).map_err(|_| {
            let mut names: Vec<_> = Resampling::WARP.iter().map(|r| r.name()).collect();
            names.push("auto");
            none_of(text, &names)
        })
    }
    fn spell(&self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::Name(name) => name.spell(),
        }
    }
}

/// For overviews: those that decimation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimation(pub Resampling);

impl From<Resampling> for Decimation {
    fn from(resampling: Resampling) -> Self {
        Self(resampling)
    }
}

impl Spelled for Decimation {
    fn read(text: &str) -> Result<Self, String> {
        known(text, Resampling::DECIMATION).map(Self)
    }
    fn spell(&self) -> String {
        self.0.spell()
    }
}

/// One of these, by any of its names.
fn known(text: &str, among: &[Resampling]) -> Result<Resampling, String> {
    let names: Vec<_> = among.iter().map(|r| r.name()).collect();
    text.parse().ok().filter(|r| among.contains(r)).ok_or_else(|| none_of(text, &names))
}

/// Compressions that can be written.
const COMPRESSIONS: [&str; 12] = [
    "none",
    "deflate",
    "zstd",
    "lzw",
    "packbits",
    "lerc",
    "lerc_deflate",
    "lerc_zstd",
    "jpeg",
    "webp",
    "lzma",
    "ccittfax4",
];

impl Spelled for Compression {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(&text.replace('-', "_")).ok_or_else(|| none_of(text, &COMPRESSIONS))
    }
    fn spell(&self) -> String {
        self.name().to_owned()
    }
}

impl Spelled for Overviews {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            list => {
                let factors: Result<Vec<usize>, _> = list.split(',').map(|f| f.trim().parse()).collect();
                factors
                    .map(Self::Factors)
                    .map_err(|_| format!("'{text}' is neither auto, none, nor factors such as 2,4,8"))
            }
        }
    }
    fn spell(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Factors(list) => join(list),
            // By count there is no spelling; nothing here reads one.
            _ => "auto".to_owned(),
        }
    }
}

fn join<T: ToString>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(',').map(|v| v.trim().parse().ok()).collect()
}

impl Spelled for Bounds {
    fn read(text: &str) -> Result<Self, String> {
        match numbers(text).as_deref() {
            Some(&[w, s, e, n]) => Ok(Self::new(w, s, e, n)),
            _ => Err(format!("'{text}': four numbers are expected: west,south,east,north")),
        }
    }
    fn spell(&self) -> String {
        join(&[self.left, self.bottom, self.right, self.top])
    }
}

/// Width and height of a pixel, in units of the coordinate system. `10` or `10,20`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Width.
    pub x: f64,
    /// Height.
    pub y: f64,
}

impl Spelled for Resolution {
    fn read(text: &str) -> Result<Self, String> {
        match numbers(text).as_deref() {
            Some(&[both]) => Ok(Self { x: both, y: both }),
            Some(&[x, y]) => Ok(Self { x, y }),
            _ => Err(format!("'{text}': one number is expected, or two with a comma between them")),
        }
    }
    fn spell(&self) -> String {
        if self.x == self.y { self.x.to_string() } else { join(&[self.x, self.y]) }
    }
}

/// Two numbers, the smaller one first as a rule. `0,255`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The first.
    pub low: f64,
    /// The second.
    pub high: f64,
}

impl Spelled for Range {
    fn read(text: &str) -> Result<Self, String> {
        match numbers(text).as_deref() {
            Some(&[low, high]) => Ok(Self { low, high }),
            _ => Err(format!("'{text}': two numbers with ',' between them are expected")),
        }
    }
    fn spell(&self) -> String {
        join(&[self.low, self.high])
    }
}

/// `2048x1024`; one number for both.
impl Spelled for Size {
    fn read(text: &str) -> Result<Self, String> {
        let number = |s: &str| s.trim().parse::<usize>().ok().filter(|n| *n > 0);
        let size = match text.split_once(['x', 'X', ',']) {
            Some((width, height)) => number(width).zip(number(height)),
            None => number(text).map(|n| (n, n)),
        };
        size.map(Self::from)
            .ok_or_else(|| format!("'{text}': columns and rows are expected, such as 1024 or 2048x512"))
    }
    fn spell(&self) -> String {
        format!("{}x{}", self.width, self.height)
    }
}

/// A length: pixels, or map units with a trailing m. `10`, `250m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// Pixels.
    Pixels(f64),
    /// Units of the coordinate system.
    MapUnits(f64),
}

impl From<f64> for Length {
    fn from(pixels: f64) -> Self {
        Self::Pixels(pixels)
    }
}

impl Spelled for Length {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no length; write for instance 10 or 250m");
        let number = |t: &str| t.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
        match text.strip_suffix('m') {
            Some(units) => number(units).map(Self::MapUnits),
            None => number(text).map(Self::Pixels),
        }
    }
    fn spell(&self) -> String {
        match self {
            Self::Pixels(n) => n.to_string(),
            Self::MapUnits(n) => format!("{n}m"),
        }
    }
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pixels(n) => n.write(to),
            Self::MapUnits(_) => to.serialize_str(&self.spell()),
        }
    }
}

impl Spelled for Border {
    fn read(text: &str) -> Result<Self, String> {
        Ok(match text {
            "nearest" => Self::Nearest,
            "reflect" => Self::Reflect,
            "mirror" => Self::Mirror,
            value => {
                Self::Constant(value.parse().map_err(|_| {
                    format!("{}, nor a value", none_of(text, &["nearest", "reflect", "mirror"]))
                })?)
            }
        })
    }
    fn spell(&self) -> String {
        match self {
            Self::Reflect => "reflect".to_owned(),
            Self::Mirror => "mirror".to_owned(),
            Self::Constant(value) => value.to_string(),
            // Nothing here reads the others.
            _ => "nearest".to_owned(),
        }
    }
}

impl Spelled for ZoomChoice {
    fn read(text: &str) -> Result<Self, String> {
        Ok(match text {
            "nearest" => Self::Nearest,
            "coarser" => Self::Coarser,
            "finer" => Self::Finer,
            level => {
                Self::Level(level.parse().map_err(|_| {
                    format!("{}, nor a level", none_of(text, &["nearest", "coarser", "finer"]))
                })?)
            }
        })
    }
    fn spell(&self) -> String {
        match self {
            Self::Coarser => "coarser".to_owned(),
            Self::Finer => "finer".to_owned(),
            Self::Level(level) => level.to_string(),
            _ => "nearest".to_owned(),
        }
    }
}

/// A nodata value, or none.
#[derive(Clone, Copy, Debug)]
pub enum NodataAs {
    /// None.
    None,
    /// This value.
    Value(Nodata),
}

impl PartialEq for NodataAs {
    /// Spelled alike: NaN is NaN here.
    fn eq(&self, other: &Self) -> bool {
        self.spell() == other.spell()
    }
}

impl Spelled for NodataAs {
    fn read(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        Nodata::parse(text)
            .map(Self::Value)
            .ok_or_else(|| format!("'{text}': a number, nan or none is expected"))
    }
    fn spell(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Value(value) => value.to_string(),
        }
    }
}

impl<T: Into<Nodata>> From<T> for NodataAs {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// Six numbers in GDAL's order.
impl Spelled for GeoTransform {
    fn read(text: &str) -> Result<Self, String> {
        match numbers(text).as_deref() {
            Some(&[c, a, b, f, d, e]) => Ok(Self::from_gdal([c, a, b, f, d, e])),
            _ => Err(format!(
                "'{text}': six numbers are expected: x of the corner, pixel width, row rotation, y of the corner, column rotation, \
                 pixel height (negative when north is up)"
            )),
        }
    }
    fn spell(&self) -> String {
        join(&self.to_gdal())
    }
}

/// Values for bands: one for all, one for each, or `2=value` for some.
#[derive(Clone, Debug, PartialEq)]
pub struct PerBand<T>(pub Vec<OfBand<T>>);

impl<T> From<T> for PerBand<T> {
    /// The same for all bands.
    fn from(value: T) -> Self {
        Self(vec![(None, value)])
    }
}

impl<T: Spelled + PartialEq> Spelled for PerBand<T> {
    fn read(text: &str) -> Result<Self, String> {
        let parts = parts(text);
        let several = parts.len() > 1;
        let one = |(i, (band, text)): (usize, (Option<usize>, String))| {
            if band == Some(0) {
                return Err("bands are numbered from 1".to_owned());
            }
            Ok((band.or(several.then_some(i + 1)), T::read(&text)?))
        };
        parts.into_iter().enumerate().map(one).collect::<Result<_, _>>().map(Self)
    }
    fn spell(&self) -> String {
        let in_order = self.0.len() > 1 && (1..).zip(&self.0).all(|(i, (band, _))| *band == Some(i));
        let one = |(band, value): &OfBand<T>| {
            let text = value.spell().replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
            match band {
                Some(band) if !in_order => format!("{band}={text}"),
                _ => text,
            }
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

/// Parts between commas, each with the number before its first `=`, if that is one; `\` takes the meaning from what follows.
fn parts(text: &str) -> Vec<(Option<usize>, String)> {
    let mut parts = vec![(None, String::new())];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let Some((band, part)) = parts.last_mut() else { break };
        match c {
            '\\' => part.push(chars.next().unwrap_or('\\')),
            ',' => parts.push((None, String::new())),
            '=' if band.is_none() && part.parse::<usize>().is_ok() => {
                *band = part.parse().ok();
                part.clear();
            }
            c => part.push(c),
        }
    }
    parts
}

/// What shall no longer be said: names with commas between them.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsetList(pub Vec<Unset>);

impl Spelled for UnsetList {
    fn read(text: &str) -> Result<Self, String> {
        let one = |name: &str| Unset::parse(name.trim()).ok_or_else(|| none_of(name.trim(), &Unset::NAMES));
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }
    fn spell(&self) -> String {
        self.0.iter().map(Unset::name).collect::<Vec<_>>().join(",")
    }
}

impl Spelled for crate::Page {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a number from 0 or a name is expected".to_owned());
        }
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Directory))
    }
    fn spell(&self) -> String {
        match self {
            Self::Directory(number) => number.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// What a warp or merge is told; nothing said: as the source has it.
pub(super) fn nodata_rule(nodata: Option<NodataAs>) -> NodataRule {
    match nodata {
        None => NodataRule::FromSource,
        Some(NodataAs::None) => NodataRule::None,
        Some(NodataAs::Value(value)) => NodataRule::Value(value),
    }
}

impl Spelled for Budget {
    fn read(text: &str) -> Result<Self, String> {
        parse_size(text)
            .map(Self)
            .map_err(|_| format!("'{text}' is not a size; write for instance 512MB or 2GiB"))
    }
    fn spell(&self) -> String {
        let units = [(1 << 30, "GiB"), (1_000_000_000, "GB"), (1 << 20, "MiB"), (1_000_000, "MB")];
        let fits = |(unit, _): &(usize, &str)| self.0 > 0 && self.0.is_multiple_of(*unit);
        match units.into_iter().find(fits) {
            Some((unit, name)) => format!("{}{name}", self.0 / unit),
            None => self.0.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<T: Spelled + PartialEq + fmt::Debug>(texts: &[&str]) {
        for text in texts {
            let value = T::read(text).unwrap();
            assert_eq!(value.spell(), *text);
            assert_eq!(T::read(&value.spell()).unwrap(), value);
        }
    }

    #[test]
    fn every_value_is_spelled_as_it_is_read() {
        comes_back::<Bounds>(&["500000,5190000.5,510000,5200000", "-1,-2,3,4"]);
        comes_back::<Resolution>(&["10", "10,20.5"]);
        comes_back::<Length>(&["10", "250m", "0.5", "-3"]);
        comes_back::<Size>(&["2048x1024"]);
        comes_back::<Budget>(&["512MB", "2GiB", "64MiB", "12345"]);
        comes_back::<NodataAs>(&["none", "-9999", "0.5", "nan"]);
        comes_back::<Border>(&["nearest", "reflect", "mirror", "7.5"]);
        comes_back::<ZoomChoice>(&["nearest", "coarser", "finer", "12"]);
        comes_back::<Overviews>(&["auto", "none", "2,4,8"]);
        comes_back::<Compression>(&COMPRESSIONS);
        comes_back::<DataType>(&DataType::ALL.map(DataType::name));
        for method in Resampling::WARP {
            comes_back::<Resampling>(&[method.name()]);
        }
        comes_back::<ResampleBy>(&["auto", "cubic_spline"]);
        comes_back::<Method>(Method::NAMES);
        comes_back::<GeoTransform>(&["500000,10,0,5000000,0,-10"]);
        comes_back::<PerBand<f64>>(&["0.1", "0.1,2", "2=0.5", "1=1,3=2"]);
        comes_back::<PerBand<String>>(&["m", "red,green", "a\\, b", "3=x\\=y", "2\\=z"]);
        comes_back::<UnsetList>(&["crs", "nodata,metadata:A b"]);
        comes_back::<crate::Page>(&["0", "12", "red band"]);
        comes_back::<Validity>(Validity::NAMES);
        comes_back::<FocalMeasure>(FocalMeasure::NAMES);
        comes_back::<PredictorAs>(PredictorAs::NAMES);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_meant() {
        assert_eq!(
            PredictorAs::read("flaot").unwrap_err(),
            "'flaot' is none of yes, none, horizontal, float (did you mean float?)"
        );
        assert!(Resampling::read("biliner").unwrap_err().ends_with("(did you mean bilinear?)"));
        assert_eq!(PredictorAs::read("YES"), Ok(PredictorAs::Yes));
        assert_eq!(PredictorAs::read("standard"), Ok(PredictorAs::Horizontal));
        assert_eq!(PredictorAs::read("3"), Ok(PredictorAs::Float));
        assert!(PredictorAs::read("2.5").is_err());
        assert!(Size::read("0").is_err() && Size::read("10x").is_err());
        assert!(Length::read("10 km").is_err() && Length::read("nan").is_err());
    }
}
