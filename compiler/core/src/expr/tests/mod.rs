//! The expression language as a whole; small things are tested beside their code.

mod bounds;
mod check;
mod docs;
mod eval;
mod help;
mod properties;
mod template;

use indexmap::IndexMap;

use super::check::{Names, Resolved, Unresolved, check_expr};
use super::eval::Environment;
use super::syntax::parse_expr;
use super::{Expr, Ref, Type, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::TaskId;
use crate::source::{FileId, Span, Spanned};

/// A small world: each name with its type, and its value when its task succeeded.
pub(super) struct World {
    names: IndexMap<&'static str, (Ref, Type, Option<Value>)>,
}

impl World {
    pub fn new() -> Self {
        let mut names = IndexMap::new();
        let mut add = |name: &'static str, ty: Type, json: &str| {
            let value = match json {
                "" => None,
                json => Some(super::json::value(json).expect("a value of the test")),
            };
            names.insert(name, (reference(name), ty, value));
        };
        add("parameters.i", Type::Integer, "7");
        add("parameters.n", Type::Number, "0.5");
        add("parameters.whole", Type::Number, "4");
        add("parameters.s", Type::String, r#""héllo""#);
        add("parameters.b", Type::Boolean, "true");
        add("parameters.l", Type::list(Type::String), r#"["a","b"]"#);
        add("parameters.li", Type::list(Type::Integer), "[1,2,3]");
        add(
            "parameters.o",
            Type::Object,
            r#"{"x":1,"y":"z","l":[1,2.5],"t":true}"#,
        );
        add("tasks.t.outputs.o", Type::Integer, "3");
        add("tasks.t.outputs.missing", Type::Integer, "");
        add("tasks.t.outputs.none", Type::list(Type::String), "");
        add("tasks.t.artifacts.a", Type::String, r#""/in/a""#);
        add("tasks.t.status", Type::String, r#""succeeded""#);
        add("item", Type::Any, r#"{"os":"linux","n":2}"#);
        // Those of `docs/expressions.md`.
        add("parameters.count", Type::Integer, "7");
        add("parameters.share", Type::Number, "0.5");
        add("parameters.name", Type::String, r#""Zoë""#);
        add(
            "parameters.regions",
            Type::list(Type::String),
            r#"["eu","us"]"#,
        );
        add("parameters.sizes", Type::list(Type::Integer), "[3,1,2]");
        add(
            "parameters.options",
            Type::Object,
            r#"{"depth":3,"mode":"fast"}"#,
        );
        add("tasks.train.outputs.auc", Type::Number, "0.93");
        add("tasks.fallback.outputs.auc", Type::Number, "");
        Self { names }
    }
}

fn reference(name: &str) -> Ref {
    let task = TaskId(u32::from(name.starts_with("tasks.fallback")));
    let last = name.rsplit('.').next().unwrap_or(name).to_owned();
    match name.split('.').collect::<Vec<_>>().as_slice() {
        ["tasks", _, "outputs", _] => Ref::Output { task, name: last },
        ["tasks", _, "artifacts", _] => Ref::Artifact { task, name: last },
        ["tasks", ..] => Ref::Status { task },
        ["item"] => Ref::Item { fan_out: task },
        _ => Ref::Parameter {
            scope: None,
            name: last,
        },
    }
}

impl Names for World {
    fn resolve(&mut self, path: &[Spanned<&str>], _: bool) -> Result<Resolved, Unresolved> {
        for taken in (1..=path.len()).rev() {
            let words: Vec<&str> = path[..taken].iter().map(|word| word.value).collect();
            if let Some((reference, ty, _)) = self.names.get(words.join(".").as_str()) {
                let (reference, ty) = (reference.clone(), ty.clone());
                return Ok(Resolved {
                    reference,
                    ty,
                    taken,
                });
            }
        }
        let last = path[path.len() - 1];
        Err(Unresolved::Problem(Box::new(Diagnostic::error(
            "unknown-name",
            last.span,
            format!("there is no `{}`", last.value),
        ))))
    }
}

impl Environment for World {
    fn value(&self, reference: &Ref) -> Result<Option<Value>, String> {
        let found = self.names.values().find(|(known, ..)| known == reference);
        Ok(found.and_then(|(_, _, value)| value.clone()))
    }
}

pub(super) fn span(range: std::ops::Range<usize>) -> Span {
    Span::new(FileId(0), range)
}

/// The checked expression, or every problem.
pub(super) fn checked(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    let expr = parse_expr(text, &span, &mut diagnostics)
        .and_then(|syntax| check_expr(&syntax, &mut World::new(), &mut diagnostics));
    match expr {
        Some(expr) if !diagnostics.has_errors() => Ok(expr),
        _ => {
            assert!(diagnostics.has_errors(), "{text}: failed in silence");
            Err(diagnostics.into_iter().collect())
        }
    }
}

/// The checked expression of a text that is right.
pub(super) fn expr(text: &str) -> Expr {
    checked(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"))
}

/// Each problem as ``code `underlined text`: message``.
pub(super) fn problems(text: &str) -> Vec<String> {
    let shown = |problem: Diagnostic| {
        let underlined = &text[problem.primary.span.range()];
        format!("{} `{underlined}`: {}", problem.code, problem.message)
    };
    match checked(text) {
        Ok(expr) => panic!("{text}: no problem, but {expr:?}"),
        Err(problems) => problems.into_iter().map(shown).collect(),
    }
}
