//! World files: six lines that say where the centre of the first pixel is and how far it is to the next ones.

use raster_core::GeoTransform;

/// What a world file says; `None` where it is none.
///
/// As GDAL reads them: empty lines do not count, a decimal comma is a point, and what follows a number on its line is a remark.
/// The first two lines of numbers are A and D, then B and E, then the centre of the first pixel.
pub(super) fn parse(text: &str) -> Option<GeoTransform> {
    // Long lines and many of them are something else.
    let mut lines = text.lines().take(100).map(str::trim).filter(|l| !l.is_empty());
    let mut next = || lines.next().filter(|l| l.len() <= 100).and_then(|l| number(&l.replace(',', ".")));
    let (a, d, b, e, x, y) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let finite = [a, d, b, e, x, y].iter().all(|v| v.is_finite());
    if !finite || (a == 0.0 && b == 0.0) || (e == 0.0 && d == 0.0) {
        return None;
    }
    // From the centre of the first pixel to its corner.
    Some(GeoTransform { a, b, c: x - 0.5 * a - 0.5 * b, d, e, f: y - 0.5 * d - 0.5 * e })
}

/// The number that a text begins with, as C's `strtod`: spaces before it and anything behind it are allowed.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let longest = text.char_indices().map(|(i, c)| i + c.len_utf8()).take(64).collect::<Vec<_>>();
    let word = ["nan", "inf", "infinity"];
    longest.into_iter().rev().find_map(|end| {
        let part = &text[..end];
        let numeric =
            part.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let named = word.contains(&part.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str());
        (numeric || named).then(|| part.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first seven with the answers of GDAL 3.10.3 (`rasterio.open(…).transform`).
    #[test]
    fn as_gdal_reads_them() {
        let plain = Some([100.0, 2.0, 0.0, 200.0, 0.0, -2.0]);
        for (text, expected) in [
            ("2\n0\n0\n-2\n101\n199\n", plain),
            ("\r\n2\r\n\r\n0\r\n0\r\n-2\r\n101\r\n199", plain),
            ("2,5\n0\n0\n-2,5\n101,25\n199,75\n", Some([100.0, 2.5, 0.0, 201.0, 0.0, -2.5])),
            ("2\n0.5\n0.25\n-2\n101\n199\n", Some([99.875, 2.0, 0.25, 199.75, 0.5, -2.0])),
            ("2 x\n0\n0\n-2e0\n1.01e2\n199abc\n", plain),
            ("0\n0\n0\n-2\n101\n199\n", None),
            ("2 0 0 -2 101 199\n", None),
            ("", None),
            ("2\n0\n0\n-2\n101\n", None),
            ("nan\n0\n0\n-2\n101\n199\n", None),
            ("a\nb\nc\nd\ne\nf\n", None),
        ] {
            assert_eq!(parse(text).map(|t| t.to_gdal()), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_at_the_front() {
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (" -2e3m", Some(-2000.0)),
            ("12e", Some(12.0)),
            (".5.5", Some(0.5)),
            ("x1", None),
            ("", None),
            ("é", None),
            ("inf", Some(f64::INFINITY)),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
