use super::*;

/// A pattern, the same for Python, texts it is found in, texts it is not found in.
const PATTERNS: &[(&str, &str, &[&str], &[&str])] = &[
    ("b+", "b+", &["abc"], &["ac", ""]),
    ("^a$", "^a\\Z", &["a"], &["a\n", "ba"]),
    (r"^\d{2,3}$", r"^[0-9]{2,3}\Z", &["12", "123"], &["1", "٣٤"]),
    (r"\D", r"[^0-9]", &["٣", "a"], &["12"]),
    (r"^\w+$", r"^[0-9A-Za-z_]+\Z", &["a_1"], &["é", "a b"]),
    (
        r"\s",
        r"[\t\n\f\r ]",
        &["a b", "\n"],
        &["a\u{a0}b", "\u{b}"],
    ),
    (r"[\d.-]", r"[0-9.-]", &["-", "7", "."], &["a"]),
    (r"[^\s\w]", r"[^\t\n\f\r 0-9A-Za-z_]", &["é", "-"], &["a 1"]),
    (r"\bé", r"(?a:\b)é", &["aé"], &["é", " é"]),
    (r"(?i)ß|k", "(?i)ß|k", &["K", "ẞ"], &["s"]),
    ("(?s)a.b", "(?s)a.b", &["a\nb"], &["ab"]),
    ("a.b", "a.b", &["axb", "aéb"], &["a\nb"]),
    (
        "[[&~|^]",
        r"[\[\&\~\|\^]",
        &["[", "&", "|", "^", "~"],
        &["a", "\\"],
    ),
    ("[]a]", r"[\]a]", &["]", "a"], &["b"]),
    ("[^]a]", r"[^\]a]", &["b"], &["]a"]),
    (r"a\.b\/\-\]", r"a\.b/\-\]", &["a.b/-]"], &["axb/-]"]),
    (r"[\]\-\\]", r"[\]\-\\]", &["]", "-", "\\"], &["a"]),
    (r"\x41\n", r"\x41\n", &["A\n"], &["A"]),
    ("(?:a|b)*?c", "(?:a|b)*?c", &["abc", "c"], &["ab"]),
    (
        "(?P<year>[0-9]{4})",
        "(?P<year>[0-9]{4})",
        &["2026"],
        &["202"],
    ),
    ("", "", &["", "a"], &[]),
    ("^(?:)$|é{1}", "^(?:)\\Z|é{1}", &["", "é"], &["a"]),
];

#[test]
fn patterns_mean_what_re2_means() {
    for (text, python, found, missing) in PATTERNS {
        let pattern = Pattern::new(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"));
        assert_eq!(pattern.python(), *python, "{text}");
        for text in *found {
            assert!(pattern.is_found_in(text), "{pattern:?} in {text:?}");
        }
        for text in *missing {
            assert!(!pattern.is_found_in(text), "{pattern:?} in {text:?}");
        }
    }
}

#[test]
fn what_the_engines_disagree_on_is_refused_where_it_stands() {
    for (text, wrong) in [
        ("a(?=b)", "(?="),
        ("a(?<!b)", "(?<"),
        (r"(a)\1", r"\1"),
        (r"\p{L}", r"\p"),
        (r"a\z", r"\z"),
        (r"\Aa", r"\A"),
        (r"a\B", r"\B"),
        (r"\u00e9", r"\u"),
        ("[[:alpha:]]", "[:"),
        ("[a--b]", "--"),
        (r"[\w-z]", r"\w"),
        (r"[+-\d]", r"\d"),
        (r"[^\D]", r"\D"),
        ("a**", "*"),
        ("a++", "+"),
        ("a{2}{3}", "{3}"),
        ("*a", "*"),
        ("(|*)", "*"),
        ("a{", "{"),
        ("a{,3}", "{,3}"),
        ("a{1001}", "{1001}"),
        ("[ab", "["),
        ("a\\", "\\"),
        ("(?i:a)", "(?i"),
        ("(?é", "(?é"),
        ("(?P<é", "(?P<"),
        (r"\xé", r"\x"),
        (r"\é", r"\é"),
        ("é(?m)", "(?m"),
    ] {
        let invalid = Pattern::new(text).expect_err(text);
        assert_eq!(&text[invalid.range.clone()], wrong, "{text}: {invalid:?}");
        assert!(invalid.message.contains(wrong), "{text}: {invalid:?}");
    }
    for text in ["(a", "a)", "[b-a]", "a{3,2}", "(?P<1>a)"] {
        let invalid = Pattern::new(text).expect_err(text);
        assert_eq!(invalid.range, 0..text.len(), "{text}");
    }
}

#[test]
fn a_pattern_matches_the_whole_or_not_at_all() {
    let whole = |pattern, text| Pattern::matches_whole(pattern, text).expect("a pattern");
    assert!(whole("a|ab", "ab"));
    assert!(!whole("a", "ab"));
    assert!(!whole("a", "a\n"));
    assert!(whole("(?i)a|b", "B"));
    assert!(Pattern::matches_whole("a)(b", "ab").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_pattern_panic(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "(", ")", "[", "]", "^", "$", "|", "*", "+", "?", "{", "}", "1", ",", "\\", "d", "W", "-", "é", "(?P<", ">", "(?i)", "&&", ":", ".",
        ]), 0..8)
    ) {
        let text = parts.concat();
        if let Ok(pattern) = Pattern::new(&text) {
            pattern.is_found_in("aé1\n");
            assert!(Pattern::new(&whole(&text)).is_ok(), "{text}");
        }
    }
}
