//! What the lowering must know of the flow as a whole before it starts.

use flowc_core::expr::{Expr, ExprKind, Ref, Template, Type, Value};
use flowc_core::flow::{
    Amount, Body, Command, Flow, Group, Process, Resources, Service, Task, TaskId,
};
use rustc_hash::FxHashSet;

/// Calls `visit` for every expression of a task itself, not of tasks inside it.
pub(crate) fn each_expr<'f>(task: &'f Task, visit: &mut dyn FnMut(&'f Expr)) {
    task.when.as_deref().into_iter().for_each(&mut *visit);
    if let Some(fan_out) = &task.for_each {
        visit(&fan_out.list);
        fan_out.filter.iter().for_each(&mut *visit);
    }
    task.allow_failure
        .as_deref()
        .into_iter()
        .for_each(&mut *visit);
    if let Some(cache) = &task.cache {
        cache.key.exprs().for_each(&mut *visit);
    }
    each_service_expr(&task.services, visit);
    each_resource_expr(&task.resources, visit);
    match &task.body {
        Body::Process(process) => each_process_expr(process, visit),
        Body::Group(group) => each_group_expr(group, visit),
        Body::Wait(_) | Body::Approve(_) => {}
    }
}

fn each_service_expr<'f>(services: &'f [Service], visit: &mut dyn FnMut(&'f Expr)) {
    for variable in services.iter().flat_map(|service| &service.env) {
        variable.value.exprs().for_each(&mut *visit);
    }
}

fn each_resource_expr<'f>(resources: &'f Resources, visit: &mut dyn FnMut(&'f Expr)) {
    let gpu = resources.gpu.as_ref().map(|gpu| &gpu.count);
    let amounts = [&resources.cpu, &resources.memory, &resources.disk];
    for amount in amounts.into_iter().flatten().chain(gpu) {
        if let Amount::Computed(expr) = amount {
            visit(expr);
        }
    }
}

fn each_process_expr<'f>(process: &'f Process, visit: &mut dyn FnMut(&'f Expr)) {
    let mut template = |template: &'f Template| template.exprs().for_each(&mut *visit);
    process.image.as_deref().into_iter().for_each(&mut template);
    process
        .env
        .iter()
        .for_each(|variable| template(&variable.value));
    if let Command::Argv(arguments) = &process.command {
        arguments.iter().for_each(&mut template);
    }
}

fn each_group_expr<'f>(group: &'f Group, visit: &mut dyn FnMut(&'f Expr)) {
    for export in &group.outputs {
        visit(&export.value);
    }
    if let Some(sub_flow) = &group.sub_flow {
        for binding in &sub_flow.bindings {
            visit(&binding.value);
        }
    }
}

