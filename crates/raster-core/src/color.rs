//! What the bands of a raster mean to the eye.

/// What a band shows, as GDAL names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColorInterp {
    /// Not stated.
    #[default]
    Undefined,
    /// Grey values.
    Gray,
    /// Indices into a [`ColorTable`].
    Palette,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Opacity.
    Alpha,
    /// Hue.
    Hue,
    /// Saturation.
    Saturation,
    /// Lightness.
    Lightness,
    /// Cyan.
    Cyan,
    /// Magenta.
    Magenta,
    /// Yellow.
    Yellow,
    /// Black.
    Black,
    /// Near infrared and other names that newer GDAL versions know, kept as they are written.
    Named(&'static str),
}

impl ColorInterp {
    /// GDAL's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Gray => "gray",
            Self::Palette => "palette",
            Self::Red => "red",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Alpha => "alpha",
            Self::Hue => "hue",
            Self::Saturation => "saturation",
            Self::Lightness => "lightness",
            Self::Cyan => "cyan",
            Self::Magenta => "magenta",
            Self::Yellow => "yellow",
            Self::Black => "black",
            Self::Named(name) => name,
        }
    }
    /// From GDAL's name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        const PLAIN: [ColorInterp; 14] = [
            ColorInterp::Undefined,
            ColorInterp::Gray,
            ColorInterp::Palette,
            ColorInterp::Red,
            ColorInterp::Green,
            ColorInterp::Blue,
            ColorInterp::Alpha,
            ColorInterp::Hue,
            ColorInterp::Saturation,
            ColorInterp::Lightness,
            ColorInterp::Cyan,
            ColorInterp::Magenta,
            ColorInterp::Yellow,
            ColorInterp::Black,
        ];
        const NAMED: [&str; 21] = [
            "pan", "coastal", "rededge", "nir", "swir", "mwir", "lwir", "tir", "otherir", "sar", "sar_ka",
            "sar_k", "sar_ku", "sar_x", "sar_c", "sar_s", "sar_l", "sar_p", "ycbcr_y", "ycbcr_cb",
            "ycbcr_cr",
        ];
        let name = name.to_ascii_lowercase();
        PLAIN
            .into_iter()
            .find(|c| c.name() == name)
            .or_else(|| NAMED.into_iter().find(|n| *n == name).map(Self::Named))
    }
}

/// Colours of the values of a palette band: red, green, blue, alpha, 0 to 255.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColorTable {
    /// Colour of value 0, 1, 2, …
    pub entries: Vec<[u8; 4]>,
}
