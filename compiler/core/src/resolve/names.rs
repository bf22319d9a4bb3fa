//! What the names of an expression mean, and which of them may stand where.

use super::Resolver;
use super::declare::DeclaredBody;
use super::place::{Field, Place};
use super::units::{Slot, Unit};
use crate::checks;
use crate::diagnostic::Diagnostic;
use crate::expr::check::{Names, Resolved, Unresolved};
use crate::expr::{Ref, Type};
use crate::flow::{TaskId, TriggerRule};
use crate::source::{Span, Spanned};

/// The first words of names that always mean something.
pub(crate) const ROOTS: [&str; 8] = [
    "parameters",
    "tasks",
    "item",
    "index",
    "run",
    "secrets",
    "outputs",
    "artifacts",
];

type Path<'p> = [Spanned<&'p str>];
type Answer = Result<Resolved, Unresolved>;

/// The names at one place.
pub(crate) struct Binder<'r, 'n> {
    resolver: &'r mut Resolver<'n>,
    place: Place,
}

impl<'r, 'n> Binder<'r, 'n> {
    /// The names at `place`.
    pub(crate) fn new(resolver: &'r mut Resolver<'n>, place: Place) -> Self {
        Self { resolver, place }
    }
}

impl Names for Binder<'_, '_> {
    fn resolve(&mut self, path: &Path<'_>, _in_default: bool) -> Answer {
        let Some(root) = path.first() else {
            return Err(Unresolved::Reported);
        };
        match root.value {
            "parameters" => self.parameter(path),
            "tasks" => self.task(path),
            "run" => self.run(path),
            "secrets" => self.secret(path),
            "outputs" | "artifacts" => self.own(path),
            "index" => {
                let fan_out = self.innermost(root)?;
                answer(Ref::Index { fan_out }, Type::Integer, 1)
            }
            "item" => {
                let fan_out = self.innermost(root)?;
                self.item(fan_out)
            }
            _ => self.variable(root),
        }
    }
}

impl Binder<'_, '_> {
    fn parameter(&mut self, path: &Path<'_>) -> Answer {
        let name = self.member(path, 1, "parameter")?;
        let frame = &self.resolver.frames[self.place.frame];
        let Some(index) = frame.parameter_index.get(name.value) else {
            if frame.refused.contains(name.value) {
                return Err(Unresolved::Reported);
            }
            let known = frame.parameters.iter().map(|parameter| &parameter.name);
            let nearest = self
                .resolver
                .report
                .nearest(name.value, known.clone().map(|name| name.value.as_str()));
            let declared =
                nearest.and_then(|nearest| known.clone().find(|name| name.value == nearest));
            let all: Vec<&str> = known.map(|name| name.value.as_str()).collect();
            return problem(checks::unknown_parameter::unknown(name, declared, &all));
        };
        let parameter = &frame.parameters[*index];
        let scope = frame.used_by.map(|(task, _)| task);
        let reference = Ref::Parameter {
            scope,
            name: parameter.name.value.clone(),
        };
        answer(reference, parameter.ty.clone(), 2)
    }

    fn task(&mut self, path: &Path<'_>) -> Answer {
        let name = self.member(path, 1, "task")?;
        let Some((scope, task)) = self.resolver.find_task(self.place.scope, name.value) else {
            return self.unknown_task(name);
        };
        let span = path[0].span.to(path[path.len().min(4) - 1].span);
        if self.place.field == Field::ServiceEnv {
            let name = format!("tasks.{}", name.value);
            return problem(checks::misplaced_reference::service(span, &name));
        }
        let member = match path.get(2) {
            Some(member) => member,
            None => return problem(checks::unknown_name::incomplete_task(name)),
        };
        match member.value {
            "outputs" => {
                let output = self.member(path, 3, "output")?;
                self.resolver.depend(&self.place, scope, task, span);
                self.output(task, output)
            }
            "artifacts" => {
                let artifact = self.member(path, 3, "artifact")?;
                self.resolver.depend(&self.place, scope, task, span);
                self.artifact(task, artifact, span)
            }
            "status" => {
                let span = path[0].span.to(member.span);
                self.check_status(scope, name, span)?;
                self.resolver.depend(&self.place, scope, task, span);
                answer(Ref::Status { task }, Type::String, 3)
            }
            _ => problem(checks::unknown_name::task_member(name, member)),
        }
    }

