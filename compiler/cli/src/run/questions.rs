//! Questions to people, and how they are answered.

use std::io::{self, BufRead, IsTerminal};
use std::sync::mpsc::Sender;
use std::thread;

use flowc_core::expr::Value;
use flowc_core::flow::{Body, Flow};
use flowc_core::run::{AttemptId, FailureKind, Outcome, Question};
use indexmap::IndexMap;

use super::engine::{Engine, Message};
use crate::args::Run;

/// How questions are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// By a person at the terminal.
    Terminal,
    /// By nobody: they wait for their timeout, or fail.
    Nobody,
    /// All with their first choice, or with this one.
    Always(Option<String>),
}

impl Answers {
    /// For a flow: lines that are typed become messages, when there is somebody to type them.
    pub fn new(args: &Run, flow: &Flow, sender: &Sender<Message>) -> Self {
        if let Some(choice) = &args.approve {
            return Self::Always(choice.clone());
        }
        let asks = flow
            .tasks
            .iter()
            .any(|task| matches!(task.body, Body::Approve(_)));
        if !asks || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Self::Nobody;
        }
        let sender = sender.clone();
        thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.send(Message::Line(line)).is_err() {
                    return;
                }
            }
            let _ = sender.send(Message::NoMoreLines);
        });
        Self::Terminal
    }
}

impl Engine<'_> {
    pub(super) fn ask(&mut self, question: Question) {
        match &self.answers {
            Answers::Terminal => {
                self.questions.push(question);
                self.show_question();
            }
            Answers::Always(choice) => {
                let choice = choice.clone().or(question.choices.first().cloned());
                match choice {
                    Some(choice) if question.choices.contains(&choice) => {
                        self.settle(question.attempt, choice);
                    }
                    _ => {
                        let cause = format!(
                            "`--approve` gives no answer to it: {}",
                            question.choices.join(", ")
                        );
                        self.fail_question(&question, cause);
                    }
                }
            }
            Answers::Nobody => self.nobody(question),
        }
    }

    /// Without anybody to ask, only time can answer.
    pub(super) fn nobody(&mut self, question: Question) {
        if question.until.is_none() {
            let cause = "there is no terminal to ask at; answer with `--approve`";
            self.fail_question(&question, cause.into());
        }
    }

    fn fail_question(&mut self, question: &Question, cause: String) {
        let outcome = Outcome::Failed {
            exit: None,
            kind: FailureKind::Final,
            cause,
        };
        // Through the channel, for the machine is being polled.
        let _ = self
            .sender
            .send(Message::Ended(question.attempt, Some(outcome)));
    }

    fn settle(&mut self, attempt: AttemptId, choice: String) {
        let outputs = IndexMap::from([("choice".to_owned(), Value::String(choice))]);
        let outcome = Outcome::Succeeded {
            outputs,
            artifacts: IndexMap::new(),
        };
        let _ = self.sender.send(Message::Ended(attempt, Some(outcome)));
    }

    fn show_question(&mut self) {
        if let Some(question) = self.questions.first() {
            let name = super::view::name(&self.flow, &question.key);
            self.view.question(&name, question);
        }
    }

    pub(super) fn answer(&mut self, line: &str) {
        let Some(question) = self.questions.first() else {
            return;
        };
        let line = line.trim();
        let choice = match line {
            "" => question.default.as_ref(),
            _ => {
                let mut fitting = question
                    .choices
                    .iter()
                    .filter(|choice| choice.as_str() == line || choice.starts_with(line));
                let exact = question.choices.iter().find(|choice| *choice == line);
                match (exact, fitting.next(), fitting.next()) {
                    (Some(exact), ..) => Some(exact),
                    (None, Some(only), None) => Some(only),
                    _ => None,
                }
            }
        };
        if let Some(choice) = choice.cloned() {
            let question = self.questions.remove(0);
            self.settle(question.attempt, choice);
        }
        self.show_question();
    }
}
