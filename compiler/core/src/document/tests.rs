use super::*;
use proptest::prelude::*;

/// Reads a text and shows its diagnostics as `code: message | underlined text`.
fn read(text: &str) -> (Option<Node<'_>>, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let node = parse(FileId(0), text, &mut diagnostics);
    let shown = diagnostics
        .iter()
        .map(|found| {
            let under = &text[found.primary.span.range()];
            format!("{}: {} | {under}", found.code, found.message)
        })
        .collect();
    (node, shown)
}

fn good(text: &str) -> Node<'_> {
    let (node, problems) = read(text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    node.expect("a document")
}

/// The helps of the first problem.
fn help(text: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    parse(FileId(0), text, &mut diagnostics);
    let first = diagnostics.iter().next().expect("a problem");
    first.help.clone()
}

fn text_of<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key)
        .and_then(Node::scalar)
        .map_or("", |scalar| &scalar.text)
}

fn keys<'n>(node: &'n Node<'n>) -> Vec<&'n str> {
    let entries = node.mapping().expect("a mapping");
    entries.iter().map(|entry| entry.key.as_ref()).collect()
}

/// Asserts that each part of the value of `k`, found by its text, lies at these bytes of the source.
fn assert_located(source: &str, parts: &[(&str, &str)]) {
    let node = good(source);
    let value = node.get("k").expect("k");
    let text = &value.scalar().expect("a scalar").text;
    for (part, written) in parts {
        let at = text
            .find(part)
            .unwrap_or_else(|| panic!("{part:?} in {text:?}"));
        let span = value.locate(at..at + part.len());
        assert_eq!(&source[span.range()], *written, "{part:?} of {source:?}");
    }
}

#[test]
fn a_document_becomes_a_tree_with_exact_spans() {
    let text = "größe: [1, 'zwei']\r\nnext:\r\n  - a: ü\r\n";
    let node = good(text);
    let list = node.get("größe").expect("a list");
    assert_eq!(&text[list.span.range()], "[1, 'zwei']");
    let elements = list.sequence().expect("elements");
    assert_eq!(&text[elements[1].span.range()], "'zwei'");
    assert_eq!(&text[elements[1].locate(1..3).range()], "we");
    let next = node.get("next").expect("a value");
    assert_eq!(&text[next.span.range()], "- a: ü");
    assert_eq!(&text[node.span.range()], text.trim_end());
    let entries = node.mapping().expect("entries");
    assert_eq!(&text[entries[0].key_span.range()], "größe");
}

#[test]
fn an_absent_value_stands_after_its_colon() {
    let text = "a:\n# comment\nb: {c, d: }\ne:\n  -\n  - 1\n";
    let node = good(text);
    let start = |node: Option<&Node>| node.expect("a value").span.range();
    assert_eq!(start(node.get("a")), 2..2);
    let b = node.get("b").expect("b");
    assert_eq!(start(b.get("c")), 18..18);
    assert_eq!(start(b.get("d")), 22..22);
    let element = &node.get("e").and_then(Node::sequence).expect("e")[0];
    assert_eq!(
        &text[..element.span.start as usize],
        "a:\n# comment\nb: {c, d: }\ne:\n  -"
    );
    assert_eq!(element.describe(), "nothing");
}

#[test]
fn parts_of_plain_and_quoted_text_are_found_in_the_source() {
    assert_located("k: plain text", &[("plain", "plain"), ("text", "text")]);
    assert_located(
        "k: one\n  two\n\n  drei ü\n",
        &[
            ("one", "one"),
            ("two", "two"),
            ("one two", "one\n  two"),
            ("ü", "ü"),
        ],
    );
    assert_located("k: 'it''s ü'", &[("it", "it"), ("'", "''"), ("s ü", "s ü")]);
    assert_located(
        "k: \"a\\tb\\u00e9c\\ud83d\\ude00d\\x41\"",
        &[
            ("a", "a"),
            ("\t", "\\t"),
            ("b", "b"),
            ("é", "\\u00e9"),
            ("c", "c"),
            ("😀", "\\ud83d\\ude00"),
            ("d", "d"),
            ("A", "\\x41"),
        ],
    );
    assert_located(
        "k: \"one  \n\n  two \\\n   three\"",
        &[("one", "one"), ("two", "two"), ("three", "three")],
    );
    assert_located("k: \"öne\r\n  two\"", &[("öne", "öne"), ("two", "two")]);
}

