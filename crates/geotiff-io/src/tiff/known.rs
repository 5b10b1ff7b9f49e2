//! Parts of a source that were read and are kept, so that no byte is read twice.

use bytes::Bytes;
use std::{
    ops::Range,
    sync::{PoisonError, RwLock},
};

/// Bytes and where they begin, sorted, none over another.
#[derive(Debug, Default)]
pub(crate) struct KnownBytes(RwLock<Vec<(u64, Bytes)>>);

fn end(part: &(u64, Bytes)) -> u64 {
    part.0 + part.1.len() as u64
}

impl KnownBytes {
    /// All parts.
    pub(crate) fn parts(&self) -> Vec<(u64, Bytes)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// The bytes of ranges, when all of them are here.
    pub(crate) fn cut(&self, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ranges.iter().map(|r| cut(r, &parts)).collect()
    }
    /// Keep what begins at `offset`; of what was known already the older bytes stay.
    pub(crate) fn insert(&self, offset: u64, bytes: &Bytes) {
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for gap in gaps(&(offset..offset + bytes.len() as u64), &parts) {
            let part = bytes.slice((gap.start - offset) as usize..(gap.end - offset) as usize);
            let at = parts.partition_point(|p| p.0 < gap.start);
            parts.insert(at, (gap.start, part));
        }
    }
    /// Forget everything.
    pub(crate) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Vec::new();
    }
}

/// What of a range is in none of the parts.
pub(crate) fn gaps(range: &Range<u64>, parts: &[(u64, Bytes)]) -> Vec<Range<u64>> {
    let mut gaps = Vec::new();
    let mut at = range.start;
    for part in &parts[parts.partition_point(|p| end(p) <= range.start)..] {
        if part.0 >= range.end {
            break;
        }
        if part.0 > at {
            gaps.push(at..part.0);
        }
        at = at.max(end(part));
    }
    if at < range.end {
        gaps.push(at..range.end);
    }
    gaps
}

/// The bytes of a range from the parts, when they have all of them: a slice where one part has the whole range.
pub(crate) fn cut(range: &Range<u64>, parts: &[(u64, Bytes)]) -> Option<Bytes> {
    if range.is_empty() {
        return Some(Bytes::new());
    }
    let first = parts.partition_point(|p| end(p) <= range.start);
    let slice = |part: &(u64, Bytes), from: u64, to: u64| {
        part.1.slice((from - part.0) as usize..(to - part.0) as usize)
    };
    match parts.get(first) {
        Some(part) if part.0 <= range.start && end(part) >= range.end => {
            return Some(slice(part, range.start, range.end));
        }
        _ => {}
    }
    let mut joined = Vec::new();
    let mut at = range.start;
    for part in parts.get(first..)? {
        if at == range.end || part.0 > at {
            break;
        }
        let to = end(part).min(range.end);
        joined.extend_from_slice(&slice(part, at, to));
        at = to;
    }
    (at == range.end).then(|| joined.into())
}

/// Ranges that cover those given (in any order), sorted, with those in one that have at most `max_gap` bytes between
/// them, unless something known lies there.
pub(crate) fn coalesced(
    mut ranges: Vec<Range<u64>>,
    max_gap: u64,
    known: &[(u64, Bytes)],
) -> Vec<Range<u64>> {
    ranges.sort_by_key(|r| r.start);
    let mut out: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last)
                if range.start <= last.end
                    || (range.start - last.end <= max_gap && unknown(&(last.end..range.start), known)) =>
            {
                last.end = last.end.max(range.end);
            }
            _ => out.push(range),
        }
    }
    out
}

/// Is nothing of the range known?
fn unknown(range: &Range<u64>, known: &[(u64, Bytes)]) -> bool {
    let after = known.partition_point(|p| end(p) <= range.start);
    known.get(after).is_none_or(|p| p.0 >= range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_set_of_parts() {
        let all: Bytes = (0u8..12).collect::<Vec<_>>().into();
        for set in 0..1u32 << 12 {
            let known = KnownBytes::default();
            let has = |i: u64| set >> i & 1 == 1;
            for i in (0..12).rev().filter(|&i| has(i)) {
                // Overlaps with what is there already.
                let to = (i..12).take_while(|&k| has(k)).count() as u64 + i;
                known.insert(i, &all.slice(i as usize..to as usize));
            }
            let parts = known.parts();
            for range in [0..12, 3..7, 5..6, 4..4] {
                let whole = range.clone().all(has);
                let expected = whole.then(|| all.slice(range.start as usize..range.end as usize));
                assert_eq!(cut(&range, &parts), expected, "{set:b} {range:?}");
                let missing: Vec<u64> = range.clone().filter(|&i| !has(i)).collect();
                let gaps = gaps(&range, &parts);
                assert_eq!(gaps.iter().cloned().flatten().collect::<Vec<_>>(), missing);
                let merged = coalesced(gaps, 3, &parts);
                assert!(
                    merged.iter().cloned().flatten().all(|i| !has(i)),
                    "nothing known is asked for again"
                );
            }
        }
    }

    #[test]
    fn neighbours_become_one() {
        let ranges = vec![20..25, 0..4, 6..10, 9..12, 40..41];
        assert_eq!(coalesced(ranges.clone(), 2, &[]), [0..12, 20..25, 40..41]);
        assert_eq!(coalesced(ranges.clone(), 0, &[]), [0..4, 6..12, 20..25, 40..41]);
        let known = [(4, Bytes::from_static(b"x"))];
        assert_eq!(coalesced(ranges, 8, &known), [0..4, 6..25, 40..41]);
    }
}
