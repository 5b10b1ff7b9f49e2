//! JPEG (compressions 7 and 6): 8 bit by `zune-jpeg`; up to 12 bits, lossless and old-style by [`own`]. Written by
//! `jpeg_encode.rs`.

mod markers;
mod own;

use crate::format::{BlockFormat, Compression, Photometric};
use markers::Head;
use own::Upsampling;
use raster_core::{Error, Result};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

const END: [u8; 2] = [0xff, markers::EOI];

/// Decode into `out`. YCbCr is converted to RGB: where the image says so, and where the stream does; YCCK to CMYK. All
/// others come as they are stored.
///
/// A stream may be smaller than the block (what is missing is 0) but not larger. One whose end marker is missing is read.
pub(super) fn decode(format: &BlockFormat, input: &[u8], rows: usize, out: &mut [u8]) -> Result<()> {
    if format.compression == Compression::OldJpeg {
        return decode_old(format, input, rows, out);
    }
    let merged = format.jpeg_tables.as_ref().map(|tables| with_tables(tables, input)).transpose()?;
    let stream = merged.as_deref().unwrap_or(input);
    let head = markers::head(stream)?;
    match &head.frame {
        Some(frame) if frame.process == 0xc3 || frame.precision != 8 => {
            decode_by_own(format, stream, rows, out, Upsampling::Smooth)
        }
        _ if format.bits != 8 => Err(Error::unsupported(format!(
            "a JPEG stream of 8 bits where samples of {} bits are expected",
            format.bits
        ))),
        _ => match decode_8_bits(format, &head, stream, rows, out) {
            Err(_) if !stream.ends_with(&END) => {
                let ended = [stream, &END].concat();
                decode_8_bits(format, &head, &ended, rows, out)
            }
            result => result,
        },
    }
}

fn decode_8_bits(
    format: &BlockFormat,
    head: &Head,
    stream: &[u8],
    rows: usize,
    out: &mut [u8],
) -> Result<()> {
    let malformed = |error| Error::malformed(format!("JPEG stream: {error}"));
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(format.width)
        .set_max_height(format.height.max(rows));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
    decoder.decode_headers().map_err(malformed)?;
    let info = decoder.info().ok_or_else(|| Error::malformed("JPEG stream: no frame"))?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    check_components(format, info.components.into())?;
    if width > format.width || height > format.height.max(rows) {
        return Err(Error::malformed(format!(
            "a JPEG block of {width} × {height} pixels where {} × {rows} are expected",
            format.width
        )));
    }
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    let ycbcr = match format.photometric {
        Photometric::YCbCr => format.samples == 3,
        Photometric::Rgb => format.samples == 3 && head.is_surely_ycbcr(),
        _ => false,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(if ycbcr { ColorSpace::RGB } else { stored }));
    let row_len = format.width * format.samples;
    if (width, height) == (format.width, rows) {
        decoder.decode_into(out).map_err(malformed)?;
    } else {
        let mut pixels = vec![0; width * height * format.samples];
        decoder.decode_into(&mut pixels).map_err(malformed)?;
        out.fill(0);
        for (out, pixels) in out.chunks_exact_mut(row_len).zip(pixels.chunks_exact(width * format.samples)) {
            out[..pixels.len()].copy_from_slice(pixels);
        }
    }
    if is_ycck(format, head.adobe) {
        for [y, cb, cr, _] in out.as_chunks_mut::<4>().0 {
            let rgb = rgb([*y, *cb, *cr].map(u16::from), 8);
            [*y, *cb, *cr] = rgb.map(|v| 255 - v as u8);
        }
    }
    Ok(())
}

/// Are the components those of CMYK, three of them stored as Y, Cb, Cr of their complements?
fn is_ycck(format: &BlockFormat, adobe: Option<u8>) -> bool {
    format.photometric == Photometric::Separated && format.samples == 4 && adobe == Some(2)
}