#[test]
fn parts_of_blocks_are_found_in_the_source() {
    assert_located(
        "k: |\n  öne\n\n    two\n  three\n",
        &[
            ("öne", "öne"),
            ("  two", "  two"),
            ("two", "two"),
            ("three", "three"),
        ],
    );
    assert_located(
        "k: |+\r\n\r\n  one\r\n  zwei ü\r\n\r\nx: 1\r\n",
        &[("one", "one"), ("zwei", "zwei"), ("ü", "ü")],
    );
    assert_located(
        "k: |2\n    one\n  two",
        &[("  one", "  one"), ("two", "two")],
    );
    assert_located(
        "k: >-\n  one\n  zwei\n\n  ü\n    more\n  end\n",
        &[
            ("one", "one"),
            ("zwei", "zwei"),
            ("ü", "ü"),
            ("more", "more"),
            ("end", "end"),
        ],
    );
    assert_located("k: >\n\n  one\n  two", &[("one", "one"), ("two", "two")]);
}

#[test]
fn a_block_ends_with_its_text() {
    let text = "k: |\n  one\n  two\n\n  # still text\n\nnext: 1\n";
    let node = good(text);
    let span = node.get("k").expect("k").span;
    assert_eq!(&text[span.range()], "one\n  two\n\n  # still text");
    assert_eq!(text_of(&node, "k"), "one\ntwo\n\n# still text\n");
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let node = good("a: 'no'\nb: 1.5\nc: true\nd: \"1\"\ne: ~\nf: 12\ng: |\n  1\n");
    let meaning = |key: &str| node.get(key).and_then(Node::scalar).map(|s| s.meaning);
    assert_eq!(meaning("a"), Some(Meaning::String));
    assert_eq!(meaning("b"), Some(Meaning::Number(1.5)));
    assert_eq!(meaning("c"), Some(Meaning::Boolean(true)));
    assert_eq!(meaning("d"), Some(Meaning::String));
    assert_eq!(meaning("e"), Some(Meaning::Null));
    assert_eq!(meaning("f"), Some(Meaning::Integer(12)));
    assert_eq!(meaning("g"), Some(Meaning::String));
}

#[test]
fn a_spelling_that_yaml_1_1_reads_otherwise_is_a_warning() {
    let (node, problems) = read("on: [no, 017, 2026-01-31]\n");
    assert_eq!(
        problems,
        [
            "ambiguous-scalar: `no` is text here, but the boolean `false` for tools that read YAML 1.1 | no",
            "ambiguous-scalar: `017` is the integer 17 here, but an octal number for tools that read YAML 1.1 | 017",
        ]
    );
    assert!(node.is_some());
    assert_eq!(help("a: no"), ["write `\"no\"` to say that it is text"]);
    assert_eq!(
        help("a: 017"),
        ["write `17` for the number, or `\"017\"` for the text"]
    );
}

#[test]
fn json_is_a_document_and_its_numbers_are_clear() {
    let node = good("{\"a\": [1e5, \"no\"], \"b\": {\"c\\u0041\": null}}");
    let a = node.get("a").and_then(Node::sequence).expect("a");
    assert_eq!(a[0].scalar().map(|s| s.meaning), Some(Meaning::Number(1e5)));
    assert_eq!(keys(node.get("b").expect("b")), ["cA"]);
}

#[test]
fn a_duplicate_key_is_reported_and_dropped() {
    let (node, problems) = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(
        problems,
        ["duplicate-key: the key `a` stands twice in one mapping | a"]
    );
    let node = node.expect("the rest");
    assert_eq!(keys(&node), ["a", "b"]);
    assert_eq!(text_of(&node, "a"), "1");
}

