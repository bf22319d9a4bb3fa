use super::super::eval::eval;
use super::*;

/// An expression, its type, and the JSON of its value.
const VALUES: &[(&str, &str, &str)] = &[
    ("1 + 2 * 3", "integer", "7"),
    ("(1 + 2) * 3", "integer", "9"),
    ("7 / 2", "integer", "3"),
    ("-7 / 2", "integer", "-3"),
    ("-7 % 2", "integer", "-1"),
    ("7 / 2.0", "number", "3.5"),
    ("parameters.whole / 8", "number", "0.5"),
    ("parameters.i / 2", "integer", "3"),
    ("(parameters.b ? 1 : 2.5) / 2", "number", "0.5"),
    ("1 - 2 - 3", "integer", "-4"),
    ("1.5 + 1", "number", "2.5"),
    ("'a' + 'b'", "string", "\"ab\""),
    ("[1] + [2]", "list<integer>", "[1,2]"),
    ("[] + ['a']", "list<string>", "[\"a\"]"),
    ("1 == 1.0", "boolean", "true"),
    ("[1, 2] == [1.0, 2.0]", "boolean", "true"),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1.0}", "boolean", "true"),
    ("'a' != 'b'", "boolean", "true"),
    (
        "'Z' < 'a' && 'a' < 'é' && '\\uffff' < '😀'",
        "boolean",
        "true",
    ),
    ("1 < 1.5 && 2 <= 2 && 3 > 2 && 3 >= 3", "boolean", "true"),
    ("2 in parameters.li", "boolean", "true"),
    (
        "'x' in parameters.o && !('q' in parameters.o)",
        "boolean",
        "true",
    ),
    ("false && 1 / (parameters.i - 7) == 1", "boolean", "false"),
    (
        "parameters.b || 1 / (parameters.i - 7) == 1",
        "boolean",
        "true",
    ),
    ("parameters.b ? 'yes' : 'no'", "string", "\"yes\""),
    ("parameters.s.size()", "integer", "5"),
    ("size('😀')", "integer", "1"),
    ("size(parameters.l) + size(parameters.o)", "integer", "6"),
    ("parameters.s.contains('ll')", "boolean", "true"),
    (
        "parameters.s.startsWith('hé') && parameters.s.endsWith('lo')",
        "boolean",
        "true",
    ),
    ("parameters.s.matches('l+')", "boolean", "true"),
    ("'٣'.matches('\\\\d')", "boolean", "false"),
    ("'a1'.matches(r'^\\w\\d$')", "boolean", "true"),
    ("string(1.0)", "string", "\"1\""),
    ("string([1.5, 2.0])", "string", "\"[1.5,2]\""),
    (
        "string(parameters.o)",
        "string",
        r#""{\"x\":1,\"y\":\"z\",\"l\":[1,2.5],\"t\":true}""#,
    ),
    ("int('42') + int(-2.9)", "integer", "40"),
    ("double('1e3')", "number", "1000"),
    ("range(3)", "list<integer>", "[0,1,2]"),
    ("range(-1)", "list<integer>", "[]"),
    (
        "days('2026-02-27', '2026-03-01')",
        "list<string>",
        r#"["2026-02-27","2026-02-28","2026-03-01"]"#,
    ),
    ("days('2026-03-01', '2026-02-27')", "list<string>", "[]"),
    ("parameters.li.all(x, x > 0)", "boolean", "true"),
    ("parameters.li.exists(x, x > 2)", "boolean", "true"),
    ("parameters.li.exists_one(x, x > 1)", "boolean", "false"),
    ("parameters.li.filter(x, x != 2)", "list<integer>", "[1,3]"),
    ("parameters.li.map(x, x * 2)", "list<integer>", "[2,4,6]"),
    (
        "parameters.li.map(x, x > 1, string(x))",
        "list<string>",
        r#"["2","3"]"#,
    ),
    (
        "parameters.li.map(x, parameters.l.map(y, y + string(x)))",
        "list<list<string>>",
        r#"[["a1","b1"],["a2","b2"],["a3","b3"]]"#,
    ),
    ("parameters.o.x + 1", "number", "2"),
    ("parameters.o.x / 2", "number", "0.5"),
    ("parameters.o['y'] + '!'", "string", "\"z!\""),
    ("parameters.o.l[1]", "any", "2.5"),
    ("parameters.o.t ? 1 : 2", "integer", "1"),
    ("item.os", "any", "\"linux\""),
    ("range(item.n)", "list<integer>", "[0,1]"),
    ("default(tasks.t.outputs.o, 9)", "integer", "3"),
    ("default(tasks.t.outputs.missing, 9)", "integer", "9"),
    (
        "default(tasks.t.outputs.missing, default(tasks.t.outputs.o, 0))",
        "integer",
        "3",
    ),
    ("default(tasks.t.outputs.none, [])", "list<string>", "[]"),
    ("default(tasks.t.artifacts.a, '')", "string", "\"/in/a\""),
    ("tasks.t.status == 'succeeded'", "boolean", "true"),
    ("tasks['t'].outputs.o", "integer", "3"),
    ("null", "any", "null"),
    ("0x1F", "integer", "31"),
    ("1e21", "number", "1e+21"),
    ("'''it's \"so\"\n'''", "string", r#""it's \"so\"\n""#),
    (
        "'\\x41\\u00e9\\U0001F600\\101\\n'",
        "string",
        "\"Aé😀A\\n\"",
    ),
    ("r'\\n'", "string", "\"\\\\n\""),
    ("!true || true", "boolean", "true"),
    ("true ? 1 : false ? 2 : 3", "integer", "1"),
    ("-(-3)", "integer", "3"),
    ("-9007199254740992", "integer", "-9007199254740992"),
];

#[test]
fn expressions_have_these_values() {
    for (text, ty, json) in VALUES {
        let expr = expr(text);
        assert_eq!(expr.ty.to_string(), *ty, "{text}");
        let value = eval(&expr, &World::new()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(value.json(), *json, "{text}");
    }
}
