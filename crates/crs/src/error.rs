//! The error of this crate: who must act, what is wrong, and where.

use std::fmt;

/// Who has to act for the call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text or the keys are not a well-formed definition: whoever wrote them must act.
    Malformed,
    /// The definition is well formed but says something impossible (a negative axis, two poles on one cone).
    Invalid,
    /// No such code in the built-in EPSG tables: the caller must give a definition instead.
    UnknownCode,
    /// The definition is valid, but this crate does not know the method or the form.
    Unsupported,
    /// A limit of this crate (nesting depth, length of the text) was exceeded.
    Limit,
    /// The operation cannot be done between these two systems, or not as accurately as required.
    NoOperation,
    /// A call argument is out of range: the caller must act.
    Argument,
}

/// Where in the input the problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location {
    /// Byte offset into the text that was parsed.
    Offset(usize),
    /// Number of a GeoKey.
    Key(u16),
    /// An EPSG code.
    Epsg(u32),
}

/// Why a coordinate system could not be read, written, or used.
///
/// It is one pointer in size and cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrsError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    what: String,
    location: Option<Location>,
}

impl CrsError {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, what: what.into(), location: None }))
    }

    pub(crate) fn at(mut self, location: Location) -> Self {
        self.0.location.get_or_insert(location);
        self
    }

    /// The same error in a text that begins `bytes` earlier.
    pub(crate) fn moved(mut self, bytes: usize) -> Self {
        if let Some(Location::Offset(at)) = &mut self.0.location {
            *at += bytes;
        }
        self
    }

    /// Who has to act.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where in the input the problem is, if it has a place.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.0.location
    }
}

impl fmt::Display for CrsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lead = match self.0.kind {
            ErrorKind::Malformed => "malformed definition",
            ErrorKind::Invalid => "impossible definition",
            ErrorKind::UnknownCode => "unknown code",
            ErrorKind::Unsupported => "not supported",
            ErrorKind::Limit => "limit exceeded",
            ErrorKind::NoOperation => "no usable operation",
            ErrorKind::Argument => "invalid argument",
        };
        write!(f, "{lead}: {}", self.0.what)?;
        match self.0.location {
            Some(Location::Offset(at)) => write!(f, " (at byte {at} of the text)"),
            Some(Location::Key(key)) => write!(f, " (GeoKey {key})"),
            Some(Location::Epsg(code)) => write!(f, " (EPSG:{code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CrsError {}
