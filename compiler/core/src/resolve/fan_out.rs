//! `for_each` in all its forms.

use super::Resolver;
use super::keys;
use super::names::ROOTS;
use super::place::{Field, Place};
use super::reader::Reader;
use super::templates::{list_expr, object_expr};
use super::units::Slot;
use crate::checks;
use crate::document::{Entry, Meaning, Node};
use crate::expr::{Expr, Ref, Type, Value};
use crate::flow::{FanOut, TaskId};
use crate::source::{Span, Spanned};
use crate::values;

/// So many elements a matrix may have.
const MAX_COMBINATIONS: usize = 100_000;

/// A `for_each` before its list is known.
#[derive(Debug)]
pub(crate) struct FanOutDeclaration<'n> {
    pub span: Span,
    pub variable: Spanned<String>,
    pub source: ListSource<'n>,
    pub list: Slot<Option<Expr>>,
}

/// How the list is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ListSource<'n> {
    /// An expression or a literal list.
    List(&'n Node<'n>),
    /// Every combination of the elements of several lists.
    Matrix {
        axes: &'n [Entry<'n>],
        exclude: Option<&'n Node<'n>>,
    },
    /// Not understood; reported.
    Broken,
}

impl<'n> Resolver<'n> {
    /// Reads the form of a `for_each`.
    pub(crate) fn declare_fan_out(&mut self, node: &'n Node<'n>) -> FanOutDeclaration<'n> {
        let mut fan_out = FanOutDeclaration {
            span: node.span,
            variable: Spanned::new("item".to_owned(), node.span),
            source: ListSource::List(node),
            list: Slot::Open,
        };
        if node.mapping().is_none() {
            return fan_out;
        }
        let reader = Reader::new(node, &keys::FOR_EACH, "`for_each`", &mut self.report);
        let Some(reader) = reader else {
            fan_out.source = ListSource::Broken;
            return fan_out;
        };
        if let Some(name) = reader.get("as")
            && let Some(name) = self.loop_variable(name)
        {
            fan_out.variable = name;
        }
        fan_out.source = self.list_source(&reader);
        fan_out
    }

    fn list_source(&mut self, reader: &Reader<'n>) -> ListSource<'n> {
        match (reader.entry("in"), reader.entry("matrix")) {
            (Some(list), None) => {
                if let Some(exclude) = reader.entry("exclude") {
                    let why = "`exclude` leaves combinations of a `matrix` out";
                    self.report.push(checks::inapplicable_key::plain(
                        exclude.key_span,
                        "exclude",
                        why,
                    ));
                }
                ListSource::List(&list.value)
            }
            (None, Some(matrix)) => match matrix.value.mapping() {
                Some([]) => {
                    self.report
                        .push(checks::type_mismatch::empty(&matrix.value, "`matrix`"));
                    ListSource::Broken
                }
                Some(axes) => ListSource::Matrix {
                    axes,
                    exclude: reader.get("exclude"),
                },
                None => {
                    let wanted = "lists by name";
                    self.report.push(checks::type_mismatch::wants(
                        &matrix.value,
                        "`matrix`",
                        wanted,
                    ));
                    ListSource::Broken
                }
            },
            (Some(list), Some(matrix)) => {
                let why = "`for_each` walks either the list of `in` or a `matrix`";
                self.report.push(
                    checks::inapplicable_key::plain(matrix.key_span, "matrix", why)
                        .label(list.key_span, "the list"),
                );
                ListSource::Broken
            }
            (None, None) => {
                if !reader.meant_one_of(&["in", "matrix"]) {
                    self.report.push(checks::missing_key::missing(
                        reader.place(),
                        "`for_each`",
                        "in",
                    ));
                }
                ListSource::Broken
            }
        }
    }

    fn loop_variable(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = self.report.name(node, "`as`", values::check_name)?;
        let reserved = ROOTS
            .iter()
            .any(|root| *root == name.value && *root != "item");
        if reserved || matches!(name.value.as_str(), "true" | "false" | "null" | "in") {
            self.report
                .push(checks::invalid_name::reserved_variable(&name));
            return None;
        }
        Some(name)
    }

    /// The list that a fan-out walks, checked.
    pub(crate) fn fan_out_list(&mut self, id: TaskId) -> Option<Expr> {
        let source = self.tasks[id.index()].fan_out.as_ref()?.source;
        let place = self.place(id, Field::ForEach);
        match source {
            ListSource::Broken => None,
            ListSource::Matrix { axes, exclude } => self.matrix(axes, exclude, &place),
            ListSource::List(node) => {
                let wanted = "a list or an expression that gives one";
                let expr = match node.scalar() {
                    Some(scalar) if scalar.meaning == Meaning::String => {
                        self.whole(node, scalar, &place, "`for_each`", wanted)?
                    }
                    _ if node.sequence().is_some() => {
                        self.value_expr(node, &place, "`for_each`")?
                    }
                    _ => {
                        self.report
                            .push(checks::type_mismatch::wants(node, "`for_each`", wanted));
                        return None;
                    }
                };
                self.expect(expr, &Type::list(Type::Any), "`for_each`")
            }
        }
    }

    fn matrix(&mut self, axes: &[Entry], exclude: Option<&Node>, place: &Place) -> Option<Expr> {
        let mut lists: Vec<(&str, Vec<Expr>)> = Vec::new();
        let mut size: usize = 1;
        for axis in axes {
            self.check_key_name(axis, values::check_name);
            let what = format!("`{}` of `matrix`", axis.key);
            let nodes = self.report.list(&axis.value, &what)?;
            let exprs: Vec<Expr> = nodes
                .iter()
                .filter_map(|node| self.value_expr(node, place, &what))
                .collect();
            if exprs.len() != nodes.len() {
                return None;
            }
            size = size.saturating_mul(exprs.len());
            lists.push((&axis.key, exprs));
        }
        let (first, last) = (axes.first()?, axes.last()?);
        if size > MAX_COMBINATIONS {
            let span = first.key_span.to(last.key_span);
            self.report
                .push(checks::too_large::matrix(span, size, MAX_COMBINATIONS));
            return None;
        }
        let excluded = self.exclusions(exclude, &lists)?;
        let node = &first.value;
        let mut rows: Vec<Vec<(String, Expr)>> = vec![Vec::new()];
        for (name, exprs) in &lists {
            rows = rows
                .into_iter()
                .flat_map(|row| {
                    exprs.iter().map(move |expr| {
                        let mut row = row.clone();
                        row.push(((*name).to_owned(), expr.clone()));
                        row
                    })
                })
                .collect();
        }
        rows.retain(|row| !excluded.iter().any(|pattern| matches_row(pattern, row)));
        let objects = rows.into_iter().map(|row| object_expr(row, node)).collect();
        Some(list_expr(objects, node))
    }

    fn exclusions(
        &mut self,
        node: Option<&Node>,
        lists: &[(&str, Vec<Expr>)],
    ) -> Option<Vec<Vec<(String, Value)>>> {
        let Some(node) = node else {
            return Some(Vec::new());
        };
        let mut patterns = Vec::new();
        for element in self.report.list(node, "`exclude`")? {
            let Some(entries) = element.mapping() else {
                let wanted = "a mapping";
                self.report.push(checks::type_mismatch::wants(
                    element,
                    "an element of `exclude`",
                    wanted,
                ));
                return None;
            };
            let mut pattern = Vec::new();
            for entry in entries {
                let names = || lists.iter().map(|(name, _)| *name);
                if !names().any(|name| name == entry.key) {
                    let nearest = self.report.nearest(&entry.key, names());
                    self.report.push(checks::unknown_key::unknown(
                        entry,
                        "the matrix",
                        names(),
                        nearest,
                        &[],
                    ));
                    return None;
                }
                let value = self.report.value(&entry.value, "`exclude`", false)?;
                pattern.push((entry.key.to_string(), value));
            }
            patterns.push(pattern);
        }
        Some(patterns)
    }

    /// The fan-out of a task, with the part of its condition that names the element.
    pub(crate) fn fan_out(&self, id: TaskId, when: &mut Option<Expr>) -> Option<FanOut> {
        let declared = self.tasks[id.index()].fan_out.as_ref()?;
        let Slot::Done(Some(list)) = &declared.list else {
            return None;
        };
        let filters = when.as_ref().is_some_and(|when| names_element(when, id));
        Some(FanOut {
            span: declared.span,
            variable: declared.variable.clone(),
            list: list.clone(),
            filter: if filters { when.take() } else { None },
        })
    }
}

fn matches_row(pattern: &[(String, Value)], row: &[(String, Expr)]) -> bool {
    pattern.iter().all(|(name, value)| {
        row.iter()
            .any(|(axis, expr)| axis == name && expr.as_literal() == Some(value))
    })
}

/// Whether an expression names the element, or its index, of this fan-out.
fn names_element(expr: &Expr, id: TaskId) -> bool {
    let mut found = false;
    expr.refs(&mut |reference, _, _| {
        found |=
            matches!(reference, Ref::Item { fan_out } | Ref::Index { fan_out } if *fan_out == id);
    });
    found
}
