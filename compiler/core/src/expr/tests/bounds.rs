//! No text exhausts the stack, the memory or the patience of the compiler.

use std::time::{Duration, Instant};

use super::super::eval::{MAX_STEPS, eval};
use super::*;

/// Deep or long texts, each with the code of the one problem it has.
#[test]
fn too_deep_an_expression_is_one_problem() {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("-", ""),
        deep("!", ""),
        deep("size(", ")"),
        deep("{'a': ", "}"),
        deep("true ? 1 : ", ""),
        deep("1 + ", ""),
        deep("parameters.o[", "]"),
        format!("parameters.o{}", ".x".repeat(50_000)),
        format!("[1]{}", ".map(x, x)".repeat(50_000)),
        format!("((1{}){})", " + 1".repeat(40), " + 1".repeat(40)),
    ] {
        let problems = checked(&text).expect_err("it is too deep");
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["too-large"], "{}", &text[..40]);
    }
}

#[test]
fn the_deepest_expression_allowed_fits_the_stack() {
    for text in [
        format!("{}1{}", "(".repeat(63), ")".repeat(63)),
        format!("{}1{}", "[".repeat(62), "]".repeat(62)),
        format!("1{}", " + parameters.i".repeat(62)),
        format!("[1]{}", ".map(x, x)".repeat(31)),
        format!("{}1{}", "-(".repeat(31), ")".repeat(31)),
        format!("{}parameters.i{}", "[1].map(x, ".repeat(30), ")".repeat(30)),
    ] {
        let expr = expr(&text);
        let shown = expr.display_with(&|_| "parameters.i".into());
        assert_eq!(self::expr(&shown), expr);
        eval(&expr, &World::new()).expect("a value");
    }
}

#[test]
fn endless_work_is_given_up() {
    let nested = "range(10000).map(x, range(10000).map(y, range(10000).map(z, parameters.i)))";
    let doubling = format!("parameters.l{}", ".map(x, x + x)".repeat(30));
    for text in [nested, doubling.as_str()] {
        let start = Instant::now();
        let error = eval(&expr(text), &World::new()).expect_err("too much work");
        assert_eq!(
            error.message,
            format!("the expression takes more than {MAX_STEPS} steps")
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{text}");
    }
    // Constant work without end is left for the run, where it is an error.
    let start = Instant::now();
    let nested = nested.replace("parameters.i", "z");
    expr(&nested);
    expr(&format!("[{}]", vec![nested.as_str(); 200].join(", ")));
    assert!(start.elapsed() < Duration::from_secs(5));
}
