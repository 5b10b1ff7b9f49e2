//! Slope, aspect and hillshade of an elevation raster, by Horn's formula.

use crate::{
    Border, Kernel, KernelInput, Scratch, Signature,
    gaussian::write_plane,
    kernel::{check_mask, mark_plane, require_real},
    padded::Padded,
    scratch::Buffers,
};
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{AnyViewMut, DataType, Error, Halo, Result};

/// What is computed; the formulae and conventions are those of `gdaldem` with its default algorithm, except that
/// `gdaldem aspect` takes pixels for square.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TerrainMeasure {
    /// Steepness in degrees, 0 to 90, as f32.
    SlopeDegrees,
    /// Steepness as rise over run in percent, as f32.
    SlopePercent,
    /// The direction that the slope faces, in degrees clockwise from north, 0 to 360, as f32; missing where it is
    /// flat.
    Aspect,
    /// Illumination as u8: 1 (shade) to 255; 0 where it is missing.
    Hillshade {
        /// Direction of the light in degrees clockwise from north; gdaldem's default is 315.
        azimuth_deg: f64,
        /// Height of the light above the horizon in degrees; gdaldem's default is 45.
        altitude_deg: f64,
    },
}

/// Slope, aspect or hillshade of every band.
///
/// With the 3 × 3 pixels a b c / d e f / g h i, north up:
/// dz/dx = ((c + 2f + i) - (a + 2d + g)) / (8 width), dz/dy = ((g + 2h + i) - (a + 2b + c)) / (8 height) (B. Horn,
/// Hill shading and the reflectance map, 1981). Missing (NaN, or 0 for hillshade) where one of the nine is missing;
/// at the edge of the raster too, unless another border is set. Halo: 1. Scratch: three planes of f64.
///
/// ```
/// use kernels::{Scratch, Terrain, TerrainMeasure, apply};
/// use raster_core::AnyArray;
///
/// // Rises 10 m per pixel of 10 m towards the east.
/// let heights = AnyArray::from(ndarray::Array3::from_shape_fn((1, 5, 5), |(_, _, c)| 10.0 * c as f32));
/// let slope = Terrain::new(TerrainMeasure::SlopeDegrees, 10.0, 10.0)?;
/// let slope = apply(&slope, heights.view(), &mut Scratch::new())?.convert::<f32>();
/// assert!((slope[[0, 2, 2]] - 45.0).abs() < 1e-4);
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Terrain {
    measure: TerrainMeasure,
    cell_width: f64,
    cell_height: f64,
    z_factor: f64,
    border: Border,
}

impl Terrain {
    /// For pixels of this size, in the units of the elevation.
    ///
    /// # Errors
    /// `Misuse` when a number is not finite, or a size not positive.
    pub fn new(measure: TerrainMeasure, cell_width: f64, cell_height: f64) -> Result<Self> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        if !(positive(cell_width) && positive(cell_height)) {
            return Err(Error::misuse(format!("pixels of {cell_width} × {cell_height} have no size")));
        }
        if let TerrainMeasure::Hillshade { azimuth_deg, altitude_deg } = measure
            && !(azimuth_deg.is_finite() && altitude_deg.is_finite())
        {
            return Err(Error::misuse("azimuth and altitude of the light have to be finite"));
        }
        Ok(Self { measure, cell_width, cell_height, z_factor: 1.0, border: Border::Missing })
    }
    /// Multiply elevations: for elevations in other units than the pixel size.
    ///
    /// # Errors
    /// `Misuse` when the factor is not finite.
    pub fn with_z_factor(self, z_factor: f64) -> Result<Self> {
        if !z_factor.is_finite() {
            return Err(Error::misuse(format!("the z factor is {z_factor}")));
        }
        Ok(Self { z_factor, ..self })
    }
    /// Another border.
    #[must_use]
    pub fn with_border(self, border: Border) -> Self {
        Self { border, ..self }
    }

    /// The measure from dz/dx (eastwards) and dz/dy (southwards).
    fn value(&self, dx: f64, dy: f64) -> f64 {
        if (dx + dy).is_nan() {
            return f64::NAN;
        }
        match self.measure {
            TerrainMeasure::SlopeDegrees => libm::atan(libm::hypot(dx, dy)).to_degrees(),
            TerrainMeasure::SlopePercent => 100.0 * libm::hypot(dx, dy),
            TerrainMeasure::Aspect if dx == 0.0 && dy == 0.0 => f64::NAN,
            TerrainMeasure::Aspect => {
                // Downhill is (-dx, -dy); its angle from north (-y), clockwise.
                let angle = libm::atan2(-dx, dy).to_degrees();
                if angle < 0.0 { angle + 360.0 } else { angle }
            }
            TerrainMeasure::Hillshade { azimuth_deg, altitude_deg } => {
                let (azimuth, altitude) = (azimuth_deg.to_radians(), altitude_deg.to_radians());
                let toward_light = dy * libm::cos(azimuth) - dx * libm::sin(azimuth);
                let cosine = (libm::sin(altitude) + toward_light * libm::cos(altitude))
                    / (1.0 + dx * dx + dy * dy).sqrt();
                if cosine <= 0.0 { 1.0 } else { 1.0 + 254.0 * cosine }
            }
        }
    }
}

impl Kernel for Terrain {
    fn halo(&self) -> Halo {
        Halo::uniform(1)
    }
    fn wraps(&self) -> bool {
        self.border == Border::Wrap
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "terrain analysis")?;
        let hillshade = matches!(self.measure, TerrainMeasure::Hillshade { .. });
        Ok(Signature { data_type: if hillshade { DataType::U8 } else { DataType::F32 }, ..input })
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        self.compute(input, output, None, scratch)
    }
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        output: AnyViewMut<'_>,
        mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        check_mask(&output, &mask)?;
        self.compute(input, output, Some(mask), scratch)
    }
}

impl Terrain {
    fn compute(
        &self,
        input: &KernelInput<'_>,
        mut output: AnyViewMut<'_>,
        mut mask: Option<ArrayViewMut3<'_, u8>>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let Buffers { source, weight, result, .. } = &mut scratch.f64;
        let (x_scale, y_scale) =
            (self.z_factor / (8.0 * self.cell_width), self.z_factor / (8.0 * self.cell_height));
        for band in 0..input.signature().bands {
            let padded = Padded::new(&trimmed, band, self.halo(), self.border, source, weight)?;
            result.clear();
            for y in 0..trimmed.rows {
                let rows = [padded.row(y), padded.row(y + 1), padded.row(y + 2)];
                let three = rows[0].windows(3).zip(rows[1].windows(3)).zip(rows[2].windows(3));
                result.extend(three.map(|((n, m), s)| {
                    let dx = (n[2] + 2.0 * m[2] + s[2]) - (n[0] + 2.0 * m[0] + s[0]);
                    let dy = (s[0] + 2.0 * s[1] + s[2]) - (n[0] + 2.0 * n[1] + n[2]);
                    // The centre has no weight, but has to be there.
                    self.value(dx * x_scale, dy * y_scale + 0.0 * m[1])
                }));
            }
            if let Some(mask) = &mut mask {
                mark_plane(result, &mut mask.index_axis_mut(Axis(0), band));
            }
            write_plane(result, None, band, &mut output);
        }
        Ok(())
    }
}
