//! Text to tree.

use super::operators::{Binary, Fold, Ternary, Unary, binary, fold, unary};
use raster_core::{Error, Result};

/// How deep parentheses, signs and calls may nest.
const MAX_DEPTH: usize = 100;

/// The longest text, in bytes: a chain such as `1 + 1 + …` is a tree as deep as it is long.
const MAX_LENGTH: usize = 10_000;

/// A band of a named input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The input's name.
    pub name: String,
    /// Band, from 1.
    pub band: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(f64),
    Variable(usize),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Ternary(Ternary, Box<[Node; 3]>),
    Fold(Fold, Vec<Node>),
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) root: Node,
    variables: Vec<Variable>,
    boolean: bool,
}

impl Expression {
    /// Parse an expression; the [module](super) says what it may hold.
    ///
    /// # Errors
    /// `Misuse`: what was expected, what was found, and at which character.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_LENGTH {
            return Err(Error::misuse(format!("expression: {} bytes, longer than {MAX_LENGTH}", text.len())));
        }
        let mut parser = Parser { text, at: 0, variables: Vec::new(), depth: 0 };
        let (root, boolean) = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.expected("an operator or the end"));
        }
        Ok(Self { root, variables: parser.variables, boolean })
    }
    /// The bands that it uses, in the order of first use.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }
    /// Is the result a comparison or logic: 0 or 1?
    #[must_use]
    pub fn is_boolean(&self) -> bool {
        self.boolean
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    variables: Vec<Variable>,
    depth: usize,
}

/// A tree, and whether its value is true or false.
type Parsed = Result<(Node, bool)>;

