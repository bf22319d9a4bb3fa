//! What Kubeflow can carry, as data: one answer for every feature.

use flowc_core::feature::Feature::{self, *};
use flowc_core::feature::Support::{self, Emulated, Lossy, Native, Unsupported};
use flowc_core::flow::TriggerRule;

/// How a feature is carried.
pub(super) const fn support(feature: Feature) -> Support {
    match feature {
        Description => native("description"),
        TaskDescription => native("#"),
        Owner | Tags | Labels => Lossy {
            via: "a comment at the top of the file",
            loses: "finding the pipeline by it: a pipeline has no labels",
        },
        Parameters => native("inputDefinitions"),
        ParameterTypes => native("parameterType"),
        ParameterConstraints => Emulated {
            via: "a first task, `parameters`, that refuses them",
        },
        ParameterDescription => native("description"),
        Secrets => native("secretAsEnv"),
        Schedule => Lossy {
            via: "a comment that says which recurring run to make",
            loses: "runs that start by themselves: a recurring run is made beside the file",
        },
        ScheduleTimezone | ScheduleStart | ScheduleEnd | Catchup | OverlapAllow | OverlapSkip
        | OverlapReplace => Lossy {
            via: "a comment that says which recurring run to make",
            loses: "what it says, unless the recurring run is made so",
        },
        RunTimeout => native("pipelineConfig"),
        RunMaxParallel | GroupMaxParallel => Lossy {
            via: "nothing",
            loses: "the limit: only a fan-out has one",
        },
        RunFailFast | GroupFailFast => Lossy {
            via: "the end of a DAG at its first failure",
            loses: "the stop after failures that are handed on as states",
        },
        FanOutFailFast => Lossy {
            via: "nothing",
            loses: "the stop: all instances run",
        },
        RunConcurrencyWait | RunConcurrencySkip | TaskConcurrencyWait | TaskConcurrencySkip => {
            Unsupported {
                why: "a pipeline knows nothing of other runs",
            }
        }
        RunServices | GroupServices | TaskServices | ServiceReady => Unsupported {
            why: "a task is one container",
        },
        Finally => native("ALL_UPSTREAM_TASKS_COMPLETED"),
        Command | Script => native("args"),
        Group | SubFlow => native("dag"),
        Wait => Emulated {
            via: "a container that sleeps",
        },
        Approve | ApproveDefault | ApproveTimeout => Unsupported {
            why: "a run cannot wait for a person",
        },
        Image => native("image"),
        ImageExpression => native("image"),
        Workdir => Emulated {
            via: "a change of directory before the command",
        },
        Env => Emulated {
            via: "arguments of the runner: placeholders are replaced in nothing else",
        },
        Condition => native("condition"),
        ItemCondition => Emulated {
            via: "a list without the elements that do not meet it",
        },
        FanOutLiteral | FanOutDynamic | FanOutGroup | FanOutNested => native("parameterIterator"),
        FanOutMaxParallel => native("parallelismLimit"),
        AllowFailure => Emulated {
            via: "a state instead of a failure: the container ends well",
        },
        AllowFailureItem => Emulated {
            via: "a last task that judges the instances by their states",
        },
        Retries => native("retryPolicy"),
        RetryOn => Emulated {
            via: "a state instead of a failure, for every other exit code",
        },
        Backoff => native("backoffDuration"),
        BackoffFactor => native("backoffFactor"),
        BackoffFraction => Lossy {
            via: "`backoffFactor`",
            loses: "the fraction on a cluster, whose factor is a whole number",
        },
        BackoffMaxDelay => native("backoffMaxDuration"),
        AttemptTimeout => Emulated {
            via: "`timeout` inside the container: a pod's own limit spans all its attempts",
        },
        Outputs => native("outputDefinitions"),
        OutputTypeCheck => Lossy {
            via: "a check by the runner",
            loses: "the look into lists and objects, and at the encoding: what is wrong there fails the first reader or the run",
        },
        OutputFanIn => Emulated {
            via: "a last task that gathers them",
        },
        FileArtifacts => native("artifacts"),
        DirectoryArtifacts => Lossy {
            via: "an artifact of the object store",
            loses: "empty folders and file modes",
        },
        ArtifactPath => Emulated {
            via: "a copy after the command",
        },
        ArtifactFanIn => Emulated {
            via: "a last task that gathers them",
        },
        TaskStatus => native("state"),
        RunId => native("pipeline_job_uuid"),
        RunDate | RunScheduledAt => native("pipeline_job_schedule_time_utc"),
        RunStatus => native("status"),
        RunDuration => native("pipeline_job_create_time_utc"),
        ListMacros | Days => Emulated {
            via: "a small Python task before",
        },
        Cpu => native("resourceCpuRequest"),
        Memory => native("resourceMemoryLimit"),
        Gpu => native("accelerator"),
        GpuKind => native("nodeSelector"),
        Disk => Lossy {
            via: "nothing",
            loses: "the request for scratch space",
        },
        ResourcesExpression => native("resources"),
        Cache => native("enableCache"),
        CacheTtl => Lossy {
            via: "`enableCache`",
            loses: "the end: results are used again for ever",
        },
        Pure => Emulated {
            via: "nothing: every task may be run again",
        },
        Estimate => Emulated {
            via: "nothing: a pipeline says nothing of time",
        },
        Priority => Lossy {
            via: "nothing",
            loses: "the order among ready tasks",
        },
        ServiceAccount => Unsupported {
            why: "all pods of a run have the account that the run is started with",
        },
        NodeSelector => native("nodeSelector"),
        Tolerations => native("tolerations"),
        Affinity => native("nodeAffinity, podAffinity"),
        PodLabels | PodAnnotations => native("podMetadata"),
        ImagePullPolicy => native("imagePullPolicy"),
        ImagePullSecrets => native("imagePullSecret"),
        PriorityClass => Lossy {
            via: "nothing",
            loses: "the priority class of the pods",
        },
        TargetFields => native("platforms"),
        TriggerRule(rule) => trigger_rule(rule),
    }
}

const fn trigger_rule(rule: TriggerRule) -> Support {
    match rule {
        TriggerRule::AllSuccess => native("dependentTasks"),
        TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess => Emulated {
            via: "a condition over states that are handed on",
        },
        TriggerRule::OneSuccess
        | TriggerRule::AllDone
        | TriggerRule::AllFailed
        | TriggerRule::OneFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => Lossy {
            via: "a condition over states that are handed on",
            loses: "failures of the machine: a pod that is lost or cannot start ends the run, and a failed task before this one looks green",
        },
    }
}

const fn native(via: &'static str) -> Support {
    Native { via }
}
