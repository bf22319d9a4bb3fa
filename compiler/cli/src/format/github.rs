//! GitHub workflow commands: `::error file=…,line=…,col=…,title=…::message`.

use flowc_core::diagnostic::{Diagnostic, Severity};

use crate::report::Report;

pub(super) fn write(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for diagnostic in &report.diagnostics {
            out.push_str(&command(report, diagnostic));
            out.push('\n');
        }
    }
    out
}

fn command(report: &Report, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.primary.span;
    let file = report.sources.file(span.file);
    let (line, column) = file.line_column(span.start as usize);
    let (end_line, end_column) = file.line_column(span.end as usize);
    // GitHub ignores the columns of a problem on several lines; it wants none then.
    let columns = if line == end_line {
        format!(",col={column},endColumn={end_column}")
    } else {
        String::new()
    };
    let mut message = diagnostic.message.clone();
    if let Some(target) = &diagnostic.target
        && !message.contains(target.as_str())
    {
        message.push_str(&format!(" ({target})"));
    }
    for help in &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!(
        "::{} file={},line={line},endLine={end_line}{columns},title={}::{}",
        kind(diagnostic.severity),
        property(&report.path(span.file)),
        property(diagnostic.code),
        data(&message),
    )
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The text after `::`, which must stay on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value between `=` and `,` or `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
