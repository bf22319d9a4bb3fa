//! Everything a flow can ask of a target, as one list.
//!
//! A feature is as fine as the targets differ. [`uses`](crate::uses) finds the features a flow
//! uses; a target's support table answers every one of them.

use crate::flow::TriggerRule;

/// How a target carries a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The target has the same thing.
    Native {
        /// The field or word it becomes; it is found in the emitted files.
        via: &'static str,
    },
    /// The same meaning by other means.
    Emulated {
        /// Which means.
        via: &'static str,
    },
    /// It runs, but something named is lost.
    Lossy {
        /// What it becomes.
        via: &'static str,
        /// What is lost.
        loses: &'static str,
    },
    /// It cannot be carried; using it is an error.
    Unsupported {
        /// Why not.
        why: &'static str,
    },
}

impl Support {
    /// The word for the kind: `native`, `emulated`, `lossy` or `unsupported`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Native { .. } => "native",
            Self::Emulated { .. } => "emulated",
            Self::Lossy { .. } => "lossy",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

macro_rules! features {
    ($( $variant:ident $id:literal $title:literal; )*) => {
        /// Something a flow can ask of a target.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature {
            $(
                #[doc = $title]
                $variant,
            )*
            /// A trigger rule on a task with upstream tasks.
            TriggerRule(TriggerRule),
        }

        impl Feature {
            /// Every feature, in the order of the support tables.
            pub fn all() -> Vec<Feature> {
                let mut all = vec![$( Feature::$variant, )*];
                all.extend(TriggerRule::ALL.map(Feature::TriggerRule));
                all
            }

            /// Its stable name.
            pub fn id(self) -> &'static str {
                match self {
                    $( Self::$variant => $id, )*
                    Self::TriggerRule(rule) => match rule {
                        TriggerRule::AllSuccess => "trigger_rule.all_success",
                        TriggerRule::NoneFailed => "trigger_rule.none_failed",
                        TriggerRule::NoneFailedMinOneSuccess => "trigger_rule.none_failed_min_one_success",
                        TriggerRule::OneSuccess => "trigger_rule.one_success",
                        TriggerRule::AllDone => "trigger_rule.all_done",
                        TriggerRule::AllFailed => "trigger_rule.all_failed",
                        TriggerRule::OneFailed => "trigger_rule.one_failed",
                        TriggerRule::AllSkipped => "trigger_rule.all_skipped",
                        TriggerRule::NoneSkipped => "trigger_rule.none_skipped",
                    },
                }
            }

            /// A short title for tables.
            pub fn title(self) -> String {
                match self {
                    $( Self::$variant => $title.to_owned(), )*
                    Self::TriggerRule(rule) => format!("trigger rule `{rule}`"),
                }
            }
        }
    };
}

