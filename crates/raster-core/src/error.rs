//! One error for all crates that handle rasters: who has to act, what is wrong, and where.

use crate::Window;
use std::{fmt, path::PathBuf, sync::Arc};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file: it is damaged or contradicts itself.
    Malformed,
    /// The file is legal, but this build cannot do what it asks for.
    Unsupported,
    /// A limit that the caller can raise.
    Limit,
    /// The caller: an argument is out of range, or calls came in the wrong order.
    Misuse,
    /// The system: reading, writing or memory failed.
    Io,
    /// A function that the caller supplied failed or panicked.
    Function,
    /// The work was cancelled.
    Cancelled,
    /// Us: a state that should not be reachable. Please report it.
    Internal,
}

impl ErrorKind {
    /// A short word for messages and scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Misuse => "usage",
            Self::Io => "io",
            Self::Function => "function",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

/// Where it happened; the parts that are known.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Location {
    /// Path or other name of the file.
    pub path: Option<PathBuf>,
    /// Index of the TIFF directory, from 0.
    pub directory: Option<usize>,
    /// Number of the TIFF tag.
    pub tag: Option<u16>,
    /// Byte offset in the file.
    pub offset: Option<u64>,
    /// Pixels that were being worked on.
    pub window: Option<Window>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    location: Location,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong, where, and who has to act ([`Error::kind`]).
///
/// Prints as `path: directory 0, tag 273, offset 8: message`; with `{:#}` (and as `Debug`) the errors that caused it follow, each
/// behind a colon. Cheap to clone.
///
/// ```
/// use raster_core::Error;
/// let cause = std::io::Error::other("the disk is full");
/// let error = Error::io("cannot write", cause).in_file("out.tif");
/// assert_eq!(error.to_string(), "out.tif: cannot write");
/// assert_eq!(format!("{error:#}"), "out.tif: cannot write: the disk is full");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

impl Error {
    /// An error of this kind. `message` says what was expected and what was found.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), location: Location::default(), source: None }))
    }
    /// The file is damaged.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }
    /// The file is legal but not supported here.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }
    /// A limit that the caller can raise was met.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }
    /// The caller asked for something impossible.
    pub fn misuse(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misuse, message)
    }
    /// Should not happen.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }
    /// The system refused; `message` says what was tried.
    pub fn io(message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, message).with_source(source)
    }

    /// Keep the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }
    /// Name the file, unless an inner call already did.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.location.path.get_or_insert_with(|| path.into());
        self
    }
    /// Name the directory, unless an inner call already did.
    #[must_use]
    pub fn in_directory(mut self, directory: usize) -> Self {
        self.0.location.directory.get_or_insert(directory);
        self
    }
    /// Name the tag, unless an inner call already did.
    #[must_use]
    pub fn at_tag(mut self, tag: u16) -> Self {
        self.0.location.tag.get_or_insert(tag);
        self
    }
    /// Name the byte offset, unless an inner call already did.
    #[must_use]
    pub fn at_offset(mut self, offset: u64) -> Self {
        self.0.location.offset.get_or_insert(offset);
        self
    }
    /// Name the window, unless an inner call already did.
    #[must_use]
    pub fn at_window(mut self, window: Window) -> Self {
        self.0.location.window.get_or_insert(window);
        self
    }
    /// Put words in front of the message.
    #[must_use]
    pub fn context(mut self, words: impl fmt::Display) -> Self {
        self.0.message = format!("{words}: {}", self.0.message);
        self
    }

    /// Who has to act.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// Where.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.0.location
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.0.location;
        if let Some(path) = &at.path {
            write!(f, "{}: ", path.display())?;
        }
        let mut separator = "";
        if let Some(directory) = at.directory {
            write!(f, "directory {directory}")?;
            separator = ", ";
        }
        if let Some(tag) = at.tag {
            write!(f, "{separator}tag {tag}")?;
            separator = ", ";
        }
        if let Some(offset) = at.offset {
            write!(f, "{separator}offset {offset}")?;
            separator = ", ";
        }
        if let Some(window) = at.window {
            write!(f, "{separator}window {window}")?;
            separator = ", ";
        }
        if !separator.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.0.message)?;
        let mut cause = std::error::Error::source(self).filter(|_| f.alternate());
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    /// What a `main` that returns the error shows: kind and message with all causes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self:#}", self.kind().name())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, "input or output failed").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_place_once() {
        let e = Error::malformed("count 3, expected 4")
            .at_tag(273)
            .in_directory(0)
            .in_file("a.tif")
            .in_file("b.tif");
        assert_eq!(e.to_string(), "a.tif: directory 0, tag 273: count 3, expected 4");
        assert_eq!(e.kind(), ErrorKind::Malformed);
    }
}
