//! Every reference in a flow, with who reads it: the one walk over all expressions that checks and
//! targets share. Like [`uses`](crate::uses), it takes every struct apart without `..`.

use std::borrow::Cow;

use crate::expr::{Expr, ExprKind, Ref, Template};
use crate::flow::{
    Amount, ArtifactExport, Binding, Body, Cache, Command, EnvVar, Export, FanOut, Flow, Gpu,
    Group, Process, Resources, Service, SubFlow, Task, TaskId,
};
use crate::source::Span;

/// A reference somewhere in the flow.
#[derive(Clone, Debug)]
pub struct Read<'f> {
    /// What is read.
    pub reference: Cow<'f, Ref>,
    /// Where: the reference itself, or the `default` around it.
    pub span: Span,
    /// Who reads it.
    pub reader: Reader,
    /// Whether it is the first argument of `default`.
    pub has_default: bool,
    /// Tasks that have not succeeded when this is evaluated: it stands in the fallback of a `default`
    /// over one of their outputs.
    pub not_succeeded: Vec<TaskId>,
}

/// Who reads something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    /// A task, after its trigger rule let it run.
    Task(TaskId),
    /// What a group, or the flow (`None`), exports after it has succeeded.
    Export(Option<TaskId>),
    /// The services of the run, before any task.
    Run,
}

impl Reader {
    /// The task or group that reads; none when it is the flow itself.
    pub fn task(self) -> Option<TaskId> {
        match self {
            Self::Task(task) | Self::Export(Some(task)) => Some(task),
            Self::Export(None) | Self::Run => None,
        }
    }
}

/// Every reference of the flow, task by task.
pub fn reads(flow: &Flow) -> Vec<Read<'_>> {
    walk(flow).reads
}

/// Every expression of the flow, task by task.
pub fn exprs(flow: &Flow) -> Vec<&Expr> {
    walk(flow).exprs
}

/// What [`reads`] and [`exprs`] give, in one walk.
pub(crate) fn reads_and_exprs(flow: &Flow) -> (Vec<Read<'_>>, Vec<&Expr>) {
    let walk = walk(flow);
    (walk.reads, walk.exprs)
}

fn walk(flow: &Flow) -> Walk<'_> {
    let mut walk = Walk {
        reader: Reader::Run,
        not_succeeded: Vec::new(),
        // Most tasks read a few things at most; room that is not needed is never touched.
        reads: Vec::with_capacity(4 * flow.tasks.len()),
        exprs: Vec::with_capacity(4 * flow.tasks.len()),
    };
    walk.services(&flow.services);
    for (id, task) in flow.iter() {
        walk.task(id, task);
    }
    walk.reader = Reader::Export(None);
    walk.exports(&flow.outputs, &flow.artifacts);
    walk
}

struct Walk<'f> {
    reader: Reader,
    not_succeeded: Vec<TaskId>,
    reads: Vec<Read<'f>>,
    exprs: Vec<&'f Expr>,
}

