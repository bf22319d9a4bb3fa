//! The emitted file: its helpers, trimmed to what the flow uses, and the flow itself.
//!
//! The templates hold every helper that any flow may need, each a block of the file. A file gets
//! those that its flow names, and those that these name in turn; imports follow from that.

use std::collections::HashSet;

use flowc_core::expr::Template;
use flowc_core::flow::{Command, Process};

use super::lower::Lowering;
use super::model::Dag;
use super::print;
use super::settings::Runner;
use crate::python::{Code, identifiers, render};

const COMMON: &str = include_str!("templates/common.py.j2");
const PROCESS: &str = include_str!("templates/process.py.j2");
const DOCKER: &str = include_str!("templates/docker.py.j2");
const KUBERNETES: &str = include_str!("templates/kubernetes.py.j2");

/// What the templates ask.
#[derive(serde::Serialize)]
struct Context {
    airflow2: bool,
    mapped_groups: bool,
    may_fail: bool,
    computed: bool,
    run_timeout: bool,
    workdir: bool,
    env: bool,
    outputs: bool,
    artifacts: bool,
    artifact_paths: bool,
    items: bool,
    retry_on: bool,
    fan_in: bool,
    secrets: bool,
    timezone: String,
    store: String,
    claim: String,
}

/// The whole file.
pub(super) fn file(dag: &Dag, lowering: &Lowering<'_>) -> String {
    let flow = flow_part(dag);
    let context = context(dag, lowering, &flow);
    let source = match lowering.settings.runner {
        Runner::Process => [COMMON, PROCESS],
        Runner::Docker => [COMMON, DOCKER],
        Runner::Kubernetes => [COMMON, KUBERNETES],
    };
    let helpers = source.map(|template| match render(template, &context) {
        Ok(text) => text,
        // A mistake in a template; every one of them is rendered in the tests.
        Err(error) => format!("\n\n# flowc: {error}\n"),
    });
    let blocks: Vec<&str> = helpers.iter().flat_map(|text| blocks(text)).collect();
    let used = closure(&blocks, &flow);
    let constants = constants(dag, lowering, &used);
    let mut rest = constants.join("");
    rest.push_str("\n\n");
    for block in used {
        rest.push_str(block);
        rest.push_str("\n\n\n");
    }
    let mut out = print::docstring(&dag.doc);
    out.push('\n');
    out.push_str(&imports(lowering, &[rest.as_str(), flow.as_str()]));
    out.push('\n');
    if !constants.is_empty() {
        for constant in &constants {
            out.push_str(constant);
        }
        out.push('\n');
    }
    let helpers = rest[constants.iter().map(String::len).sum::<usize>() + 2..].trim_end();
    if !helpers.is_empty() {
        out.push_str(&heading("How a task of the flow runs"));
        if helpers.starts_with("def ") || helpers.starts_with("class ") {
            out.push('\n');
        }
        out.push_str(helpers);
        out.push_str("\n\n\n");
    }
    out.push_str(&heading("The flow"));
    out.push_str(&flow);
    out
}

fn heading(text: &str) -> String {
    format!("# --- {text} {:-<1$}\n\n", "", 81 - text.len())
}

fn flow_part(dag: &Dag) -> String {
    let call = Code::call("DAG", dag.arguments.iter().cloned());
    let mut out = format!("with {} as dag:\n", call.print(0, 5, 8));
    print::statements(&dag.body, 4, &mut out);
    out
}

