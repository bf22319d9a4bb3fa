//! What people write who have another language in their fingers, and what to tell them.

use std::ops::Range;

use super::lexer::{Symbol, Token, TokenKind};
use super::parser::Parser;
use super::{BinaryOp, Macro, Value};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A problem that has been reported and after which nothing sensible can be read.
pub(super) struct Stop;

/// The operator that a word in its place is meant to be. Reported.
pub(super) fn operator_word(p: &mut Parser<'_>) -> Option<BinaryOp> {
    match p.word() {
        "and" | "AND" => Some(spelled(p, "&&", BinaryOp::And)),
        "or" | "OR" => Some(spelled(p, "||", BinaryOp::Or)),
        "is" => {
            let op = spelled(p, "==", BinaryOp::Equal);
            if p.slice(p.peek().range()) == "not" {
                p.advance();
                return Some(BinaryOp::NotEqual);
            }
            Some(op)
        }
        "not" if p.slice(p.peek().range()) == "in" => {
            let range = p.token().start..p.peek().end;
            let problem = p
                .problem(range, "`not in` is not an operator")
                .help("write `!(x in list)`");
            p.report_slip(problem);
            p.advance();
            Some(BinaryOp::In)
        }
        _ => None,
    }
}

/// The operator that a single `=`, `&` or `|` is meant to be. Reported.
pub(super) fn operator_symbol(p: &mut Parser<'_>, symbol: Symbol) -> Option<BinaryOp> {
    Some(match symbol {
        Symbol::And => spelled(p, "&&", BinaryOp::And),
        Symbol::Or => spelled(p, "||", BinaryOp::Or),
        _ => spelled(p, "==", BinaryOp::Equal),
    })
}

/// Reports that the current token should be spelled otherwise; once, however often it is asked for.
fn spelled(p: &mut Parser<'_>, right: &str, op: BinaryOp) -> BinaryOp {
    let range = p.token().range();
    if p.first_look(range.start) {
        let problem = p
            .problem(range.clone(), format!("`{}` is not an operator", p.word()))
            .help(format!("did you mean `{right}`?"))
            .fix(p.span(range), right);
        p.report_slip(problem);
    }
    op
}

/// Operators that begin with one of ours, such as `===`.
pub(super) fn after_operator(p: &mut Parser<'_>, op: BinaryOp) {
    let (range, token) = (p.previous(), p.token());
    if token.start != range.end {
        return;
    }
    let help = match (op, token.kind) {
        (BinaryOp::Equal, TokenKind::Symbol(Symbol::Equal)) => "did you mean `==`?",
        (BinaryOp::NotEqual, TokenKind::Symbol(Symbol::Equal)) => "did you mean `!=`?",
        (BinaryOp::Less, TokenKind::Symbol(Symbol::Greater)) => "did you mean `!=`?",
        (BinaryOp::Multiply, TokenKind::Symbol(Symbol::Star)) => "there are no powers; multiply",
        (BinaryOp::Divide, TokenKind::Symbol(Symbol::Slash)) => {
            "`/` of two integers leaves out the fraction; there are no comments"
        }
        _ => return,
    };
    let whole = range.start..token.end;
    let spelling = p.slice(whole.clone());
    let problem = p
        .problem(whole, format!("`{spelling}` is not an operator"))
        .help(help);
    if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
        p.report_slip(problem);
    } else {
        p.report(problem);
    }
    p.advance();
}

/// Whether the current token is a `not` before a value. Reported.
pub(super) fn is_not(p: &mut Parser<'_>) -> bool {
    if !matches!(p.word(), "not" | "NOT") {
        return false;
    }
    let next = p.peek();
    let before_value = match next.kind {
        TokenKind::Word => p.slice(next.range()) != "in",
        TokenKind::Integer | TokenKind::Number | TokenKind::Text => true,
        TokenKind::Symbol(symbol) => {
            matches!(
                symbol,
                Symbol::OpenParen | Symbol::OpenBracket | Symbol::Not
            )
        }
        _ => false,
    };
    if before_value {
        let problem = p
            .problem(
                p.token().range(),
                format!("`{}` is not an operator", p.word()),
            )
            .help("write `!` and put what it negates in parentheses");
        p.report(problem);
    }
    before_value
}

/// The constant that a word of another language is meant to be. Reported.
pub(super) fn constant_word(p: &mut Parser<'_>) -> Option<Value> {
    let (right, value) = match p.word() {
        "True" | "TRUE" => ("true", Value::Boolean(true)),
        "False" | "FALSE" => ("false", Value::Boolean(false)),
        "None" | "NULL" => ("null", Value::Null),
        _ => return None,
    };
    let range = p.token().range();
    let problem = p
        .problem(range.clone(), format!("`{}` is not a constant", p.word()))
        .help(format!("did you mean `{right}`?"))
        .fix(p.span(range), right);
    p.report_slip(problem);
    Some(value)
}

