//! Numbers, quoted texts and maps.

use super::{Failed, Parsed, Parser, Tree};
use crate::expr::Value;
use crate::expr::lexer::{self, Symbol, TokenKind};
use crate::expr::syntax::{SyntaxExpr, SyntaxKind};
use crate::expr::value::MAX_INTEGER;
use crate::source::Spanned;

impl Parser<'_> {
    pub(super) fn number(&mut self) -> Parsed<Tree> {
        let range = self.token.range();
        match number_value(&self.text[range.clone()], self.token.kind) {
            Ok(value) => {
                self.advance();
                self.leaf(SyntaxKind::Literal(value), range)
            }
            Err((message, help)) => {
                let problem = self.problem(range.clone(), message).help_opt(help);
                self.report(problem);
                // The value does not matter any more; what follows may be worth a look.
                self.advance();
                self.leaf(SyntaxKind::Literal(Value::Integer(0)), range)
            }
        }
    }

    pub(super) fn quoted(&mut self) -> Parsed<Tree> {
        let range = self.advance();
        let value = match lexer::unquote(&self.text[range.clone()]) {
            Ok(text) => text,
            Err((part, message)) => {
                let place = range.start + part.start..range.start + part.end;
                let problem = self.problem(place, message);
                let problem = if self.text[range.clone()].contains('\\') {
                    problem.help(
                        "write `\\\\` for a backslash, or `r\"…\"` for a text without escapes",
                    )
                } else {
                    problem
                };
                self.report(problem);
                String::new()
            }
        };
        self.leaf(SyntaxKind::Literal(Value::String(value)), range)
    }

    pub(super) fn map_value(&mut self) -> Parsed<Tree> {
        let open = self.advance();
        let mut fields: Vec<(Spanned<String>, SyntaxExpr)> = Vec::new();
        let mut height = 0;
        while !self.is(Symbol::CloseBrace) {
            let key = self.map_key(&fields)?;
            if !self.eat(Symbol::Colon) {
                return Err(self.expected("`:` after the key", None));
            }
            let value = self.expression()?;
            height = height.max(value.height);
            fields.push((key, value.expr));
            if !self.eat(Symbol::Comma) {
                break;
            }
        }
        let close = self.close(Symbol::CloseBrace, open.clone())?;
        let span = self.span(open.start..close.end);
        self.node(SyntaxKind::Object(fields), span, height)
    }

    fn map_key(&mut self, fields: &[(Spanned<String>, SyntaxExpr)]) -> Parsed<Spanned<String>> {
        let range = self.token.range();
        if self.token.kind == TokenKind::Word {
            let word = self.word();
            let problem = self
                .problem(
                    range.clone(),
                    format!("the key `{word}` of a map has no quotes"),
                )
                .help(format!("write `\"{word}\"`"))
                .fix(self.span(range.clone()), format!("\"{word}\""));
            self.report(problem);
            return Ok(self.spanned_word());
        }
        if self.token.kind != TokenKind::Text {
            return Err(self.expected("a quoted key or `}`", None));
        }
        let tree = self.quoted()?;
        let key = match tree.expr.kind {
            SyntaxKind::Literal(Value::String(key)) => Spanned::new(key, tree.expr.span),
            _ => return Err(Failed),
        };
        if let Some((first, _)) = fields.iter().find(|(other, _)| *other == key) {
            let problem = self
                .problem(
                    range,
                    format!("the key `{}` stands twice in the map", key.value),
                )
                .label(first.span, "first here");
            self.report(problem);
        }
        Ok(key)
    }
}

/// The value of a number as written, or what is wrong with it and what to write instead.
fn number_value(text: &str, kind: TokenKind) -> Result<Value, (String, Option<String>)> {
    let bad = |help: Option<String>| Err((format!("`{text}` is not a number"), help));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.contains('_') && digits(&text.replace('_', "")) {
        return bad(Some(format!("write `{}`", text.replace('_', ""))));
    }
    if let Some(hexadecimal) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        return match u64::from_str_radix(hexadecimal, 16) {
            Ok(value) => integer(text, value),
            Err(_) => bad(None),
        };
    }
    let whole = text.split(['.', 'e', 'E']).next().unwrap_or(text);
    if whole.len() > 1 && whole.starts_with('0') && digits(whole) {
        let help = format!("write `{}`", text.trim_start_matches('0'));
        return Err((
            format!("the number `{text}` starts with a zero"),
            Some(help).filter(|_| digits(text) && text.bytes().any(|b| b != b'0')),
        ));
    }
    if kind == TokenKind::Integer {
        return match text.parse::<u64>() {
            Ok(value) => integer(text, value),
            Err(_) if digits(text) => integer(text, u64::MAX),
            Err(_) => bad(None),
        };
    }
    let valid = text
        .split_once(['e', 'E'])
        .map_or((text, "0"), |parts| parts);
    let exponent = valid.1.trim_start_matches(['+', '-']);
    let mantissa = valid
        .0
        .split_once('.')
        .map_or((valid.0, "0"), |parts| parts);
    if !(digits(exponent) && digits(mantissa.0) && digits(mantissa.1)) {
        return bad(None);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Value::Number(value)),
        _ => Err((format!("the number `{text}` is too large"), None)),
    }
}

fn integer(text: &str, value: u64) -> Result<Value, (String, Option<String>)> {
    if value <= MAX_INTEGER as u64 {
        return Ok(Value::Integer(value as i64));
    }
    Err((
        format!("the integer `{text}` is beyond 2^53"),
        Some(format!(
            "write `{text}.0` for a number, which keeps 15 to 17 digits"
        )),
    ))
}
