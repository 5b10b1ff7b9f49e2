//! The segments of a JPEG stream (ITU-T T.81, annex B), as far as decoding or choosing a decoder needs them.

use raster_core::{Error, Result};

/// A colour component of the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, 1 to 4.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Number of the quantisation table.
    pub(super) table: usize,
}

/// What the start of frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The marker: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, 0xc3 lossless, …
    pub(super) process: u8,
    /// Bits of a sample.
    pub(super) precision: u32,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
}

/// What the head of a stream says.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) frame: Option<Frame>,
    /// Adobe's colour transform, if there is its segment.
    pub(super) adobe: Option<u8>,
}

impl Head {
    /// Does the stream say that its three components are Y, Cb and Cr? Subsampling and Adobe's segment do. A JFIF segment does
    /// not: writers put it before RGB as well (`jpeg-encoder` does, so files of ours have it), and GDAL reads those as
    /// RGB. Nor do the numbers of the components: many writers number RGB 1, 2, 3.
    pub(super) fn is_surely_ycbcr(&self) -> bool {
        let Some(frame) = self.frame.as_ref().filter(|f| f.components.len() == 3) else { return false };
        match self.adobe {
            Some(transform) => transform == 1,
            None => (frame.components[0].across, frame.components[0].down) != (1, 1),
        }
    }
}

/// A segment: its marker and what it holds, and the offset behind it.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) body: &'a [u8],
    pub(super) end: usize,
}

pub(super) const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
pub(super) const SOS: u8 = 0xda;

/// The segment at or behind `at`; `None` at the end of the stream.
pub(super) fn segment(stream: &[u8], mut at: usize) -> Option<Segment<'_>> {
    loop {
        // Fill bytes and what else lies between segments are passed over.
        let next = at + stream.get(at..)?.iter().position(|&b| b == 0xff)?;
        let marker = *stream.get(next + 1)?;
        match marker {
            0 => at = next + 2,
            0xff => at = next + 1,
            // Those that stand alone.
            0x01 | 0xd0..=0xd9 => return Some(Segment { marker, body: &[], end: next + 2 }),
            _ => {
                let len = stream.get(next + 2..next + 4)?;
                let len = usize::from(u16::from_be_bytes([len[0], len[1]]));
                let body = stream.get(next + 4..next + 2 + len)?;
                return Some(Segment { marker, body, end: next + 2 + len });
            }
        }
    }
}

/// Is it a start of frame?
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// What the segments before the first scan say.
pub(super) fn head(stream: &[u8]) -> Result<Head> {
    let mut head = Head::default();
    let mut at = 0;
    while let Some(Segment { marker, body, end }) = segment(stream, at) {
        match marker {
            0xee if body.starts_with(b"Adobe") => head.adobe = body.get(11).copied(),
            SOS | EOI => break,
            marker if is_frame(marker) => head.frame = Some(frame(marker, body)?),
            _ => {}
        }
        at = end;
    }
    Ok(head)
}

/// The start of frame.
pub(super) fn frame(process: u8, body: &[u8]) -> Result<Frame> {
    let wrong = || Error::malformed("JPEG stream: a start of frame that makes no sense");
    let (&[precision, a, b, c, d, count], rest) = body.split_first_chunk().ok_or_else(wrong)?;
    let components: Vec<Component> = rest
        .as_chunks::<3>()
        .0
        .iter()
        .take(count.into())
        .map(|&[id, sampling, table]| Component {
            id,
            across: usize::from(sampling >> 4),
            down: usize::from(sampling & 15),
            table: table.into(),
        })
        .collect();
    let sane = |c: &Component| (1..=4).contains(&c.across) && (1..=4).contains(&c.down) && c.table < 4;
    if components.len() != usize::from(count) || components.is_empty() || !components.iter().all(sane) {
        return Err(wrong());
    }
    Ok(Frame {
        process,
        precision: precision.into(),
        height: u16::from_be_bytes([a, b]).into(),
        width: u16::from_be_bytes([c, d]).into(),
        components,
    })
}
