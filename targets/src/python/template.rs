//! The template engine, set up for Python: `[[ x ]]` writes a literal, `[% … %]` controls.

use std::fmt;

use flowc_core::expr::Value;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::literal;

/// Why a template could not be filled: always a mistake in flowc.
#[derive(Debug)]
pub struct TemplateError(Error);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for TemplateError {}

/// An engine in which every value is written as a Python literal and undefined names are errors.
pub fn environment() -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .block_delimiters("[%", "%]")
        .variable_delimiters("[[", "]]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(TemplateError)?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, _state, value| {
        let value: Value = serde_json::to_value(value)
            .and_then(serde_json::from_value)
            .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
        out.write_str(&literal::value(&value)).map_err(Error::from)
    });
    Ok(environment)
}

/// Fills a template.
///
/// # Errors
/// A mistake in the template, or a name it does not get.
pub fn render(source: &str, context: &impl serde::Serialize) -> Result<String, TemplateError> {
    environment()?
        .render_str(source, minijinja::value::Serde(context))
        .map_err(TemplateError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals_and_unknown_names_errors() {
        let context = serde_json::json!({"name": "a\"b", "yes": true, "n": 1.0});
        let source = "[% if yes %]\nx = [[ name ]]\n[% endif %]\ny = [[ n ]] + {{ kept }}\n";
        assert_eq!(
            render(source, &context).unwrap(),
            "x = 'a\"b'\ny = 1.0 + {{ kept }}\n"
        );
        assert!(render("[[ nothing ]]", &context).is_err());
    }
}
