//! Predictor 3: the bytes of a row's floats ordered by significance (all the most significant ones first), then each
//! byte minus the byte of the same band to its left.

/// Undo it in place: rows of `numbers` floats of `size` bytes, `samples` of them per pixel.
pub(super) fn undo(block: &mut [u8], numbers: usize, size: usize, samples: usize, planes: &mut Vec<u8>) {
    let row_len = numbers * size;
    if row_len == 0 {
        return;
    }
    planes.resize(row_len, 0);
    for row in block.chunks_exact_mut(row_len) {
        for i in samples..row_len {
            row[i] = row[i].wrapping_add(row[i - samples]);
        }
        planes.copy_from_slice(row);
        for (i, number) in row.chunks_exact_mut(size).enumerate() {
            for (k, byte) in number.iter_mut().enumerate() {
                *byte = planes[(size - 1 - k) * numbers + i];
            }
        }
    }
}

/// Apply it in place; see [`undo`].
pub(super) fn apply(block: &mut [u8], numbers: usize, size: usize, samples: usize, planes: &mut Vec<u8>) {
    let row_len = numbers * size;
    if row_len == 0 {
        return;
    }
    planes.resize(row_len, 0);
    for row in block.chunks_exact_mut(row_len) {
        for (i, number) in row.chunks_exact(size).enumerate() {
            for (k, &byte) in number.iter().enumerate() {
                planes[(size - 1 - k) * numbers + i] = byte;
            }
        }
        let first = samples.min(row_len);
        row[..first].copy_from_slice(&planes[..first]);
        for ((out, right), left) in row[first..].iter_mut().zip(&planes[first..]).zip(&planes[..]) {
            *out = right.wrapping_sub(*left);
        }
    }
}
