//! Which bytes to copy from earlier ones.
//!
//! After a predictor most bytes are noise. A copy is taken only when it is cheaper than its bytes are as literals, by
//! the histogram of the whole block; and the cheapest search looks only at the distances where rasters repeat: the
//! byte, the pixel and the row before.

use super::repeats::{BYTE, PIXEL, ROW, Repeats};
use super::{Distances, WINDOW};

/// What a copy must save, in eighths of a bit.
const MARGIN: i32 = 8;
/// The shortest copy that the format has. A repeat may be longer and yet end here: a block's end cuts it.
const SHORTEST: usize = 3;
/// Copies are found by their first bytes.
const MIN_LENGTH: usize = 4;
const MAX_LENGTH: usize = 258;
const HASH_BITS: u32 = 15;

/// Literals, and then a copy (none at the end of a block: `length` 0).
#[derive(Clone, Copy)]
pub(super) struct Sequence {
    pub(super) literals: u32,
    pub(super) length: u16,
    /// 0 stands for 65536, which does not occur; distances end at 32768.
    pub(super) distance: u16,
}

/// How to look for copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// Not at all.
    Never,
    /// At the distances of a byte, a pixel and a row.
    Fixed,
    /// As `Fixed`, and copies of at least eight bytes by one look into a hash table.
    Quick,
    /// By a hash table of four bytes; a copy waits for a better one at the next byte.
    Hash,
}

/// What each byte costs as a literal, in eighths of a bit, by the histogram.
pub(super) fn literal_costs(histogram: &[u32; 256]) -> [i32; 256] {
    let total: u32 = histogram.iter().sum();
    histogram.map(|n| match n {
        0 => 96,
        n => (libm::log2f(total as f32 / n as f32) * 8.0).clamp(6.0, 112.0) as i32,
    })
}

/// Extra bits of a distance, and its symbol.
#[inline(always)]
pub(super) fn distance_symbol(distance: usize) -> (usize, u32) {
    let d = distance as u32 - 1;
    if d < 4 {
        return (d as usize, 0);
    }
    let extra = 30 - d.leading_zeros();
    ((2 * (extra + 1) + (d >> extra & 1)) as usize, extra)
}

/// First lengths of the length symbols 257…, and their extra bits.
pub(super) const LENGTH_BASE: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
];
pub(super) const LENGTH_EXTRA: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/// The length symbol, from 0, of each length.
pub(super) static LENGTH_SYMBOL: [u8; MAX_LENGTH + 1] = {
    let mut table = [0; MAX_LENGTH + 1];
    let mut length = 3;
    while length <= MAX_LENGTH {
        let mut symbol = 28;
        while LENGTH_BASE[symbol] as usize > length {
            symbol -= 1;
        }
        table[length] = symbol as u8;
        length += 1;
    }
    table
};

