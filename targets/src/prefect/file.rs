//! The flow file: its helpers, trimmed to what the flow uses, its tasks, and the flow.

use std::sync::LazyLock;

use flowc_core::expr::{Template, Type};
use flowc_core::text::Text;
use rustc_hash::FxHashSet;

use super::lower::{Lowering, process_templates};
use super::settings::{Runner, Secrets};
use crate::python::{
    self, Import, Mentions, Names, OPERATORS, PROCESS, TASKS, TEXT, VALUES, blocks, defined_names,
    docstring, heading, identifiers, imported_name, imports, render, used_blocks,
};

const FLOW: &str = include_str!("templates/flow.py.j2");
const ATTEMPT: &str = include_str!("templates/process.py.j2");

const DOCKER: &str = include_str!("templates/docker.py.j2");
const KUBERNETES: &str = include_str!("templates/kubernetes.py.j2");

/// Every template, in the order of the file; of those for containers a file has one.
const TEMPLATES: [&str; 8] = [
    FLOW, ATTEMPT, DOCKER, KUBERNETES, PROCESS, TEXT, OPERATORS, VALUES,
];

/// What the templates ask.
#[derive(serde::Serialize)]
struct Context {
    artifact_paths: bool,
    artifacts: bool,
    claim: String,
    containers: bool,
    env: bool,
    fail_fast: bool,
    items: bool,
    /// Whether a container is told what it may use.
    more: bool,
    namespace: String,
    outputs: bool,
    pods: bool,
    retries: bool,
    retry_on: bool,
    run_timeout: bool,
    secrets: &'static str,
    slots: bool,
    stops: bool,
    store: String,
    texts: bool,
    timeouts: bool,
    timezone: String,
    workdir: bool,
}

/// As many bytes as a function hardly ever takes. Room that is not needed is never touched, so it costs nothing.
const USUAL_FUNCTION: usize = 1000;

/// The whole file.
pub(super) fn file(lowering: &Lowering<'_>) -> Text {
    let mut mentions = Mentions::of(module_names());
    let mut flow = String::with_capacity((lowering.flow.tasks.len() + 20) * USUAL_FUNCTION);
    lowering.tasks(&mut |function| {
        if !flow.is_empty() {
            flow.push_str("\n\n");
        }
        function.mention(&mut mentions);
        function.print(&mut flow);
    });
    flow.push('\n');
    start_part(python::FLOW, &mut flow);
    let run = lowering.run();
    run.mention(&mut mentions);
    run.print(&mut flow);
    let main = main_block(lowering);
    mentions.scan(&main);
    flow.push_str(&main);
    let context = context(lowering);
    let runs_it = |template: &str| match lowering.settings.runner {
        Runner::Docker => template != KUBERNETES,
        Runner::Kubernetes => template != DOCKER,
        Runner::Process => template != KUBERNETES && template != DOCKER,
    };
    let templates = TEMPLATES.iter().filter(|template| runs_it(template));
    let helpers = templates.map(|template| match render(template, &context) {
        Ok(text) => text,
        // A mistake in a template; every one of them is rendered in the tests.
        Err(error) => format!("\n\n# flowc: {error}\n"),
    });
    let helpers: Vec<String> = helpers.collect();
    let all: Vec<&str> = helpers.iter().flat_map(|text| blocks(text)).collect();
    let mut names: FxHashSet<&str> = mentions.found();
    let used = used_blocks(&all, &names);
    let (constants, used): (Vec<&str>, Vec<&str>) =
        used.into_iter().partition(|block| is_constant(block));
    let helpers = used.join("\n\n\n");
    let constants = constants.join("\n");
    names.extend(identifiers(&helpers));
    names.extend(identifiers(&constants));
    let mut out = docstring(&doc(lowering));
    out.push('\n');
    out.push_str(&imports(&[STANDARD.to_vec(), PACKAGES.to_vec()], &names));
    if !constants.is_empty() {
        out.push('\n');
        out.push_str(&constants);
        out.push('\n');
    }
    start_part("How a task of the flow runs", &mut out);
    out.push_str(helpers.trim_end());
    out.push_str("\n\n");
    start_part(TASKS, &mut out);
    let mut text = Text::from(out);
    text.push(flow);
    text
}

fn start_part(title: &str, out: &mut String) {
    out.push('\n');
    out.push_str(&heading(title));
    out.push('\n');
}

fn main_block(lowering: &Lowering<'_>) -> String {
    let function = &lowering.flow_function;
    format!(
        "\n\nif __name__ == \"__main__\":\n    parameters = json.loads(sys.argv[1]) if sys.argv[1:] else {{}}\n    \
         state = {function}(**parameters, return_state=True)\n    \
         sys.exit(0 if state.is_completed() else 1)\n"
    )
}

