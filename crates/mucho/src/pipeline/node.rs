//! A document as a tree: what TOML, JSON and the line of `mucho pipe` have in common. Values know their line.

use super::fault::Fault;
use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, value::StrDeserializer},
};
use std::fmt;
use toml::de::{DeTable, DeValue};

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document.
    Table(Vec<(String, Node)>),
}

/// A value and its line (from 1), where the document has lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) line: Option<usize>,
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self { value, line: None }
    }
}

impl Node {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into()).into()
    }
    pub(crate) fn empty_table() -> Self {
        Value::Table(Vec::new()).into()
    }
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
    /// Its entries, with `block_size` for `block-size`; an error where it is no table.
    pub(crate) fn into_table(self) -> Result<Vec<(String, Self)>, Fault> {
        let kind = self.kind();
        match self.value {
            Value::Table(entries) => {
                Ok(entries.into_iter().map(|(key, value)| (key.replace('-', "_"), value)).collect())
            }
            _ => Err(Fault::new(format!("a table of keys is expected, not {kind}")).at_line(self.line)),
        }
    }
    /// Deserialize the options that it holds.
    pub(crate) fn read<T: de::DeserializeOwned>(self) -> Result<T, Fault> {
        let line = self.line;
        let table = Self { value: Value::Table(self.into_table()?), line };
        T::deserialize(Reader(table)).map_err(|fault| fault.at_line(line))
    }

    /// From the text of a TOML document.
    pub(crate) fn from_toml(text: &str) -> Result<Self, Fault> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            Fault::new(format!("this is no TOML: {}", error.message())).at_line(line)
        })?;
        Ok(Value::Table(toml_entries(table.into_inner(), text)?).into())
    }

    /// From the text of a JSON document.
    pub(crate) fn from_json(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text)
            .map_err(|error| Fault::new(format!("this is no JSON: {error}")).at_line(Some(error.line())))
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count()
}

fn toml_entries(table: DeTable<'_>, text: &str) -> Result<Vec<(String, Node)>, Fault> {
    let mut entries = Vec::new();
    for (key, value) in table {
        let line = line_of(text, key.span().start);
        let value = toml_value(value.into_inner(), text)
            .map_err(|fault| fault.at_key(key.as_ref()).at_line(Some(line)))?;
        entries.push((key.into_inner().into_owned(), Node { value, line: Some(line) }));
    }
    Ok(entries)
}

fn toml_value(value: DeValue<'_>, text: &str) -> Result<Value, Fault> {
    Ok(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let value = i64::from_str_radix(digits, number.radix());
            Value::Int(value.map_err(|_| Fault::new(format!("{digits} is too large a number")))?)
        }
        DeValue::Float(number) => {
            let digits = number.as_str();
            Value::Float(digits.parse().map_err(|_| Fault::new(format!("{digits} is no number")))?)
        }
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(list) => Value::List(
            list.into_iter()
                .map(|item| {
                    let line = Some(line_of(text, item.span().start));
                    Ok(Node { value: toml_value(item.into_inner(), text)?, line })
                })
                .collect::<Result<_, Fault>>()?,
        ),
        DeValue::Table(table) => Value::Table(toml_entries(table, text)?),
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> de::Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
                from.deserialize_any(self)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Bool(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Int(v))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
                Ok(i64::try_from(v).map_or(Value::UInt(v), Value::Int))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
                Ok(Value::Float(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.to_owned()))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut entries: Vec<(String, Node)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Node>()? {
                    if entries.iter().any(|(known, _)| *known == key) {
                        return Err(de::Error::custom(format_args!("the key `{key}` stands here twice")));
                    }
                    entries.push((key, value));
                }
                Ok(Value::Table(entries))
            }
        }
        from.deserialize_any(Any).map(Node::from)
    }
}

/// Hands a tree to serde; errors say the key and its line.
struct Reader(Node);

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(v) => visitor.visit_bool(v),
            Value::Int(v) => visitor.visit_i64(v),
            Value::UInt(v) => visitor.visit_u64(v),
            Value::Float(v) => visitor.visit_f64(v),
            Value::Text(v) => visitor.visit_string(v),
            Value::List(list) => visitor.visit_seq(Items(list.into_iter())),
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.into_iter(), current: None }),
        }
    }
    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_newtype_struct<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Items(std::vec::IntoIter<Node>);

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Fault;
    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.0.next() else { return Ok(None) };
        let line = node.line;
        seed.deserialize(Reader(node)).map(Some).map_err(|fault| fault.at_line(line))
    }
}

struct Entries {
    rest: std::vec::IntoIter<(String, Node)>,
    current: Option<(String, Node)>,
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = Fault;
    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.current = self.rest.next();
        let Some((key, node)) = &self.current else { return Ok(None) };
        let key: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|fault| fault.at_line(node.line))
    }
    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, node)) = self.current.take() else {
            return Err(Fault::new("a value was asked for before its key"));
        };
        let line = node.line;
        seed.deserialize(Reader(node)).map_err(|fault| fault.at_key(&key).at_line(line))
    }
}
