//! The mappings of the language as tables: which keys each may hold, what stands under a key, and
//! which bodies of a task it goes with. The decoder and the JSON Schema both read them.

/// A kind of mapping.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the JSON Schema.
    pub name: &'static str,
    /// The words for it in messages, such as `a task`.
    pub what: &'static str,
    /// What it may hold, in the order of the language page.
    pub keys: &'static [Key],
}

/// A key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    /// As it is written.
    pub name: &'static str,
    /// The definition in the JSON Schema that its value meets.
    pub shape: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// Whether the mapping makes no sense without it.
    pub required: bool,
    /// The bodies of a task that it goes with; [`ALL`] outside tasks.
    pub bodies: u8,
}

/// A process: `command` or `run`.
pub(crate) const PROCESS: u8 = 1;
/// A group: `tasks`.
pub(crate) const GROUP: u8 = 2;
/// A sub-flow: `flow`, or `sub_flow` in an IR.
pub(crate) const SUB_FLOW: u8 = 4;
/// `wait`.
pub(crate) const WAIT: u8 = 8;
/// `approve`.
pub(crate) const APPROVE: u8 = 16;
/// Every body.
pub(crate) const ALL: u8 = PROCESS | GROUP | SUB_FLOW | WAIT | APPROVE;
const TASKS: u8 = PROCESS | GROUP | SUB_FLOW;

const fn key(name: &'static str, shape: &'static str, doc: &'static str) -> Key {
    with(name, shape, ALL, doc)
}

const fn needed(name: &'static str, shape: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        doc,
        required: true,
        bodies: ALL,
    }
}

const fn with(name: &'static str, shape: &'static str, bodies: u8, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        doc,
        required: false,
        bodies,
    }
}

impl Table {
    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        // Several keys have as many letters, few begin with the same one too.
        let first = name.bytes().next();
        let mut alike = self
            .keys
            .iter()
            .filter(|key| key.name.bytes().next() == first);
        alike.find(|key| key.name == name)
    }

    /// The names of the keys that people write.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys
            .iter()
            .map(|key| key.name)
            .filter(|name| !is_ir_only(name))
    }
}

/// The version of the IR's JSON form, first in such a file.
pub(crate) const IR_VERSION: &str = "flowc_ir";

/// Whether a key stands in the JSON form of the IR only.
pub(crate) fn is_ir_only(key: &str) -> bool {
    key == IR_VERSION || key == "sub_flow"
}

pub(crate) static FLOW: Table = Table {
    name: "flow",
    what: "a flow",
    keys: &[
        needed(
            "flow",
            "flow_name",
            "The name: `[a-z][a-z0-9-]*`, at most 63 characters.",
        ),
        key("description", "text", "Free text for people."),
        key("owner", "text", "Who answers for the flow."),
        key("tags", "texts", "Free words for finding it."),
        key("labels", "text_map", "Keys and values for finding it."),
        key(
            "parameters",
            "parameters",
            "What a run may be given: typed, checked before any task starts.",
        ),
        key(
            "secrets",
            "names",
            "The names of the secrets the run needs. Optional; those used are found.",
        ),
        key("schedule", "schedule", "When runs start by themselves."),
        key("timeout", "duration", "The longest the whole run may take."),
        key(
            "max_parallel",
            "positive",
            "How many processes of a run may be running at once.",
        ),
        key(
            "fail_fast",
            "boolean",
            "Start nothing new after a failed task.",
        ),
        key(
            "concurrency",
            "concurrency",
            "A limit across runs and flows.",
        ),
        key(
            "services",
            "services",
            "Containers that live as long as the run, reached by name.",
        ),
        key(
            "defaults",
            "defaults",
            "What holds for every process task that does not say otherwise.",
        ),
        needed("tasks", "tasks", "The tasks by name."),
        key(
            "finally",
            "tasks",
            "Tasks that run after all others are final, whatever happened.",
        ),
        key(
            "outputs",
            "exports",
            "Values that a parent flow may read, as expressions.",
        ),
        key(
            "artifacts",
            "artifact_exports",
            "Artifacts that a parent flow may read, as expressions.",
        ),
        key("targets", "targets", "Fields for one target each."),
        key(
            IR_VERSION,
            "ir_version",
            "The version of this form, first in an IR.",
        ),
    ],
};

