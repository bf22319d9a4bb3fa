//! How Airflow carries each feature, by version and runner. `via` of a native feature is the word
//! it becomes in the file.

use flowc_core::feature::{Feature, Support};
use flowc_core::flow::TriggerRule;

use super::settings::{Runner, Version};
use Support::{Emulated, Lossy, Native, Unsupported};

const NOT_ON_THE_WORKER: &str = "processes share the worker's own machine";

const ONE_CONTAINER: &str = "this runner starts one process or container per task";

/// A task of Airflow cannot end itself in any other way.
const SHOWN_AS_FAILED: &str =
    "the state `upstream_failed` of a task that it keeps from starting, which is `failed` instead";

pub(super) const fn support(feature: Feature, version: Version, runner: Runner) -> Support {
    match feature {
        Feature::Description => Native { via: "description" },
        Feature::TaskDescription => Native { via: "doc_md" },
        Feature::Owner => Native { via: "owner" },
        Feature::Tags => Native { via: "tags" },
        Feature::Labels => Emulated {
            via: "tags of the form `key:value`",
        },
        Feature::Parameters => Native { via: "params" },
        Feature::ParameterTypes | Feature::ParameterConstraints => Emulated {
            via: "`Param`; Airflow creates no run for a value that it refuses",
        },
        Feature::ParameterDescription => Native { via: "description" },
        Feature::Secrets => match runner {
            Runner::Kubernetes => Native { via: "Secret" },
            Runner::Docker | Runner::Process => Emulated {
                via: "Airflow Variables of the same names",
            },
        },
        Feature::Schedule => Native {
            via: "CronTriggerTimetable",
        },
        Feature::ScheduleTimezone => Native { via: "timezone" },
        Feature::ScheduleStart => Native { via: "start_date" },
        Feature::ScheduleEnd => Native { via: "end_date" },
        Feature::Catchup => Native { via: "catchup" },
        Feature::OverlapAllow => Native {
            via: "max_active_runs",
        },
        Feature::OverlapSkip => Lossy {
            via: "max_active_runs",
            loses: "a run that comes due meanwhile is not skipped but starts when the one before has ended",
        },
        Feature::OverlapReplace => Unsupported {
            why: "Airflow does not end a run because the next one is due",
        },
        Feature::RunTimeout => Lossy {
            via: "a time limit that each task works out",
            loses: SHOWN_AS_FAILED,
        },
        Feature::RunMaxParallel => match version {
            Version::V3 => Native {
                via: "max_active_tasks",
            },
            Version::V2 => Lossy {
                via: "max_active_tasks",
                loses: "the limit is shared by all runs of the flow that are going at once",
            },
        },
        Feature::RunFailFast => Lossy {
            via: "a check before each task",
            loses: SHOWN_AS_FAILED,
        },
        Feature::RunConcurrencyWait => Lossy {
            via: "max_active_runs",
            loses: "the limit holds among the runs of this flow, not of other flows in the group",
        },
        Feature::RunConcurrencySkip => Lossy {
            via: "max_active_runs",
            loses: "the one run too many waits instead of being skipped, and other flows do not count",
        },
        Feature::RunServices => Unsupported {
            why: "Airflow keeps no containers beside a run",
        },
        Feature::Finally => Emulated {
            via: "tasks with the rule `all_done` behind all others",
        },
        Feature::Command => Native { via: "command" },
        Feature::Script => Native { via: "command" },
        Feature::Group => Native { via: "TaskGroup" },
        Feature::SubFlow => Native { via: "TaskGroup" },
        Feature::Wait => Emulated {
            via: "a deferred task, which needs a triggerer",
        },
        Feature::Approve => match version {
            Version::V3 => Native {
                via: "HITLOperator",
            },
            Version::V2 => Unsupported {
                why: "Airflow asks people from version 3.1 on",
            },
        },
        Feature::ApproveDefault => match version {
            Version::V3 => Native { via: "defaults" },
            Version::V2 => Unsupported {
                why: "Airflow asks people from version 3.1 on",
            },
        },
        Feature::ApproveTimeout => match version {
            Version::V3 => Native {
                via: "response_timeout",
            },
            Version::V2 => Unsupported {
                why: "Airflow asks people from version 3.1 on",
            },
        },
        Feature::Image | Feature::ImageExpression => match runner {
            Runner::Kubernetes | Runner::Docker => Native { via: "image" },
            Runner::Process => Lossy {
                via: "the worker's own programs",
                loses: "the image; what the process needs must be installed on the workers",
            },
        },
        Feature::Workdir => match runner {
            Runner::Process | Runner::Docker | Runner::Kubernetes => Native { via: "workdir" },
        },
        Feature::Env => Native { via: "env" },
        Feature::Condition => Native { via: "pre_execute" },
        Feature::ItemCondition => Emulated {
            via: "a check of each instance, and of all of them before the first where the condition can fail",
        },
        Feature::FanOutLiteral => Native { via: "expand" },
        Feature::FanOutDynamic => Native { via: "expand" },
        Feature::FanOutGroup => Native { via: "task_group" },
        Feature::FanOutNested => Emulated {
            via: "a task for each element of the one whose list is known; two lists that are known only when the flow runs are refused",
        },
        Feature::FanOutMaxParallel => Native {
            via: "max_active_tis_per_dagrun",
        },
        Feature::GroupMaxParallel => Lossy {
            via: "the limits of the DAG",
            loses: "the limit; Airflow has none for a group",
        },
        Feature::FanOutFailFast | Feature::GroupFailFast => Lossy {
            via: "a check before each task",
            loses: SHOWN_AS_FAILED,
        },
        Feature::AllowFailure => Emulated {
            via: "a last task that decides the state of the run",
        },
        Feature::AllowFailureItem => Emulated {
            via: "a task behind the instances that looks at the items of those that failed",
        },
        Feature::Retries => Native { via: "retries" },
        Feature::RetryOn => Emulated {
            via: "AirflowFailException for all other exit codes",
        },
        Feature::Backoff => Native { via: "retry_delay" },
        Feature::BackoffFactor => Native {
            via: "retry_exponential_backoff",
        },
        Feature::BackoffFraction => match version {
            Version::V3 => Native {
                via: "retry_exponential_backoff",
            },
            Version::V2 => Lossy {
                via: "retry_exponential_backoff",
                loses: "the factor; waits are doubled",
            },
        },
        Feature::BackoffMaxDelay => Native {
            via: "max_retry_delay",
        },
        Feature::AttemptTimeout => Native {
            via: "execution_timeout",
        },
        Feature::Outputs => Native { via: "outputs" },
        Feature::OutputTypeCheck => Emulated {
            via: "a check before the task succeeds",
        },
        Feature::OutputFanIn => Native { via: "every" },
        Feature::FileArtifacts | Feature::DirectoryArtifacts => match runner {
            Runner::Kubernetes => Emulated {
                via: "a volume that all pods of the run see",
            },
            Runner::Docker | Runner::Process => Emulated {
                via: "a folder that all workers see",
            },
        },
        Feature::ArtifactPath => match runner {
            Runner::Process => Lossy {
                via: "the same path on the worker",
                loses: "a place of its own: tasks on one worker share the path",
            },
            Runner::Kubernetes | Runner::Docker => Unsupported {
                why: "only `$FLOW_OUTPUTS` is kept when the container is gone",
            },
        },
        Feature::ArtifactFanIn => Emulated {
            via: "a folder with one entry per instance",
        },
        Feature::TaskStatus => Emulated {
            via: "the states that the scheduler knows",
        },
        Feature::RunId => Native { via: "run_id" },
        Feature::RunDate | Feature::RunScheduledAt => match version {
            Version::V3 => Native { via: "run_after" },
            Version::V2 => Native {
                via: "logical_date",
            },
        },
        Feature::RunStatus => Emulated {
            via: "the states that the scheduler knows",
        },
        Feature::RunDuration => Native { via: "start_date" },
        Feature::ListMacros => Emulated {
            via: "Python's comprehensions",
        },
        Feature::Days => Emulated {
            via: "a function of the file",
        },
        Feature::Cpu => match runner {
            Runner::Kubernetes => Native {
                via: "container_resources",
            },
            Runner::Docker => Native { via: "cpus" },
            Runner::Process => Lossy {
                via: "the worker",
                loses: NOT_ON_THE_WORKER,
            },
        },
        Feature::Memory => match runner {
            Runner::Kubernetes => Native {
                via: "container_resources",
            },
            Runner::Docker => Lossy {
                via: "mem_limit",
                loses: "a request; it is a limit only",
            },
            Runner::Process => Lossy {
                via: "the worker",
                loses: NOT_ON_THE_WORKER,
            },
        },
        Feature::Gpu => match runner {
            Runner::Kubernetes => Native {
                via: "container_resources",
            },
            Runner::Docker => Native {
                via: "device_requests",
            },
            Runner::Process => Lossy {
                via: "the worker",
                loses: NOT_ON_THE_WORKER,
            },
        },
        Feature::GpuKind => match runner {
            Runner::Kubernetes => Lossy {
                via: "nvidia.com/gpu",
                loses: "the kind; say it by `kubernetes.node_selector`",
            },
            Runner::Docker | Runner::Process => Lossy {
                via: "the worker",
                loses: "the kind of the machine's GPUs",
            },
        },
        Feature::Disk => match runner {
            Runner::Kubernetes => Native {
                via: "container_resources",
            },
            Runner::Docker | Runner::Process => Lossy {
                via: "the worker",
                loses: NOT_ON_THE_WORKER,
            },
        },
        Feature::ResourcesExpression => match runner {
            Runner::Kubernetes => Native {
                via: "container_resources",
            },
            Runner::Docker | Runner::Process => Lossy {
                via: "the worker",
                loses: "amounts that are computed when the flow runs",
            },
        },
        Feature::TaskServices => match runner {
            Runner::Kubernetes => Native {
                via: "init_containers",
            },
            Runner::Docker | Runner::Process => Unsupported { why: ONE_CONTAINER },
        },
        Feature::ServiceReady => match runner {
            Runner::Kubernetes => Lossy {
                via: "startup_probe",
                loses: "the end of the wait: a service that does not become ready is started again until the attempt's own time is over",
            },
            Runner::Docker | Runner::Process => Unsupported { why: ONE_CONTAINER },
        },
        Feature::GroupServices => Unsupported {
            why: "Airflow keeps no containers beside several tasks",
        },
        Feature::Cache | Feature::CacheTtl => Lossy {
            via: "an ordinary task",
            loses: "the cache; the task runs every time",
        },
        Feature::Pure => Emulated {
            via: "nothing: a task is run every time, with effects or without",
        },
        Feature::Estimate => Lossy {
            via: "nothing",
            loses: "the expected duration; Airflow shows the past ones",
        },
        Feature::TaskConcurrencyWait => Emulated {
            via: "a pool of the group's name, whose slots an administrator sets",
        },
        Feature::TaskConcurrencySkip => Lossy {
            via: "pool",
            loses: "skipping; the one task too many waits",
        },
        Feature::Priority => Native {
            via: "priority_weight",
        },
        Feature::ServiceAccount => pod_field("service_account_name", runner),
        Feature::NodeSelector => pod_field("node_selector", runner),
        Feature::Tolerations => pod_field("tolerations", runner),
        Feature::Affinity => pod_field("affinity", runner),
        Feature::PodLabels => pod_field("labels", runner),
        Feature::PodAnnotations => pod_field("annotations", runner),
        Feature::ImagePullPolicy => pod_field("image_pull_policy", runner),
        Feature::ImagePullSecrets => pod_field("image_pull_secrets", runner),
        Feature::PriorityClass => pod_field("priority_class_name", runner),
        Feature::TargetFields => Native { via: "DAG" },
        Feature::TriggerRule(rule) => trigger_rule(rule),
    }
}

const fn pod_field(via: &'static str, runner: Runner) -> Support {
    match runner {
        Runner::Kubernetes => Native { via },
        Runner::Docker | Runner::Process => Lossy {
            via: "nothing",
            loses: "fields of a pod, as there is no pod with this runner",
        },
    }
}

const fn trigger_rule(rule: TriggerRule) -> Support {
    match rule {
        // Where a skip could come before a failure, Airflow would take the skip.
        TriggerRule::AllSuccess => Native { via: ">>" },
        TriggerRule::NoneFailed => Native { via: "none_failed" },
        TriggerRule::NoneFailedMinOneSuccess => Native {
            via: "none_failed_min_one_success",
        },
        TriggerRule::OneSuccess => Native { via: "one_success" },
        TriggerRule::AllDone => Native { via: "all_done" },
        TriggerRule::AllFailed => Native { via: "all_failed" },
        TriggerRule::OneFailed => Native { via: "one_failed" },
        TriggerRule::AllSkipped => Native { via: "all_skipped" },
        TriggerRule::NoneSkipped => Native {
            via: "none_skipped",
        },
    }
}
