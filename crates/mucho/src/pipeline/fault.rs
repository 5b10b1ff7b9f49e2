//! What is wrong with a description of a job: where it stands, and why.

use super::suggest::hint;
use raster_core::Error;
use serde::de;
use std::fmt;

/// Says which part of a job is wrong, and which of its keys. Prints as
/// `line 7: step 2 (warp): key `resampling`: 'biliner' is none of …`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault {
    line: Option<usize>,
    /// From the outermost part to the innermost: `input 2`, `step 1 (warp)`.
    parts: Vec<String>,
    key: Option<String>,
    message: String,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
    /// About a key.
    pub(crate) fn key(key: &str, message: impl Into<String>) -> Self {
        Self { key: Some(key.to_owned()), ..Self::new(message) }
    }
    /// Name the key, unless it is known already.
    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.key.get_or_insert_with(|| key.to_owned());
        self
    }
    /// About another key.
    pub(crate) fn renamed(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }
    /// Name the part around what was named so far.
    pub(crate) fn within(mut self, part: impl Into<String>) -> Self {
        self.parts.insert(0, part.into());
        self
    }
    /// Name the line, unless it is known already.
    pub(crate) fn at_line(mut self, line: Option<usize>) -> Self {
        self.line = self.line.or(line);
        self
    }
    /// As a message of a command whose only step this is: keys are flags there.
    pub(crate) fn of_command(self) -> Error {
        let flag = |key: &str| format!("--{}", key.replace('_', "-"));
        // Other keys stand between backticks.
        let parts = self.message.split('`').enumerate();
        let message: String =
            parts.map(|(i, part)| if i % 2 == 1 { flag(part) } else { part.to_owned() }).collect();
        match &self.key {
            Some(key) => Error::misuse(format!("{}: {message}", flag(key))),
            None => Error::misuse(message),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        for part in &self.parts {
            write!(f, "{part}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "key `{key}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::misuse(fault.to_string())
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown_key(field, expected)
    }
    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("{found} stands where {expected} is expected"))
    }
}

/// A key that nobody knows.
pub(crate) fn unknown_key(key: &str, known: &[&str]) -> Fault {
    let hint = hint(key, known.iter().copied());
    let message = if known.is_empty() {
        "there is no such key; there are none".to_owned()
    } else {
        format!("there is no such key{hint}; there are {}", known.join(", "))
    };
    Fault::key(key, message)
}