pub(crate) static TASK: Table = Table {
    name: "task",
    what: "a task",
    keys: &[
        with(
            "command",
            "command",
            PROCESS,
            "An argument vector, without a shell; replaces the image's entrypoint.",
        ),
        with(
            "run",
            "script",
            PROCESS,
            "A script. Values reach it through `env`, never by substitution.",
        ),
        with("tasks", "tasks", GROUP, "A group: tasks inside this one."),
        with(
            "flow",
            "text",
            SUB_FLOW,
            "A sub-flow: the path of its file, relative to this file.",
        ),
        with("wait", "duration", WAIT, "Lets time pass."),
        with(
            "approve",
            "approve",
            APPROVE,
            "Asks a person; the answer is the output `choice`.",
        ),
        with("sub_flow", "sub_flow", SUB_FLOW, "A sub-flow inside an IR."),
        key("description", "text", "Free text for people."),
        with(
            "with",
            "values",
            SUB_FLOW,
            "The values of the sub-flow's parameters.",
        ),
        with("image", "template", PROCESS, "The container image."),
        with("workdir", "text", PROCESS, "Where the process starts."),
        with(
            "shell",
            "shell",
            PROCESS,
            "What runs the script: `sh` (default), `bash`, `python`, `node` or an argument vector.",
        ),
        with("env", "env", PROCESS, "Environment variables."),
        key(
            "depends_on",
            "one_or_more_names",
            "Siblings to wait for; those referred to need not be named.",
        ),
        key(
            "trigger_rule",
            "trigger_rule",
            "When it runs, by the states of its upstream tasks.",
        ),
        key(
            "when",
            "condition",
            "Runs only when this holds; one that names `item` filters the fan-out.",
        ),
        with(
            "for_each",
            "for_each",
            TASKS,
            "One instance per element of a list.",
        ),
        with(
            "max_parallel",
            "positive",
            TASKS,
            "How many instances of a fan-out, or processes of a group, at once.",
        ),
        with(
            "fail_fast",
            "boolean",
            TASKS,
            "Of a fan-out or group: start nothing further after a failure.",
        ),
        key(
            "allow_failure",
            "condition",
            "Its failure does not fail its group or the run.",
        ),
        with("retries", "count", PROCESS, "Attempts after the first."),
        with(
            "retry_on",
            "retry_on",
            PROCESS,
            "Which failures are tried again; any by default.",
        ),
        with(
            "backoff",
            "backoff",
            PROCESS,
            "The wait before an attempt after the first.",
        ),
        with(
            "timeout",
            "duration",
            PROCESS,
            "The longest an attempt may take.",
        ),
        with(
            "outputs",
            "outputs",
            TASKS,
            "Small typed values it writes; of a group, what it exports.",
        ),
        with(
            "artifacts",
            "artifacts",
            TASKS,
            "Files and directories it writes; of a group, what it exports.",
        ),
        with(
            "resources",
            "resources",
            PROCESS,
            "What it needs of the machine.",
        ),
        with(
            "services",
            "services",
            TASKS,
            "Containers that live as long as the task or group, reached by name.",
        ),
        with(
            "cache",
            "cache",
            PROCESS,
            "Whether and how long its results may be used again.",
        ),
        with(
            "pure",
            "boolean",
            PROCESS,
            "It has no effect but its outputs.",
        ),
        with(
            "estimate",
            "duration",
            TASKS,
            "How long it is expected to take.",
        ),
        with(
            "concurrency",
            "concurrency",
            TASKS,
            "A limit shared with other tasks.",
        ),
        with(
            "priority",
            "integer",
            PROCESS,
            "The higher, the sooner among those ready to run.",
        ),
        with(
            "kubernetes",
            "kubernetes",
            PROCESS,
            "Fields of the pod, on targets that make pods.",
        ),
        key("targets", "targets", "Fields for one target each."),
    ],
};

/// The keys that make a task's body, in the order messages name them.
pub(crate) const BODIES: [(&str, u8); 7] = [
    ("command", PROCESS),
    ("run", PROCESS),
    ("tasks", GROUP),
    ("flow", SUB_FLOW),
    ("wait", WAIT),
    ("approve", APPROVE),
    ("sub_flow", SUB_FLOW),
];