fn check_components(format: &BlockFormat, components: usize) -> Result<()> {
    if components == format.samples {
        return Ok(());
    }
    Err(Error::malformed(format!(
        "a JPEG block of {components} components where {} samples are expected",
        format.samples
    )))
}

/// Decode what `zune-jpeg` does not, into samples of one or two bytes.
fn decode_by_own(
    format: &BlockFormat,
    stream: &[u8],
    rows: usize,
    out: &mut [u8],
    upsampling: Upsampling,
) -> Result<()> {
    let size = format.data_type.size();
    // Writers of DNG may lay a row of one component out as shorter rows of two.
    let samples_of_row = format.width * format.samples;
    let picture = own::decode(stream, (samples_of_row, format.height.max(rows)), upsampling)?;
    let (frame, planes) = (&picture.frame, picture.planes);
    if !(1..=2).contains(&size) || usize::from(format.bits) > 8 * size || frame.precision > 8 * size as u32 {
        return Err(Error::unsupported(format!(
            "a JPEG stream of {} bits where samples of {} bits are expected",
            frame.precision, format.bits
        )));
    }
    let components = planes.len();
    let folded = frame.process == 0xc3 && components * frame.width == samples_of_row;
    if !folded {
        check_components(format, components)?;
        if frame.width > format.width {
            return Err(Error::malformed(format!(
                "a JPEG block of {} columns where {} are expected",
                frame.width, format.width
            )));
        }
    }
    let convert = components == 3
        && match format.photometric {
            Photometric::YCbCr => picture.adobe != Some(0),
            Photometric::Rgb => markers::head(stream)?.is_surely_ycbcr(),
            _ => false,
        };
    out.fill(0);
    let mut pixel = vec![0u16; components];
    for (y, out) in out.chunks_exact_mut((samples_of_row * size).max(1)).take(frame.height).enumerate() {
        for (x, out) in out.chunks_exact_mut(components * size).take(frame.width).enumerate() {
            for (sample, plane) in pixel.iter_mut().zip(&planes) {
                *sample = plane[y * frame.width + x];
            }
            if let ([a, b, c], true) = (&mut pixel[..], convert) {
                [*a, *b, *c] = rgb([*a, *b, *c], frame.precision);
            }
            for (sample, out) in pixel.iter().zip(out.chunks_exact_mut(size)) {
                out.copy_from_slice(&sample.to_le_bytes()[..size]);
            }
        }
    }
    Ok(())
}

/// YCbCr to RGB as libjpeg and libtiff compute it.
fn rgb([y, cb, cr]: [u16; 3], precision: u32) -> [u16; 3] {
    let (middle, top) = (1i64 << (precision - 1), (1i64 << precision) - 1);
    let (y, cb, cr) = (i64::from(y), i64::from(cb) - middle, i64::from(cr) - middle);
    let rounded = |v: i64| (v + (1 << 15)) >> 16;
    let all = [y + rounded(91881 * cr), y + rounded(-22554 * cb - 46802 * cr), y + rounded(116_130 * cb)];
    all.map(|v| v.clamp(0, top) as u16)
}

/// Old-style JPEG (compression 6): each strip is a stream of its own, or the data of one whose head is elsewhere
/// ([`BlockFormat::jpeg_tables`]).
fn decode_old(format: &BlockFormat, input: &[u8], rows: usize, out: &mut [u8]) -> Result<()> {
    let whole = input.starts_with(&[0xff, markers::SOI]);
    let stream = match &format.jpeg_tables {
        _ if whole => input.to_vec(),
        Some(head) => {
            let mut stream = head.to_vec();
            set_height(&mut stream, rows);
            if input.starts_with(&[0xff, markers::SOS]) {
                // The start of scan comes again.
                stream.truncate(start_of_scan(&stream).unwrap_or(stream.len()));
            }
            stream.extend_from_slice(input);
            stream
        }
        None => return Err(Error::unsupported("old-style JPEG (compression 6) without its tables")),
    };
    decode_by_own(format, &stream, rows, out, Upsampling::Repeat)
}

