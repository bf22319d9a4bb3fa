//! Writes fan-outs out: the flow again, with a group in the place of each of them.

mod references;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flowc_core::analysis::Analysis;
use flowc_core::expr::{BinaryOp, Expr, ExprKind, Ref, Type, Value};
use flowc_core::flow::{
    Amount, ArtifactExport, ArtifactKind, Body, Command, Export, Flow, Group, Output, Process,
    Resources, Task, TaskId,
};
use flowc_core::reads::reads;
use flowc_core::source::{Span, Spanned};
use flowc_core::values::Duration;

use super::parts::{binary, element, is_constant, some_holds, variable, whole};

/// The flow with these fan-outs written out.
pub(super) fn write_out(flow: &Flow, written_out: &[bool]) -> Flow {
    let mut writer = Writer {
        flow,
        written_out,
        analysis: Analysis::new(flow),
        read: outputs_read(flow),
        tasks: Vec::new(),
        places: Vec::new(),
        top: HashMap::new(),
    };
    let mut roots = Vec::new();
    for id in &flow.roots {
        roots.push(writer.place(*id, None));
    }
    let mut finally = Vec::new();
    for id in &flow.finally {
        finally.push(writer.place(*id, None));
    }
    writer.rewrite();
    let top = &writer.top;
    let known = |task: &ArtifactExport| top.contains_key(&task.task);
    let artifacts = flow.artifacts.iter().filter(|export| known(export));
    let artifacts = artifacts.map(|export| ArtifactExport {
        task: top[&export.task],
        ..export.clone()
    });
    let artifacts = artifacts.collect();
    let outputs = flow.outputs.iter().map(|export| Export {
        name: export.name.clone(),
        value: writer.expr(None, export.value.clone()),
    });
    let outputs = outputs.collect();
    Flow {
        roots,
        finally,
        outputs,
        artifacts,
        tasks: writer.tasks,
        ..flow.clone()
    }
}

/// The outputs that something reads, by task.
fn outputs_read(flow: &Flow) -> HashSet<(TaskId, String)> {
    let mut found = HashSet::new();
    for read in reads(flow) {
        if let Ref::Output { task, name } = read.reference.as_ref() {
            found.insert((*task, name.clone()));
        }
    }
    found
}

struct Writer<'f> {
    flow: &'f Flow,
    written_out: &'f [bool],
    analysis: Analysis,
    read: HashSet<(TaskId, String)>,
    tasks: Vec<Task>,
    /// Beside `tasks`.
    places: Vec<Place>,
    /// What the tasks of the top level have become.
    top: HashMap<TaskId, TaskId>,
}

/// Where a task of the new flow comes from.
struct Place {
    origin: TaskId,
    is: Is,
    /// What the tasks directly in the origin have become in it.
    inside: HashMap<TaskId, TaskId>,
}

enum Is {
    /// The origin as it was.
    Same,
    /// The group in the place of a fan-out.
    Whole,
    /// The task of one element of a fan-out.
    Element(Value, usize),
}

