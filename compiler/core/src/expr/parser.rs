//! Operator precedence parsing of one expression. Depth and length are bounded, so that no text can
//! exhaust the stack.

mod lists;
mod literals;

use std::ops::Range;

use super::lexer::{self, Symbol, Token, TokenKind};
use super::slips;
use super::syntax::{Locate, SyntaxExpr, SyntaxKind};
use super::{BinaryOp, Macro, UnaryOp, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

/// The longest expression, in bytes.
pub(super) const MAX_TEXT: usize = 1024 * 1024;

/// How many expressions may stand inside one another; long chains of operators count too.
pub(super) const MAX_DEPTH: usize = 64;

/// A part of the tree with its height.
struct Tree {
    expr: SyntaxExpr,
    height: usize,
}

/// A problem that has been reported.
struct Failed;

type Parsed<T> = Result<T, Failed>;

pub(super) struct Parser<'a> {
    /// The whole text, of which `end` is where the expression ends.
    text: &'a str,
    start: usize,
    locate: Locate<'a>,
    diagnostics: &'a mut Diagnostics,
    token: Token,
    /// Where the token before `token` ends.
    previous: Range<usize>,
    depth: usize,
    /// A problem has been reported, even if parsing went on.
    failed: bool,
    /// That was the problem; the rest is not worth a look.
    too_deep: bool,
    /// Where the last wrong operator stands, for it is looked at more than once.
    slip: Option<usize>,
}

impl<'a> Parser<'a> {
    pub fn new(
        text: &'a str,
        range: Range<usize>,
        locate: Locate<'a>,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let text = &text[..range.end];
        Self {
            text,
            start: range.start,
            locate,
            diagnostics,
            token: lexer::token(text, range.start),
            previous: range.start..range.start,
            depth: 0,
            failed: false,
            too_deep: false,
            slip: None,
        }
    }

    /// The expression, when there is one and nothing else.
    pub fn whole(mut self) -> Option<SyntaxExpr> {
        if self.token.kind == TokenKind::End {
            let place = self.start..self.text.len();
            self.report(Diagnostic::error(
                "invalid-expression",
                (self.locate)(place),
                "an expression is missing between `${{` and `}}`",
            ));
            return None;
        }
        let tree = self.expression().ok()?;
        if self.token.kind != TokenKind::End {
            self.unexpected_after_value();
        }
        (!self.failed).then_some(tree.expr)
    }

    // Precedence, loosest first.

    /// `c ? a : b`, or anything that binds tighter.
    fn expression(&mut self) -> Parsed<Tree> {
        self.enter()?;
        let mut tree = self.binary(0)?;
        if self.is(Symbol::Question) {
            tree = self.conditional(tree)?;
        }
        self.depth -= 1;
        Ok(tree)
    }

    fn conditional(&mut self, condition: Tree) -> Parsed<Tree> {
        let question = self.advance();
        let then = self.expression()?;
        if !self.eat(Symbol::Colon) {
            return Err(self.expected("`:` and the other value of this `?`", Some(question)));
        }
        let otherwise = self.expression()?;
        let span = condition.expr.span.to(otherwise.expr.span);
        let height = condition.height.max(then.height).max(otherwise.height);
        let kind = SyntaxKind::Conditional(
            condition.expr.into(),
            then.expr.into(),
            otherwise.expr.into(),
        );
        self.node(kind, span, height)
    }

    /// A chain of operators that bind at least as tight as `level`.
    fn binary(&mut self, level: u8) -> Parsed<Tree> {
        let mut left = self.unary()?;
        while let Some(op) = self.operator() {
            if op.level() < level {
                break;
            }
            self.advance();
            slips::after_operator(self, op);
            self.enter()?;
            let right = self.binary(op.level() + 1)?;
            self.depth -= 1;
            let span = left.expr.span.to(right.expr.span);
            let kind = SyntaxKind::Binary(op, left.expr.into(), right.expr.into());
            left = self.node(kind, span, left.height.max(right.height))?;
        }
        Ok(left)
    }

    /// The operator that the current token is, or is a slip of.
    fn operator(&mut self) -> Option<BinaryOp> {
        use BinaryOp as Op;
        let symbol = match self.token.kind {
            TokenKind::Symbol(symbol) => symbol,
            TokenKind::Word if self.word() == "in" => return Some(Op::In),
            TokenKind::Word => return slips::operator_word(self),
            _ => return None,
        };
        Some(match symbol {
            Symbol::OrOr => Op::Or,
            Symbol::AndAnd => Op::And,
            Symbol::EqualEqual => Op::Equal,
            Symbol::NotEqual => Op::NotEqual,
            Symbol::Less => Op::Less,
            Symbol::LessEqual => Op::LessEqual,
            Symbol::Greater => Op::Greater,
            Symbol::GreaterEqual => Op::GreaterEqual,
            Symbol::Plus => Op::Add,
            Symbol::Minus => Op::Subtract,
            Symbol::Star => Op::Multiply,
            Symbol::Slash => Op::Divide,
            Symbol::Percent => Op::Remainder,
            Symbol::Equal | Symbol::And | Symbol::Or => {
                return slips::operator_symbol(self, symbol);
            }
            _ => return None,
        })
    }

