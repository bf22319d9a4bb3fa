//! From a checked expression to the expression language inside Argo's `{{=…}}` tags.
//!
//! Everything that Argo knows is a string there, so a reference is an [`Operand`]: how its text is
//! read, or its value. What the language cannot say is collected as a problem with its place.

mod calls;
mod values;

use flowc_core::expr::{BinaryOp, Expr, ExprKind, Macro, Ref, Type, UnaryOp};
use flowc_core::source::Span;

use super::names::joined;
use calls::or_fail;
use values::{compares_as_text, object, quoted_key};

pub(crate) use calls::coalesce;
pub(crate) use values::{constant, decode, quote, text_of};

/// How tightly a piece of code binds; the higher, the tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// `a ? b : c`
    Conditional,
    /// `a || b`
    Or,
    /// `a && b`
    And,
    /// `a == b`, `a in b`, `a matches b`
    Compare,
    /// `a..b`
    Range,
    /// `a + b`
    Sum,
    /// `a * b`
    Product,
    /// `-a`
    Unary,
    /// `a ?? b`
    Coalesce,
    /// A name, a call, a literal.
    Atom,
}

/// A piece of code and how tightly it binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// The text.
    pub(crate) text: String,
    level: Level,
}

impl Code {
    /// Code of a level.
    pub(crate) fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            level,
        }
    }

    /// A name, a call or a literal.
    pub(crate) fn atom(text: impl Into<String>) -> Self {
        Self::new(Level::Atom, text)
    }

    /// A call of a function with one argument.
    pub(crate) fn call(function: &str, argument: &Code) -> Self {
        Self::atom(joined([function, "(", &argument.text, ")"]))
    }

    /// The text, in parentheses where it binds less tightly than `level`.
    pub(crate) fn at(&self, level: Level) -> String {
        if self.level >= level {
            self.text.clone()
        } else {
            joined(["(", &self.text, ")"])
        }
    }

    /// All joined by `&&`; `None` when there is none.
    pub(crate) fn all(parts: Vec<Code>) -> Option<Code> {
        join(parts, Level::And, " && ")
    }

    /// All joined by `||`; `None` when there is none.
    pub(crate) fn any(parts: Vec<Code>) -> Option<Code> {
        join(parts, Level::Or, " || ")
    }

    /// A tag that Argo replaces by the value.
    pub(crate) fn tag(&self) -> String {
        joined(["{{=", &self.text, "}}"])
    }
}

fn join(parts: Vec<Code>, level: Level, with: &str) -> Option<Code> {
    match parts.len() {
        0 => None,
        1 => parts.into_iter().next(),
        _ => {
            let texts: Vec<String> = parts.iter().map(|part| part.at(level)).collect();
            Some(Code::new(level, texts.join(with)))
        }
    }
}

/// How a reference is read at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// Code for the text that a task wrote or a run was given.
    Raw(Code),
    /// Code for the value itself.
    Typed(Code),
    /// Code for the list that Argo makes of the texts of all instances.
    Aggregated(Code),
}

/// How one sees that a reference read through `default` has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Its code is nil when there is none.
    NotNil,
    /// The condition holds.
    When(Code),
}

/// Where references get their code.
pub(crate) trait Operands {
    /// The code of a reference that has a value.
    fn operand(&mut self, reference: &Ref, span: Span) -> Operand;

    /// The code of a reference that may have none.
    fn guarded(&mut self, reference: &Ref, span: Span) -> (Presence, Operand);

    /// The type of a reference read through `default`.
    fn type_of(&self, reference: &Ref) -> Type;

    /// Whether the code of the reference holds `#`, so that no macro may stand around it.
    fn holds_element(&self, reference: &Ref) -> bool;

    /// A shorter way to a field of an element that is known now, with the type of the values.
    fn element_field(&mut self, reference: &Ref, field: &str) -> Option<(Code, Type)>;

    /// Takes note of what Argo's language cannot say.
    fn problem(&mut self, span: Span, message: String);
}

/// The code of the value of an expression.
pub(crate) fn lower(expr: &Expr, operands: &mut dyn Operands) -> Code {
    Lowering {
        operands,
        variables: Vec::new(),
    }
    .value(expr)
}

