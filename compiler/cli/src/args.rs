//! The words of the command line, and their help.

mod run;
mod shared;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

pub use run::{Logs, Run, Runs};
pub use shared::{
    OptLevel, OptionalTargets, PassChoice, PassOptions, ReportOptions, Strictness, TargetOptions,
};

use shared::pair;

use crate::console::Colour;
use crate::format::Format;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const COMPILE: &str = "\
Compile flows to the files of one or more targets.

One file for one target goes to standard output; everything else needs `--out DIR`. With one target the \
files go to DIR itself, with several to DIR/TARGET. Problems go to standard error; when one of them is an \
error, nothing is written.

DIR changes as a whole or not at all. It holds a small manifest (.flowc-manifest.json, to be kept with the \
files) that says which files flowc wrote, so that several flows can share a folder, files of flows that are \
gone disappear, and a file that somebody else wrote or changed is left alone unless `--force` is given.

A sub-flow file must lie inside the project: the nearest folder upwards from the flow file that holds a \
flowc.yaml or a .git, or else the flow file's own folder.";

const CHECK: &str = "\
Check flows, for themselves and for targets, without writing anything.

A folder stands for every flow file in it. Without `--target` the flow is checked against the language alone. \
The formats for programs (json, sarif, github) go to standard output, the others to standard error.";

const COMPARE: &str = "\
Compare what targets make of a flow, to choose one.

For each feature that the flow uses: whether a target has it (native), does it by other means (emulated), carries it \
in part (lossy) or not at all (no), with the reason and the line. Below that: what is emitted, how many processes a \
run is, and what must be installed to run it. Without `--target`, all of them.";

const RUN: &str = "\
Run a flow on this machine.

The flow means here what it means on every target. A process starts on this machine, in the folder of the flow \
file, with what is installed here; with `--runner docker` in a container of its image. Secrets come from the \
environment or from an env file, and are hidden in logs.

What a run knows is kept in .flowc/runs/ID in the project, so that a run that was interrupted, or killed, goes \
on with `--resume ID`: what had ended is not run again. A run that failed tries again what failed and all that \
comes after it.";

const EXPLAIN: &str = "Explain a problem by its code: what it means, why it matters, an example, and what to \
write instead. Without a code, list all of them.";

const INSPECT: &str = "\
Show what flowc makes of a flow on the way, as JSON.

document  the YAML as read: every value with the bytes it stands at
flow      the flow with all defaults applied and all names resolved: the IR, which `compile` takes as well
optimised the same after the passes; `compile` and `run` take it too
plan      the flow as a target will say it, what the passes did, and the features the flow uses with the \
target's support";

const GRAPH: &str = "\
Draw a flow: groups nested, fan-outs as stacks, conditions and trigger rules on the arrows, and the critical path \
where tasks have an `estimate`. With `--target`, as that target will run it: after the passes, with the waits and tasks \
that the target adds. With `-O`, `--pass` or `--no-pass` after those passes, with `--before-after` as written and after \
them in one drawing.

text     for the terminal
mermaid  for Markdown pages
dot      for Graphviz
svg      one file for a browser or a page, light and dark
json     for programs";

const INIT: &str = "Start a flow of your own: a flow.yaml that compiles for every target, and a README.md. \
Nothing is ever overwritten.";

/// One flow.yaml, compiled to the orchestrator you run
#[derive(Debug, Parser)]
#[command(
    name = "flowc",
    bin_name = "flowc",
    version,
    styles = STYLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Start here:
  flowc init my-flow                             write a small flow to play with
  flowc compile my-flow/flow.yaml --target argo  see what it becomes
  flowc explain unknown-task                     learn what a problem means

Exit codes: 0 all is well; 1 the flow has problems, or files drifted; 2 wrong usage, or a file
cannot be read or written."
)]
pub struct Cli {
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true,
        help = "When to use colour: auto, always or never"
    )]
    pub color: Colour,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The whole command line, for help pages and completions.
    pub fn definition() -> clap::Command {
        Self::command()
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile flows to the files of one or more targets
    #[command(long_about = COMPILE)]
    Compile(Compile),
    /// Run a flow on this machine
    #[command(long_about = RUN)]
    Run(Box<Run>),
    /// List the runs of the project, the newest first
    Runs(Runs),
    /// Show the logs of a task of a run
    Logs(Logs),
    /// Check flows, for themselves and for targets, without writing anything
    #[command(long_about = CHECK)]
    Check(Check),
    /// Compare what targets make of a flow
    #[command(long_about = COMPARE)]
    Compare(Compare),
    /// Explain a problem by its code
    #[command(long_about = EXPLAIN)]
    Explain(Explain),
    /// Show what flowc makes of a flow on the way
    #[command(long_about = INSPECT)]
    Inspect(Inspect),
    /// Draw a flow
    #[command(long_about = GRAPH)]
    Graph(Graph),
    /// Print the JSON Schema of the language or of the IR
    Schema(Schema),
    /// List the targets, or show what one of them can carry
    Targets(Targets),
    /// Start a flow of your own
    #[command(long_about = INIT)]
    Init(Init),
    /// Print completions for a shell
    Completions(Completions),
}

