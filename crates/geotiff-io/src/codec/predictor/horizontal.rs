//! Predictor 2: each sample minus the sample of the same band to its left.

/// Add up each row in place: rows of `row_len` bytes, samples of `size` bytes, `samples` of them per pixel.
pub(super) fn undo(block: &mut [u8], row_len: usize, size: usize, samples: usize) {
    if row_len == 0 {
        return;
    }
    for row in block.chunks_exact_mut(row_len) {
        undo_row(row, size, samples);
    }
}

/// One row, one sample at a time.
fn undo_row(row: &mut [u8], size: usize, samples: usize) {
    macro_rules! accumulate {
        ($number:ty) => {{
            let numbers = row.as_chunks_mut::<{ size_of::<$number>() }>().0;
            for i in samples..numbers.len() {
                let left = <$number>::from_le_bytes(numbers[i - samples]);
                numbers[i] = <$number>::from_le_bytes(numbers[i]).wrapping_add(left).to_le_bytes();
            }
        }};
    }
    match size {
        1 => accumulate!(u8),
        2 => accumulate!(u16),
        4 => accumulate!(u32),
        _ => accumulate!(u64),
    }
}

/// Subtract in place; `copy` is a buffer to work in.
pub(super) fn apply(block: &mut [u8], row_len: usize, size: usize, samples: usize, copy: &mut Vec<u8>) {
    if row_len == 0 {
        return;
    }
    copy.resize(row_len, 0);
    for row in block.chunks_exact_mut(row_len) {
        copy.copy_from_slice(row);
        apply_row(row, copy, size, samples);
    }
}

/// One row out of its copy.
fn apply_row(row: &mut [u8], from: &[u8], size: usize, samples: usize) {
    macro_rules! difference {
        ($number:ty) => {{
            const SIZE: usize = size_of::<$number>();
            let (row, from) = (row.as_chunks_mut::<SIZE>().0, from.as_chunks::<SIZE>().0);
            let right = row.iter_mut().zip(from).skip(samples);
            for ((out, right), left) in right.zip(from) {
                let (right, left) = (<$number>::from_le_bytes(*right), <$number>::from_le_bytes(*left));
                *out = right.wrapping_sub(left).to_le_bytes();
            }
        }};
    }
    match size {
        1 => difference!(u8),
        2 => difference!(u16),
        4 => difference!(u32),
        _ => difference!(u64),
    }
}
