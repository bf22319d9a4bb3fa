//! One JSON object per line. Offsets are bytes from 0, lines and columns (in characters) from 1.

use flowc_core::diagnostic::{Diagnostic, Fix, Label};
use flowc_core::source::Span;
use serde::Serialize;

use crate::report::Report;

pub(super) fn write(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for diagnostic in &report.diagnostics {
            let line = serde_json::to_string(&Line::new(report, diagnostic));
            out.push_str(&line.unwrap_or_default());
            out.push('\n');
        }
    }
    out
}

#[derive(Serialize)]
struct Line<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Place,
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    labels: Vec<OtherLabel<'a>>,
    help: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Replacement<'a>>,
}

#[derive(Serialize)]
struct OtherLabel<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Place {
    path: String,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    offset: u32,
    line: usize,
    column: usize,
}

impl<'a> Line<'a> {
    fn new(report: &Report, diagnostic: &'a Diagnostic) -> Self {
        Self {
            severity: diagnostic.severity.as_str(),
            code: diagnostic.code,
            message: &diagnostic.message,
            place: Place::new(report, diagnostic.primary.span),
            label: &diagnostic.primary.message,
            target: diagnostic.target.as_deref(),
            labels: diagnostic
                .labels
                .iter()
                .map(|label| OtherLabel::new(report, label))
                .collect(),
            help: &diagnostic.help,
            fix: diagnostic
                .fix
                .as_ref()
                .map(|fix| Replacement::new(report, fix)),
        }
    }
}

impl<'a> OtherLabel<'a> {
    fn new(report: &Report, label: &'a Label) -> Self {
        Self {
            message: &label.message,
            place: Place::new(report, label.span),
        }
    }
}

impl<'a> Replacement<'a> {
    fn new(report: &Report, fix: &'a Fix) -> Self {
        Self {
            place: Place::new(report, fix.span),
            replacement: &fix.replacement,
        }
    }
}

impl Place {
    fn new(report: &Report, span: Span) -> Self {
        let position = |offset: u32| {
            let (line, column) = report.sources.file(span.file).line_column(offset as usize);
            Position {
                offset,
                line,
                column,
            }
        };
        Self {
            path: report.path(span.file),
            start: position(span.start),
            end: position(span.end),
        }
    }
}
