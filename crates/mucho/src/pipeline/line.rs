//! A pipeline in one line: `read a.tif ! warp --crs EPSG:3857 ! write b.tif`.

use super::{
    Output, Pipeline, Run, Step,
    fault::Fault,
    input::is_name,
    node::{Node, Value},
    text::from_node,
};
use raster_core::Result;
use serde::Serialize;
use std::{iter::Peekable, vec::IntoIter};

type Read<T> = std::result::Result<T, Fault>;

/// A word; `bare` when nothing of it was quoted.
#[derive(Clone, Debug, PartialEq)]
struct Word {
    text: String,
    bare: bool,
}

impl Word {
    fn is(&self, mark: &str) -> bool {
        self.bare && self.text == mark
    }
}

/// Words as a shell takes them apart: blanks between them, quotes and backslashes keep blanks.
fn words(line: &str) -> Read<Vec<Word>> {
    let mut words = Vec::new();
    let mut letters = line.chars();
    let mut word: Option<Word> = None;
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let current = word.get_or_insert(Word { text: String::new(), bare: true });
        match letter {
            '\'' | '"' => {
                current.bare = false;
                loop {
                    match letters.next() {
                        None => return Err(Fault::new(format!("a quote {letter} is not closed"))),
                        Some(end) if end == letter => break,
                        Some('\\') if letter == '"' => match letters.next() {
                            Some(next @ ('"' | '\\')) => current.text.push(next),
                            Some(next) => current.text.extend(['\\', next]),
                            None => return Err(Fault::new("a quote \" is not closed")),
                        },
                        Some(other) => current.text.push(other),
                    }
                }
            }
            '\\' => {
                current.bare = false;
                match letters.next() {
                    Some(next) => current.text.push(next),
                    None => return Err(Fault::new("nothing follows the last \\")),
                }
            }
            other => current.text.push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

type Words = Peekable<IntoIter<Word>>;

/// Between two `!`: what is done, and its options.
struct Part {
    name: String,
    options: Vec<(String, Node)>,
    /// Words without a name.
    plain: Vec<String>,
    /// What stood in brackets.
    chain: Option<Vec<Part>>,
}

/// How deep brackets may stand in brackets.
const DEEPEST: usize = 32;

/// Parts up to the end, or to the `]` that closes them.
fn chain(words: &mut Words, depth: usize) -> Read<Vec<Part>> {
    if depth > DEEPEST {
        return Err(Fault::new(format!("brackets stand more than {DEEPEST} deep")));
    }
    let mut parts = Vec::new();
    loop {
        parts.push(part(parts.len() + 1, words, depth)?);
        match words.next() {
            None if depth == 0 => return Ok(parts),
            None => return Err(Fault::new("a bracket [ is not closed")),
            Some(word) if word.is("!") => {}
            Some(_) if depth > 0 => return Ok(parts),
            Some(_) => return Err(Fault::new("a bracket ] closes nothing")),
        }
    }
}

/// Keys of a document of this name, and whether each is a flag.
fn keys_of(name: &str) -> Vec<(String, bool)> {
    fn keys<T: Serialize>(options: &T) -> Vec<(String, bool)> {
        match serde_json::to_value(options) {
            Ok(serde_json::Value::Object(entries)) => {
                entries.into_iter().map(|(key, value)| (key, value.is_boolean())).collect()
            }
            _ => Vec::new(),
        }
    }
    match name {
        "write" => {
            let mut all = keys(&Output::default());
            all.extend(keys(&Run::default()));
            all.push(("plain".to_owned(), true));
            all
        }
        name => match Step::with_defaults(name).map(|step| step.options()) {
            Some(Ok(serde_json::Value::Object(entries))) => {
                entries.into_iter().map(|(key, value)| (key, value.is_boolean())).collect()
            }
            _ => Vec::new(),
        },
    }
}

fn part(number: usize, words: &mut Words, depth: usize) -> Read<Part> {
    let ends = |word: &Word| word.is("!") || word.is("]");
    let Some(first) = words.next_if(|word| !ends(word)) else {
        return Err(Fault::new("the name of a step is missing").within(format!("part {number}")));
    };
    let mut part = Part { name: first.text, options: Vec::new(), plain: Vec::new(), chain: None };
    let within = |fault: Fault, name: &str| fault.within(format!("part {number} ({name})"));
    let keys = keys_of(&part.name);
    while let Some(word) = words.next_if(|word| !ends(word)) {
        let short = match word.text.as_str() {
            "-r" => Some("resampling"),
            "-c" => Some("compress"),
            _ => None,
        };
        if word.is("[") {
            let inner = chain(words, depth + 1).map_err(|fault| within(fault, &part.name))?;
            if part.chain.replace(inner).is_some() {
                return Err(within(Fault::new("one pair of brackets is enough"), &part.name));
            }
            continue;
        }
        let Some(key) = short.or_else(|| word.text.strip_prefix("--").filter(|key| !key.is_empty())) else {
            part.plain.push(word.text);
            continue;
        };
        let (key, given) = match key.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (key, None),
        };
        let key = key.replace('-', "_");
        let known = keys.iter().find(|(name, _)| *name == key);
        let value = match (given, known) {
            (Some(text), _) => Value::Text(text),
            (None, Some((_, true))) => Value::Bool(true),
            // Of a key that nobody knows the value is not missed.
            (None, None) => Value::Text(
                words.next_if(|w| !ends(w) && !w.text.starts_with("--")).map_or_else(String::new, |w| w.text),
            ),
            (None, Some((_, false))) => match words.next_if(|word| !ends(word)) {
                Some(word) => Value::Text(word.text),
                None => return Err(within(Fault::key(&key, "its value is missing"), &part.name)),
            },
        };
        if part.options.iter().any(|(k, _)| *k == key) {
            return Err(within(Fault::key(&key, "is given twice"), &part.name));
        }
        part.options.push((key, value.into()));
    }
    Ok(part)
}

/// `a.tif`, or `A=a.tif`.
fn input(options: &[(String, Node)], word: Option<String>, steps: &[(String, Node)]) -> Node {
    let mut entries = options.to_vec();
    if let Some(word) = word {
        match word.split_once('=') {
            Some((name, path)) if is_name(name) => {
                entries.push(("name".to_owned(), Node::text(name)));
                entries.push(("path".to_owned(), Node::text(path)));
            }
            _ => entries.push(("path".to_owned(), Node::text(word))),
        }
    }
    entries.extend(steps.iter().cloned());
    Value::Table(entries).into()
}

/// The rasters of a `read`: one per word, with what stands in brackets as their own steps.
fn inputs(part: Part, number: usize) -> Read<Vec<Node>> {
    let within = |fault: Fault| fault.within(format!("part {number} (read)"));
    let own = match part.chain {
        None => Vec::new(),
        Some(parts) => {
            let (inputs, steps, output) = document(parts).map_err(within)?;
            if output.is_some() {
                return Err(within(Fault::new("nothing is written in brackets; tee writes an intermediate")));
            }
            let mut own = vec![("steps".to_owned(), Value::List(steps).into())];
            if !inputs.is_empty() {
                own.push(("inputs".to_owned(), Value::List(inputs).into()));
            }
            own
        }
    };
    if part.plain.is_empty() {
        return Ok(vec![input(&part.options, None, &own)]);
    }
    Ok(part.plain.into_iter().map(|word| input(&part.options, Some(word), &own)).collect())
}

type Document = (Vec<Node>, Vec<Node>, Option<Vec<(String, Node)>>);

/// Inputs, steps, and what is written.
fn document(parts: Vec<Part>) -> Read<Document> {
    let (mut read, mut steps, mut output) = (Vec::new(), Vec::new(), None);
    let count = parts.len();
    for (i, mut part) in parts.into_iter().enumerate() {
        let name = part.name.clone();
        let within = |fault: Fault| fault.within(format!("part {} ({name})", i + 1));
        if part.name == "read" {
            let more = inputs(part, i + 1)?;
            if steps.is_empty() {
                read.extend(more);
            } else {
                steps.extend(
                    more.into_iter().map(|input| Node::from(Value::Table(vec![("read".to_owned(), input)]))),
                );
            }
            continue;
        }
        if part.chain.is_some() {
            return Err(within(Fault::new("brackets stand behind read only")));
        }
        let positional = if part.name == "write" { Some("path") } else { Step::positional(&part.name) };
        let mut plain = part.plain.into_iter();
        if let Some((word, key)) = positional.and_then(|key| Some((plain.next()?, key))) {
            part.options.push((key.to_owned(), Node::text(word)));
        }
        if let Some(word) = plain.next() {
            let known = part.name == "write" || Step::NAMES.contains(&part.name.as_str());
            if known {
                return Err(within(Fault::new(format!(
                    "the word '{word}' is not expected here; options are written as --key value"
                ))));
            }
        }
        if part.name == "write" {
            if i + 1 != count {
                return Err(within(Fault::new("stands at the end; tee writes an intermediate")));
            }
            output = Some(part.options);
            continue;
        }
        steps.push(Value::Table(vec![(part.name, Value::Table(part.options).into())]).into());
    }
    Ok((read, steps, output))
}

impl Pipeline {
    /// From one line, as `mucho pipe` takes it: parts with `!` between them, words as in a shell. `read NAME=FILE`, the steps
    /// with their options as flags, `write FILE` with those of the output and of running. What stands in brackets behind a
    /// `read` are that raster's own steps: `read B=b.tif [ warp --like a.tif ]`.
    ///
    /// # Errors
    /// `Misuse` that names step and key.
    pub fn from_line(line: &str) -> Result<Self> {
        Self::from_line_with(line, &[])
    }

    /// [`from_line`](Self::from_line) with values for keys that the line does not state: `("run", "memory", "1GB")`.
    ///
    /// # Errors
    /// As [`from_line`](Self::from_line).
    pub fn from_line_with(line: &str, defaults: &[(&str, &str, &str)]) -> Result<Self> {
        Ok(node(line).and_then(|node| from_node(node, defaults))?)
    }
}

fn node(line: &str) -> Read<Node> {
    let words = words(line)?;
    if words.is_empty() {
        return Err(Fault::new(
            "the line is empty; for instance: read a.tif ! gaussian --sigma 3 ! write b.tif",
        ));
    }
    let parts = chain(&mut words.into_iter().peekable(), 0)?;
    let (inputs, steps, output) = document(parts)?;
    let mut entries = vec![("steps".to_owned(), Value::List(steps).into())];
    if !inputs.is_empty() {
        entries.push(("inputs".to_owned(), Value::List(inputs).into()));
    }
    if let Some(options) = output {
        let run_keys: Vec<String> = match serde_json::to_value(Run::default()) {
            Ok(serde_json::Value::Object(keys)) => keys.into_iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        };
        let (run, output): (Vec<_>, Vec<_>) =
            options.into_iter().partition(|(key, _)| run_keys.contains(key));
        let (plain, output): (Vec<_>, Vec<_>) = output.into_iter().partition(|(key, _)| key == "plain");
        entries.push(("output".to_owned(), Value::Table(output).into()));
        entries.push(("run".to_owned(), Value::Table(run).into()));
        entries.extend(plain);
    }
    Ok(Value::Table(entries).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let texts = |line: &str| words(line).unwrap().into_iter().map(|w| w.text).collect::<Vec<_>>();
        assert_eq!(
            texts(r#" calc "A * 2" 'b c'd --x="1 2" e\ f ! "#),
            ["calc", "A * 2", "b cd", "--x=1 2", "e f", "!"]
        );
        assert_eq!(texts(r#""a \" \\ \n" '\'"#), [r#"a " \ \n"#, r"\"]);
        assert!(words("a 'b").is_err() && words("a\\").is_err() && words("\"a").is_err());
        assert!(!words("'!'").unwrap()[0].is("!"));
    }
}
