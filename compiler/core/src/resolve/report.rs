//! Collects problems, each once, although a file may be used several times and defaults apply to
//! many tasks.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::Node;
use crate::expr::Template;
use crate::source::{Span, Spanned};
use crate::suggest;
use crate::values::Duration;

/// So many suggestions are looked for; each looks at every name, so a file full of wrong names
/// would take long otherwise.
const MAX_SUGGESTIONS: usize = 200;

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Diagnostics,
    seen: HashSet<(&'static str, Span, String)>,
    seen_places: HashSet<(&'static str, Span)>,
    suggestions: usize,
    /// The image that was found right last: nearly always the default, which every task asks about.
    pub(super) known_image: Option<Arc<Template>>,
    /// The same of the time that an attempt may take.
    known_timeout: Option<Spanned<Duration>>,
}

impl Report {
    /// Adds a problem unless the same stands there.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let span = diagnostic.primary.span;
        self.seen_places.insert((diagnostic.code, span));
        if self
            .seen
            .insert((diagnostic.code, span, diagnostic.message.clone()))
        {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Adds the problems of an expression, unless one of the same code stands at the place: the
    /// expressions of defaults are read once for each task, and the words may differ.
    pub(crate) fn absorb(&mut self, scratch: Diagnostics) {
        for diagnostic in scratch {
            if !self
                .seen_places
                .contains(&(diagnostic.code, diagnostic.primary.span))
            {
                self.push(diagnostic);
            }
        }
    }

    /// The candidate that may have been meant, unless there are very many problems.
    pub(crate) fn nearest<'a>(
        &mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        self.suggestions += 1;
        if self.suggestions > MAX_SUGGESTIONS {
            return None;
        }
        suggest::nearest(word, candidates)
    }

    /// The image at this place, when it was found right last.
    pub(super) fn known_image(&self, node: &Node) -> Option<Arc<Template>> {
        let known = self.known_image.as_ref()?;
        (known.span == node.span).then(|| Arc::clone(known))
    }

    /// The time that an attempt may take.
    pub(super) fn timeout(&mut self, node: &Node) -> Option<Spanned<Duration>> {
        let known = self.known_timeout.filter(|known| known.span == node.span);
        let timeout = known.or_else(|| self.limit(Some(node), "`timeout`"));
        self.known_timeout = timeout;
        timeout
    }

    /// Everything found.
    pub(crate) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}
