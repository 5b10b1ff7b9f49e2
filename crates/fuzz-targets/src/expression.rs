//! Expressions of `mucho calc`.

use mucho::{
    Job, MemorySink,
    calc::{Calc, Expression},
};
use ndarray::Array3;
use raster_core::{DataType, MemoryRaster};

/// The bytes are an expression. What parses is computed over a few pixels, twice with the same result.
///
/// # Panics
/// When that does not hold.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(error.to_string().contains("expression"), "{error}");
            return;
        }
    };
    let mut names: Vec<String> = expression.variables().iter().map(|v| v.name.clone()).collect();
    names.sort();
    names.dedup();
    if names.len() > 8 {
        return;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let calc = Calc::new(expression, &names).expect("every name is there").with_data_type(DataType::F64);
    let run = || {
        let output = MemorySink::new(DataType::F64, (1, 2, 5));
        let source = || {
            let values = [0.0, 1.0, -2.5, f64::NAN, f64::INFINITY, 1e308, -0.0, 3.0, 255.0, 0.1];
            MemoryRaster::new(Array3::from_shape_fn((2, 2, 5), |(b, r, c)| {
                values[r * 5 + c] * (b + 1) as f64
            }))
        };
        let count = names.len().max(1);
        let job = (0..count).fold(Job::new(calc.clone()), |job, _| job.input(source()));
        job.output(output.clone()).workers(1).run().map(|_| output.to_array())
    };
    match (run(), run()) {
        (Ok(a), Ok(b)) => assert!(crate::file::same(&a, &b), "{text}: two results"),
        (Err(_), Err(_)) => {}
        _ => panic!("{text}: once an error, once not"),
    }
}
