//! What people are told to do next.

use super::*;

#[test]
fn help_says_what_to_write() {
    for (text, help) in [
        ("true and false", "did you mean `&&`?"),
        ("true | false", "did you mean `||`?"),
        ("parameters.i = 1", "did you mean `==`?"),
        ("parameters.i is 1", "did you mean `==`?"),
        ("None", "did you mean `null`?"),
        (
            "not parameters.b",
            "write `!` and put what it negates in parentheses",
        ),
        (
            "1 if true else 2",
            "write `condition ? value : other` for `value if condition else other`",
        ),
        (
            "$HOME",
            "an expression does not see the environment; name where the value comes from, such as `parameters.p`",
        ),
        (
            "${HOME}",
            "an expression does not see the environment; name where the value comes from, such as `parameters.p`",
        ),
        ("“a”", "a text stands in `\"…\"` or `'…'`"),
        (
            "'C:\\dir'",
            "write `\\\\` for a backslash, or `r\"…\"` for a text without escapes",
        ),
        ("1_000", "write `1000`"),
        ("007", "write `7`"),
        (".5", "a number starts with a digit: `0.5`"),
        (
            "9007199254740993",
            "write `9007199254740993.0` for a number, which keeps 15 to 17 digits",
        ),
        (
            "parameters.s ?? 'x'",
            "write `default(tasks.t.outputs.o, fallback)`",
        ),
        (
            "f'{x}'",
            "join texts with `+`, such as `\"n = \" + string(parameters.n)`",
        ),
        ("parameters.foo-bar", "did you mean `foo_bar`?"),
        ("len('x')", "write `size(x)`"),
        ("str(1)", "write `string(x)`"),
        ("'x'.startswith('y')", "did you mean `startsWith`?"),
        ("parameters.l.contains('a')", "write `x in list`"),
        (
            "parameters.l.any(x, x == 'a')",
            "write `list.exists(x, condition)`",
        ),
        ("'n' + 1", "`string(…)` makes it a string"),
        ("parameters.n % 2", "`int(…)` makes it an integer"),
        ("parameters.i == '7'", "`int(…)` makes it an integer"),
        ("1 < 2 < 3", "join two comparisons: `a < b && b < c`"),
        ("parameters.l ? 1 : 2", "compare it, such as `size(x) > 0`"),
        ("parameters.s.length", "write `size(x)`"),
        (
            "parameters.l.os",
            "an element is read by its position, `list[0]`, or with `list.map(x, …)`",
        ),
        (
            "'a' in 'abc'",
            "write `text.contains(part)` to look for a part of a text",
        ),
        ("parameters.l + 'c'", "write `list + [x]` to add an element"),
        ("range(parameters.l)", "write `range(size(list))`"),
        (
            "default(parameters.i, 1)",
            "write `default(tasks.t.outputs.o, fallback)`",
        ),
        ("'x'.matches('\\\\p{L}')", "write the range, such as `a-z`"),
    ] {
        let problems = checked(text).expect_err(text);
        assert_eq!(problems[0].help, [help], "{text}");
    }
}

#[test]
fn fixes_make_the_expression_right() {
    for (text, right) in [
        ("true and false or true", "true && false || true"),
        ("parameters.i = 1", "parameters.i == 1"),
        ("True & (None == 1)", "true && (null == 1)"),
        ("{depth: 1}", "{\"depth\": 1}"),
    ] {
        let mut mended = text.to_owned();
        let mut fixes: Vec<_> = checked(text)
            .expect_err(text)
            .into_iter()
            .filter_map(|problem| problem.fix)
            .collect();
        fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span));
        for fix in fixes {
            mended.replace_range(fix.span.range(), &fix.replacement);
        }
        assert_eq!(mended, right);
        assert!(checked(&mended).is_ok(), "{mended}");
    }
}

#[test]
fn what_is_clear_in_spite_of_a_slip_is_checked_too() {
    assert_eq!(
        problems("parameters.s = 1 and parameters.foo"),
        [
            "invalid-expression `=`: `=` is not an operator",
            "invalid-expression `and`: `and` is not an operator",
            "type-mismatch `1`: `==` compares a string with an integer, which are never equal",
            "unknown-name `foo`: there is no `foo`",
        ]
    );
}
