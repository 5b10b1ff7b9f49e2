//! Well-known text as a tree of keywords and values.

use crate::error::{CrsError, ErrorKind, Location};

/// Deepest nesting: WKT2 needs about eight.
const MAX_DEPTH: usize = 24;
/// Most values in one text.
const MAX_VALUES: usize = 10_000;

/// `KEYWORD[value, ...]`, or a bare word.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// In capitals.
    pub(super) keyword: String,
    /// Byte offset of the keyword.
    pub(super) at: usize,
    pub(super) values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String, usize),
    Number(f64),
    Node(Node),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

/// Parses the whole text as one node.
pub(super) fn parse(text: &str) -> Result<Node, CrsError> {
    let mut parser = Parser { text, at: 0, values: 0 };
    let root = parser.node(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.error("text after the end of the definition"));
    }
    Ok(root)
}

impl Parser<'_> {
    fn error(&self, what: &str) -> CrsError {
        CrsError::new(ErrorKind::Malformed, format!("WKT: {what}")).at(Location::Offset(self.at))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&mut self) -> Option<char> {
        self.blanks();
        self.rest().chars().next()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn node(&mut self, depth: usize) -> Result<Node, CrsError> {
        if depth > MAX_DEPTH {
            return Err(CrsError::new(ErrorKind::Limit, format!("WKT: nested deeper than {MAX_DEPTH}"))
                .at(Location::Offset(self.at)));
        }
        self.blanks();
        let at = self.at;
        let word = self.rest().split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
        if word.is_empty() {
            return Err(self.error("expected a keyword"));
        }
        let mut node = Node { keyword: word.to_ascii_uppercase(), at, values: Vec::new() };
        self.at += word.len();
        let close = match self.peek() {
            Some('[') => ']',
            Some('(') => ')',
            _ => return Ok(node),
        };
        self.at += 1;
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(node);
        }
        loop {
            let value = self.value(depth)?;
            node.values.push(value);
            self.values += 1;
            if self.values > MAX_VALUES {
                return Err(CrsError::new(ErrorKind::Limit, format!("WKT: more than {MAX_VALUES} values"))
                    .at(Location::Offset(self.at)));
            }
            match self.peek() {
                Some(',') => self.at += 1,
                Some(c) if c == close => {
                    self.at += 1;
                    return Ok(node);
                }
                Some(_) => return Err(self.error("expected a comma or the closing bracket")),
                None => return Err(self.error("the text ends inside a bracket")),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, CrsError> {
        match self.peek() {
            Some('"') => self.quoted(),
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(),
            Some(_) => Ok(Value::Node(self.node(depth + 1)?)),
            None => Err(self.error("the text ends inside a bracket")),
        }
    }

    /// A quote inside is doubled.
    fn quoted(&mut self) -> Result<Value, CrsError> {
        let start = self.at;
        let mut out = String::new();
        self.at += 1;
        loop {
            let Some(end) = self.rest().find('"') else {
                self.at = start;
                return Err(self.error("a quote that is never closed"));
            };
            out.push_str(&self.rest()[..end]);
            self.at += end + 1;
            if self.rest().starts_with('"') {
                out.push('"');
                self.at += 1;
            } else {
                return Ok(Value::Text(out, start));
            }
        }
    }

    fn number(&mut self) -> Result<Value, CrsError> {
        let end = self
            .rest()
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(self.rest().len());
        let word = &self.rest()[..end];
        let at = self.at;
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.at += end;
                Ok(Value::Number(number))
            }
            // a date, in METADATA or an epoch
            _ if word.chars().filter(|c| *c == '-').count() == 2 => {
                let text = word.to_owned();
                self.at += end;
                Ok(Value::Text(text, at))
            }
            _ => Err(self.error("not a number")),
        }
    }
}

impl Node {
    /// The error that this node is wrong.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> CrsError {
        CrsError::new(ErrorKind::Malformed, format!("WKT: {} {what}", self.keyword))
            .at(Location::Offset(self.at))
    }

    /// The same of a well-formed definition that makes no sense.
    pub(super) fn place(&self, error: CrsError) -> CrsError {
        error.at(Location::Offset(self.at))
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.values.iter().filter_map(|v| if let Value::Node(n) = v { Some(n) } else { None })
    }

    /// The first child with one of these keywords.
    pub(super) fn child(&self, keywords: &[&str]) -> Option<&Node> {
        self.nodes().find(|n| keywords.contains(&n.keyword.as_str()))
    }

    pub(super) fn all<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes().filter(move |n| n.keyword == keyword)
    }

    /// The text at a place, or a bare word there.
    pub(super) fn text(&self, index: usize) -> Option<&str> {
        match self.values.get(index)? {
            Value::Text(text, _) => Some(text),
            Value::Node(n) if n.values.is_empty() => Some(&n.keyword),
            _ => None,
        }
    }

    /// The name: the first value, which must be text.
    pub(super) fn name(&self) -> Result<&str, CrsError> {
        match self.values.first() {
            Some(Value::Text(text, _)) => Ok(text),
            _ => Err(self.wrong("must begin with a quoted name")),
        }
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, CrsError> {
        match self.values.get(index) {
            Some(Value::Number(n)) => Ok(*n),
            Some(Value::Text(_, at)) => Err(CrsError::new(
                ErrorKind::Malformed,
                format!("WKT: {} has text where a number belongs", self.keyword),
            )
            .at(Location::Offset(*at))),
            _ => Err(self.wrong(format!("must have a number as value {}", index + 1))),
        }
    }

    /// The EPSG code in `ID["EPSG", n]` or `AUTHORITY["EPSG", "n"]`.
    pub(super) fn epsg(&self) -> Option<u32> {
        self.nodes().filter(|n| n.keyword == "ID" || n.keyword == "AUTHORITY").find_map(|id| {
            if !id.text(0)?.eq_ignore_ascii_case("EPSG") {
                return None;
            }
            match id.values.get(1)? {
                Value::Number(n) if n.fract() == 0.0 && (1.0..1e6).contains(n) => Some(*n as u32),
                Value::Text(text, _) => text.parse().ok(),
                _ => None,
            }
        })
    }
}
