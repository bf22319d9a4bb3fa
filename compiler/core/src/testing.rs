//! Flows built by hand, for tests of what comes after `resolve`.

use crate::expr::{Expr, ExprKind, Ref, Template, Type, Value};
use crate::flow::{Body, Command, Dependency, FanOut, Flow, Group, Process, Task, TaskId};
use crate::source::{Span, Spanned};

/// A spanned value at a place that says nothing.
pub fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// A flow without tasks.
pub fn empty_flow() -> Flow {
    Flow {
        name: nowhere("test".into()),
        description: None,
        owner: None,
        tags: Vec::new(),
        labels: Default::default(),
        parameters: Vec::new(),
        secrets: Vec::new(),
        schedule: None,
        timeout: None,
        max_parallel: None,
        fail_fast: None,
        concurrency: None,
        services: Vec::new(),
        tasks: Vec::new(),
        roots: Vec::new(),
        finally: Vec::new(),
        outputs: Vec::new(),
        artifacts: Vec::new(),
        targets: Default::default(),
    }
}

/// A body that runs `true`.
pub fn process() -> Body {
    Body::Process(Process {
        image: None,
        workdir: None,
        env: Vec::new(),
        command: Command::Argv(vec![Template::literal("true", Span::default())]),
    })
}

/// A body without children yet.
pub fn group() -> Body {
    Body::Group(Group {
        children: Vec::new(),
        sub_flow: None,
        outputs: Vec::new(),
        artifacts: Vec::new(),
        elements: Vec::new(),
    })
}

/// Adds a task to a group, or to the top level.
pub fn add(flow: &mut Flow, parent: Option<TaskId>, body: Body) -> TaskId {
    let id = TaskId(flow.tasks.len() as u32);
    let name = format!("t{}", id.0);
    let task = Task::new(nowhere(name.clone()), name, parent, body);
    flow.tasks.push(task);
    match parent {
        None => flow.roots.push(id),
        Some(parent) => {
            if let Body::Group(group) = &mut flow.tasks[parent.index()].body {
                group.children.push(id);
            }
        }
    }
    id
}

/// Makes `task` wait for `upstream`.
pub fn wait_for(flow: &mut Flow, task: TaskId, upstream: TaskId) {
    flow.tasks[task.index()].upstream.push(Dependency {
        task: upstream,
        span: Span::default(),
        explicit: true,
    });
}

/// A condition that is known only when the flow runs.
pub fn unknown_condition() -> Expr {
    Expr {
        kind: ExprKind::Ref(Ref::Parameter {
            scope: None,
            name: "p".into(),
        }),
        ty: Type::Boolean,
        span: Span::default(),
    }
}

/// A fan-out over a list.
pub fn fan_out(list: Expr) -> FanOut {
    FanOut {
        span: Span::default(),
        variable: nowhere("item".into()),
        list,
        filter: None,
    }
}

/// A fan-out over two known elements.
pub fn over_two() -> FanOut {
    let items = vec![Value::Integer(1), Value::Integer(2)];
    fan_out(Expr::literal(Value::List(items), Span::default()))
}