/// Whether a block is an assignment, which stands above the functions.
fn is_constant(block: &str) -> bool {
    let code = block.lines().find(|line| !line.starts_with('#'));
    code.is_some_and(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        && !block.contains("\"string\"")
}

fn doc(lowering: &Lowering<'_>) -> String {
    let flow = lowering.flow;
    let file = flow.name.value.replace('-', "_");
    let secrets = match lowering.settings.secrets {
        _ if flow.secrets.is_empty() => "",
        Secrets::Blocks => "\nSecrets are Secret blocks of the same names, with `-` for `_`.",
        Secrets::Environment => {
            "\nSecrets are environment variables of the same names in capitals."
        }
    };
    format!(
        "{}: run it with `python {file}.py '{{\"parameter\": \"value\"}}'`.\n\n\
         Generated by flowc from {}: change that file, not this one.{secrets}\n",
        flow.name.value, lowering.settings.source
    )
}

fn context(lowering: &Lowering<'_>) -> Context {
    let flow = lowering.flow;
    let tasks = || flow.tasks.iter();
    let processes = || flow.tasks.iter().filter_map(|task| task.process());
    let fail_fast = flow.fails_fast() || tasks().any(|task| task.fails_fast());
    let run_timeout = flow.timeout.is_some();
    let timezone = flow
        .schedule
        .as_ref()
        .map(|schedule| &schedule.timezone.value);
    Context {
        artifact_paths: tasks().any(|task| task.artifacts.iter().any(|a| a.path.is_some())),
        artifacts: tasks().any(|task| !task.artifacts.is_empty()),
        claim: lowering.settings.claim.to_owned(),
        containers: lowering.settings.runner != Runner::Process,
        env: processes().any(|process| !process.env.is_empty()),
        fail_fast,
        more: tasks().any(|task| !lowering.container_fields(task).is_empty()),
        namespace: lowering.settings.namespace.to_owned(),
        items: tasks().any(|task| task.for_each.is_some()),
        outputs: tasks().any(|task| task.process().is_some() && !task.outputs.is_empty()),
        retries: tasks().any(|task| task.retries.as_ref().is_some_and(|n| n.value > 0)),
        retry_on: tasks().any(|task| task.retry_on.is_some()),
        pods: lowering.settings.runner == Runner::Kubernetes,
        run_timeout,
        secrets: match lowering.settings.secrets {
            Secrets::Blocks => "blocks",
            Secrets::Environment => "environment",
        },
        slots: flow.max_parallel.is_some()
            || tasks().any(|task| {
                task.group().is_some() && task.max_parallel.is_some() && task.for_each.is_none()
            }),
        stops: fail_fast || run_timeout,
        store: lowering.settings.store.to_owned(),
        texts: processes().flat_map(process_templates).any(is_no_text),
        timeouts: tasks().any(|task| task.timeout.is_some() && task.process().is_some()),
        timezone: timezone.map_or_else(|| "UTC".to_owned(), Clone::clone),
        workdir: processes().any(|process| process.workdir.is_some()),
    }
}

/// Whether the value is not a text already when the process is started.
fn is_no_text(template: &Template) -> bool {
    template
        .as_expr()
        .is_some_and(|expr| expr.ty != Type::String)
}

/// What a file may need of Python itself.
const STANDARD: &[Import] = &[
    ("asyncio", ""),
    ("json", ""),
    ("math", ""),
    ("os", ""),
    ("re", ""),
    ("shutil", ""),
    ("sys", ""),
    ("time", ""),
    ("contextlib", "ExitStack"),
    ("contextlib", "closing"),
    ("contextlib", "contextmanager"),
    ("contextvars", "ContextVar"),
    ("contextvars", "copy_context"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("pathlib", "Path"),
    ("signal", "SIGKILL"),
    ("signal", "SIGTERM"),
    ("subprocess", "DEVNULL"),
    ("subprocess", "PIPE"),
    ("subprocess", "STDOUT"),
    ("subprocess", "CalledProcessError"),
    ("subprocess", "Popen"),
    ("subprocess", "TimeoutExpired"),
    ("threading", "BoundedSemaphore"),
    ("threading", "Event"),
    ("threading", "Lock"),
    ("threading", "Thread"),
    ("typing", "Annotated"),
    ("typing", "Any"),
    ("typing", "Literal"),
    ("zoneinfo", "ZoneInfo"),
];

/// What a file may need of Prefect and what comes with it.
const PACKAGES: &[Import] = &[
    ("docker.types", "DeviceRequest"),
    ("prefect", "allow_failure"),
    ("prefect", "flow"),
    ("prefect", "task"),
    ("prefect.blocks.system", "Secret"),
    ("prefect.client.orchestration", "get_client"),
    ("prefect.concurrency.sync", "concurrency"),
    ("prefect.context", "FlowRunContext"),
    ("prefect.exceptions", "FlowPauseTimeout"),
    ("prefect.flow_runs", "pause_flow_run"),
    ("prefect.futures", "wait"),
    ("prefect.input", "RunInput"),
    ("prefect.runtime", "flow_run"),
    ("prefect.runtime", "task_run"),
    ("prefect.states", "Completed"),
    ("prefect.states", "Failed"),
    ("prefect.states", "Running"),
    ("prefect.task_runners", "ThreadPoolTaskRunner"),
    ("prefect.tasks", "exponential_backoff"),
    ("prefect_docker.host", "DockerHost"),
    ("prefect_kubernetes.jobs", "KubernetesJob"),
    ("prefect_kubernetes.pods", "list_namespaced_pod"),
    ("pydantic", "Field"),
    ("pydantic", "StrictBool"),
    ("pydantic", "StrictFloat"),
    ("pydantic", "StrictInt"),
    ("pydantic", "create_model"),
    ("requests.exceptions", "ConnectionError"),
    ("requests.exceptions", "Timeout"),
];

/// The names that the helpers, constants and imports may take in the emitted file.
pub(super) fn module_names() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(find_module_names);
    &NAMES
}

fn find_module_names() -> Names {
    let own = [
        "allowed",
        "elements",
        "ended",
        "instances",
        "parameters",
        "pool",
        "started",
        "state",
    ];
    let defined = TEMPLATES.into_iter().flat_map(defined_names);
    let imported = STANDARD.iter().chain(PACKAGES);
    let imported = imported.map(|import| imported_name(*import));
    own.into_iter().chain(defined).chain(imported).collect()
}
