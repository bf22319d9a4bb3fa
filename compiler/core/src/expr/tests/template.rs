use super::super::Template;
use super::super::check::{check_template, expect_type};
use super::super::eval::eval_template;
use super::super::syntax::{escape, find_expression, parse_template, unescape};
use super::*;

/// The checked template, or every problem as ``code `underlined text`: message``.
fn template(text: &str) -> Result<Template, Vec<String>> {
    let mut diagnostics = Diagnostics::default();
    let whole = span(0..text.len());
    let syntax = parse_template(text, &span, &mut diagnostics);
    let checked = check_template(&syntax, whole, &mut World::new(), &mut diagnostics);
    checked.ok_or_else(|| {
        let shown = |problem: Diagnostic| {
            let underlined = &text[problem.primary.span.range()];
            format!("{} `{underlined}`: {}", problem.code, problem.message)
        };
        diagnostics.into_iter().map(shown).collect()
    })
}

fn value(text: &str) -> String {
    let template = template(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let value = eval_template(&template, &World::new());
    value
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
        .json()
}

#[test]
fn text_around_expressions_stays_and_their_values_become_text() {
    for (text, json) in [
        ("", "\"\""),
        ("plain }} {{ $HOME", "\"plain }} {{ $HOME\""),
        ("a ${{ parameters.i }} b", "\"a 7 b\""),
        ("${{ parameters.i }}${{ parameters.i }}", "\"77\""),
        ("n=${{ parameters.whole }}", "\"n=4\""),
        ("l=${{ parameters.l }}", r#""l=[\"a\",\"b\"]""#),
        ("${{ '}}' + \"}}\" }}!", "\"}}}}!\""),
        ("${{ r'\\' + '}}' }}!", "\"\\\\}}!\""),
        (
            "${{ {'a': {'b': parameters.i}} }}!",
            r#""{\"a\":{\"b\":7}}!""#,
        ),
        ("${{ parameters.i }}}", "\"7}\""),
        ("$${{ parameters.i }}", "\"${{ parameters.i }}\""),
        ("$$${{ x }}", "\"$${{ x }}\""),
        ("${{ '$' }}${{ parameters.i }}", "\"$7\""),
        ("é ${{\n  parameters.s\n}} é", "\"é héllo é\""),
    ] {
        assert_eq!(value(text), json, "{text}");
    }
}

#[test]
fn one_whole_expression_keeps_its_type() {
    assert_eq!(value("${{ parameters.i + 1 }}"), "8");
    assert_eq!(value("${{ parameters.l }}"), r#"["a","b"]"#);
    assert_eq!(value(" ${{ parameters.i }}"), "\" 7\"");
    // An empty text beside it makes it text.
    assert_eq!(value("${{ '' }}${{ parameters.i }}"), "\"7\"");
}

#[test]
fn constant_parts_become_text() {
    let literal = |text: &str| template(text).ok()?.as_literal().map(str::to_owned);
    assert_eq!(literal("a${{ 1 + 1 }}b").as_deref(), Some("a2b"));
    assert_eq!(literal("${{ 'a' + 'b' }}").as_deref(), Some("ab"));
    assert_eq!(literal("$${{").as_deref(), Some("${{"));
    assert_eq!(literal("${{ 1 + 1 }}"), None);
}

#[test]
fn every_problem_of_a_template_is_told() {
    for (text, expected) in [
        (
            "${{ 1 + }} and ${{ foo }}",
            vec![
                "invalid-expression ``: the expression ends where a value is expected",
                "unknown-name `foo`: there is no `foo`",
            ],
        ),
        (
            "${{ bar }} and ${{ 1 +",
            vec![
                "invalid-expression `${{`: the `${{` has no `}}`",
                "unknown-name `bar`: there is no `bar`",
            ],
        ),
        (
            "${{ foo }} and ${{ bar }}",
            vec![
                "unknown-name `foo`: there is no `foo`",
                "unknown-name `bar`: there is no `bar`",
            ],
        ),
        (
            "a ${{ parameters.i",
            vec!["invalid-expression `${{`: the `${{` has no `}}`"],
        ),
        (
            "a ${{ parameters.i }",
            vec!["invalid-expression `${{`: the `${{` has no `}}`"],
        ),
        (
            "${{ 'a }}",
            vec!["invalid-expression `'`: the text has no closing `'`"],
        ),
        (
            "${{ }}",
            vec!["invalid-expression ` `: an expression is missing between `${{` and `}}`"],
        ),
        (
            "${{ ${{ parameters.i }} }}",
            vec!["invalid-expression `$`: `$` means nothing in an expression"],
        ),
    ] {
        assert_eq!(
            template(text),
            Err(expected.into_iter().map(str::to_owned).collect()),
            "{text}"
        );
    }
}

#[test]
fn expressions_in_scripts_are_found() {
    let found = |text: &'static str| find_expression(text).map(|range| &text[range]);
    assert_eq!(
        found("echo ${{ parameters.i }} x"),
        Some("${{ parameters.i }}")
    );
    assert_eq!(found("echo ${{ '}}' }} x"), Some("${{ '}}' }}"));
    assert_eq!(found("echo $${{ x }} ${HOME} {{ y }}"), None);
    assert_eq!(found("echo $${{ x }} ${{ y"), Some("${{"));
    assert_eq!(found("echo $$${{ x }}"), None);
}

#[test]
fn escapes_are_undone() {
    for text in ["", "a", "${{", "$${{", "$$${{ x }}${{", "$ $$ {{"] {
        assert_eq!(unescape(&escape(text)), text);
    }
    assert_eq!(unescape("$${{ x }}"), "${{ x }}");
}

#[test]
fn a_wrong_type_names_the_place() {
    let mut diagnostics = Diagnostics::default();
    let condition = expr("parameters.s");
    assert!(!expect_type(
        &condition,
        &Type::Boolean,
        "the condition of task `a`",
        &mut diagnostics
    ));
    let problem = diagnostics.into_iter().next().expect("a problem");
    assert_eq!(
        problem.message,
        "the condition of task `a` must be a boolean, not a string"
    );
    assert_eq!(problem.help, ["compare it, such as `x == \"yes\"`"]);
    let mut none = Diagnostics::default();
    assert!(expect_type(
        &expr("parameters.i"),
        &Type::Number,
        "the cores",
        &mut none
    ));
    assert!(expect_type(
        &expr("[]"),
        &Type::list(Type::String),
        "the list",
        &mut none
    ));
    assert!(none.is_empty());
}
