//! JSON with the place of each value, so that an error in a definition can say where it is.

use crate::error::{CrsError, ErrorKind, Location};

const MAX_DEPTH: usize = 32;
const MAX_VALUES: usize = 20_000;

/// A value and its byte offset.
#[derive(Clone, Debug)]
pub(super) struct Json {
    pub(super) at: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// null, true and false carry nothing that a definition needs.
    Word,
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    count: usize,
}

pub(super) fn parse(text: &str) -> Result<Json, CrsError> {
    let mut parser = Parser { text, at: 0, count: 0 };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.error("text after the end of the value"));
    }
    Ok(value)
}

impl Parser<'_> {
    fn error(&self, what: &str) -> CrsError {
        CrsError::new(ErrorKind::Malformed, format!("JSON: {what}")).at(Location::Offset(self.at))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over a byte that must come next.
    fn expect(&mut self, byte: u8) -> Result<(), CrsError> {
        self.blanks();
        if self.byte() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error(&format!("expected '{}'", char::from(byte))))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, CrsError> {
        self.blanks();
        self.count += 1;
        if depth > MAX_DEPTH || self.count > MAX_VALUES {
            let what = format!("JSON: more than {MAX_DEPTH} levels or {MAX_VALUES} values");
            return Err(CrsError::new(ErrorKind::Limit, what).at(Location::Offset(self.at)));
        }
        let at = self.at;
        let value = match self.byte() {
            Some(b'{') => Value::Object(self.members(depth)?),
            Some(b'[') => Value::List(self.elements(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't' | b'f' | b'n') => self.word()?,
            _ => return Err(self.error("expected a value")),
        };
        Ok(Json { at, value })
    }

    fn members(&mut self, depth: usize) -> Result<Vec<(String, Json)>, CrsError> {
        self.at += 1;
        let mut out = Vec::new();
        self.blanks();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(out);
        }
        loop {
            self.blanks();
            if self.byte() != Some(b'"') {
                return Err(self.error("expected a quoted name"));
            }
            let name = self.string()?;
            self.expect(b':')?;
            out.push((name, self.value(depth + 1)?));
            self.blanks();
            if self.byte() == Some(b',') {
                self.at += 1;
            } else {
                self.expect(b'}')?;
                return Ok(out);
            }
        }
    }

    fn elements(&mut self, depth: usize) -> Result<Vec<Json>, CrsError> {
        self.at += 1;
        let mut out = Vec::new();
        self.blanks();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(out);
        }
        loop {
            out.push(self.value(depth + 1)?);
            self.blanks();
            if self.byte() == Some(b',') {
                self.at += 1;
            } else {
                self.expect(b']')?;
                return Ok(out);
            }
        }
    }

    fn string(&mut self) -> Result<String, CrsError> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = rest.find(['"', '\\']) else {
                self.at = start;
                return Err(self.error("a string that is never closed"));
            };
            out.push_str(&rest[..stop]);
            self.at += stop + 1;
            if rest.as_bytes()[stop] == b'"' {
                return Ok(out);
            }
            let escape = self.byte().ok_or_else(|| self.error("a string that is never closed"))?;
            self.at += 1;
            match escape {
                b'"' | b'\\' | b'/' => out.push(char::from(escape)),
                b'n' => out.push('\n'),
                b't' => out.push('\t'),
                b'r' => out.push('\r'),
                b'b' => out.push('\u{8}'),
                b'f' => out.push('\u{c}'),
                b'u' => out.push(self.unicode()?),
                _ => return Err(self.error("an unknown escape")),
            }
        }
    }

    fn unicode(&mut self) -> Result<char, CrsError> {
        let first = self.hex()?;
        let code = if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.hex()?;
            0x10000 + ((first - 0xD800) << 10) + (second.wrapping_sub(0xDC00) & 0x3FF)
        } else {
            first
        };
        Ok(char::from_u32(code).unwrap_or('\u{FFFD}'))
    }

    fn hex(&mut self) -> Result<u32, CrsError> {
        let digits = self.text.get(self.at..self.at + 4).and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = digits.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self) -> Result<f64, CrsError> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
        match rest[..end].parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.at += end;
                Ok(number)
            }
            _ => Err(self.error("not a number")),
        }
    }

    fn word(&mut self) -> Result<Value, CrsError> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(Value::Word);
            }
        }
        Err(self.error("expected a value"))
    }
}

impl Json {
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> CrsError {
        CrsError::new(ErrorKind::Malformed, format!("PROJJSON: {what}")).at(Location::Offset(self.at))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        match &self.value {
            Value::Object(members) => members.iter().find(|m| m.0 == name).map(|m| &m.1),
            _ => None,
        }
    }

    pub(super) fn need(&self, name: &str) -> Result<&Json, CrsError> {
        self.get(name).ok_or_else(|| self.wrong(format!("\"{name}\" is missing")))
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    pub(super) fn string(&self, name: &str) -> Result<&str, CrsError> {
        let value = self.need(name)?;
        value.text().ok_or_else(|| value.wrong(format!("\"{name}\" must be text")))
    }

    pub(super) fn number(&self) -> Result<f64, CrsError> {
        match self.value {
            Value::Number(n) => Ok(n),
            _ => Err(self.wrong("expected a number")),
        }
    }

    pub(super) fn list(&self) -> &[Json] {
        if let Value::List(list) = &self.value { list } else { &[] }
    }

    /// The EPSG code in "id" or "ids".
    pub(super) fn epsg(&self) -> Option<u32> {
        let of = |id: &Json| {
            let code = id.get("code")?;
            let is_epsg = id.get("authority")?.text()?.eq_ignore_ascii_case("EPSG");
            let number = match &code.value {
                Value::Number(n) if n.fract() == 0.0 && (1.0..1e6).contains(n) => *n as u32,
                Value::Text(text) => text.parse().ok()?,
                _ => return None,
            };
            is_epsg.then_some(number)
        };
        self.get("id").and_then(of).or_else(|| self.get("ids")?.list().iter().find_map(of))
    }
}
