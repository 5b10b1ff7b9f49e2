//! Huffman codes of limited length (RFC 1951, section 3.2.2).

/// A code as it is written: bits in writing order, and their number above them.
pub(super) type Code = u32;

/// The bits of a code and how many they are.
#[inline(always)]
pub(super) fn split(code: Code) -> (u64, u32) {
    (u64::from(code & 0xffff), code >> 16)
}

/// Lengths of at most `limit` bits (0 for symbols that do not occur). There are always at least two codes, since
/// some decoders refuse an incomplete one. `frequencies.len() <= 288`.
pub(super) fn code_lengths(frequencies: &[u32], limit: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    let mut symbols: [(u32, u16); 288] = [(0, 0); 288];
    let mut n = 0;
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        if frequency > 0 {
            symbols[n] = (frequency, symbol as u16);
            n += 1;
        }
    }
    let symbols = &mut symbols[..n];
    if let [] | [_] = symbols {
        let only = symbols.first().map_or(0, |&(_, symbol)| usize::from(symbol));
        lengths[only] = 1;
        lengths[usize::from(only == 0)] = 1;
        return;
    }
    symbols.sort_unstable();
    let mut counts = depths(symbols, limit);
    shorten(&mut counts, limit);
    // The rarest symbols get the longest codes.
    let mut rarest_first = symbols.iter();
    for length in (1..=limit).rev() {
        for &(_, symbol) in rarest_first.by_ref().take(counts[length] as usize) {
            lengths[usize::from(symbol)] = length as u8;
        }
    }
}

/// How many codes have each length in the Huffman tree of sorted symbols, longer ones counted as `limit`.
fn depths(symbols: &[(u32, u16)], limit: usize) -> [u32; 16] {
    let n = symbols.len();
    // Nodes in the order in which they are joined: leaves, then inner nodes, both by weight.
    let mut weights = [0_u32; 2 * 288];
    let mut parents = [0_u16; 2 * 288];
    for (weight, &(frequency, _)) in weights.iter_mut().zip(symbols) {
        *weight = frequency;
    }
    let (mut leaf, mut inner) = (0, n);
    for node in n..2 * n - 1 {
        for _ in 0..2 {
            let child = if leaf < n && (inner >= node || weights[leaf] <= weights[inner]) {
                leaf += 1;
                leaf - 1
            } else {
                inner += 1;
                inner - 1
            };
            weights[node] = weights[node].saturating_add(weights[child]);
            parents[child] = node as u16;
        }
    }
    let mut depth = [0_u16; 2 * 288];
    let mut counts = [0; 16];
    for node in (0..2 * n - 2).rev() {
        depth[node] = depth[usize::from(parents[node])] + 1;
        if node < n {
            counts[usize::from(depth[node]).min(limit)] += 1;
        }
    }
    counts
}

/// After cutting at `limit` the codes need more room than there is: lengthen some, then use up what is left.
fn shorten(counts: &mut [u32; 16], limit: usize) {
    let full = 1_i64 << limit;
    let mut used: i64 = (1..=limit).map(|l| i64::from(counts[l]) << (limit - l)).sum();
    while used > full {
        let Some(length) = (1..limit).rev().find(|&l| counts[l] > 0) else { return };
        counts[length] -= 1;
        counts[length + 1] += 1;
        used -= 1 << (limit - length - 1);
    }
    while used < full {
        let fits = |l: &usize| counts[*l] > 0 && 1_i64 << (limit - l) <= full - used;
        let Some(length) = (2..=limit).rev().find(fits) else { return };
        counts[length] -= 1;
        counts[length - 1] += 1;
        used += 1 << (limit - length);
    }
}

/// The codes that belong to lengths.
pub(super) fn codes(lengths: &[u8], codes: &mut [Code]) {
    let mut next = [0_u32; 17];
    for &length in lengths {
        next[usize::from(length) + 1] += u32::from(length > 0);
    }
    let mut first = 0;
    for count in &mut next[1..] {
        first = (first + *count) << 1;
        *count = first;
    }
    for (code, &length) in codes.iter_mut().zip(lengths) {
        *code = 0;
        if length > 0 {
            let value = &mut next[usize::from(length)];
            *code = value.reverse_bits() >> (32 - u32::from(length)) | u32::from(length) << 16;
            *value += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_complete_and_limited() {
        let mut random = 1_u32;
        for n in [2_usize, 3, 19, 30, 286] {
            for limit in [9_usize, 14, 15] {
                for shape in 0..3 {
                    let frequencies: Vec<u32> = (0..n)
                        .map(|i| {
                            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            match shape {
                                0 => random >> 24,
                                1 => 1 << (i % 30),
                                _ => 1,
                            }
                        })
                        .collect();
                    let mut lengths = vec![0; n];
                    code_lengths(&frequencies, limit, &mut lengths);
                    let kraft: f64 =
                        lengths.iter().filter(|l| **l > 0).map(|l| 0.5_f64.powi((*l).into())).sum();
                    assert_eq!(kraft, 1.0, "{n} symbols, limit {limit}, shape {shape}");
                    assert!(lengths.iter().all(|l| usize::from(*l) <= limit));
                    assert!(frequencies.iter().zip(&lengths).all(|(f, l)| *f == 0 || *l > 0));
                }
            }
        }
    }

    #[test]
    fn no_and_one_symbol_give_two_codes() {
        for frequencies in [[0, 0, 0], [7, 0, 0], [0, 0, 7]] {
            let mut lengths = [9; 3];
            code_lengths(&frequencies, 15, &mut lengths);
            assert_eq!(lengths.iter().filter(|l| **l == 1).count(), 2);
        }
    }

    #[test]
    fn codes_of_the_rfc() {
        // RFC 1951, section 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4).
        let mut out = [0; 8];
        codes(&[3, 3, 3, 3, 3, 2, 4, 4], &mut out);
        let expected = [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111];
        for (code, expected) in out.into_iter().zip(expected) {
            let (bits, length) = split(code);
            assert_eq!((bits as u32).reverse_bits() >> (32 - length), expected);
        }
    }
}