features! {
    // The flow.
    Description "description" "description of the flow";
    TaskDescription "task.description" "description of a task";
    Owner "owner" "owner";
    Tags "tags" "tags";
    Labels "labels" "labels";
    Parameters "parameters" "parameters of a run";
    ParameterTypes "parameters.types" "type checks of parameters";
    ParameterConstraints "parameters.constraints" "constraints of parameters";
    ParameterDescription "parameters.description" "descriptions of parameters";
    Secrets "secrets" "secrets in the environment";
    Schedule "schedule" "cron schedule";
    ScheduleTimezone "schedule.timezone" "time zone of the schedule";
    ScheduleStart "schedule.start" "first day of the schedule";
    ScheduleEnd "schedule.end" "last day of the schedule";
    Catchup "schedule.catchup" "catching up on missed runs";
    OverlapAllow "schedule.overlap.allow" "overlapping scheduled runs";
    OverlapSkip "schedule.overlap.skip" "skipping a scheduled run while one is going";
    OverlapReplace "schedule.overlap.replace" "replacing the run that is going by a scheduled one";
    RunTimeout "timeout.run" "timeout of the run";
    RunMaxParallel "max_parallel.run" "a limit of processes at once in a run";
    RunFailFast "fail_fast.run" "starting nothing new after a failure in the run";
    RunConcurrencyWait "concurrency.run.wait" "runs that wait for a place in a concurrency group";
    RunConcurrencySkip "concurrency.run.skip" "skipping runs without a place in a concurrency group";
    RunServices "services.run" "services for the run";
    Finally "finally" "tasks after all others (`finally`)";
    // What a task does.
    Command "command" "argument vector";
    Script "run" "script";
    Group "group" "group of tasks";
    SubFlow "flow" "sub-flow in its own file";
    Wait "wait" "wait";
    Approve "approve" "approval by a person";
    ApproveDefault "approve.default" "an answer when nobody answers in time";
    ApproveTimeout "approve.timeout" "a time to answer";
    Image "image" "container images";
    ImageExpression "image.expression" "images computed when the flow runs";
    Workdir "workdir" "working directory";
    Env "env" "environment variables";
    // When and how often.
    Condition "when" "condition";
    ItemCondition "when.item" "condition on the element of a fan-out";
    FanOutLiteral "for_each.literal" "fan-out over a list known at compile time";
    FanOutDynamic "for_each.dynamic" "fan-out over a list known when the flow runs";
    FanOutGroup "for_each.group" "fan-out over a group";
    FanOutNested "for_each.nested" "fan-out inside a fan-out";
    FanOutMaxParallel "max_parallel.fan_out" "a limit of instances at once in a fan-out";
    GroupMaxParallel "max_parallel.group" "a limit of processes at once in a group";
    FanOutFailFast "fail_fast.fan_out" "starting no further instance after a failed one";
    GroupFailFast "fail_fast.group" "starting nothing new in a group after a failure";
    AllowFailure "allow_failure" "failures that do not fail the run";
    AllowFailureItem "allow_failure.item" "failures allowed for instances of a fan-out";
    Retries "retries" "retries";
    RetryOn "retry_on" "retries for some exit codes only";
    Backoff "backoff" "wait before a retry";
    BackoffFactor "backoff.factor" "growing waits before retries";
    BackoffFraction "backoff.factor.fraction" "waits that grow by a factor that is not whole";
    BackoffMaxDelay "backoff.max_delay" "longest wait before a retry";
    AttemptTimeout "timeout.attempt" "timeout of an attempt";
    // Data.
    Outputs "outputs" "typed outputs";
    OutputTypeCheck "outputs.check" "type checks of outputs";
    OutputFanIn "outputs.fan_in" "outputs of a fan-out as a list";
    FileArtifacts "artifacts.file" "files";
    DirectoryArtifacts "artifacts.directory" "directories";
    ArtifactPath "artifacts.path" "artifacts at a path of their own";
    ArtifactFanIn "artifacts.fan_in" "artifacts of a fan-out as a directory";
    TaskStatus "tasks.status" "the status of another task";
    RunId "run.id" "the id of the run";
    RunDate "run.date" "the scheduled day";
    RunScheduledAt "run.scheduled_at" "the scheduled moment";
    RunStatus "run.status" "the status of the run";
    RunDuration "run.duration" "the duration of the run";
    ListMacros "expr.macros" "list macros in expressions";
    Days "expr.days" "days() in expressions";
    // Where it runs.
    Cpu "resources.cpu" "cores";
    Memory "resources.memory" "memory";
    Gpu "resources.gpu" "GPUs";
    GpuKind "resources.gpu.kind" "GPUs of a kind";
    Disk "resources.disk" "scratch space";
    ResourcesExpression "resources.expression" "resources computed when the flow runs";
    TaskServices "services.task" "services for a task";
    GroupServices "services.group" "services for a group";
    ServiceReady "services.ready" "waiting until a service is ready";
    Cache "cache" "reuse of results";
    CacheTtl "cache.ttl" "an end to the reuse of results";
    Pure "pure" "tasks without effects";
    Estimate "estimate" "expected duration";
    TaskConcurrencyWait "concurrency.task.wait" "tasks that wait for a place in a concurrency group";
    TaskConcurrencySkip "concurrency.task.skip" "skipping tasks without a place in a concurrency group";
    Priority "priority" "priority among ready tasks";
    ServiceAccount "kubernetes.service_account" "service account";
    NodeSelector "kubernetes.node_selector" "node selector";
    Tolerations "kubernetes.tolerations" "tolerations";
    Affinity "kubernetes.affinity" "affinity";
    PodLabels "kubernetes.labels" "labels of the pod";
    PodAnnotations "kubernetes.annotations" "annotations of the pod";
    ImagePullPolicy "kubernetes.image_pull_policy" "image pull policy";
    ImagePullSecrets "kubernetes.image_pull_secrets" "image pull secrets";
    PriorityClass "kubernetes.priority_class" "priority class";
    TargetFields "targets" "fields of the target itself";
}
