//! Expressions in Python, and in Jinja where that says exactly the same.
//!
//! The shared room writes the Python; what a reference is in Airflow is said here. Jinja is for plain
//! references only: nothing in such a template can fail.

mod jinja;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template, Value};
use flowc_core::flow::TaskId;

use super::lower::{ArtifactPlace, Lowering, Position};
use super::settings::Runner;
use crate::python::expr::{
    Bind, Lower, Strength, atom, call_of, enclosed, flat, literal_strength, ternary,
};
use crate::python::{Code, string};

/// Lowers the expressions of one place in the flow.
pub(super) struct Expressions<'a> {
    lowering: &'a Lowering<'a>,
    /// The task or group in which the expression stands.
    place: Option<TaskId>,
    /// The fan-out over a group in whose instances the expression is evaluated.
    instance: Option<TaskId>,
    /// The fan-out whose element is a plain variable here, not what the task works on.
    element_of: Option<TaskId>,
    /// What the expression names of Airflow's context.
    context: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Expressions<'a> {
    pub fn new(lowering: &'a Lowering<'a>, place: Option<TaskId>) -> Self {
        Self {
            lowering,
            place,
            instance: place.and_then(|place| lowering.mapped_group_of(place)),
            element_of: None,
            context: RefCell::default(),
        }
    }

    /// On behalf of the group that is the place, inside of it.
    pub fn inside(mut self) -> Self {
        self.instance = self
            .place
            .and_then(|group| self.lowering.mapped_group_inside(group));
        self
    }

    /// With `item` and `index` of a fan-out as plain variables.
    pub fn over_elements(mut self, fan_out: TaskId) -> Self {
        self.element_of = Some(fan_out);
        self
    }

    /// `lambda names: expression`
    pub fn function(&self, expr: &'a Expr) -> Code<'a> {
        self.context.borrow_mut().clear();
        let (body, _) = Lower::new(self).lower(expr);
        Code::Lambda(self.parameters(), Box::new(body))
    }

    /// `lambda names: wrapper(expression)`
    pub fn function_in(&self, wrapper: &'static str, expr: &'a Expr) -> Code<'a> {
        match self.function(expr) {
            Code::Lambda(names, body) => Code::Lambda(names, Box::new(Code::call1(wrapper, *body))),
            other => other,
        }
    }

    /// A text with expressions in it, as a value of a template field.
    pub fn field(&self, template: &'a Template) -> Code<'a> {
        if let Some(expr) = template.as_expr() {
            return self.value(expr);
        }
        if let Some(text) = self.constant(template) {
            return Code::call1("literal", Code::text(text));
        }
        match self.jinja_template(template) {
            Some(jinja) => Code::string(jinja),
            None => self.computed(|| Lower::new(self).text(template)),
        }
    }

    /// An expression, as a value of a template field.
    pub fn value(&self, expr: &'a Expr) -> Code<'a> {
        if let Some(text) = self.constant_text(expr) {
            return Code::call1("literal", Code::text(text));
        }
        match self.jinja(expr) {
            Some(jinja) => Code::string(jinja),
            None => self.computed(|| Lower::new(self).lower(expr).0),
        }
    }

    fn computed(&self, body: impl FnOnce() -> Code<'a>) -> Code<'a> {
        self.context.borrow_mut().clear();
        let body = Box::new(body());
        self.lowering.flags.computed.set(true);
        Code::call1("Computed", Code::Lambda(self.parameters(), body))
    }

    fn parameters(&self) -> String {
        let names = self.context.borrow();
        let order = ["item", "index", "ti", "params", "dag_run", "var"];
        let used: Vec<_> = order
            .into_iter()
            .filter(|name| names.contains(name))
            .collect();
        used.join(", ")
    }

    fn need(&self, name: &'static str) {
        self.context.borrow_mut().insert(name);
    }

    fn of_run(&self, text: &'static str) -> (Code<'a>, Strength) {
        self.need("dag_run");
        atom(text)
    }

    fn own(&self, name: &str) -> (Code<'a>, Strength) {
        if let Some(path) = self.own_path(name) {
            return atom(string(&path));
        }
        self.need("ti");
        atom(format!("str(attempt(ti) / {})", string(name)))
    }

    /// Where a task writes an output or artifact, when that is the same at every attempt.
    fn own_path(&self, name: &str) -> Option<String> {
        let declared = self.place.and_then(|place| {
            let task = self.lowering.flow.task(place);
            task.artifacts
                .iter()
                .find(|artifact| artifact.name.value == name)
        });
        if let Some(path) = declared.and_then(|artifact| artifact.path.as_ref()) {
            return Some(path.value.clone());
        }
        (self.lowering.settings.runner != Runner::Process).then(|| format!("/flow-outputs/{name}"))
    }

    /// The value of a task under a key, in Python.
    fn pull(&self, task: TaskId, id: Cow<'a, str>, key: &'a str) -> (Code<'a>, Strength) {
        self.need("ti");
        let mut arguments = vec![("task_ids", Code::string(id)), ("key", Code::string(key))];
        if self.shares_instance(task) {
            arguments.push(("map_indexes", Code::atom("ti.map_index")));
        }
        (Code::call("ti.xcom_pull", arguments), Strength::Atom)
    }

    /// A value that the start of a group has worked out.
    fn pull_start(&self, group: TaskId, key: &'a str) -> (Code<'a>, Strength) {
        self.need("ti");
        let id = self.lowering.start_id(group);
        let mut arguments = vec![("task_ids", Code::string(id)), ("key", Code::string(key))];
        if self.lowering.mapped_group_inside(group).is_some() {
            arguments.push(("map_indexes", Code::atom("ti.map_index")));
        }
        (Code::call("ti.xcom_pull", arguments), Strength::Atom)
    }

    /// Whether the place and the task belong to the same instance of a fan-out over a group.
    fn shares_instance(&self, task: TaskId) -> bool {
        self.instance.is_some() && self.instance == self.lowering.mapped_group_of(task)
    }

    fn is_fan_in(&self, task: TaskId) -> bool {
        self.lowering.flow.task(task).for_each.is_some() && !self.shares_instance(task)
    }

    fn output(&self, task: TaskId, name: &'a str) -> (Code<'a>, Strength) {
        let id = self.lowering.data_id(task);
        if self.is_fan_in(task) {
            self.need("ti");
            return atom(format!("every(ti, {}, {})", string(&id), string(name)));
        }
        if self.lowering.is_approval(task) {
            let (answer, _) = self.pull(task, id, "return_value");
            return atom(format!("{}[\"chosen_options\"][0]", flat(&answer)));
        }
        self.pull(task, id, name)
    }

    fn artifact(&self, task: TaskId, name: &str) -> (Code<'a>, Strength) {
        let found = self.lowering.artifact(task, name);
        self.need("ti");
        if self.lowering.settings.runner != Runner::Process {
            let path = container_path(&found);
            return atom(format!("f{}", string(&path)).replace(OWN, "{ti.map_index}"));
        }
        atom(artifact_call(&found, string))
    }

    /// Where a task finds an artifact, when that is the same in every run.
    fn constant_path(&self, task: TaskId, name: &str) -> Option<String> {
        let found = self.lowering.artifact(task, name);
        (self.lowering.settings.runner != Runner::Process && !found.is_own())
            .then(|| container_path(&found))
    }

    /// The folder in the store with one entry per instance that a path stands for: `task/artifact`.
    pub fn fan_in_folder(&self, task: TaskId, name: &str) -> Option<String> {
        let found = self.lowering.artifact(task, name);
        found.fans_in.then(|| store_path(&found))
    }

    fn status(&self, task: TaskId) -> (Code<'a>, Strength) {
        self.need("ti");
        atom(format!(
            "status(ti, {})",
            self.status_arguments(task, string)
        ))
    }

    fn status_arguments(&self, task: TaskId, quote: fn(&str) -> String) -> String {
        let (ids, causes) = self.lowering.status_ids(task);
        let list = |ids: &[Cow<'_, str>]| {
            ids.iter()
                .map(|id| quote(id))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut text = list(&ids);
        if !causes.is_empty() {
            text.push_str(&format!(", failed=[{}]", list(&causes)));
        }
        if self.shares_instance(task) {
            text.push_str(", map_index=ti.map_index");
        }
        text
    }

    /// Whether the value of a reference is absent exactly when its task did not succeed.
    fn is_absent_unless_succeeded(&self, reference: &Ref) -> bool {
        match reference {
            Ref::Output { task, .. } => !self.is_fan_in(*task) && !self.lowering.is_approval(*task),
            _ => false,
        }
    }

    /// The text of a template in which nothing depends on the run.
    pub fn constant(&self, template: &'a Template) -> Option<Cow<'a, str>> {
        if let Some(text) = template.as_literal() {
            return Some(text.into());
        }
        let mut out = String::new();
        for part in &template.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => out.push_str(&self.constant_text(expr)?),
            }
        }
        Some(out.into())
    }

    fn constant_text(&self, expr: &'a Expr) -> Option<Cow<'a, str>> {
        let text = match &expr.kind {
            ExprKind::Literal(Value::String(text)) => return Some(text.into()),
            ExprKind::Literal(value) => value.text(),
            ExprKind::Ref(Ref::Parameter {
                scope: Some(group),
                name,
            }) => self.lowering.binding(*group, name)?.text(),
            ExprKind::Ref(Ref::Artifact { task, name }) => self.constant_path(*task, name)?,
            ExprKind::Ref(Ref::OwnOutput { name } | Ref::OwnArtifact { name }) => {
                self.own_path(name)?
            }
            _ => return None,
        };
        Some(text.into())
    }
}

impl<'a> Bind<'a> for Expressions<'a> {
    fn reference(&self, reference: &'a Ref) -> (Code<'a>, Strength) {
        match reference {
            Ref::Parameter { scope: None, name } => {
                self.need("params");
                atom(format!("params[{}]", string(name)))
            }
            Ref::Parameter {
                scope: Some(group),
                name,
            } => match self.lowering.binding(*group, name) {
                Some(value) => (Code::value(value), literal_strength(value)),
                None => self.pull_start(*group, name),
            },
            Ref::Output { task, name } => self.output(*task, name),
            Ref::Artifact { task, name } => match self.constant_path(*task, name) {
                Some(path) => atom(string(&path)),
                None => self.artifact(*task, name),
            },
            Ref::Status { task } => self.status(*task),
            Ref::Item { fan_out } if self.element_of == Some(*fan_out) => {
                self.need("item");
                atom("item")
            }
            Ref::Index { fan_out } if self.element_of == Some(*fan_out) => {
                self.need("index");
                atom("index")
            }
            Ref::Item { .. } => {
                self.need("ti");
                atom("ti.task.item")
            }
            Ref::Index { .. } => {
                self.need("ti");
                atom("ti.map_index")
            }
            Ref::RunId => {
                self.need("ti");
                atom("ti.run_id")
            }
            Ref::RunDate => self.of_run("run_date(dag_run)"),
            Ref::RunScheduledAt => self.of_run("scheduled_at(dag_run).isoformat()"),
            Ref::RunDuration => self.of_run("run_duration(dag_run)"),
            Ref::RunStatus => {
                self.need("ti");
                atom("run_status(ti)")
            }
            Ref::Secret { name } => {
                self.need("var");
                atom(format!("secret(var, {})", string(name)))
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own(name),
        }
    }

    fn default(
        &self,
        lower: &Lower<'_, Self>,
        reference: &'a Ref,
        fallback: &'a Expr,
    ) -> (Code<'a>, Strength) {
        let task = match reference {
            Ref::Output { task, .. } | Ref::Artifact { task, .. } => *task,
            // Nothing else can be missing.
            _ => return self.reference(reference),
        };
        let value = self.reference(reference);
        if self.is_absent_unless_succeeded(reference) && is_harmless(fallback) {
            return call_of("default", vec![value.0, lower.lower(fallback).0]);
        }
        let value = enclosed(value, Strength::Or);
        let status = self.status(task).0;
        let succeeded = Code::Operation("==", vec![status, Code::string("succeeded")]);
        let fallback = lower.at_least(fallback, Strength::Conditional);
        ternary(value, succeeded, fallback)
    }
}

/// What stands for the position of an instance in a path.
pub(super) const OWN: &str = "{index}";

/// `task/artifact` and the position below the store's artifacts.
fn store_path(found: &ArtifactPlace) -> String {
    let mut path = format!("{}/{}", found.folder, found.name);
    if !found.position.is_empty() {
        path = format!("{path}/{}", position_text(&found.position));
    }
    path
}

/// The position as the end of a path.
pub(super) fn position_text(position: &[Position]) -> String {
    let words = position.iter().map(|position| match position {
        Position::Known(index) => index.to_string(),
        Position::Own => OWN.to_owned(),
    });
    words.collect::<Vec<_>>().join("/")
}

/// Where a container sees it.
fn container_path(found: &ArtifactPlace) -> String {
    let folder = match found.fans_in {
        true => "/flow-fan-in",
        false => "/flow/artifacts",
    };
    format!("{folder}/{}", store_path(found))
}

/// The call of the helper that knows where it is.
fn artifact_call(found: &ArtifactPlace, quote: fn(&str) -> String) -> String {
    let function = match found.fans_in {
        true => "artifacts",
        false => "artifact",
    };
    let mut call = format!(
        "{function}(ti, {}, {}",
        quote(&found.folder),
        quote(&found.name)
    );
    for position in &found.position {
        match position {
            Position::Known(index) => call.push_str(&format!(", {index}")),
            Position::Own => call.push_str(", ti.map_index"),
        }
    }
    call + ")"
}

/// Whether evaluating an expression cannot fail and costs next to nothing.
fn is_harmless(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Ref(Ref::Parameter { .. } | Ref::Output { .. }) => true,
        ExprKind::Default(Ref::Output { .. }, fallback) => is_harmless(fallback),
        _ => false,
    }
}
