//! An expression over bands.

use crate::{
    calc::Expression,
    pipeline::{fault::Fault, values::*},
};
use raster_core::{DataType, Error, Result};

options! {
    /// An expression over bands.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho calc \"(N - R) / (N + R)\" N=nir.tif R=red.tif ndvi.tif
  mucho calc \"where(A == 40, 1, 0)\" A=landcover.tif crops.tif --dtype u8
  mucho calc \"A[1] * 0.3 + A[2] * 0.59 + A[3] * 0.11\" A=aerial.tif grey.tif --dtype u8

Names: A is band 1 of the input A, A[3] its band 3. Operators: + - * / % ** < <= > >= == != and or not.
Functions: abs sqrt exp log log10 log2 sin cos tan asin acos atan sinh cosh tanh floor ceil round trunc sign radians
degrees isnan, atan2 hypot pow mod, where(c, a, b), clamp(x, low, high), min max sum mean.
Missing pixels are NaN: what is computed from them is missing, except in where, isnan, min, max, sum and mean."))]
    pub struct Calc {
        /// The expression
        pos expression: String;
        /// Type of the output; default: u8 for comparisons, f32 or f64 for all else
        [value_name = "TYPE"]
        opt dtype: DataType;
        /// Value of pixels without data
        [value_name = "VALUE", allow_hyphen_values = true]
        opt nodata: NodataAs;
        /// Take nodata values as numbers
        flag ignore_nodata;
    }
}

impl Calc {
    fn parsed(&self) -> Result<Expression> {
        Expression::parse(self.expression.as_deref().unwrap_or_default())
    }

    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        if self.expression.is_none() {
            return Err(Fault::key("expression", "is missing; for instance \"A * 2\""));
        }
        self.parsed().map_err(|e| Fault::key("expression", e.to_string()))?;
        match self.nodata {
            Some(_) if self.ignore_nodata => Err(Fault::key("nodata", "not together with `ignore_nodata`")),
            Some(NodataAs::None) => Err(Fault::key("nodata", "none: not a number")),
            _ => Ok(()),
        }
    }

    /// Do the rasters that come in have the names that are used?
    pub(super) fn check_names(&self, names: &[String]) -> std::result::Result<(), Fault> {
        let used = self.parsed().map_err(|e| Fault::key("expression", e.to_string()))?;
        match used.variables().iter().find(|v| !names.contains(&v.name)) {
            Some(other) => Err(Fault::key(
                "expression",
                format!("no input is called '{}'; there are {}", other.name, names.join(", ")),
            )),
            None => Ok(()),
        }
    }

    /// The expression over named inputs.
    pub(super) fn over(&self, names: &[String]) -> Result<crate::calc::Calc> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut calc = crate::calc::Calc::new(self.parsed()?, &names)?;
        if let Some(data_type) = self.dtype {
            calc = calc.with_data_type(data_type);
        }
        match self.nodata {
            Some(NodataAs::Value(nodata)) => calc = calc.with_nodata(nodata),
            Some(NodataAs::None) => return Err(Error::misuse("nodata none: not a number")),
            None => {}
        }
        if self.ignore_nodata {
            calc = calc.ignoring_nodata();
        }
        Ok(calc)
    }
}