    fn output(&mut self, task: TaskId, name: &Spanned<&str>) -> Answer {
        let declared = &self.resolver.tasks[task.index()];
        let known = match &declared.body {
            DeclaredBody::Group(group) => match group.outputs.get_full(name.value) {
                Some((index, _, export)) => match &export.value {
                    Slot::Done(Some(expr)) => Some(expr.ty.clone()),
                    Slot::Done(None) => return Err(Unresolved::Reported),
                    // A group that reads what it exports itself; the cycle is reported later.
                    Slot::Busy => Some(Type::Any),
                    Slot::Open => {
                        self.resolver.pending.push(Unit::Export(task, index));
                        return Err(Unresolved::Reported);
                    }
                },
                None => None,
            },
            _ => declared.declared_output(name.value).cloned(),
        };
        let Some(ty) = known else {
            return self.unknown_output(task, name);
        };
        let fanned = declared.fan_out.is_some();
        let reference = Ref::Output {
            task,
            name: name.value.to_owned(),
        };
        answer(reference, if fanned { Type::list(ty) } else { ty }, 4)
    }

    fn artifact(&mut self, task: TaskId, name: &Spanned<&str>, span: Span) -> Answer {
        let declared = &self.resolver.tasks[task.index()];
        let known = match &declared.body {
            DeclaredBody::Group(group) => group.artifacts.contains_key(name.value),
            _ => declared
                .artifacts
                .iter()
                .any(|artifact| artifact.name.value == name.value),
        };
        if !known {
            return self.unknown_artifact(task, name);
        }
        let field = self.place.field;
        if !field.reaches_process() && field != Field::ArtifactExport {
            return problem(checks::misplaced_reference::artifact(span, field.words()));
        }
        let reference = Ref::Artifact {
            task,
            name: name.value.to_owned(),
        };
        answer(reference, Type::String, 4)
    }

    /// `status` of another task may be read where a failed one does not keep the reader from running.
    fn check_status(
        &mut self,
        scope: usize,
        task: &Spanned<&str>,
        span: Span,
    ) -> Result<(), Unresolved> {
        if self.place.finally {
            return Ok(());
        }
        let rule = self
            .resolver
            .holder(&self.place, scope)
            .map(|holder| self.resolver.tasks[holder.index()].rule);
        match rule {
            Some(rule) if runs_after_failure(rule.value) => Ok(()),
            rule => problem(checks::misplaced_reference::status(
                span,
                task.value,
                rule.map(|rule| rule.value),
            )),
        }
    }

    fn run(&mut self, path: &Path<'_>) -> Answer {
        const FIELDS: [&str; 5] = ["id", "date", "scheduled_at", "status", "duration"];
        let Some(field) = path.get(1) else {
            return problem(checks::unknown_name::incomplete_run(&path[0], &FIELDS));
        };
        let span = path[0].span.to(field.span);
        if self.place.field == Field::ServiceEnv && field.value != "id" {
            let name = format!("run.{}", field.value);
            return problem(checks::misplaced_reference::service(span, &name));
        }
        let last = matches!(field.value, "status" | "duration");
        if last && !self.place.finally {
            let name = format!("run.{}", field.value);
            return problem(checks::misplaced_reference::finally_only(span, &name));
        }
        match field.value {
            "id" => answer(Ref::RunId, Type::String, 2),
            "date" => answer(Ref::RunDate, Type::String, 2),
            "scheduled_at" => answer(Ref::RunScheduledAt, Type::String, 2),
            "status" => answer(Ref::RunStatus, Type::String, 2),
            "duration" => answer(Ref::RunDuration, Type::Number, 2),
            _ => {
                let nearest = self.resolver.report.nearest(field.value, FIELDS);
                problem(checks::unknown_name::run_field(field, &FIELDS, nearest))
            }
        }
    }