    fn unary(&mut self) -> Parsed<Tree> {
        let kind = self.token.kind;
        let op = match kind {
            TokenKind::Symbol(Symbol::Not) => UnaryOp::Not,
            TokenKind::Symbol(Symbol::Minus) => UnaryOp::Negate,
            TokenKind::Word if slips::is_not(self) => UnaryOp::Not,
            _ => return self.postfix(),
        };
        let start = self.advance();
        self.enter()?;
        let operand = self.unary()?;
        self.depth -= 1;
        let span = self.span(start).to(operand.expr.span);
        self.node(
            SyntaxKind::Unary(op, operand.expr.into()),
            span,
            operand.height,
        )
    }

    /// A value and the members, indexes and calls after it.
    fn postfix(&mut self) -> Parsed<Tree> {
        let mut tree = self.primary()?;
        loop {
            if self.is(Symbol::Dot) {
                self.advance();
                tree = self.member(tree)?;
            } else if self.is(Symbol::OpenBracket) {
                tree = self.index(tree)?;
            } else {
                return Ok(tree);
            }
        }
    }

    fn member(&mut self, receiver: Tree) -> Parsed<Tree> {
        if self.token.kind != TokenKind::Word {
            return Err(self.expected("a name after `.`", None));
        }
        let name = self.spanned_word();
        if !self.is(Symbol::OpenParen) {
            let span = receiver.expr.span.to(name.span);
            let kind = SyntaxKind::Member(receiver.expr.into(), name);
            return self.node(kind, span, receiver.height);
        }
        let (arguments, close) = self.list(Symbol::CloseParen)?;
        let span = receiver.expr.span.to(self.span(close));
        let height = highest(&arguments).max(receiver.height);
        let arguments = arguments.into_iter().map(|tree| tree.expr).collect();
        let kind = match Macro::from_name(&name) {
            Some(kind) => self.macro_call(receiver.expr, kind, name, arguments, span)?,
            None => SyntaxKind::Method(receiver.expr.into(), name, arguments),
        };
        // A `map` with a condition is two nodes.
        self.node(kind, span, height + 1)
    }

    fn macro_call(
        &mut self,
        list: SyntaxExpr,
        kind: Macro,
        name: Spanned<String>,
        arguments: Vec<SyntaxExpr>,
        span: Span,
    ) -> Parsed<SyntaxKind> {
        let count = arguments.len();
        let mut arguments = arguments.into_iter();
        let (variable, list, body) = match (
            kind,
            count,
            arguments.next(),
            arguments.next(),
            arguments.next(),
        ) {
            (_, 2, Some(variable), Some(body), None) => {
                (self.variable(variable, kind)?, list, body)
            }
            // `list.map(x, condition, value)` is a filter and a map.
            (Macro::Map, 3, Some(variable), Some(condition), Some(body)) => {
                let variable = self.variable(variable, kind)?;
                let kind = SyntaxKind::Macro(
                    list.into(),
                    Macro::Filter,
                    variable.clone(),
                    condition.into(),
                );
                (variable, SyntaxExpr { kind, span }, body)
            }
            _ => {
                self.report(slips::macro_arguments(kind, name.span, count));
                return Err(Failed);
            }
        };
        Ok(SyntaxKind::Macro(list.into(), kind, variable, body.into()))
    }

    fn variable(&mut self, expr: SyntaxExpr, kind: Macro) -> Parsed<Spanned<String>> {
        match expr.kind {
            SyntaxKind::Name(name) => Ok(Spanned::new(name, expr.span)),
            _ => {
                self.report(slips::macro_variable(kind, expr.span));
                Err(Failed)
            }
        }
    }

    fn index(&mut self, receiver: Tree) -> Parsed<Tree> {
        let open = self.advance();
        let index = self.expression()?;
        let close = self.close(Symbol::CloseBracket, open)?;
        let span = receiver.expr.span.to(self.span(close));
        let height = receiver.height.max(index.height);
        let kind = match index.expr.kind {
            SyntaxKind::Literal(Value::String(key)) => {
                let key = Spanned::new(key, index.expr.span);
                SyntaxKind::Member(receiver.expr.into(), key)
            }
            _ => SyntaxKind::Index(receiver.expr.into(), index.expr.into()),
        };
        self.node(kind, span, height)
    }

    fn primary(&mut self) -> Parsed<Tree> {
        match self.token.kind {
            TokenKind::Word => self.word_value(),
            TokenKind::Integer | TokenKind::Number => self.number(),
            TokenKind::Text => self.quoted(),
            TokenKind::Symbol(Symbol::OpenParen) => self.parenthesized(),
            TokenKind::Symbol(Symbol::OpenBracket) => self.list_value(),
            TokenKind::Symbol(Symbol::OpenBrace) => self.map_value(),
            _ => {
                let problem = slips::no_value(self);
                self.report(problem);
                Err(Failed)
            }
        }
    }

