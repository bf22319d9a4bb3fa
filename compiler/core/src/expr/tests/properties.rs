//! What holds for every expression, on random ones.

use proptest::prelude::*;

use super::super::check::{check_template, check_unfolded};
use super::super::eval::{eval, eval_template};
use super::super::fold::{fold, fold_template};
use super::super::syntax::parse_template;
use super::super::{ExprKind, Template};
use super::*;

/// The name a reference has in the [`World`].
fn name(reference: &Ref) -> String {
    let world = World::new();
    let found = world
        .names
        .iter()
        .find(|(_, (known, ..))| known == reference);
    found.map_or_else(|| "?".into(), |(name, _)| (*name).to_owned())
}

fn unfolded(text: &str) -> Option<Expr> {
    let mut diagnostics = Diagnostics::default();
    let syntax = parse_expr(text, &span, &mut diagnostics)?;
    check_unfolded(&syntax, &mut World::new(), &mut diagnostics)
}

fn template(text: &str) -> Option<Template> {
    let mut diagnostics = Diagnostics::default();
    let syntax = parse_template(text, &span, &mut diagnostics);
    check_template(
        &syntax,
        span(0..text.len()),
        &mut World::new(),
        &mut diagnostics,
    )
}

/// Random source texts, one strategy per type.
#[derive(Clone)]
struct Texts {
    integer: BoxedStrategy<String>,
    number: BoxedStrategy<String>,
    string: BoxedStrategy<String>,
    boolean: BoxedStrategy<String>,
    integers: BoxedStrategy<String>,
    strings: BoxedStrategy<String>,
}

fn one_of(list: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(list).prop_map(str::to_owned).boxed()
}

/// Fills each `#` of a shape with the next text.
fn shape(shape: &'static str, parts: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    parts
        .prop_map(move |parts| {
            let mut parts = parts.into_iter();
            let mut out = String::new();
            for character in shape.chars() {
                match character {
                    '#' => out.push_str(&parts.next().unwrap_or_default()),
                    other => out.push(other),
                }
            }
            out
        })
        .boxed()
}

fn texts(depth: usize, names: bool) -> Texts {
    if depth == 0 {
        return leaves(names);
    }
    let t = texts(depth - 1, names);
    let (i, n, s, b) = (&t.integer, &t.number, &t.string, &t.boolean);
    let (li, ls) = (&t.integers, &t.strings);
    let make = |shapes: Vec<(&'static str, Vec<&BoxedStrategy<String>>)>,
                leaf: &BoxedStrategy<String>| {
        let shapes = shapes.into_iter().map(|(text, parts)| {
            let parts = parts.into_iter().cloned().collect();
            (2, shape(text, parts))
        });
        prop::strategy::Union::new_weighted(shapes.chain([(3, leaf.clone())]).collect()).boxed()
    };
    Texts {
        integer: make(
            vec![
                ("(# + #)", vec![i, i]),
                ("# - (#)", vec![i, i]),
                ("(#) * (#)", vec![i, i]),
                ("(#) / (#)", vec![i, i]),
                ("(#) % (#)", vec![i, i]),
                ("-(#)", vec![i]),
                ("((#) ? # : #)", vec![b, i, i]),
                ("size(#)", vec![s]),
                ("size(#)", vec![ls]),
                ("int(#)", vec![n]),
                ("(#)[#]", vec![li, i]),
            ],
            i,
        ),
        number: make(
            vec![
                ("(#) + (#)", vec![n, i]),
                ("(#) / (#)", vec![n, n]),
                ("(#) * (#)", vec![i, n]),
                ("-(#)", vec![n]),
                ("((#) ? # : #)", vec![b, i, n]),
                ("((#) ? # : #) / (#)", vec![b, i, n, i]),
                ("double(#)", vec![i]),
                ("[#, #][#]", vec![i, n, i]),
            ],
            n,
        ),
        string: make(
            vec![
                ("(#) + (#)", vec![s, s]),
                ("string(#)", vec![i]),
                ("string(#)", vec![n]),
                ("string(#)", vec![li]),
                ("((#) ? # : #)", vec![b, s, s]),
                ("(#)[#]", vec![ls, i]),
            ],
            s,
        ),
        boolean: make(
            vec![
                ("(#) && (#)", vec![b, b]),
                ("(#) || (#)", vec![b, b]),
                ("!(#)", vec![b]),
                ("(#) < (#)", vec![i, n]),
                ("(#) >= (#)", vec![s, s]),
                ("(#) == (#)", vec![n, i]),
                ("(#) != (#)", vec![ls, ls]),
                ("(#) in (#)", vec![i, li]),
                ("(#) in (#)", vec![s, ls]),
                ("(#).startsWith(#)", vec![s, s]),
                ("(#).matches('^[a-z]+')", vec![s]),
                ("(#).all(x, x > (#))", vec![li, i]),
                ("(#).exists(x, x == (#))", vec![ls, s]),
                ("(#).exists_one(x, x > (#))", vec![li, n]),
            ],
            b,
        ),
        integers: make(
            vec![
                ("[#, #]", vec![i, i]),
                ("(#) + (#)", vec![li, li]),
                ("range((#) % 5)", vec![i]),
                ("(#).filter(x, x % 2 == (#))", vec![li, i]),
                ("(#).map(y, y + (#))", vec![li, i]),
                ("((#) ? [] : #)", vec![b, li]),
            ],
            li,
        ),
        strings: make(
            vec![
                ("[#]", vec![s]),
                ("(#).map(x, x + (#))", vec![ls, s]),
                (
                    "(#).map(x, (#).map(y, string(x + y)).size() > 1, string(x))",
                    vec![li, li],
                ),
                ("((#) ? # : #)", vec![b, ls, ls]),
            ],
            ls,
        ),
    }
}

fn leaves(names: bool) -> Texts {
    let with = |constants: &'static [&'static str], named: &'static [&'static str]| {
        if names {
            prop_oneof![one_of(constants), one_of(named)].boxed()
        } else {
            one_of(constants)
        }
    };
    Texts {
        integer: with(
            &["0", "1", "2", "7", "-3", "9007199254740992"],
            &[
                "parameters.i",
                "tasks.t.outputs.o",
                "default(tasks.t.outputs.missing, 4)",
                "parameters.li[0]",
            ],
        ),
        number: with(
            &["0.0", "0.5", "-1.5", "1e300", "3.0"],
            &["parameters.n", "parameters.whole", "parameters.o.x * 1.0"],
        ),
        string: with(
            &["''", "'a'", "'}}'", "\"\\\"\"", "'é\\n'", "'$'"],
            &["parameters.s", "tasks.t.artifacts.a", "string(item.os)"],
        ),
        boolean: with(
            &["true", "false"],
            &["parameters.b", "!parameters.b", "('x' in parameters.o)"],
        ),
        integers: with(&["range(0)", "[1, 2, 3]"], &["parameters.li"]),
        strings: with(
            &["['a', 'b']", "['']"],
            &["parameters.l", "default(tasks.t.outputs.none, ['z'])"],
        ),
    }
}

