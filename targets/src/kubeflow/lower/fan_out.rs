//! A task for each element of a list: the instances, and a last task that gathers what they left.

use flowc_core::expr::Value;
use flowc_core::flow::TaskId;
use indexmap::IndexMap;

use super::super::model::{Input, Items, Iterator, Kind, Parameter, Task};
use super::super::name::Name;
use super::cel::Condition;
use super::scope::Datum;
use super::script::Script;
use crate::python::string;

use super::super::arg::output_key;
use super::ports::{artifact_names, output_types};
use super::{Lowering, dashed};

impl<'f> Lowering<'f> {
    pub(super) fn fan_out(
        &mut self,
        id: TaskId,
        key: &Name<'f>,
        condition: &Condition<'f>,
        after: Vec<Name<'f>>,
        told: bool,
    ) {
        let task = self.flow.task(id);
        self.open();
        self.instances(id);
        self.gather(id, told);
        let outputs = self.outputs_of(id, told);
        let name = format!("{}-each", self.path_of(id)).into();
        let condition = self.condition_of_open(condition);
        let (component, inputs) = self.close(&name, Some(id), outputs);
        let mut outer = Task::of(&task.path, component);
        outer.condition = condition;
        outer.after = after;
        self.add(key, outer, &inputs);
    }

    /// The elements when they are all known and taken.
    fn raw_items(&self, id: TaskId) -> Option<String> {
        let for_each = self.flow.task(id).for_each.as_ref()?;
        let items = for_each.literal_items()?;
        if for_each.filter.is_some() || items.is_empty() {
            return None;
        }
        let entry = |(index, item): (usize, &Value)| {
            Value::object(IndexMap::from([
                ("index".to_owned(), Value::Integer(index as i64)),
                ("item".to_owned(), item.clone()),
            ]))
        };
        Some(Value::List(items.iter().enumerate().map(entry).collect()).json())
    }

