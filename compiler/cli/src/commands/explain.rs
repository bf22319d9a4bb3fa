//! `flowc explain`

use flowc_core::checks::{self, Check};
use flowc_core::suggest::did_you_mean;

use super::Outcome;
use crate::args::Explain;
use crate::console::Console;
use crate::failure::Failure;
use crate::markdown;
use crate::style::{self, paint};

pub(super) fn run(args: &Explain, console: Console) -> Result<Outcome, Failure> {
    let text = match &args.code {
        Some(code) => page(&find(code)?, console.colour_out),
        None => list(&checks::all(), console.colour_out),
    };
    console.print(&text)?;
    Ok(Outcome::Fine)
}

/// The check of a code, also when it is given as shown: `error[unknown-task]`.
fn find(code: &str) -> Result<Check, Failure> {
    let bare = code
        .split_once('[')
        .map_or(code, |(_, rest)| rest.trim_end_matches(']'));
    checks::find(bare).ok_or_else(|| {
        let codes: Vec<&str> = checks::all().iter().map(|check| check.code).collect();
        let failure = Failure::new(format!("there is no problem with the code `{bare}`"));
        match did_you_mean(bare, codes) {
            Some(help) => failure.help(help),
            None => failure.help("`flowc explain` lists all of them"),
        }
    })
}

fn page(check: &Check, colour: bool) -> String {
    format!(
        "{}\n\n{}",
        paint(style::STRONG, check.code, colour),
        markdown::render(check.page.trim_end(), colour)
    )
}

fn list(checks: &[Check], colour: bool) -> String {
    let width = checks
        .iter()
        .map(|check| check.code.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for check in checks {
        let code = format!("{:width$}", check.code);
        out.push_str(&paint(style::CODE, &code, colour));
        out.push_str("  ");
        out.push_str(&markdown::inline(check.summary(), colour));
        out.push('\n');
    }
    out
}
