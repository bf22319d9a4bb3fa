//! The emitted file: its helpers, trimmed to what the flow uses, and the flow itself.

use std::collections::{BTreeMap, HashSet};

use flowc_core::flow::{Body, TriggerRule};

use super::lower::{Lowering, always_allowed, seconds};
use super::print;
use super::settings::Runner;
use crate::python::{
    Code, Import, OPERATORS, TEXT, VALUES, blocks, docstring, heading, identifiers, imports,
    render, string, used_blocks,
};

const TASK: &str = include_str!("templates/task.py.j2");

/// How many steps may follow each other before Python's own limit is too low for Metaflow's walks.
const DEEP: usize = 250;

/// What the templates ask.
#[derive(serde::Serialize)]
struct Context {
    rules: BTreeMap<&'static str, bool>,
    groups: bool,
    fan_outs: bool,
    upstream: bool,
    conditions: bool,
    allowed: bool,
    may_fail: bool,
    scheduled: bool,
    clock: bool,
    run_timeout: bool,
    timezone: String,
    gives: bool,
    binds: bool,
    fields: bool,
    retries: bool,
    retry_on: bool,
    waits: bool,
    sleeps: bool,
    processes: bool,
    env: bool,
    workdir: bool,
    timeout: bool,
    outputs: bool,
    artifacts: bool,
    paths: bool,
    at_most: bool,
}

/// The whole file.
pub(super) fn file(lowering: &Lowering<'_>) -> String {
    let class = lowering.class();
    let flow = print::class(&class, &command_line(lowering));
    let context = context(lowering, &flow);
    let helpers =
        [TEXT, OPERATORS, TASK, VALUES].map(|template| match render(template, &context) {
            Ok(text) => text,
            // A mistake in a template; every one of them is rendered in the tests.
            Err(error) => format!("\n\n# flowc: {error}\n"),
        });
    let blocks: Vec<&str> = helpers.iter().flat_map(|text| blocks(text)).collect();
    let mut names = identifiers(&flow);
    let used = used_blocks(&blocks, &names);
    let constants = constants(lowering, &used);
    let helpers = used.join("\n\n\n");
    let mut out = docstring(&class.doc);
    out.push('\n');
    names.extend(identifiers(&constants));
    names.extend(identifiers(&helpers));
    out.push_str(&imports(&import_groups(), &names));
    out.push('\n');
    if !constants.is_empty() {
        out.push_str(&constants);
        out.push('\n');
    }
    out.push_str(&heading("How a task of the flow runs"));
    out.push('\n');
    out.push_str(&helpers);
    out.push_str("\n\n\n");
    out.push_str(&heading(crate::python::FLOW));
    out.push('\n');
    out.push_str(&flow);
    out
}

fn context(lowering: &Lowering<'_>, text: &str) -> Context {
    let flow = lowering.flow;
    let has = |call: &str| text.contains(call);
    let tasks = || flow.tasks.iter();
    let rules = TriggerRule::ALL.map(|rule| {
        let uses = |task: &flowc_core::flow::Task| {
            !task.upstream.is_empty() && task.trigger_rule.value == rule
        };
        (rule.as_str(), tasks().any(uses))
    });
    let artifacts = tasks().any(|task| !task.artifacts.is_empty());
    Context {
        rules: rules.into_iter().collect(),
        groups: tasks().any(|task| task.group().is_some()),
        fan_outs: tasks().any(|task| task.for_each.is_some()),
        upstream: tasks().any(|task| !task.upstream.is_empty()),
        conditions: has(".when("),
        allowed: has(".may_fail = "),
        may_fail: !always_allowed(flow).is_empty(),
        scheduled: lowering.needs_schedule(),
        clock: lowering.needs_clock(),
        run_timeout: flow.timeout.is_some(),
        timezone: flow.schedule.as_ref().map_or_else(
            || "UTC".to_owned(),
            |schedule| schedule.timezone.value.clone(),
        ),
        gives: has("group.give("),
        binds: has("group.bind("),
        fields: [
            "env={",
            "workdir=",
            "timeout=",
            "retry_on=",
            "at_most={",
            "outputs={",
            "artifacts={",
        ]
        .iter()
        .any(|field| has(field)),
        retries: has("retries="),
        retry_on: has("retry_on="),
        waits: has("waits="),
        sleeps: tasks().any(|task| matches!(task.body, Body::Wait(_))),
        processes: tasks().any(|task| task.process().is_some()),
        env: has("env={"),
        workdir: has("workdir="),
        timeout: has("timeout="),
        outputs: tasks().any(|task| !task.outputs.is_empty()),
        artifacts,
        paths: has("paths={"),
        at_most: has("at_most={"),
    }
}

