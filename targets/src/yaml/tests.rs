use super::*;

fn value(text: &str) -> String {
    let mut map = Map::new();
    map.put("k", text);
    document("", &map)
}

#[test]
fn strings_are_plain_only_where_no_reader_sees_anything_else() {
    for (text, expected) in [
        ("text", "k: text\n"),
        ("busybox:1.36", "k: busybox:1.36\n"),
        ("16Gi", "k: 16Gi\n"),
        ("500m", "k: 500m\n"),
        ("-m", "k: -m\n"),
        ("no", "k: \"no\"\n"),
        ("1e3", "k: \"1e3\"\n"),
        ("e3", "k: \"e3\"\n"),
        ("0x1f", "k: \"0x1f\"\n"),
        ("12:30", "k: \"12:30\"\n"),
        ("", "k: \"\"\n"),
        ("{{x}}", "k: \"{{x}}\"\n"),
        ("say \"x\"", "k: say \"x\"\n"),
        ("\"x\"", "k: '\"x\"'\n"),
        ("it's \\", "k: it's \\\n"),
        ("'\\'", "k: '''\\'''\n"),
        ("a\tb", "k: \"a\\tb\"\n"),
        ("a\u{2028}b\u{0}", "k: \"a\\u2028b\\x00\"\n"),
        ("one\ntwo\n", "k: |\n  one\n  two\n"),
        ("one\n\n two", "k: |-\n  one\n\n   two\n"),
        ("one\n\n", "k: |+\n  one\n\n"),
        (" one\n", "k: \" one\\n\"\n"),
        ("one\n \ntwo", "k: \"one\\n \\ntwo\"\n"),
        ("one\r\ntwo\n", "k: \"one\\r\\ntwo\\n\"\n"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}
