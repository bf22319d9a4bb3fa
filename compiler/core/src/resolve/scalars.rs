//! Nodes to plain values: text, numbers, words of a list, and the small languages of `values`.
//!
//! Every function takes the words for the place (such as `` `retries` ``), reports what is wrong and
//! gives nothing then. Words that have to be put together are best given as `format_args!`, which
//! nobody puts together before there is a problem.

use std::fmt::Display;

use indexmap::IndexMap;

use super::report::Report;
use crate::checks;
use crate::document::{Meaning, Node, NodeKind, Scalar};
use crate::expr::Value;
use crate::expr::syntax::{find_expression, unescape};
use crate::expr::value::MAX_INTEGER;
use crate::source::Spanned;
use crate::values::{Cron, Date, Duration, ImageReference, Invalid, Quantity};

/// The longest text of an argument, variable or script: what Linux takes of one, less some room.
pub(crate) const MAX_TEXT: usize = 120 * 1024;

impl Report {
    /// Plain text, in which no expression may stand. Numbers and booleans give their text as written.
    pub(crate) fn text(&mut self, node: &Node, place: &str) -> Option<Spanned<String>> {
        let scalar = self.scalar(node, place, "text")?;
        self.data(node, &scalar.text, place)
    }

    /// The same of an optional node.
    pub(crate) fn text_opt(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<String>> {
        self.text(node?, place)
    }

    /// A list of plain texts.
    pub(crate) fn texts(&mut self, node: &Node, place: &str) -> Option<Vec<Spanned<String>>> {
        let element = format!("an element of {place}");
        let nodes = self.list(node, place)?;
        Some(
            nodes
                .iter()
                .filter_map(|node| self.text(node, &element))
                .collect(),
        )
    }

    /// A mapping of plain texts.
    pub(crate) fn text_map(
        &mut self,
        node: Option<&Node>,
        place: &str,
    ) -> IndexMap<String, Spanned<String>> {
        let Some(node) = node else {
            return IndexMap::new();
        };
        let Some(entries) = node.mapping() else {
            self.push(checks::type_mismatch::wants(node, place, "a mapping"));
            return IndexMap::new();
        };
        entries
            .iter()
            .filter_map(|entry| {
                let text = self.text(&entry.value, &format!("`{}` in {place}", entry.key))?;
                Some((entry.key.to_string(), text))
            })
            .collect()
    }

    /// The nodes of a list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node<'n>, place: &str) -> Option<&'n [Node<'n>]> {
        let nodes = node.sequence();
        if nodes.is_none() {
            self.push(checks::type_mismatch::wants(node, place, "a list"));
        }
        nodes
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<bool>> {
        let node = node?;
        match node.scalar().map(|scalar| scalar.meaning) {
            Some(Meaning::Boolean(value)) => Some(Spanned::new(value, node.span)),
            _ => {
                self.push(checks::type_mismatch::wants(
                    node,
                    place,
                    "`true` or `false`",
                ));
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub(crate) fn integer(
        &mut self,
        node: Option<&Node>,
        place: &str,
        min: i64,
        max: i64,
    ) -> Option<Spanned<i64>> {
        let node = node?;
        let Some(Meaning::Integer(value)) = node.scalar().map(|scalar| scalar.meaning) else {
            self.push(checks::type_mismatch::wants(node, place, "an integer"));
            return None;
        };
        if !(min..=max).contains(&value) {
            self.push(checks::out_of_range::bounds(
                node.span, place, value, min, max,
            ));
            return None;
        }
        Some(Spanned::new(value, node.span))
    }

    /// A whole number from 1.
    pub(crate) fn positive(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<u32>> {
        self.integer(node, place, 1, i64::from(i32::MAX))
            .map(|value| value.map(|value| value as u32))
    }

    /// A number.
    pub(crate) fn number(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<f64>> {
        let node = node?;
        match node.scalar().map(|scalar| scalar.meaning) {
            Some(Meaning::Integer(value)) => Some(Spanned::new(value as f64, node.span)),
            Some(Meaning::Number(value)) => Some(Spanned::new(value, node.span)),
            _ => {
                self.push(checks::type_mismatch::wants(node, place, "a number"));
                None
            }
        }
    }

    /// A port.
    pub(crate) fn port(&mut self, node: &Node, place: &str) -> Option<Spanned<u16>> {
        self.integer(Some(node), place, 1, i64::from(u16::MAX))
            .map(|port| port.map(|port| port as u16))
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        node: Option<&Node>,
        place: &str,
        words: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let node = node?;
        let scalar = self.scalar(node, place, "a word")?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == scalar.text) {
            return Some(Spanned::new(*value, node.span));
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let nearest = self.nearest(&scalar.text, names.iter().copied());
        self.push(checks::unknown_value::unknown(
            node.span,
            &scalar.text,
            place,
            &names,
            nearest,
        ));
        None
    }

    /// A length of time, such as `30m`.
    pub(crate) fn duration(
        &mut self,
        node: Option<&Node>,
        place: &str,
    ) -> Option<Spanned<Duration>> {
        self.parsed(
            node?,
            place,
            "invalid-duration",
            "a duration such as `30m`",
            Duration::parse,
        )
    }

    /// A length of time in which something can happen.
    pub(crate) fn limit(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<Duration>> {
        let limit = self.duration(node, place)?;
        if limit.value.is_zero() {
            self.push(checks::out_of_range::no_time(limit.span, place));
            return None;
        }
        Some(limit)
    }

    /// Five cron fields.
    pub(crate) fn cron(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<Cron>> {
        self.parsed(
            node?,
            place,
            "invalid-cron",
            "five cron fields",
            Cron::parse,
        )
    }

    /// A day or a moment.
    pub(crate) fn date(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<Date>> {
        self.parsed(
            node?,
            place,
            "invalid-date",
            "a date such as `2026-01-31`",
            Date::parse,
        )
    }

    /// An amount in Kubernetes' notation.
    pub(crate) fn quantity(&mut self, node: &Node, place: &str) -> Option<Spanned<Quantity>> {
        self.parsed(
            node,
            place,
            "invalid-quantity",
            "an amount such as `500m` or `16Gi`",
            Quantity::parse,
        )
    }

    /// An IANA time zone.
    pub(crate) fn timezone(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<String>> {
        self.parsed(
            node?,
            place,
            "invalid-timezone",
            "an IANA time zone such as `Europe/Berlin`",
            |text| crate::values::check_timezone(text).map(|()| text.to_owned()),
        )
    }

    /// The reference of a container image.
    pub(crate) fn image(&mut self, node: &Node, place: &str) -> Option<Spanned<String>> {
        let text = self.text(node, place)?;
        self.check_image(node, &text.value).then_some(text)
    }

    /// Whether a text is the reference of a container image.
    pub(crate) fn check_image(&mut self, node: &Node, text: &str) -> bool {
        let problem = ImageReference::parse(text).err();
        if let Some(invalid) = &problem {
            self.invalid(node, "invalid-image", invalid);
        }
        problem.is_none()
    }

    /// A name inside a scalar, by one of the checks of `values`.
    pub(crate) fn name(
        &mut self,
        node: &Node,
        place: &str,
        check: fn(&str) -> Result<(), Invalid>,
    ) -> Option<Spanned<String>> {
        self.parsed(node, place, "invalid-name", "a name", |text| {
            check(text).map(|()| text.to_owned())
        })
    }

    /// A value of any kind, expressions in it refused. `null` only where it is allowed.
    pub(crate) fn value(&mut self, node: &Node, place: &str, null: bool) -> Option<Value> {
        match &node.resolved().kind {
            NodeKind::Scalar(scalar) => match scalar.meaning {
                Meaning::Null if !null => {
                    self.push(checks::type_mismatch::wants(node, place, "a value"));
                    None
                }
                Meaning::String => self
                    .data(node, &scalar.text, place)
                    .map(|text| Value::String(text.value)),
                _ => self.constant(node, scalar, place),
            },
            NodeKind::Sequence(nodes) => {
                let values: Vec<_> = nodes
                    .iter()
                    .filter_map(|node| self.value(node, place, null))
                    .collect();
                (values.len() == nodes.len()).then_some(Value::List(values))
            }
            NodeKind::Mapping(entries) => {
                let fields: IndexMap<_, _> = entries
                    .iter()
                    .filter_map(|entry| {
                        Some((
                            entry.key.to_string(),
                            self.value(&entry.value, place, null)?,
                        ))
                    })
                    .collect();
                (fields.len() == entries.len()).then(|| Value::object(fields))
            }
            NodeKind::Alias(_) => None,
        }
    }

    /// The value of a scalar that is not text.
    pub(crate) fn constant(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        place: impl Display,
    ) -> Option<Value> {
        match scalar.meaning {
            Meaning::Null => Some(Value::Null),
            Meaning::Boolean(value) => Some(Value::Boolean(value)),
            Meaning::Integer(value) if value.abs() <= MAX_INTEGER => Some(Value::Integer(value)),
            Meaning::Integer(value) => {
                self.push(checks::out_of_range::bounds(
                    node.span,
                    place,
                    value,
                    -MAX_INTEGER,
                    MAX_INTEGER,
                ));
                None
            }
            Meaning::Number(value) => Some(Value::Number(value)),
            Meaning::String => Some(Value::String(scalar.text.to_string())),
        }
    }

    /// A scalar that says something.
    pub(crate) fn scalar<'n>(
        &mut self,
        node: &'n Node<'n>,
        place: impl Display,
        wanted: &str,
    ) -> Option<&'n Scalar<'n>> {
        match node.scalar() {
            Some(scalar) if scalar.meaning != Meaning::Null => Some(scalar),
            _ => {
                self.push(checks::type_mismatch::wants(node, place, wanted));
                None
            }
        }
    }

    /// Reports a NUL or a text that is too long for a process.
    pub(crate) fn check_bounds(&mut self, node: &Node, text: &str, place: impl Display) -> bool {
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            self.push(checks::nul_in_text::found(node.locate(at..at + 1), place));
            return false;
        }
        if text.len() > MAX_TEXT {
            self.push(checks::text_too_long::found(node.span, place, text.len()));
            return false;
        }
        true
    }

    /// A problem inside the text of a scalar.
    pub(crate) fn invalid(&mut self, node: &Node, code: &'static str, invalid: &Invalid) {
        let span = node.locate(invalid.range.clone());
        let span = if span.start == span.end {
            node.span
        } else {
            span
        };
        self.push(
            crate::diagnostic::Diagnostic::error(code, span, invalid.message.clone())
                .help_opt(invalid.help.clone()),
        );
    }

    /// Text that is data: no expression in it, `$${{` read as `${{`.
    fn data(&mut self, node: &Node, text: &str, place: &str) -> Option<Spanned<String>> {
        if let Some(range) = find_expression(text) {
            self.push(checks::misplaced_expression::found(
                node.locate(range),
                place,
            ));
            return None;
        }
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            self.push(checks::nul_in_text::found(node.locate(at..at + 1), place));
            return None;
        }
        Some(Spanned::new(unescape(text), node.span))
    }

    fn parsed<T>(
        &mut self,
        node: &Node,
        place: &str,
        code: &'static str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Spanned<T>> {
        let scalar = self.scalar(node, place, wanted)?;
        if let Some(range) = find_expression(&scalar.text) {
            self.push(checks::misplaced_expression::found(
                node.locate(range),
                place,
            ));
            return None;
        }
        match parse(&scalar.text) {
            Ok(value) => Some(Spanned::new(value, node.span)),
            Err(invalid) => {
                self.invalid(node, code, &invalid);
                None
            }
        }
    }
}
