//! The second walk: each task with everything it says, every name bound.

use std::sync::Arc;

use super::Resolver;
use super::declare::DeclaredBody;
use super::flow::asked_for;
use super::place::{Field, Place};
use super::process::Attempts;
use super::upstream::Upstream;
use crate::checks;
use crate::document::Node;
use crate::expr::{Expr, Value};
use crate::flow::{Body, Dependency, Service, Task, TaskId};
use crate::source::Spanned;

impl<'n> Resolver<'n> {
    /// A task of the flow; none when it is too broken to stand in one.
    pub(crate) fn build_task(&mut self, id: TaskId) -> Option<Task> {
        let reader = self.tasks[id.index()].reader;
        self.named_dependencies(id, reader.get("depends_on"));
        let body = self.body(id);
        let when = reader.get("when");
        let mut when = when.and_then(|node| self.task_condition(id, node, Field::When, "`when`"));
        let for_each = self.fan_out(id, &mut when);
        let allow_failure = reader
            .get("allow_failure")
            .and_then(|node| self.task_condition(id, node, Field::AllowFailure, "`allow_failure`"));
        let attempts = if self.is_process(id) {
            self.attempts(id)
        } else {
            Attempts::default()
        };
        let place = self.place(id, Field::Resources);
        let layers = |this: &Self, key: &str| [reader.get(key), this.inherited_process(id, key)];
        let resources = match layers(self, "resources") {
            [None, None] => Arc::clone(&self.nothing.resources),
            layers => Arc::new(self.resources(layers, &place)),
        };
        let kubernetes = match layers(self, "kubernetes") {
            [None, None] => Arc::clone(&self.nothing.kubernetes),
            layers => Arc::new(self.kubernetes(layers)),
        };
        let services = self.task_services(id, &place);
        let max_parallel = self.own_or_of_file(id, "max_parallel");
        let max_parallel = self.report.positive(max_parallel, "`max_parallel`");
        let fail_fast = self.own_or_of_file(id, "fail_fast");
        let fail_fast = self.report.boolean(fail_fast, "`fail_fast`");
        let concurrency = reader
            .entry("concurrency")
            .or_else(|| self.file_of(id)?.entry("concurrency"));
        let concurrency = self.concurrency(concurrency);
        let cache = self.cache(id);
        let targets = match reader.get("targets") {
            None => Arc::clone(&self.nothing.targets),
            node => Arc::new(self.targets(node)),
        };
        let priority = self.own_or_inherited_process(id, "priority");
        let bounds = (i64::from(i32::MIN), i64::from(i32::MAX));
        let report = &mut self.report;
        let priority = report.integer(priority, "`priority`", bounds.0, bounds.1);
        let description = report.text_opt(reader.get("description"), "`description`");
        let pure = report.boolean(reader.get("pure"), "`pure`");
        let estimate = report.duration(reader.get("estimate"), "`estimate`");
        let task = &self.tasks[id.index()];
        Some(Task {
            // What is declared is still asked for while other tasks are built; it moves in at the end.
            name: Spanned::default(),
            path: String::new(),
            parent: task.parent,
            finally: task.finally,
            description,
            body: body?,
            // A task inside may still refer to what this one must then wait for.
            upstream: Vec::new(),
            trigger_rule: task.rule,
            when: when.map(Box::new),
            for_each: for_each.map(Box::new),
            max_parallel,
            fail_fast: asked_for(fail_fast),
            allow_failure: allow_failure.filter(|expr| !is_false(expr)).map(Box::new),
            retries: attempts.retries.filter(|retries| retries.value > 0),
            retry_on: attempts.retry_on,
            backoff: attempts.backoff.map(Box::new),
            timeout: attempts.timeout,
            outputs: Vec::new(),
            artifacts: Vec::new(),
            resources,
            services,
            cache: cache.map(Box::new),
            pure: asked_for(pure),
            estimate,
            concurrency: concurrency.map(Box::new),
            priority: priority.map(|priority| priority.map(|priority| priority as i32)),
            kubernetes,
            targets,
        })
    }

    fn body(&mut self, id: TaskId) -> Option<Body> {
        let reader = self.tasks[id.index()].reader;
        match &self.tasks[id.index()].body {
            DeclaredBody::Command | DeclaredBody::Script => self.process(id).map(Body::Process),
            DeclaredBody::Group(_) => self.build_group(id).map(Body::Group),
            DeclaredBody::Wait => self
                .report
                .duration(reader.get("wait"), "`wait`")
                .map(Body::Wait),
            DeclaredBody::Approve => self.approve(reader.entry("approve")?).map(Body::Approve),
            DeclaredBody::Broken => None,
        }
    }

