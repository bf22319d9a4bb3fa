//! Changes that several passes make: to expressions wherever they stand, and to the list of tasks. Like
//! [`reads`](crate::reads), it takes every struct apart without `..`.

use std::sync::Arc;

use crate::expr::{Expr, ExprKind, Ref, Template};
use crate::flow::{
    Amount, ArtifactExport, Binding, Body, Cache, Command, Dependency, EnvVar, Export, FanOut,
    Flow, Gpu, Group, Process, Resources, Service, SubFlow, Task, TaskId,
};

/// An expression, or a text with expressions, of a flow.
pub(super) enum Slot<'s> {
    Expr(&'s mut Expr),
    Template(&'s mut Template),
}

impl Slot<'_> {
    /// Calls `visit` for every expression of it, inner ones included.
    fn each(self, visit: &mut dyn FnMut(&mut Expr)) {
        match self {
            Self::Expr(expr) => walk(expr, visit),
            Self::Template(template) => template.exprs_mut().for_each(|expr| walk(expr, visit)),
        }
    }
}

/// Calls `visit` for an expression and every one inside it, outer before inner.
pub(super) fn walk(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    visit(expr);
    match &mut expr.kind {
        ExprKind::Literal(_) | ExprKind::Ref(_) | ExprKind::Local(_) => {}
        ExprKind::List(list) | ExprKind::Call(_, list) => {
            list.iter_mut().for_each(|expr| walk(expr, visit));
        }
        ExprKind::Object(fields) => {
            fields.iter_mut().for_each(|(_, expr)| walk(expr, visit));
        }
        ExprKind::Field(expr, _) | ExprKind::Unary(_, expr) | ExprKind::Default(_, expr) => {
            walk(expr, visit);
        }
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            walk(a, visit);
            walk(b, visit);
        }
        ExprKind::Conditional(a, b, c) => {
            walk(a, visit);
            walk(b, visit);
            walk(c, visit);
        }
        ExprKind::Macro {
            kind: _,
            list,
            variable: _,
            body,
        } => {
            walk(list, visit);
            walk(body, visit);
        }
    }
}

/// The task that a reference names, to change it.
pub(super) fn task_mut(reference: &mut Ref) -> Option<&mut TaskId> {
    match reference {
        Ref::Parameter { scope, name: _ } => scope.as_mut(),
        Ref::Output { task, name: _ } | Ref::Artifact { task, name: _ } | Ref::Status { task } => {
            Some(task)
        }
        Ref::Item { fan_out } | Ref::Index { fan_out } => Some(fan_out),
        Ref::RunId
        | Ref::RunDate
        | Ref::RunScheduledAt
        | Ref::RunStatus
        | Ref::RunDuration
        | Ref::Secret { name: _ }
        | Ref::OwnOutput { name: _ }
        | Ref::OwnArtifact { name: _ } => None,
    }
}