/// The code of the text of an expression, as the language defines the text of a value.
pub(crate) fn lower_text(expr: &Expr, operands: &mut dyn Operands) -> Code {
    let mut lowering = Lowering {
        operands,
        variables: Vec::new(),
    };
    lowering.text(expr)
}

/// The same where it stands alone in a tag, which writes numbers and booleans as we do.
pub(crate) fn lower_tag(expr: &Expr, operands: &mut dyn Operands) -> Code {
    match expr.ty {
        Type::Integer | Type::Number | Type::Boolean => lower(expr, operands),
        Type::String => lower(expr, operands),
        _ => lower_text(expr, operands),
    }
}

struct Lowering<'o> {
    operands: &'o mut dyn Operands,
    variables: Vec<String>,
}

impl Lowering<'_> {
    fn value(&mut self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::Literal(value) => constant(value),
            ExprKind::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item).text).collect();
                Code::atom(format!("[{}]", items.join(", ")))
            }
            ExprKind::Object(fields) => {
                let fields: Vec<(String, String)> = fields
                    .iter()
                    .map(|(key, value)| (quoted_key(key), self.value(value).text))
                    .collect();
                object(fields.into_iter())
            }
            ExprKind::Ref(reference) => self.reference(reference, expr),
            ExprKind::Local(name) => self.local(name, expr.span),
            ExprKind::Field(base, name) => self.field(base, name),
            ExprKind::Index(base, index) => {
                let base = self.value(base).at(Level::Atom);
                let index = self.value(index).text;
                Code::atom(format!("{base}[{index}]"))
            }
            ExprKind::Unary(op, operand) => {
                let operand = self.value(operand).at(Level::Atom);
                let sign = match op {
                    UnaryOp::Not => '!',
                    UnaryOp::Negate => '-',
                };
                Code::new(Level::Unary, format!("{sign}{operand}"))
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, &expr.ty),
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = self.value(condition).at(Level::Or);
                let then = self.value(then).at(Level::Or);
                let otherwise = self.value(otherwise).text;
                Code::new(
                    Level::Conditional,
                    format!("{condition} ? {then} : {otherwise}"),
                )
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Default(reference, fallback) => self.default(reference, fallback, expr.span),
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => {
                let list = self.value(list).text;
                self.variables.push(variable.clone());
                let body = self.value(body).text;
                self.variables.pop();
                let name = match kind {
                    Macro::All => "all",
                    Macro::Exists => "any",
                    Macro::ExistsOne => "one",
                    Macro::Filter => "filter",
                    Macro::Map => "map",
                };
                Code::atom(format!("{name}({list}, {body})"))
            }
        }
    }

    fn text(&mut self, expr: &Expr) -> Code {
        if let Some((code, ty)) = self.known_field(expr) {
            return text_of(code, &ty);
        }
        if let ExprKind::Field(_, name) = &expr.kind {
            let code = self.value(expr);
            let text = code.at(Level::Or);
            return Code::new(
                Level::Conditional,
                format!(
                    "type({}) == \"string\" ? {text} : sprig.toRawJson({})",
                    code.text,
                    or_fail(&code, name).text
                ),
            );
        }
        let code = self.present(expr);
        text_of(code, &expr.ty)
    }

    /// The value, with an error where an absent field would go on as nil.
    fn present(&mut self, expr: &Expr) -> Code {
        if let Some((code, _)) = self.known_field(expr) {
            return code;
        }
        let code = self.value(expr);
        match &expr.kind {
            ExprKind::Field(_, name) => or_fail(&code, name),
            _ => code,
        }
    }

    fn known_field(&mut self, expr: &Expr) -> Option<(Code, Type)> {
        let ExprKind::Field(base, name) = &expr.kind else {
            return None;
        };
        let ExprKind::Ref(reference) = &base.kind else {
            return None;
        };
        self.operands.element_field(reference, name)
    }

    fn reference(&mut self, reference: &Ref, expr: &Expr) -> Code {
        self.element_check(reference, expr.span);
        let operand = self.operands.operand(reference, expr.span);
        decode(operand, &expr.ty)
    }

    fn element_check(&mut self, reference: &Ref, span: Span) {
        if !self.variables.is_empty() && self.operands.holds_element(reference) {
            self.operands.problem(
                span,
                "the condition of a fan-out cannot name its element inside a list macro".into(),
            );
        }
    }

    fn local(&mut self, name: &str, span: Span) -> Code {
        if self
            .variables
            .last()
            .is_none_or(|innermost| innermost != name)
        {
            self.operands.problem(
                span,
                format!("a list macro cannot read `{name}`, the variable of a macro around it"),
            );
        }
        Code::atom("#")
    }

    fn field(&mut self, base: &Expr, name: &str) -> Code {
        if let ExprKind::Ref(reference) = &base.kind
            && let Some((code, _)) = self.operands.element_field(reference, name)
        {
            return code;
        }
        let base = self.value(base).at(Level::Atom);
        Code::atom(member(&base, name))
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, ty: &Type) -> Code {
        match op {
            BinaryOp::Or => self.infix(Level::Or, left, "||", right),
            BinaryOp::And => self.infix(Level::And, left, "&&", right),
            BinaryOp::Equal => self.equal(left, "==", right),
            BinaryOp::NotEqual => self.equal(left, "!=", right),
            BinaryOp::Less => self.infix(Level::Compare, left, "<", right),
            BinaryOp::LessEqual => self.infix(Level::Compare, left, "<=", right),
            BinaryOp::Greater => self.infix(Level::Compare, left, ">", right),
            BinaryOp::GreaterEqual => self.infix(Level::Compare, left, ">=", right),
            BinaryOp::In => self.contained(left, right),
            BinaryOp::Add if matches!(ty, Type::List(_)) => {
                let (left, right) = (self.value(left).text, self.value(right).text);
                Code::atom(format!("concat({left}, {right})"))
            }
            BinaryOp::Add => self.infix(Level::Sum, left, "+", right),
            BinaryOp::Subtract => self.infix(Level::Sum, left, "-", right),
            BinaryOp::Multiply => self.infix(Level::Product, left, "*", right),
            BinaryOp::Divide => self.divide(left, right, *ty == Type::Integer),
            BinaryOp::Remainder => self.remainder(left, right),
        }
    }

    /// Left-associative, so the right side must bind more tightly; comparisons do not chain.
    fn infix(&mut self, level: Level, left: &Expr, sign: &str, right: &Expr) -> Code {
        let tighter = match level {
            Level::Or => Level::Or,
            Level::And => Level::And,
            Level::Compare => Level::Range,
            Level::Sum => Level::Product,
            _ => Level::Unary,
        };
        let loose = if level == Level::Compare {
            Level::Range
        } else {
            level
        };
        let left = self.value(left).at(loose);
        let right = self.value(right).at(tighter);
        Code::new(level, format!("{left} {sign} {right}"))
    }

    fn equal(&mut self, left: &Expr, sign: &str, right: &Expr) -> Code {
        let as_text = compares_as_text(&left.ty) || compares_as_text(&right.ty);
        let mut side = |expr: &Expr| {
            let code = self.present(expr);
            if as_text {
                format!("toJson({})", code.text)
            } else {
                code.at(Level::Range)
            }
        };
        let (left, right) = (side(left), side(right));
        Code::new(Level::Compare, format!("{left} {sign} {right}"))
    }

    fn contained(&mut self, element: &Expr, list: &Expr) -> Code {
        let deep = compares_as_text(&element.ty)
            || matches!(&list.ty, Type::List(inner) if compares_as_text(inner));
        let wanted = self.present(element);
        let list = self.value(list);
        if deep {
            return Code::new(
                Level::Compare,
                format!("toJson({}) in map({}, toJson(#))", wanted.text, list.text),
            );
        }
        Code::new(
            Level::Compare,
            format!("{} in {}", wanted.at(Level::Range), list.at(Level::Range)),
        )
    }
}

/// `base.name`, or `base["na me"]` where the name is no word.
fn member(base: &str, name: &str) -> String {
    if super::names::is_word(name) {
        format!("{base}.{name}")
    } else {
        format!("{base}[{}]", quote(name).text)
    }
}
