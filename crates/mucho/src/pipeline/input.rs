//! A raster that comes in: where it is, and how it is to be understood.

use super::{
    Step,
    fault::Fault,
    node::{Node, Value as NodeValue},
    steps::{check_bands, check_crs},
    values::*,
};
use crate::{Page, Reading};
use serde_json::{Map, Value};

options! {
    /// A raster that comes in: a file, or several rasters with steps that make one of them.
    pub struct Input {
        /// Where it is: a file, `-` for standard input, or whatever the opener understands
        pos path: String;
        /// What `calc` calls it; a letter by its place (A, B, …) when not given
        opt name: String;
        /// Its bands, from 1, in this order; all when not given
        list bands;
        /// Take this value as missing, instead of what the raster says itself
        opt source_nodata: NodataAs;
        /// Overviews that others may read instead of it: auto, or none
        val ovr: OverviewUse = OverviewUse::Auto;
        /// Its coordinate system, instead of what the raster says itself
        opt crs: String;
        /// Which image of a file: its place among the directories, from 0, or its name; the first when not given
        opt directory: Page;
        /// Leave files beside it alone: .aux.xml, .msk, .ovr, world files
        flag no_sidecars;
        /// Several rasters, instead of a path; `steps` make one of them
        own inputs: Vec<Input>;
        /// Steps over this raster alone
        own steps: Vec<Step>;
    }
}

impl From<&str> for Input {
    /// A file.
    fn from(path: &str) -> Self {
        Self::default().path(path)
    }
}

impl Input {
    /// A path, or a table.
    pub(super) fn from_node(node: Node) -> Result<Self, Fault> {
        if let NodeValue::Text(path) = node.value {
            return Ok(Self::default().path(path));
        }
        let line = node.line;
        let (mut inputs, mut steps) = (Vec::new(), Vec::new());
        let mut own = Vec::new();
        for (key, value) in node.into_table()? {
            match key.as_str() {
                "inputs" => inputs = inputs_from_node(value)?,
                "steps" => steps = steps_from_node(value)?,
                _ => own.push((key, value)),
            }
        }
        let read: Result<Self, Fault> = Node { value: NodeValue::Table(own), line }.read();
        let mut input = read?;
        (input.inputs, input.steps) = (inputs, steps);
        Ok(input)
    }

    pub(super) fn to_value(&self) -> serde_json::Result<Value> {
        let plain = Self { inputs: Vec::new(), steps: Vec::new(), ..self.clone() };
        let mut value = serde_json::to_value(plain)?;
        if let Value::Object(entries) = &mut value {
            entries.insert("inputs".to_owned(), to_list(&self.inputs, super::text::input_value)?);
            entries.insert("steps".to_owned(), to_list(&self.steps, super::text::step_value)?);
        }
        Ok(value)
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        match (&self.path, self.inputs.is_empty()) {
            (None, true) => return Err(Fault::key("path", "is missing; which raster is read?")),
            (Some(_), false) => return Err(Fault::key("path", "not together with inputs")),
            (None, false) if self.is_changed() || self.reading() != Reading::default() => {
                return Err(Fault::key(
                    "inputs",
                    "bands, source_nodata, ovr, crs, directory and no_sidecars are said about each of them",
                ));
            }
            (Some(path), true) if path.is_empty() => return Err(Fault::key("path", "is empty")),
            _ => {}
        }
        if let Some(name) = &self.name
            && !is_name(name)
        {
            return Err(Fault::key(
                "name",
                format!("'{name}' is no name: letters, digits and _, a letter first"),
            ));
        }
        check_bands(self.bands.as_deref())?;
        check_crs(self.crs.as_deref())?;
        let names = super::check::rasters(&self.inputs)?;
        let names = if self.path.is_some() { vec!["A".to_owned()] } else { names };
        if let Some(at) = self.steps.iter().position(|step| matches!(step, Step::Tee(_))) {
            let part = super::check::part(at, &self.steps[at]);
            return Err(Fault::new("an intermediate is written among the steps of the job only").within(part));
        }
        super::check::steps(&self.steps, names)
    }

    /// How it is opened.
    pub(super) fn reading(&self) -> Reading {
        Reading::new(self.directory.clone(), self.no_sidecars)
    }

    /// Is something said about it that differs from what the raster says itself?
    pub(super) fn is_changed(&self) -> bool {
        self.bands.is_some()
            || self.source_nodata.is_some()
            || self.ovr != OverviewUse::Auto
            || self.crs.is_some()
    }
}

/// A word that an expression can use.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

pub(super) fn to_list<T>(
    items: &[T],
    write: impl FnMut(&T) -> serde_json::Result<Value>,
) -> serde_json::Result<Value> {
    items.iter().map(write).collect::<serde_json::Result<Vec<_>>>().map(Value::Array)
}

/// One input, or a list of them.
pub(super) fn inputs_from_node(node: Node) -> Result<Vec<Input>, Fault> {
    let line = node.line;
    let items = match node.value {
        NodeValue::List(items) => items,
        value => vec![Node { value, line }],
    };
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| {
            let line = item.line;
            Input::from_node(item).map_err(|fault| fault.within(format!("input {}", i + 1)).at_line(line))
        })
        .collect()
}

pub(super) fn steps_from_node(node: Node) -> Result<Vec<Step>, Fault> {
    let (line, kind) = (node.line, node.kind());
    let NodeValue::List(items) = node.value else {
        return Err(
            Fault::key("steps", format!("a list is expected, not {kind}; in TOML: [[steps]]")).at_line(line)
        );
    };
    items.into_iter().enumerate().map(|(i, item)| step_from_node(i + 1, item)).collect()
}

/// `{ warp = { crs = "EPSG:3857" } }`; also the name alone, and the value of the one option that has no name.
fn step_from_node(number: usize, node: Node) -> Result<Step, Fault> {
    let line = node.line;
    let plain = |fault: Fault| fault.within(format!("step {number}")).at_line(line);
    let (name, options) = match node.value {
        NodeValue::Text(name) => (name, Node::empty_table()),
        NodeValue::Table(entries) => match <[(String, Node); 1]>::try_from(entries) {
            Ok([one]) => one,
            Err(_) => {
                return Err(plain(Fault::new(
                    "a step is one table with the name of what it does: gaussian = { sigma = 3 }",
                )));
            }
        },
        _ => {
            return Err(plain(Fault::new(
                "a step is a table with the name of what it does: gaussian = { sigma = 3 }",
            )));
        }
    };
    if !Step::NAMES.contains(&name.as_str()) {
        return Step::from_node(&name, options).map_err(plain);
    }
    let within = |fault: Fault| fault.within(format!("step {number} ({name})")).at_line(line);
    let inner = options.line;
    let options = match (&options.value, Step::positional(&name)) {
        (NodeValue::Table(_), _) => options,
        (NodeValue::Null, _) => Node::empty_table(),
        (_, Some(key)) => Node { value: NodeValue::Table(vec![(key.to_owned(), options)]), line: inner },
        _ => {
            let kind = options.kind();
            return Err(within(Fault::new(format!("its options are a table of keys, not {kind}"))));
        }
    };
    Step::from_node(&name, options).map_err(within)
}

/// Keys and values in the order of their names.
pub(super) fn object(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>())
}
