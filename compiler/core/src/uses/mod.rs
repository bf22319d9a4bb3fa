//! Which features a flow uses, and where it asks for them.
//!
//! Every struct of the IR is taken apart without `..`, here and in the files beside this one: a new
//! field does not compile until it is said which feature it is, if any. Defaults that nobody wrote
//! are not uses.

mod expr;
mod task;

use crate::expr::Type;
use crate::feature::Feature;
use crate::flow::{
    ArtifactExport, Concurrency, Export, Flow, OnConflict, Overlap, Parameter, Probe, Ready,
    Schedule, Service, TargetFieldSet, TargetFields, TaskId,
};
use crate::source::{Span, Spanned};

/// A feature used at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is asked for.
    pub feature: Feature,
    /// The smallest text that asks for it.
    pub span: Span,
    /// The task that asks, when it is one.
    pub task: Option<TaskId>,
}

/// Every use of every feature, in document order.
pub fn uses(flow: &Flow) -> Vec<Use> {
    uses_where(flow, |_| true)
}

/// Every use of the features that are wanted, in document order. Most uses are of features that
/// nobody asks about, and to put them all in order would cost more than to find them.
pub fn uses_where(flow: &Flow, mut wanted: impl FnMut(Feature) -> bool) -> Vec<Use> {
    let mut collector = Collector {
        flow,
        task: None,
        uses: Vec::new(),
        wanted: &mut wanted,
    };
    collector.flow();
    let mut uses = collector.uses;
    sort(&mut uses);
    uses
}

/// Puts uses in document order; those of one task are. Tasks nearly always stand one behind the other, but each
/// asks again for what `defaults` says: that is taken out and sorted by itself, so that the sort of all has only
/// to put together what is in order.
fn sort(uses: &mut Vec<Use>) {
    let mut early = Vec::new();
    let mut last = None;
    uses.retain(|used| {
        let is_early = used.task.is_some() && Some(used.span) < last;
        if is_early {
            early.push(*used);
        } else if used.task.is_some() {
            last = Some(used.span);
        }
        !is_early
    });
    early.sort_by_key(|used| used.span);
    uses.append(&mut early);
    uses.sort_by_key(|used| used.span);
}

struct Collector<'f> {
    flow: &'f Flow,
    task: Option<TaskId>,
    uses: Vec<Use>,
    wanted: &'f mut dyn FnMut(Feature) -> bool,
}

/// What differs between the concurrency group of the run and that of a task, and so on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Run,
    Group,
    Task,
}

