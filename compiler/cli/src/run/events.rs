//! `--events FILE`: what happens, for programs; one JSON object a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flowc_core::flow::Flow;
use flowc_core::run::{Ended, Event, Key, Outcome, RefusedParameter};
use serde_json::{Map, Value as Json, json};

use crate::failure::Failure;
use crate::project::STDIN;

/// Where events go.
pub struct Events {
    out: Option<Box<dyn Write>>,
}

impl Events {
    /// Into a file, made anew; `-` is standard output.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let out: Option<Box<dyn Write>> = match path {
            None => None,
            Some(path) if path.as_os_str() == STDIN => Some(Box::new(io::stdout())),
            Some(path) => {
                let file =
                    File::create(path).map_err(|error| Failure::io("write", path, &error))?;
                Some(Box::new(BufWriter::new(file)))
            }
        };
        Ok(Self { out })
    }

    fn write(&mut self, mut event: Map<String, Json>) {
        if let Some(out) = &mut self.out {
            let time = jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
                .to_string();
            event.insert("time".into(), time.into());
            // A reader that has gone is no reason to stop the run.
            let _ = writeln!(out, "{}", Json::Object(event));
        }
    }

    /// Lets a reader see what was written.
    pub fn flush(&mut self) {
        if let Some(out) = &mut self.out {
            let _ = out.flush();
        }
    }

    /// The parameters were refused.
    pub fn refused(&mut self, problems: &[RefusedParameter]) {
        let problems: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
        self.write(object(
            json!({"event": "run_refused", "problems": problems}),
        ));
        self.flush();
    }

    /// Something happened.
    pub fn tell(&mut self, flow: &Flow, run: &str, event: &Event) {
        if self.out.is_none() {
            return;
        }
        let event = match event {
            Event::RunStarted => {
                json!({"event": "run_started", "run": run, "flow": flow.name.value})
            }
            Event::AttemptStarted { key, number } => {
                let (task, index) = names(flow, key);
                json!({"event": "attempt_started", "task": task, "index": index, "attempt": number})
            }
            Event::AttemptEnded {
                key,
                number,
                outcome,
                retry: _,
            } => {
                let (task, index) = names(flow, key);
                let (state, exit, cause) = match outcome {
                    Outcome::Succeeded { .. } => ("succeeded", Some(0), None),
                    Outcome::Failed { exit, cause, .. } => ("failed", *exit, Some(cause)),
                };
                let mut event = json!({"event": "attempt_ended", "task": task, "index": index,
                    "attempt": number, "state": state, "exit": exit});
                if let Some(cause) = cause {
                    event["cause"] = cause.as_str().into();
                }
                event
            }
            Event::TaskEnded(ended) => task_ended(flow, ended),
            Event::RunEnded { state } => json!({"event": "run_ended", "state": state.as_str()}),
        };
        self.write(object(event));
    }
}

fn task_ended(flow: &Flow, ended: &Ended) -> Json {
    let (task, index) = names(flow, &ended.key);
    let mut event = json!({"event": "task_ended", "task": task, "index": index,
        "state": ended.state.as_str(), "attempts": ended.attempts});
    let outputs: Map<String, Json> = ended
        .outputs
        .iter()
        .map(|(name, value)| {
            // Numbers as the language writes them: `1.0` is `1`.
            let value = serde_json::from_str(&value.json()).unwrap_or(Json::Null);
            (name.clone(), value)
        })
        .collect();
    event["outputs"] = Json::Object(outputs);
    if let Some(instances) = ended.instances {
        event["instances"] = instances.into();
    }
    if ended.allowed {
        event["allowed"] = true.into();
    }
    if let Some(cause) = &ended.cause {
        event["cause"] = cause.as_str().into();
    }
    if ended.restored {
        event["restored"] = true.into();
    }
    event
}

fn names<'f>(flow: &'f Flow, key: &'f Key) -> (&'f str, &'f [u32]) {
    (&flow.task(key.task).path, &key.index)
}

fn object(event: Json) -> Map<String, Json> {
    match event {
        Json::Object(event) => event,
        other => [("event".to_owned(), other)].into_iter().collect(),
    }
}