impl<'f> Walk<'f> {
    fn task(&mut self, id: TaskId, task: &'f Task) {
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
            services,
            cache,
            pure: _,
            estimate: _,
            concurrency: _,
            priority: _,
            kubernetes: _,
            targets: _,
        } = task;
        self.reader = Reader::Task(id);
        self.whole_opt(when.as_deref());
        if let Some(FanOut {
            span: _,
            variable: _,
            list,
            filter,
        }) = for_each.as_deref()
        {
            self.whole(list);
            self.whole_opt(filter.as_ref());
        }
        self.whole_opt(allow_failure.as_deref());
        self.resources(resources);
        self.services(services);
        if let Some(Cache {
            span: _,
            key,
            ttl: _,
        }) = cache.as_deref()
        {
            self.template(key);
        }
        match body {
            Body::Process(process) => self.process(process),
            Body::Group(group) => self.group(id, group),
            Body::Wait(_) | Body::Approve(_) => {}
        }
    }

    fn process(&mut self, process: &'f Process) {
        let Process {
            image,
            workdir: _,
            env,
            command,
        } = process;
        if let Some(image) = image {
            self.template(image);
        }
        self.env(env);
        match command {
            Command::Argv(words) => words.iter().for_each(|word| self.template(word)),
            Command::Script { shell: _, text: _ } => {}
        }
    }

    fn group(&mut self, id: TaskId, group: &'f Group) {
        let Group {
            children: _,
            sub_flow,
            outputs,
            artifacts,
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
                self.whole(value);
            }
        }
        self.reader = Reader::Export(Some(id));
        self.exports(outputs, artifacts);
    }

    fn exports(&mut self, outputs: &'f [Export], artifacts: &'f [ArtifactExport]) {
        for Export { name: _, value } in outputs {
            self.whole(value);
        }
        for ArtifactExport {
            name: _,
            kind: _,
            task,
            artifact,
            span,
        } in artifacts
        {
            let reference = Ref::Artifact {
                task: *task,
                name: artifact.clone(),
            };
            self.add(Cow::Owned(reference), *span, false);
        }
    }

    fn services(&mut self, services: &'f [Service]) {
        for Service {
            name: _,
            image: _,
            command: _,
            env,
            ports: _,
            ready: _,
        } in services
        {
            self.env(env);
        }
    }

    fn env(&mut self, env: &'f [EnvVar]) {
        for EnvVar { name: _, value } in env {
            self.template(value);
        }
    }

    fn resources(&mut self, resources: &'f Resources) {
        let Resources {
            cpu,
            memory,
            gpu,
            disk,
        } = resources;
        let gpu = gpu.as_ref().map(|Gpu { count, kind: _ }| count);
        let amounts = [cpu.as_ref(), memory.as_ref(), gpu, disk.as_ref()];
        for amount in amounts.into_iter().flatten() {
            match amount {
                Amount::Known(_) => {}
                Amount::Computed(expr) => self.whole(expr),
            }
        }
    }

    fn template(&mut self, template: &'f Template) {
        template.exprs().for_each(|expr| self.whole(expr));
    }

    fn whole_opt(&mut self, expr: Option<&'f Expr>) {
        expr.into_iter().for_each(|expr| self.whole(expr));
    }

    fn whole(&mut self, expr: &'f Expr) {
        self.exprs.push(expr);
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'f Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Local(_) => {}
            ExprKind::Ref(reference) => self.add(Cow::Borrowed(reference), expr.span, false),
            ExprKind::Default(reference, fallback) => {
                self.add(Cow::Borrowed(reference), expr.span, true);
                let task = task_of(reference);
                self.not_succeeded.extend(task);
                self.expr(fallback);
                if task.is_some() {
                    self.not_succeeded.pop();
                }
            }
            ExprKind::List(list) | ExprKind::Call(_, list) => {
                list.iter().for_each(|expr| self.expr(expr));
            }
            ExprKind::Object(fields) => fields.iter().for_each(|(_, expr)| self.expr(expr)),
            ExprKind::Field(expr, _) | ExprKind::Unary(_, expr) => self.expr(expr),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Conditional(a, b, c) => {
                self.expr(a);
                self.expr(b);
                self.expr(c);
            }
            ExprKind::Macro {
                kind: _,
                list,
                variable: _,
                body,
            } => {
                self.expr(list);
                self.expr(body);
            }
        }
    }

    fn add(&mut self, reference: Cow<'f, Ref>, span: Span, has_default: bool) {
        self.reads.push(Read {
            reference,
            span,
            reader: self.reader,
            has_default,
            not_succeeded: self.not_succeeded.clone(),
        });
    }
}

/// The task whose output or artifact is referred to.
fn task_of(reference: &Ref) -> Option<TaskId> {
    match reference {
        Ref::Output { task, name: _ } | Ref::Artifact { task, name: _ } => Some(*task),
        Ref::Parameter { scope: _, name: _ }
        | Ref::Status { task: _ }
        | Ref::Item { fan_out: _ }
        | Ref::Index { fan_out: _ }
        | Ref::RunId
        | Ref::RunDate
        | Ref::RunScheduledAt
        | Ref::RunStatus
        | Ref::RunDuration
        | Ref::Secret { name: _ }
        | Ref::OwnOutput { name: _ }
        | Ref::OwnArtifact { name: _ } => None,
    }
}
