//! From a flow to Argo's own words.
//!
//! A level of the flow (the top, a group, `finally`) becomes a DAG template, a process a pod
//! template, a fan-out a task with items, in a DAG of its own where its instances are limited.

mod artifacts;
mod attempts;
mod dag;
pub(crate) mod facts;
mod fan_out;
mod finally;
mod parameters;
mod process;
mod resources;
mod schedule;
mod scope;
mod services;
mod share;
mod text;
mod trigger;
mod volume;

use flowc_core::analysis::Analysis;
use flowc_core::flow::{Flow, TaskId};
use flowc_core::source::Span;
use flowc_core::target::Settings;
use rustc_hash::FxHashMap;

use super::model::{Body, Kind, Manifest, Spec, Str, Template, Volume};
use super::names::{self, Unique};
use super::options::Options;
use facts::Reads;
use scope::{Element, Scope};
use share::Leaves;

/// Where a process finds the folder for its outputs.
pub(crate) const OUTPUTS: &str = "/flow/outputs";

/// Where a process finds the artifacts it reads.
pub(crate) const INPUTS: &str = "/flow/inputs";

/// Where a text is read by Argo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a task of a DAG: its condition, its items, its arguments.
    Dag,
    /// In an output of a DAG.
    Export,
    /// In a pod template.
    Pod,
}

/// What was lowered, and what could not be.
#[derive(Debug)]
pub(crate) struct Lowered<'f> {
    /// The file.
    pub(crate) manifest: Manifest<'f>,
    /// Parts of expressions that Argo's language cannot say.
    pub(crate) problems: Vec<(Span, String)>,
}

/// A place behind all tasks, for what is flowc's own.
const LAST: TaskId = TaskId(u32::MAX);

/// Lowers a whole flow.
pub(crate) fn lower<'f>(flow: &'f Flow, settings: &Settings) -> Lowered<'f> {
    let mut lowerer = Lowerer::new(flow, Options::new(settings));
    let spec = lowerer.spec();
    let manifest = lowerer.manifest(spec, settings);
    Lowered {
        manifest,
        problems: lowerer.problems,
    }
}

struct Lowerer<'f> {
    flow: &'f Flow,
    options: Options,
    analysis: Analysis,
    reads: Reads<'f>,
    scopes: Vec<Scope<'f>>,
    elements: Vec<Element>,
    templates: Vec<Template<'f>>,
    leaves: Leaves<'f>,
    /// Shared templates whose names are needed before all are known.
    named_leaves: FxHashMap<usize, Str<'f>>,
    template_names: Unique<'f>,
    problems: Vec<(Span, String)>,
    /// The process whose fields are being lowered.
    current: Option<TaskId>,
    /// Artifacts that it turned out to read.
    artifact_reads: Vec<artifacts::ArtifactRead<'f>>,
    /// The field that is being lowered, as a name for an input.
    slot: Str<'f>,
    in_finally: bool,
    scheduled: bool,
    needs_nothing: bool,
}

impl<'f> Lowerer<'f> {
    fn new(flow: &'f Flow, options: Options) -> Self {
        let scheduled = options.kind(flow) == Kind::CronWorkflow;
        let processes = flow.tasks.iter().filter(|task| task.process().is_some());
        let processes = processes.count();
        Self {
            flow,
            options,
            analysis: Analysis::new(flow),
            reads: Reads::new(flow),
            scopes: Vec::new(),
            elements: Vec::new(),
            templates: Vec::new(),
            // Beside those of tasks: for levels, for what runs last, for checks.
            leaves: Leaves::with_room(processes, flow.tasks.len() + 16),
            named_leaves: FxHashMap::default(),
            template_names: Unique::with_room(flow.tasks.len()),
            problems: Vec::new(),
            current: None,
            artifact_reads: Vec::new(),
            slot: Str::default(),
            in_finally: false,
            scheduled,
            needs_nothing: false,
        }
    }

    fn spec(&mut self) -> Spec<'f> {
        let entrypoint = self.template_name(&self.flow.name.value);
        self.entry(entrypoint.clone());
        let on_exit = self.finally();
        if self.needs_nothing {
            let name = self.template_name(dag::NOTHING);
            let mut nothing = Template::new(
                name,
                Body::Suspend {
                    duration: Some("0".into()),
                },
            );
            nothing.comments = vec!["Starts no pod.".into()];
            self.place(Some(LAST), u8::MAX, nothing);
        }
        let flow = self.flow;
        let mut volumes = vec![Volume::Empty { name: "outputs" }];
        if self.options.on_volume() {
            volumes.push(Volume::Claim {
                name: "artifacts",
                claim: self.options.claim(flow).into(),
            });
            volumes.push(Volume::Empty { name: "inputs" });
        }
        Spec {
            entrypoint,
            on_exit,
            service_account: self.options.service_account.clone().map(Str::from),
            deadline: flow.timeout.as_ref().map(|timeout| {
                let seconds = text::whole_seconds(timeout.value);
                (seconds, text::go_duration(timeout.value).into())
            }),
            parallelism: flow.max_parallel.as_ref().map(|limit| {
                // Services are counted, too.
                let services = u32::try_from(flow.services.len()).unwrap_or(u32::MAX);
                limit.value.saturating_add(services)
            }),
            synchronization: self.synchronization(flow.concurrency.as_ref()),
            arguments: self.run_parameters(),
            volumes,
            templates: self.finish(),
        }
    }

    /// Adds a template of this task, or of the flow as a whole, which stands before all tasks.
    fn place(&mut self, task: Option<TaskId>, rank: u8, mut template: Template<'f>) {
        template.order = self.order(task, rank, 0);
        self.templates.push(template);
    }

    /// Where the file shows a template; of those that are not placed yet, the next but `behind`.
    fn order(&self, task: Option<TaskId>, rank: u8, behind: usize) -> (u32, u8, u32) {
        let task = task.map_or(0, |id| id.0.saturating_add(1));
        (task, rank, (self.templates.len() + behind) as u32)
    }

    fn template_name(&mut self, wanted: &str) -> Str<'f> {
        let wanted = names::fit(names::dashed(wanted).into());
        self.template_names.take(wanted, '-')
    }
}
