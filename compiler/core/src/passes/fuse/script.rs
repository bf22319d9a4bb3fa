//! The script of a process that runs the tasks of a chain.
//!
//! It is POSIX shell. It says on standard error which task starts and which failed, gives each task its
//! variables and an empty folder, moves what a task wrote to where the process writes, and ends with
//! the exit code of the task that failed.

use std::fmt::Write;

use super::chain::{Chain, Step};
use super::names::{Kind, Written};
use crate::expr::{Part, Template};
use crate::flow::{Command, Flow, Task};

/// The argument vector of the process.
pub(super) fn command(flow: &Flow, chain: &Chain) -> Vec<Template> {
    let span = flow.task(chain.tasks[0]).name.span;
    let text = |text: String| Template {
        parts: vec![Part::Text(text)],
        span,
    };
    let mut command: Vec<Template> = ["sh", "-c"].map(|word| text(word.to_owned())).into();
    command.push(text(script(flow, chain)));
    command.push(text("sh".to_owned()));
    command.extend(
        chain
            .steps
            .iter()
            .flat_map(|step| step.words.iter().cloned()),
    );
    command
}

const START: &str = "\
start() {
  FLOW_TASK=$1
  echo \"flowc: task $1 starts\" >&2
}
";

const START_IN_FOLDER: &str = "\
all=$FLOW_OUTPUTS
start() {
  FLOW_TASK=$1 FLOW_OUTPUTS=$all/.$1
  echo \"flowc: task $1 starts\" >&2
  mkdir \"$FLOW_OUTPUTS\" || exit
}
";

const FAIL: &str = "\
fail() {
  code=$?
  echo \"flowc: task $FLOW_TASK failed with exit code $code\" >&2
  exit \"$code\"
}
";

const WROTE: &str = "\
wrote() { # -f FILE or -d FOLDER, and its name outside of the task
  to=$all/${3:-$2}
  [ ! -e \"$FLOW_OUTPUTS/$2\" ] || { rm -rf \"${to:?}\" && mv \"$FLOW_OUTPUTS/$2\" \"$to\"; }
  [ \"$1\" \"$to\" ] || { echo \"flowc: task $FLOW_TASK did not write $2\" >&2; exit 1; }
}
";

const WROTE_TEXT: &str = "\
wrote_text() {
  wrote -f \"$@\"
  [ \"$(wc -c < \"$to\")\" -le 32768 ] && [ \"$(tr -dc '\\000' < \"$to\" | wc -c)\" -eq 0 ] ||
    { echo \"flowc: task $FLOW_TASK wrote no text of at most 32 KiB to $1\" >&2; exit 1; }
}
";

const READ: &str = "\
read_text() { # VARIABLE OUTPUT
  text=$(cat \"$all/$2\" && echo .) && text=${text%.} && text=${text%\"$newline\"}
  export \"$1=$text\"
}
newline='
'
";

fn script(flow: &Flow, chain: &Chain) -> String {
    let tasks: Vec<&Task> = chain.tasks.iter().map(|id| flow.task(*id)).collect();
    let any = |wanted: &dyn Fn(Kind) -> bool| {
        let mut written = chain.steps.iter().flat_map(|step| &step.writes);
        written.any(|one| wanted(one.kind))
    };
    let folders = any(&|_| true);
    let mut script = String::from("export FLOW_TASK FLOW_OUTPUTS\n");
    script.push_str(if folders { START_IN_FOLDER } else { START });
    script.push_str(FAIL);
    if folders {
        script.push_str(WROTE);
    }
    if any(&|kind| kind == Kind::Text) {
        script.push_str(WROTE_TEXT);
    }
    if chain.steps.iter().any(|step| !step.read.is_empty()) {
        script.push_str(READ);
    }
    let mut argument = 1;
    for (task, step) in tasks.iter().zip(&chain.steps) {
        // Writing to a string cannot fail.
        let _ = writeln!(script, "\nstart {}", task.path);
        let command = words(task, step, &mut argument);
        match settings(step) {
            settings if settings.is_empty() => {
                let _ = writeln!(script, "{command} || fail");
            }
            settings => {
                let _ = writeln!(script, "(\n{settings}  exec {command}\n) || fail");
            }
        }
        for Written { own, outside, kind } in &step.writes {
            let _ = match kind {
                Kind::Text => write!(script, "wrote_text {own}"),
                Kind::Value | Kind::File => write!(script, "wrote -f {own}"),
                Kind::Directory => write!(script, "wrote -d {own}"),
            };
            let _ = match own == outside {
                true => writeln!(script),
                false => writeln!(script, " {outside}"),
            };
        }
        if folders {
            script.push_str("rm -rf \"$FLOW_OUTPUTS\"\n");
        }
    }
    script
}

/// What sets up the variables of a task.
fn settings(step: &Step) -> String {
    let mut settings = String::new();
    if !step.unset.is_empty() {
        let _ = writeln!(settings, "  unset {}", step.unset.join(" "));
    }
    for (name, own) in &step.renamed {
        let _ = writeln!(settings, "  export {name}=\"${own}\"");
    }
    for (name, output) in &step.read {
        let _ = writeln!(settings, "  read_text {name} {output}");
    }
    settings
}

/// What starts a task: its words as arguments of the process, so that none is ever read as code.
fn words(task: &Task, step: &Step, argument: &mut usize) -> String {
    let mut words: Vec<String> = match task.process().map(|process| &process.command) {
        Some(Command::Script { shell, .. }) => shell.to_vec(),
        _ => Vec::new(),
    };
    for _ in &step.words {
        words.push(match *argument {
            place @ 1..=9 => format!("\"${place}\""),
            place => format!("\"${{{place}}}\""),
        });
        *argument += 1;
    }
    words.join(" ")
}
