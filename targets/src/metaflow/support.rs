//! How Metaflow carries each feature, by runner. `via` of a native feature is the word it becomes in
//! the file.

use flowc_core::feature::{Feature, Support};
use flowc_core::flow::TriggerRule;

use super::settings::Runner;
use Support::{Emulated, Lossy, Native, Unsupported};

const BEFORE_THE_RUN: &str = "Metaflow reads a step's decorators before the run starts";
pub(super) const fn support(feature: Feature, runner: Runner) -> Support {
    match feature {
        Feature::Description => Emulated {
            via: "the docstring of the flow",
        },
        Feature::TaskDescription => Emulated {
            via: "the docstring of the step",
        },
        Feature::Owner => Lossy {
            via: "a line of the file's docstring",
            loses: "finding it: Metaflow knows the user who starts a run",
        },
        Feature::Tags | Feature::Labels => Lossy {
            via: "a line of the file's docstring",
            loses: "finding runs by it; give `--tag` when a run or deployment is made",
        },
        Feature::Parameters => Native { via: "Parameter" },
        Feature::ParameterTypes => Native { via: "type" },
        Feature::ParameterConstraints => Emulated {
            via: "a check in the step `start`",
        },
        Feature::ParameterDescription => Native { via: "help" },
        Feature::Secrets => match runner {
            Runner::Kubernetes => Native { via: "secrets" },
            Runner::Process => Emulated {
                via: "variables of the same names in the environment",
            },
        },
        Feature::Schedule => Native { via: "@schedule" },
        Feature::ScheduleTimezone => Native { via: "timezone" },
        Feature::ScheduleStart | Feature::ScheduleEnd => Lossy {
            via: "nothing",
            loses: "the first and last day: the schedule goes on while the flow is deployed",
        },
        Feature::Catchup => Lossy {
            via: "nothing",
            loses: "the runs that were missed",
        },
        Feature::OverlapAllow => Emulated {
            via: "nothing: scheduled runs start whether or not the one before has ended",
        },
        Feature::OverlapSkip | Feature::OverlapReplace => Lossy {
            via: "nothing",
            loses: "what it says: a scheduled run starts whether or not the one before has ended",
        },
        Feature::RunTimeout => Emulated {
            via: "a time limit that each process works out",
        },
        Feature::RunMaxParallel => Emulated {
            via: "a default for `--max-workers`, for runs and for Argo deployments",
        },
        Feature::RunFailFast | Feature::GroupFailFast | Feature::FanOutFailFast => Unsupported {
            why: "branches of a Metaflow run do not see each other's failures before they are joined",
        },
        Feature::RunConcurrencyWait
        | Feature::RunConcurrencySkip
        | Feature::TaskConcurrencyWait
        | Feature::TaskConcurrencySkip => Lossy {
            via: "nothing",
            loses: "the limit: Metaflow keeps no count that several runs share",
        },
        Feature::RunServices | Feature::TaskServices | Feature::GroupServices => Unsupported {
            why: "Metaflow starts no containers beside its steps",
        },
        Feature::ServiceReady => Unsupported {
            why: "Metaflow starts no containers beside its steps",
        },
        Feature::Finally => match runner {
            Runner::Process => Emulated {
                via: "steps behind all others; no step before them raises",
            },
            Runner::Kubernetes => Lossy {
                via: "steps behind all others; no step before them raises",
                loses: "running after a pod that was killed in its last attempt",
            },
        },
        Feature::Command | Feature::Script => Emulated {
            via: "a process that the step starts",
        },
        Feature::Group | Feature::SubFlow => Emulated {
            via: "steps between a start and an end of the group, which hold its state",
        },
        Feature::Wait => Emulated {
            via: "a step that sleeps",
        },
        Feature::Approve | Feature::ApproveDefault | Feature::ApproveTimeout => Unsupported {
            why: "Metaflow asks nobody while a run is going",
        },
        Feature::Image => match runner {
            Runner::Kubernetes => Lossy {
                via: "@kubernetes(image=…)",
                loses: "images without Python 3.8 or later: Metaflow runs the step itself in it",
            },
            Runner::Process => Lossy {
                via: "the machine's own programs",
                loses: "the image; what the process needs must be installed where the flow runs",
            },
        },
        Feature::ImageExpression => match runner {
            Runner::Kubernetes => Unsupported {
                why: BEFORE_THE_RUN,
            },
            Runner::Process => Lossy {
                via: "the machine's own programs",
                loses: "the image; what the process needs must be installed where the flow runs",
            },
        },
        Feature::Workdir => Native { via: "workdir" },
        Feature::Env => Native { via: "env" },
        Feature::Condition => Emulated {
            via: "a condition in the step, so that a skip is a state like any other",
        },
        Feature::ItemCondition => Emulated {
            via: "a condition on the list before the split",
        },
        Feature::FanOutLiteral | Feature::FanOutDynamic | Feature::FanOutGroup => {
            Native { via: "foreach" }
        }
        Feature::FanOutNested => Native { via: "foreach" },
        Feature::FanOutMaxParallel | Feature::GroupMaxParallel => match runner {
            Runner::Process => Lossy {
                via: "files that the processes lock",
                loses: "the workers: what waits for its turn holds one of `--max-workers`",
            },
            Runner::Kubernetes => Lossy {
                via: "nothing",
                loses: "the limit; Metaflow has one for a whole run, which `max_parallel` of the flow sets",
            },
        },
        Feature::AllowFailure | Feature::AllowFailureItem => Emulated {
            via: "states that the steps hand on; the step `end` decides how the run ended",
        },
        Feature::Retries => Native { via: "@retry" },
        Feature::RetryOn => Emulated {
            via: "an attempt that raises only for these exit codes",
        },
        Feature::Backoff => Native {
            via: "minutes_between_retries",
        },
        Feature::BackoffFactor | Feature::BackoffFraction | Feature::BackoffMaxDelay => Emulated {
            via: "a sleep at the start of the next attempt",
        },
        Feature::AttemptTimeout => Emulated {
            via: "a time limit on the process, after which the step goes on",
        },
        Feature::Outputs => Emulated {
            via: "the artifact `outputs` of the steps",
        },
        Feature::OutputTypeCheck => Emulated {
            via: "a check before the task succeeds",
        },
        Feature::OutputFanIn => Emulated {
            via: "lists that the join makes",
        },
        Feature::FileArtifacts | Feature::DirectoryArtifacts => match runner {
            Runner::Process => Emulated {
                via: "a folder that all steps see",
            },
            Runner::Kubernetes => Native {
                via: "persistent_volume_claims",
            },
        },
        Feature::ArtifactPath => match runner {
            Runner::Process => Lossy {
                via: "the same path on the machine",
                loses: "a place of its own: tasks on one machine share the path",
            },
            Runner::Kubernetes => Emulated {
                via: "the same path in the pod",
            },
        },
        Feature::ArtifactFanIn => Emulated {
            via: "a folder with one entry per instance",
        },
        Feature::TaskStatus => Emulated {
            via: "the artifact `states` of the steps",
        },
        Feature::RunId => Native { via: "run_id" },
        Feature::RunDate | Feature::RunScheduledAt => Lossy {
            via: "the parameter `flowc_scheduled_at`, or else the moment the run starts",
            loses: "the moment it was due, when a run starts late",
        },
        Feature::RunStatus => Emulated {
            via: "the artifact `states` of the steps",
        },
        Feature::RunDuration => Emulated {
            via: "the time since the step `start`",
        },
        Feature::ListMacros => Emulated {
            via: "Python's comprehensions",
        },
        Feature::Days => Emulated {
            via: "a function of the file",
        },
        Feature::Cpu | Feature::Gpu | Feature::Disk => match runner {
            Runner::Kubernetes => Native { via: "@kubernetes" },
            Runner::Process => Lossy {
                via: "@resources, for `--with kubernetes` and the like",
                loses: "any effect on the machine that runs the flow",
            },
        },
        Feature::Memory => match runner {
            Runner::Kubernetes => Lossy {
                via: "@kubernetes(memory=…)",
                loses: "the limit; it is a request",
            },
            Runner::Process => Lossy {
                via: "@resources, for `--with kubernetes` and the like",
                loses: "any effect on the machine that runs the flow",
            },
        },
        Feature::GpuKind => Lossy {
            via: "a number of GPUs",
            loses: "the kind; say it by `kubernetes.node_selector`",
        },
        Feature::ResourcesExpression => Unsupported {
            why: BEFORE_THE_RUN,
        },
        Feature::Cache | Feature::CacheTtl => Lossy {
            via: "an ordinary step",
            loses: "the cache; the task runs every time, but for those that `resume` clones",
        },
        Feature::Pure => Emulated {
            via: "nothing: a task is run every time, with effects or without",
        },
        Feature::Estimate => Lossy {
            via: "nothing",
            loses: "the expected duration; Metaflow shows the past ones",
        },
        Feature::Priority => Lossy {
            via: "nothing",
            loses: "the priority; Metaflow starts what is ready in its own order",
        },
        Feature::ServiceAccount => pod_field("service_account", runner),
        Feature::NodeSelector => pod_field("node_selector", runner),
        Feature::Tolerations => pod_field("tolerations", runner),
        Feature::PodLabels => pod_field("labels", runner),
        Feature::PodAnnotations => pod_field("annotations", runner),
        Feature::ImagePullPolicy => pod_field("image_pull_policy", runner),
        Feature::ImagePullSecrets => pod_field("image_pull_secrets", runner),
        Feature::Affinity | Feature::PriorityClass => match runner {
            Runner::Kubernetes => Unsupported {
                why: "@kubernetes has no such field",
            },
            Runner::Process => NO_PODS,
        },
        Feature::TargetFields => match runner {
            Runner::Kubernetes => Native { via: "@kubernetes" },
            Runner::Process => NO_PODS,
        },
        Feature::TriggerRule(rule) => match rule {
            TriggerRule::AllSuccess
            | TriggerRule::NoneFailed
            | TriggerRule::NoneFailedMinOneSuccess
            | TriggerRule::AllDone
            | TriggerRule::AllFailed
            | TriggerRule::AllSkipped
            | TriggerRule::NoneSkipped => Emulated {
                via: "a rule over the artifact `states`, in the step",
            },
            TriggerRule::OneSuccess | TriggerRule::OneFailed => Lossy {
                via: "a rule over the artifact `states`, in the step",
                loses: "an early start: the step waits until all its upstream tasks have ended",
            },
        },
    }
}

const NO_PODS: Support = Lossy {
    via: "nothing",
    loses: "the field of the pod: processes of the machine have none",
};

const fn pod_field(via: &'static str, runner: Runner) -> Support {
    match runner {
        Runner::Kubernetes => Native { via },
        Runner::Process => NO_PODS,
    }
}