/// What is read of which task, anywhere in the flow.
#[derive(Debug, Default)]
pub(crate) struct Reads<'f> {
    outputs: FxHashSet<(TaskId, &'f str)>,
    artifacts: FxHashSet<(TaskId, &'f str)>,
    fan_in: FxHashSet<(TaskId, &'f str)>,
    /// Tasks whose state a task of `finally` asks for.
    pub(crate) states: Vec<TaskId>,
    /// Outputs that a task of `finally` reads of the tasks before.
    pub(crate) saved: Vec<(TaskId, &'f str)>,
}

impl<'f> Reads<'f> {
    /// Of a whole flow.
    pub(crate) fn new(flow: &'f Flow) -> Self {
        let mut reads = Self::default();
        for task in &flow.tasks {
            each_expr(task, &mut |expr| {
                expr.refs(&mut |reference, _, _| reads.add(flow, task, reference));
            });
            for export in task.group().iter().flat_map(|group| &group.artifacts) {
                reads.artifacts.insert((export.task, &export.artifact));
            }
        }
        reads.find_fan_in(flow);
        reads
    }

    /// Whether the output is read outside its task.
    pub(crate) fn output(&self, task: TaskId, name: &'f str) -> bool {
        self.outputs.contains(&(task, name))
    }

    /// Whether the artifact is read outside its task.
    pub(crate) fn artifact(&self, task: TaskId, name: &'f str) -> bool {
        self.artifacts.contains(&(task, name))
    }

    /// Whether the artifact of this process is read as a folder of all instances.
    pub(crate) fn fan_in(&self, task: TaskId, name: &'f str) -> bool {
        self.fan_in.contains(&(task, name))
    }

    fn add(&mut self, flow: &'f Flow, task: &Task, reference: &'f Ref) {
        let after_all = |other: TaskId| task.finally && !flow.task(other).finally;
        match reference {
            Ref::Output { task: other, name } => {
                self.outputs.insert((*other, name));
                if after_all(*other) && !self.saved.contains(&(*other, name)) {
                    self.saved.push((*other, name));
                }
            }
            Ref::Artifact { task: other, name } => {
                self.artifacts.insert((*other, name));
                if after_all(*other) {
                    // The exit handler finds it by its place in the repository.
                    let source = Source::of(flow, *other, name);
                    self.fan_in.insert((source.task, source.artifact));
                    self.ask_state(*other);
                }
            }
            Ref::Status { task: other } if after_all(*other) => self.ask_state(*other),
            _ => {}
        }
    }

    fn ask_state(&mut self, task: TaskId) {
        if !self.states.contains(&task) {
            self.states.push(task);
        }
    }

    /// Whether `finally` reads anything of the tasks before.
    pub(crate) fn any_saved(&self) -> bool {
        !self.states.is_empty() || !self.saved.is_empty()
    }

    fn find_fan_in(&mut self, flow: &'f Flow) {
        for (task, name) in &self.artifacts {
            let source = Source::of(flow, *task, name);
            if !source.fan_outs.is_empty() {
                self.fan_in.insert((source.task, source.artifact));
            }
        }
    }
}

/// The process behind an artifact that may be exported by groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source<'f> {
    /// The process.
    pub(crate) task: TaskId,
    /// What it calls the artifact.
    pub(crate) artifact: &'f str,
    /// The fan-outs between the task named and the process, both included, outermost first.
    pub(crate) fan_outs: Vec<TaskId>,
}

impl<'f> Source<'f> {
    /// Of an artifact as it is named in a reference.
    pub(crate) fn of(flow: &'f Flow, mut task: TaskId, mut artifact: &'f str) -> Self {
        let mut fan_outs = Vec::new();
        loop {
            let here = flow.task(task);
            if here.for_each.is_some() {
                fan_outs.push(task);
            }
            let export = here.group().and_then(|group| {
                group
                    .artifacts
                    .iter()
                    .find(|export| export.name.value == artifact)
            });
            match export {
                Some(export) => {
                    task = export.task;
                    artifact = &export.artifact;
                }
                None => {
                    return Self {
                        task,
                        artifact,
                        fan_outs,
                    };
                }
            }
        }
    }
}

/// The type of the value of a reference.
pub(crate) fn type_of(flow: &Flow, reference: &Ref) -> Type {
    match reference {
        Ref::Parameter { scope: None, name } => flow
            .parameters
            .iter()
            .find(|parameter| parameter.name.value == *name)
            .map_or(Type::Any, |parameter| parameter.ty.clone()),
        Ref::Parameter {
            scope: Some(group),
            name,
        } => binding(flow, *group, name).map_or(Type::Any, |binding| binding.parameter.ty.clone()),
        Ref::Output { task, name } => {
            let task = flow.task(*task);
            let ty = task.output_type(name).cloned().unwrap_or(Type::Any);
            if task.for_each.is_some() {
                Type::list(ty)
            } else {
                ty
            }
        }
        Ref::Item { fan_out } => match flow.task(*fan_out).for_each.as_ref() {
            Some(fan_out) => match &fan_out.list.ty {
                Type::List(element) => element.as_ref().clone(),
                _ => Type::Any,
            },
            None => Type::Any,
        },
        Ref::Index { .. } => Type::Integer,
        Ref::RunDuration => Type::Number,
        _ => Type::String,
    }
}

/// The value that a sub-flow's parameter is given.
pub(crate) fn binding<'f>(
    flow: &'f Flow,
    group: TaskId,
    name: &str,
) -> Option<&'f flowc_core::flow::Binding> {
    flow.task(group)
        .group()?
        .sub_flow
        .as_ref()?
        .bindings
        .iter()
        .find(|binding| binding.parameter.name.value == name)
}

