//! Functions and macros.

use std::fmt::Write as _;

use flowc_core::expr::{Expr, Function, Macro, Type, Value};
use flowc_core::source::Span;

use super::{Awk, Form, call, form, literal, local, regex, regex_literal};

impl Awk<'_> {
    pub(super) fn function(
        &mut self,
        function: Function,
        arguments: &[Expr],
        want: Form,
        span: Span,
    ) -> String {
        let Some(first) = arguments.first() else {
            return literal("");
        };
        let code = match function {
            Function::Size if form(&first.ty) == Form::Text => {
                self.use_part("size");
                call("characters", [self.lower(first)])
            }
            Function::Size => {
                self.use_part("size");
                call("size", [self.json(first)])
            }
            Function::String => return self.text_of(first),
            Function::Int | Function::Double => {
                self.use_part("numbers");
                let name = match (function, form(&first.ty)) {
                    (Function::Int, Form::Text) => "integer_of",
                    (Function::Int, Form::Json) => "to_integer",
                    (Function::Int, _) => "truncate",
                    (_, Form::Text) => "number_of",
                    (_, Form::Json) => "to_number",
                    _ => return self.lower(first),
                };
                call(name, [self.lower(first)])
            }
            Function::Range => {
                self.use_part("range");
                let count = self.number_of(first, &Type::Integer);
                return call("range", [count]);
            }
            Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches
            | Function::Days => {
                let text = self.as_form(first, Form::Text);
                let second = arguments.get(1).unwrap_or(first);
                if function == Function::Matches {
                    return self.matches(text, second, span);
                }
                let second = self.as_form(second, Form::Text);
                let name = match function {
                    Function::Contains => "contains",
                    Function::StartsWith => "starts_with",
                    Function::EndsWith => "ends_with",
                    _ => "days",
                };
                self.use_part(if function == Function::Days {
                    "days"
                } else {
                    "search"
                });
                return call(name, [text, second]);
            }
        };
        self.convert(code, Form::Number, want)
    }

    fn matches(&mut self, text: String, pattern: &Expr, span: Span) -> String {
        let pattern = match pattern.as_literal() {
            Some(Value::String(pattern)) => pattern.as_str(),
            _ => "",
        };
        match regex::awk(pattern) {
            Ok(regex) => format!("({text} ~ {})", regex_literal(&regex)),
            Err(why) => {
                self.problems
                    .push((span, format!("awk has no such pattern: {why}")));
                "0".into()
            }
        }
    }

    /// A macro becomes a function that walks the list.
    pub(super) fn each(&mut self, kind: Macro, list: &Expr, variable: &str, body: &Expr) -> String {
        self.use_part("elements");
        let element = match &list.ty {
            Type::List(element) => (**element).clone(),
            _ => Type::Any,
        };
        let list = self.json(list);
        self.macros += 1;
        let name = format!("each{}", self.macros);
        let mut outer: Vec<String> = Vec::new();
        for (known, _) in &self.locals {
            let known = local(known);
            if known != local(variable) && !outer.contains(&known) {
                outer.push(known);
            }
        }
        self.locals.push((variable.to_owned(), element.clone()));
        let body = match kind {
            Macro::Map => self.json(body),
            _ => self.as_form(body, Form::Boolean),
        };
        self.locals.pop();
        let bound = self.convert("part[i]".into(), Form::Json, form(&element));
        let (step, end) = match kind {
            Macro::All => (format!("if (!{body}) return 0"), "1"),
            Macro::Exists => (format!("if ({body}) return 1"), "0"),
            Macro::ExistsOne => (format!("if ({body}) found++"), "found == 1"),
            Macro::Filter => (
                format!("if ({body}) all = all (all != \"\" ? \",\" : \"\") part[i]"),
                "\"[\" all \"]\"",
            ),
            Macro::Map => (
                format!("all = all (i > 1 ? \",\" : \"\") {body}"),
                "\"[\" all \"]\"",
            ),
        };
        let parameters = std::iter::once("list".to_owned()).chain(outer.iter().cloned());
        let parameters: Vec<String> = parameters.collect();
        let _ = writeln!(
            self.functions,
            "function {name}({}, part, n, i, all, found, {}) {{ n = elements(list, part); \
             for (i = 1; i <= n; i++) {{ {} = {bound}; {step} }}; return {end} }}",
            parameters.join(", "),
            local(variable),
            local(variable),
        );
        call(&name, std::iter::once(list).chain(outer))
    }
}