#[inline(always)]
fn four(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// How many bytes from `a` and `b` on are equal, up to `max`; `a < b`, `b + max <= bytes.len()`.
#[inline(always)]
fn common(bytes: &[u8], a: usize, b: usize, max: usize) -> usize {
    let (left, right) = (&bytes[a..a + max], &bytes[b..b + max]);
    let (left_words, right_words) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
    for (i, (x, y)) in left_words.iter().zip(right_words).enumerate() {
        let difference = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if difference != 0 {
            return i * 8 + (difference.trailing_zeros() / 8) as usize;
        }
    }
    let tail = left_words.len() * 8;
    tail + left[tail..].iter().zip(&right[tail..]).take_while(|(x, y)| x == y).count()
}

/// Finds copies; keeps its hash table between blocks.
pub(super) struct Finder {
    /// The two last places, counted from 1, where four bytes of this hash were seen.
    table: Vec<[u32; 2]>,
    repeats: Repeats,
    /// What was found in the last block.
    pub(super) sequences: Vec<Sequence>,
}

impl Default for Finder {
    fn default() -> Self {
        Self { table: vec![[0; 2]; 1 << HASH_BITS], repeats: Repeats::default(), sequences: Vec::new() }
    }
}

impl Finder {
    /// Forget what was seen: a new stream begins.
    pub(super) fn reset(&mut self) {
        self.table.fill([0; 2]);
    }

    /// Fill `sequences` for `bytes[start..end]`; returns the bits saved, in eighths.
    pub(super) fn run(
        &mut self,
        search: Search,
        bytes: &[u8],
        (start, end): (usize, usize),
        distances: Distances,
        costs: &[i32; 256],
    ) -> i64 {
        self.sequences.clear();
        let (saved, literals_from) = match search {
            Search::Never => (0, start),
            Search::Fixed => self.fixed(bytes, start, end, distances, costs),
            Search::Quick => self.quick(bytes, start, end, distances, costs),
            Search::Hash => self.hashed(bytes, start, end, distances, costs),
        };
        if literals_from < end {
            self.push(end - literals_from, 0, 0);
        }
        saved
    }

    fn push(&mut self, literals: usize, length: usize, distance: usize) {
        self.sequences.push(Sequence {
            literals: literals as u32,
            length: length as u16,
            distance: distance as u16,
        });
    }

    fn fixed(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        distances: Distances,
        costs: &[i32; 256],
    ) -> (i64, usize) {
        let distances = distances.usable();
        self.repeats.find(bytes, start, end, distances);
        let (mut at, mut literals_from, mut saved) = (start, start, 0);
        while at < end {
            let gap = self.repeats.gap(at);
            if gap > 0 {
                at += gap;
                continue;
            }
            let (length, distance, gain) = self.repeated(bytes, at, end, distances, costs);
            if gain <= MARGIN {
                at += 1;
                continue;
            }
            saved += i64::from(gain);
            self.push(at - literals_from, length, distance);
            at += length;
            literals_from = at;
        }
        (saved, literals_from)
    }

    /// The best copy at a flagged place: length, distance, and eighths of a bit saved.
    #[inline(always)]
    fn repeated(
        &self,
        bytes: &[u8],
        at: usize,
        end: usize,
        distances: Distances,
        costs: &[i32; 256],
    ) -> (usize, usize, i32) {
        // A length code, a distance code (rare distances longer), and the distance's extra bits.
        let price = |distance| 8 * (10 + distance_symbol(distance).1 as i32);
        let flags = self.repeats.at(at);
        let max = (end - at).min(MAX_LENGTH);
        let (mut length, mut distance, mut cost) = (0, 1, 8 * 8);
        if flags & BYTE != 0 {
            length = common(bytes, at - 1, at, max);
        }
        if flags & PIXEL != 0 && distances.pixel != 1 {
            let n = common(bytes, at - distances.pixel, at, max);
            if n > length {
                (length, distance, cost) = (n, distances.pixel, price(distances.pixel));
            }
        }
        if flags & ROW != 0 && distances.row != 1 {
            let n = common(bytes, at - distances.row, at, max);
            if n > length + 1 {
                (length, distance, cost) = (n, distances.row, price(distances.row));
            }
        }
        if length < SHORTEST {
            return (0, 1, i32::MIN);
        }
        (length, distance, literal_price(bytes, at, length, costs) - cost)
    }

    /// As `fixed`, and where nothing repeats one look into a hash table of eight bytes: shorter
    /// copies cost more time than bytes.
    fn quick(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        distances: Distances,
        costs: &[i32; 256],
    ) -> (i64, usize) {
        let distances = distances.usable();
        self.repeats.find(bytes, start, end, distances);
        let stop = end.min(bytes.len().saturating_sub(8));
        let (mut at, mut literals_from, mut saved) = (start, start, 0);
        let mut misses = 0;
        while at < stop {
            let word = eight(bytes, at);
            let slot = &mut self.table[hash_of_eight(word)];
            let place = slot[0] as usize;
            slot[0] = at as u32 + 1;
            let (mut length, mut distance, mut gain) = (0, 0, i32::MIN);
            if self.repeats.at(at) != 0 {
                (length, distance, gain) = self.repeated(bytes, at, end, distances, costs);
            }
            if place != 0 && at + 1 - place <= WINDOW && four(bytes, place - 1) == word as u32 {
                let n = common(bytes, place - 1, at, (end - at).min(MAX_LENGTH));
                let (d, extra) = (at + 1 - place, u32::from(LENGTH_EXTRA[usize::from(LENGTH_SYMBOL[n])]));
                let g = literal_price(bytes, at, n, costs) - 8 * (11 + (extra + distance_symbol(d).1) as i32);
                if n >= SHORTEST && g > gain {
                    (length, distance, gain) = (n, d, g);
                }
            }
            if gain <= MARGIN {
                // Where nothing is found for long, look less often; but see every repeat.
                misses += 1;
                at += 1;
                at += self.repeats.gap(at.min(end - 1)).min(misses / 16);
                continue;
            }
            misses = 0;
            saved += i64::from(gain);
            self.push(at - literals_from, length, distance);
            let next = at + length;
            if next < stop {
                for i in [at + 2, next - 2] {
                    self.table[hash_of_eight(eight(bytes, i))][0] = i as u32 + 1;
                }
            }
            at = next;
            literals_from = at;
        }
        (saved, literals_from)
    }

    fn hashed(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        distances: Distances,
        costs: &[i32; 256],
    ) -> (i64, usize) {
        let stop = end.min(bytes.len().saturating_sub(8));
        let (mut at, mut literals_from, mut saved) = (start, start, 0);
        let mut misses = 0;
        let gain = |at: usize, length: usize, distance: usize| {
            if length < MIN_LENGTH {
                return i32::MIN;
            }
            let extra =
                u32::from(LENGTH_EXTRA[usize::from(LENGTH_SYMBOL[length])]) + distance_symbol(distance).1;
            literal_price(bytes, at, length, costs) - 8 * (9 + extra as i32)
        };
        while at < stop {
            let (mut length, mut distance) = self.find(bytes, at, end, distances.row);
            let mut best = gain(at, length, distance);
            if best <= MARGIN {
                // Where nothing is found for long, look less often.
                misses += 1;
                at += 1 + misses / 64;
                continue;
            }
            while length < 48 && at + 1 < stop {
                let (l, d) = self.find(bytes, at + 1, end, distances.row);
                let next = gain(at + 1, l, d);
                if next <= best.saturating_add(4) {
                    break;
                }
                (at, length, distance, best) = (at + 1, l, d, next);
            }
            misses = 0;
            saved += i64::from(best);
            self.push(at - literals_from, length, distance);
            let step = if length > 32 { 4 } else { 1 };
            for i in (at + 1..(at + length).min(stop)).step_by(step) {
                let slot = &mut self.table[hash(four(bytes, i))];
                *slot = [i as u32 + 1, slot[0]];
            }
            at += length;
            literals_from = at;
        }
        (saved, literals_from)
    }

    /// The longest copy at `at` among the two last of the same hash and the row above: length and distance.
    #[inline(always)]
    fn find(&mut self, bytes: &[u8], at: usize, end: usize, row: usize) -> (usize, usize) {
        let word = four(bytes, at);
        let slot = &mut self.table[hash(word)];
        let seen = *slot;
        *slot = [at as u32 + 1, seen[0]];
        let max = (end - at).min(MAX_LENGTH);
        let (mut length, mut distance) = (0, 0);
        for place in seen {
            let place = place as usize;
            if place != 0 && at + 1 - place <= WINDOW && four(bytes, place - 1) == word {
                let n = common(bytes, place - 1, at, max);
                if n > length {
                    (length, distance) = (n, at + 1 - place);
                }
            }
        }
        if (1..=WINDOW.min(at)).contains(&row) && length < 64 && four(bytes, at - row) == word {
            let n = common(bytes, at - row, at, max);
            if n >= length {
                (length, distance) = (n, row);
            }
        }
        (length, distance)
    }
}

#[inline(always)]
fn eight(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

#[inline(always)]
fn hash_of_eight(word: u64) -> usize {
    (word.wrapping_mul(0x9E37_79B1_85EB_CA87) >> (64 - HASH_BITS)) as usize
}

#[inline(always)]
fn hash(word: u32) -> usize {
    (word.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize
}

/// What these bytes cost as literals; long runs by their beginning.
#[inline(always)]
fn literal_price(bytes: &[u8], at: usize, length: usize, costs: &[i32; 256]) -> i32 {
    let looked_at = length.min(16);
    let price: i32 = bytes[at..at + looked_at].iter().map(|&b| costs[usize::from(b)]).sum();
    if length > looked_at { price * length as i32 / looked_at as i32 } else { price }
}
