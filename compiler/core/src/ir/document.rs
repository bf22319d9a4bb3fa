//! The JSON form of the IR: the language in its normal form. The decoder of the language reads it
//! back, so these types are written only.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// Something by name, in the order of the file.
pub(super) type Named<T> = IndexMap<String, T>;

/// A flow as flowc understands it: every default applied, every short form written out, every
/// sub-flow inside.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "flow IR", deny_unknown_fields)]
pub(super) struct FlowDocument {
    /// The version of this form.
    #[schemars(extend("const" = 1))]
    pub flowc_ir: i64,
    /// The name of the flow.
    pub flow: String,
    /// Free text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free words for finding it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub tags: Vec<String>,
    /// Keys and values for finding it.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub labels: Named<String>,
    /// What a run may be given.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub parameters: Named<ParameterDocument>,
    /// Every secret that is declared or used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub secrets: Vec<String>,
    /// When runs start by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleDocument>,
    /// The longest a run may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How many processes of a run may be running at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
    /// Start nothing new after a failed task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_fast: Option<bool>,
    /// A limit across runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<ConcurrencyDocument>,
    /// Containers that live as long as the run.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub services: Named<ServiceDocument>,
    /// The tasks.
    pub tasks: Named<TaskDocument>,
    /// The tasks after all others.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub finally: Named<TaskDocument>,
    /// Values that a parent flow may read: data or one whole expression each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub outputs: Named<Json>,
    /// Artifacts that a parent flow may read, as expressions.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub artifacts: Named<String>,
    /// Fields for one target each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub targets: Named<Named<Json>>,
}

/// A parameter.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ParameterDocument {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its value when none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// The smallest number allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The only values allowed.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<Json>>,
    /// A pattern that a string must match as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Free text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// When runs start by themselves.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ScheduleDocument {
    /// Five cron fields.
    pub cron: String,
    /// An IANA time zone.
    pub timezone: String,
    /// No run before this day or moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// No run after this day or moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Whether runs missed since `start` are made up for.
    pub catchup: bool,
    /// `allow`, `skip` or `replace`.
    #[schemars(extend("enum" = ["allow", "skip", "replace"]))]
    pub overlap: &'static str,
}

/// A limit across runs or tasks.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ConcurrencyDocument {
    /// The name of the group.
    pub group: String,
    /// How many may be in it at once.
    pub limit: u32,
    /// `wait` or `skip`.
    #[schemars(extend("enum" = ["wait", "skip"]))]
    pub on_conflict: &'static str,
}

/// A container that is reached by its name.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ServiceDocument {
    /// Its image.
    pub image: String,
    /// Replaces the image's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Its environment.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub env: Named<String>,
    /// The ports it listens on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub ports: Vec<u16>,
    /// How to see that it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<ReadyDocument>,
}

/// How to see that a service is ready: one of `http`, `tcp` and `command`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ReadyDocument {
    /// A GET of this path on this port answers 200 to 399.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpDocument>,
    /// This port accepts a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<u16>,
    /// This command exits 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Between two asks.
    pub interval: String,
    /// How long to wait until ready.
    pub timeout: String,
}

/// Where an HTTP check asks.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct HttpDocument {
    /// The port.
    pub port: u16,
    /// The path.
    pub path: String,
}

