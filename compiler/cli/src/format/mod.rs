//! How problems are written: one file per format, none of which decides anything.

mod concise;
mod full;
mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;

use clap::ValueEnum;

use crate::report::Report;

/// A way of writing problems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the lines of the flow they are about
    #[default]
    Full,
    /// One line each
    Concise,
    /// One JSON object per line, with byte offsets and fixes
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows beside the changed lines
    Github,
}

impl Format {
    /// Whether the text is for programs: then nothing else may be written around it.
    pub fn is_for_programs(self) -> bool {
        match self {
            Self::Full | Self::Concise => false,
            Self::Json | Self::Sarif | Self::Github => true,
        }
    }

    /// The problems of all reports as one text.
    pub fn write(self, reports: &[Report], colour: bool) -> String {
        match self {
            Self::Full => full::write(reports, colour),
            Self::Concise => concise::write(reports, colour),
            Self::Json => json::write(reports),
            Self::Sarif => sarif::write(reports),
            Self::Github => github::write(reports),
        }
    }
}
