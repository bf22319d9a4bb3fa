//! Options that several commands have.

use clap::{Args, ValueEnum};
use flowc_core::loss::OnLoss;
use flowc_core::passes::Level;

use crate::format::Format;

/// Targets that must be named.
#[derive(Debug, Args)]
pub struct TargetOptions {
    /// A target, with a version if it is not to be the newest: `argo`, `airflow@2.11`; `all` for every one
    #[arg(
        long,
        short,
        required = true,
        value_name = "TARGET",
        value_delimiter = ','
    )]
    pub target: Vec<String>,

    /// An option of the targets; `argo.KEY=VALUE` for one of several
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
}

/// Targets that may be named.
#[derive(Debug, Args)]
pub struct OptionalTargets {
    /// A target, with a version if it is not to be the newest: `argo`, `airflow@2.11`; `all` for every one
    #[arg(long, short, value_name = "TARGET", value_delimiter = ',')]
    pub target: Vec<String>,

    /// An option of the targets; `argo.KEY=VALUE` for one of several
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "target")]
    pub set: Vec<(String, String)>,
}

/// Which passes run, and whether they are explained.
#[derive(Debug, Args)]
pub struct PassOptions {
    /// Which run.
    #[command(flatten)]
    pub choice: PassChoice,

    /// Say what each pass did, to which line, and why, on standard error
    #[arg(long)]
    pub explain_opt: bool,
}

/// Which passes run.
#[derive(Debug, Args)]
pub struct PassChoice {
    /// How much the flow is optimised
    #[arg(
        short = 'O',
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        help = "How much the flow is optimised: 0 (not at all), 1 (the default: what keeps the files easy to read) or 2"
    )]
    pub level: Option<OptLevel>,

    /// Run this pass too, whatever the level says
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub pass: Vec<String>,

    /// Do not run this pass
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub no_pass: Vec<String>,
}

/// How much a flow is optimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OptLevel {
    /// Not at all
    #[value(name = "0")]
    O0,
    /// What keeps the files easy to read
    #[default]
    #[value(name = "1")]
    O1,
    /// What makes them smaller and quicker
    #[value(name = "2")]
    O2,
}

impl PassChoice {
    /// Whether the command line says anything of passes.
    pub fn is_said(&self) -> bool {
        self.level.is_some() || !self.pass.is_empty() || !self.no_pass.is_empty()
    }
}

impl From<OptLevel> for Level {
    fn from(level: OptLevel) -> Self {
        match level {
            OptLevel::O0 => Self::O0,
            OptLevel::O1 => Self::O1,
            OptLevel::O2 => Self::O2,
        }
    }
}

/// How problems are counted and written.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// What a loss is: an error, a warning, or allowed
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        hide_possible_values = true,
        help = "How strict to be where a target loses something: error, warn or allow"
    )]
    pub on_loss: Strictness,

    /// How to write problems
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help = "How to write problems: full, concise, json, sarif or github"
    )]
    pub format: Format,

    /// Show notes too, such as what a target carries by other means
    #[arg(long)]
    pub notes: bool,
}

/// How strict to be where a target loses something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Strictness {
    /// It is an error
    Error,
    /// It is a warning
    #[default]
    Warn,
    /// It is a note
    Allow,
}

impl From<Strictness> for OnLoss {
    fn from(strictness: Strictness) -> Self {
        match strictness {
            Strictness::Error => Self::Error,
            Strictness::Warn => Self::Warn,
            Strictness::Allow => Self::Allow,
        }
    }
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".into()),
    }
}