/// A task: exactly one of `command`, `run`, `tasks`, `sub_flow`, `wait`, `approve`.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct TaskDocument {
    /// Free text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Siblings that it names; those it refers to are found in its expressions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub depends_on: Vec<String>,
    /// When it runs, by the states of its upstream tasks.
    #[schemars(default)]
    pub trigger_rule: &'static str,
    /// A boolean or one whole expression; one that names the element filters the fan-out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Json>,
    /// One instance per element of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_each: Option<FanOutDocument>,
    /// How many instances of a fan-out, or processes of a group, at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
    /// Start nothing further in it after a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_fast: Option<bool>,
    /// A boolean or one whole expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_failure: Option<Json>,
    /// The container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where the process starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
    /// The environment, that of the defaults included.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub env: Named<String>,
    /// An argument vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The argument vector before the script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<Vec<String>>,
    /// A script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The values of a sub-flow's parameters, those of their defaults included.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub with: Named<Json>,
    /// A sub-flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_flow: Option<Box<SubFlowDocument>>,
    /// The tasks of a group.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub tasks: Named<TaskDocument>,
    /// How long to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// A question to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<ApproveDocument>,
    /// Attempts after the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// Which failures are tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<RetryOnDocument>,
    /// The wait before an attempt after the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<BackoffDocument>,
    /// The longest an attempt may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// Of a process: the types of what it writes. Of a group: data or one whole expression each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub outputs: Named<Json>,
    /// Of a process: what it writes. Of a group: one whole expression each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub artifacts: Named<ArtifactDocument>,
    /// What it needs of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesDocument>,
    /// Containers that live as long as the task or group.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub services: Named<ServiceDocument>,
    /// Whether its results may be used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheDocument>,
    /// It has no effect but its outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pure: Option<bool>,
    /// How long it is expected to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<String>,
    /// A limit shared with other tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<ConcurrencyDocument>,
    /// The higher, the sooner among those ready to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Fields of the pod it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesDocument>,
    /// Fields for one target each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub targets: Named<Named<Json>>,
}

/// How often a task runs.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct FanOutDocument {
    /// The name of the element in expressions.
    #[serde(rename = "as")]
    pub variable: String,
    /// The list: data or one whole expression.
    #[serde(rename = "in")]
    pub list: Json,
}

/// A sub-flow.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SubFlowDocument {
    /// The name the file gives itself.
    pub flow: String,
    /// The path of the file as it was written.
    pub path: String,
    /// Its parameters.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub parameters: Named<ParameterDocument>,
    /// Its tasks.
    pub tasks: Named<TaskDocument>,
    /// What it exports: data or one whole expression each.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub outputs: Named<Json>,
    /// The artifacts it exports, as expressions.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub artifacts: Named<ArtifactDocument>,
}

/// A question to a person.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ApproveDocument {
    /// The question.
    pub message: String,
    /// The answers.
    pub choices: Vec<String>,
    /// The answer when nobody answers in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// How long it waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// Which failures are tried again.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct RetryOnDocument {
    /// Only these exit codes.
    pub exit_codes: Vec<u8>,
}

/// The wait before an attempt after the first.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct BackoffDocument {
    /// The first wait.
    pub delay: String,
    /// By how much each wait grows.
    pub factor: f64,
    /// The longest wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay: Option<String>,
}

/// What a process writes, or, as text, what a group exports.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ArtifactDocument {
    /// One whole expression.
    Export(String),
    /// A file or directory.
    Written {
        /// `file` or `directory`.
        #[serde(rename = "type")]
        #[schemars(extend("enum" = ["file", "directory"]))]
        kind: &'static str,
        /// Where the process writes it, when not `$FLOW_OUTPUTS/<name>`.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
}

/// What a task needs of the machine. Amounts in Kubernetes' notation, or one whole expression.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ResourcesDocument {
    /// Cores, requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Json>,
    /// Bytes, requested and never exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Json>,
    /// Accelerators, a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuDocument>,
    /// Bytes of scratch space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Json>,
}

/// A number of accelerators of one kind.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct GpuDocument {
    /// How many.
    pub count: Json,
    /// Which; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Whether results may be used again.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct CacheDocument {
    /// Equal keys have equal results.
    pub key: String,
    /// How long; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
}

/// Fields of a pod.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct KubernetesDocument {
    /// The account it runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Labels that its machine must have.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub node_selector: Named<String>,
    /// Taints that it bears.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub tolerations: Vec<Json>,
    /// Where it wants to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Json>,
    /// Labels of the pod.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub labels: Named<String>,
    /// Annotations of the pod.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(default)]
    pub annotations: Named<String>,
    /// `Always`, `IfNotPresent` or `Never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Always", "IfNotPresent", "Never"]))]
    pub image_pull_policy: Option<String>,
    /// Names of the secrets that open the image registry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub image_pull_secrets: Vec<String>,
    /// Its priority class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_class: Option<String>,
}
