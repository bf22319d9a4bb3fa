//! Text that somebody's templates, shells, parsers or encodings would like to understand.

/// Every kind: a name and the text.
pub fn strings() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = FIXED
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    let unit = "0123456789 {{ x }} $HOME é\n";
    let hundred = unit.repeat(100_000 / unit.len() + 1);
    all.push(("100 kB", hundred.chars().take(95_000).collect()));
    all
}

const FIXED: &[(&str, &str)] = &[
    ("empty", ""),
    ("jinja expression", "{{ ti.task_id }}"),
    ("jinja statement", "{% for x in y %}"),
    ("jinja comment", "a {# gone? #} b"),
    ("jinja raw", "{% raw %}{{ x }}{% endraw %}"),
    ("shell length", "${#V}"),
    ("shell variable", "$HOME ${HOME} ${HOME:-x}"),
    ("kubernetes variable", "$(HOME) $(FLOW_TASK) $(V00)"),
    ("dollars", "$$ $$$ $$(HOME) $$$(HOME) $"),
    ("shell command", "`id` $(id) ; exit 9 & | > x"),
    ("expression", "${{ parameters.p00 }}"),
    ("escaped expression", "$${{ x }}"),
    ("argo tag", "{{workflow.name}} {{ workflow.uid }}"),
    ("argo expression", "{{=1 + 1}} {{= workflow.name}}"),
    (
        "argo item",
        "{{item}} {{inputs.parameters.p00}} {{retries}}",
    ),
    ("argo task", "{{tasks.produce.outputs.parameters.o00}}"),
    ("open braces", "{{ never closed"),
    ("close braces", "}} {{{{ }}}} {{{x}}}"),
    ("single quotes", "it's ''quoted'' ''' here"),
    ("double quotes", "say \"hi\" \"\"\" end\""),
    ("backslashes", "\\ \\\\ \\n \\x41 \\u0041 \\N{DASH} end\\"),
    ("trailing newline", "one\ntwo\n"),
    ("trailing newlines", "one\n\n\n"),
    ("leading blanks", "\n  \n  one"),
    ("blanks around", "  one \t "),
    ("crlf", "one\r\ntwo\r\n"),
    ("carriage return", "one\rtwo\r"),
    ("tabs", "\tone\ttwo"),
    ("script name", "looks/like/a/template.sh"),
    ("bash name", "template.bash"),
    ("emoji", "🚀👩‍👩‍👧‍👦🇪🇺"),
    (
        "right to left",
        "\u{202E}abc\u{202C} שלום \u{2066}x\u{2069}",
    ),
    ("accents", "é e\u{301} Å ﬁ"),
    ("line separators", "a\u{85}b\u{2028}c\u{2029}d"),
    ("byte order mark", "\u{FEFF}a\u{FEFF}"),
    (
        "control characters",
        "\u{1}\u{7}\u{8}\u{b}\u{c}\u{1b}[31m\u{7f}\u{9f}",
    ),
    ("beyond the BMP", "𝒳 𠜎 \u{10FFFD}"),
    ("yaml", "- a: b # c\n? *x\n&y !!z | > % @ `"),
    ("yaml words", "no"),
    ("number", "1_000"),
    ("exponent", "1e3"),
    ("null", "null"),
    ("zeroes", "007"),
    ("json list", "[\"a\", 1]"),
    ("json object", "{\"__type\": \"dict\", \"a\": [1]}"),
    ("json string", "\"quoted\""),
    ("formats", "%s %(x)s {0} {x!r} %% {{}}"),
    ("html", "<b>&amp;</b> &lt; \u{3c}\u{3e}"),
    ("dash", "--help"),
];