    fn word_value(&mut self) -> Parsed<Tree> {
        let range = self.token.range();
        let constant = match self.word() {
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            "null" => Some(Value::Null),
            "in" => return Err(self.expected("a value before `in`", None)),
            _ => slips::constant_word(self),
        };
        if let Some(value) = constant {
            self.advance();
            return self.leaf(SyntaxKind::Literal(value), range);
        }
        let name = self.spanned_word();
        if !self.is(Symbol::OpenParen) {
            slips::after_word(self, &range)?;
            return self.leaf(SyntaxKind::Name(name.value), range);
        }
        let (arguments, close) = self.list(Symbol::CloseParen)?;
        let height = highest(&arguments);
        let arguments = arguments.into_iter().map(|tree| tree.expr).collect();
        let span = self.span(range.start..close.end);
        self.node(SyntaxKind::Call(name, arguments), span, height)
    }

    fn parenthesized(&mut self) -> Parsed<Tree> {
        let open = self.advance();
        let mut tree = self.expression()?;
        let close = self.close(Symbol::CloseParen, open.clone())?;
        tree.expr.span = self.span(open.start..close.end);
        Ok(tree)
    }

    // Tokens.

    /// Steps over the current token and gives its range.
    pub(super) fn advance(&mut self) -> Range<usize> {
        self.previous = self.token.range();
        self.token = lexer::token(self.text, self.token.end);
        self.previous.clone()
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// Whether the slip at this position has not been asked about before.
    pub(super) fn first_look(&mut self, start: usize) -> bool {
        self.slip.replace(start) != Some(start)
    }

    /// The token after the current one.
    pub(super) fn peek(&self) -> Token {
        lexer::token(self.text, self.token.end)
    }

    pub(super) fn previous(&self) -> Range<usize> {
        self.previous.clone()
    }

    /// The text of a range.
    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    /// The text of the current token.
    pub(super) fn word(&self) -> &'a str {
        self.slice(self.token.range())
    }

    pub(super) fn is(&self, symbol: Symbol) -> bool {
        self.token.kind == TokenKind::Symbol(symbol)
    }

    fn eat(&mut self, symbol: Symbol) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn spanned_word(&mut self) -> Spanned<String> {
        let word = self.word().to_owned();
        let range = self.advance();
        Spanned::new(word, self.span(range))
    }

    /// The closing bracket, of which `open` is the opening one.
    fn close(&mut self, closing: Symbol, open: Range<usize>) -> Parsed<Range<usize>> {
        if self.is(closing) {
            return Ok(self.advance());
        }
        let closer = match closing {
            Symbol::CloseParen => ")",
            Symbol::CloseBracket => "]",
            _ => "}",
        };
        let opener = self.slice(open.clone());
        let what = format!("`{closer}` to close the `{opener}`");
        Err(self.expected(&what, Some(open)))
    }

    // Nodes, all bounded in depth.

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        self.check_depth(self.depth)
    }

    fn check_depth(&mut self, depth: usize) -> Parsed<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        self.too_deep = true;
        let problem = Diagnostic::error(
            "too-large",
            self.span(self.previous()),
            format!("the expression is nested more than {MAX_DEPTH} deep"),
        )
        .help("an operator in a row of operators counts; compute a part in a task of its own");
        self.report(problem);
        Err(Failed)
    }

    fn leaf(&mut self, kind: SyntaxKind, range: Range<usize>) -> Parsed<Tree> {
        let span = self.span(range);
        self.node(kind, span, 0)
    }

    /// A node over parts of at most the given height.
    fn node(&mut self, kind: SyntaxKind, span: Span, height: usize) -> Parsed<Tree> {
        self.check_depth(height + 1)?;
        Ok(Tree {
            expr: SyntaxExpr { kind, span },
            height: height + 1,
        })
    }

    // Problems.

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        (self.locate)(range)
    }

    pub(super) fn problem(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error("invalid-expression", self.span(range), message)
    }

    /// Reports a problem; the expression has no tree any more, but reading may go on.
    pub(super) fn report(&mut self, problem: Diagnostic) {
        self.failed = true;
        self.diagnostics.push(problem);
    }

    /// Reports a problem that leaves no doubt about what is meant, so that names and types are still
    /// worth a look.
    pub(super) fn report_slip(&mut self, problem: Diagnostic) {
        self.diagnostics.push(problem);
    }

    /// Reports that the current token is not what must stand here.
    fn expected(&mut self, what: &str, opened: Option<Range<usize>>) -> Failed {
        let problem = slips::expected(self, what);
        let problem = match opened {
            Some(open) => problem.label(self.span(open), "opened here"),
            None => problem,
        };
        self.report(problem);
        Failed
    }

    fn unexpected_after_value(&mut self) {
        let problem = slips::after_value(self);
        self.report(problem);
    }
}

impl From<slips::Stop> for Failed {
    fn from(_: slips::Stop) -> Self {
        Self
    }
}

fn highest(trees: &[Tree]) -> usize {
    trees.iter().map(|tree| tree.height).max().unwrap_or(0)
}
