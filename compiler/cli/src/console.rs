//! The two streams, and whether they want colour. A reader that has gone is no error.

use std::io::{self, Write};

use annotate_snippets::{Level, Renderer};
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use crate::failure::{Failure, reason};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// When the terminal can, and `NO_COLOR` is not set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The two streams.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// Whether what goes to standard output may be coloured.
    pub colour_out: bool,
    /// Whether what goes to standard error may be coloured.
    pub colour_err: bool,
}

impl Console {
    /// The streams of this process.
    pub fn new(colour: Colour) -> Self {
        match colour {
            Colour::Always => Self::with(true, true),
            Colour::Never => Self::with(false, false),
            Colour::Auto => Self::with(
                AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            ),
        }
    }

    fn with(colour_out: bool, colour_err: bool) -> Self {
        Self {
            colour_out,
            colour_err,
        }
    }

    /// Writes what the command was asked for.
    ///
    /// # Errors
    /// When it cannot be written, unless nobody reads on.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_pieces([text].into_iter())
    }

    /// The same of a text in pieces.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_pieces<'t>(
        &self,
        mut pieces: impl Iterator<Item = &'t str>,
    ) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = pieces.try_for_each(|piece| out.write_all(piece.as_bytes()));
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(format!(
                "cannot write to standard output: {}",
                reason(&error)
            ))),
            _ => Ok(()),
        }
    }

    /// Writes what a person should know. When even that fails there is nobody to tell.
    pub fn tell(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Shows why a command could not do its work.
    pub fn fail(&self, failure: &Failure) {
        let renderer = if self.colour_err {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let help = failure
            .help
            .iter()
            .map(|help| Level::HELP.message(help.as_str()));
        let group = Level::ERROR
            .primary_title(failure.message.as_str())
            .elements(help);
        self.tell(&format!("{}\n", renderer.render(&[group])));
    }

    /// Shows something worth knowing that is no problem of a flow.
    pub fn warn(&self, message: &str) {
        let label = crate::style::paint(crate::style::WARNING, "warning", self.colour_err);
        self.tell(&format!("{label}: {message}\n"));
    }
}
