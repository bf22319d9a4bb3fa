use proptest::prelude::*;

use crate::diagnostic::Diagnostics;
use crate::document::tree::{build_any, build_plain};
use crate::source::FileId;

/// Whether the text is read here; if so, it must be read as the parser of all YAML reads it.
fn is_plain(text: &str) -> bool {
    let (mut ours, mut theirs) = (Diagnostics::default(), Diagnostics::default());
    let Some(plain) = build_plain(FileId(0), text, &mut ours) else {
        assert!(ours.is_empty(), "{text}");
        return false;
    };
    let any = build_any(FileId(0), text, false, &mut theirs);
    assert_eq!(
        format!("{plain:?}"),
        format!("{:?}", any.flatten()),
        "{text}"
    );
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}");
    true
}

#[test]
fn what_flows_are_written_in_is_plain() {
    for text in [
        include_str!("../../../../../examples/01-hello/flow.yaml"),
        "# head\n\nflow: x   # name\ntags:\n- a\n- b c\nlist:\n  - k: v\n    l: |\n      a\n       b\n\n      c\n\n\n  -   d: 1\n",
        "a:\n  b:\n    c: [sh, -e, \"x y\", {k: v, l: []}]\n  # note\n  d: { e: 'f', g: 1.5 }\nh: ${{ a.b + \"c\" }}\n",
        "run: |-\n  one\nunicode: \"gr\u{f6}\u{df}e\" # \u{fc}ber\n",
        "a: |\n  x\n\n# comment\nb: y",
        "a: b\na: c\nno: yes\n",
    ] {
        assert!(is_plain(text), "{text}");
    }
}

#[test]
fn what_says_more_than_its_line_is_left_to_the_parser() {
    for text in [
        "",
        "a",
        "a:\n",
        "a: b\n  c\n",
        "a: b\n\n  c\n",
        "a: \"b\n  c\"\n",
        "a: \"\\n\"\n",
        "a: 'it''s'\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !t b\n",
        "a: >\n  b\n",
        "a: |2\n   b\n",
        "a: |+\n  b\n",
        "a: |\n\n  b\n",
        "a: |\n  b",
        "<<: b\n",
        "? a\n",
        "---\na: b\n",
        "a: b\n...\n",
        "a: b: c\n",
        "a: [b,\n  c]\n",
        "a: [b: c]\n",
        "a: b\r\nc: d\r\n",
        "a:\tb\n",
        "- a\n",
        " a: b\n",
        "a:\n  b: c\n d: e\n",
        "a:\n- b\n c: d\n",
        "a: -\n",
    ] {
        assert!(!is_plain(text), "{text}");
    }
}

/// Pieces of which lines are made, at least half of them plain.
const PIECES: [&str; 58] = [
    "a",
    "b",
    "key",
    "task_1",
    "a.b/c-d",
    "1",
    "1.5",
    "true",
    "no",
    "~",
    ": ",
    ":",
    "- ",
    "-",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "\"",
    "'",
    "|",
    "|-",
    "|+",
    "|2",
    ">",
    "#",
    " # note",
    "\\",
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n    ",
    "\n      ",
    "\n\n",
    "\n- ",
    "\n  - ",
    "\t",
    "\r\n",
    "${{ x.y }}",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "<<: ",
    "---",
    "...",
    "\u{e9}",
    "\u{2028}",
    "key: value\n",
    "key:\n",
    "  key: |\n",
    "    text here\n",
    "\"quoted\"",
    "%",
    "@",
];

/// Whole lines of plain YAML; what stands in place of `@` differs.
const LINES: [&str; 20] = [
    "@: @",
    "@:",
    "- @",
    "- @: @",
    "-   @: @",
    "# @",
    "",
    "   ",
    "@: |",
    "@: |-",
    "- |",
    "@",
    "@ @",
    "@: [@, @]",
    "@: { @: @, @: @ }",
    "@: \"@\"",
    "@: '@' # @",
    "@: [@, { @: [@] }]",
    "@: {}",
    "@: @ # @",
];

const WORDS: [&str; 14] = [
    "a", "b", "key", "c d", "1", "yes", "-x", "--y", "./z", "a:b", "a#b", "${{ p }}", "\u{e9}",
    "x ",
];

fn lines() -> impl Strategy<Value = String> {
    let line = (0..6_usize, prop::sample::select(&LINES[..]));
    let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 60);
    (prop::collection::vec(line, 1..14), words).prop_map(|(lines, words)| {
        let mut words = words.into_iter().cycle();
        let mut text = String::from("k: v\n");
        for (indent, line) in lines {
            text.push_str(&"  ".repeat(indent / 2));
            for (at, part) in line.split('@').enumerate() {
                if at > 0 {
                    text.push_str(words.next().unwrap_or("a"));
                }
                text.push_str(part);
            }
            text.push('\n');
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn random_pieces_are_read_as_the_parser_reads_them(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..24)
    ) {
        is_plain(&pieces.concat());
    }

    #[test]
    fn random_lines_are_read_as_the_parser_reads_them(text in lines()) {
        is_plain(&text);
    }

    #[test]
    fn a_changed_flow_is_read_as_the_parser_reads_it(
        at in 0..10_000_usize, end in 0..4_usize, piece in prop::sample::select(&PIECES[..])
    ) {
        let mut text = include_str!("../../../../../examples/01-hello/flow.yaml").to_owned();
        text.push_str("  more:\n    run: |\n      a\n\n        b\n    env: { A: \"b\", C: [d, -e] }\n    depends_on:\n      - x\n      - y: z\n        w: v\n");
        let floor = |mut at: usize| {
            while !text.is_char_boundary(at) { at -= 1; }
            at
        };
        let from = floor(at % text.len());
        let to = floor((from + end).min(text.len()));
        text.replace_range(from..to.max(from), piece);
        is_plain(&text);
    }
}
