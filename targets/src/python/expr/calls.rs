//! Functions and list macros.

use flowc_core::expr::pattern::Pattern;
use flowc_core::expr::{Expr, Function, Macro, Value};

use super::{Bind, Lower, Strength, atom, flat};
use crate::python::{Code, string};

impl<'a, B: Bind<'a>> Lower<'_, B> {
    pub(super) fn call(&self, function: Function, arguments: &'a [Expr]) -> (Code<'a>, Strength) {
        let text = |at: usize, strength| flat(&self.of_type(&arguments[at], "str", strength));
        match function {
            Function::Size => self.helper("len", &[&arguments[0]]),
            Function::Contains => {
                let (whole, part) = (text(0, Strength::Sum), text(1, Strength::Sum));
                (
                    Code::atom(format!("{part} in {whole}")),
                    Strength::Comparison,
                )
            }
            Function::StartsWith => atom(format!(
                "{}.startswith({})",
                text(0, Strength::Atom),
                text(1, Strength::Conditional)
            )),
            Function::EndsWith => atom(format!(
                "{}.endswith({})",
                text(0, Strength::Atom),
                text(1, Strength::Conditional)
            )),
            Function::Matches => {
                let pattern = arguments[1]
                    .as_literal()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let pattern =
                    Pattern::new(pattern).map_or_else(|_| String::new(), |p| p.python().to_owned());
                let call = format!(
                    "re.search({}, {})",
                    string(&pattern),
                    text(0, Strength::Conditional)
                );
                (
                    Code::atom(format!("{call} is not None")),
                    Strength::Comparison,
                )
            }
            Function::String => self.helper("text", &[&arguments[0]]),
            Function::Int => self.helper("to_integer", &[&arguments[0]]),
            Function::Double => self.helper("to_number", &[&arguments[0]]),
            Function::Range => self.helper("numbers", &[&arguments[0]]),
            Function::Days => self.helper("days", &[&arguments[0], &arguments[1]]),
        }
    }

    pub(super) fn comprehension(
        &self,
        kind: Macro,
        list: &'a Expr,
        variable: &str,
        body: &'a Expr,
    ) -> (Code<'a>, Strength) {
        let list = flat(&self.of_type(list, "list", Strength::Or));
        let name = format!("{variable}_");
        self.locals
            .borrow_mut()
            .push((variable.to_owned(), name.clone()));
        let body = match kind {
            Macro::Map => self.operand(body, Strength::Conditional),
            _ => flat(&self.of_type(body, "bool", Strength::Or)),
        };
        self.locals.borrow_mut().pop();
        let each = format!("for {name} in {list}");
        let (open, parts) = match kind {
            Macro::All => ("all(", vec![body, each]),
            Macro::Exists => ("any(", vec![body, each]),
            Macro::ExistsOne => ("sum(", vec![body, each]),
            Macro::Filter => ("[", vec![name, each, format!("if {body}")]),
            Macro::Map => ("[", vec![body, each]),
        };
        let code = Code::Comprehension(open, parts);
        if kind == Macro::ExistsOne {
            let operands = vec![code, Code::atom("1")];
            return (Code::Operation("==", operands), Strength::Comparison);
        }
        (code, Strength::Atom)
    }
}
