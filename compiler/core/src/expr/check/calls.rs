//! Functions, methods, macros and `default`.

use super::{Checker, path};
use crate::diagnostic::Diagnostic;
use crate::expr::fold::fold;
use crate::expr::functions::{self, Signature, Style};
use crate::expr::operands;
use crate::expr::pattern::Pattern;
use crate::expr::syntax::SyntaxExpr;
use crate::expr::types::{a, join_exprs};
use crate::expr::{Expr, ExprKind, Function, Macro, Ref, Type, Value};
use crate::source::{Span, Spanned};

/// The first words of names; a macro's variable cannot be one of them.
const ROOTS: [&str; 8] = [
    "parameters",
    "tasks",
    "item",
    "index",
    "run",
    "secrets",
    "outputs",
    "artifacts",
];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &Spanned<String>,
        arguments: &[SyntaxExpr],
        span: Span,
    ) -> Option<Expr> {
        let Some(signature) = functions::find(name) else {
            match Macro::from_name(name) {
                Some(kind) => self.push(misplaced_macro(kind, name.span)),
                None => {
                    self.push(unknown_function(name));
                    self.exprs(arguments);
                }
            }
            return None;
        };
        if signature.style == Style::Method {
            self.push(
                Diagnostic::error(
                    "invalid-expression",
                    name.span,
                    format!("`{}` stands behind its text", signature.name),
                )
                .help(format!("write `{}`", signature.usage)),
            );
            return None;
        }
        self.apply(signature, name.span, arguments.iter(), span)
    }

    pub(super) fn method(
        &mut self,
        receiver: &SyntaxExpr,
        name: &Spanned<String>,
        arguments: &[SyntaxExpr],
        span: Span,
    ) -> Option<Expr> {
        let all = std::iter::once(receiver).chain(arguments);
        let Some(signature) = functions::find(name) else {
            self.push(unknown_function(name));
            self.exprs(all);
            return None;
        };
        if signature.style == Style::Function {
            self.push(
                Diagnostic::error(
                    "invalid-expression",
                    name.span,
                    format!("`{}` does not stand behind a value", signature.name),
                )
                .help(format!("write `{}`", signature.usage)),
            );
            return None;
        }
        self.apply(signature, name.span, all, span)
    }

    fn apply<'s>(
        &mut self,
        signature: &Signature,
        name: Span,
        arguments: impl Iterator<Item = &'s SyntaxExpr>,
        span: Span,
    ) -> Option<Expr> {
        let arguments: Vec<&SyntaxExpr> = arguments.collect();
        if arguments.len() != signature.parameters.len() {
            let receiver = usize::from(signature.usage.starts_with("text."));
            self.wrong_count(name, signature.usage, arguments.len() - receiver);
            return None;
        }
        let mut arguments = self.exprs(arguments)?;
        let mut fine = true;
        for (kind, argument) in signature.parameters.iter().zip(&arguments) {
            if let Some(message) = functions::argument_problem(signature, *kind, argument) {
                let help = operands::help_for_argument(signature.function, &argument.ty);
                self.push(
                    Diagnostic::error("type-mismatch", argument.span, message).help_opt(help),
                );
                fine = false;
            }
        }
        if !fine {
            return None;
        }
        if signature.function == Function::Matches {
            let pattern = arguments.pop()?;
            arguments.push(self.pattern(pattern)?);
        }
        let kind = ExprKind::Call(signature.function, arguments);
        let ty = signature.function.result();
        Some(Expr { kind, ty, span })
    }

    /// The pattern of `matches`: known now, so that it can be translated for each target.
    fn pattern(&mut self, pattern: Expr) -> Option<Expr> {
        let pattern = fold(pattern);
        let Some(Value::String(text)) = pattern.as_literal() else {
            self.push(
                Diagnostic::error(
                    "invalid-expression",
                    pattern.span,
                    "the pattern of `matches` must be a constant",
                )
                .help("write it in quotes; `contains` looks for a text that is known later"),
            );
            return None;
        };
        if let Err(invalid) = Pattern::new(text) {
            self.push(
                Diagnostic::error("invalid-expression", pattern.span, invalid.message)
                    .help_opt(invalid.help),
            );
            return None;
        }
        Some(pattern)
    }

    pub(super) fn macro_call(
        &mut self,
        list: &SyntaxExpr,
        kind: Macro,
        variable: &Spanned<String>,
        body: &SyntaxExpr,
        span: Span,
    ) -> Option<Expr> {
        if ROOTS.contains(&variable.as_str()) {
            self.push(
                Diagnostic::error(
                    "invalid-expression",
                    variable.span,
                    format!("`{}` already has a meaning", variable.value),
                )
                .help("give the element another name, such as `x`"),
            );
            return None;
        }
        let list = self.expr(list)?;
        let element = match &list.ty {
            Type::List(element) => (**element).clone(),
            Type::Any => Type::Any,
            other => {
                let message = format!("`{}` needs a list, not {}", kind.name(), a(other));
                self.push(Diagnostic::error("type-mismatch", list.span, message));
                return None;
            }
        };
        self.locals.push((variable.value.clone(), element.clone()));
        let body = self.expr(body);
        self.locals.pop();
        let body = body?;
        let ty = match kind {
            Macro::Map => Type::list(body.ty.clone()),
            _ if !Type::Boolean.accepts(&body.ty) => {
                let message = format!(
                    "the condition of `{}` must be a boolean, not {}",
                    kind.name(),
                    a(&body.ty)
                );
                self.push(Diagnostic::error("type-mismatch", body.span, message));
                return None;
            }
            Macro::Filter => Type::list(element),
            Macro::All | Macro::Exists | Macro::ExistsOne => Type::Boolean,
        };
        let kind = ExprKind::Macro {
            kind,
            list: list.into(),
            variable: variable.value.clone(),
            body: body.into(),
        };
        Some(Expr { kind, ty, span })
    }

    pub(super) fn default(
        &mut self,
        name: &Spanned<String>,
        arguments: &[SyntaxExpr],
        span: Span,
    ) -> Option<Expr> {
        let [reference, fallback] = arguments else {
            self.wrong_count(
                name.span,
                "default(tasks.t.outputs.o, fallback)",
                arguments.len(),
            );
            return None;
        };
        let value = self.default_reference(reference);
        let fallback = self.expr(fallback);
        let ((reference, ty, place), fallback) = (value?, fallback?);
        let probe = Expr {
            kind: ExprKind::Ref(reference.clone()),
            ty,
            span: place,
        };
        let Some(ty) = join_exprs(&probe, &fallback) else {
            let message = format!(
                "the fallback of `default` is {}, but the value is {}",
                a(&fallback.ty),
                a(&probe.ty)
            );
            self.push(
                Diagnostic::error("type-mismatch", fallback.span, message)
                    .label(place, a(&probe.ty))
                    .help_opt(operands::conversion(&fallback.ty, &probe.ty)),
            );
            return None;
        };
        let kind = ExprKind::Default(reference, fallback.into());
        Some(Expr { kind, ty, span })
    }

    /// The first argument of `default`: an output or artifact of a task, as a name.
    fn default_reference(&mut self, syntax: &SyntaxExpr) -> Option<(Ref, Type, Span)> {
        let Some(path) = path(syntax)
            .filter(|path| !self.locals.iter().any(|(name, _)| name == path[0].0.value))
        else {
            self.push(not_an_output(syntax.span));
            return None;
        };
        let (expr, taken) = self.reference(&path, true)?;
        match expr.kind {
            ExprKind::Ref(reference @ (Ref::Output { .. } | Ref::Artifact { .. })) => {
                if let Some((field, _)) = path.get(taken) {
                    self.push(
                        not_an_output(field.span)
                            .help("read the field of the result: `default(…).field`"),
                    );
                    return None;
                }
                Some((reference, expr.ty, expr.span))
            }
            _ => {
                self.push(not_an_output(syntax.span));
                None
            }
        }
    }

    fn wrong_count(&mut self, name: Span, usage: &str, count: usize) {
        let word = usage.split('(').next().unwrap_or(usage);
        let word = word.rsplit('.').next().unwrap_or(word);
        let wanted = usage.matches(',').count() + 1;
        let plural = if wanted == 1 { "" } else { "s" };
        self.push(
            Diagnostic::error(
                "invalid-expression",
                name,
                format!("`{word}` takes {wanted} argument{plural}, not {count}"),
            )
            .help(format!("write `{usage}`")),
        );
    }
}

fn unknown_function(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::error(
        "unknown-function",
        name.span,
        format!("there is no function `{}`", name.value),
    )
    .help_opt(functions::help_for_unknown(name))
}

fn misplaced_macro(kind: Macro, span: Span) -> Diagnostic {
    let name = kind.name();
    let message = format!("`{name}` stands behind its list");
    Diagnostic::error("invalid-expression", span, message)
        .help(format!("write `list.{name}(x, …)`"))
}

fn not_an_output(span: Span) -> Diagnostic {
    Diagnostic::error(
        "invalid-expression",
        span,
        "the first argument of `default` must name an output or artifact of a task",
    )
    .help("write `default(tasks.t.outputs.o, fallback)`")
}
