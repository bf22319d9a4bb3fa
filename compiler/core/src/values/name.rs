//! Names of flows, of everything in a flow, and of environment variables.

use super::Invalid;

/// The longest name, in characters.
pub const MAX_NAME: usize = 63;

/// Checks the name of a flow: `[a-z][a-z0-9-]*`, at most 63 characters, not `flowc` as first word.
pub fn check_flow_name(text: &str) -> Result<(), Invalid> {
    check(text, &FLOW)
}

/// Checks any other name: `[a-z][a-z0-9_]*`, at most 63 characters, not `flowc` as first word.
pub fn check_name(text: &str) -> Result<(), Invalid> {
    check(text, &OTHER)
}

/// Checks the name of an environment variable: `[A-Za-z_][A-Za-z0-9_]*`, not one of flowc's own.
pub fn check_env_name(text: &str) -> Result<(), Invalid> {
    let rule = "an environment variable has letters, digits and `_`, and begins with no digit";
    if text.is_empty() {
        return Err(Invalid::new(0..0, "a variable without a name").help(rule));
    }
    if let Some((at, wrong)) = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_alphabetic() || *c == '_' || (*at > 0 && c.is_ascii_digit())))
    {
        return Err(
            Invalid::new(at..at + wrong.len_utf8(), wrong_character(wrong, at, text)).help(rule),
        );
    }
    for prefix in ["FLOW_", "FLOWC_"] {
        if text.starts_with(prefix) {
            return Err(Invalid::new(
                0..prefix.len(),
                format!("variables that begin with `{prefix}` are set by flowc"),
            )
            .help("choose another name"));
        }
    }
    Ok(())
}

/// What tells the two kinds of name apart.
struct Rule {
    separator: char,
    other_separator: char,
    words: &'static str,
}

const FLOW: Rule = Rule {
    separator: '-',
    other_separator: '_',
    words: "the name of a flow has lowercase letters, digits and `-`, and begins with a letter",
};

const OTHER: Rule = Rule {
    separator: '_',
    other_separator: '-',
    words: "a name has lowercase letters, digits and `_`, and begins with a letter",
};

fn check(text: &str, rule: &Rule) -> Result<(), Invalid> {
    let allowed = |at: usize, c: char| {
        c.is_ascii_lowercase() || (at > 0 && (c.is_ascii_digit() || c == rule.separator))
    };
    if text.is_empty() {
        return Err(Invalid::new(0..0, "the name is empty").help(rule.words));
    }
    if let Some((at, wrong)) = text.char_indices().find(|(at, c)| !allowed(*at, *c)) {
        let help = match mended(text, rule) {
            Some(mended) => format!("write `{mended}`: {}", rule.words),
            None => rule.words.to_owned(),
        };
        return Err(
            Invalid::new(at..at + wrong.len_utf8(), wrong_character(wrong, at, text)).help(help),
        );
    }
    if text.len() > MAX_NAME {
        return Err(Invalid::new(
            MAX_NAME..text.len(),
            format!(
                "a name has at most {MAX_NAME} characters, and this one has {}",
                text.len()
            ),
        ));
    }
    if let Some(rest) = text.strip_prefix("flowc")
        && (rest.is_empty() || rest.starts_with(['-', '_']))
    {
        return Err(Invalid::new(
            0.."flowc".len(),
            "names with `flowc` as their first word are kept for what flowc adds itself",
        )
        .help("choose another first word"));
    }
    Ok(())
}

fn wrong_character(wrong: char, at: usize, text: &str) -> String {
    let shown = match wrong {
        ' ' => "a space".to_owned(),
        _ if wrong.is_control() => format!("U+{:04X}", u32::from(wrong)),
        _ => format!("`{wrong}`"),
    };
    if at == 0 {
        format!("the name `{text}` cannot begin with {shown}")
    } else {
        format!("the name `{text}` cannot have {shown}")
    }
}

