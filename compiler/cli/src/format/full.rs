//! Problems with the lines they are about, in the look of the Rust compiler.
//!
//! The renderer walks all the text it is given, so it is given windows of lines, not files.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use flowc_core::diagnostic::{Diagnostic, Label, Severity};
use flowc_core::source::{FileId, SourceFile, Span};

use crate::report::Report;

/// Places this many lines apart are still shown in one piece.
const NEAR_LINES: usize = 200;
/// Lines longer than this are shown around the place only.
const LONG_LINE: usize = 4096;
/// How much of a long line is shown before and after the place.
const LONG_LINE_CONTEXT: usize = 60;

pub(super) fn write(reports: &[Report], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for report in reports {
        for diagnostic in &report.diagnostics {
            out.push_str(&one(report, diagnostic, &renderer));
            out.push_str("\n\n");
        }
    }
    out
}

fn one(report: &Report, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let mut elements: Vec<Element<'_>> = Vec::new();
    for window in windows(report, diagnostic) {
        window.show(report, &mut elements);
    }
    for help in &diagnostic.help {
        elements.push(Level::HELP.message(help.as_str()).into());
    }
    // Many messages name their target; the rest get a line that does.
    if let Some(target) = &diagnostic.target
        && !diagnostic.message.contains(target.as_str())
    {
        elements.push(Level::NOTE.message(format!("target: {target}")).into());
    }
    let group = level(diagnostic.severity)
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .elements(elements);
    renderer.render(&[group])
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// Neighbouring lines of one file and the labels in them.
struct Window<'a> {
    file: FileId,
    lines: Range<usize>,
    labels: Vec<(AnnotationKind, &'a Label)>,
}

/// The places of a problem, the primary one's window first.
fn windows<'a>(report: &Report, diagnostic: &'a Diagnostic) -> Vec<Window<'a>> {
    let primary = (AnnotationKind::Primary, &diagnostic.primary);
    let others = diagnostic
        .labels
        .iter()
        .map(|label| (AnnotationKind::Context, label));
    let mut windows: Vec<Window<'a>> = Vec::new();
    for (kind, label) in std::iter::once(primary).chain(others) {
        let line = report
            .sources
            .file(label.span.file)
            .line_of(label.span.start as usize);
        match windows
            .iter_mut()
            .find(|window| window.takes(label.span.file, line))
        {
            Some(window) => {
                window.lines.start = window.lines.start.min(line);
                window.lines.end = window.lines.end.max(line + 1);
                window.labels.push((kind, label));
            }
            None => windows.push(Window {
                file: label.span.file,
                lines: line..line + 1,
                labels: vec![(kind, label)],
            }),
        }
    }
    windows
}

impl<'a> Window<'a> {
    fn takes(&self, file: FileId, line: usize) -> bool {
        self.file == file
            && line + NEAR_LINES >= self.lines.start
            && line <= self.lines.end + NEAR_LINES
    }

    fn show<'e>(&self, report: &'e Report, elements: &mut Vec<Element<'e>>)
    where
        'a: 'e,
    {
        let file = report.sources.file(self.file);
        let path = report.path(self.file);
        let range =
            file.line_range(self.lines.start).start..file.line_range(self.lines.end - 1).end;
        let has_long_line = self
            .lines
            .clone()
            .any(|line| file.line_range(line).len() > LONG_LINE);
        if has_long_line {
            return self.show_cropped(file, path, elements);
        }
        // The last line's own break would be shown as one more, empty, line.
        let text = file.text()[range.clone()].trim_end_matches(['\n', '\r']);
        let annotations = self.labels.iter().map(|(kind, label)| {
            annotation(
                *kind,
                label,
                on_first_line(file, label.span),
                range.start,
                text,
            )
        });
        elements.push(
            Snippet::source(text)
                .line_start(self.lines.start + 1)
                .path(path)
                .annotations(annotations)
                .into(),
        );
    }

    /// Each label with a few characters around it, under a header that says where that is.
    fn show_cropped<'e>(&self, file: &'e SourceFile, path: String, elements: &mut Vec<Element<'e>>)
    where
        'a: 'e,
    {
        for (kind, label) in &self.labels {
            let place = on_first_line(file, label.span);
            let line_number = file.line_of(place.start);
            let line = file.line_range(line_number);
            let start = file.text().floor_char_boundary(
                place
                    .start
                    .saturating_sub(LONG_LINE_CONTEXT)
                    .max(line.start),
            );
            let place = place.start..place.end.min(place.start + LONG_LINE_CONTEXT);
            let end = file
                .text()
                .ceil_char_boundary((place.end + LONG_LINE_CONTEXT).min(line.end));
            let text = file.text()[start..end].trim_end_matches(['\n', '\r']);
            let (shown_line, column) = file.line_column(place.start);
            elements.push(
                Origin::path(path.clone())
                    .line(shown_line)
                    .char_column(column)
                    .into(),
            );
            elements.push(
                Snippet::source(text)
                    .line_start(line_number + 1)
                    .annotation(annotation(*kind, label, place, start, text))
                    .into(),
            );
        }
    }
}

/// The label on the text of a window that begins at `base`, kept inside it and on whole characters.
fn annotation<'a>(
    kind: AnnotationKind,
    label: &'a Label,
    place: Range<usize>,
    base: usize,
    text: &str,
) -> Annotation<'a> {
    let start = text.floor_char_boundary(place.start.saturating_sub(base).min(text.len()));
    let end = text.ceil_char_boundary(place.end.saturating_sub(base).min(text.len()));
    let words = (!label.message.is_empty()).then_some(label.message.as_str());
    kind.span(start..end.max(start)).label(words)
}

/// The part of a place that is on its first line: a long block is pointed at, not embraced.
fn on_first_line(file: &SourceFile, span: Span) -> Range<usize> {
    let line = file.line_range(file.line_of(span.start as usize));
    let text = file.text()[line.clone()].trim_end_matches(['\n', '\r']);
    let start = span.start as usize;
    start..(span.end as usize).min(line.start + text.len()).max(start)
}
