//! The operations on numbers that expressions are made of: once for one number, and as loops over columns. Elementary
//! functions are those of `libm`, which round alike on every system.

use fearless_simd::{Level, Simd, dispatch};

/// An enum of operations; each operation's formula is written once. The arguments are named twice: as parameters, and as the
/// tuple that a pixel of their columns is.
macro_rules! operators {
    (@column $x:ident) => { &[f64] };
    (@number $x:ident) => { f64 };
    ($(#[$doc:meta])* $name:ident($($x:ident),+) of $pixel:tt { $($variant:ident => $formula:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $name {
            $($variant,)*
        }

        impl $name {
            /// For one pixel.
            pub(super) fn apply(self, $($x: f64),+) -> f64 {
                match self {
                    $(Self::$variant => $formula,)*
                }
            }
            #[inline(always)]
            fn pixel(columns: ($(operators!(@column $x),)+), i: usize) -> ($(operators!(@number $x),)+) {
                let ($($x,)+) = columns;
                ($($x[i],)+)
            }
            /// For a column of pixels, in loops that the compiler turns into vectors. Every level gives the same bits.
            pub(super) fn apply_all(self, level: Level, $($x: &[f64],)+ out: &mut [f64]) {
                dispatch!(level, simd => simd.vectorize(
                    #[inline(always)]
                    || {
                        let count = out.len();
                        $(let $x = &$x[..count];)+
                        let columns = ($($x,)+);
                        match self {
                            $(Self::$variant => for i in 0..count {
                                let $pixel = Self::pixel(columns, i);
                                out[i] = $formula;
                            })*
                        }
                    },
                ));
            }
        }
    };
}

operators! {
    /// Functions of one number.
    Unary(a) of (a,) {
        Negative => -a,
        Not => truth(a == 0.0, a.is_nan()),
        IsNan => f64::from(u8::from(a.is_nan())),
        Abs => a.abs(),
        Sign => if a == 0.0 || a.is_nan() { a } else { a.signum() },
        Sqrt => a.sqrt(),
        Floor => a.floor(),
        Ceil => a.ceil(),
        Round => a.round(),
        Trunc => a.trunc(),
        Radians => a.to_radians(),
        Degrees => a.to_degrees(),
        Square => a * a,
        Cbrt => libm::cbrt(a),
        Exp => libm::exp(a),
        Ln => libm::log(a),
        Log10 => libm::log10(a),
        Log2 => libm::log2(a),
        Sin => libm::sin(a),
        Cos => libm::cos(a),
        Tan => libm::tan(a),
        Asin => libm::asin(a),
        Acos => libm::acos(a),
        Atan => libm::atan(a),
        Sinh => libm::sinh(a),
        Cosh => libm::cosh(a),
        Tanh => libm::tanh(a),
    }
}

operators! {
    /// Functions of two numbers.
    Binary(a, b) of (a, b,) {
        Add => a + b,
        Subtract => a - b,
        Multiply => a * b,
        Divide => a / b,
        Less => truth(a < b, a.is_nan() | b.is_nan()),
        LessOrEqual => truth(a <= b, a.is_nan() | b.is_nan()),
        Greater => truth(a > b, a.is_nan() | b.is_nan()),
        GreaterOrEqual => truth(a >= b, a.is_nan() | b.is_nan()),
        Equal => truth(a == b, a.is_nan() | b.is_nan()),
        NotEqual => truth(a != b, a.is_nan() | b.is_nan()),
        And => truth((a != 0.0) & (b != 0.0), a.is_nan() | b.is_nan()),
        Or => truth((a != 0.0) | (b != 0.0), a.is_nan() | b.is_nan()),
        AtLeast => if a < b { b } else { a },
        AtMost => if a > b { b } else { a },
        // The smaller and the larger of two numbers, skipping NaN.
        Min => if (b < a) | a.is_nan() { b } else { a },
        Max => if (b > a) | a.is_nan() { b } else { a },
        // The sign of the divisor, as in Python.
        Modulo => a - b * (a / b).floor(),
        Power => libm::pow(a, b),
        Atan2 => libm::atan2(a, b),
        Hypot => libm::hypot(a, b),
    }
}

operators! {
    /// Functions of three numbers.
    Ternary(c, a, b) of (c, a, b,) {
        Where => if c.is_nan() { f64::NAN } else if c != 0.0 { a } else { b },
    }
}

/// True as 1, false as 0, NaN where an argument is missing.
#[inline(always)]
fn truth(is_true: bool, is_missing: bool) -> f64 {
    let number = if is_true { 1.0 } else { 0.0 };
    if is_missing { f64::NAN } else { number }
}

/// Functions of any number of arguments; NaN is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Min,
    Max,
    Sum,
    Mean,
}

/// Add a column to a running sum, and one to the count, where it is not NaN.
pub(super) fn accumulate(level: Level, column: &[f64], sum: &mut [f64], count: &mut [f64]) {
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || {
            for ((v, s), n) in column.iter().zip(sum).zip(count) {
                *s = if v.is_nan() { *s } else { *s + *v };
                *n += if v.is_nan() { 0.0 } else { 1.0 };
            }
        },
    ));
}

/// Sums of `count` numbers to sums or means; NaN where there were none.
pub(super) fn finish(level: Level, fold: Fold, sum: &mut [f64], count: &[f64]) {
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || {
            for (s, n) in sum.iter_mut().zip(count) {
                let result = if fold == Fold::Mean { *s / *n } else { *s };
                *s = if *n == 0.0 { f64::NAN } else { result };
            }
        },
    ));
}

pub(super) fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "abs" | "fabs" => Unary::Abs,
        "sqrt" => Unary::Sqrt,
        "cbrt" => Unary::Cbrt,
        "exp" => Unary::Exp,
        "ln" | "log" => Unary::Ln,
        "log10" => Unary::Log10,
        "log2" => Unary::Log2,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tan" => Unary::Tan,
        "asin" | "arcsin" => Unary::Asin,
        "acos" | "arccos" => Unary::Acos,
        "atan" | "arctan" => Unary::Atan,
        "sinh" => Unary::Sinh,
        "cosh" => Unary::Cosh,
        "tanh" => Unary::Tanh,
        "floor" => Unary::Floor,
        "ceil" => Unary::Ceil,
        "round" => Unary::Round,
        "trunc" => Unary::Trunc,
        "radians" | "deg2rad" => Unary::Radians,
        "degrees" | "rad2deg" => Unary::Degrees,
        "sign" => Unary::Sign,
        "isnan" => Unary::IsNan,
        _ => return None,
    })
}

pub(super) fn binary(name: &str) -> Option<Binary> {
    Some(match name {
        "atan2" | "arctan2" => Binary::Atan2,
        "hypot" => Binary::Hypot,
        "pow" | "power" => Binary::Power,
        "mod" | "fmod" | "remainder" => Binary::Modulo,
        _ => return None,
    })
}

pub(super) fn fold(name: &str) -> Option<Fold> {
    Some(match name {
        "min" | "minimum" => Fold::Min,
        "max" | "maximum" => Fold::Max,
        "sum" => Fold::Sum,
        "mean" => Fold::Mean,
        _ => return None,
    })
}
