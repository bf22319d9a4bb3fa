//! What Compose can carry, as data: one answer for every feature, under the chosen options.

use flowc_core::feature::Feature::{self, *};
use flowc_core::feature::Support::{self, Emulated, Lossy, Native, Unsupported};
use flowc_core::target::Settings;

const NO_CLUSTER: &str = "the choice of a machine: containers run where Docker does";

/// How a feature is carried under these settings.
pub(super) fn support(settings: &Settings, feature: Feature) -> Support {
    match feature {
        Description | TaskDescription | Owner | Tags => Native { via: "#" },
        Labels | PodLabels => Native { via: "labels" },
        Parameters => Emulated {
            via: "variables of the environment, or of a file `.env`",
        },
        ParameterTypes | ParameterConstraints => Emulated {
            via: "a check in the first service, `start`, which refuses the run",
        },
        ParameterDescription => Native { via: "#" },
        Secrets => Emulated {
            via: "variables of the environment that `start` demands",
        },
        Schedule => Lossy {
            via: "a file that is started by hand",
            loses: "runs that start by themselves; let cron run `docker compose run --rm run`",
        },
        ScheduleTimezone => Emulated {
            via: "the zone of the run's date",
        },
        ScheduleStart | ScheduleEnd | OverlapAllow => Emulated {
            via: "nothing: there are no scheduled runs",
        },
        Catchup => Lossy {
            via: "nothing",
            loses: "the runs that were missed",
        },
        OverlapSkip => Emulated {
            via: "nothing: a second run of a project is refused while one is going",
        },
        OverlapReplace => Lossy {
            via: "nothing",
            loses: "the end of the run that is going: the new one is refused",
        },
        RunTimeout => Emulated {
            via: "a time limit that each task works out",
        },
        RunMaxParallel | GroupMaxParallel => Emulated {
            via: "places in the run's folder that a process waits for",
        },
        RunFailFast | FanOutFailFast | GroupFailFast => Emulated {
            via: "a mark in the run's folder that tasks look for before they start",
        },
        RunConcurrencyWait | RunConcurrencySkip => Lossy {
            via: "nothing",
            loses: "the limit over flows; of one project only one run goes at a time, and a second is refused",
        },
        TaskConcurrencyWait => Lossy {
            via: "places in the run's folder",
            loses: "the limit over runs and flows; it holds within a run",
        },
        TaskConcurrencySkip => Lossy {
            via: "places in the run's folder",
            loses: "the skip, and the limit over runs and flows: one too many in the run waits",
        },
        RunServices | TaskServices | GroupServices => Lossy {
            via: "services",
            loses: "the end: a service goes on until `docker compose down`, and the instances of a fan-out share it",
        },
        ServiceReady => Lossy {
            via: "`healthcheck`",
            loses: "the failure of the task alone: a service that does not get ready ends the whole run as failed",
        },
        Finally => Emulated {
            via: "services that wait for all others, which a container killed from outside keeps from running",
        },
        Command => Native { via: "command" },
        Script => Native { via: "command" },
        Group | SubFlow => Emulated {
            via: "two services, one before and one after its tasks",
        },
        Wait => Native { via: "sleep" },
        Approve => Emulated {
            via: "a service that waits for `docker compose exec TASK sh /flowc/task answer CHOICE`",
        },
        ApproveDefault | ApproveTimeout => Emulated {
            via: "what that service does when the time is over",
        },
        Image => Native { via: "image" },
        ImageExpression => Unsupported {
            why: "Compose needs an image before the run begins",
        },
        Workdir => Native { via: "working_dir" },
        Env => Native { via: "environment" },
        Condition => Emulated {
            via: "`FLOW_WHEN`, which the runner asks in the container",
        },
        ItemCondition => Emulated {
            via: "`FLOW_FILTER`, which the runner asks for each element",
        },
        FanOutLiteral | FanOutDynamic => Emulated {
            via: "one container that runs an instance for each element",
        },
        FanOutGroup | FanOutNested => Emulated {
            via: "one container for each task, which runs it for all elements before the next task begins",
        },
        FanOutMaxParallel => Emulated {
            via: "as many instances at once in the container",
        },
        AllowFailure | AllowFailureItem => Emulated {
            via: "`FLOW_ALLOW_FAILURE`, a mark that the run's state takes account of",
        },
        Retries => Emulated {
            via: "further attempts in the same container",
        },
        RetryOn => Emulated {
            via: "`FLOW_RETRY_ON`",
        },
        Backoff | BackoffFactor | BackoffFraction | BackoffMaxDelay => Emulated {
            via: "`FLOW_BACKOFF`, the waits written out",
        },
        AttemptTimeout => Emulated {
            via: "`FLOW_TIMEOUT`, after which the runner kills the process group",
        },
        Outputs => Emulated {
            via: "files on a volume that all services share",
        },
        OutputTypeCheck => Emulated {
            via: "a check after the process, in the same container",
        },
        OutputFanIn => Emulated {
            via: "a list that the runner joins",
        },
        FileArtifacts | DirectoryArtifacts => Emulated {
            via: "a place on a volume that all services share",
        },
        ArtifactPath => Emulated {
            via: "a copy to the shared volume",
        },
        ArtifactFanIn => Emulated {
            via: "a folder with links named by index",
        },
        TaskStatus | RunId | RunStatus | RunDuration => Emulated {
            via: "files of the run's folder",
        },
        RunDate | RunScheduledAt => Emulated {
            via: "the moment when `start` runs, or `FLOW_SCHEDULED_AT`",
        },
        ListMacros | Days => Emulated {
            via: "functions of awk",
        },
        Cpu if settings.option("cpu") == Some("limit") => Native { via: "cpus" },
        Cpu => Native { via: "cpu_shares" },
        Memory => Native { via: "memory" },
        Gpu | GpuKind if settings.option("gpu") == Some("none") => Lossy {
            via: "nothing",
            loses: "the GPUs: tasks do without",
        },
        Gpu => Native { via: "devices" },
        GpuKind => Lossy {
            via: "`devices`",
            loses: "the kind: any GPU of the machine is taken",
        },
        Disk => Lossy {
            via: "nothing",
            loses: "the amount of scratch space",
        },
        ResourcesExpression => Unsupported {
            why: "Compose needs amounts before the run begins",
        },
        Cache | CacheTtl => Lossy {
            via: "nothing",
            loses: "the reuse: every run does the work again",
        },
        Pure => Emulated {
            via: "nothing: every run does all work again",
        },
        Estimate => Emulated {
            via: "nothing: Compose plans no times",
        },
        Priority => Lossy {
            via: "nothing",
            loses: "the order among ready tasks",
        },
        ServiceAccount | ImagePullSecrets => Lossy {
            via: "nothing",
            loses: "the account: Docker uses what `docker login` left",
        },
        NodeSelector | Tolerations | Affinity => Lossy {
            via: "nothing",
            loses: NO_CLUSTER,
        },
        PodAnnotations => Lossy {
            via: "nothing",
            loses: "the annotations",
        },
        ImagePullPolicy => Native { via: "pull_policy" },
        PriorityClass => Lossy {
            via: "nothing",
            loses: "the priority among pods",
        },
        TargetFields => Emulated {
            via: "entries merged over the service or the file",
        },
        TriggerRule(_) => Emulated {
            via: "`depends_on` for the order, and a rule that the runner decides",
        },
    }
}