/// Whether the text of an expression may hold a brace or a dollar, so that Argo or Kubernetes
/// could take it for theirs.
pub(crate) fn hostile(flow: &Flow, expr: &Expr) -> bool {
    if is_plain(&expr.ty) {
        return false;
    }
    match &expr.kind {
        ExprKind::Literal(value) => hostile_text(&value.text()),
        ExprKind::Ref(reference) => hostile_ref(flow, reference),
        ExprKind::Default(reference, fallback) => {
            hostile_ref(flow, reference) || hostile(flow, fallback)
        }
        ExprKind::Conditional(_, then, otherwise) => {
            hostile(flow, then) || hostile(flow, otherwise)
        }
        ExprKind::Field(base, name) => match &base.kind {
            ExprKind::Ref(Ref::Item { fan_out }) => hostile_field(flow, *fan_out, name),
            _ => true,
        },
        ExprKind::List(items) => items.iter().any(|item| hostile(flow, item)),
        ExprKind::Binary(_, left, right) => hostile(flow, left) || hostile(flow, right),
        ExprKind::Call(flowc_core::expr::Function::Days, _) => false,
        ExprKind::Call(_, arguments) => arguments.iter().any(|argument| hostile(flow, argument)),
        _ => true,
    }
}

/// Whether a field of the elements may hold such text.
fn hostile_field(flow: &Flow, fan_out: TaskId, name: &str) -> bool {
    let items = flow
        .task(fan_out)
        .for_each
        .as_ref()
        .and_then(|fan_out| fan_out.literal_items());
    items.is_none_or(|items| {
        items.iter().any(|item| match item {
            Value::Object(fields) => fields
                .get(name)
                .is_none_or(|value| hostile_text(&value.text())),
            _ => true,
        })
    })
}

/// The same for a reference.
pub(crate) fn hostile_ref(flow: &Flow, reference: &Ref) -> bool {
    if is_plain(&type_of(flow, reference)) {
        return false;
    }
    match reference {
        Ref::Parameter { scope: None, name } => flow
            .parameters
            .iter()
            .find(|parameter| parameter.name.value == *name)
            .and_then(|parameter| parameter.choices.as_ref())
            .is_none_or(|choices| choices.iter().any(|choice| hostile_text(&choice.text()))),
        Ref::Parameter {
            scope: Some(group),
            name,
        } => binding(flow, *group, name).is_none_or(|binding| hostile(flow, &binding.value)),
        Ref::Output { task, name } => match &flow.task(*task).body {
            Body::Approve(approve) if name == "choice" => {
                approve.choices.iter().any(|choice| hostile_text(choice))
            }
            _ => true,
        },
        Ref::Item { fan_out } => match &flow.task(*fan_out).for_each {
            Some(fan_out) => match fan_out.literal_items() {
                Some(items) => items.iter().any(|item| hostile_text(&item.text())),
                None => hostile(flow, &fan_out.list),
            },
            None => true,
        },
        Ref::Secret { .. } => true,
        _ => false,
    }
}

fn hostile_text(text: &str) -> bool {
    text.contains(['{', '$'])
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Integer | Type::Number | Type::Boolean => true,
        Type::List(element) => is_plain(element),
        _ => false,
    }
}

/// Whether the instances of a task stand in a DAG of their own.
pub(in crate::argo) fn is_wrapped(task: &Task) -> bool {
    task.for_each.is_some() && (task.max_parallel.is_some() || task.fails_fast())
}
