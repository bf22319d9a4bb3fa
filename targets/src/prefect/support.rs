//! How Prefect carries each feature, by runner. `via` of a native feature is the word it becomes in
//! the files.

use flowc_core::feature::{Feature, Support};
use flowc_core::flow::TriggerRule;

use super::settings::Runner;
use Support::{Emulated, Lossy, Native, Unsupported};

const NO_POD: &str = "fields of a pod, as there is no pod with this runner";
const NOT_HERE: Support = Lossy {
    via: "the machine of the flow",
    loses: "processes share that machine",
};

/// What only a pod has.
const fn pod_field(runner: Runner, via: &'static str) -> Support {
    match runner {
        Runner::Kubernetes => Native { via },
        Runner::Docker | Runner::Process => Lossy {
            via: "nothing",
            loses: NO_POD,
        },
    }
}

pub(super) const fn support(feature: Feature, runner: Runner) -> Support {
    match feature {
        Feature::Description => Emulated {
            via: "the docstring of the flow, which Prefect shows",
        },
        Feature::TaskDescription => Emulated {
            via: "the docstring of the task, which Prefect shows",
        },
        Feature::Owner => Emulated {
            via: "a tag of the form `owner:name`",
        },
        Feature::Tags => Native { via: "tags" },
        Feature::Labels => Emulated {
            via: "tags of the form `key:value`",
        },
        Feature::Parameters => Native { via: "def" },
        Feature::ParameterTypes => Native { via: "def" },
        Feature::ParameterConstraints => Native { via: "Field" },
        Feature::ParameterDescription => Native { via: "description" },
        Feature::Secrets => Native { via: "Secret" },
        Feature::Schedule => Native { via: "schedules" },
        Feature::ScheduleTimezone => Native { via: "timezone" },
        Feature::ScheduleStart | Feature::ScheduleEnd => Emulated {
            via: "a look at the scheduled time; a run outside ends at once, skipped",
        },
        Feature::Catchup => Lossy {
            via: "schedules",
            loses: "the runs missed before the deployment was made",
        },
        Feature::OverlapAllow => Emulated {
            via: "a deployment without a limit of its runs",
        },
        Feature::OverlapSkip => Native { via: "CANCEL_NEW" },
        Feature::OverlapReplace => Unsupported {
            why: "Prefect does not end a run because the next one is due",
        },
        Feature::RunTimeout => Emulated {
            via: "a time limit for each process, after which nothing new starts but `finally`",
        },
        Feature::RunMaxParallel | Feature::GroupMaxParallel => Emulated {
            via: "a semaphore around each process",
        },
        Feature::RunFailFast | Feature::FanOutFailFast | Feature::GroupFailFast => Emulated {
            via: "a check before each task",
        },
        Feature::RunConcurrencyWait => Emulated {
            via: "the global concurrency limit of the group's name, whose slots an administrator sets",
        },
        Feature::RunConcurrencySkip => Lossy {
            via: "the global concurrency limit of the group's name",
            loses: "skipping; the one run too many waits",
        },
        Feature::RunServices
        | Feature::TaskServices
        | Feature::GroupServices
        | Feature::ServiceReady => Unsupported {
            why: "Prefect keeps no containers beside a run",
        },
        Feature::Finally => Emulated {
            via: "tasks that are submitted when all others are final",
        },
        Feature::Command | Feature::Script => Native { via: "process" },
        Feature::Group | Feature::SubFlow => Emulated {
            via: "a task that submits the tasks in it",
        },
        Feature::Wait => Emulated {
            via: "a task that sleeps",
        },
        Feature::Approve => Native {
            via: "pause_flow_run",
        },
        Feature::ApproveDefault | Feature::ApproveTimeout => Emulated {
            via: "a pause that ends by itself",
        },
        Feature::Image | Feature::ImageExpression => match runner {
            Runner::Docker | Runner::Kubernetes => Native { via: "image" },
            Runner::Process => Lossy {
                via: "the programs of the machine",
                loses: "the image; what the process needs must be installed where the flow runs",
            },
        },
        Feature::Workdir => Native { via: "workdir" },
        Feature::Env => Native { via: "env" },
        Feature::Condition | Feature::ItemCondition => Native { via: "if" },
        Feature::FanOutLiteral | Feature::FanOutDynamic => Native { via: "submit" },
        Feature::FanOutGroup | Feature::FanOutNested => Native { via: "submit" },
        Feature::FanOutMaxParallel => Native { via: "max_workers" },
        Feature::AllowFailure | Feature::AllowFailureItem => Emulated {
            via: "the state that the flow returns",
        },
        Feature::Retries => Native { via: "retries" },
        Feature::RetryOn => Native {
            via: "retry_condition_fn",
        },
        Feature::Backoff
        | Feature::BackoffFactor
        | Feature::BackoffFraction
        | Feature::BackoffMaxDelay => Native {
            via: "retry_delay_seconds",
        },
        Feature::AttemptTimeout => Emulated {
            via: "a time limit for the process, as Prefect cannot interrupt a thread",
        },
        Feature::Outputs => Native { via: "outputs" },
        Feature::OutputTypeCheck => Emulated {
            via: "a check before the task succeeds",
        },
        Feature::OutputFanIn => Native { via: "gather" },
        Feature::FileArtifacts | Feature::DirectoryArtifacts => Emulated {
            via: "a folder that all machines of a run see",
        },
        Feature::ArtifactPath => match runner {
            Runner::Docker | Runner::Kubernetes => Unsupported {
                why: "only `$FLOW_OUTPUTS` is kept when the container is gone",
            },
            Runner::Process => Lossy {
                via: "the same path on the machine",
                loses: "a place of its own: tasks on one machine share the path",
            },
        },
        Feature::ArtifactFanIn => Emulated {
            via: "a folder with one entry per instance",
        },
        Feature::TaskStatus | Feature::RunStatus => Emulated {
            via: "the values that tasks give",
        },
        Feature::RunId => Native { via: "flow_run" },
        Feature::RunDate | Feature::RunScheduledAt => Native {
            via: "scheduled_start_time",
        },
        Feature::RunDuration => Emulated {
            via: "a clock that starts with the flow",
        },
        Feature::ListMacros => Emulated {
            via: "Python's comprehensions",
        },
        Feature::Days => Emulated {
            via: "a function of the file",
        },
        Feature::Cpu => match runner {
            Runner::Docker => Native { via: "nano_cpus" },
            Runner::Kubernetes => Native { via: "requests" },
            Runner::Process => NOT_HERE,
        },
        Feature::Memory => match runner {
            Runner::Docker => Lossy {
                via: "mem_limit",
                loses: "a request; it is a limit only",
            },
            Runner::Kubernetes => Native { via: "limits" },
            Runner::Process => NOT_HERE,
        },
        Feature::Gpu => match runner {
            Runner::Docker => Native {
                via: "device_requests",
            },
            Runner::Kubernetes => Native {
                via: "nvidia.com/gpu",
            },
            Runner::Process => NOT_HERE,
        },
        Feature::GpuKind => match runner {
            Runner::Kubernetes => Native {
                via: "nvidia.com/gpu.product",
            },
            Runner::Docker | Runner::Process => Lossy {
                via: "the machine of the flow",
                loses: "the kind of the machine's GPUs",
            },
        },
        Feature::Disk => match runner {
            Runner::Kubernetes => Native {
                via: "ephemeral-storage",
            },
            Runner::Docker | Runner::Process => NOT_HERE,
        },
        Feature::ResourcesExpression => Lossy {
            via: "the machine of the flow",
            loses: "amounts that are computed when the flow runs",
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
            loses: "the expected duration",
        },
        Feature::TaskConcurrencyWait => Emulated {
            via: "the global concurrency limit of the group's name, whose slots an administrator sets",
        },
        Feature::TaskConcurrencySkip => Lossy {
            via: "the global concurrency limit of the group's name",
            loses: "skipping; the one task too many waits",
        },
        Feature::Priority => Lossy {
            via: "nothing",
            loses: "the order; what is ready starts at once",
        },
        Feature::ServiceAccount => pod_field(runner, "serviceAccountName"),
        Feature::NodeSelector => pod_field(runner, "nodeSelector"),
        Feature::Tolerations => pod_field(runner, "tolerations"),
        Feature::Affinity => pod_field(runner, "affinity"),
        Feature::PodLabels => pod_field(runner, "labels"),
        Feature::PodAnnotations => pod_field(runner, "annotations"),
        Feature::ImagePullPolicy => pod_field(runner, "imagePullPolicy"),
        Feature::ImagePullSecrets => pod_field(runner, "imagePullSecrets"),
        Feature::PriorityClass => pod_field(runner, "priorityClassName"),
        Feature::TargetFields => Native { via: "task" },
        Feature::TriggerRule(TriggerRule::AllDone) => Native {
            via: "allow_failure",
        },
        Feature::TriggerRule(_) => Emulated {
            via: "a question to the values of the tasks before",
        },
    }
}
