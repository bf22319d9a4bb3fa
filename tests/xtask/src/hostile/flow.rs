//! The flow that sends every text every way, and what should arrive.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::strings::strings;

/// An output is at most 32 KiB.
const OUTPUT_LIMIT: usize = 32 * 1024;

/// What a target can take.
#[derive(Clone, Copy)]
pub struct Reach {
    /// Which texts can be the default of a parameter.
    pub defaults: fn(&str) -> bool,
    /// How long the text of an element of a literal list can be.
    pub items: usize,
}

/// Airflow takes all.
pub const ALL: Reach = Reach {
    defaults: |_| true,
    items: usize::MAX,
};

/// Argo would read some tags in a parameter's default. A literal list is one of its expressions, which
/// are bounded in their number of parts, and every `{{` in it is written as two.
pub const ARGO: Reach = Reach {
    defaults: |text| !text.contains("{{"),
    items: OUTPUT_LIMIT,
};

/// Kubeflow would read its placeholders in a parameter's default.
pub const KUBEFLOW: Reach = Reach {
    defaults: |text| !text.contains("{{$"),
    items: OUTPUT_LIMIT,
};

/// `flowc run` takes all, but each element of a list is a process or container more, and gets it as any variable.
pub const RUN: Reach = Reach {
    defaults: |_| true,
    items: 8,
};

/// A way from the flow file to a process, and the text that should arrive by it.
pub type Wanted = BTreeMap<String, Vec<u8>>;

/// Every dump file and its bytes.
pub fn wanted(reach: Reach) -> Wanted {
    let mut wanted = Wanted::new();
    let mut items = 0;
    for (number, (_, text)) in strings().into_iter().enumerate() {
        if text.len() < reach.items {
            wanted.insert(format!("item-{items:02}"), text.clone().into_bytes());
            items += 1;
        }
        for way in ["env", "command", "script"] {
            wanted.insert(format!("{way}-{number:02}"), text.clone().into_bytes());
        }
        if (reach.defaults)(&text) {
            let mixed = format!("<{{{{ {text} }}}}>");
            wanted.insert(format!("mixed-{number:02}"), mixed.into_bytes());
            wanted.insert(format!("parameter-{number:02}"), text.clone().into_bytes());
        }
        if text.len() < OUTPUT_LIMIT {
            wanted.insert(format!("output-{number:02}"), text.into_bytes());
        }
    }
    wanted
}

/// The flow file for targets that hold these texts.
pub fn written(work: &Path, reach: Reach) -> Result<PathBuf, String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let flow = work.join("flow.yaml");
    fs::write(&flow, flow_text(reach)).map_err(|error| error.to_string())?;
    Ok(flow)
}

