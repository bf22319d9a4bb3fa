//! One line per problem: `path:line:column: severity[code]: message`.

use annotate_snippets::normalize_untrusted_str;
use flowc_core::diagnostic::{Diagnostic, Severity};

use crate::report::Report;
use crate::style;

pub(super) fn write(reports: &[Report], colour: bool) -> String {
    let mut out = String::new();
    for report in reports {
        for diagnostic in &report.diagnostics {
            out.push_str(&line(report, diagnostic, colour));
            out.push('\n');
        }
    }
    out
}

fn line(report: &Report, diagnostic: &Diagnostic, colour: bool) -> String {
    let span = diagnostic.primary.span;
    let (line, column) = report
        .sources
        .file(span.file)
        .line_column(span.start as usize);
    let severity = style::paint(
        severity_style(diagnostic.severity),
        &format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code),
        colour,
    );
    let target = match &diagnostic.target {
        Some(target) if !diagnostic.message.contains(target.as_str()) => format!(" ({target})"),
        _ => String::new(),
    };
    format!(
        "{}:{line}:{column}: {severity}: {}{target}",
        report.path(span.file),
        one_line(&diagnostic.message),
    )
}

fn severity_style(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Error => style::ERROR,
        Severity::Warning => style::WARNING,
        Severity::Note => style::NOTE,
    }
}

fn one_line(message: &str) -> String {
    normalize_untrusted_str(message).replace('\n', " ")
}