    fn secret(&mut self, path: &Path<'_>) -> Answer {
        let name = self.member(path, 1, "secret")?;
        let span = path[0].span.to(name.span);
        if !matches!(self.place.field, Field::Env | Field::ServiceEnv) {
            let field = self.place.field.words();
            return problem(checks::secret_outside_env::found(span, name.value, field));
        }
        if let Err(invalid) = crate::values::check_name(name.value) {
            return problem(checks::invalid_name::inside(name.span, &invalid));
        }
        let frame = &self.resolver.frames[self.place.frame];
        if let Some(declared) = &frame.secrets
            && !declared.iter().any(|known| known.value == name.value)
        {
            let words = declared.iter().map(|known| known.value.as_str());
            let nearest = self.resolver.report.nearest(name.value, words);
            let nearest =
                nearest.and_then(|nearest| declared.iter().find(|known| known.value == nearest));
            return problem(checks::unknown_secret::unknown(name, nearest));
        }
        self.resolver
            .secrets
            .entry(name.value.to_owned())
            .or_insert(name.span);
        let name = name.value.to_owned();
        answer(Ref::Secret { name }, Type::String, 2)
    }

    /// The path to write one's own output or artifact to.
    fn own(&mut self, path: &Path<'_>) -> Answer {
        let root = &path[0];
        let field = self.place.field;
        let process = self.place.task.filter(|_| field.reaches_process());
        let Some(task) = process else {
            return problem(checks::misplaced_reference::own(root, field.words()));
        };
        let kind = root.value.trim_end_matches('s');
        let name = self.member(path, 1, kind)?;
        let declared = &self.resolver.tasks[task.index()];
        let is_output = declared
            .outputs
            .iter()
            .any(|output| output.name.value == name.value);
        let is_artifact = declared
            .artifacts
            .iter()
            .any(|artifact| artifact.name.value == name.value);
        let owned = name.value.to_owned();
        match root.value {
            "outputs" if is_output => answer(Ref::OwnOutput { name: owned }, Type::String, 2),
            "artifacts" if is_artifact => answer(Ref::OwnArtifact { name: owned }, Type::String, 2),
            "outputs" => self.unknown_output(task, name),
            _ => self.unknown_artifact(task, name),
        }
    }

    fn innermost(&mut self, word: &Spanned<&str>) -> Result<TaskId, Unresolved> {
        if self.place.field == Field::ServiceEnv {
            return problem(checks::misplaced_reference::service(word.span, word.value));
        }
        let innermost = self.resolver.fan_outs(&self.place).next();
        innermost.ok_or_else(|| {
            let place = checks::misplaced_reference::outside_fan_out(word);
            Unresolved::Problem(Box::new(place))
        })
    }

    /// A name that an `as` gives.
    fn variable(&mut self, word: &Spanned<&str>) -> Answer {
        let names: Vec<(TaskId, &str)> = self
            .resolver
            .fan_outs(&self.place)
            .filter_map(|id| {
                let fan_out = self.resolver.tasks[id.index()].fan_out.as_ref()?;
                Some((id, fan_out.variable.value.as_str()))
            })
            .collect();
        if let Some((fan_out, _)) = names.iter().find(|(_, name)| *name == word.value) {
            let fan_out = *fan_out;
            if self.place.field == Field::ServiceEnv {
                return problem(checks::misplaced_reference::service(word.span, word.value));
            }
            return self.item(fan_out);
        }
        let candidates: Vec<String> = ROOTS
            .into_iter()
            .chain(names.iter().map(|(_, name)| *name))
            .map(str::to_owned)
            .collect();
        let known = candidates.iter().map(String::as_str);
        let nearest = self.resolver.report.nearest(word.value, known);
        let qualified = self.qualified(word.value);
        problem(checks::unknown_name::unknown(word, nearest, qualified))
    }

    /// The full name that a bare word may have been short for.
    fn qualified(&self, word: &str) -> Option<String> {
        let frame = &self.resolver.frames[self.place.frame];
        if frame.parameter_index.contains_key(word) {
            return Some(format!("parameters.{word}"));
        }
        let (_, task) = self.resolver.find_task(self.place.scope, word)?;
        let task = &self.resolver.tasks[task.index()];
        let output = task.outputs.first()?;
        Some(format!("tasks.{word}.outputs.{}", output.name))
    }