#[test]
fn a_duplicate_key_is_found_among_many() {
    let many: String = (0..100).map(|n| format!("k{n}: {n}\n")).collect();
    let text = format!("{many}k7: 0\nk7: 0\nz: 1\n");
    let (node, problems) = read(&text);
    assert_eq!(problems.len(), 2);
    assert_eq!(node.as_ref().map(|node| keys(node).len()), Some(101));
    let mut diagnostics = Diagnostics::default();
    parse(FileId(0), "a: 1\n\"a\": 2\n", &mut diagnostics);
    let first = diagnostics.iter().next().expect("a problem");
    assert_eq!(first.labels[0].span.range(), 0..1);
}

#[test]
fn merge_keys_bring_in_what_a_mapping_does_not_have() {
    let node = good("base: &base {a: 1, b: 2}\nx: {<<: *base, b: 3}\n");
    let x = node.get("x").expect("x");
    assert_eq!(keys(x), ["a", "b"]);
    assert_eq!(text_of(x, "b"), "3");
}

#[test]
fn a_merge_of_several_prefers_the_first() {
    let node = good(
        "p: &p {a: 1}\nq: &q {a: 2, b: 2}\nx:\n  z: 0\n  <<: [*p, *q, {c: 4}]\n  \"<<\": text\n",
    );
    let x = node.get("x").expect("x");
    assert_eq!(keys(x), ["z", "a", "b", "c", "<<"]);
    assert_eq!(text_of(x, "a"), "1");
}

#[test]
fn bad_merges_are_reported_and_the_rest_stays() {
    let (node, problems) = read("x: {<<: [1, {a: 2}], b: 3}\ny: {<<: {a: 1}, <<: {b: 2}}\n");
    assert_eq!(
        problems,
        [
            "invalid-yaml: an integer cannot be merged into a mapping | 1",
            "duplicate-key: the key `<<` stands twice in one mapping | <<",
        ]
    );
    assert_eq!(keys(node.expect("a tree").get("x").expect("x")), ["a", "b"]);
}

#[test]
fn aliases_stand_for_their_anchor() {
    let text = "a: &x [1, 2]\nb: *x\nc: &k key\n*k : value\nd: *k\n";
    let node = good(text);
    let b = node.get("b").expect("b");
    assert_eq!(b.sequence().map(<[Node]>::len), Some(2));
    assert_eq!(&text[b.span.range()], "*x");
    assert_eq!(&text[b.sequence().expect("b")[1].span.range()], "2");
    assert_eq!(text_of(&node, "key"), "value");
    assert_eq!(text_of(&node, "d"), "key");
    let a = node.get("a").expect("a");
    assert_eq!(&text[a.span.range()], "[1, 2]");
}

