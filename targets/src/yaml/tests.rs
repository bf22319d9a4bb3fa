use super::*;
use proptest::prelude::*;

#[path = "../../examples/yaml_corpus/strings.rs"]
mod strings;

fn written(value: impl Into<Yaml>) -> String {
    document("", &Map::new().with("k", value))
}

/// The document as the maintained fork of serde_yaml reads it.
fn read(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn strings_are_plain_only_where_no_reader_sees_anything_else() {
    for (text, expected) in [
        ("text", "k: text\n"),
        ("busybox:1.36", "k: busybox:1.36\n"),
        ("/flow/outputs", "k: /flow/outputs\n"),
        ("16Gi", "k: 16Gi\n"),
        ("500m", "k: 500m\n"),
        ("1h30m", "k: 1h30m\n"),
        ("-m", "k: -m\n"),
        ("--auc-to=x", "k: --auc-to=x\n"),
        ("no", "k: \"no\"\n"),
        ("Off", "k: \"Off\"\n"),
        ("4", "k: \"4\"\n"),
        ("1e3", "k: \"1e3\"\n"),
        ("e3", "k: \"e3\"\n"),
        ("0x1f", "k: \"0x1f\"\n"),
        ("12:30", "k: \"12:30\"\n"),
        ("2026-01-31", "k: \"2026-01-31\"\n"),
        ("", "k: \"\"\n"),
        ("{{x}}", "k: \"{{x}}\"\n"),
        ("a: b", "k: \"a: b\"\n"),
        ("a #b", "k: \"a #b\"\n"),
        ("say \"x\"", "k: say \"x\"\n"),
        ("\"x\"", "k: '\"x\"'\n"),
        ("it's \\", "k: it's \\\n"),
        ("'\\'", "k: '''\\'''\n"),
        ("a\tb", "k: \"a\\tb\"\n"),
        ("größe", "k: größe\n"),
        ("a\u{2028}b\u{0}", "k: \"a\\u2028b\\x00\"\n"),
        ("a\u{202e}b", "k: \"a\\u202eb\"\n"),
    ] {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn several_lines_are_a_literal_block_where_that_is_exact() {
    for (text, expected) in [
        ("one\ntwo\n", "k: |\n  one\n  two\n"),
        ("one\n\n two", "k: |-\n  one\n\n   two\n"),
        ("one\n\n", "k: |+\n  one\n\n"),
        ("# one\n\ttwo\n", "k: |\n  # one\n  \ttwo\n"),
        (" one\n", "k: \" one\\n\"\n"),
        ("one\n \ntwo", "k: \"one\\n \\ntwo\"\n"),
        ("one\r\ntwo\n", "k: \"one\\r\\ntwo\\n\"\n"),
    ] {
        assert_eq!(written(text), expected, "{text:?}");
    }
}

#[test]
fn numbers_booleans_and_empty_collections_are_plain() {
    let list = Yaml::list([
        Yaml::from(60),
        Yaml::from(-1i64),
        Yaml::from(1.0),
        Yaml::from(0.1),
        Yaml::from(1e21),
        Yaml::from(f64::INFINITY),
        Yaml::from(true),
        Yaml::NULL,
        Yaml::from(Map::new()),
        Yaml::list(Vec::<Yaml>::new()),
    ]);
    assert_eq!(
        written(list),
        "k:\n  - 60\n  - -1\n  - 1.0\n  - 0.1\n  - 1000000000000000000000.0\n  - .inf\n  - true\n  \
         - null\n  - {}\n  - []\n"
    );
}

#[test]
fn comments_and_empty_lines_stand_where_a_reader_looks_for_them() {
    let task = |name: &str| {
        let name = Yaml::from(name).comment("its name").above("A task.");
        Map::new()
            .with("name", name)
            .with("args", Yaml::flow_list(["a, b", "c"]))
    };
    let root = Map::new()
        .with(
            "a",
            Yaml::from(1).comment("one\nline").above("Above.\n\nTwo."),
        )
        .with(
            "tasks",
            Yaml::spaced_list([task("x"), task("y")]).comment("all"),
        )
        .with("b", Yaml::from("x\n").blank_before().comment("a script"));
    assert_eq!(
        document("Header.\n\nMore.", &root),
        "\
# Header.
#
# More.
# Above.
#
# Two.
a: 1 # one line
tasks: # all
  # A task.
  - name: x # its name
    args: [\"a, b\", c]

  # A task.
  - name: \"y\" # its name
    args: [\"a, b\", c]

b: | # a script
  x
"
    );
}

#[test]
fn a_comment_of_an_element_goes_above_it() {
    let element = Yaml::from(Map::new().with("a", 1))
        .comment("why")
        .above("First.");
    let nested = Yaml::list([Yaml::list([Yaml::from("x").above("Inner.")])]);
    assert_eq!(
        written(Yaml::list([element, nested])),
        "k:\n  # First.\n  # why\n  - a: 1\n  # Inner.\n  - - - x\n"
    );
}

#[test]
fn a_list_in_brackets_that_does_not_fit_stands_on_lines() {
    let short = Yaml::flow_list(["sh", "-e", "-c"]);
    assert_eq!(written(short), "k: [sh, -e, -c]\n");
    let long = Yaml::flow_list(vec!["a".repeat(50); 3]);
    assert!(written(long).starts_with("k:\n  - aaa"));
    let script = Yaml::flow_list(["one\ntwo\n"]);
    assert_eq!(written(script), "k:\n  - |\n    one\n    two\n");
    let nested = Yaml::list([Yaml::flow_list([1, 2]), Yaml::flow_list(["one\ntwo"])]);
    assert_eq!(
        written(nested),
        "k:\n  - [1, 2]\n  - - |-\n      one\n      two\n"
    );
}

#[test]
fn folded_text_is_broken_before_operators_and_comes_back() {
    let condition = format!("{{{{={} && {} ? a : b}}}}", "x".repeat(70), "y".repeat(60));
    let text = written(Yaml::folded(condition.clone()));
    assert_eq!(
        text,
        format!(
            "k: >-\n  {{{{={}\n  && {} ? a : b}}}}\n",
            "x".repeat(70),
            "y".repeat(60)
        )
    );
    assert_eq!(read(&text)["k"], condition.as_str());
    assert_eq!(written(Yaml::folded("{{short}}")), "k: \"{{short}}\"\n");
    let two_spaces = format!("{}  {}", "a".repeat(100), "b".repeat(100));
    assert_eq!(
        written(Yaml::folded(two_spaces.clone())),
        format!("k: {two_spaces}\n")
    );
}

#[test]
fn folded_lines_are_kept_as_given() {
    let lines = Yaml::folded_lines(["{{=a", "&& b}}"]);
    assert_eq!(lines.as_str(), Some("{{=a && b}}"));
    assert_eq!(written(lines), "k: >-\n  {{=a\n  && b}}\n");
    assert_eq!(written(Yaml::folded_lines(["a", " b"])), "k: a  b\n");
}

#[test]
fn nothing_is_added_to_a_block_that_keeps_its_breaks() {
    let root = Map::new()
        .with("a", "x\n\n")
        .with("b", Yaml::from(1).blank_before().above("A comment."));
    let text = document("", &root);
    assert_eq!(text, "a: |+\n  x\n\n# A comment.\nb: 1\n");
    assert_eq!(read(&text)["a"], "x\n\n");
}

#[test]
fn several_documents_have_one_header() {
    let one = Map::new().with("a", 1);
    assert_eq!(documents("H.", [&one, &one]), "# H.\na: 1\n---\na: 1\n");
    assert_eq!(document("", &Map::new()), "{}\n");
}

/// Every kind of entry, with a text that may be anything.
fn fill(map: &mut impl Fields, text: &str) {
    map.put("plain", text);
    map.put("noted", Scalar::from(text).comment(Some("why\nso")));
    map.put("above", Scalar::folded(text).above("one\ntwo"));
    map.put("quoted", Scalar::quoted(text));
    let lines = vec!["one".to_owned(), "&& two".to_owned()];
    map.put("lines", Scalar::folded_lines(lines));
    map.put("number", 7_u64);
    map.put("switch", true);
    map.put("nothing", Scalar::EMPTY_MAP);
    map.put_some("absent", None::<&str>);
    map.map("empty", |map| map.map("inner", |_| {}));
    map.map("entries", |map| {
        map.entry("null", Scalar::NULL);
        map.entry(text, Scalar::from(text).comment(Some("why")));
        map.put("<<", Scalar::alias("here"));
    });
    map.named("apart", Around::APART, |map| map.put("one", text));
    let around = Around {
        apart: true,
        above: Some("over\nit"),
        anchor: Some("here"),
        comment: Some("beside"),
    };
    map.named("around", around, |map| map.put("one", text));
    map.named("hollow map", around, |_| {});
    map.texts("none", []);
    map.texts("texts", [(text, text)]);
    map.texts("more", [("k", "v"), ("l", text)]);
    map.maps("maps", [text, "b"], |map, text| {
        map.map("left_out", |_| {});
        map.put("name", text);
        map.map("in", |map| map.list("list", [text, "x"]));
    });
    map.maps("no_maps", [] as [&str; 0], |map, text| {
        map.put("name", text)
    });
    map.maps("hollow", [1_u32], |_, _| {});
    let above = [Cow::from("above"), Cow::from("more")];
    let elements = [(&above[..], text), (&[][..], "b")];
    map.sections(
        "sections",
        true,
        elements,
        |(above, _)| above,
        |map, (_, text)| {
            map.words("words", ["a", text]);
            map.value("value", Yaml::list([Map::new().with("k", "v")]));
        },
    );
    map.words("no_words", [""; 0]);
    map.map("deep", |map| {
        map.entries(Map::new().with("one", text).with("two", 2));
        let close = [(&above[..1], text)];
        map.sections(
            "close",
            false,
            close,
            |(above, _)| above,
            |map, (_, text)| {
                map.entries(Map::new().with("three", text).with("four", 4));
            },
        );
    });
}

/// The bytes of spaces that the lines of a text begin with.
fn indentation(text: &str) -> usize {
    let of_line = |line: &str| line.len() - line.trim_start_matches(' ').len();
    text.lines().map(of_line).sum()
}

fn assert_same_in_lines(text: &str) {
    let mut map = Map::new();
    fill(&mut map, text);
    let mut lines = Lines::new("Header.");
    fill(&mut lines, text);
    let counted = lines.indentation();
    let written = lines.finish();
    assert_eq!(counted, indentation(&written), "{text:?}");
    assert_eq!(written, document("Header.", &map), "{text:?}");
}

#[test]
fn lines_are_what_a_tree_of_the_same_entries_becomes() {
    for text in [
        "word",
        "a: b",
        "one\ntwo\n",
        "kept\n\n",
        "deep\n  er\n",
        "",
        "a && b || c",
        " ",
        "k",
    ] {
        assert_same_in_lines(text);
    }
    assert_same_in_lines(&"long ".repeat(60));
}

/// Maps in braces, with a text that may be anything as names and values, as lines and as a tree.
fn assert_same_in_braces(text: &str) {
    let mut lines = Lines::new("Header.");
    lines.named(text, Around::default(), |lines| {
        lines.named_inline(text, |lines| {
            lines.put("one", text);
            lines.named_inline(text, |lines| lines.put("inner", Scalar::quoted(text)));
            lines.put("nothing", Scalar::EMPTY_MAP);
            lines.put("half", 0.5);
            lines.put("seen", Seen::from(text).behind(Word("a-")));
        });
        lines.inline("value", |lines| {
            lines.value("list", Yaml::flow_list([text]))
        });
        lines.inline("noted", |lines| {
            lines.put("it", Scalar::from(1).comment(Some("why")))
        });
        lines.inline("block", |lines| lines.list("list", [text]));
        lines.inline("words", |lines| lines.words("list", ["a", text]));
        lines.inline_maps("several", ["a", text], |lines, text| lines.put("k", text));
        lines.inline_maps("none", [] as [&str; 0], |lines, text| lines.put("k", text));
    });
    let around = Around {
        apart: true,
        above: Some("over\nit"),
        comment: Some("beside"),
        anchor: None,
    };
    lines.put("seen", Seen::from(text));
    let seen = Seen::from(text).behind(Word("b-"));
    lines.named(seen, Around::default(), |lines| lines.put("k", true));
    lines.words("words", [seen; 9]);
    let kept = Map::new().with("k", text);
    lines.named("last", around, |lines| lines.entries_of(&kept));

    let inline = |map: Map| Yaml::from(map).inline();
    let inner = Map::new().with("inner", Yaml::quoted(text.to_owned()));
    let mut braces = Map::new().with("one", text);
    braces.put(text.to_owned(), inline(inner));
    braces.put("nothing", Map::new()).put("half", 0.5);
    braces.put("seen", format!("a-{text}"));
    let mut named = Map::new().with(text.to_owned(), inline(braces));
    let list = Map::new().with("list", Yaml::flow_list([text]));
    named.put("value", inline(list));
    let noted = Map::new().with("it", Yaml::from(1).comment("why"));
    named.put("noted", inline(noted));
    let block = Map::new().with("list", Yaml::list([text]));
    named.put("block", inline(block));
    let words = Map::new().with("list", Yaml::flow_list(["a", text]));
    named.put("words", inline(words));
    let several = ["a", text].map(|text| inline(Map::new().with("k", text)));
    named.put("several", Yaml::list(several));
    let last = Yaml::from(kept).above("over").above("it");
    let tree = Map::new()
        .with(text.to_owned(), named)
        .with("seen", text)
        .with(format!("b-{text}"), Map::new().with("k", true))
        .with("words", Yaml::flow_list([format!("b-{text}").as_str(); 9]))
        .with("last", last.comment("beside").blank_before());
    assert_eq!(lines.finish(), document("Header.", &tree), "{text:?}");
}

#[test]
fn maps_in_braces_are_what_a_tree_of_them_becomes() {
    for text in [
        "word",
        "a: b",
        "a, b",
        "{ ",
        "one\ntwo\n",
        "",
        " ",
        "ä{",
        "yes",
    ] {
        assert_same_in_braces(text);
    }
    for length in 90..130 {
        assert_same_in_braces(&"x".repeat(length));
    }
    assert_same_in_braces(&"long ".repeat(300));
}

#[test]
fn a_long_text_is_the_same_text_in_pieces() {
    fn fill_many(map: &mut impl Fields) {
        map.put("first", true);
        map.sections(
            "many",
            true,
            0..600,
            |_| &[],
            |map, _| fill(map, "kept\n\n"),
        );
        map.map("empty", |map| map.map("inner", |_| {}));
        map.put("last", true);
    }
    let mut map = Map::new();
    fill_many(&mut map);
    let mut lines = Lines::new("Header.");
    fill_many(&mut lines);
    let text = lines.into_text();
    assert!(text.pieces().len() > 2, "{}", text.pieces().len());
    assert!(text.pieces().all(|piece| piece.ends_with('\n')));
    assert_eq!(String::from(text), document("Header.", &map));
}

#[test]
fn a_part_put_by_itself_stands_as_if_it_had_been_put_in_place() {
    fn fill_part(map: &mut impl Fields, text: &str) {
        map.named("one", Around::default(), |map| map.put("text", text));
        map.named("two", Around::APART, |map| map.put("text", text));
    }
    fn fill_whole<F: Fields>(map: &mut F, text: &str, part: F, first: bool) {
        map.named("outer", Around::default(), |map| {
            if first {
                map.put("first", text);
            }
            map.append(part, first);
        });
        map.named("last", Around::APART, |map| map.put("text", text));
    }
    for (text, first) in [("word", false), ("word", true), ("kept\n\n", true)] {
        let (mut tree, mut part) = (Map::new(), Map::new());
        fill_part(&mut part, text);
        fill_whole(&mut tree, text, part, first);
        let (mut lines, mut part) = (Lines::new(""), Lines::within(1));
        assert!(part.is_empty());
        fill_part(&mut part, text);
        assert!(!part.is_empty());
        fill_whole(&mut lines, text, part, first);
        let counted = lines.indentation();
        let written = lines.finish();
        assert_eq!(counted, indentation(&written));
        assert_eq!(written, document("", &tree));
    }
}

#[test]
fn json_values_become_yaml() {
    let json = serde_json::json!({ "a": [1, 2.5, "no", null], "b": { "c": u64::MAX } });
    let text = written(Yaml::from(&json));
    assert_eq!(
        text,
        "k:\n  a:\n    - 1\n    - 2.5\n    - \"no\"\n    - null\n  b:\n    c: 18446744073709551615\n"
    );
    assert_eq!(read(&text)["k"], json);
}

#[test]
fn every_tricky_string_comes_back_in_every_place() {
    let strings = strings::tricky();
    assert!(strings.len() >= 364, "{}", strings.len());
    for text in &strings {
        assert_comes_back(text);
    }
}

/// serde_yaml reads the string back wherever it stands.
fn assert_comes_back(text: &str) {
    let owned = || text.to_owned();
    let inner = Map::new()
        .with("a", text)
        .with("b", Yaml::flow_list([text]));
    let root = Map::new()
        .with("plain", text)
        .with("quoted", Yaml::quoted(owned()))
        .with("folded", Yaml::folded(owned()))
        .with(
            "noted",
            Yaml::from(text).above(text).comment(text).blank_before(),
        )
        .with(
            "list",
            Yaml::list([
                Yaml::from(text),
                Yaml::flow_list([text, text]),
                inner.into(),
            ]),
        )
        .with(format!("key {text}"), text)
        .with("last", 1);
    let expected = serde_json::json!({
        "plain": text,
        "quoted": text,
        "folded": text,
        "noted": text,
        "list": [text, [text, text], { "a": text, "b": [text] }],
        format!("key {text}"): text,
        "last": 1,
    });
    let document = document(text, &root);
    assert_eq!(read(&document), expected, "{text:?} in\n{document}");
}

/// Pieces that YAML gives a meaning, and everything else.
fn nasty_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,6}",
        2 => prop::sample::select(vec![
            "\n", "\n\n", "\r\n", "\t", " ", "  ", ": ", " #", "- ", "? ", "{{", "}}", "'", "\"", "\\", "no", "1e3", "0x1",
            "---", "\u{85}", "\u{2028}", "\u{feff}", "\0", "ü", "😀", "&a", "*a", "!a", "|", ">", "%", "@", "`", ",", "[", "]",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A tree of values, and what it has to be read as.
fn tree() -> impl Strategy<Value = (Yaml, serde_json::Value)> {
    let leaf = prop_oneof![
        4 => nasty_text().prop_map(|text| (Yaml::from(&text), text.into())),
        1 => any::<i64>().prop_map(|number| (number.into(), number.into())),
        1 => (-1e9..1e9).prop_map(|number: f64| (number.into(), number.into())),
        1 => any::<bool>().prop_map(|value| (value.into(), value.into())),
        1 => Just((Yaml::NULL, serde_json::Value::Null)),
    ];
    let noted =
        (leaf, any::<bool>(), nasty_text()).prop_map(|((yaml, json), note, text)| match note {
            true => (yaml.comment(text.clone()).above(text).blank_before(), json),
            false => (yaml, json),
        });
    noted.prop_recursive(4, 40, 5, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..5);
        let map = prop::collection::vec((nasty_text(), inner), 0..5);
        prop_oneof![
            (list, 0..3).prop_map(|(elements, style)| {
                let (yaml, json): (Vec<Yaml>, Vec<serde_json::Value>) =
                    elements.into_iter().unzip();
                let yaml = match style {
                    0 => Yaml::list(yaml),
                    1 => Yaml::flow_list(yaml),
                    _ => Yaml::spaced_list(yaml),
                };
                (yaml, json.into())
            }),
            map.prop_map(|entries| {
                let mut yaml = Map::new();
                let mut json = serde_json::Map::new();
                for (key, (yaml_value, json_value)) in entries {
                    yaml.put(key.clone(), yaml_value);
                    json.insert(key, json_value);
                }
                (yaml.into(), json.into())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_strings_are_the_same_in_lines(text in nasty_text()) {
        assert_same_in_lines(&text);
        assert_same_in_braces(&text);
    }

    #[test]
    fn random_strings_come_back_in_every_place(text in nasty_text()) {
        assert_comes_back(&text);
    }

    #[test]
    fn random_trees_come_back((yaml, json) in tree()) {
        let text = written(yaml);
        prop_assert_eq!(&read(&text)["k"], &json, "{}", text);
    }
}

#[test]
fn a_map_that_asks_for_it_stands_on_one_line_where_it_fits() {
    let inner = Map::new()
        .with("b", "c, d: {e}")
        .with("l", Yaml::flow_list(["x", "z"]));
    let mut root = Map::new();
    root.put("a", Yaml::from(inner.clone()).inline());
    root.put(
        "deep",
        Yaml::from(Map::new().with("in", Yaml::from(inner.clone()).inline())).inline(),
    );
    root.put(
        "block",
        Yaml::from(Map::new().with("in", inner.clone())).inline(),
    );
    root.put("list", Yaml::list([Yaml::from(inner).inline()]));
    root.put(
        "long",
        Yaml::from(Map::new().with("t", "x".repeat(130))).inline(),
    );
    let text = document("", &root);
    assert_eq!(
        text,
        format!(
            "a: {{ b: \"c, d: {{e}}\", l: [x, z] }}\n\
             deep: {{ in: {{ b: \"c, d: {{e}}\", l: [x, z] }} }}\n\
             block:\n  in:\n    b: \"c, d: {{e}}\"\n    l: [x, z]\n\
             list:\n  - {{ b: \"c, d: {{e}}\", l: [x, z] }}\n\
             long:\n  t: {}\n",
            "x".repeat(130)
        )
    );
}

#[test]
fn an_alias_repeats_what_is_anchored() {
    let mut root = Map::new();
    root.put("one", Yaml::from("a\nb\n").anchor("text"));
    root.put(
        "two",
        Yaml::flow_list([Yaml::from("x"), Yaml::alias("text")]),
    );
    let text = document("", &root);
    assert_eq!(text, "one: &text |\n  a\n  b\ntwo: [x, *text]\n");
    let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(read["two"][1], read["one"]);
}
