//! No circles among the modules of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names of top-level modules that a source text imports.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let list = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or(""),
            None => rest,
        };
        let names = list.split(',').take(if rest.starts_with('{') { usize::MAX } else { 1 });
        for name in names {
            let name = name
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit());
            found.insert(name.collect());
        }
    }
    found
}

fn texts(path: &Path, out: &mut String) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            texts(&entry.unwrap().path(), out);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        out.push_str(&std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn modules_import_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    for entry in std::fs::read_dir(&src).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut text = String::new();
        texts(&path, &mut text);
        modules.insert(name, imports(&text));
    }
    modules.remove("lib");
    assert!(modules.len() > 20 && modules["definition"].contains("text") && modules["text"].contains("wkt"));
    let names: BTreeSet<String> = modules.keys().cloned().collect();
    for (name, imported) in &mut modules {
        imported.retain(|i| i != name && names.contains(i));
    }
    // modules that import nothing that is left go, until none can
    while let Some(ready) = modules.iter().find(|(_, i)| i.is_empty()).map(|(name, _)| name.clone()) {
        modules.remove(&ready);
        modules.values_mut().for_each(|i| {
            i.remove(&ready);
        });
    }
    assert!(modules.is_empty(), "circles among {modules:?}");
}