    fn item(&mut self, fan_out: TaskId) -> Answer {
        let declared = self.resolver.tasks[fan_out.index()].fan_out.as_ref();
        let ty = match declared.map(|declared| &declared.list) {
            Some(Slot::Done(Some(list))) => element(&list.ty),
            Some(Slot::Busy) => Type::Any,
            Some(Slot::Open) => {
                self.resolver.pending.push(Unit::FanOut(fan_out));
                return Err(Unresolved::Reported);
            }
            Some(Slot::Done(None)) | None => return Err(Unresolved::Reported),
        };
        answer(Ref::Item { fan_out }, ty, 1)
    }

    /// The n-th word of a name, which must be there.
    fn member<'p>(
        &self,
        path: &'p Path<'p>,
        index: usize,
        kind: &str,
    ) -> Result<&'p Spanned<&'p str>, Unresolved> {
        path.get(index).ok_or_else(|| {
            let written: Vec<&str> = path[..index].iter().map(|word| word.value).collect();
            let span = path[0].span.to(path[index - 1].span);
            let diagnostic = checks::unknown_name::needs_member(span, &written.join("."), kind);
            Unresolved::Problem(Box::new(diagnostic))
        })
    }

    fn unknown_task(&mut self, name: &Spanned<&str>) -> Answer {
        let resolver = &mut *self.resolver;
        let scopes: Vec<usize> = resolver.scopes_from(self.place.scope).collect();
        let mut known: Vec<&str> = scopes
            .iter()
            .flat_map(|scope| resolver.scopes[*scope].names.keys().copied())
            .collect();
        known.sort_unstable();
        let nearest = resolver.report.nearest(name.value, known.iter().copied());
        let similar = nearest
            .and_then(|nearest| resolver.find_task(self.place.scope, nearest))
            .map(|(_, task)| &resolver.tasks[task.index()].name);
        let elsewhere = resolver.elsewhere(name.value);
        problem(checks::unknown_task::unknown(
            name,
            similar,
            elsewhere.as_deref(),
        ))
    }

    fn unknown_output(&mut self, task: TaskId, name: &Spanned<&str>) -> Answer {
        let declared = &self.resolver.tasks[task.index()];
        if !declared.complete {
            return Err(Unresolved::Reported);
        }
        let known = declared.output_names();
        let words = known.iter().map(|known| known.value);
        let nearest = self.resolver.report.nearest(name.value, words);
        let nearest = nearest.and_then(|nearest| known.iter().find(|known| known.value == nearest));
        let is_artifact = declared
            .artifact_names()
            .iter()
            .any(|known| known.value == name.value);
        let asked = checks::unknown_output::Asked {
            task: &declared.name,
            known: &known,
            nearest,
            is_artifact,
            is_group: matches!(declared.body, DeclaredBody::Group(_)),
        };
        problem(checks::unknown_output::unknown(name, &asked))
    }

    fn unknown_artifact(&mut self, task: TaskId, name: &Spanned<&str>) -> Answer {
        let declared = &self.resolver.tasks[task.index()];
        if !declared.complete {
            return Err(Unresolved::Reported);
        }
        let known = declared.artifact_names();
        let words = known.iter().map(|known| known.value);
        let nearest = self.resolver.report.nearest(name.value, words);
        let nearest = nearest.and_then(|nearest| known.iter().find(|known| known.value == nearest));
        let is_output = declared
            .output_names()
            .iter()
            .any(|known| known.value == name.value);
        let asked = checks::unknown_artifact::Asked {
            task: &declared.name,
            known: &known,
            nearest,
            is_output,
            is_group: matches!(declared.body, DeclaredBody::Group(_)),
        };
        problem(checks::unknown_artifact::unknown(name, &asked))
    }
}

/// The rules under which a task can run although one before it failed.
pub(crate) fn runs_after_failure(rule: TriggerRule) -> bool {
    matches!(
        rule,
        TriggerRule::OneSuccess
            | TriggerRule::AllDone
            | TriggerRule::AllFailed
            | TriggerRule::OneFailed
            | TriggerRule::NoneSkipped
    )
}

/// The type of the elements of a list.
fn element(list: &Type) -> Type {
    match list {
        Type::List(element) => (**element).clone(),
        _ => Type::Any,
    }
}

fn answer(reference: Ref, ty: Type, taken: usize) -> Answer {
    Ok(Resolved {
        reference,
        ty,
        taken,
    })
}

fn problem<T>(diagnostic: Diagnostic) -> Result<T, Unresolved> {
    Err(Unresolved::Problem(Box::new(diagnostic)))
}
