//! The text of GDAL_NODATA to a number.

use raster_core::{DataType, Nodata};

/// GDAL looks for a decimal comma in so many characters.
const SEARCHED: usize = 50;

/// The number that the text states for samples of a type, as GDAL reads it: the first of a list, with a decimal comma where
/// there is one before any point, without what follows; in single precision what is too large is infinite. Other than in
/// GDAL a text that begins with no number (`none`, `N/A`) is none, not 0; the spellings of NaN are NaN, not 0; and a
/// number with an exponent is that number for 64-bit integers, too. `None` also when no sample can have the value.
pub(crate) fn parse(text: &str, data_type: DataType) -> Option<Nodata> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0');
    let first = text.split_ascii_whitespace().next()?;
    let number = Nodata::parse(text).or_else(|| Nodata::parse(first)).or_else(|| {
        let whole = matches!(data_type, DataType::I64 | DataType::U64);
        let decimal = (!whole).then(|| decimal_mark(text));
        Nodata::parse(&number_at_front(text, decimal).replace(',', "."))
    })?;
    let number = in_type(number, data_type);
    number.fits(data_type).then(|| number.rounded(data_type))
}

/// A number as GDAL reads one from a text: with a decimal comma where there is one before any point, without what follows.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| number_at_front(text, Some(decimal_mark(text))).replace(',', ".").parse().ok())
}

/// A comma where one comes before any point.
fn decimal_mark(text: &str) -> u8 {
    match text.chars().take(SEARCHED).find(|c| matches!(c, ',' | '.')) {
        Some(',') => b',',
        _ => b'.',
    }
}

/// The longest beginning that is a number, or nothing that is one.
fn number_at_front(text: &str, decimal: Option<u8>) -> &str {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.starts_with(['-', '+']));
    at += digits(at);
    let Some(decimal) = decimal else { return &text[..at] };
    if bytes.get(at) == Some(&decimal) {
        at += 1 + digits(at + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = digits((at + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    &text[..at]
}

/// As it is compared with samples.
fn in_type(nodata: Nodata, data_type: DataType) -> Nodata {
    let value = nodata.to_f64();
    match data_type {
        // 2^64 is what the largest sample becomes on its way through a float.
        DataType::U64 if value == 18_446_744_073_709_551_616.0 && !matches!(nodata, Nodata::Int(_)) => {
            u64::MAX.into()
        }
        DataType::I64 if value == 9_223_372_036_854_775_808.0 && !matches!(nodata, Nodata::Int(_)) => {
            i64::MAX.into()
        }
        DataType::F32 if value.is_finite() => {
            let (min, max) = (f64::from(f32::MIN), f64::from(f32::MAX));
            // Written with too few digits it may be a little above the largest.
            if value.abs() > max * (1.0 + 1e-6) {
                f64::INFINITY.copysign(value).into()
            } else {
                f64::from(value.clamp(min, max) as f32).into()
            }
        }
        _ => nodata.rounded(data_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spellings() {
        use DataType::{F32, F64, I16, I64, U8, U64};
        let nan = f64::NAN;
        for (text, data_type, expected) in [
            ("-9999 -9999", F32, Some(-9999.0)),
            ("-9999,0", F32, Some(-9999.0)),
            ("-9999,5", F32, Some(-9999.5)),
            ("-9999,5", I16, None),
            ("1,234.5", F64, Some(1.234)),
            ("255,0,0", U8, Some(255.0)),
            ("255 0 0\0", U8, Some(255.0)),
            ("-9999.0\n", I16, Some(-9999.0)),
            ("1E3x", F64, Some(1000.0)),
            ("1e+", F64, Some(1.0)),
            ("12abc", U8, Some(12.0)),
            ("0x10", F32, Some(0.0)),
            (".5", F32, Some(0.5)),
            ("none", F32, None),
            ("N/A", U8, None),
            ("--5", I16, None),
            ("", U8, None),
            ("-", U8, None),
            (",", F64, None),
            ("-nan", F32, Some(nan)),
            ("-nan(ind)", F64, Some(nan)),
            ("NaN NaN", F32, Some(nan)),
            ("nan", U8, None),
            ("1e39", F32, Some(f64::INFINITY)),
            ("-1.7976931348623157e+308", F32, Some(f64::NEG_INFINITY)),
            ("-3.4028236e+38", F32, Some(f64::from(f32::MIN))),
            ("1.8446744073709552e+19", U64, Some(u64::MAX as f64)),
            ("18446744073709551616", U64, None),
            ("-5,5", I64, Some(-5.0)),
            ("256", U8, None),
        ] {
            let found = parse(text, data_type).map(Nodata::to_f64);
            let same =
                found == expected || (found.is_some_and(f64::is_nan) && expected.is_some_and(f64::is_nan));
            assert!(same, "{text:?} as {data_type}: {found:?}, not {expected:?}");
        }
        assert_eq!(parse("1.8446744073709552e+19", U64).unwrap().to_sample(), Some(u64::MAX));
    }
}
