//! A file uses itself as a sub-flow, directly or through others.

use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// `path` is used inside itself; `uses` are the uses between, outermost first.
pub fn found(written: &Spanned<String>, path: &str, uses: &[(Span, String)]) -> Diagnostic {
    let chain: Vec<String> = std::iter::once(path)
        .chain(uses.iter().map(|(_, file)| file.as_str()))
        .chain([path])
        .map(|file| format!("`{file}`"))
        .collect();
    let diagnostic = Diagnostic::error(
        "recursive-sub-flow",
        written.span,
        format!("a sub-flow uses itself: {}", chain.join(" -> ")),
    );
    uses.iter().fold(diagnostic, |diagnostic, (span, file)| {
        diagnostic.label(*span, format!("uses `{file}`"))
    })
}
