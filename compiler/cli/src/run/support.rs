//! What `flowc run` carries, asked and answered as for every target.

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::target::{Bundle, Deployment, OptionSpec, Settings, Target};

use Support::{Emulated, Lossy, Native, Unsupported};

/// How processes start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Runner {
    /// On this machine, without their images
    #[default]
    Process,
    /// In containers of their images, by the `docker` command
    Docker,
}

impl Runner {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
        }
    }
}

/// This machine, as a target that emits nothing: its versions are the runners.
#[derive(Debug)]
pub struct Here;

impl Target for Here {
    fn name(&self) -> &'static str {
        "run"
    }

    fn title(&self) -> &'static str {
        "this machine"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["process", "docker"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }

    fn support(&self, settings: &Settings, feature: Feature) -> Support {
        let runner = match settings.version {
            "docker" => Runner::Docker,
            _ => Runner::Process,
        };
        support(feature, runner)
    }

    fn deployment(&self, _: &Flow, settings: &Settings) -> Deployment {
        Deployment {
            unit: if settings.version == "docker" {
                "container"
            } else {
                "process"
            },
            needs: "flowc",
            run: "flowc run FILE",
        }
    }

    fn fields(&self, _: bool) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn check(&self, _: &Flow, _: &Settings, _: &mut Diagnostics) {}

    fn emit(&self, _: &Flow, _: &Settings) -> Bundle {
        Bundle::default()
    }
}

/// How a feature is carried.
pub fn support(feature: Feature, runner: Runner) -> Support {
    use Feature as F;
    match feature {
        F::Description
        | F::TaskDescription
        | F::Owner
        | F::Tags
        | F::Labels
        | F::ParameterDescription
        | F::Estimate => Emulated {
            via: "nothing: it is for people",
        },
        F::Parameters
        | F::ParameterTypes
        | F::ParameterConstraints
        | F::Finally
        | F::Command
        | F::Script
        | F::Group
        | F::SubFlow
        | F::Wait
        | F::Approve
        | F::ApproveDefault
        | F::ApproveTimeout
        | F::Workdir
        | F::Env
        | F::Condition
        | F::ItemCondition
        | F::FanOutLiteral
        | F::FanOutDynamic
        | F::FanOutGroup
        | F::FanOutNested
        | F::FanOutMaxParallel
        | F::GroupMaxParallel
        | F::FanOutFailFast
        | F::GroupFailFast
        | F::RunMaxParallel
        | F::RunFailFast
        | F::RunTimeout
        | F::AllowFailure
        | F::AllowFailureItem
        | F::Retries
        | F::RetryOn
        | F::Backoff
        | F::BackoffFactor
        | F::BackoffFraction
        | F::BackoffMaxDelay
        | F::AttemptTimeout
        | F::Outputs
        | F::OutputTypeCheck
        | F::OutputFanIn
        | F::FileArtifacts
        | F::DirectoryArtifacts
        | F::ArtifactFanIn
        | F::TaskStatus
        | F::RunId
        | F::RunDate
        | F::RunScheduledAt
        | F::RunStatus
        | F::RunDuration
        | F::ListMacros
        | F::Days
        | F::Priority
        | F::TriggerRule(_) => Native { via: "itself" },
        F::Secrets => Native {
            via: "the environment, or a `.env` file",
        },
        F::Schedule
        | F::ScheduleTimezone
        | F::ScheduleStart
        | F::ScheduleEnd
        | F::Catchup
        | F::OverlapAllow
        | F::OverlapSkip
        | F::OverlapReplace => Lossy {
            via: "nothing",
            loses: "the schedule; a run starts when it is asked for",
        },
        F::RunConcurrencyWait
        | F::RunConcurrencySkip
        | F::TaskConcurrencyWait
        | F::TaskConcurrencySkip => Emulated {
            via: "locked files, which the runs of a project share",
        },
        F::Cache | F::CacheTtl => Emulated {
            via: "a folder that the runs of a project share",
        },
        F::ArtifactPath => match runner {
            Runner::Process => Lossy {
                via: "the same path on this machine",
                loses: "a place of its own: tasks that run at once share the path",
            },
            Runner::Docker => Unsupported {
                why: "only `$FLOW_OUTPUTS` is kept when the container is gone",
            },
        },
        F::Image | F::ImageExpression => match runner {
            Runner::Docker => Native { via: "docker run" },
            Runner::Process => Lossy {
                via: "the programs of this machine",
                loses: "the image; what the process needs must be installed here",
            },
        },
        F::Cpu | F::Memory | F::Gpu | F::ResourcesExpression => match runner {
            Runner::Docker => Native { via: "docker run" },
            Runner::Process => Lossy {
                via: "this machine",
                loses: "resources; processes share what there is",
            },
        },
        F::GpuKind | F::Disk => Lossy {
            via: "this machine",
            loses: "it; what this machine has must do",
        },
        F::RunServices | F::TaskServices | F::GroupServices | F::ServiceReady => match runner {
            Runner::Docker => Native { via: "docker run" },
            Runner::Process => Unsupported {
                why: "services are containers; run it with `--runner docker`",
            },
        },
        F::Pure => Emulated {
            via: "nothing: a task is run every time, with effects or without",
        },
        F::ServiceAccount
        | F::NodeSelector
        | F::Tolerations
        | F::Affinity
        | F::PodLabels
        | F::PodAnnotations
        | F::ImagePullPolicy
        | F::ImagePullSecrets
        | F::PriorityClass => Lossy {
            via: "nothing",
            loses: "fields of a pod, as there is no pod",
        },
        F::TargetFields => Emulated {
            via: "nothing: fields of a target change no other",
        },
    }
}
