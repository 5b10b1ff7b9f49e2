//! Expressions over bands: `(B - A) / (B + A)`, `where(A > 10, A, nan)`.
//!
//! # Language
//! - Names are inputs: `A` is the first band of the input called A, `A[3]` its third.
//! - Numbers: `1`, `2.5e-3`; `nan`, `inf`, `pi`, `e`.
//! - `+ - * / % **` (`^` is the same as `**`), `< <= > >= == !=`, `and or not` (also `&& || !`, `& | ~`),
//!   parentheses. `**` binds strongest and to the right, then the unary signs, as in Python; comparisons do not
//!   chain.
//! - Functions: `abs sqrt cbrt exp ln log log10 log2 sin cos tan asin acos atan sinh cosh tanh floor ceil round trunc
//!   sign radians degrees isnan` of one argument, `atan2 hypot pow mod` of two, `where(c, a, b)` and
//!   `clamp(x, low, high)` of three, `min max sum mean` of any number. numpy's names (`arctan2`, `minimum`,
//!   `maximum`, `power`, `clip`, `deg2rad`, `rad2deg`) mean the same. `log` is the natural logarithm, as in numpy.
//!
//! # Values
//! Everything is computed in f64. A pixel without data (nodata, mask, alpha 0, NaN) is NaN, and NaN in gives NaN out, in
//! comparisons and logic too. `isnan` asks for it, and `where` and `min`, `max`, `sum`, `mean` do not look at what they do
//! not need: `where(isnan(A), 0, A)` fills holes; `min`, `max`, `sum`, `mean` skip NaN and are NaN only when every argument is.
//! True is 1, false is 0; anything but 0 counts as true.

//!
//! # Speed
//! Each operation is one loop over a chunk of pixels, compiled for every SIMD level and chosen at run time; the columns stay
//! in the cache. `floor(A / 2) + 1` over u16 takes a few per cent of what decoding and encoding Deflate take, so there are no
//! registers of other types than f64, which would round differently.

mod columns;
mod function;
mod operators;
mod parse;
mod program;

pub use function::Calc;
pub use parse::{Expression, Variable};
