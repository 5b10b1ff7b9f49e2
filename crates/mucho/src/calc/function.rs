//! An expression as a function of windows.

use super::{
    columns,
    parse::Expression,
    program::{CHUNK, Program},
};
use crate::computed::Computed;
use crate::{
    function::{Inputs, WindowContext, WindowFunction, Worker},
    same_grid::check_same_grid,
};
use fearless_simd::Level;
use kernels::Signature;
use ndarray::{Array3, Axis};
use raster_core::{
    AnyArray, DataType, Error, MaskKind, Nodata, RasterInfo, RasterSource, Result, Window, layout, with_array,
};

/// An expression over the bands of named inputs; one output band.
#[derive(Clone, Debug)]
pub struct Calc {
    expression: Expression,
    program: Program,
    /// Input and band of each variable.
    bands: Vec<(usize, usize)>,
    level: Level,
    data_type: Option<DataType>,
    nodata: Option<Nodata>,
    ignore_nodata: bool,
}

impl Calc {
    /// An expression whose names are those of the job's inputs, in their order.
    ///
    /// # Errors
    /// `Misuse` when the expression uses another name.
    pub fn new(expression: Expression, names: &[&str]) -> Result<Self> {
        let bands = expression
            .variables()
            .iter()
            .map(|v| {
                let input = names.iter().position(|n| *n == v.name).ok_or_else(|| {
                    Error::misuse(format!(
                        "expression: no input is called '{}'; there are {}",
                        v.name,
                        names.join(", ")
                    ))
                })?;
                Ok((input, v.band))
            })
            .collect::<Result<_>>()?;
        let program = Program::new(&expression);
        let level = Level::new();
        Ok(Self { expression, program, bands, level, data_type: None, nodata: None, ignore_nodata: false })
    }
    /// The type of the result. Default: u8 for comparisons and logic; f32 when the inputs are f32, f16 or integers of
    /// at most 16 bits; else f64.
    #[must_use]
    pub fn with_data_type(mut self, data_type: DataType) -> Self {
        self.data_type = Some(data_type);
        self
    }
    /// The value of pixels without data. Default: NaN for floats; for integers the first nodata value of the inputs that
    /// the type can hold, else the type's largest (unsigned) or smallest (signed) value.
    #[must_use]
    pub fn with_nodata(mut self, nodata: Nodata) -> Self {
        self.nodata = Some(nodata);
        self
    }
    /// Take nodata values of the inputs as numbers, and state none for the output.
    #[must_use]
    pub fn ignoring_nodata(mut self) -> Self {
        self.ignore_nodata = true;
        self
    }
    /// Type and nodata of the result for these inputs.
    #[must_use]
    pub fn result(&self, inputs: &[&RasterInfo]) -> (DataType, Option<Nodata>) {
        let used = || self.bands.iter().filter_map(|(input, _)| inputs.get(*input));
        let data_type = self.data_type.unwrap_or_else(|| {
            let small = |t: DataType| matches!(t, DataType::F32) || t.size() <= 2;
            if self.expression.is_boolean() {
                DataType::U8
            } else if used().all(|i| small(i.data_type)) {
                DataType::F32
            } else {
                DataType::F64
            }
        });
        if self.ignore_nodata {
            return (data_type, None);
        }
        let can_be_missing =
            used().any(|i| i.data_type.is_float() || i.bands.iter().any(|b| b.mask != MaskKind::AllValid));
        let default = || {
            if data_type.is_float() {
                return Nodata::Float(f64::NAN);
            }
            let inherited =
                used().flat_map(|i| &i.bands).filter_map(|b| b.nodata).find(|n| n.fits(data_type));
            inherited.unwrap_or_else(|| match data_type {
                DataType::U64 => Nodata::Int(i128::from(u64::MAX)),
                DataType::I64 => Nodata::Int(i128::from(i64::MIN)),
                t if t.is_signed() => Nodata::Int(t.range().0 as i128),
                t => Nodata::Int(t.range().1 as i128),
            })
        };
        (data_type, self.nodata.or_else(|| (can_be_missing || data_type.is_float()).then(default)))
    }

