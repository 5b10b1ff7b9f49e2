//! A pipeline as TOML or JSON, and back.

use super::{
    Input, Output, Pipeline, Run, Step,
    fault::{Fault, unknown_key},
    input::{inputs_from_node, object, steps_from_node, to_list},
    node::{Node, Value as NodeValue},
};
use raster_core::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

/// Without the entries that are those of `defaults`.
pub(super) fn pruned(value: Value, defaults: &Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .filter(|(key, value)| !value.is_null() && defaults.get(key) != Some(value))
                .collect(),
        ),
        other => other,
    }
}

/// `{"warp": {"crs": "EPSG:3857"}}`: what differs from the defaults.
pub(super) fn step_value(step: &Step) -> serde_json::Result<Value> {
    let defaults = Step::with_defaults(step.name()).as_ref().map_or(Ok(Value::Null), Step::options)?;
    Ok(object([(step.name(), pruned(step.options()?, &defaults))]))
}

pub(super) fn input_value(input: &Input) -> serde_json::Result<Value> {
    Ok(pruned(input.to_value()?, &Input::default().to_value()?))
}

impl Pipeline {
    fn to_value(&self) -> serde_json::Result<Value> {
        let mut entries = vec![
            ("version", self.version.into()),
            ("inputs", to_list(&self.inputs, input_value)?),
            ("steps", to_list(&self.steps, step_value)?),
        ];
        if let Some(output) = &self.output {
            let defaults = serde_json::to_value(Output::default())?;
            entries.push(("output", pruned(serde_json::to_value(output)?, &defaults)));
        }
        let run = pruned(serde_json::to_value(&self.run)?, &serde_json::to_value(Run::default())?);
        if run.as_object().is_some_and(|r| !r.is_empty()) {
            entries.push(("run", run));
        }
        Ok(object(entries))
    }

    /// As a JSON document on one line: what differs from the defaults, keys in the order of their names. Reads back as the
    /// same pipeline, now and with later versions of this crate.
    ///
    /// # Errors
    /// Only what JSON itself refuses; nothing that [`check`](Self::check) passed.
    pub fn to_json(&self) -> Result<String> {
        self.to_value().map(|value| value.to_string()).map_err(unwritable)
    }

    /// As a TOML document; otherwise as [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// As [`to_json`](Self::to_json).
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(&self.to_value().map_err(unwritable)?)
            .map_err(|e| Error::internal("a pipeline as TOML").with_source(e))
    }

    /// From a TOML document. `input` and `step` stand for `inputs` and `steps` too, and keys of the output and of running may
    /// stand beside them.
    ///
    /// # Errors
    /// `Misuse` that names line, step and key.
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::from_toml_with(text, &[])
    }

    /// [`from_toml`](Self::from_toml) with values for keys that the document does not state: `("run", "memory", "1GB")`.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_toml_with(text: &str, defaults: &[(&str, &str, &str)]) -> Result<Self> {
        Ok(from_node(Node::from_toml(text)?, defaults)?)
    }

    /// From a JSON document, as [`from_toml`](Self::from_toml).
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_json_with(text, &[])
    }

    /// [`from_json`](Self::from_json) with values for keys that the document does not state.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json_with(text: &str, defaults: &[(&str, &str, &str)]) -> Result<Self> {
        Ok(from_node(Node::from_json(text)?, defaults)?)
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::internal("a pipeline as JSON").with_source(error)
}

impl Serialize for Pipeline {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_value().map_err(ser::Error::custom)?.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Pipeline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from_node(Node::deserialize(from)?, &[]).map_err(de::Error::custom)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        step_value(self).map_err(ser::Error::custom)?.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let list = NodeValue::List(vec![Node::deserialize(from)?]);
        let mut steps = steps_from_node(list.into()).map_err(de::Error::custom)?;
        steps.pop().ok_or_else(|| de::Error::custom("a step is missing"))
    }
}

