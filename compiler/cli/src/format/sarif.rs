//! SARIF 2.1.0: one run of one tool, with the explanation of every problem that occurs.

use std::collections::BTreeSet;

use flowc_core::checks;
use flowc_core::diagnostic::{Diagnostic, Fix, Label, Severity};
use flowc_core::source::Span;
use serde::Serialize;

use crate::report::Report;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(reports: &[Report]) -> String {
    let codes: BTreeSet<&'static str> = reports
        .iter()
        .flat_map(|report| &report.diagnostics)
        .map(|diagnostic| diagnostic.code)
        .collect();
    let codes: Vec<&'static str> = codes.into_iter().collect();
    let results = reports
        .iter()
        .flat_map(|report| {
            report
                .diagnostics
                .iter()
                .map(|diagnostic| Outcome::new(report, diagnostic, &codes))
        })
        .collect();
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "flowc",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: codes.iter().map(|code| Rule::new(code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<RichText>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct RichText {
    text: String,
    markdown: String,
}

/// What SARIF calls a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Mend>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
}

#[derive(Serialize)]
struct Properties {
    target: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mend {
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

impl Rule {
    fn new(code: &'static str) -> Self {
        let check = checks::find(code);
        Self {
            id: code,
            short_description: check.as_ref().map(|check| Text {
                text: check.summary().to_owned(),
            }),
            help: check.map(|check| RichText {
                text: check.page.clone(),
                markdown: check.page,
            }),
        }
    }
}

impl Outcome {
    fn new(report: &Report, diagnostic: &Diagnostic, codes: &[&'static str]) -> Self {
        let mut message = diagnostic.message.clone();
        for help in &diagnostic.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        Self {
            rule_id: diagnostic.code,
            rule_index: codes.binary_search(&diagnostic.code).unwrap_or_default(),
            level: level(diagnostic.severity),
            message: Text { text: message },
            locations: [Location::new(report, &diagnostic.primary)],
            related_locations: diagnostic
                .labels
                .iter()
                .map(|label| Location::new(report, label))
                .collect(),
            fixes: diagnostic
                .fix
                .iter()
                .map(|fix| Mend::new(report, fix))
                .collect(),
            properties: diagnostic
                .target
                .clone()
                .map(|target| Properties { target }),
        }
    }
}

impl Location {
    fn new(report: &Report, label: &Label) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::new(report, label.span),
                region: Region::new(report, label.span),
            },
            message: (!label.message.is_empty()).then(|| Text {
                text: label.message.clone(),
            }),
        }
    }
}

impl ArtifactLocation {
    fn new(report: &Report, span: Span) -> Self {
        Self {
            uri: uri(&report.path(span.file)),
        }
    }
}

impl Region {
    fn new(report: &Report, span: Span) -> Self {
        let file = report.sources.file(span.file);
        let (start_line, start_column) = file.line_column(span.start as usize);
        let (end_line, end_column) = file.line_column(span.end as usize);
        Self {
            start_line,
            start_column,
            end_line,
            end_column,
        }
    }
}

impl Mend {
    fn new(report: &Report, fix: &Fix) -> Self {
        Self {
            artifact_changes: [ArtifactChange {
                artifact_location: ArtifactLocation::new(report, fix.span),
                replacements: [Replacement {
                    deleted_region: Region::new(report, fix.span),
                    inserted_content: Text {
                        text: fix.replacement.clone(),
                    },
                }],
            }],
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative URI reference: all but letters, digits and a few marks escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(byte as char);
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
