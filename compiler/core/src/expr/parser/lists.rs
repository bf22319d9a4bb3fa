//! Expressions between brackets, and how parsing goes on after a problem in one.

use std::ops::Range;

use super::{Failed, Parsed, Parser, Tree, highest};
use crate::expr::lexer::{Symbol, TokenKind};
use crate::expr::syntax::SyntaxKind;

impl Parser<'_> {
    pub(super) fn list_value(&mut self) -> Parsed<Tree> {
        let start = self.token.start;
        let (elements, close) = self.list(Symbol::CloseBracket)?;
        let height = highest(&elements);
        let elements = elements.into_iter().map(|tree| tree.expr).collect();
        let span = self.span(start..close.end);
        self.node(SyntaxKind::List(elements), span, height)
    }

    /// Expressions between brackets, separated by commas; the range is that of the closing bracket.
    pub(super) fn list(&mut self, closing: Symbol) -> Parsed<(Vec<Tree>, Range<usize>)> {
        let open = self.advance();
        let mut elements = Vec::new();
        while !self.is(closing) {
            match self.expression_or_skip(closing) {
                Some(tree) => elements.push(tree),
                None if self.too_deep => return Err(Failed),
                None if self.is(Symbol::Comma) || self.is(closing) => {}
                None => return Err(Failed),
            }
            if !self.eat(Symbol::Comma) {
                break;
            }
        }
        let close = self.close(closing, open)?;
        Ok((elements, close))
    }

    /// An element; after a problem in it, goes on at the `,` or the bracket that ends it.
    fn expression_or_skip(&mut self, closing: Symbol) -> Option<Tree> {
        let depth = self.depth;
        if let Ok(tree) = self.expression() {
            return Some(tree);
        }
        self.depth = depth;
        if !self.too_deep {
            self.skip_element(closing);
        }
        None
    }

    fn skip_element(&mut self, closing: Symbol) {
        let mut open = 0_usize;
        loop {
            match self.token.kind {
                TokenKind::End | TokenKind::UnclosedText => return,
                TokenKind::Symbol(symbol) => match symbol {
                    Symbol::OpenParen | Symbol::OpenBracket | Symbol::OpenBrace => open += 1,
                    Symbol::Comma if open == 0 => return,
                    _ if open == 0 && symbol == closing => return,
                    Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace => {
                        open = open.saturating_sub(1);
                    }
                    _ => {}
                },
                _ => {}
            }
            self.advance();
        }
    }
}