/// Where the first scan starts.
fn start_of_scan(stream: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = markers::segment(stream, at) {
        if found.marker == markers::SOS {
            return Some(found.end - found.body.len() - 4);
        }
        at = found.end;
    }
    None
}

/// Set the number of rows in the start of frame.
fn set_height(stream: &mut [u8], rows: usize) {
    let mut at = 0;
    while let Some(found) = markers::segment(stream, at) {
        if markers::is_frame(found.marker) && found.body.len() > 3 {
            let start = found.end - found.body.len();
            stream[start + 1..start + 3].copy_from_slice(&(rows.min(0xffff) as u16).to_be_bytes());
            return;
        }
        at = found.end;
    }
}

/// The head of the streams of old-style JPEG: what of a whole stream comes before its data.
///
/// # Errors
/// `Malformed` when there is no frame or no scan in it.
pub(crate) fn head_of_stream(stream: &[u8]) -> Result<Vec<u8>> {
    let mut head = vec![0xff, markers::SOI];
    let (mut at, mut frame) = (0, false);
    while let Some(found) = markers::segment(stream, at) {
        let start = found.end - found.body.len() - if found.body.is_empty() { 2 } else { 4 };
        let kept =
            matches!(found.marker, 0xc4 | 0xdb | 0xdd | markers::SOS) || markers::is_frame(found.marker);
        if kept {
            head.extend_from_slice(&stream[start..found.end]);
        }
        frame |= markers::is_frame(found.marker);
        if matches!(found.marker, markers::SOS | markers::EOI) {
            break;
        }
        at = found.end;
    }
    if frame { Ok(head) } else { Err(Error::malformed("old-style JPEG: the stream has no frame")) }
}

/// The head of the streams of old-style JPEG from its parts: for each component the steps of quantisation in zigzag order,
/// the codes of DC and those of AC (16 counts, then the values).
pub(crate) fn head_of_tables(
    (width, rows): (usize, usize),
    subsampling: (u16, u16),
    components: &[(Vec<u8>, Vec<u8>, Vec<u8>)],
    restart: u16,
) -> Vec<u8> {
    let mut head = vec![0xff, markers::SOI];
    let mut segment = |marker: u8, body: &[u8]| {
        head.extend([0xff, marker]);
        head.extend(((body.len() + 2) as u16).to_be_bytes());
        head.extend_from_slice(body);
    };
    let count = components.len() as u8;
    let mut frame = vec![8];
    frame.extend((rows.min(0xffff) as u16).to_be_bytes());
    frame.extend((width.min(0xffff) as u16).to_be_bytes());
    frame.push(count);
    let mut scan = vec![count];
    for (i, (steps, dc, ac)) in (0u8..).zip(components) {
        segment(0xdb, &[&[i][..], steps].concat());
        segment(0xc4, &[&[i][..], dc].concat());
        segment(0xc4, &[&[0x10 | i][..], ac].concat());
        let (h, v) = if i == 0 && count > 1 { subsampling } else { (1, 1) };
        frame.extend([i + 1, (h << 4 | v) as u8, i]);
        scan.extend([i + 1, i << 4 | i]);
    }
    scan.extend([0, 63, 0]);
    segment(0xc0, &frame);
    if restart > 0 {
        segment(0xdd, &restart.to_be_bytes());
    }
    segment(markers::SOS, &scan);
    head
}

/// The tables of the tag (SOI … EOI) and then the abbreviated stream, as one stream.
fn with_tables(tables: &[u8], input: &[u8]) -> Result<Vec<u8>> {
    let Some(body) = input.strip_prefix(b"\xff\xd8") else {
        return Err(Error::malformed("a JPEG block does not start with SOI"));
    };
    let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
    if !tables.starts_with(b"\xff\xd8") {
        return Err(Error::malformed("JPEGTables does not start with SOI").at_tag(347));
    }
    Ok([tables, body].concat())
}