pub(crate) static DEFAULTS: Table = Table {
    name: "defaults",
    what: "defaults",
    keys: &[
        key("image", "template", "The container image."),
        key("workdir", "text", "Where the process starts."),
        key("shell", "shell", "What runs a script."),
        key(
            "env",
            "env",
            "Environment variables; those of a task are added and win.",
        ),
        key("retries", "count", "Attempts after the first."),
        key(
            "retry_on",
            "retry_on",
            "Which failures are tried again; any by default.",
        ),
        key(
            "backoff",
            "backoff",
            "The wait before an attempt after the first.",
        ),
        key("timeout", "duration", "The longest an attempt may take."),
        key(
            "resources",
            "resources",
            "What a task needs of the machine; key by key.",
        ),
        key(
            "priority",
            "integer",
            "The higher, the sooner among those ready to run.",
        ),
        key("kubernetes", "kubernetes", "Fields of the pod; key by key."),
    ],
};

/// A sub-flow inside an IR: a flow without what belongs to a run.
pub(crate) static SUB_FLOW_BODY: Table = Table {
    name: "sub_flow",
    what: "a sub-flow",
    keys: &[
        needed("flow", "flow_name", "The name the file gives itself."),
        needed("path", "text", "The path of the file as it was written."),
        key("parameters", "parameters", "Its parameters."),
        needed("tasks", "tasks", "Its tasks."),
        key("outputs", "exports", "What it exports."),
        key("artifacts", "artifact_exports", "The artifacts it exports."),
    ],
};

pub(crate) static PARAMETER: Table = Table {
    name: "parameter",
    what: "a parameter",
    keys: &[
        key("type", "type", "Its type; that of the default when absent."),
        key(
            "default",
            "any",
            "Its value when none is given; without one it must be given.",
        ),
        key("min", "number", "The smallest number allowed."),
        key("max", "number", "The largest number allowed."),
        key("enum", "list", "The only values allowed."),
        key(
            "pattern",
            "text",
            "An RE2 pattern that a string must match as a whole.",
        ),
        key("description", "text", "Free text for people."),
    ],
};

pub(crate) static SCHEDULE: Table = Table {
    name: "schedule",
    what: "a schedule",
    keys: &[
        needed("cron", "text", "Five cron fields."),
        key("timezone", "text", "An IANA time zone; `UTC` when absent."),
        key("start", "text", "No run before this day or moment."),
        key("end", "text", "No run after this day or moment."),
        key(
            "catchup",
            "boolean",
            "Make up for runs missed since `start`.",
        ),
        key(
            "overlap",
            "overlap",
            "When the run before is still going: `allow`, `skip` or `replace`.",
        ),
    ],
};

pub(crate) static CONCURRENCY: Table = Table {
    name: "concurrency",
    what: "a concurrency limit",
    keys: &[
        needed("group", "text", "The name of the group."),
        key(
            "limit",
            "positive",
            "How many may be in it at once; 1 when absent.",
        ),
        key(
            "on_conflict",
            "on_conflict",
            "What the one too many does: `wait` or `skip`.",
        ),
    ],
};

pub(crate) static SERVICE: Table = Table {
    name: "service",
    what: "a service",
    keys: &[
        needed("image", "text", "The container image."),
        key("command", "texts", "Replaces the image's command."),
        key("env", "env", "Environment variables."),
        key("ports", "ports", "The ports it listens on."),
        key("ready", "ready", "How to see that it is ready."),
    ],
};

pub(crate) static READY: Table = Table {
    name: "ready",
    what: "a ready check",
    keys: &[
        key(
            "http",
            "http",
            "A GET of this path on this port answers 200 to 399.",
        ),
        key("tcp", "port", "This port accepts a connection."),
        key(
            "command",
            "texts",
            "This command, run in the container, exits 0.",
        ),
        key(
            "interval",
            "duration",
            "Between two asks; `1s` when absent.",
        ),
        key(
            "timeout",
            "duration",
            "How long to wait until ready; `60s` when absent.",
        ),
    ],
};

pub(crate) static HTTP: Table = Table {
    name: "http",
    what: "an HTTP check",
    keys: &[
        needed("port", "port", "The port."),
        key("path", "text", "The path, with its slash; `/` when absent."),
    ],
};