    /// The bands of an input that the expression uses, in a window: all of them in one read, so that no block is decoded
    /// once per band.
    fn read(
        &self,
        input: usize,
        source: &dyn RasterSource,
        window: &Window,
        worker: &mut Worker,
    ) -> Result<BandValues> {
        let mut bands: Vec<usize> =
            self.bands.iter().filter(|(of, _)| *of == input).map(|(_, band)| *band).collect();
        bands.sort_unstable();
        bands.dedup();
        if bands.is_empty() {
            return Ok(BandValues::default());
        }
        let info = source.info();
        let mut pixels = worker.array(info.data_type, (bands.len(), window.height, window.width));
        // Nodata is found in the pixels themselves; a mask is something else to read, and is read with them.
        let mask = if !self.ignore_nodata && bands.iter().any(|b| info.validity(*b).is_elsewhere()) {
            let mut mask = Array3::zeros((bands.len(), window.height, window.width));
            source.read_masked_into(&bands, window, pixels.view_mut(), mask.view_mut())?;
            Some(mask)
        } else {
            source.read_into(&bands, window, pixels.view_mut())?;
            None
        };
        let nodata = |b: &usize| {
            let band = &info.bands[b - 1];
            band.nodata.filter(|_| !self.ignore_nodata && band.mask == MaskKind::Nodata)
        };
        let nodata: Vec<_> = bands.iter().map(nodata).collect();
        if matches!(info.data_type, DataType::I64 | DataType::U64) {
            for (i, nodata) in nodata.iter().enumerate() {
                let mask = mask.as_ref().map(|m| m.slice_axis(Axis(0), (i..i + 1).into()));
                pixels.view().band(i).check_fits_f64(*nodata, mask.as_ref())?;
            }
        }
        Ok(BandValues { bands, pixels: Some(pixels), nodata, mask })
    }
}

/// Bands of one input in a window.
#[derive(Default)]
struct BandValues {
    bands: Vec<usize>,
    pixels: Option<AnyArray>,
    /// Of each of the bands.
    nodata: Vec<Option<Nodata>>,
    /// Validity that is stored apart from the pixels.
    mask: Option<Array3<u8>>,
}

impl BandValues {
    /// Fill a column with the values of a band from pixel `start` on; NaN where there is no data.
    fn load(&self, level: Level, band: usize, start: usize, column: &mut [f64]) {
        let (Some(pixels), Some(at)) = (&self.pixels, self.bands.iter().position(|b| *b == band)) else {
            return;
        };
        let area = pixels.shape().1 * pixels.shape().2;
        let part = at * area + start..at * area + start + column.len();
        with_array!(AnyArray, pixels, a => {
            columns::load(level, &layout::samples(a.view())[part.clone()], self.nodata[at], column);
        });
        if let Some(mask) = &self.mask {
            columns::mask_out(level, &layout::samples(mask.view())[part], column);
        }
    }
}