/// A word with a quoted text right behind it, such as Python's `f"…"`.
pub(super) fn after_word(p: &mut Parser<'_>, word: &Range<usize>) -> Result<(), Stop> {
    let token = p.token();
    let quoted = matches!(token.kind, TokenKind::Text | TokenKind::UnclosedText);
    if !quoted || token.start != word.end {
        return Ok(());
    }
    let prefix = p.slice(word.clone());
    let problem = p
        .problem(
            word.clone(),
            format!("`{prefix}` is not a prefix of a text"),
        )
        .help("join texts with `+`, such as `\"n = \" + string(parameters.n)`");
    p.report(problem);
    Err(Stop)
}

/// The current token stands where a value must begin.
pub(super) fn no_value(p: &Parser<'_>) -> Diagnostic {
    let token = p.token();
    if let Some(problem) = anywhere(p, token) {
        return problem;
    }
    let previous = p.slice(p.previous());
    match token.kind {
        TokenKind::End => p
            .problem(
                token.range(),
                "the expression ends where a value is expected",
            )
            .label(
                p.span(p.previous()),
                format!("a value must follow this `{previous}`"),
            ),
        TokenKind::Symbol(Symbol::Question) if previous == "?" => p
            .problem(p.previous().start..token.end, "`??` is not an operator")
            .help("write `default(tasks.t.outputs.o, fallback)`"),
        TokenKind::Symbol(Symbol::Plus) => p
            .problem(token.range(), "expected a value, found `+`")
            .help("a positive number has no sign"),
        TokenKind::Symbol(Symbol::Dot) => p
            .problem(token.range(), "expected a value, found `.`")
            .help("a number starts with a digit: `0.5`"),
        _ => expected(p, "a value"),
    }
}

/// The current token is not what must stand there.
pub(super) fn expected(p: &Parser<'_>, what: &str) -> Diagnostic {
    let token = p.token();
    if let Some(problem) = anywhere(p, token) {
        return problem;
    }
    match token.kind {
        TokenKind::End => p
            .problem(token.range(), format!("expected {what}"))
            .says("the expression ends here"),
        _ => p.problem(
            token.range(),
            format!("expected {what}, found `{}`", p.word()),
        ),
    }
}

/// The current token stands after a whole expression.
pub(super) fn after_value(p: &Parser<'_>) -> Diagnostic {
    let token = p.token();
    if let Some(problem) = anywhere(p, token) {
        return problem;
    }
    let found = p.word();
    let problem = |message: String| p.problem(token.range(), message);
    match token.kind {
        TokenKind::Symbol(Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace) => {
            problem(format!("the `{found}` closes nothing"))
        }
        TokenKind::Symbol(Symbol::OpenBrace) => problem("expected an operator, found `{`".into()),
        TokenKind::Word | TokenKind::Integer | TokenKind::Number | TokenKind::Text => {
            problem(format!("expected an operator before `{found}`"))
        }
        _ => problem(format!("expected an operator or the end, found `{found}`")),
    }
}

/// Problems that have one explanation wherever they stand.
fn anywhere(p: &Parser<'_>, token: Token) -> Option<Diagnostic> {
    match token.kind {
        TokenKind::UnclosedText => {
            let quote = p.slice(token.range()).trim_start_matches(['r', 'R']);
            let quote = &quote[..1];
            Some(
                p.problem(
                    token.start..token.start + 1,
                    format!("the text has no closing `{quote}`"),
                )
                .says("opened here"),
            )
        }
        TokenKind::Word if p.slice(token.range()) == "if" => Some(
            p.problem(token.range(), "`if` is not an operator")
                .help("write `condition ? value : other` for `value if condition else other`"),
        ),
        TokenKind::Unknown => Some(unknown(p, token)),
        _ => None,
    }
}

/// A character that no expression holds.
fn unknown(p: &Parser<'_>, token: Token) -> Diagnostic {
    let character = p.slice(token.range());
    let problem = p.problem(
        token.range(),
        format!("`{character}` means nothing in an expression"),
    );
    match character {
        "$" => problem.help(
            "an expression does not see the environment; name where the value comes from, such as `parameters.p`",
        ),
        "`" | "“" | "”" | "„" | "‘" | "’" | "«" | "»" => {
            problem.help("a text stands in `\"…\"` or `'…'`")
        }
        "\u{a0}" => p
            .problem(token.range(), "a no-break space means nothing in an expression")
            .help("write a plain space"),
        "#" => problem.help("an expression holds no comments"),
        "^" => problem.help("there are no powers; multiply"),
        "\\" => problem.help("`\\` has a meaning in a quoted text only"),
        _ => problem,
    }
}

/// A macro with the wrong number of arguments.
pub(super) fn macro_arguments(kind: Macro, span: Span, count: usize) -> Diagnostic {
    let name = kind.name();
    Diagnostic::error(
        "invalid-expression",
        span,
        format!(
            "`{name}` takes a variable and an expression over it, not {count} argument{}",
            plural(count)
        ),
    )
    .help(format!(
        "write `list.{name}(x, …)` with `x` for the element"
    ))
}

/// A macro whose first argument is no name.
pub(super) fn macro_variable(kind: Macro, span: Span) -> Diagnostic {
    let name = kind.name();
    Diagnostic::error(
        "invalid-expression",
        span,
        format!("the first argument of `{name}` must be a new name for the element"),
    )
    .help(format!(
        "write `list.{name}(x, …)` with `x` for the element"
    ))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