/// Calls `visit` for everything in a flow that may hold expressions.
pub(super) fn each_slot(flow: &mut Flow, visit: &mut dyn FnMut(Slot<'_>)) {
    services(&mut flow.services, visit);
    for task in &mut flow.tasks {
        each_slot_of(task, visit);
    }
    exports(&mut flow.outputs, visit);
}

/// Calls `visit` for everything in a task that may hold expressions.
pub(super) fn each_slot_of(task: &mut Task, visit: &mut dyn FnMut(Slot<'_>)) {
    let Task {
        name: _,
        path: _,
        parent: _,
        finally: _,
        description: _,
        body,
        upstream: _,
        trigger_rule: _,
        when,
        for_each,
        max_parallel: _,
        fail_fast: _,
        allow_failure,
        retries: _,
        retry_on: _,
        backoff: _,
        timeout: _,
        outputs: _,
        artifacts: _,
        resources,
        services: own_services,
        cache,
        pure: _,
        estimate: _,
        concurrency: _,
        priority: _,
        kubernetes: _,
        targets: _,
    } = task;
    when.iter_mut().for_each(|expr| visit(Slot::Expr(expr)));
    if let Some(FanOut {
        span: _,
        variable: _,
        list,
        filter,
    }) = for_each.as_deref_mut()
    {
        visit(Slot::Expr(list));
        filter.iter_mut().for_each(|expr| visit(Slot::Expr(expr)));
    }
    allow_failure
        .iter_mut()
        .for_each(|expr| visit(Slot::Expr(expr)));
    each_amount(resources, visit);
    services(own_services, visit);
    if let Some(Cache {
        span: _,
        key,
        ttl: _,
    }) = cache.as_deref_mut()
    {
        visit(Slot::Template(key));
    }
    match body {
        Body::Process(process) => each_slot_of_process(process, visit),
        Body::Group(group) => each_slot_of_group(group, visit),
        Body::Wait(_) | Body::Approve(_) => {}
    }
}

fn each_slot_of_process(process: &mut Process, visit: &mut dyn FnMut(Slot<'_>)) {
    let Process {
        image,
        workdir: _,
        env: variables,
        command,
    } = process;
    image
        .iter_mut()
        .for_each(|image| visit(Slot::Template(Arc::make_mut(image))));
    env(variables, visit);
    match command {
        Command::Argv(words) => words
            .iter_mut()
            .for_each(|word| visit(Slot::Template(word))),
        Command::Script { shell: _, text: _ } => {}
    }
}

fn each_slot_of_group(group: &mut Group, visit: &mut dyn FnMut(Slot<'_>)) {
    let Group {
        children: _,
        sub_flow,
        outputs,
        artifacts: _,
        elements: _,
    } = group;
    if let Some(SubFlow {
        path: _,
        name: _,
        bindings,
    }) = sub_flow
    {
        for Binding {
            parameter: _,
            value,
        } in bindings
        {
            visit(Slot::Expr(value));
        }
    }
    exports(outputs, visit);
}

/// Resources are shared by the tasks that ask for the same, so only those with expressions are copied.
fn each_amount(resources: &mut Arc<Resources>, visit: &mut dyn FnMut(Slot<'_>)) {
    let computed = |amount: &Option<Amount>| matches!(amount, Some(Amount::Computed(_)));
    let gpu = |gpu: &Gpu| matches!(gpu.count, Amount::Computed(_));
    let Resources {
        cpu,
        memory,
        gpu: gpus,
        disk,
    } = resources.as_ref();
    if !(computed(cpu) || computed(memory) || computed(disk) || gpus.as_ref().is_some_and(gpu)) {
        return;
    }
    let resources = Arc::make_mut(resources);
    let gpu = resources.gpu.as_mut().map(|gpu| &mut gpu.count);
    let amounts = [
        resources.cpu.as_mut(),
        resources.memory.as_mut(),
        gpu,
        resources.disk.as_mut(),
    ];
    for amount in amounts.into_iter().flatten() {
        if let Amount::Computed(expr) = amount {
            visit(Slot::Expr(expr));
        }
    }
}

fn services(services: &mut [Service], visit: &mut dyn FnMut(Slot<'_>)) {
    for Service {
        name: _,
        image: _,
        command: _,
        env: variables,
        ports: _,
        ready: _,
    } in services
    {
        env(variables, visit);
    }
}

fn env(variables: &mut [EnvVar], visit: &mut dyn FnMut(Slot<'_>)) {
    for EnvVar { name: _, value } in variables {
        visit(Slot::Template(value));
    }
}

fn exports(outputs: &mut [Export], visit: &mut dyn FnMut(Slot<'_>)) {
    for Export { name: _, value } in outputs {
        visit(Slot::Expr(value));
    }
}

/// Makes every reference to a task one to what `of` gives for it.
pub(super) fn rename(task: &mut Task, of: &dyn Fn(TaskId) -> TaskId) {
    each_slot_of(task, &mut |slot| rename_in(slot, of));
}

fn rename_in(slot: Slot<'_>, of: &dyn Fn(TaskId) -> TaskId) {
    slot.each(&mut |expr| {
        if let ExprKind::Ref(reference) | ExprKind::Default(reference, _) = &mut expr.kind
            && let Some(task) = task_mut(reference)
        {
            *task = of(*task);
        }
    });
}

/// Takes tasks away and gives what is left new ids. `stands_in` says for every task which one is meant
/// where it was named: itself, or one that stays; a task that goes and is still named by none has itself.
/// Everything in a group that goes must go.
pub(super) fn keep(flow: &mut Flow, stays: &[bool], stands_in: &[TaskId]) {
    let mut next = 0;
    let ids: Vec<TaskId> = stays
        .iter()
        .map(|stays| {
            let id = TaskId(next);
            next += u32::from(*stays);
            id
        })
        .collect();
    let meant = |task: TaskId| stands_in[task.index()];
    let stays = |task: TaskId| stays[task.index()];
    let of = |task: TaskId| ids[meant(task).index()];
    let level = |tasks: &mut Vec<TaskId>| {
        tasks.retain(|task| stays(*task));
        tasks.iter_mut().for_each(|task| *task = ids[task.index()]);
    };
    let mut place = 0;
    flow.tasks.retain(|_| {
        place += 1;
        stays(TaskId(place - 1))
    });
    level(&mut flow.roots);
    level(&mut flow.finally);
    // For each task, the last one that was found to wait for it, counted from 1.
    let mut seen = vec![0_u32; next as usize];
    for (place, task) in flow.tasks.iter_mut().enumerate() {
        task.parent = task.parent.map(of);
        let upstream = std::mem::take(&mut task.upstream);
        for Dependency {
            task: other,
            span,
            explicit,
        } in upstream
        {
            let new = of(other);
            if !stays(meant(other)) || new == TaskId(place as u32) {
                continue;
            }
            if std::mem::replace(&mut seen[new.index()], place as u32 + 1) != place as u32 + 1 {
                task.upstream.push(Dependency {
                    task: new,
                    span,
                    explicit,
                });
            } else if let Some(known) = task.upstream.iter_mut().find(|one| one.task == new) {
                known.explicit |= explicit;
            }
        }
        if let Body::Group(group) = &mut task.body {
            level(&mut group.children);
            artifacts(&mut group.artifacts, &of);
        }
    }
    artifacts(&mut flow.artifacts, &of);
    each_slot(flow, &mut |slot| rename_in(slot, &of));
}

fn artifacts(exports: &mut [ArtifactExport], of: &dyn Fn(TaskId) -> TaskId) {
    for export in exports {
        export.task = of(export.task);
    }
}
