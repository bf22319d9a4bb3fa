use super::*;

/// Reads a text and shows its diagnostics as `code: message | underlined text`.
fn read(text: &str) -> (Option<Node>, Vec<String>) {
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

fn good(text: &str) -> Node {
    let (node, problems) = read(text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    node.expect("a document")
}

fn bad(text: &str) -> Vec<String> {
    let (_, problems) = read(text);
    assert!(!problems.is_empty(), "{text}");
    problems
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
}

#[test]
fn a_duplicate_key_is_reported_and_dropped() {
    let (node, problems) = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(
        problems,
        ["duplicate-key: the key `a` stands twice in one mapping | a"]
    );
    let node = node.expect("the rest");
    assert_eq!(node.mapping().map(<[Entry]>::len), Some(2));
    assert_eq!(
        node.get("a")
            .and_then(Node::scalar)
            .map(|s| s.text.as_str()),
        Some("1")
    );
}

#[test]
fn merge_keys_bring_in_what_a_mapping_does_not_have() {
    let node = good("base: &base {a: 1, b: 2}\nx: {<<: *base, b: 3}\n");
    let x = node.get("x").expect("x");
    let keys: Vec<&str> = x
        .mapping()
        .expect("entries")
        .iter()
        .map(|e| e.key.as_str())
        .collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(
        x.get("b").and_then(Node::scalar).map(|s| s.text.as_str()),
        Some("3")
    );
}

#[test]
fn text_that_is_not_yaml_gives_no_document() {
    assert_eq!(
        bad("a: [1, 2\nb: 3\n"),
        ["invalid-yaml: `[` is not closed | ["]
    );
}