impl Collector<'_> {
    fn add(&mut self, feature: Feature, span: Span) {
        if !(self.wanted)(feature) {
            return;
        }
        self.uses.push(Use {
            feature,
            span,
            task: self.task,
        });
    }

    fn add_opt<T>(&mut self, feature: Feature, value: &Option<Spanned<T>>) {
        if let Some(value) = value {
            self.add(feature, value.span);
        }
    }

    fn add_if_true(&mut self, feature: Feature, value: &Option<Spanned<bool>>) {
        if let Some(value) = value
            && value.value
        {
            self.add(feature, value.span);
        }
    }

    fn add_first<'s, T: 's>(
        &mut self,
        feature: Feature,
        values: impl IntoIterator<Item = &'s Spanned<T>>,
    ) {
        if let Some(first) = values.into_iter().next() {
            self.add(feature, first.span);
        }
    }

    fn flow(&mut self) {
        let Flow {
            name: _,
            description,
            owner,
            tags,
            labels,
            parameters,
            // Declaring a secret asks for nothing; using it in `env` does.
            secrets: _,
            schedule,
            timeout,
            max_parallel,
            fail_fast,
            concurrency,
            services,
            tasks,
            roots: _,
            finally,
            outputs,
            artifacts,
            targets,
        } = self.flow;
        self.add_opt(Feature::Description, description);
        self.add_opt(Feature::Owner, owner);
        self.add_first(Feature::Tags, tags);
        self.add_first(Feature::Labels, labels.values());
        for parameter in parameters {
            self.parameter(parameter);
        }
        if let Some(schedule) = schedule {
            self.schedule(schedule);
        }
        self.add_opt(Feature::RunTimeout, timeout);
        self.add_opt(Feature::RunMaxParallel, max_parallel);
        self.add_if_true(Feature::RunFailFast, fail_fast);
        self.concurrency(concurrency.as_ref(), Level::Run);
        self.services(services, Level::Run);
        if let Some(first) = finally.first() {
            self.add(Feature::Finally, self.flow.task(*first).name.span);
        }
        self.exports(outputs, artifacts);
        self.target_fields(targets);
        for (index, task) in tasks.iter().enumerate() {
            self.task = Some(TaskId(index as u32));
            let before = self.uses.len();
            self.task(task);
            self.uses[before..].sort_by_key(|used| used.span);
        }
        self.task = None;
    }

    fn parameter(&mut self, parameter: &Parameter) {
        let Parameter {
            name,
            ty,
            default: _,
            min,
            max,
            choices,
            pattern,
            description,
        } = parameter;
        self.add(Feature::Parameters, name.span);
        if *ty != Type::String {
            self.add(Feature::ParameterTypes, name.span);
        }
        self.add_opt(Feature::ParameterConstraints, min);
        self.add_opt(Feature::ParameterConstraints, max);
        self.add_opt(Feature::ParameterConstraints, choices);
        self.add_opt(Feature::ParameterConstraints, pattern);
        self.add_opt(Feature::ParameterDescription, description);
    }

    fn schedule(&mut self, schedule: &Schedule) {
        let Schedule {
            span,
            cron: _,
            timezone,
            start,
            end,
            catchup,
            overlap,
        } = schedule;
        self.add(Feature::Schedule, *span);
        if timezone.span != *span {
            self.add(Feature::ScheduleTimezone, timezone.span);
        }
        self.add_opt(Feature::ScheduleStart, start);
        self.add_opt(Feature::ScheduleEnd, end);
        if catchup.value {
            self.add(Feature::Catchup, catchup.span);
        }
        let feature = match overlap.value {
            // Runs may overlap unless the flow says otherwise, so this is asked for all the same.
            Overlap::Allow => Feature::OverlapAllow,
            Overlap::Skip => Feature::OverlapSkip,
            Overlap::Replace => Feature::OverlapReplace,
        };
        self.add(feature, overlap.span);
    }

    fn concurrency(&mut self, concurrency: Option<&Concurrency>, level: Level) {
        let Some(Concurrency {
            span,
            group: _,
            limit: _,
            on_conflict,
        }) = concurrency
        else {
            return;
        };
        match (on_conflict.value, level) {
            (OnConflict::Wait, Level::Run) => self.add(Feature::RunConcurrencyWait, *span),
            (OnConflict::Wait, _) => self.add(Feature::TaskConcurrencyWait, *span),
            (OnConflict::Skip, Level::Run) => {
                self.add(Feature::RunConcurrencySkip, on_conflict.span);
            }
            (OnConflict::Skip, _) => self.add(Feature::TaskConcurrencySkip, on_conflict.span),
        }
    }

    fn services(&mut self, services: &[Service], level: Level) {
        let feature = match level {
            Level::Run => Feature::RunServices,
            Level::Group => Feature::GroupServices,
            Level::Task => Feature::TaskServices,
        };
        for service in services {
            let Service {
                name,
                image: _,
                command: _,
                env,
                ports: _,
                ready,
            } = service;
            self.add(feature, name.span);
            self.env(env);
            if let Some(Ready {
                span,
                probe,
                interval: _,
                timeout: _,
            }) = ready
            {
                match probe {
                    Probe::Http { port: _, path: _ }
                    | Probe::Tcp { port: _ }
                    | Probe::Command(_) => {
                        self.add(Feature::ServiceReady, *span);
                    }
                }
            }
        }
    }

    fn exports(&mut self, outputs: &[Export], artifacts: &[ArtifactExport]) {
        for Export { name, value } in outputs {
            self.add(Feature::Outputs, name.span);
            self.expr(value);
        }
        for export in artifacts {
            let ArtifactExport {
                name,
                kind,
                task,
                artifact: _,
                span,
            } = export;
            self.add(task::artifact_feature(*kind), name.span);
            self.artifact_read(*task, *span);
        }
    }

    fn target_fields(&mut self, targets: &TargetFields) {
        let TargetFields { targets } = targets;
        for TargetFieldSet { span, fields: _ } in targets.values() {
            self.add(Feature::TargetFields, *span);
        }
    }
}