fn constants(lowering: &Lowering<'_>, blocks: &[&str]) -> String {
    let names: HashSet<&str> = blocks.iter().flat_map(|block| identifiers(block)).collect();
    let mut constants = String::new();
    if names.contains("STORE") {
        match lowering.settings.runner {
            Runner::Kubernetes => constants.push_str(
                "# Where the pods see the volume for artifacts.\nSTORE = Path(\"/flow\")\n",
            ),
            Runner::Process => constants.push_str(&format!(
                "# The folder for artifacts, the same for all steps.\n\
                 STORE = Path(os.environ.get(\"FLOW_STORE\", {})).resolve()\n",
                string(lowering.settings.store)
            )),
        }
    }
    if let Some(timeout) = &lowering.flow.timeout {
        constants.push_str("# How long a run may take, in seconds; `finally` is not cut.\n");
        constants.push_str(&seconds(timeout.value).assignment("RUN_TIMEOUT", 0));
    }
    if names.contains("MAY_FAIL") {
        let allowed = always_allowed(lowering.flow);
        let allowed = allowed.into_iter().map(Code::string).collect();
        constants.push_str("# The tasks whose failure fails neither their group nor the run.\n");
        constants.push_str(&Code::Set(allowed).assignment("MAY_FAIL", 0));
    }
    if lowering.longest() > DEEP {
        // Metaflow walks along the steps by recursion, five frames for each at most.
        let limit = 1000 + 6 * lowering.longest();
        constants.push_str("# Metaflow walks along the steps by recursion.\n");
        constants.push_str(&format!("sys.setrecursionlimit({limit})\n"));
    }
    constants
}

/// Options of Metaflow's commands that the flow asks for; a variable that is set wins.
fn command_line(lowering: &Lowering<'_>) -> Vec<(String, String)> {
    let flow = lowering.flow;
    let mut settings = Vec::new();
    // Metaflow's own limit is 100, where nobody has said how long a list may be.
    let longer = flow
        .tasks
        .iter()
        .filter_map(|task| task.for_each.as_ref())
        .any(|fan_out| {
            fan_out
                .literal_items()
                .is_none_or(|items| items.len() > 100)
        });
    if longer {
        for command in ["RUN", "RESUME"] {
            let name = format!("METAFLOW_{command}_MAX_NUM_SPLITS");
            settings.push((name, "100000".to_owned()));
        }
    }
    if let Some(limit) = &flow.max_parallel {
        for command in ["RUN", "RESUME", "ARGO_WORKFLOWS_CREATE"] {
            let name = format!("METAFLOW_{command}_MAX_WORKERS");
            settings.push((name, limit.value.to_string()));
        }
    }
    settings
}

fn import_groups() -> [Vec<Import>; 2] {
    [
        vec![
            ("fcntl", ""),
            ("json", ""),
            ("math", ""),
            ("os", ""),
            ("re", ""),
            ("shutil", ""),
            ("sys", ""),
            ("time", ""),
            ("contextlib", "ExitStack"),
            ("contextlib", "contextmanager"),
            ("datetime", "UTC"),
            ("datetime", "date"),
            ("datetime", "datetime"),
            ("datetime", "timedelta"),
            ("decimal", "Decimal"),
            ("functools", "cached_property"),
            ("pathlib", "Path"),
            ("signal", "SIGKILL"),
            ("signal", "SIGTERM"),
            ("subprocess", "DEVNULL"),
            ("subprocess", "Popen"),
            ("subprocess", "TimeoutExpired"),
            ("tempfile", "mkdtemp"),
            ("zoneinfo", "ZoneInfo"),
        ],
        vec![
            ("metaflow", "FlowSpec"),
            ("metaflow", "JSONType"),
            ("metaflow", "Parameter"),
            ("metaflow", "current"),
            ("metaflow", "kubernetes"),
            ("metaflow", "resources"),
            ("metaflow", "retry"),
            ("metaflow", "schedule"),
            ("metaflow", "secrets"),
            ("metaflow", "step"),
        ],
    ]
}
