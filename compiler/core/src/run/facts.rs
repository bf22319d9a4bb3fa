//! What a run is told from outside: its id, its date, its secrets, its parameters, where its files lie.

use indexmap::IndexMap;

use super::Key;
use crate::expr::input::conform;
use crate::expr::{Value, check_parameter_value};
use crate::flow::{Flow, Parameter};

/// What a run knows of the world.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `run.id`.
    pub id: String,
    /// `run.date`, as `2026-01-31`.
    pub date: String,
    /// `run.scheduled_at`, in RFC 3339.
    pub scheduled_at: String,
    /// The values of the secrets.
    pub secrets: IndexMap<String, String>,
    /// How many processes the machine bears at once, whatever the flow says.
    pub jobs: Option<u32>,
    /// Whether other runs share the concurrency groups, so that [`Action::Enter`](super::Action::Enter) asks for
    /// places.
    pub shared_groups: bool,
    /// Where the files of the run lie.
    pub layout: Layout,
}

/// Where the files of a run lie: one folder per attempt, below one for the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The folder of the run, without a slash at the end.
    pub root: String,
}

impl Layout {
    /// The folder of an instance.
    pub fn instance(&self, path: &str, index: &[u32]) -> String {
        let mut folder = format!("{}/tasks/{path}", self.root);
        for (at, position) in index.iter().enumerate() {
            folder.push(if at == 0 { '/' } else { '.' });
            folder.push_str(&position.to_string());
        }
        folder
    }

    /// The folder of an attempt.
    pub fn attempt(&self, path: &str, index: &[u32], number: u32) -> String {
        format!("{}/attempt-{number}", self.instance(path, index))
    }

    /// `FLOW_OUTPUTS` of an attempt.
    pub fn outputs(&self, path: &str, index: &[u32], number: u32) -> String {
        format!("{}/outputs", self.attempt(path, index, number))
    }

    /// The folder that shows an artifact of all instances of a fan-out.
    pub fn fan_in(&self, path: &str, index: &[u32], artifact: &str) -> String {
        format!("{}/fan-in/{artifact}", self.instance(path, index))
    }

    /// [`Layout::attempt`] by key.
    pub fn attempt_of(&self, flow: &Flow, key: &Key, number: u32) -> String {
        self.attempt(&flow.task(key.task).path, &key.index, number)
    }
}

/// Why a run cannot start with the parameters it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedParameter {
    /// The parameter.
    pub parameter: String,
    /// What is wrong, in the form of a diagnostic's message.
    pub message: String,
}

/// The parameters of a run: those that are given, the defaults of the others.
///
/// # Errors
/// Every parameter that is unknown, missing, of the wrong type or outside its limits.
pub fn check_parameters(
    flow: &Flow,
    given: &IndexMap<String, Value>,
) -> Result<IndexMap<String, Value>, Vec<RefusedParameter>> {
    let mut problems = Vec::new();
    let mut values = IndexMap::new();
    let mut refuse = |parameter: &str, message: String| {
        problems.push(RefusedParameter {
            parameter: parameter.to_owned(),
            message,
        });
    };
    for name in given.keys() {
        if !flow.parameters.iter().any(|p| p.name.value == *name) {
            refuse(name, format!("the flow has no parameter `{name}`"));
        }
    }
    for parameter in &flow.parameters {
        let name = &parameter.name.value;
        let value = given
            .get(name)
            .or(parameter.default.as_ref().map(|default| &default.value));
        match value.map(|value| accept(parameter, value)) {
            None => refuse(name, format!("parameter `{name}` must be given")),
            Some(Err(message)) => refuse(name, format!("parameter `{name}`: {message}")),
            Some(Ok(value)) => {
                values.insert(name.clone(), value);
            }
        }
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}

/// A value as one of a parameter.
pub(super) fn accept(parameter: &Parameter, value: &Value) -> Result<Value, String> {
    check_parameter_value(parameter, value)?;
    conform(value.clone(), &parameter.ty)
}
