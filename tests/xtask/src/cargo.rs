//! The checks that need cargo only.

use std::env;
use std::path::PathBuf;

use crate::house;
use crate::process::{self, Ended};
use crate::report::{Checks, Report};

/// Formatting, lints, docs and tests.
pub fn steps(report: &mut Report) {
    report.step("formatting", |checks| {
        tool(checks, "fmt", "rustfmt", &["fmt", "--all", "--check"], &[]);
    });
    report.step("clippy", |checks| {
        let arguments = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        tool(checks, "clippy", "clippy", &arguments, &[]);
    });
    report.step("docs", |checks| {
        let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
        let ended = cargo(&arguments, &[("RUSTDOCFLAGS", "-D warnings")]);
        checks.result("cargo doc", ended_well(&ended));
    });
    report.step("cargo test", |checks| {
        let ended = cargo(
            &["test", "--workspace", "--no-fail-fast"],
            &[("INSTA_UPDATE", "no")],
        );
        let (passed, failed) = counts(&ended.stdout);
        checks.add(passed, failed);
        if passed == 0 {
            checks.fail("cargo test", "no test ran");
        } else if !ended.success && failed == 0 {
            checks.fail("cargo test", "it ended badly although no test failed");
        }
    });
}

/// Build a binary of the workspace; its path. Those for the checks are built as `cargo test` has built their parts,
/// a release as a user would.
pub fn build(package: &str, release: bool) -> Result<PathBuf, String> {
    let (arguments, profile) = if release {
        (&["--release", "--package"], "release")
    } else {
        (&["--workspace", "--bin"], "debug")
    };
    let arguments = [&["build", "--quiet"], &arguments[..], &[package]].concat();
    ended_well(&cargo(&arguments, &[]))?;
    Ok(house::target().join(profile).join(package))
}

/// Build the compiler as it is released, as a step of the report.
pub fn release(report: &mut Report) -> Option<PathBuf> {
    let mut program = None;
    report.step("build flowc for release", |checks| {
        match build("flowc", true) {
            Ok(path) => {
                checks.pass();
                program = Some(path);
            }
            Err(error) => checks.fail("flowc", &error),
        }
    });
    program
}

/// What an example program of the workspace prints.
pub fn run_example(example: &str) -> Result<String, String> {
    let arguments = ["build", "--quiet", "--workspace", "--example", example];
    ended_well(&cargo(&arguments, &[]))?;
    let program = house::target().join("debug/examples").join(example);
    process::demand(&mut process::command(program))
}

/// A step with a component that a toolchain may lack.
fn tool(
    checks: &mut Checks,
    name: &str,
    component: &str,
    arguments: &[&str],
    env: &[(&str, &str)],
) {
    if !process::capture(process::command("cargo").args([name, "--version"])).success {
        checks.skip(&format!(
            "this toolchain has no {component}; `rustup component add {component}`"
        ));
        return;
    }
    let ended = cargo(arguments, env);
    checks.result(&format!("cargo {name}"), ended_well(&ended));
}

fn cargo(arguments: &[&str], env: &[(&str, &str)]) -> Ended {
    process::show(
        process::command(program())
            .args(arguments)
            .envs(env.iter().copied())
            .current_dir(house::root()),
    )
}

fn program() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

fn ended_well(ended: &Ended) -> Result<(), String> {
    if ended.success {
        Ok(())
    } else {
        Err(ended.tail(5))
    }
}

/// Sums of libtest's `test result: ok. 3 passed; 0 failed; …` lines.
fn counts(output: &str) -> (usize, usize) {
    let mut sums = (0, 0);
    for line in output
        .lines()
        .filter(|line| line.trim_start().starts_with("test result:"))
    {
        let count = |word: &str| -> usize {
            let before = line.split(word).next().unwrap_or_default();
            let number = before.trim_end().rsplit([' ', '.', ';']).next();
            number.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        sums.0 += count(" passed;");
        sums.1 += count(" failed;");
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn counts_of_every_test_binary_are_added() {
        let output = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 10 passed; 2 failed; 1 ignored\n";
        assert_eq!(counts(output), (13, 2));
    }
}
