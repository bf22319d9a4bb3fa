//! The emitted file: its helpers, trimmed to what the flow uses, and the flow itself.
//!
//! The templates hold every helper that any flow may need, each a block of the file. A file gets
//! those that its flow names, and those that these name in turn; imports follow from that.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use flowc_core::flow::Task;
use flowc_core::text::Text;

use super::lower::Lowering;
use super::model::Dag;
use super::print::Printer;
use super::settings::Runner;
use crate::python::{
    Code, Import, Mentions, Names, OPERATORS, TEXT, VALUES, blocks, defined_names, docstring,
    heading, identifiers, imported_name, imports, render, used_blocks,
};

const COMPUTE: &str = include_str!("templates/compute.py.j2");
const READS: &str = include_str!("templates/reads.py.j2");
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
    computed_image: bool,
    computed_resources: bool,
    run_timeout: bool,
    workdir: bool,
    env: bool,
    outputs: bool,
    artifacts: bool,
    artifact_paths: bool,
    items: bool,
    item_conditions: bool,
    retry_on: bool,
    fan_in: bool,
    own_fan_in: bool,
    positions: bool,
    published: bool,
    written_out: bool,
    secrets: bool,
    timezone: String,
    store: String,
    claim: String,
}

/// As many bytes as a statement hardly ever takes. Room that is not needed is never touched, so it costs nothing.
const USUAL_STATEMENT: usize = 1000;

/// The whole file.
pub(super) fn file(lowering: &Lowering<'_>) -> Text {
    let mut names = Mentions::of(module_names());
    let mut flow = String::with_capacity((lowering.flow.tasks.len() + 20) * USUAL_STATEMENT);
    let mut printer = Printer::new(4, &mut flow);
    let dag = &lowering.dag(&mut |statement| {
        statement.mention(&mut names);
        printer.add(statement);
    });
    dag.mention(&mut names);
    let context = context(dag, lowering);
    let source = match lowering.settings.runner {
        Runner::Process => PROCESS,
        Runner::Docker => DOCKER,
        Runner::Kubernetes => KUBERNETES,
    };
    let sources = [COMPUTE, TEXT, READS, OPERATORS, COMMON, VALUES, source];
    let helpers = sources.map(|template| match render(template, &context) {
        Ok(text) => text,
        // A mistake in a template; every one of them is rendered in the tests.
        Err(error) => format!("\n\n# flowc: {error}\n"),
    });
    let blocks: Vec<&str> = helpers.iter().flat_map(|text| blocks(text)).collect();
    let mut names: FxHashSet<&str> = names.found();
    let used = used_blocks(&blocks, &names);
    let constants = constants(dag, lowering, &used);
    let mut rest = constants.join("");
    rest.push_str("\n\n");
    for block in used {
        rest.push_str(block);
        rest.push_str("\n\n\n");
    }
    names.extend(identifiers(&rest));
    let mut out = docstring(&dag.doc);
    out.push('\n');
    out.push_str(&imports_of(lowering, &names));
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
    out.push_str(&heading(crate::python::FLOW));
    out.push_str("with ");
    let call = Code::call("DAG", dag.arguments.iter().cloned());
    call.write(&mut out, 0, 5, 8);
    out.push_str(" as dag:\n");
    let mut text = Text::from(out);
    text.push(flow);
    text
}

fn context(dag: &Dag<'_>, lowering: &Lowering<'_>) -> Context {
    let flow = lowering.flow;
    let processes = || flow.tasks.iter().filter_map(|task| task.process());
    let tasks = || flow.tasks.iter();
    Context {
        airflow2: lowering.is_v2(),
        mapped_groups: tasks().any(|task| task.group().is_some() && task.for_each.is_some()),
        may_fail: !dag.may_fail.is_empty(),
        computed: lowering.flags.computed.get(),
        computed_image: lowering.facts.templates.image,
        computed_resources: lowering.facts.templates.resources,
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
        item_conditions: lowering.flags.item_conditions.get(),
        retry_on: tasks().any(|task| task.retry_on.is_some()),
        fan_in: lowering.flags.fan_in.get(),
        own_fan_in: lowering.flags.own_fan_in.get(),
        positions: tasks()
            .any(|task| is_written_out(task) || task.group().is_some() && task.for_each.is_some()),
        published: tasks().any(is_written_out),
        written_out: processes().any(|process| {
            let mut names = process.env.iter().map(|variable| &variable.name.value);
            names.any(|name| name == "FLOW_TASK")
        }),
        secrets: !flow.secrets.is_empty(),
        timezone: flow.schedule.as_ref().map_or_else(
            || "UTC".to_owned(),
            |schedule| schedule.timezone.value.clone(),
        ),
        store: lowering.settings.store.to_owned(),
        claim: lowering.settings.claim.to_owned(),
    }
}

/// Whether the task stands for a fan-out that is written out.
fn is_written_out(task: &Task) -> bool {
    task.group().is_some_and(|group| !group.elements.is_empty())
}

fn constants(dag: &Dag<'_>, lowering: &Lowering<'_>, blocks: &[&str]) -> Vec<String> {
    let names: FxHashSet<&str> = blocks.iter().flat_map(|block| identifiers(block)).collect();
    let mut constants = Vec::new();
    if names.contains("STORE") {
        let default = crate::python::string(lowering.settings.store);
        constants.push(format!(
            "# The folder for artifacts, the same on every worker.\nSTORE = Path(os.environ.get(\"FLOW_STORE\", {default}))\n"
        ));
    }
    if names.contains("MAY_FAIL") {
        let ids = dag.may_fail.iter().map(|id| Code::string(&**id)).collect();
        let set = Code::Set(ids).assignment("MAY_FAIL", 0);
        constants.push(format!(
            "# The tasks whose failure does not fail the run.\n{set}"
        ));
    }
    constants
}

/// What a file may need of Python itself.
const STANDARD: &[Import] = &[
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
];

/// What a file may need beside Python itself.
const PACKAGES: &[Import] = &[
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

fn imports_of(lowering: &Lowering<'_>, names: &FxHashSet<&str>) -> String {
    let packages = PACKAGES
        .iter()
        .map(|(name, item)| (module(name, lowering.is_v2()), *item));
    imports(&[STANDARD.to_vec(), packages.collect()], names)
}

/// The names that the helpers, constants and imports may take in the emitted file.
pub(super) fn module_names() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(find_module_names);
    &NAMES
}

fn find_module_names() -> Names {
    let own = ["dag", "item", "k8s", "models", "STORE", "MAY_FAIL"];
    let templates = [
        COMPUTE, TEXT, READS, OPERATORS, COMMON, VALUES, PROCESS, DOCKER, KUBERNETES,
    ];
    let defined = templates.into_iter().flat_map(defined_names);
    let imported = STANDARD.iter().chain(PACKAGES);
    let imported = imported.map(|import| imported_name(*import));
    own.into_iter().chain(defined).chain(imported).collect()
}