/// The nearest name that follows the rule, when there is one.
fn mended(text: &str, rule: &Rule) -> Option<String> {
    let mut name = String::new();
    for (at, c) in text.char_indices() {
        let capital_begins_word = c.is_ascii_uppercase()
            && text[..at].ends_with(|before: char| before.is_ascii_lowercase());
        if capital_begins_word {
            name.push(rule.separator);
        }
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => name.push(c),
            c if c == rule.other_separator
                || c == rule.separator
                || matches!(c, ' ' | '.' | '/') =>
            {
                name.push(rule.separator);
            }
            _ => return None,
        }
    }
    // A name that needed no mending has a problem that this cannot mend.
    (name != text && check(&name, rule).is_ok()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    #[test]
    fn good_names_pass() {
        for name in [
            "a",
            "train",
            "train_2",
            "flowchart",
            "flowcode_x",
            "a_",
            &"a".repeat(63),
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["churn-training", "a1", "flowcharts-all"] {
            assert_eq!(check_flow_name(name), Ok(()), "{name}");
        }
        for name in ["PATH", "_x", "a1", "FLOW", "FLOWER_POT", "flow_x"] {
            assert_eq!(check_env_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn bad_names_say_which_character_and_what_to_write() {
        let words = OTHER.words;
        for (name, underlined, message, help) in [
            ("", "", "the name is empty", words.to_owned()),
            (
                "my-task",
                "-",
                "the name `my-task` cannot have `-`",
                format!("write `my_task`: {words}"),
            ),
            (
                "myTask",
                "T",
                "the name `myTask` cannot have `T`",
                format!("write `my_task`: {words}"),
            ),
            (
                "Train",
                "T",
                "the name `Train` cannot begin with `T`",
                format!("write `train`: {words}"),
            ),
            (
                "2nd",
                "2",
                "the name `2nd` cannot begin with `2`",
                words.to_owned(),
            ),
            (
                "größe",
                "ö",
                "the name `größe` cannot have `ö`",
                words.to_owned(),
            ),
            (
                "a b",
                " ",
                "the name `a b` cannot have a space",
                format!("write `a_b`: {words}"),
            ),
            (
                "flowc",
                "flowc",
                "names with `flowc` as their first word are kept for what flowc adds itself",
                "choose another first word".to_owned(),
            ),
            (
                "flowc_x",
                "flowc",
                "names with `flowc` as their first word are kept for what flowc adds itself",
                "choose another first word".to_owned(),
            ),
        ] {
            assert_invalid(name, check_name(name), underlined, message, &help);
        }
        let long = "a".repeat(65);
        assert_invalid(
            &long,
            check_name(&long),
            "aa",
            "a name has at most 63 characters, and this one has 65",
            "",
        );
        assert_invalid(
            "my_flow",
            check_flow_name("my_flow"),
            "_",
            "the name `my_flow` cannot have `_`",
            &format!("write `my-flow`: {}", FLOW.words),
        );
        assert_invalid(
            "flowc-x",
            check_flow_name("flowc-x"),
            "flowc",
            "names with `flowc` as their first word are kept for what flowc adds itself",
            "choose another first word",
        );
    }

    #[test]
    fn variables_of_flowc_and_bad_ones_are_refused() {
        let rule = "an environment variable has letters, digits and `_`, and begins with no digit";
        for (name, underlined, message, help) in [
            (
                "FLOW_RUN_ID",
                "FLOW_",
                "variables that begin with `FLOW_` are set by flowc",
                "choose another name",
            ),
            (
                "FLOWC_X",
                "FLOWC_",
                "variables that begin with `FLOWC_` are set by flowc",
                "choose another name",
            ),
            ("A-B", "-", "the name `A-B` cannot have `-`", rule),
            ("1A", "1", "the name `1A` cannot begin with `1`", rule),
            ("A=B", "=", "the name `A=B` cannot have `=`", rule),
            ("", "", "a variable without a name", rule),
        ] {
            assert_invalid(name, check_env_name(name), underlined, message, help);
        }
    }
}
