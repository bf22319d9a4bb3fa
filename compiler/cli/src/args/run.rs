//! The commands around runs on this machine.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::pair;
use crate::run::Runner;

/// Run a flow.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc run flow.yaml --param sample=0.1
  flowc run --from train                   # with what the last run says of the tasks before it
  flowc run --resume last
  flowc run flow.yaml --events events.jsonl --approve=yes < /dev/null

Exit codes: 0 the run succeeded; 1 it failed or was interrupted, or the flow has problems; 2 it could
not be started.")]
pub struct Run {
    /// A flow file, or IR as JSON; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::FilePath, conflicts_with = "resume")]
    pub file: String,

    /// A parameter of the run; lists and objects as JSON
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "resume")]
    pub param: Vec<(String, String)>,

    /// How processes start
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        hide_possible_values = true,
        help = "How processes start: process (on this machine) or docker (in containers of their images)"
    )]
    pub runner: Runner,

    /// The most processes at once; as many as the machine has cores, and at least 4, when not said
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<u32>,

    /// Run this task only; what it needs of others comes from the newest run of the flow
    #[arg(long, value_name = "TASK", conflicts_with_all = ["from", "resume"])]
    pub only: Option<String>,

    /// Run this task and all that come after it; the rest comes from the newest run of the flow
    #[arg(long, value_name = "TASK", conflicts_with = "resume")]
    pub from: Option<String>,

    /// Go on with a run; `last` is the newest
    #[arg(long, value_name = "RUN")]
    pub resume: Option<String>,

    /// Show what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Run every task, whatever results of earlier runs its `cache` could take
    #[arg(long)]
    pub no_cache: bool,

    /// Write what happens to this file, as JSON lines; `-` is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub events: Option<PathBuf>,

    /// Answer every question: with its first choice, or with this one
    #[arg(long, value_name = "CHOICE", num_args = 0..=1, require_equals = true)]
    pub approve: Option<Option<String>>,

    /// The day or moment that the run is for; now when not said
    #[arg(long, value_name = "DATE", conflicts_with = "resume")]
    pub date: Option<String>,

    /// Read secrets from this file; from .env beside the flow file when not said
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub env_file: Option<PathBuf>,

    /// Where runs are kept; .flowc in the project when not said
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,

    /// Show what is not as on other targets, too
    #[arg(long)]
    pub notes: bool,
}

/// List runs.
#[derive(Debug, Args)]
pub struct Runs {
    /// Where runs are kept; .flowc in the project when not said
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,
}

/// Show logs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc logs last train
  flowc logs 20260131-094500 'measure[2]' --attempt 1")]
pub struct Logs {
    /// The run; `last` is the newest
    pub run: String,

    /// The task, as `task` or `group.task`; one instance of it as `task[0]`
    pub task: String,

    /// This attempt only
    #[arg(long, value_name = "N")]
    pub attempt: Option<u32>,

    /// Where runs are kept; .flowc in the project when not said
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,
}
