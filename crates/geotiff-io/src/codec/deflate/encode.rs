//! The encoder: chooses how to look for copies, and writes blocks with their own Huffman codes.

use super::Distances;
use super::bit_writer::BitWriter;
use super::huffman::{self, Code};
use super::search::{
    Finder, LENGTH_BASE, LENGTH_EXTRA, LENGTH_SYMBOL, Search, distance_symbol, literal_costs,
};

/// The level that looks at fixed distances only.
const FASTEST: i32 = 1;
/// The level that looks hardest.
const SLOWEST: i32 = 5;
/// Bytes that share Huffman codes.
pub(super) const BLOCK: usize = 1 << 17;
/// Bytes that are looked at to choose a search.
const SAMPLE: usize = 24 << 10;
/// Longest code of a literal or length: four literals fit between two flushes.
const LITERAL_LIMIT: usize = 14;
const DISTANCE_LIMIT: usize = 15;
/// End of a block.
const END: usize = 256;
/// Most that a stored block holds.
const STORED: usize = 65535;

/// Writes zlib streams; keeps its tables between them.
#[derive(Default)]
pub(super) struct Encoder {
    finder: Finder,
}

impl Encoder {
    /// Append `input` as a zlib stream to `out`.
    pub(super) fn encode(&mut self, input: &[u8], distances: Distances, search: Search, out: &mut Vec<u8>) {
        // 32 KiB window, no dictionary, "fast".
        out.extend_from_slice(&[0x78, 0x5e]);
        let costs = literal_costs(&histogram(input));
        self.finder.reset();
        let mut writer = BitWriter::new(out);
        let mut start = 0;
        loop {
            let end = (start + BLOCK).min(input.len());
            self.finder.run(search, input, (start, end), distances, &costs);
            self.write_block(input, start, end, end == input.len(), &mut writer);
            start = end;
            if start == input.len() {
                break;
            }
        }
        writer.finish();
        out.extend_from_slice(&simd_adler32::adler32(&input).to_be_bytes());
    }

    /// The search that pays on this input: each is tried on a sample from its middle. `None`: what repeats is spread
    /// so widely that only a general search finds it.
    pub(super) fn choose(&mut self, input: &[u8], distances: Distances, level: i32) -> Option<Search> {
        if level == SLOWEST {
            return Some(Search::Hash);
        }
        let costs = literal_costs(&histogram(input));
        let start = input.len() / 2;
        let end = (start + SAMPLE).min(input.len());
        let literals: i64 = input[start..end].iter().map(|&b| i64::from(costs[usize::from(b)])).sum();
        self.finder.reset();
        let mut share = |search| {
            let saved = self.finder.run(search, input, (start, end), distances, &costs);
            saved as f64 / literals.max(1) as f64
        };
        let fixed = share(Search::Fixed);
        if level == FASTEST {
            return Some(if fixed < 0.01 { Search::Never } else { Search::Fixed });
        }
        let quick = share(Search::Quick);
        let bits_per_byte = literals as f64 / 8.0 / (end - start).max(1) as f64;
        if bits_per_byte < 2.5 && fixed < 0.4 {
            None
        } else if quick > 1.03 * fixed + 0.002 {
            Some(Search::Quick)
        } else if fixed < 0.01 {
            Some(Search::Never)
        } else {
            Some(Search::Fixed)
        }
    }

    fn write_block(&self, input: &[u8], start: usize, end: usize, last: bool, writer: &mut BitWriter<'_>) {
        let sequences = &self.finder.sequences;
        let mut literal_counts = [0_u32; 286];
        let mut distance_counts = [0_u32; 30];
        if let [only] = sequences.as_slice()
            && only.length == 0
        {
            literal_counts[..256].copy_from_slice(&histogram(&input[start..end]));
        } else {
            let mut at = start;
            for sequence in sequences {
                for &byte in &input[at..at + sequence.literals as usize] {
                    literal_counts[usize::from(byte)] += 1;
                }
                at += sequence.literals as usize + usize::from(sequence.length);
                if sequence.length > 0 {
                    literal_counts[257 + usize::from(LENGTH_SYMBOL[usize::from(sequence.length)])] += 1;
                    distance_counts[distance_symbol(sequence.distance.into()).0] += 1;
                }
            }
        }
        literal_counts[END] = 1;
        let mut lengths = [0; 286];
        let mut distance_lengths = [0; 30];
        huffman::code_lengths(&literal_counts, LITERAL_LIMIT, &mut lengths);
        huffman::code_lengths(&distance_counts, DISTANCE_LIMIT, &mut distance_lengths);

        let bits = body_bits(&literal_counts, &lengths, &distance_counts, &distance_lengths);
        let n = end - start;
        // The header of a block with codes is at most about 300 bytes, usually 60 to 100.
        if bits / 8 + 60 >= (n + 5 * n.div_ceil(STORED).max(1)) as u64 {
            return write_stored(&input[start..end], last, writer);
        }
        writer.reserve((bits / 8) as usize + 512);
        write_header(&lengths, &distance_lengths, last, writer);
        let mut codes = [0; 286];
        let mut distance_codes = [0; 30];
        huffman::codes(&lengths, &mut codes);
        huffman::codes(&distance_lengths, &mut distance_codes);
        let mut at = start;
        for sequence in sequences {
            let literals = &input[at..at + sequence.literals as usize];
            write_literals(literals, &codes, writer);
            at += literals.len() + usize::from(sequence.length);
            if sequence.length > 0 {
                let length = usize::from(sequence.length);
                let symbol = usize::from(LENGTH_SYMBOL[length]);
                put(codes[257 + symbol], writer);
                writer.put((length - usize::from(LENGTH_BASE[symbol])) as u64, LENGTH_EXTRA[symbol].into());
                let distance = usize::from(sequence.distance);
                let (symbol, extra) = distance_symbol(distance);
                put(distance_codes[symbol], writer);
                writer.put((distance as u64 - 1) & ((1 << extra) - 1), extra);
                writer.flush();
            }
        }
        put(codes[END], writer);
        writer.flush();
    }
}