#[test]
fn an_alias_means_the_newest_anchor_of_its_name() {
    let node = good("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    assert_eq!((text_of(&node, "b"), text_of(&node, "d")), ("1", "2"));
}

#[test]
fn an_unknown_anchor_is_reported_and_the_rest_is_read() {
    let (node, problems) = read("base: &base 1\na: *bse\nb: [*none, 2]\n");
    assert_eq!(
        problems,
        [
            "unknown-anchor: no value before this has the anchor `&bse` | *bse",
            "unknown-anchor: no value before this has the anchor `&none` | *none",
        ]
    );
    let node = node.expect("the rest");
    assert_eq!(keys(&node), ["base", "b"]);
    assert_eq!(help("base: &base 1\na: *bse"), ["did you mean `*base`?"]);
}

#[test]
fn a_value_cannot_repeat_itself() {
    let (node, problems) = read("a: &x {b: *x, c: 1}\nd: *x\n");
    assert_eq!(
        problems,
        ["invalid-yaml: `*x` stands inside of the value it repeats | *x"]
    );
    assert_eq!(keys(node.expect("a tree").get("d").expect("d")), ["c"]);
}

#[test]
fn keys_are_the_text_of_scalars() {
    let node = good("1: a\ntrue: b\n1.0: c\n'': d\n? long\n: e\n!!str 2: f\n");
    assert_eq!(keys(&node), ["1", "true", "1.0", "", "long", "2"]);
    let (node, problems) = read("[a]: 1\n: 2\n{{ x }}: 3\nb: 4\n");
    assert_eq!(
        problems,
        [
            "invalid-yaml: a list cannot be a key | [a]",
            "invalid-yaml: a key is missing here | :",
            "invalid-yaml: `{{ x }}` is a mapping in a mapping without quotes | {{ x }}",
        ]
    );
    assert_eq!(keys(&node.expect("a tree")), ["b"]);
}

#[test]
fn tags_of_the_core_schema_are_honoured() {
    let node =
        good("a: !!str 1\nb: !!float 2\nc: !!seq [!!int 3]\nd: !!map {}\ne: ! 4\nf: !!null ''\n");
    let meaning = |key: &str| node.get(key).and_then(Node::scalar).map(|s| s.meaning);
    assert_eq!(meaning("a"), Some(Meaning::String));
    assert_eq!(meaning("b"), Some(Meaning::Number(2.0)));
    assert_eq!(meaning("e"), Some(Meaning::String));
    assert_eq!(meaning("f"), Some(Meaning::Null));
    let (_, problems) = read("a: !ref x\nb: !!int x\nc: !!binary eA==\nd: !!map [1]\n");
    assert_eq!(
        problems,
        [
            "unknown-tag: the tag `!ref` has no meaning in a flow | !ref",
            "invalid-yaml: `x` is not an integer, as its tag says | x",
            "unknown-tag: the tag `!!binary` has no meaning in a flow | !!binary",
            "unknown-tag: the tag `!!map` has no meaning in a flow | !!map",
        ]
    );
}

#[test]
fn a_file_is_one_document_that_says_something() {
    for empty in [
        "",
        "\n\n",
        "\n\u{feff}",
        "...\n",
        "# only a comment\n",
        "---\n",
        "\u{feff}",
    ] {
        assert_eq!(
            read(empty).1,
            ["invalid-yaml: the file is empty | "],
            "{empty:?}"
        );
    }
    let (node, problems) = read("---\na: 1\n---\nb: 2\n");
    assert_eq!(
        problems,
        ["invalid-yaml: a second document begins here | ---"]
    );
    assert_eq!(keys(&node.expect("the first")), ["a"]);
    good("%YAML 1.2\n---\na: 1\n...\n");
    good("\u{feff}a: 1\n");
}

#[test]
fn characters_that_yaml_does_not_have_are_reported_once_each() {
    assert_eq!(
        read("a: b\0c\n").1,
        ["invalid-yaml: the null character U+0000 cannot stand in YAML | \0"]
    );
    assert_eq!(
        read("a: \"b\u{1b}\u{9b}c\"\nb: \u{85} fine\n").1,
        [
            "invalid-yaml: the control character U+001B cannot stand in YAML | \u{1b}",
            "invalid-yaml: the control character U+009B cannot stand in YAML | \u{9b}",
        ]
    );
    assert_eq!(read(&format!("a: \"{}\"", "\u{1}".repeat(1000))).1.len(), 5);
}

#[test]
fn text_that_is_not_yaml_gives_no_document_and_one_problem_that_says_what_slipped() {
    for (text, problem) in [
        ("a: 1\n\tb: 2", "a tab cannot indent YAML | \t"),
        ("a:\n  b: 1\n\tc: 2", "a tab cannot indent YAML | \t"),
        (
            "a: \"x\nb: 1\n",
            "the text after `\"` has no closing quote | \"",
        ),
        ("a: 'it's'", "text goes on after its closing quote | s'"),
        ("a:1\nb: 2", "a space is missing after the colon | :"),
        (
            "a: 1\nb:[c]\nd: 2",
            "a space is missing after the colon | :",
        ),
        (
            "a: 1\nb\nc: 2",
            "this line has no colon, so it is no key | b",
        ),
        (
            "a: [${{ x.y }}]",
            "`${{ x.y }}` needs quotes here | ${{ x.y }}",
        ),
        (
            "a: {b: ${{ x }}, c: 1}",
            "`${{ x }}` needs quotes here | ${{ x }}",
        ),
        (
            "a: ${{ x ? y : z }}",
            "`${{ x ? y : z }}` needs quotes here | ${{ x ? y : z }}",
        ),
        (
            "run: echo ü: b",
            "a second colon in one line: the text needs quotes | :",
        ),
        ("a: [1, 2\nb: 3\n", "`[` is not closed | ["),
        ("a: [b", "`[` is not closed | ["),
        ("a: {b: [1}", "`[` is not closed | ["),
        ("a: b]\nc: [d]]", "`]` closes nothing | ]"),
        (
            "{\"a\": 1 \"b\": 2}",
            "a comma or `}` is missing before this | \"b\":",
        ),
        (
            "a: \"\\d\"",
            "`\\d` is not an escape of double-quoted text | \\d",
        ),
        (
            "a: \"\\\\ \\x4g\"",
            "`\\x4` is not an escape of double-quoted text | \\x4",
        ),
        ("a: @b", "text cannot begin with `@` without quotes | @"),
        ("a: *", "`*` needs a name | *"),
        (
            "a:\n    b: 1\n  c: 2",
            "this line is indented unlike the lines it belongs to | c: 2",
        ),
        (
            "a: b\n  c: d",
            "a mapping cannot begin here: the key before it already has a value | c: d",
        ),
        ("a: - b", "an element of a list cannot stand here | -"),
        ("a: 1\n- b", "an element of a list cannot stand here | -"),
        (
            "a: |b\n  c",
            "a block of text begins on the line after `|` or `>` | |b",
        ),
    ] {
        let (node, problems) = read(text);
        assert!(node.is_none(), "{text}");
        assert_eq!(problems, [format!("invalid-yaml: {problem}")], "{text}");
    }
    assert_eq!(
        help("a: ${{ x == \"a: b\" }}"),
        ["write `'${{ x == \"a: b\" }}'`: braces, commas and `: ` have their own meaning in YAML"]
    );
    assert_eq!(help("a:1\nb: 2"), ["write `a: 1`"]);
}

#[test]
fn an_expression_without_quotes_and_dollar_is_told_apart_from_a_mapping() {
    let (node, problems) = read("a: {{ x }}\nb: 1\n");
    assert_eq!(
        problems,
        ["invalid-yaml: `{{ x }}` is a mapping in a mapping without quotes | {{ x }}"]
    );
    assert_eq!(keys(&node.expect("the rest")), ["b"]);
}

#[test]
fn nesting_is_bounded_with_and_without_aliases() {
    let problem = "too-large: more than 64 lists and mappings lie in one another | [";
    let nested = |depth: usize| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
    good(&nested(63));
    assert_eq!(read(&nested(64)).1, [problem]);
    assert_eq!(read(&"[".repeat(100_000)).1, [problem]);
    let mut diagnostics = Diagnostics::default();
    parse(FileId(0), &"[".repeat(100_000), &mut diagnostics);
    let first = diagnostics.iter().next().expect("a problem");
    assert_eq!(first.primary.span.range(), 64..65);
    let block: String = (0..100)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert_eq!(read(&block).1.len(), 1);
    let chain = (1..100).fold("a0: &a0 [1]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{}]\n", n - 1)
    });
    assert_eq!(
        read(&chain).1,
        ["too-large: more than 64 lists and mappings lie in one another | *a62"]
    );
}