pub(crate) static APPROVAL: Table = Table {
    name: "approve",
    what: "an approval",
    keys: &[
        needed("message", "text", "The question."),
        key(
            "choices",
            "texts",
            "The answers; `yes` and `no` when absent.",
        ),
        key("default", "text", "The answer when nobody answers in time."),
        key("timeout", "duration", "How long it waits for an answer."),
    ],
};

pub(crate) static FOR_EACH: Table = Table {
    name: "for_each_mapping",
    what: "a fan-out",
    keys: &[
        key(
            "as",
            "name",
            "The name of the element in expressions; `item` when absent.",
        ),
        key("in", "list_value", "The list."),
        key(
            "matrix",
            "matrix",
            "Lists whose every combination is an element.",
        ),
        key("exclude", "list", "Combinations to leave out."),
    ],
};

pub(crate) static RETRY_ON: Table = Table {
    name: "retry_on",
    what: "`retry_on`",
    keys: &[needed(
        "exit_codes",
        "exit_codes",
        "Only these exit codes are tried again.",
    )],
};

pub(crate) static BACKOFF: Table = Table {
    name: "backoff",
    what: "a backoff",
    keys: &[
        needed("delay", "duration", "The first wait."),
        key(
            "factor",
            "factor",
            "By how much each wait grows; 1 when absent.",
        ),
        key("max_delay", "duration", "The longest wait."),
    ],
};

pub(crate) static ARTIFACT: Table = Table {
    name: "artifact",
    what: "an artifact",
    keys: &[
        needed("type", "artifact_kind", "`file` or `directory`."),
        key(
            "path",
            "text",
            "Where the process writes it, when not `$FLOW_OUTPUTS/<name>`.",
        ),
    ],
};

pub(crate) static OUTPUT: Table = Table {
    name: "output",
    what: "an output",
    keys: &[needed("type", "type", "Its type.")],
};

pub(crate) static RESOURCES: Table = Table {
    name: "resources",
    what: "resources",
    keys: &[
        key("cpu", "quantity", "Cores, requested."),
        key("memory", "quantity", "Bytes, requested and never exceeded."),
        key("gpu", "gpu", "Accelerators, a limit."),
        key("disk", "quantity", "Bytes of scratch space."),
    ],
};

pub(crate) static GPU: Table = Table {
    name: "gpu_mapping",
    what: "`gpu`",
    keys: &[
        needed("count", "quantity", "How many."),
        key(
            "kind",
            "text",
            "Which, such as `nvidia-a100`; any when absent.",
        ),
    ],
};

pub(crate) static CACHE: Table = Table {
    name: "cache",
    what: "a cache",
    keys: &[
        needed("key", "template", "Equal keys have equal results."),
        key("ttl", "duration", "How long; for ever when absent."),
    ],
};

pub(crate) static KUBERNETES: Table = Table {
    name: "kubernetes",
    what: "`kubernetes`",
    keys: &[
        key("service_account", "text", "The account it runs as."),
        key(
            "node_selector",
            "text_map",
            "Labels that its machine must have.",
        ),
        key(
            "tolerations",
            "list",
            "Taints that it bears, in Kubernetes' own form.",
        ),
        key(
            "affinity",
            "object",
            "Where it wants to be, in Kubernetes' own form.",
        ),
        key("labels", "text_map", "Labels of the pod."),
        key("annotations", "text_map", "Annotations of the pod."),
        key(
            "image_pull_policy",
            "image_pull_policy",
            "`Always`, `IfNotPresent` or `Never`.",
        ),
        key(
            "image_pull_secrets",
            "texts",
            "Names of the secrets that open the image registry.",
        ),
        key("priority_class", "text", "Its priority class."),
    ],
};

/// Every table, for the JSON Schema.
pub(crate) static TABLES: [&Table; 20] = [
    &FLOW,
    &TASK,
    &DEFAULTS,
    &SUB_FLOW_BODY,
    &PARAMETER,
    &SCHEDULE,
    &CONCURRENCY,
    &SERVICE,
    &READY,
    &HTTP,
    &APPROVAL,
    &FOR_EACH,
    &RETRY_ON,
    &BACKOFF,
    &ARTIFACT,
    &OUTPUT,
    &RESOURCES,
    &GPU,
    &CACHE,
    &KUBERNETES,
];