/// The keys of a struct of options, by the names in documents.
fn keys_of<T: Serialize>(options: &T) -> Vec<String> {
    match serde_json::to_value(options) {
        Ok(Value::Object(entries)) => entries.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

type Read<T> = std::result::Result<T, Fault>;

/// From a document that was taken apart.
pub(super) fn from_node(node: Node, defaults: &[(&str, &str, &str)]) -> Read<Pipeline> {
    let mut pipeline = Pipeline::default();
    let (mut output, mut run) = (Vec::new(), Vec::new());
    let (mut has_output, mut seen) = (false, Vec::new());
    let (output_keys, run_keys) = (keys_of(&Output::default()), keys_of(&Run::default()));
    for (key, value) in node.into_table()? {
        let line = value.line;
        let of_output = output_keys.contains(&key) || ["blocksize", "data_type", "plain"].contains(&&*key);
        let part = match key.as_str() {
            "input" | "inputs" => "inputs",
            "step" | "steps" => "steps",
            other => other,
        };
        if ["inputs", "steps", "output", "run"].contains(&part) {
            if seen.contains(&part.to_owned()) {
                return Err(Fault::key(&key, "stands here twice, under two names").at_line(line));
            }
            seen.push(part.to_owned());
        }
        match part {
            "version" => pipeline.version = version(&value).map_err(|f| f.at_line(line))?,
            "inputs" => pipeline.inputs = inputs_from_node(value)?,
            "steps" => pipeline.steps = steps_from_node(value)?,
            "output" => {
                has_output = true;
                match value.value {
                    NodeValue::Text(path) => {
                        output.push(("path".to_owned(), Node { value: NodeValue::Text(path), line }))
                    }
                    _ => output.extend(value.into_table().map_err(|f| f.within("output").at_line(line))?),
                }
            }
            "run" => run.extend(value.into_table().map_err(|f| f.within("run").at_line(line))?),
            // Job files may have these at the top.
            other if of_output && other != "path" => output.push((key, value)),
            other if run_keys.iter().any(|k| k == other) => run.push((key, value)),
            other => {
                let mut known: Vec<&str> = vec!["version", "inputs", "steps", "output", "run"];
                known.extend(output_keys.iter().filter(|k| *k != "path").map(String::as_str));
                known.extend(run_keys.iter().map(String::as_str));
                return Err(unknown_key(other, &known).at_line(line));
            }
        }
    }
    plain_means_geotiff(&mut output)?;
    if let Some((key, value)) = output.first().filter(|_| !has_output) {
        return Err(Fault::key(key, "is about an output, and none is named: output = \"file.tif\"")
            .at_line(value.line));
    }
    for (part, key, value) in defaults {
        let table = if *part == "run" { &mut run } else { &mut output };
        if !table.iter().any(|(known, _)| known == key) {
            table.push(((*key).to_owned(), Node::text(*value)));
        }
    }
    let twice = |table: &[(String, Node)]| -> Read<()> {
        match table.iter().enumerate().find(|(i, (key, _))| table[..*i].iter().any(|(k, _)| k == key)) {
            Some((_, (key, value))) => {
                Err(Fault::key(key, "stands both at the top and in its part").at_line(value.line))
            }
            None => Ok(()),
        }
    };
    twice(&output)?;
    twice(&run)?;
    if has_output {
        let read: Read<Output> = Node::from(NodeValue::Table(output)).read();
        pipeline.output = Some(read.map_err(|fault| fault.within("output"))?);
    }
    let read: Read<Run> = Node::from(NodeValue::Table(run)).read();
    pipeline.run = read.map_err(|fault| fault.within("run"))?;
    Ok(pipeline)
}

/// `plain = true`, as job files had it, is the format geotiff.
fn plain_means_geotiff(output: &mut Vec<(String, Node)>) -> Read<()> {
    let Some(at) = output.iter().position(|(key, _)| key == "plain") else { return Ok(()) };
    let (_, node) = output.remove(at);
    let line = node.line;
    match node.value {
        NodeValue::Bool(plain) => {
            if plain {
                output
                    .push(("format".to_owned(), Node { value: NodeValue::Text("geotiff".to_owned()), line }));
            }
            Ok(())
        }
        _ => Err(Fault::key("plain", "true or false is expected").within("output").at_line(line)),
    }
}

fn version(node: &Node) -> Read<u32> {
    let number = match &node.value {
        NodeValue::Int(n) => u32::try_from(*n).ok(),
        NodeValue::Text(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Fault::key("version", format!("a number is expected, not {}", node.kind())))
}
