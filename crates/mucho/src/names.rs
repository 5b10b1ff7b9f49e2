//! Names of files as text, also those that are no text.
//!
//! Pipelines name files by strings, and file names may be any bytes. Bytes that are no UTF-8 become characters at the end of a
//! private plane of Unicode, U+10FF00 plus the byte, so that each name has one text and comes back as it was.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// Byte 0 would be this one.
const FIRST: u32 = 0x10_FF00;

fn stand_in(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn stood_for(c: char) -> Option<u8> {
    u8::try_from((c as u32).checked_sub(FIRST)?).ok()
}

/// The text for a name: the name itself unless it is no UTF-8.
#[must_use]
pub fn text_of(name: impl AsRef<OsStr>) -> String {
    let name = name.as_ref();
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if stood_for(c).is_some() {
                // Such a character of the name itself goes byte by byte: what comes back is the name.
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(stand_in));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().map(|b| stand_in(*b)));
    }
    text
}

/// As [`text_of`], for bytes: of a list of names.
pub(crate) fn text_of_bytes(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        #[cfg(unix)]
        Err(e) => text_of(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(e.as_bytes())),
        #[cfg(not(unix))]
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
}

/// The name for a text.
#[must_use]
pub fn path_of(text: &str) -> PathBuf {
    if !text.chars().any(|c| stood_for(c).is_some()) {
        return text.into();
    }
    #[cfg(unix)]
    {
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            match stood_for(c) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into()
    }
    #[cfg(not(unix))]
    text.into()
}

/// A text for people.
#[must_use]
pub fn shown(text: &str) -> String {
    Path::new(&path_of(text)).display().to_string()
}

/// Takes words of a command line that are names of files.
#[cfg(feature = "clap")]
#[must_use]
pub fn parser() -> impl clap::builder::TypedValueParser<Value = String> {
    use clap::builder::TypedValueParser;
    clap::builder::OsStringValueParser::new().map(|name| text_of(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn every_name_has_a_text_and_comes_back() {
        use std::os::unix::ffi::OsStrExt;
        for name in [
            &b"a.tif"[..],
            "größe.tif".as_bytes(),
            b"\xff.tif",
            b"a\xc3(\x80/b\xf0\x9f",
            "\u{10ff80}x\u{10ffff}".as_bytes(),
        ] {
            let text = text_of(OsStr::from_bytes(name));
            assert_eq!(path_of(&text).as_os_str().as_bytes(), name);
            assert_eq!(
                std::str::from_utf8(name).is_ok_and(|n| n == text),
                !text.chars().any(|c| stood_for(c).is_some())
            );
        }
        assert_eq!(shown(&text_of(OsStr::from_bytes(b"\xff.tif"))), "\u{fffd}.tif");
    }
}
