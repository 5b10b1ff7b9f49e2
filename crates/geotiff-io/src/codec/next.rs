//! NeXT's 2-bit grey (compression 32766): rows that are literal, white but for a span, or made of runs.

/// A row as it is.
const LITERAL_ROW: u8 = 0;
/// A white row with a part that is as it is.
const LITERAL_SPAN: u8 = 0x40;

/// Decode rows of `row_len` bytes (`width` pixels of two bits) into `out`; returns how many bytes were written. Damage
/// ends it early, always between rows.
pub(super) fn decode(input: &[u8], width: usize, row_len: usize, out: &mut [u8]) -> usize {
    let mut input = input;
    let mut done = 0;
    for row in out.chunks_exact_mut(row_len.max(1)) {
        let Some(rest) = decode_row(input, width, row) else { break };
        input = rest;
        done += row.len();
    }
    done
}

/// Decode a row; what is behind it, or `None` for damage.
fn decode_row<'a>(input: &'a [u8], width: usize, row: &mut [u8]) -> Option<&'a [u8]> {
    let (&code, mut input) = input.split_first()?;
    row.fill(0xff);
    match code {
        LITERAL_ROW => {
            let (literal, rest) = input.split_at_checked(row.len())?;
            row.copy_from_slice(literal);
            Some(rest)
        }
        LITERAL_SPAN => {
            let (&[a, b, c, d], rest) = input.split_first_chunk()?;
            let (from, len) =
                (usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d])));
            let (literal, rest) = rest.split_at_checked(len)?;
            row.get_mut(from..from + len)?.copy_from_slice(literal);
            Some(rest)
        }
        mut run => {
            let mut pixel = 0;
            loop {
                let grey = run >> 6;
                for _ in 0..(run & 0x3f) {
                    if pixel == width {
                        break;
                    }
                    let shift = 6 - 2 * (pixel % 4);
                    let byte = row.get_mut(pixel / 4)?;
                    // What the last byte has behind the last pixel is 0.
                    *byte = if pixel % 4 == 0 { grey << 6 } else { *byte | grey << shift };
                    pixel += 1;
                }
                if pixel == width {
                    return Some(input);
                }
                (run, input) = input.split_first().map(|(r, i)| (*r, i))?;
            }
        }
    }
}