/// Compile flows to the files of one or more targets.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc compile flow.yaml --target argo
  flowc compile flow.yaml --target airflow@2.11 --set runner=docker > dags/churn.py
  flowc compile flows/*.yaml --target argo --target airflow --out build
  flowc compile flows/*.yaml --target argo --out deploy --check   # in CI: are the files up to date?
  generate-flow | flowc compile - --target argo --param sample=0.1")]
pub struct Compile {
    /// Flow files, or IR as JSON; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::FilePath)]
    pub files: Vec<String>,

    /// What to compile to.
    #[command(flatten)]
    pub targets: TargetOptions,

    /// Write files into this folder
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,

    /// A new default for a parameter, checked against its type and limits; lists and objects as JSON
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub param: Vec<(String, String)>,

    /// Write what each target does not have natively to this file, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub loss_report: Option<PathBuf>,

    /// Write nothing: compare with the files in DIR, show the difference, exit with 1 if there is one
    #[arg(long, requires = "out", conflicts_with = "force")]
    pub check: bool,

    /// Overwrite and remove files in DIR even if flowc did not write them
    #[arg(long)]
    pub force: bool,

    /// What is done to the flow before.
    #[command(flatten)]
    pub passes: PassOptions,

    /// How problems are counted and written.
    #[command(flatten)]
    pub report: ReportOptions,
}

/// Check flows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc check flow.yaml
  flowc check flows/ --target all --on-loss error
  flowc check flow.yaml -O2 --explain-opt
  flowc check . --format sarif > flowc.sarif")]
pub struct Check {
    /// Flow files, IR as JSON, or folders; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::AnyPath)]
    pub files: Vec<String>,

    /// What to look at it for.
    #[command(flatten)]
    pub targets: OptionalTargets,

    /// What is done to the flow before a target looks at it.
    #[command(flatten)]
    pub passes: PassOptions,

    /// How problems are counted and written.
    #[command(flatten)]
    pub report: ReportOptions,
}

/// Compare targets.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc compare flow.yaml
  flowc compare flow.yaml --target argo,airflow --notes
  flowc compare flow.yaml --format markdown > choice.md")]
pub struct Compare {
    /// A flow file, or IR as JSON; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::FilePath)]
    pub file: String,

    /// What to compare.
    #[command(flatten)]
    pub targets: OptionalTargets,

    /// What is done to the flow before.
    #[command(flatten)]
    pub passes: PassChoice,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,

    /// Say also by which other means something is done, in the text form
    #[arg(long)]
    pub notes: bool,
}

/// Explain a problem.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc explain maybe-missing-output
  flowc explain")]
pub struct Explain {
    /// The word in brackets after `error` or `warning`
    pub code: Option<String>,
}

/// Show a stage.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc inspect flow.yaml --stage flow > flow.ir.json
  flowc inspect flow.yaml --stage plan --target argo")]
pub struct Inspect {
    /// A flow file, or IR as JSON; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::FilePath)]
    pub file: String,

    /// Which stage
    #[arg(long, value_enum, default_value_t)]
    pub stage: Stage,

    /// What to look at it for.
    #[command(flatten)]
    pub targets: OptionalTargets,

    /// What is done to the flow before.
    #[command(flatten)]
    pub passes: PassOptions,

    /// How to write problems
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help = "How to write problems: full, concise, json, sarif or github"
    )]
    pub format: Format,
}

/// A stage of a flow on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The YAML as read
    Document,
    /// The resolved flow: the IR
    #[default]
    Flow,
    /// The flow after the passes, as IR
    Optimised,
    /// The flow as a target will say it
    Plan,
}

/// Draw a flow.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc graph flow.yaml
  flowc graph flow.yaml --format svg > flow.svg
  flowc graph flow.yaml --format mermaid --target airflow
  flowc graph flow.yaml --format svg -O2 --before-after > passes.svg
  flowc graph flow.yaml --times last               # the critical path of the newest run")]
pub struct Graph {
    /// A flow file, or IR as JSON; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "flow.yaml", value_hint = ValueHint::FilePath)]
    pub file: String,

    /// How to draw it
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,

    /// For what to draw it.
    #[command(flatten)]
    pub targets: OptionalTargets,

    /// What is done to the flow before.
    #[command(flatten)]
    pub passes: PassOptions,

    /// Show the flow as written and what the passes make of it as one: what is gone, new, changed, and what
    /// runs in one process
    #[arg(long)]
    pub before_after: bool,

    /// Take the times of this run in place of estimates; `last` is the newest
    #[arg(long, value_name = "RUN")]
    pub times: Option<String>,

    /// Where runs are kept; .flowc in the project when not said
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "times")]
    pub state: Option<PathBuf>,
}

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For a terminal
    #[default]
    Text,
    /// For Markdown pages
    Mermaid,
    /// For Graphviz
    Dot,
    /// For a browser or a page
    Svg,
    /// For programs
    Json,
}

/// Print a schema.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc schema > flow.schema.json
  then, at the top of a flow file:  # yaml-language-server: $schema=flow.schema.json")]
pub struct Schema {
    /// Of what
    #[arg(value_enum, default_value_t)]
    pub of: SchemaOf,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// flow.yaml, for editors
    #[default]
    Flow,
    /// The IR as JSON, for other front ends
    Ir,
}

/// List targets.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc targets
  flowc targets airflow
  flowc targets --format markdown > docs/support.md")]
pub struct Targets {
    /// A target, as `argo` or `argo@3.7`: show its versions, options, fields and features
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: TableFormat,
}

/// How tables are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For a terminal
    #[default]
    Text,
    /// For programs
    Json,
    /// For a page
    Markdown,
}

/// Start a flow.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  flowc init my-flow && flowc compile my-flow/flow.yaml --target argo")]
pub struct Init {
    /// The folder; made when it is not there
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// Print completions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  flowc completions bash > ~/.local/share/bash-completion/completions/flowc
  flowc completions zsh > ~/.zfunc/_flowc
  flowc completions fish > ~/.config/fish/completions/flowc.fish")]
pub struct Completions {
    /// Which shell
    pub shell: Shell,
}