    fn instances(&mut self, id: TaskId) {
        let task = self.flow.task(id);
        self.open();
        let entry = |selector| Input::Component {
            name: "entry".into(),
            selector: Some(selector),
        };
        let item = entry("parseJson(string_value)[\"item\"]");
        let index = entry("parseJson(string_value)[\"index\"]");
        self.scope().inputs = super::Inputs::without(["entry".into()]);
        self.scope().element = Some(("entry".into(), Parameter::of(Kind::Struct)));
        self.scope().made.insert(Datum::Item(id), item);
        self.scope().made.insert(Datum::Index(id), index);
        self.scope().keys.insert("run".into());
        let raw = self.raw_items(id);
        let items = match raw {
            Some(json) => Items::Raw(json),
            None => {
                let flow = self.flow;
                let entries = Datum::Entries(id);
                Items::Input(self.scope().inputs.name(entries, flow))
            }
        };
        self.body(
            id,
            &"run".into(),
            &Condition::Always,
            Vec::new(),
            true,
            true,
        );
        let outputs = self.outputs_of_one(id, true);
        let dag = &mut self.scope().dag;
        for (name, _) in &outputs.parameters {
            dag.parameters
                .insert(name.clone(), vec![("run".into(), name.clone())]);
        }
        for (name, _) in &outputs.artifacts {
            dag.artifacts
                .insert(name.clone(), vec![("run".into(), name.clone())]);
        }
        let name = format!("{}-instance", self.path_of(id)).into();
        let (component, inputs) = self.close(&name, None, outputs);
        let mut each = Task::of(&task.path, component);
        each.iterator = Some(Box::new(Iterator {
            item: "entry".into(),
            items,
            limit: task.max_parallel.as_ref().map(|limit| limit.value),
        }));
        let instances: Name<'f> = "instances".into();
        self.scope().keys.insert(instances.clone());
        self.add(&instances, each, &inputs);
        let output = |key: &'f str| Input::Output {
            task: instances.clone(),
            key: key.into(),
        };
        let scope = self.scope();
        scope.made.insert(Datum::EachState(id), output("state"));
        for (name, _) in output_types(task) {
            let made = output(output_key(name));
            scope.made.insert(Datum::EachOutput(id, name.into()), made);
        }
        for name in artifact_names(task) {
            let made = output(output_key(name));
            scope
                .made
                .insert(Datum::EachArtifact(id, name.into()), made);
        }
    }

    fn gather(&mut self, id: TaskId, told: bool) {
        let task = self.flow.task(id);
        let artifacts: Vec<&str> = artifact_names(task).collect();
        let raw = self.raw_items(id).is_some();
        let allowed = task.always_allowed_to_fail();
        let soft = self.facts.is_soft(id);
        let mut script = Script::new(self);
        let state = told.then(|| script.output("state", Kind::String));
        let states = script.read(Datum::EachState(id));
        for (name, _) in output_types(task) {
            let values = script.read(Datum::EachOutput(id, name.into()));
            let path = script.output(output_key(name), Kind::List);
            script.line(format!("kept = zip({values}, {states})"));
            script.line(format!(
                "deliver({path}, [value for value, state in kept if state == \"succeeded\"])"
            ));
        }
        if !artifacts.is_empty() {
            script.reads_all = true;
            let position = if raw {
                "position".to_owned()
            } else {
                let entries = script.read(Datum::Entries(id));
                format!("{entries}[position][\"index\"]")
            };
            script.line("names = [");
            script.line(format!(
                "    {position} if state == \"succeeded\" else None"
            ));
            script.line(format!("    for position, state in enumerate({states})"));
            script.line("]");
        }
        for name in &artifacts {
            let input = script.read(Datum::EachArtifact(id, (*name).into()));
            let path = script.artifact(output_key(name));
            script.line(format!(
                "collect(given[\"inputs\"][\"artifacts\"][\"{input}\"][\"artifacts\"], {path}, names)"
            ));
        }
        let allowed_of_item = task.allow_failure.as_ref().filter(|_| !allowed);
        let failed = match allowed_of_item.filter(|expr| expr.as_literal().is_none()) {
            None => format!("\"failed\" in {states}"),
            Some(expr) => {
                let entries = match self.raw_items(id) {
                    Some(json) => format!("json.loads({})", string(&json)),
                    None => script.read(Datum::Entries(id)),
                };
                script.over(id);
                let condition = script.boolean(expr);
                script.line("failures = [");
                script.line("    element");
                script.line(format!(
                    "    for element, position, state in ((e[\"item\"], e[\"index\"], s) for e, s in zip({entries}, {states}))"
                ));
                script.line(format!("    if state == \"failed\" and not ({condition})"));
                script.line("]");
                "failures".to_owned()
            }
        };
        match &state {
            _ if allowed => {
                if let Some(state) = &state {
                    script.line(format!("deliver({state}, \"succeeded\")"));
                }
            }
            Some(state) if soft => script.line(format!(
                "deliver({state}, \"failed\" if {failed} else \"succeeded\")"
            )),
            state => {
                script.line(format!("if {failed}:"));
                script.line("    sys.exit(\"an instance has failed\")");
                if let Some(state) = state {
                    script.line(format!("deliver({state}, \"succeeded\")"));
                }
            }
        }
        let made = script.finish(format!("what the instances of {} left", task.path));
        let title = format!("{} gather", task.path);
        let name = dashed(&title);
        self.scope().keys.insert("gather".into());
        self.helper(
            &"gather".into(),
            title,
            &name,
            made,
            &Condition::Always,
            vec!["instances".into()],
        );
        let outputs = self.outputs_of(id, told);
        let dag = &mut self.scope().dag;
        for (name, _) in &outputs.parameters {
            dag.parameters
                .insert(name.clone(), vec![("gather".into(), name.clone())]);
        }
        for (name, _) in &outputs.artifacts {
            dag.artifacts
                .insert(name.clone(), vec![("gather".into(), name.clone())]);
        }
    }
}
