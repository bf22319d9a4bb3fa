//! Colours of the terminal, used only where it wants them.

use anstyle::{AnsiColor, Effects, Style};
use flowc_core::feature::Support;

/// Of errors.
pub const ERROR: Style = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
/// Of warnings.
pub const WARNING: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
/// Of notes.
pub const NOTE: Style = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);
/// Of headings and names.
pub const STRONG: Style = Style::new().bold();
/// Of what matters less.
pub const DIM: Style = Style::new().dimmed();
/// Of code in running text.
pub const CODE: Style = AnsiColor::Cyan.on_default();
/// Of added lines.
pub const ADDED: Style = AnsiColor::Green.on_default();
/// Of removed lines.
pub const REMOVED: Style = AnsiColor::Red.on_default();

/// Of the word for how a target carries a feature.
pub fn support(support: Support) -> Style {
    match support {
        Support::Native { .. } => ADDED,
        Support::Emulated { .. } => CODE,
        Support::Lossy { .. } => WARNING,
        Support::Unsupported { .. } => ERROR,
    }
}

/// The text in a style, or as it is.
pub fn paint(style: Style, text: &str, colour: bool) -> String {
    if colour {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