#[inline(always)]
fn put(code: Code, writer: &mut BitWriter<'_>) {
    let (bits, count) = huffman::split(code);
    writer.put(bits, count);
}

fn write_literals(literals: &[u8], codes: &[Code; 286], writer: &mut BitWriter<'_>) {
    let (fours, rest) = literals.as_chunks::<4>();
    for four in fours {
        for &byte in four {
            put(codes[usize::from(byte)], writer);
        }
        writer.flush();
    }
    for &byte in rest {
        put(codes[usize::from(byte)], writer);
    }
    writer.flush();
}

/// Bits of a block without its header.
fn body_bits(
    literals: &[u32; 286],
    lengths: &[u8; 286],
    distances: &[u32; 30],
    distance_lengths: &[u8; 30],
) -> u64 {
    let mut bits = 0;
    for (symbol, (&count, &length)) in literals.iter().zip(lengths).enumerate() {
        let extra = if symbol > END { LENGTH_EXTRA[symbol - END - 1] } else { 0 };
        bits += u64::from(count) * u64::from(length + extra);
    }
    for (symbol, (&count, &length)) in distances.iter().zip(distance_lengths).enumerate() {
        let extra = (symbol as u64 / 2).saturating_sub(1);
        bits += u64::from(count) * (u64::from(length) + extra);
    }
    bits
}

/// Blocks of bytes as they are.
fn write_stored(bytes: &[u8], last: bool, writer: &mut BitWriter<'_>) {
    writer.reserve(bytes.len() + 5 * (bytes.len() / STORED + 1) + 8);
    let mut rest = bytes;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(STORED));
        writer.put(u64::from(last && after.is_empty()), 3);
        writer.align();
        writer.bytes(&(piece.len() as u16).to_le_bytes());
        writer.bytes(&(!(piece.len() as u16)).to_le_bytes());
        writer.bytes(piece);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
}

/// The header of a block with its own codes: their lengths, run-length coded (RFC 1951, section 3.2.7).
fn write_header(lengths: &[u8; 286], distance_lengths: &[u8; 30], last: bool, writer: &mut BitWriter<'_>) {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let used = |lengths: &[u8], least: usize| {
        lengths.iter().rposition(|l| *l > 0).map_or(least, |i| (i + 1).max(least))
    };
    let (literals, distances) = (used(lengths, 257), used(distance_lengths, 1));
    let mut all = [0; 316];
    all[..literals].copy_from_slice(&lengths[..literals]);
    all[literals..literals + distances].copy_from_slice(&distance_lengths[..distances]);

    // Symbols with the value of their extra bits.
    let mut runs: [(u8, u8); 316] = [(0, 0); 316];
    let mut n = 0;
    let mut push = |symbol: u8, extra: usize| {
        runs[n] = (symbol, extra as u8);
        n += 1;
    };
    for run in all[..literals + distances].chunk_by(|a, b| a == b) {
        let (value, mut left) = (run[0], run.len());
        if value == 0 {
            while left >= 11 {
                let m = left.min(138);
                push(18, m - 11);
                left -= m;
            }
            if left >= 3 {
                push(17, left - 3);
                left = 0;
            }
        } else {
            push(value, 0);
            left -= 1;
            while left >= 3 {
                let m = left.min(6);
                push(16, m - 3);
                left -= m;
            }
        }
        for _ in 0..left {
            push(value, 0);
        }
    }
    let runs = &runs[..n];
    let mut counts = [0; 19];
    runs.iter().for_each(|&(symbol, _)| counts[usize::from(symbol)] += 1);
    let mut code_lengths = [0; 19];
    huffman::code_lengths(&counts, 7, &mut code_lengths);
    let mut codes = [0; 19];
    huffman::codes(&code_lengths, &mut codes);
    let written = ORDER.iter().rposition(|&s| code_lengths[s] > 0).map_or(4, |i| (i + 1).max(4));

    writer.put(u64::from(last) | 2 << 1, 3);
    writer.put((literals - 257) as u64 | ((distances - 1) as u64) << 5 | ((written - 4) as u64) << 10, 14);
    writer.flush();
    for &symbol in &ORDER[..written] {
        writer.put(code_lengths[symbol].into(), 3);
        writer.flush();
    }
    for &(symbol, extra) in runs {
        put(codes[usize::from(symbol)], writer);
        writer.put(extra.into(), [2, 3, 7].get(usize::from(symbol).wrapping_sub(16)).copied().unwrap_or(0));
        writer.flush();
    }
}

/// How often each byte occurs, counted in four tables so that equal neighbours do not wait for each other.
fn histogram(bytes: &[u8]) -> [u32; 256] {
    let mut tables = [[0_u32; 256]; 4];
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for (table, &byte) in tables.iter_mut().zip(four) {
            table[usize::from(byte)] += 1;
        }
    }
    for &byte in rest {
        tables[0][usize::from(byte)] += 1;
    }
    std::array::from_fn(|i| tables.iter().map(|t| t[i]).sum())
}