#[test]
fn expansion_is_bounded() {
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for n in 1..10 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        text += &format!("a{n}: &a{n} [{aliases}]\n");
    }
    let started = std::time::Instant::now();
    let (node, problems) = read(&text);
    assert!(node.is_none());
    assert_eq!(
        problems,
        ["too-large: aliases repeat too much of the file | *a4"]
    );
    assert!(started.elapsed().as_millis() < 500);

    let merges = (1..30).fold("a0: &a0 {x: 1, y: 2}\n".to_owned(), |text, n| {
        let before = n - 1;
        format!("{text}a{n}: &a{n} {{<<: *a{before}, l{n}: *a{before}, r{n}: *a{before}}}\n")
    });
    assert_eq!(read(&merges).1.len(), 1);
}

#[test]
fn many_tasks_that_share_their_defaults_are_not_too_much() {
    let mut text =
        "defaults: &d {image: a, env: {A: 1, B: 2, C: 3}, retries: 2, timeout: 1m}\ntasks:\n"
            .to_owned();
    for n in 0..20_000 {
        text += &format!("  t{n}: {{<<: *d, run: x}}\n");
    }
    let node = good(&text);
    let tasks = node.get("tasks").and_then(Node::mapping).expect("tasks");
    assert_eq!(tasks.len(), 20_000);
    assert_eq!(
        keys(&tasks[7].value),
        ["image", "env", "retries", "timeout", "run"]
    );
}

