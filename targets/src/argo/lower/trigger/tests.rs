use flowc_core::flow::{Decision, TriggerRule};

use super::*;

/// How an upstream task ended, in Argo's words.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Succeeded,
    Failed,
    Error,
    Skipped,
    Omitted,
}

const PHASES: [Phase; 5] = [
    Phase::Succeeded,
    Phase::Failed,
    Phase::Error,
    Phase::Skipped,
    Phase::Omitted,
];

/// Evaluates the little language of `depends` and of the guards over tasks `a`, `b`, `c`.
struct Reader<'t> {
    rest: &'t str,
    phases: &'t [Phase],
}

impl Reader<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> bool {
        let mut value = self.and();
        while self.eat("||") {
            let right = self.and();
            value = value || right;
        }
        value
    }

    fn and(&mut self) -> bool {
        let mut value = self.atom();
        while self.eat("&&") {
            let right = self.atom();
            value = value && right;
        }
        value
    }

    fn phase(&mut self) -> Phase {
        let letter = self.rest.trim_start().as_bytes()[0];
        self.rest = &self.rest.trim_start()[1..];
        self.phases[usize::from(letter - b'a')]
    }

    fn atom(&mut self) -> bool {
        if self.eat("(") {
            let value = self.or();
            assert!(self.eat(")"), "unclosed at `{}`", self.rest);
            return value;
        }
        if self.eat("tasks.") {
            let phase = self.phase();
            assert!(self.eat(".status"));
            let name = match phase {
                Phase::Error => "Error".to_owned(),
                other => format!("{other:?}"),
            };
            if self.eat("==") {
                return self.word() == name;
            }
            if self.eat("!=") {
                return self.word() != name;
            }
            assert!(self.eat("in ["));
            let mut found = false;
            loop {
                let word = self.word();
                found |= word == name;
                if !self.eat(",") {
                    break;
                }
            }
            assert!(self.eat("]"));
            return found;
        }
        let phase = self.phase();
        if self.eat(".") {
            let end = self
                .rest
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return match word {
                "Errored" => phase == Phase::Error,
                word => format!("{phase:?}") == word && phase != Phase::Error,
            };
        }
        matches!(phase, Phase::Succeeded | Phase::Skipped)
    }

    fn word(&mut self) -> String {
        assert!(self.eat("\""));
        let (word, rest) = self.rest.split_once('"').unwrap();
        self.rest = rest;
        word.to_owned()
    }
}

fn evaluate(text: &str, phases: &[Phase]) -> bool {
    let mut reader = Reader { rest: text, phases };
    let value = reader.or();
    assert!(reader.rest.trim().is_empty(), "left over: {}", reader.rest);
    value
}

/// What Argo makes of the emitted condition, in the words of the language.
fn argo_decides(lowered: &Rule, phases: &[Phase]) -> Decision {
    let depends = lowered.depends.join(" && ");
    if !depends.is_empty() && !evaluate(&depends, phases) {
        return Decision::UpstreamFailed;
    }
    match &lowered.guard {
        Some(guard) if !evaluate(&guard.text, phases) => Decision::Skip,
        _ => Decision::Run,
    }
}

fn lists(length: usize) -> Vec<Vec<Phase>> {
    (0..length).fold(vec![Vec::new()], |lists, _| {
        lists
            .into_iter()
            .flat_map(|list| {
                PHASES.map(|phase| {
                    let mut list = list.clone();
                    list.push(phase);
                    list
                })
            })
            .collect()
    })
}

/// Every rule, every combination of what is known of up to three upstream tasks, every list of
/// phases that this knowledge allows.
#[test]
fn every_rule_is_exact_for_one_to_three_upstream_tasks() {
    let mut cases = 0;
    for length in 0..=3_usize {
        for knowledge in 0..4_usize.pow(length as u32) {
            let upstream: Vec<Upstream> = ["a", "b", "c"][..length]
                .iter()
                .enumerate()
                .map(|(at, name)| {
                    let bits = knowledge >> (2 * at);
                    Upstream::new(name, bits & 1 != 0, bits & 2 != 0)
                })
                .collect();
            for trigger_rule in TriggerRule::ALL {
                let lowered = rule(trigger_rule, upstream.clone());
                for phases in lists(length) {
                    let possible = upstream
                        .iter()
                        .zip(&phases)
                        .all(|(task, phase)| match phase {
                            Phase::Skipped => task.can_skip,
                            Phase::Omitted => task.can_omit,
                            _ => true,
                        });
                    if !possible {
                        continue;
                    }
                    let has = |wanted: &[Phase]| phases.iter().any(|phase| wanted.contains(phase));
                    let wanted = trigger_rule.decide(
                        has(&[Phase::Succeeded]),
                        has(&[Phase::Failed, Phase::Error, Phase::Omitted]),
                        has(&[Phase::Skipped]),
                    );
                    assert_eq!(
                        argo_decides(&lowered, &phases),
                        wanted,
                        "{trigger_rule} over {phases:?}: {lowered:?}"
                    );
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 20_000, "{cases}");
}

#[test]
fn a_guard_that_can_only_be_true_is_left_out() {
    let plain = Upstream::new("a", false, true);
    let lowered = rule(TriggerRule::AllSuccess, vec![plain.clone()]);
    assert_eq!(lowered.depends, ["a"]);
    assert_eq!(lowered.guard, None);
}
