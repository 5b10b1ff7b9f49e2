//! Points on the command line, and coordinate systems that they are in.

use crs::{Crs, Transformer};
use raster_core::{Error, Result};
use std::io::BufRead;

/// A place, and its height where one is stated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) height: Option<f64>,
}

/// x and y, once or more, or one x, y and height; from standard input, a line a point, when there are none.
pub(crate) fn from_arguments_or_input(numbers: &[f64]) -> Result<Vec<Point>> {
    if numbers.is_empty() {
        return std::io::stdin().lock().lines().filter_map(|line| parse(&line.ok()?).transpose()).collect();
    }
    if let [x, y, height] = *numbers {
        return Ok(vec![Point { x, y, height: Some(height) }]);
    }
    if !numbers.len().is_multiple_of(2) {
        return Err(Error::misuse(format!("{} numbers are not pairs of x and y", numbers.len())));
    }
    Ok(numbers.chunks_exact(2).map(|p| Point { x: p[0], y: p[1], height: None }).collect())
}

/// `x y` or `x,y`, and a height; `None` for an empty line.
fn parse(line: &str) -> Result<Option<Point>> {
    let wrong = || Error::misuse(format!("'{line}' is not a point: x y, or x y height"));
    let number = |text: &str| text.parse().map_err(|_| wrong());
    let parts: Vec<&str> =
        line.split(|c: char| c == ',' || c.is_whitespace()).filter(|p| !p.is_empty()).collect();
    match parts[..] {
        [] => Ok(None),
        [x, y] => Ok(Some(Point { x: number(x)?, y: number(y)?, height: None })),
        [x, y, height] => Ok(Some(Point { x: number(x)?, y: number(y)?, height: Some(number(height)?) })),
        _ => Err(wrong()),
    }
}

/// A coordinate system as a person writes it.
pub(crate) fn crs(text: &str) -> Result<Crs> {
    let short = text.chars().take(60).collect::<String>();
    Crs::parse(text).map_err(|e| Error::misuse(format!("coordinate system '{short}'")).with_source(e))
}

/// The way from one to another.
pub(crate) fn transformer(from: &str, to: &str) -> Result<Transformer> {
    Transformer::new(&crs(from)?, &crs(to)?)
        .map_err(|e| Error::misuse(format!("no way from '{from}' to '{to}'")).with_source(e))
}