/// Every span of the tree and of each scalar's characters is a slice of the text.
fn assert_spans(text: &str, node: &Node) {
    assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
    match &node.kind {
        NodeKind::Alias(node) => assert_spans(text, node),
        NodeKind::Sequence(nodes) => nodes.iter().for_each(|node| assert_spans(text, node)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                assert!(text.get(entry.key_span.range()).is_some(), "{}", entry.key);
                assert_spans(text, &entry.value);
            }
        }
        NodeKind::Scalar(scalar) => {
            for (at, character) in scalar.text.char_indices() {
                let range = at..at + character.len_utf8();
                let written = text.get(node.locate(range).range());
                assert!(written.is_some(), "{character:?} of {:?}", scalar.text);
                if character.is_alphanumeric() && matches!(scalar.map, OffsetMap::Verbatim(_)) {
                    assert_eq!(written, Some(character.to_string().as_str()));
                }
            }
        }
    }
}

/// Texts that are nearly YAML.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a: "),
        Just("b:\n"),
        Just("- "),
        Just("? "),
        Just(": "),
        Just("\n"),
        Just("\r\n"),
        Just("  "),
        Just("    "),
        Just("\t"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(", "),
        Just("'"),
        Just("\""),
        Just("|\n"),
        Just(">-\n"),
        Just("|2+\n"),
        Just("&x "),
        Just("*x"),
        Just("<<: "),
        Just("!!str "),
        Just("!y "),
        Just("# c"),
        Just("---\n"),
        Just("...\n"),
        Just("ü"),
        Just("text"),
        Just("no"),
        Just("1"),
        Just("\\u00e9"),
        Just("\\"),
        Just("${{ x }}"),
        Just("😀"),
        Just("\u{feff}"),
        Just("\0"),
        Just("%YAML 1.2\n"),
        Just("\u{2028}"),
        Just("''"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_panics_and_all_spans_are_slices(text in prop_oneof![4 => nearly_yaml(), 1 => any::<String>()]) {
        let (node, problems) = read(&text);
        prop_assert!(node.is_some() || !problems.is_empty());
        if let Some(node) = &node {
            assert_spans(&text, node);
        }
    }

    #[test]
    fn what_is_quoted_comes_back_and_its_letters_are_found(text in "[a-zäöü'\"\\\\ \\n\\t:#😀-]{0,30}") {
        let quoted = serde_json::to_string(&text).expect("text");
        let source = format!("k: {quoted}\n");
        let node = good(&source);
        let value = node.get("k").expect("k");
        prop_assert_eq!(&value.scalar().expect("a scalar").text, &text);
        for (at, letter) in text.char_indices().filter(|(_, c)| c.is_alphanumeric() || *c == '😀') {
            let span = value.locate(at..at + letter.len_utf8());
            let expected = letter.to_string();
            prop_assert_eq!(&source[span.range()], expected.as_str());
        }
    }

    #[test]
    fn blocks_come_back_and_their_letters_are_found(
        lines in prop::collection::vec("([a-zäöü#:'\"-][a-zäöü #:'\"]{0,8}[a-zäöü])?", 1..8),
        folded in any::<bool>(), crlf in any::<bool>(),
    ) {
        if lines.iter().all(String::is_empty) {
            return Ok(());
        }
        let line_break = if crlf { "\r\n" } else { "\n" };
        let body: Vec<String> = lines.iter().map(|l| if l.is_empty() { l.clone() } else { format!("  {l}") }).collect();
        let source = format!("k: {}{line_break}{}{line_break}", if folded { ">" } else { "|" }, body.join(line_break));
        let node = good(&source);
        let value = node.get("k").expect("k");
        let text = &value.scalar().expect("a scalar").text;
        if !folded {
            let expected = lines.join("\n");
            prop_assert_eq!(text.trim_end_matches('\n'), expected.trim_end_matches('\n'));
        }
        for (at, letter) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let span = value.locate(at..at + letter.len_utf8());
            let expected = letter.to_string();
            prop_assert_eq!(&source[span.range()], expected.as_str());
        }
    }
}