/// The flow that sends every text every way, as YAML with everything escaped.
fn flow_text(reach: Reach) -> String {
    let all = strings();
    let held: Vec<usize> = (0..all.len())
        .filter(|number| (reach.defaults)(&all[*number].1))
        .collect();
    let held_numbers: Vec<String> = held.iter().map(|number| format!("{number:02}")).collect();
    let small: Vec<usize> = (0..all.len())
        .filter(|number| all[*number].1.len() < OUTPUT_LIMIT)
        .collect();
    let numbers: Vec<String> = (0..all.len())
        .map(|number| format!("{number:02}"))
        .collect();
    let env = |value: &dyn Fn(usize) -> String, numbers: &[usize]| -> String {
        numbers
            .iter()
            .map(|number| format!("      V{number:02}: {}\n", value(*number)))
            .collect()
    };
    let every: Vec<usize> = (0..all.len()).collect();
    let dump = |way: &str, numbers: &[String]| {
        let list = numbers.join(" ");
        quoted(&format!(
            "mkdir -p \"$DUMP\"\nfor n in {list}; do\n  eval \"printf '%s' \\\"\\$V$n\\\"\" > \"$DUMP/{way}-$n\"\ndone\n"
        ))
    };
    let mut flow = String::from("flow: hostile\nparameters:\n");
    let mut line = |text: String| {
        let _ = writeln!(flow, "{text}");
    };
    for (number, (_, text)) in all
        .iter()
        .enumerate()
        .filter(|(_, (_, text))| (reach.defaults)(text))
    {
        line(format!(
            "  p{number:02}: {{ type: string, default: {} }}",
            value(text)
        ));
    }
    line("defaults: { image: 'busybox:1.36' }\ntasks:".to_owned());
    line(format!(
        "  through_env:\n    env:\n{}    run: {}",
        env(&|n| value(&all[n].1), &every),
        dump("env", &numbers)
    ));
    line(format!(
        "  through_parameter:\n    env:\n{}    run: {}",
        env(&|n| format!("\"${{{{ parameters.p{n:02} }}}}\""), &held),
        dump("parameter", &held_numbers)
    ));
    line(format!(
        "  mixed:\n    env:\n{}    run: {}",
        env(
            &|n| format!("\"<{{{{ ${{{{ parameters.p{n:02} }}}} }}}}>\""),
            &held
        ),
        dump("mixed", &held_numbers)
    ));
    let save = "i=0; mkdir -p \"$DUMP\"; for a in \"$@\"; do printf '%s' \"$a\" > \"$DUMP/command-$(printf %02d $i)\"; i=$((i+1)); done";
    line(format!(
        "  through_command:\n    command: [sh, -c, {}, sh",
        quoted(save)
    ));
    for (_, text) in &all {
        line(format!("      , {}", value(text)));
    }
    line("      ]".to_owned());
    line(format!("  through_script:\n    run: {}", value(&script())));
    line("  through_item:\n    for_each:".to_owned());
    for (_, text) in all.iter().filter(|(_, text)| text.len() < reach.items) {
        line(format!("      - {}", value(text)));
    }
    let save = "mkdir -p \"$DUMP\"; printf '%s' \"$V\" > \"$DUMP/item-$(printf %02d \"$FLOW_ITEM_INDEX\")\"";
    line(format!(
        "    env: {{ V: \"${{{{ item }}}}\" }}\n    run: {}",
        quoted(save)
    ));
    let outputs: Vec<String> = small
        .iter()
        .map(|number| format!("o{number:02}: string"))
        .collect();
    let few: Vec<String> = small.iter().map(|number| format!("{number:02}")).collect();
    let write = format!(
        "for n in {}; do\n  eval \"printf '%s\\n' \\\"\\$V$n\\\"\" > \"$FLOW_OUTPUTS/o$n\"\ndone\n",
        few.join(" ")
    );
    line(format!(
        "  produce:\n    env:\n{}    run: {}\n    outputs: {{ {} }}",
        env(&|n| value(&all[n].1), &small),
        quoted(&write),
        outputs.join(", ")
    ));
    line(format!(
        "  consume:\n    env:\n{}    run: {}",
        env(
            &|n| format!("\"${{{{ tasks.produce.outputs.o{n:02} }}}}\""),
            &small
        ),
        dump("output", &few)
    ));
    flow
}

/// A script with every text as a literal of the shell.
pub fn script() -> String {
    let mut script = String::from("mkdir -p \"$DUMP\"\n");
    for (number, (_, text)) in strings().into_iter().enumerate() {
        let literal = text.replace('\'', "'\\''");
        let _ = writeln!(
            script,
            "printf '%s' '{literal}' > \"$DUMP/script-{number:02}\""
        );
    }
    script
}

/// A text where expressions are looked for.
pub fn value(text: &str) -> String {
    quoted(&text.replace("${{", "$${{"))
}

/// A text as a double-quoted scalar, in ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            other => {
                let _ = write!(out, "\\U{:08X}", other as u32);
            }
        }
    }
    out.push('"');
    out
}
