//! `command` and `run`.

use std::sync::Arc;

use super::Resolver;
use super::declare::DeclaredBody;
use super::place::{Field, Place};
use crate::checks;
use crate::checks::expression_in_script::{Occurrence, Rewrite};
use crate::document::{Entry, Node};
use crate::expr::syntax::{find_expression, unescape};
use crate::flow::{Command, TaskId};
use crate::source::Spanned;

/// The words for `shell`, with the argument vector before the script.
const SHELLS: [(&str, &[&str]); 4] = [
    ("sh", &["sh", "-e", "-c"]),
    ("bash", &["bash", "-e", "-c"]),
    ("python", &["python", "-c"]),
    ("node", &["node", "-e"]),
];

impl<'n> Resolver<'n> {
    /// What a process runs.
    pub(crate) fn command(&mut self, id: TaskId, shell: Option<&'n Node<'n>>) -> Option<Command> {
        let task = &self.tasks[id.index()];
        let reader = task.reader;
        if matches!(task.body, DeclaredBody::Script) {
            let shell = match shell {
                None => Some(Arc::clone(&self.nothing.shell.0)),
                Some(node) => self.shell(node),
            };
            let text = self.script(id, reader.entry("run")?)?;
            return Some(Command::Script {
                shell: shell?,
                text,
            });
        }
        let node = reader.get("command")?;
        let place = self.place(id, Field::Command);
        let nodes = match node.sequence() {
            Some([]) => {
                self.report
                    .push(checks::type_mismatch::empty(node, "`command`"));
                return None;
            }
            Some(nodes) => nodes,
            None => {
                let wanted = "a list: the program and its arguments";
                self.report.push(
                    checks::type_mismatch::wants(node, "`command`", wanted)
                        .help("a script that a shell reads is written under `run`"),
                );
                return None;
            }
        };
        let arguments = self.arguments(nodes, &place);
        (arguments.len() == nodes.len()).then_some(Command::Argv(arguments))
    }

    fn arguments(&mut self, nodes: &[Node], place: &Place) -> Vec<crate::expr::Template> {
        nodes
            .iter()
            .filter_map(|node| self.template(node, place, "an element of `command`"))
            .collect()
    }

    fn shell(&mut self, node: &Node) -> Option<Arc<[String]>> {
        if node.sequence().is_some() {
            let words = self.report.texts(node, "`shell`")?;
            if words.is_empty() {
                self.report
                    .push(checks::type_mismatch::empty(node, "`shell`"));
                return None;
            }
            return Some(words.into_iter().map(|word| word.value).collect());
        }
        let word = self.report.word(Some(node), "`shell`", &SHELLS)?;
        Some(argv(word.value))
    }

    fn script(&mut self, id: TaskId, entry: &'n Entry<'n>) -> Option<Spanned<String>> {
        let node = &entry.value;
        let scalar = self.report.scalar(node, "`run`", "a script")?;
        let occurrences = occurrences(&scalar.text);
        if !occurrences.is_empty() {
            self.expressions_in_script(id, entry, &occurrences);
            return None;
        }
        let text = unescape(&scalar.text);
        if text.trim().is_empty() {
            self.report
                .push(checks::type_mismatch::empty(node, "`run`"));
            return None;
        }
        self.report
            .check_bounds(node, &text, "`run`")
            .then(|| Spanned::new(text, node.span))
    }

    fn expressions_in_script(
        &mut self,
        id: TaskId,
        entry: &'n Entry<'n>,
        found: &[Occurrence<'_>],
    ) {
        let task = &self.tasks[id.index()];
        let reader = task.reader;
        let shell = reader.get("shell").or_else(|| self.inherited(id, "shell"));
        let is_shell = shell.is_none_or(|node| {
            node.scalar()
                .is_some_and(|scalar| matches!(scalar.text.as_ref(), "sh" | "bash"))
        });
        let source = self.sources.file(entry.key_span.file);
        for occurrence in found {
            let span = entry.value.locate(occurrence.range.clone());
            let rewrite = Rewrite {
                key: entry.key_span,
                text: source.text(),
                has_env: reader.entry("env").is_some(),
                only_one: found.len() == 1,
                is_shell,
            };
            self.report.push(checks::expression_in_script::found(
                span, occurrence, &rewrite,
            ));
        }
    }

    /// What the defaults of its file say for a task.
    pub(crate) fn inherited(&self, id: TaskId, key: &str) -> Option<&'n Node<'n>> {
        let task = &self.tasks[id.index()];
        self.frames[task.frame].defaults?.get(key)
    }
}

/// Every `${{ … }}` of a script.
fn occurrences(text: &str) -> Vec<Occurrence<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(range) = find_expression(&text[from..]) {
        let start = from + range.start;
        let end = text[start..]
            .find("}}")
            .map_or(start + 3, |end| start + end + 2);
        let inner = text[start + 3..end.max(start + 3)]
            .trim_end_matches("}}")
            .trim();
        found.push(Occurrence {
            range: start..end,
            inner,
            next: text[end..].chars().next(),
        });
        from = end;
    }
    found
}

fn argv(words: &[&str]) -> Arc<[String]> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What a script is read by when nobody says.
pub(super) struct DefaultShell(pub(super) Arc<[String]>);

impl Default for DefaultShell {
    fn default() -> Self {
        Self(argv(SHELLS[0].1))
    }
}