fn context(dag: &Dag, lowering: &Lowering<'_>, flow_part: &str) -> Context {
    let flow = lowering.flow;
    let processes = || flow.tasks.iter().filter_map(|task| task.process());
    let tasks = || flow.tasks.iter();
    let is_composed = |process: &Process| {
        let words: &[Template] = match &process.command {
            Command::Argv(words) => words,
            Command::Script { .. } => &[],
        };
        !words.is_empty() || !process.env.is_empty()
    };
    let _ = is_composed;
    Context {
        airflow2: lowering.is_v2(),
        mapped_groups: tasks().any(|task| task.group().is_some() && task.for_each.is_some()),
        may_fail: !dag.may_fail.is_empty(),
        computed: lowering.flags.computed.get(),
        run_timeout: flow.timeout.is_some(),
        workdir: processes().any(|process| process.workdir.is_some()),
        env: processes().any(|process| !process.env.is_empty()),
        outputs: tasks().any(|task| task.process().is_some() && !task.outputs.is_empty()),
        artifacts: tasks().any(|task| !task.artifacts.is_empty()),
        artifact_paths: tasks().any(|task| {
            task.artifacts
                .iter()
                .any(|artifact| artifact.path.is_some())
        }),
        items: tasks().any(|task| task.for_each.is_some()),
        retry_on: tasks().any(|task| task.retry_on.is_some()),
        fan_in: flow_part.contains("fan_in=["),
        secrets: !flow.secrets.is_empty(),
        timezone: flow.schedule.as_ref().map_or_else(
            || "UTC".to_owned(),
            |schedule| schedule.timezone.value.clone(),
        ),
        store: lowering.settings.store.to_owned(),
        claim: lowering.settings.claim.to_owned(),
    }
}

/// The blocks of a template: definitions with two empty lines between them.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n\n")
        .map(|block| block.trim_matches('\n'))
        .filter(|block| !block.is_empty())
}

fn name_of(block: &str) -> &str {
    // A comment above belongs to the block.
    let block = match block
        .strip_prefix('#')
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

/// The blocks that a text needs, in their own order.
fn closure<'b>(blocks: &[&'b str], text: &str) -> Vec<&'b str> {
    let mut used = vec![false; blocks.len()];
    let mut open: Vec<HashSet<&str>> = vec![identifiers(text)];
    while let Some(names) = open.pop() {
        for (i, block) in blocks.iter().enumerate() {
            if !used[i] && names.contains(name_of(block)) {
                used[i] = true;
                open.push(identifiers(block));
            }
        }
    }
    blocks
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(block, _)| *block)
        .collect()
}

fn constants(dag: &Dag, lowering: &Lowering<'_>, blocks: &[&str]) -> Vec<String> {
    let names: HashSet<&str> = blocks.iter().flat_map(|block| identifiers(block)).collect();
    let mut constants = Vec::new();
    if names.contains("STORE") {
        let default = crate::python::string(lowering.settings.store);
        constants.push(format!(
            "# The folder for artifacts, the same on every worker.\nSTORE = Path(os.environ.get(\"FLOW_STORE\", {default}))\n"
        ));
    }
    if names.contains("MAY_FAIL") {
        let ids = dag.may_fail.iter().map(|id| Code::string(id)).collect();
        let set = Code::Set(ids).assignment("MAY_FAIL", 0);
        constants.push(format!(
            "# The tasks whose failure does not fail the run.\n{set}"
        ));
    }
    constants
}