/// Longer symbols first: `<=` is not `<`.
const COMPARISONS: [(&str, Binary); 6] = [
    ("<=", Binary::LessOrEqual),
    (">=", Binary::GreaterOrEqual),
    ("==", Binary::Equal),
    ("!=", Binary::NotEqual),
    ("<", Binary::Less),
    (">", Binary::Greater),
];

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }
    fn expected(&self, what: &str) -> Error {
        let found = match self.rest().chars().next() {
            Some(c) => format!("'{c}'"),
            None => "the end".to_owned(),
        };
        let position = self.text[..self.at].chars().count() + 1;
        Error::misuse(format!("expression: expected {what} at character {position}, found {found}"))
    }
    fn eat(&mut self, symbol: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }
    /// A word that is not the beginning of a longer one.
    fn eat_word(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(word)
            && !self.rest()[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if found {
            self.at += word.len();
        }
        found
    }
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::misuse(format!("expression: nested deeper than {MAX_DEPTH}")));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.eat("||") || self.eat_word("or") || self.eat("|") {
            let right = self.and()?;
            left = (Node::Binary(Binary::Or, left.0.into(), right.0.into()), true);
        }
        Ok(left)
    }
    fn and(&mut self) -> Parsed {
        let mut left = self.not()?;
        while self.eat("&&") || self.eat_word("and") || self.eat("&") {
            let right = self.not()?;
            left = (Node::Binary(Binary::And, left.0.into(), right.0.into()), true);
        }
        Ok(left)
    }
    fn not(&mut self) -> Parsed {
        self.space();
        let sign = self.rest().starts_with('!') && !self.rest().starts_with("!=");
        if (sign && self.eat("!")) || self.eat("~") || self.eat_word("not") {
            let (inner, _) = self.deeper(Self::not)?;
            return Ok((Node::Unary(Unary::Not, inner.into()), true));
        }
        self.comparison()
    }
    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        for (symbol, function) in COMPARISONS {
            if self.eat(symbol) {
                let right = self.sum()?;
                self.space();
                if COMPARISONS.iter().any(|(s, _)| self.rest().starts_with(s)) {
                    return Err(self.expected("'and' or 'or' (comparisons do not chain)"));
                }
                return Ok((Node::Binary(function, left.0.into(), right.0.into()), true));
            }
        }
        Ok(left)
    }
    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let function = if self.eat("+") {
                Binary::Add
            } else if self.eat("-") {
                Binary::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = (Node::Binary(function, left.0.into(), right.0.into()), false);
        }
    }
    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        loop {
            self.space();
            let function = if self.rest().starts_with("**") {
                return Ok(left);
            } else if self.eat("*") {
                Binary::Multiply
            } else if self.eat("/") {
                Binary::Divide
            } else if self.eat("%") {
                Binary::Modulo
            } else {
                return Ok(left);
            };
            let right = self.signed()?;
            left = (Node::Binary(function, left.0.into(), right.0.into()), false);
        }
    }
    fn signed(&mut self) -> Parsed {
        if self.eat("-") {
            let (inner, _) = self.deeper(Self::signed)?;
            return Ok((Node::Unary(Unary::Negative, inner.into()), false));
        }
        if self.eat("+") {
            return self.deeper(Self::signed).map(|(inner, _)| (inner, false));
        }
        self.power()
    }
    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        if self.eat("**") || self.eat("^") {
            let (exponent, _) = self.deeper(Self::signed)?;
            return Ok((Node::Binary(Binary::Power, base.0.into(), exponent.into()), false));
        }
        Ok(base)
    }
    fn atom(&mut self) -> Parsed {
        self.space();
        let first = self.rest().chars().next();
        match first {
            Some('(') => {
                self.at += 1;
                let inner = self.deeper(Self::or)?;
                self.close()?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.name(),
            _ => Err(self.expected("a number, a band, a function or '('")),
        }
    }
    fn close(&mut self) -> Result<()> {
        if self.eat(")") { Ok(()) } else { Err(self.expected("')'")) }
    }
    fn number(&mut self) -> Parsed {
        let rest = self.rest();
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let mut end = digits(rest);
        if rest[end..].starts_with('.') {
            end += 1 + digits(&rest[end + 1..]);
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let exponent = digits(&rest[end + 1 + sign..]);
            if exponent > 0 {
                end += 1 + sign + exponent;
            }
        }
        let value = rest[..end].parse().map_err(|_| self.expected("a number"))?;
        self.at += end;
        Ok((Node::Number(value), false))
    }
    fn name(&mut self) -> Parsed {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        let start = self.at;
        self.at += end;
        if self.eat("(") {
            return self.call(&name, start);
        }
        match name.as_str() {
            "nan" => return Ok((Node::Number(f64::NAN), false)),
            "inf" => return Ok((Node::Number(f64::INFINITY), false)),
            "pi" => return Ok((Node::Number(std::f64::consts::PI), false)),
            "e" => return Ok((Node::Number(std::f64::consts::E), false)),
            _ => {}
        }
        let band = if self.eat("[") { self.band()? } else { 1 };
        let variable = Variable { name, band };
        let index = self.variables.iter().position(|v| *v == variable).unwrap_or_else(|| {
            self.variables.push(variable);
            self.variables.len() - 1
        });
        Ok((Node::Variable(index), false))
    }
    fn band(&mut self) -> Result<usize> {
        self.space();
        let end = self.rest().find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest().len());
        let band = self.rest()[..end].parse().ok().filter(|b| *b > 0);
        let band = band.ok_or_else(|| self.expected("a band number from 1"))?;
        self.at += end;
        if self.eat("]") { Ok(band) } else { Err(self.expected("']'")) }
    }
    fn call(&mut self, name: &str, start: usize) -> Parsed {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.deeper(Self::or)?);
            if !self.eat(",") {
                break;
            }
        }
        self.close()?;
        let count = arguments.len();
        let boolean = name == "isnan" || (name == "where" && arguments[1..].iter().all(|(_, b)| *b));
        let mut nodes = arguments.into_iter().map(|(node, _)| node);
        let mut next = || Box::new(nodes.next().unwrap_or(Node::Number(f64::NAN)));
        let wrong = |wanted: usize| {
            Err(Error::misuse(format!("expression: {name} takes {wanted} arguments, there are {count}")))
        };
        let node = if let Some(function) = unary(name) {
            if count != 1 {
                return wrong(1);
            }
            Node::Unary(function, next())
        } else if let Some(function) = binary(name) {
            if count != 2 {
                return wrong(2);
            }
            Node::Binary(function, next(), next())
        } else if let Some(fold) = fold(name) {
            Node::Fold(fold, nodes.collect())
        } else {
            match name {
                "where" if count == 3 => Node::Ternary(Ternary::Where, Box::new([*next(), *next(), *next()])),
                "clamp" | "clip" if count == 3 => {
                    let (value, low, high) = (next(), next(), next());
                    let low = Node::Binary(Binary::AtLeast, value, low);
                    Node::Binary(Binary::AtMost, low.into(), high)
                }
                "where" | "clamp" | "clip" => return wrong(3),
                _ => {
                    self.at = start;
                    return Err(self.expected("a function (see the documentation for their names)"));
                }
            }
        };
        Ok((node, boolean))
    }
}
