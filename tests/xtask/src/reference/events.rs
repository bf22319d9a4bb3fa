//! The events of a run, as a trace.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::conformance::trace::{End, Outcome, Span, State, Trace};

/// One line.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    RunStarted,
    RunRefused,
    RunEnded {
        state: String,
    },
    AttemptStarted {
        time: String,
        task: String,
        index: Vec<usize>,
    },
    AttemptEnded {
        time: String,
        task: String,
        index: Vec<usize>,
    },
    TaskEnded {
        task: String,
        index: Vec<usize>,
        state: String,
        attempts: usize,
        #[serde(default)]
        outputs: BTreeMap<String, Value>,
    },
}

/// The trace that the events tell of.
pub fn trace(name: &str, text: &str) -> Result<Trace, String> {
    let nothing = End::Broke("it did not say how the run ended".to_owned());
    let mut trace = Trace::new(name, nothing);
    let mut spans: BTreeMap<(String, Vec<usize>), Vec<Span>> = BTreeMap::new();
    for line in text.lines() {
        let event: Event =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        match event {
            Event::RunStarted => {}
            Event::RunRefused => trace.end = End::Refused,
            Event::RunEnded { state } if state == "succeeded" => trace.end = End::Succeeded,
            Event::RunEnded { .. } => trace.end = End::Failed,
            Event::AttemptStarted { time, task, index } => {
                let began = seconds(&time)?;
                let span = Span {
                    began,
                    ended: began,
                };
                spans.entry((task, index)).or_default().push(span);
            }
            Event::AttemptEnded { time, task, index } => {
                let attempts = spans.entry((task, index)).or_default();
                if let Some(last) = attempts.last_mut() {
                    last.ended = seconds(&time)?;
                }
            }
            Event::TaskEnded {
                task,
                index,
                state,
                attempts,
                outputs,
            } => {
                let outcome = Outcome {
                    state: word(&state),
                    attempts,
                    spans: spans
                        .remove(&(task.clone(), index.clone()))
                        .unwrap_or_default(),
                    outputs,
                };
                trace.put(&task, &index, outcome);
            }
        }
    }
    // Groups tell their state too, which their tasks tell already.
    let paths: Vec<String> = trace.tasks.keys().cloned().collect();
    trace.tasks.retain(|path, _| {
        let within = format!("{path}.");
        !paths.iter().any(|other| other.starts_with(&within))
    });
    Ok(trace)
}

fn word(state: &str) -> State {
    match state {
        "succeeded" => State::Succeeded,
        "failed" => State::Failed,
        "skipped" => State::Skipped,
        "upstream_failed" => State::UpstreamFailed,
        _ => State::Undecided,
    }
}

fn seconds(time: &str) -> Result<f64, String> {
    let time: Timestamp = time.parse().map_err(|error| format!("{error}: {time}"))?;
    Ok(time.as_duration().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{End, trace};

    #[test]
    fn events_become_a_trace_without_groups_and_wholes() {
        let text = r#"{"event":"run_started","run":"r","flow":"f","time":"2026-01-01T00:00:00.000Z"}
{"event":"attempt_started","task":"g.a","index":[1],"attempt":1,"time":"2026-01-01T00:00:00.500Z"}
{"event":"attempt_ended","task":"g.a","index":[1],"attempt":1,"state":"failed","exit":1,"time":"2026-01-01T00:00:01.000Z"}
{"event":"task_ended","task":"g.a","index":[1],"state":"failed","attempts":1,"outputs":{},"time":"2026-01-01T00:00:01.000Z"}
{"event":"task_ended","task":"g","index":[],"state":"failed","attempts":0,"outputs":{},"instances":2,"time":"2026-01-01T00:00:01.000Z"}
{"event":"run_ended","state":"failed","time":"2026-01-01T00:00:01.000Z"}"#;
        let trace = trace("x", text).expect("a trace");
        assert_eq!(trace.end, End::Failed);
        let said: Vec<String> = trace
            .tasks
            .iter()
            .map(|(path, node)| format!("{path} {node}"))
            .collect();
        assert_eq!(said, ["g.a [skipped, failed]"]);
        let outcomes = trace.tasks["g.a"].outcomes();
        assert!((outcomes[0].spans[0].ended - outcomes[0].spans[0].began - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_refused_run_and_one_that_was_cut_are_told_apart() {
        let refused = r#"{"event":"run_refused","problems":[],"time":"2026-01-01T00:00:00.000Z"}"#;
        assert_eq!(trace("x", refused).expect("a trace").end, End::Refused);
        assert!(matches!(
            trace("x", "").expect("a trace").end,
            End::Broke(_)
        ));
    }
}
