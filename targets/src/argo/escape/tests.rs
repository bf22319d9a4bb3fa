use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What the kubelet makes of a text (`$$`, `$(NAME)`, everything else as it is).
pub(crate) fn kubelet(text: &str, variables: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('(') {
            match tail.find(')') {
                Some(end) => {
                    match variables.get(&tail[..end]) {
                        Some(value) => out.push_str(value),
                        None => out.push_str(&rest[at..at + 3 + end]),
                    }
                    rest = &tail[end + 1..];
                }
                None => {
                    out.push_str("$(");
                    rest = tail;
                }
            }
        } else {
            out.push('$');
            match after.chars().next() {
                Some(character) => {
                    out.push(character);
                    rest = &after[character.len_utf8()..];
                }
                None => rest = after,
            }
        }
    }
    out.push_str(rest);
    out
}

fn variables() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        (BRACE_VARIABLE, "{"),
        ("HOME", "/root"),
        ("lower", "low"),
        ("KUBERNETES_PORT", "tcp"),
    ])
}

fn defined(name: &str) -> bool {
    name == "lower" || name == "HOME"
}

/// The escape of a text known at run time, as Argo's `replace` does it.
fn dynamic_value(text: &str) -> String {
    text.replace('$', "$$").replace("{{", "{$(FLOWC_BRACE)")
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "{{",
        "}}",
        "$",
        "$$",
        "$(",
        ")",
        "$(HOME)",
        "$(date)",
        "$(lower)",
        "é",
        "😀",
        "x",
        "{{=1+1}}",
        "{{workflow.name}}",
        "$(FLOWC_BRACE)",
        "\n",
        "\"",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_literal_reaches_the_process_byte_for_byte(text in hostile()) {
        let written = literal(&text, Neighbours::default(), &defined);
        prop_assert!(!has_tag(&written), "{written}");
        prop_assert_eq!(kubelet(&written, &variables()), text);
    }

    #[test]
    fn a_mixed_text_reaches_the_process_byte_for_byte(
        first in hostile(), value in hostile(), last in hostile(),
    ) {
        let before = literal(&first, Neighbours { before: false, after: true }, &defined);
        let after = literal(&last, Neighbours { before: true, after: false }, &defined);
        // The tag itself must be found where it is, and the finished text must hold none.
        let with_tag = format!("{before}{{{{=x}}}}{after}");
        prop_assert_eq!(with_tag.find("{{"), Some(before.len()));
        let finished = format!("{before}{}{after}", dynamic_value(&value));
        prop_assert!(!has_tag(&finished), "{finished}");
        prop_assert_eq!(kubelet(&finished, &variables()), format!("{first}{value}{last}"));
    }

    #[test]
    fn a_literal_between_two_values_stays_itself(
        one in hostile(), text in hostile(), two in hostile(),
    ) {
        prop_assume!(!text.is_empty());
        let between = literal(&text, Neighbours { before: true, after: true }, &defined);
        let finished = format!("{}{between}{}", dynamic_value(&one), dynamic_value(&two));
        prop_assert!(!has_tag(&finished), "{finished}");
        prop_assert_eq!(kubelet(&finished, &variables()), format!("{one}{text}{two}"));
    }
}

#[test]
fn ordinary_scripts_are_left_as_they_are() {
    for text in [
        "echo $HOME $(date) ${X} $",
        "for f in \"$D\"/*; do echo \"${f##*/}\"; done",
        "awk '{print $1}'",
    ] {
        assert_eq!(literal(text, Neighbours::default(), &|_| false), text);
    }
}

#[test]
fn a_text_with_tags_is_written_for_kubernetes() {
    assert_eq!(
        literal("{{ kept }} $HOME $$", Neighbours::default(), &|_| false),
        "{$(FLOWC_BRACE) kept }} $$HOME $$$$"
    );
}