impl Writer<'_> {
    /// Takes a task over, and all that is in it. Its expressions still name the tasks of the old flow.
    fn place(&mut self, id: TaskId, parent: Option<TaskId>) -> TaskId {
        let task = self.flow.task(id);
        let items = task
            .for_each
            .as_ref()
            .and_then(|fan_out| fan_out.literal_items());
        let new = match items.filter(|_| self.written_out[id.index()]) {
            None => {
                let new = self.push(id, parent, task.clone(), Is::Same);
                self.place_children(id, new);
                new
            }
            Some(items) => {
                let whole = self.push(id, parent, whole(task), Is::Whole);
                for (index, value) in items.iter().enumerate() {
                    let is = Is::Element(value.clone(), index);
                    let one = self.push(id, Some(whole), element(task, index), is);
                    let when = self.tasks[one.index()].when.clone();
                    let when = when.map(|when| self.expr(Some(one), *when));
                    if when.is_some_and(|when| is_constant(&when, false)) {
                        // Nothing names it by now.
                        self.tasks.pop();
                        self.places.pop();
                    } else {
                        self.place_children(id, one);
                        self.add_child(whole, one);
                        if let Body::Group(group) = &mut self.tasks[whole.index()].body {
                            group.elements.push(index);
                        }
                    }
                }
                whole
            }
        };
        match parent {
            Some(parent) => &mut self.places[parent.index()].inside,
            None => &mut self.top,
        }
        .insert(id, new);
        new
    }

    fn place_children(&mut self, id: TaskId, new: TaskId) {
        let Some(group) = self.flow.task(id).group() else {
            return;
        };
        if let Body::Group(group) = &mut self.tasks[new.index()].body {
            group.children.clear();
        }
        for child in &group.children {
            let child = self.place(*child, Some(new));
            self.add_child(new, child);
        }
    }

    fn add_child(&mut self, parent: TaskId, child: TaskId) {
        if let Body::Group(group) = &mut self.tasks[parent.index()].body {
            group.children.push(child);
        }
    }

    fn push(&mut self, origin: TaskId, parent: Option<TaskId>, mut task: Task, is: Is) -> TaskId {
        task.parent = parent;
        if let Some(parent) = parent {
            let around = &self.tasks[parent.index()].path;
            task.path = format!("{around}.{}", task.name.value);
        }
        let id = TaskId(self.tasks.len() as u32);
        self.tasks.push(task);
        self.places.push(Place {
            origin,
            is,
            inside: HashMap::new(),
        });
        id
    }

    /// Lets every expression and dependency name the tasks of the new flow.
    fn rewrite(&mut self) {
        for index in 0..self.tasks.len() {
            let id = TaskId(index as u32);
            let mut task = self.tasks[index].clone();
            self.task(id, &mut task);
            self.tasks[index] = task;
        }
        for index in 0..self.tasks.len() {
            if matches!(self.places[index].is, Is::Whole) {
                self.finish(TaskId(index as u32));
            }
        }
    }

    fn task(&self, id: TaskId, task: &mut Task) {
        for upstream in &mut task.upstream {
            upstream.task = self.new_name(Some(id), upstream.task);
        }
        let conditions = [&mut task.when, &mut task.allow_failure];
        for condition in conditions.into_iter().flatten() {
            self.in_place(id, condition);
        }
        if task
            .when
            .as_ref()
            .is_some_and(|when| is_constant(when, true))
        {
            task.when = None;
        }
        if let Some(fan_out) = &mut task.for_each {
            self.in_place(id, &mut fan_out.list);
            fan_out
                .filter
                .iter_mut()
                .for_each(|filter| self.in_place(id, filter));
        }
        if let Some(cache) = &mut task.cache {
            self.template(id, &mut cache.key);
        }
        for variable in task
            .services
            .iter_mut()
            .flat_map(|service| &mut service.env)
        {
            self.template(id, &mut variable.value);
        }
        self.resources(id, &mut task.resources);
        match &mut task.body {
            Body::Process(process) => self.process(id, process),
            Body::Group(group) => self.group(id, group),
            Body::Wait(_) | Body::Approve(_) => {}
        }
    }

    fn resources(&self, id: TaskId, resources: &mut Arc<Resources>) {
        let own = Arc::make_mut(resources);
        let gpu = own.gpu.as_mut().map(|gpu| &mut gpu.count);
        let amounts = [
            own.cpu.as_mut(),
            own.memory.as_mut(),
            own.disk.as_mut(),
            gpu,
        ];
        for amount in amounts.into_iter().flatten() {
            if let Amount::Computed(expr) = amount {
                self.in_place(id, expr);
            }
        }
    }

    fn process(&self, id: TaskId, process: &mut Process) {
        if let Some(image) = &mut process.image {
            self.template(id, Arc::make_mut(image));
        }
        for variable in &mut process.env {
            self.template(id, &mut variable.value);
        }
        if let Command::Argv(words) = &mut process.command {
            words.iter_mut().for_each(|word| self.template(id, word));
        }
        // What a process is told of itself is about the flow as it was written.
        let origin = self.places[id.index()].origin;
        let path = &self.flow.task(origin).path;
        if *path == self.tasks[id.index()].path {
            return;
        }
        let span = self.flow.task(origin).name.span;
        let mut told = vec![variable("FLOW_TASK", path.clone(), span)];
        if let Some(fan_out) = self.flow.fan_out_of(origin)
            && let Some((_, index)) = self.element(id, fan_out)
        {
            told.push(variable("FLOW_ITEM_INDEX", index.to_string(), span));
        }
        process.env.splice(0..0, told);
    }

    fn group(&self, id: TaskId, group: &mut Group) {
        let bindings = group
            .sub_flow
            .iter_mut()
            .flat_map(|sub_flow| &mut sub_flow.bindings);
        bindings.for_each(|binding| self.in_place(id, &mut binding.value));
        for export in &mut group.outputs {
            self.in_place(id, &mut export.value);
        }
        for export in &mut group.artifacts {
            export.task = self.new_name(Some(id), export.task);
        }
    }

    /// The condition and the values of a fan-out as one, from those of its elements.
    fn finish(&mut self, id: TaskId) {
        let origin = self.places[id.index()].origin;
        let task = self.flow.task(origin);
        let elements = match self.tasks[id.index()].group() {
            Some(group) => group.children.clone(),
            None => Vec::new(),
        };
        let span = task.name.span;
        let conditions: Vec<Option<Expr>> = elements
            .iter()
            .map(|one| self.tasks[one.index()].when.as_deref().cloned())
            .collect();
        let is_filtered = task
            .for_each
            .as_ref()
            .is_some_and(|fan_out| fan_out.filter.is_some());
        // One element without a condition is one that is left.
        let is_empty = elements.is_empty();
        if (is_filtered || is_empty) && conditions.iter().all(Option::is_some) {
            let any = some_holds(conditions.into_iter().flatten().collect(), span);
            let whole = &mut self.tasks[id.index()];
            whole.when = Some(Box::new(match whole.when.take() {
                Some(when) => binary(BinaryOp::And, *when, any, Type::Boolean),
                None => any,
            }));
        }
        let outputs: Vec<(Spanned<String>, Type)> = match task.group() {
            Some(group) => (group.outputs.iter())
                .map(|export| (export.name.clone(), export.value.ty.clone()))
                .collect(),
            None => (task.outputs.iter())
                .map(|output| (output.name.clone(), output.ty.clone()))
                .collect(),
        };
        let exports = outputs
            .into_iter()
            .filter(|(name, _)| self.read.contains(&(origin, name.value.clone())))
            .map(|(name, ty)| Export {
                value: self.all_values(&elements, &name.value, &ty, span),
                name,
            })
            .collect::<Vec<_>>();
        let artifacts = self.all_artifacts(task, &elements);
        let whole = &mut self.tasks[id.index()];
        if is_empty {
            // Airflow knows a group by its tasks only; one without any is a task that is skipped.
            whole.body = Body::Wait(Spanned::new(Duration::from_milliseconds(0), span));
            let declared = exports.into_iter().map(|export| Output {
                ty: export.value.ty,
                name: export.name,
            });
            whole.outputs = declared.collect();
        } else if let Body::Group(group) = &mut whole.body {
            group.outputs = exports;
            group.artifacts = artifacts;
        }
    }

    /// Each artifact of a fan-out, once for each element.
    fn all_artifacts(&self, task: &Task, elements: &[TaskId]) -> Vec<ArtifactExport> {
        let names: Vec<(&Spanned<String>, ArtifactKind)> = match task.group() {
            Some(group) => (group.artifacts.iter())
                .map(|export| (&export.name, export.kind))
                .collect(),
            None => (task.artifacts.iter())
                .map(|artifact| (&artifact.name, artifact.kind))
                .collect(),
        };
        let of_one = |one: TaskId| {
            let export = move |&(name, kind): &(&Spanned<String>, ArtifactKind)| ArtifactExport {
                name: name.clone(),
                kind,
                task: one,
                artifact: name.value.clone(),
                span: name.span,
            };
            names.iter().map(export)
        };
        elements.iter().flat_map(|one| of_one(*one)).collect()
    }

    /// The list of an output of the elements; of those that have succeeded, where some may not.
    fn all_values(&self, elements: &[TaskId], name: &str, ty: &Type, span: Span) -> Expr {
        let value = |one: &TaskId| {
            let name = name.to_owned();
            let kind = ExprKind::Ref(Ref::Output { task: *one, name });
            let ty = ty.clone();
            Expr { kind, ty, span }
        };
        Expr {
            kind: match elements {
                [] => ExprKind::Literal(Value::List(Vec::new())),
                _ => ExprKind::List(elements.iter().map(value).collect()),
            },
            ty: Type::list(ty.clone()),
            span,
        }
    }
}