/// Every import that a file may need: module, and name in it or nothing.
const IMPORTS: &[(&str, &str)] = &[
    ("json", ""),
    ("math", ""),
    ("os", ""),
    ("re", ""),
    ("shutil", ""),
    ("base64", "b64decode"),
    ("collections", "ChainMap"),
    ("contextlib", "closing"),
    ("datetime", "date"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("inspect", "signature"),
    ("pathlib", "Path"),
    ("signal", "SIGKILL"),
    ("signal", "SIGTERM"),
    ("subprocess", "DEVNULL"),
    ("subprocess", "PIPE"),
    ("subprocess", "STDOUT"),
    ("subprocess", "CalledProcessError"),
    ("subprocess", "Popen"),
    ("subprocess", "TimeoutExpired"),
    ("threading", "Thread"),
    ("zoneinfo", "ZoneInfo"),
    // The rest is not of Python itself.
    ("pendulum", ""),
    (
        "airflow.providers.cncf.kubernetes.operators.pod",
        "KubernetesPodOperator",
    ),
    ("airflow.providers.cncf.kubernetes.secret", "Secret"),
    (
        "airflow.providers.cncf.kubernetes.utils.container",
        "container_is_succeeded",
    ),
    (
        "airflow.providers.cncf.kubernetes.utils.xcom_sidecar",
        "PodDefaults",
    ),
    ("SDK", "DAG"),
    ("SDK", "BaseOperator"),
    ("SDK", "Param"),
    ("SDK", "TaskGroup"),
    ("SDK", "literal"),
    ("SDK", "task_group"),
    ("SDK", "timezone"),
    ("TIMETABLE", "CronTriggerTimetable"),
    ("EXCEPTIONS", "AirflowException"),
    ("EXCEPTIONS", "AirflowFailException"),
    ("EXCEPTIONS", "AirflowSkipException"),
    ("TIMEOUT", "AirflowTaskTimeout"),
    ("MASK", "mask_secret"),
    (
        "airflow.providers.docker.operators.docker",
        "DockerOperator",
    ),
    (
        "airflow.providers.standard.operators.empty",
        "EmptyOperator",
    ),
    ("airflow.providers.standard.operators.hitl", "HITLOperator"),
    (
        "airflow.providers.standard.triggers.temporal",
        "TimeDeltaTrigger",
    ),
    ("docker.types", "DeviceRequest"),
    ("docker.types", "Mount"),
    ("kubernetes.client", "models as k8s"),
    ("kubernetes.stream", "stream"),
];

/// Where the standard library ends in [`IMPORTS`].
const STANDARD: usize = 23;

fn module(name: &'static str, airflow2: bool) -> &'static str {
    const COMPAT: &str = "airflow.providers.common.compat.sdk";
    match (name, airflow2) {
        ("SDK", false) => "airflow.sdk",
        ("TIMETABLE", false) => "airflow.sdk",
        ("EXCEPTIONS" | "TIMEOUT", false) => "airflow.sdk.exceptions",
        ("MASK", false) => "airflow.sdk.log",
        ("SDK", true) => COMPAT,
        ("EXCEPTIONS" | "TIMEOUT", true) => "airflow.exceptions",
        ("TIMETABLE", true) => "airflow.timetables.trigger",
        ("MASK", true) => "airflow.utils.log.secrets_masker",
        (name, _) => name,
    }
}

fn imports(lowering: &Lowering<'_>, sources: &[&str]) -> String {
    let names: HashSet<&str> = sources
        .iter()
        .flat_map(|source| identifiers(source))
        .collect();
    let mut out = String::new();
    let mut from: Vec<(&str, Vec<&str>)> = Vec::new();
    for (i, (name, item)) in IMPORTS.iter().enumerate() {
        if i == STANDARD {
            flush(&mut from, &mut out);
            out.push('\n');
        }
        let word = match *item {
            "" => name,
            "models as k8s" => "k8s",
            item => item,
        };
        if !names.contains(word) {
            continue;
        }
        if item.is_empty() {
            out.push_str(&format!("import {name}\n"));
            continue;
        }
        let module = module(name, lowering.is_v2());
        match from.iter_mut().find(|(known, _)| *known == module) {
            Some((_, items)) => items.push(item),
            None => from.push((module, vec![item])),
        }
    }
    flush(&mut from, &mut out);
    out.trim_start_matches('\n').to_owned()
}

fn flush(from: &mut Vec<(&str, Vec<&str>)>, out: &mut String) {
    from.sort();
    for (module, mut items) in from.drain(..) {
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
        if line.len() <= crate::python::LINE_LENGTH {
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

/// The names that the helpers, constants and imports may take in the emitted file.
pub(super) fn module_names() -> Vec<String> {
    let mut names: Vec<String> = ["dag", "item", "k8s", "models", "STORE", "MAY_FAIL"]
        .map(str::to_owned)
        .to_vec();
    for template in [COMMON, PROCESS, DOCKER, KUBERNETES] {
        for line in template.lines() {
            let is_block = line.starts_with("def ") || line.starts_with("class ");
            if is_block || line.starts_with(|c: char| c.is_ascii_uppercase()) {
                names.push(name_of(line).to_owned());
            }
        }
    }
    for (module, item) in IMPORTS {
        names.push((if item.is_empty() { *module } else { *item }).to_owned());
    }
    names
}