impl WindowFunction for Calc {
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<Signature>> {
        for (variable, (input, band)) in self.expression.variables().iter().zip(&self.bands) {
            let info = inputs.get(*input).ok_or_else(|| {
                Error::misuse(format!("expression: there is no input for '{}'", variable.name))
            })?;
            if *band > info.band_count() {
                return Err(Error::misuse(format!(
                    "expression: {}[{band}], but {} has {} bands",
                    variable.name,
                    variable.name,
                    info.band_count()
                )));
            }
            if info.data_type.is_complex() {
                return Err(Error::misuse(format!(
                    "expression: {} has complex samples ({}); expressions are over real numbers",
                    variable.name, info.data_type
                )));
            }
            check_same_grid(inputs[0], info, &format!("expression: {}", variable.name))?;
        }
        Ok(Some(Signature { bands: 1, data_type: self.result(inputs).0 }))
    }
    fn describe(&self, inputs: &[&RasterInfo], info: &mut RasterInfo) {
        let (_, nodata) = self.result(inputs);
        for band in &mut info.bands {
            band.nodata = nodata;
            band.mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
        }
    }
    fn any_windows(&self) -> bool {
        true
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        let infos: Vec<_> = inputs.sources().iter().map(|s| s.info()).collect();
        let (data_type, nodata) = self.result(&infos);
        let sources = inputs.sources().iter().enumerate();
        let values: Vec<_> =
            sources.map(|(i, s)| self.read(i, &**s, &context.core, worker)).collect::<Result<_>>()?;
        let shape = (1, context.core.height, context.core.width);
        let mut out = worker.array(data_type, shape);
        with_array!(AnyViewMut, out.view_mut(), mut a => {
            let mut registers = self.program.registers();
            let mut variables = vec![vec![0.0; CHUNK]; self.bands.len()];
            for (number, chunk) in layout::samples_mut(a.view_mut()).chunks_mut(CHUNK).enumerate() {
                for (&(input, band), column) in self.bands.iter().zip(&mut variables) {
                    values[input].load(self.level, band, number * CHUNK, &mut column[..chunk.len()]);
                }
                let result = self.program.run(self.level, &variables, chunk.len(), &mut registers);
                columns::store(self.level, result, nodata, chunk);
            }
        });
        values.into_iter().filter_map(|v| v.pixels).for_each(|pixels| worker.keep(pixels));
        Ok(Computed::from_samples(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluate with A = 3, B = -2, N = no data.
    fn eval(text: &str) -> f64 {
        let expression = Expression::parse(text).unwrap();
        let program = Program::new(&expression);
        let variables: Vec<Vec<f64>> = expression
            .variables()
            .iter()
            .map(|v| {
                vec![match v.name.as_str() {
                    "A" => 3.0,
                    "B" => -2.0,
                    _ => f64::NAN,
                }]
            })
            .collect();
        program.run(Level::new(), &variables, 1, &mut program.registers())[0]
    }

    #[test]
    fn precedence_is_pythons() {
        for (text, value) in [
            ("1 + 2 * 3", 7.0),
            ("-2 ** 2", -4.0),
            ("2 ** -1", 0.5),
            ("2 ^ 3 ** 2", 512.0),
            ("(A + B) * 10", 10.0),
            ("7 % 3 + -7 % 3", 3.0),
            ("1 - 2 - 3", -4.0),
            ("8 / 4 / 2", 1.0),
            ("A > 2 and B < 0", 1.0),
            ("not A > 2 or B == -2", 1.0),
            ("!(A == 3)", 0.0),
            ("A != 3", 0.0),
            (".5e1 + 1.", 6.0),
            ("2e", f64::NAN),
        ] {
            if value.is_nan() {
                assert!(Expression::parse(text).is_err(), "{text}");
            } else {
                assert_eq!(eval(text), value, "{text}");
            }
        }
    }

    #[test]
    fn functions_and_missing_data() {
        for (text, value) in [
            ("where(A > 2, A, B)", 3.0),
            ("where(isnan(N), 0, N)", 0.0),
            ("min(A, B, N)", -2.0),
            ("mean(A, B, N)", 0.5),
            ("sum(A, 1)", 4.0),
            ("clamp(A, 0, 2) + clip(B, 0, 2)", 2.0),
            ("sqrt(A * A) + abs(B)", 5.0),
            ("hypot(A, 4)", 5.0),
            ("round(2.5) + floor(-0.5)", 2.0),
            ("sign(B) * log(e)", -1.0),
        ] {
            assert_eq!(eval(text), value, "{text}");
        }
        for text in ["N + 1", "N > 1", "not N", "N and A", "where(N, 1, 2)", "max(N)", "where(A > 2, N, 1)"] {
            assert!(eval(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn errors_say_where() {
        for (text, part) in [
            ("1 +", "at character 4, found the end"),
            ("(1", "expected ')'"),
            ("foo(1)", "a function"),
            ("A[0]", "band number"),
            ("1 < 2 < 3", "do not chain"),
            ("sqrt(1, 2)", "takes 1 arguments, there are 2"),
            ("A $ 2", "found '$'"),
            ("", "found the end"),
            ("ä + é(1)", "a function"),
        ] {
            let error = Expression::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(Expression::parse(&"(".repeat(100_000)).is_err());
        assert!(Expression::parse(&"-".repeat(100_000)).is_err());
        assert!(Expression::parse(&"2**".repeat(100_000)).is_err());
        assert!(Expression::parse(&"(".repeat(5_000)).is_err(), "by depth, not by length");
        assert!(Expression::parse(&format!("1{}", "+1".repeat(100_000))).is_err());
        assert_eq!(eval(&format!("1{}", "+1".repeat(4_000))), 4001.0);
    }

    #[test]
    fn types_and_nodata_follow_the_inputs() {
        let calc = |text: &str| Calc::new(Expression::parse(text).unwrap(), &["A"]).unwrap();
        let mut info = RasterInfo::new(1, 1, 1, DataType::U8);
        assert_eq!(calc("A / 2").result(&[&info]), (DataType::F32, Some(Nodata::Float(f64::NAN))));
        assert_eq!(calc("A > 2").result(&[&info]), (DataType::U8, None));
        info.bands[0].nodata = Some(Nodata::Int(7));
        info.bands[0].mask = MaskKind::Nodata;
        assert_eq!(calc("A > 2").result(&[&info]), (DataType::U8, Some(Nodata::Int(7))));
        info.data_type = DataType::I32;
        assert_eq!(calc("A * 2").result(&[&info]).0, DataType::F64);
        assert_eq!(
            calc("A").with_data_type(DataType::I16).ignoring_nodata().result(&[&info]),
            (DataType::I16, None)
        );
        assert!(Calc::new(Expression::parse("Z").unwrap(), &["A"]).is_err());
    }
}
