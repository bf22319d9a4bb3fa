//! What Argo can carry, as data: one answer for every feature, under the chosen version and options.

use flowc_core::feature::Feature::{self, *};
use flowc_core::feature::Support::{self, Emulated, Lossy, Native, Unsupported};
use flowc_core::flow::TriggerRule;
use flowc_core::target::Settings;

/// How a feature is carried under these settings.
pub(crate) fn support(settings: &Settings, feature: Feature) -> Support {
    let on_volume = settings.option("artifacts") == Some("volume");
    let by_hand = matches!(
        settings.option("kind"),
        Some("Workflow" | "WorkflowTemplate")
    );
    match feature {
        Description => native("workflows.argoproj.io/description"),
        TaskDescription => native("#"),
        Owner => native("flowc/owner"),
        Tags => native("flowc/tags"),
        Labels => native("labels"),
        Parameters => native("arguments"),
        ParameterTypes | ParameterConstraints => Emulated {
            via: "a first task, `flowc-parameters`, that refuses them",
        },
        ParameterDescription => native("description"),
        Secrets => native("secretKeyRef"),
        Schedule if by_hand => Lossy {
            via: "an object without a schedule",
            loses: "runs that start by themselves; this kind of object is started by hand",
        },
        ScheduleTimezone | ScheduleStart | ScheduleEnd | Catchup | OverlapAllow | OverlapSkip
        | OverlapReplace
            if by_hand =>
        {
            Emulated {
                via: "nothing: there are no scheduled runs",
            }
        }
        Schedule => native("schedules"),
        ScheduleTimezone => native("timezone"),
        ScheduleStart | ScheduleEnd => native("when"),
        Catchup => Lossy {
            via: "`startingDeadlineSeconds`",
            loses: "all missed runs but the latest",
        },
        OverlapAllow | OverlapSkip | OverlapReplace => native("concurrencyPolicy"),
        RunTimeout => native("activeDeadlineSeconds"),
        RunMaxParallel => native("parallelism"),
        RunFailFast | FanOutFailFast | GroupFailFast => native("failFast"),
        RunConcurrencyWait | TaskConcurrencyWait => native("synchronization"),
        RunConcurrencySkip | TaskConcurrencySkip => Lossy {
            via: "`synchronization`",
            loses: "the skip: one too many waits for a place",
        },
        RunServices | GroupServices => Emulated {
            via: "a daemon task of the DAG, whose address the pods get as a host alias",
        },
        Finally => native("onExit"),
        Command => native("command"),
        Script => native("args"),
        Group | SubFlow => native("dag"),
        Wait | Approve => native("suspend"),
        ApproveDefault => native("default"),
        ApproveTimeout => native("duration"),
        Image | ImageExpression => native("image"),
        Workdir => native("workingDir"),
        Env => native("env"),
        Condition => native("when"),
        ItemCondition => Emulated {
            via: "a list without the elements that do not meet it",
        },
        FanOutLiteral | FanOutDynamic | FanOutGroup | FanOutNested => native("with"),
        FanOutMaxParallel | GroupMaxParallel => native("parallelism"),
        AllowFailure => Emulated {
            via: "a last task, `flowc-verdict`, that accepts the failure",
        },
        AllowFailureItem => Unsupported {
            why: "the instances of a fan-out are judged together",
        },
        Retries => native("retryStrategy"),
        RetryOn => native("expression"),
        Backoff => native("backoff"),
        BackoffFactor => native("factor"),
        BackoffFraction => Lossy {
            via: "the next whole `factor`",
            loses: "the fraction of the factor: waits grow faster",
        },
        BackoffMaxDelay => match settings.version {
            "3.6" => Lossy {
                via: "`backoff` without `cap`, which came with 3.7",
                loses: "the longest wait: waits grow on",
            },
            _ => native("cap"),
        },
        AttemptTimeout => native("activeDeadlineSeconds"),
        Outputs => native("outputs"),
        OutputTypeCheck => Lossy {
            via: "a check where the output is read",
            loses: "the failure of the task itself: an ill-typed output fails its first reader",
        },
        OutputFanIn => native("outputs.parameters"),
        FileArtifacts | DirectoryArtifacts if on_volume => Lossy {
            via: "a folder of the shared volume",
            loses: "the check that the task wrote it",
        },
        FileArtifacts | DirectoryArtifacts => native("artifacts"),
        ArtifactPath if on_volume => Unsupported {
            why: "on a shared volume only `$FLOW_OUTPUTS` is kept",
        },
        ArtifactPath => native("path"),
        ArtifactFanIn if on_volume => Emulated {
            via: "links made by an init container",
        },
        ArtifactFanIn => Lossy {
            via: "a key of the artifact repository (S3) for each instance",
            loses: "empty folders and file modes",
        },
        TaskStatus => native("status"),
        RunId => native("workflow.uid"),
        RunDate | RunScheduledAt => native("Format"),
        RunStatus => native("workflow.status"),
        RunDuration => native("workflow.duration"),
        ListMacros => native("{{="),
        Days => native("Hours()"),
        Cpu => native("cpu"),
        Memory => native("memory"),
        Gpu => native("limits"),
        GpuKind => native("nodeSelector"),
        Disk => native("ephemeral-storage"),
        ResourcesExpression => native("podSpecPatch"),
        TaskServices => native("hostAliases"),
        ServiceReady => native("startupProbe"),
        Cache => native("memoize"),
        CacheTtl => native("maxAge"),
        Pure => Emulated {
            via: "nothing: every task may be run again",
        },
        Estimate => Emulated {
            via: "nothing: Argo estimates from earlier runs by itself",
        },
        Priority => Lossy {
            via: "nothing",
            loses: "the order among ready tasks",
        },
        ServiceAccount => native("serviceAccountName"),
        NodeSelector => native("nodeSelector"),
        Tolerations => native("tolerations"),
        Affinity => native("affinity"),
        PodLabels => native("labels"),
        PodAnnotations => native("annotations"),
        ImagePullPolicy => native("imagePullPolicy"),
        ImagePullSecrets => native("imagePullSecrets"),
        PriorityClass => native("priorityClassName"),
        TargetFields => native("spec"),
        TriggerRule(rule) => trigger_rule(rule),
    }
}

const fn trigger_rule(rule: TriggerRule) -> Support {
    match rule {
        TriggerRule::AllSuccess
        | TriggerRule::NoneFailed
        | TriggerRule::NoneFailedMinOneSuccess
        | TriggerRule::OneSuccess
        | TriggerRule::AllDone
        | TriggerRule::AllFailed
        | TriggerRule::OneFailed
        | TriggerRule::AllSkipped
        | TriggerRule::NoneSkipped => native("depends"),
    }
}

const fn native(via: &'static str) -> Support {
    Native { via }
}