    fn task_condition(
        &mut self,
        id: TaskId,
        node: &Node,
        field: Field,
        what: &str,
    ) -> Option<Expr> {
        let place = self.place(id, field);
        self.condition(node, &place, what)
    }

    /// `depends_on`: one name or a list of them, all of siblings.
    fn named_dependencies(&mut self, id: TaskId, node: Option<&'n Node<'n>>) {
        let Some(node) = node else { return };
        let nodes = node.sequence().unwrap_or(std::slice::from_ref(node));
        let mut named = Upstream::default();
        for node in nodes {
            let scalar = self
                .report
                .scalar(node, "`depends_on`", "the name of a task");
            let Some(scalar) = scalar else { continue };
            let name = Spanned::new(scalar.text.as_ref(), node.span);
            let scope = self.tasks[id.index()].scope;
            let Some(target) = self.scopes[scope].names.get(name.value).copied() else {
                self.unknown_sibling(&name, scope);
                continue;
            };
            let dependency = Dependency {
                task: target,
                span: node.span,
                explicit: true,
            };
            named.add(dependency);
        }
        // A task named here and referred to elsewhere counts as named.
        self.tasks[id.index()].upstream.begin_with(named);
    }

    fn unknown_sibling(&mut self, name: &Spanned<&str>, scope: usize) {
        let mut known: Vec<&str> = self.scopes[scope].names.keys().copied().collect();
        known.sort_unstable();
        let nearest = self.report.nearest(name.value, known);
        let similar = nearest
            .and_then(|nearest| self.scopes[scope].names.get(nearest))
            .map(|task| &self.tasks[task.index()].name);
        let elsewhere = self.elsewhere(name.value);
        let problem = checks::unknown_task::unknown(name, similar, elsewhere.as_deref());
        self.report.push(problem);
    }

    /// Where a task of this name is, when it cannot be named from here.
    pub(crate) fn elsewhere(&self, name: &str) -> Option<String> {
        let task = self.tasks.iter().find(|task| task.name.value == name)?;
        Some(match task.parent {
            _ if task.finally && task.parent.is_none() => {
                format!("`{name}` is in `finally`, after all other tasks")
            }
            Some(parent) => {
                let group = &self.tasks[parent.index()].path;
                format!("a task `{name}` is inside `{group}`, which can be named instead")
            }
            None => {
                format!("`{name}` is on another level; `depends_on` names tasks beside this one")
            }
        })
    }

    fn task_services(&mut self, id: TaskId, place: &Place) -> Vec<Service> {
        let own = self.tasks[id.index()].reader.get("services");
        let mut services = self.services(own, place);
        if let Some(file) = self.file_of(id)
            && let Some(inside) = self.inside(id, Field::ServiceEnv)
        {
            for service in self.services(file.get("services"), &inside) {
                let same = services.iter().find(|other| other.name == service.name);
                if let Some(other) = same {
                    let other = other.name.span;
                    self.report
                        .push(checks::duplicate_name::service(&service.name, other));
                }
                services.push(service);
            }
        }
        services
    }

    /// The flow in the file that a sub-flow task uses.
    fn file_of(&self, id: TaskId) -> Option<super::reader::Reader<'n>> {
        let group = self.group(id)?;
        group.sub_flow.as_ref()?;
        let reader = self.frames[group.frame].reader;
        std::ptr::eq(reader.table, &super::keys::FLOW).then_some(reader)
    }

    fn own_or_of_file(&self, id: TaskId, key: &str) -> Option<&'n Node<'n>> {
        let own = self.tasks[id.index()].reader.get(key);
        own.or_else(|| self.file_of(id)?.get(key))
    }

    fn is_process(&self, id: TaskId) -> bool {
        matches!(
            self.tasks[id.index()].body,
            DeclaredBody::Command | DeclaredBody::Script
        )
    }

    fn inherited_process(&self, id: TaskId, key: &str) -> Option<&'n Node<'n>> {
        self.is_process(id).then(|| self.inherited(id, key))?
    }

    fn own_or_inherited_process(&self, id: TaskId, key: &str) -> Option<&'n Node<'n>> {
        let own = self.tasks[id.index()].reader.get(key);
        own.or_else(|| self.inherited_process(id, key))
    }
}

fn is_false(expr: &Expr) -> bool {
    expr.as_literal() == Some(&Value::Boolean(false))
}