/// An expression of any type.
fn any_text(names: bool) -> BoxedStrategy<String> {
    let t = texts(3, names);
    prop_oneof![
        t.integer, t.number, t.string, t.boolean, t.integers, t.strings
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
        let mut diagnostics = Diagnostics::default();
        let read = parse_expr(&text, &span, &mut diagnostics);
        prop_assert!(read.is_some() || diagnostics.has_errors());
        let _ = parse_template(&format!("${{{{ {text} }}}}"), &span, &mut diagnostics);
    }

    #[test]
    fn no_mix_of_tokens_makes_the_checker_panic(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!", "-", "+", "*", "/", "%", "<", ">", "=", "==",
            "!=", "&&", "||", "&", "in", "not", "and", "if", "is", "true", "None", "1", "2.5", "'a'", "\"", "'",
            "\\", "$", "é", "parameters", ".s", ".o.x", "size(", ".map(x,", "x", "default(", "item", "${{", "}}", "$${{",
        ]), 0..12)
    ) {
        let text = tokens.join(" ");
        let mut diagnostics = Diagnostics::default();
        if let Some(syntax) = parse_expr(&text, &span, &mut diagnostics) {
            let checked = check_expr(&syntax, &mut World::new(), &mut diagnostics);
            prop_assert!(checked.is_some() || diagnostics.has_errors());
        }
        let _ = template(&text);
        let _ = super::super::syntax::find_expression(&text);
    }

    #[test]
    fn folding_changes_no_value_and_no_type(text in any_text(true)) {
        let raw = unfolded(&text);
        prop_assert!(raw.is_some(), "{}", text);
        let raw = raw.expect("checked");
        let folded = fold(raw.clone());
        prop_assert_eq!(&raw.ty, &folded.ty, "{}", &text);
        let (before, after) = (eval(&raw, &World::new()), eval(&folded, &World::new()));
        prop_assert_eq!(
            before.as_ref().map(Value::json).map_err(|error| &error.message),
            after.as_ref().map(Value::json).map_err(|error| &error.message),
            "{}", text
        );
        prop_assert_eq!(&fold(folded.clone()), &folded, "{}", text);
    }

    #[test]
    fn constants_fold_to_their_value(text in any_text(false)) {
        let raw = unfolded(&text).expect("the text is right");
        let folded = fold(raw.clone());
        if let Ok(value) = eval(&raw, &World::new()) {
            let is_literal = matches!(&folded.kind, ExprKind::Literal(found) if *found == value);
            // An empty list says less than its type.
            prop_assert!(is_literal || value.ty() != folded.ty, "{} gives {:?}", text, folded);
        }
    }

    #[test]
    fn displayed_text_reads_as_the_same_expression(text in any_text(true)) {
        if let Ok(expr) = checked(&text) {
            let shown = expr.display_with(&name);
            let again = checked(&shown);
            prop_assert_eq!(again.as_ref(), Ok(&expr), "{} became {}", text, shown);
        }
    }

    #[test]
    fn displayed_templates_read_as_the_same_template(
        parts in prop::collection::vec(
            prop_oneof![
                any_text(true).prop_map(|text| format!("${{{{ {text} }}}}")),
                prop::sample::select(vec!["$", "$$", "}", "}}", "a", "$${{", "{{", "\"", "'"]).prop_map(str::to_owned),
            ],
            0..4,
        )
    ) {
        let text = parts.concat();
        if let Some(read) = template(&text) {
            let shown = read.display_with(&name);
            prop_assert_eq!(template(&shown).map(|again| again.parts), Some(read.parts.clone()), "{} became {}", &text, shown);
            prop_assert_eq!(&fold_template(read.clone()), &read);
            let _ = eval_template(&read, &World::new());
        }
    }
}
