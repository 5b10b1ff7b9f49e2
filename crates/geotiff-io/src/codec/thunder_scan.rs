//! ThunderScan's 4-bit grey (compression 32809): runs of the last value, small differences, and values.

/// What a difference of two bits stands for; 2 stands for no pixel.
const TWO_BITS: [i8; 4] = [0, 1, 0, -1];
/// What a difference of three bits stands for; 4 stands for no pixel.
const THREE_BITS: [i8; 8] = [0, 1, 2, 3, 0, -3, -2, -1];

/// Decode rows of `width` pixels of four bits, each row starting on a byte, into `out`; returns how many bytes were
/// written. Damage can only show as a stream that ends early.
pub(super) fn decode(input: &[u8], width: usize, out: &mut [u8]) -> usize {
    let mut input = input.iter();
    let mut done = 0;
    for row in out.chunks_exact_mut(width.div_ceil(2).max(1)) {
        let mut row = Row { bytes: row, width, pixel: 0, last: 0 };
        while row.pixel < width {
            let Some(&code) = input.next() else { return done };
            match code >> 6 {
                0 => (0..code & 0x3f).for_each(|_| row.push(row.last)),
                1 => {
                    for delta in [code >> 4 & 3, code >> 2 & 3, code & 3] {
                        if delta != 2 {
                            row.push(row.last.wrapping_add_signed(TWO_BITS[usize::from(delta)]));
                        }
                    }
                }
                2 => {
                    for delta in [code >> 3 & 7, code & 7] {
                        if delta != 4 {
                            row.push(row.last.wrapping_add_signed(THREE_BITS[usize::from(delta)]));
                        }
                    }
                }
                _ => row.push(code),
            }
        }
        done += row.bytes.len();
    }
    done
}

struct Row<'a> {
    bytes: &'a mut [u8],
    width: usize,
    pixel: usize,
    last: u8,
}

impl Row<'_> {
    /// Set the next pixel; those behind the last one are let go.
    fn push(&mut self, value: u8) {
        self.last = value & 0xf;
        if self.pixel >= self.width {
            return;
        }
        let byte = &mut self.bytes[self.pixel / 2];
        *byte = if self.pixel % 2 == 0 { self.last << 4 } else { *byte | self.last };
        self.pixel += 1;
    }
}
