//! Colours that GDAL shows as red, green, blue and alpha, through libtiff's RGBA interface: 8-bit CMYK and CIE L*a*b*.

use crate::format::{BlockFormat, Interleave, Photometric};
use raster_core::DataType;
use std::sync::OnceLock;

/// A conversion of what is stored to what is shown.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// How the block is stored.
    pub(crate) stored: BlockFormat,
    kind: Kind,
    /// CIE XYZ of white, for L*a*b*.
    white: [f32; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cmyk,
    Lab,
}

/// CIE D50, which Adobe's notes on TIFF have as the default.
const D50: [f32; 3] = [96.425, 100.0, 82.468];

impl View {
    /// How an image that is stored so is shown, when that is not as stored. `colours` are the samples that are no extra
    /// ones; `white` are the chromaticities of WhitePoint.
    pub(crate) fn of(
        stored: &BlockFormat,
        interleave: Interleave,
        colours: usize,
        ink_set: u64,
        white: Option<(f32, f32)>,
    ) -> Option<Self> {
        let plain = stored.bits == 8 && stored.data_type == DataType::U8 && interleave == Interleave::Pixel;
        let kind = match stored.photometric {
            Photometric::Separated if colours >= 4 && ink_set == 1 => Kind::Cmyk,
            Photometric::CieLab if colours == 3 && stored.samples == 3 => Kind::Lab,
            _ => return None,
        };
        let white = match white {
            Some((x, y)) if y > 0.0 => [x / y * 100.0, 100.0, (1.0 - x - y) / y * 100.0],
            _ => D50,
        };
        plain.then(|| Self { stored: stored.clone(), kind, white })
    }

    /// The format of what is shown.
    pub(crate) fn shown(&self) -> BlockFormat {
        BlockFormat { samples: 4, photometric: Photometric::Rgb, ..self.stored.clone() }
    }

    /// The colour space that is converted, as GDAL calls it.
    pub(crate) fn source(&self) -> &'static str {
        match self.kind {
            Kind::Cmyk => "CMYK",
            Kind::Lab => "CIELAB",
        }
    }

    /// Convert pixels.
    pub(crate) fn convert(&self, stored: &[u8], out: &mut [u8]) {
        let pixels = stored.chunks_exact(self.stored.samples).zip(out.as_chunks_mut::<4>().0);
        match self.kind {
            Kind::Cmyk => pixels.for_each(|(ink, out)| {
                let light = 255 - u32::from(ink[3]);
                let part = |ink: u8| (light * (255 - u32::from(ink)) / 255) as u8;
                *out = [part(ink[0]), part(ink[1]), part(ink[2]), 255];
            }),
            Kind::Lab => pixels.for_each(|(lab, out)| {
                let [r, g, b] = rgb(xyz(lab[0], lab[1] as i8, lab[2] as i8, self.white));
                *out = [r, g, b, 255];
            }),
        }
    }
}

/// CIE XYZ of L*a*b*, with the constants and the precision of libtiff, so that bytes are the same.
fn xyz(l: u8, a: i8, b: i8, white: [f32; 3]) -> [f32; 3] {
    let l = f32::from(l) * 100.0 / 255.0;
    let (y, root) = if l < 8.856 {
        let y = l * white[1] / 903.292;
        (y, 7.787 * (y / white[1]) + 16.0 / 116.0)
    } else {
        let root = (l + 16.0) / 116.0;
        (white[1] * root * root * root, root)
    };
    let part = |root: f32, white: f32| {
        if root < 0.2069 { white * (root - 0.13793) / 7.787 } else { white * root * root * root }
    };
    [part(f32::from(a) / 500.0 + root, white[0]), y, part(root - f32::from(b) / 200.0, white[2])]
}

/// Steps of the table of gamma.
const STEPS: usize = 1500;

/// libtiff's sRGB: its matrix, and a gamma of 2.4 from a table.
fn rgb([x, y, z]: [f32; 3]) -> [u8; 3] {
    static GAMMA: OnceLock<Vec<u8>> = OnceLock::new();
    let gamma = GAMMA.get_or_init(|| {
        let value = |i: usize| 255.0f32 * libm::pow(i as f64 / STEPS as f64, 1.0 / 2.4) as f32;
        (0..=STEPS).map(|i| (value(i) + 0.5) as u8).collect()
    });
    const MATRIX: [[f32; 3]; 3] =
        [[3.2410, -1.5374, -0.4986], [-0.9692, 1.8760, 0.0416], [0.0556, -0.2040, 1.0570]];
    let step = 99.0f32 / STEPS as f32;
    MATRIX.map(|[a, b, c]| {
        let light = (a * x + b * y + c * z).clamp(1.0, 100.0);
        gamma[(((light - 1.0) / step) as usize).min(STEPS)]
    })
}
