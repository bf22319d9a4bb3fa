use super::*;

/// A text, and each problem in it: the code, the text underlined, the message.
const PROBLEMS: &[(&str, &[&str])] = &[
    // Syntax.
    (
        "",
        &["invalid-expression ``: an expression is missing between `${{` and `}}`"],
    ),
    (
        "1 +",
        &["invalid-expression ``: the expression ends where a value is expected"],
    ),
    (
        "(1 + 2",
        &["invalid-expression ``: expected `)` to close the `(`"],
    ),
    (
        "[1, 2",
        &["invalid-expression ``: expected `]` to close the `[`"],
    ),
    (
        "size(1, 2",
        &["invalid-expression ``: expected `)` to close the `(`"],
    ),
    (
        "1 2",
        &["invalid-expression `2`: expected an operator before `2`"],
    ),
    ("1)", &["invalid-expression `)`: the `)` closes nothing"]),
    (
        "'abc",
        &["invalid-expression `'`: the text has no closing `'`"],
    ),
    (
        "\"a\\q\"",
        &["invalid-expression `\\q`: `\\q` is not an escape of a text"],
    ),
    (
        "true and false",
        &["invalid-expression `and`: `and` is not an operator"],
    ),
    (
        "(1 + 2 and 3) or 4",
        &[
            "invalid-expression `and`: `and` is not an operator",
            "invalid-expression `or`: `or` is not an operator",
            "type-mismatch `1 + 2`: `&&` needs booleans, not an integer",
        ],
    ),
    (
        "not true",
        &["invalid-expression `not`: `not` is not an operator"],
    ),
    ("1 = 1", &["invalid-expression `=`: `=` is not an operator"]),
    (
        "1 === 1",
        &["invalid-expression `===`: `===` is not an operator"],
    ),
    (
        "1 <> 1",
        &["invalid-expression `<>`: `<>` is not an operator"],
    ),
    (
        "true & false",
        &["invalid-expression `&`: `&` is not an operator"],
    ),
    (
        "True",
        &["invalid-expression `True`: `True` is not a constant"],
    ),
    (
        "1 if true else 2",
        &["invalid-expression `if`: `if` is not an operator"],
    ),
    (
        "$HOME",
        &["invalid-expression `$`: `$` means nothing in an expression"],
    ),
    (
        "parameters.s ?? 'x'",
        &["invalid-expression `??`: `??` is not an operator"],
    ),
    (
        "1 not in [1]",
        &["invalid-expression `not in`: `not in` is not an operator"],
    ),
    (
        "f'x'",
        &["invalid-expression `f`: `f` is not a prefix of a text"],
    ),
    (
        "2 ** 3",
        &["invalid-expression `**`: `**` is not an operator"],
    ),
    (
        "007",
        &["invalid-expression `007`: the number `007` starts with a zero"],
    ),
    (
        "1_000",
        &["invalid-expression `1_000`: `1_000` is not a number"],
    ),
    (
        "9007199254740993",
        &["invalid-expression `9007199254740993`: the integer `9007199254740993` is beyond 2^53"],
    ),
    (
        "1e999",
        &["invalid-expression `1e999`: the number `1e999` is too large"],
    ),
    (
        "{a: 1}",
        &["invalid-expression `a`: the key `a` of a map has no quotes"],
    ),
    (
        "{'a': 1, 'a': 2}",
        &["invalid-expression `'a'`: the key `a` stands twice in the map"],
    ),
    (
        "size(1 +) + size(= 2)",
        &[
            "invalid-expression `)`: expected a value, found `)`",
            "invalid-expression `=`: expected a value, found `=`",
        ],
    ),
    // Names and functions.
    ("parameters.foo", &["unknown-name `foo`: there is no `foo`"]),
    (
        "parameters.foo + bar",
        &[
            "unknown-name `foo`: there is no `foo`",
            "unknown-name `bar`: there is no `bar`",
        ],
    ),
    (
        "parameters.foo-bar",
        &["invalid-expression `parameters.foo-bar`: `foo-bar` is no name, for names hold no `-`"],
    ),
    (
        "siez('x')",
        &["unknown-function `siez`: there is no function `siez`"],
    ),
    (
        "'x'.startswith('y')",
        &["unknown-function `startswith`: there is no function `startswith`"],
    ),
    (
        "contains('x', 'y')",
        &["invalid-expression `contains`: `contains` stands behind its text"],
    ),
    (
        "3.range()",
        &["invalid-expression `range`: `range` does not stand behind a value"],
    ),
    (
        "size()",
        &["invalid-expression `size`: `size` takes 1 argument, not 0"],
    ),
    (
        "'a'.contains()",
        &["invalid-expression `contains`: `contains` takes 1 argument, not 0"],
    ),
    (
        "[1].all(x)",
        &[
            "invalid-expression `all`: `all` takes a variable and an expression over it, not 1 argument",
        ],
    ),
    (
        "[1].all(1, true)",
        &["invalid-expression `1`: the first argument of `all` must be a new name for the element"],
    ),
    (
        "[1].map(item, item)",
        &["invalid-expression `item`: `item` already has a meaning"],
    ),
    (
        "all([1], x, x > 0)",
        &["invalid-expression `all`: `all` stands behind its list"],
    ),
    // Types.
    (
        "1 + 'a'",
        &["type-mismatch `'a'`: `+` cannot join an integer and a string"],
    ),
    (
        "'a' < 1",
        &[
            "type-mismatch `1`: `<` compares two numbers or two strings, not a string and an integer",
        ],
    ),
    (
        "1 < 2 < 3",
        &[
            "type-mismatch `3`: `<` compares two numbers or two strings, not a boolean and an integer",
        ],
    ),
    (
        "1 == 'a'",
        &["type-mismatch `'a'`: `==` compares an integer with a string, which are never equal"],
    ),
    (
        "parameters.i && true",
        &["type-mismatch `parameters.i`: `&&` needs booleans, not an integer"],
    ),
    (
        "!parameters.s",
        &["type-mismatch `parameters.s`: `!` needs a boolean, not a string"],
    ),
    (
        "-'a'",
        &["type-mismatch `'a'`: `-` needs a number, not a string"],
    ),
    (
        "5.5 % 2",
        &["type-mismatch `5.5`: `%` needs integers, not a number"],
    ),
    (
        "'a' in 'abc'",
        &["type-mismatch `'abc'`: `in` needs a list or an object, not a string"],
    ),
    (
        "1 in ['a']",
        &[
            "type-mismatch `1`: `in` looks for an integer in a list<string>, whose elements are never equal to it",
        ],
    ),
    (
        "parameters.b ? 1 : 'a'",
        &[
            "type-mismatch `'a'`: the two values of `?:` are an integer and a string, which have no type in common",
        ],
    ),
    (
        "parameters.i ? 1 : 2",
        &["type-mismatch `parameters.i`: the condition of `?` must be a boolean, not an integer"],
    ),
    (
        "parameters.l['a']",
        &["type-mismatch `'a'`: a list<string> has no field `a`"],
    ),
    (
        "parameters.l[1.5]",
        &["type-mismatch `1.5`: the index of a list<string> must be an integer, not a number"],
    ),
    (
        "parameters.s.x",
        &["type-mismatch `x`: a string has no field `x`"],
    ),
    (
        "parameters.i[0]",
        &["type-mismatch `parameters.i`: an integer has no elements to index"],
    ),
    (
        "range(1.5)",
        &["type-mismatch `1.5`: `range` needs an integer, not a number"],
    ),
    (
        "[1].filter(x, x)",
        &["type-mismatch `x`: the condition of `filter` must be a boolean, not an integer"],
    ),
    (
        "parameters.s.map(x, x)",
        &["type-mismatch `parameters.s`: `map` needs a list, not a string"],
    ),
    (
        "default(tasks.t.outputs.o, 'x')",
        &[
            "type-mismatch `'x'`: the fallback of `default` is a string, but the value is an integer",
        ],
    ),
    (
        "default(parameters.i, 1)",
        &[
            "invalid-expression `parameters.i`: the first argument of `default` must name an output or artifact of a task",
        ],
    ),
    (
        "default(1 + 1, 1)",
        &[
            "invalid-expression `1 + 1`: the first argument of `default` must name an output or artifact of a task",
        ],
    ),
    // A problem is told once.
    (
        "(1 + 'a') * 2 == parameters.foo",
        &[
            "type-mismatch `'a'`: `+` cannot join an integer and a string",
            "unknown-name `foo`: there is no `foo`",
        ],
    ),
    // Constants.
    ("1 / 0", &["invalid-expression `1 / 0`: division by zero"]),
    (
        "parameters.b || 1 % 0 == 1",
        &["invalid-expression `1 % 0`: division by zero"],
    ),
    (
        "9007199254740992 + 1",
        &["invalid-expression `9007199254740992 + 1`: the result of `+` is beyond ±2^53"],
    ),
    (
        "[1, 2][2]",
        &["invalid-expression `[1, 2][2]`: the index 2 is outside of a list of 2"],
    ),
    (
        "parameters.l[-1]",
        &["invalid-expression `-1`: the index `-1` is negative"],
    ),
    (
        "range(10001)",
        &["invalid-expression `range(10001)`: `range(10001)` is longer than 10000"],
    ),
    (
        "days('2026-02-30', '2026-03-01')",
        &[
            "invalid-expression `days('2026-02-30', '2026-03-01')`: `2026-02-30` is not a day such as `2026-01-31`",
        ],
    ),
    (
        "int('5.0')",
        &["invalid-expression `int('5.0')`: `5.0` is not an integer"],
    ),
    (
        "[1].map(x, x / 0)",
        &["invalid-expression `x / 0`: division by zero"],
    ),
    // Patterns.
    (
        "parameters.s.matches(parameters.s)",
        &["invalid-expression `parameters.s`: the pattern of `matches` must be a constant"],
    ),
    (
        "'x'.matches('a{')",
        &["invalid-expression `'a{'`: `{` in a pattern is not a repetition of at most 1000"],
    ),
    (
        "'x'.matches('(')",
        &["invalid-expression `'('`: the pattern `(` is wrong: unclosed group"],
    ),
    (
        "'x'.matches('(?=a)')",
        &["invalid-expression `'(?=a)'`: a pattern has no look-around: `(?=`"],
    ),
];

#[test]
fn problems_are_found_where_they_are() {
    let mut wrong = Vec::new();
    for (text, expected) in PROBLEMS {
        let found = problems(text);
        if found != *expected {
            wrong.push(format!(
                "{text}\n  found    {found:#?}\n  expected {expected:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
