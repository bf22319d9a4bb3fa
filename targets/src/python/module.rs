//! The parts of a module: the helpers that a text needs, the imports that follow, its docstring.
//!
//! A template of helpers is a list of blocks with two empty lines between them. A file gets those
//! that its flow names, and those that these name in turn.

use rustc_hash::FxHashSet;

use flowc_core::target::{Bundle, Shared};
use indexmap::IndexMap;

use super::scan::each_identifier;
use super::{LINE_LENGTH, identifiers, string};

/// The heading of a file's own flow, and of its tasks where they stand before it.
pub const FLOW: &str = "The flow";
/// See [`FLOW`].
pub const TASKS: &str = "The tasks";

/// A name to import: its module, and the name in it, or nothing for the module itself.
pub type Import = (&'static str, &'static str);

/// The blocks of a template: definitions with two empty lines between them.
pub fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n\n")
        .map(|block| block.trim_matches('\n'))
        .filter(|block| !block.is_empty())
}

/// The blocks that a text with these names needs, in their own order.
pub fn used_blocks<'b>(blocks: &[&'b str], names: &FxHashSet<&str>) -> Vec<&'b str> {
    let mut used = vec![false; blocks.len()];
    let mut open = Vec::new();
    let mut look = |names: &FxHashSet<&str>, open: &mut Vec<FxHashSet<&'b str>>| {
        for (block, used) in blocks.iter().zip(&mut used) {
            if !*used && names.contains(name_of(block)) {
                *used = true;
                open.push(identifiers(block));
            }
        }
    };
    look(names, &mut open);
    while let Some(names) = open.pop() {
        look(&names, &mut open);
    }
    blocks
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(block, _)| *block)
        .collect()
}

/// The functions of Python files that their flow uses several times: written once, whatever uses them.
pub fn shared(bundle: &Bundle) -> Vec<Shared> {
    let files = bundle.files.iter();
    let python = files.filter(|(path, _)| path.ends_with(".py"));
    python
        .flat_map(|(_, text)| shared_in(&text.to_string()))
        .collect()
}

fn shared_in(file: &str) -> Vec<Shared> {
    let mut times: IndexMap<&str, usize> = blocks(file)
        .filter(|block| block.starts_with("def "))
        .map(|block| (name_of(block), 0))
        .collect();
    let flow = [TASKS, FLOW]
        .iter()
        .find_map(|heading| Some(file.split_once(&start_of(heading))?.1));
    if let Some(flow) = flow {
        each_identifier(flow, &mut |name| {
            if let Some(times) = times.get_mut(name) {
                *times += 1;
            }
        });
    }
    times
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(name, times)| Shared {
            kind: "function",
            name: name.to_owned(),
            times,
            users: Vec::new(),
        })
        .collect()
}

/// What a block defines.
fn name_of(block: &str) -> &str {
    // A comment or a decorator above belongs to the block.
    let block = match block
        .strip_prefix(['#', '@'])
        .and_then(|rest| rest.split_once('\n'))
    {
        Some((_, rest)) => return name_of(rest),
        None => block,
    };
    let text = block
        .strip_prefix("def ")
        .or_else(|| block.strip_prefix("class "))
        .unwrap_or(block);
    let end = text
        .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    &text[..end]
}

/// The names that a template may define in a module.
pub fn defined_names(template: &str) -> impl Iterator<Item = &str> {
    template.lines().filter_map(|line| {
        let is_block = line.starts_with("def ") || line.starts_with("class ");
        let defines = is_block || line.starts_with(|c: char| c.is_ascii_uppercase());
        defines.then(|| name_of(line))
    })
}

/// The name that an import gives its module or item in the file.
pub fn imported_name((module, item): Import) -> &'static str {
    match item.split_once(" as ") {
        Some((_, name)) => name,
        None if item.is_empty() => module,
        None => item,
    }
}

/// The imports that a source with these names needs, as Ruff sorts them; an empty line between the groups.
pub fn imports(groups: &[Vec<Import>], names: &FxHashSet<&str>) -> String {
    let mut out = String::new();
    for group in groups {
        let mut from: Vec<(&str, Vec<&str>)> = Vec::new();
        out.push('\n');
        for (module, item) in group {
            if !names.contains(imported_name((module, item))) {
                continue;
            }
            if item.is_empty() {
                out.push_str(&format!("import {module}\n"));
                continue;
            }
            match from.iter_mut().find(|(known, _)| known == module) {
                Some((_, items)) => items.push(item),
                None => from.push((module, vec![item])),
            }
        }
        write_from(from, &mut out);
    }
    let mut out = out.trim_start_matches('\n').to_owned();
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn write_from(mut from: Vec<(&str, Vec<&str>)>, out: &mut String) {
    from.sort();
    for (module, mut items) in from {
        items.sort_by_key(|item| {
            // Constants, then classes, then the rest, as Ruff sorts imports.
            let rank = if item.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                0
            } else if item.starts_with(|c: char| c.is_ascii_uppercase()) {
                1
            } else {
                2
            };
            (rank, *item)
        });
        let line = format!("from {module} import {}", items.join(", "));
        if line.len() <= LINE_LENGTH {
            out.push_str(&line);
        } else {
            out.push_str(&format!("from {module} import (\n"));
            for item in items {
                out.push_str(&format!("    {item},\n"));
            }
            out.push(')');
        }
        out.push('\n');
    }
}

/// A docstring of one or several lines, with a newline behind it.
pub fn docstring(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    write_docstring(text, &mut out);
    out
}

/// The same behind other text.
pub fn write_docstring(text: &str, out: &mut String) {
    out.push_str("\"\"\"");
    let is_plain = |byte| matches!(byte, b'\n' | b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.bytes().all(is_plain) {
        out.push_str(text);
        out.push_str("\"\"\"\n");
        return;
    }
    // A quote is escaped only where it could end the text.
    let is_open = !text.contains("\"\"\"") && !text.ends_with('"');
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '"' if is_open => out.push('"'),
            '"' => out.push_str("\\\""),
            c => {
                // The literal of one character, without its quotes, is its escaped form.
                let quoted = string(&c.to_string());
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
        }
    }
    out.push_str("\"\"\"\n");
}

/// A comment line over a part of the file, with an empty line behind it.
pub fn heading(text: &str) -> String {
    format!("{}{:-<2$}\n\n", start_of(text), "", 81 - text.len())
}

fn start_of(heading: &str) -> String {
    format!("# --- {heading} ")
}
