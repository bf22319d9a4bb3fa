//! Which chains can be fused, and what their process is started with.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::names::{Written, names, outside};
use crate::analysis::Analysis;
use crate::expr::{Expr, ExprKind, Part, Ref, Template, Type};
use crate::flow::{Amount, Command, EnvVar, Flow, Process, Resources, Task, TaskId, TriggerRule};
use crate::passes::data::{self, task_of};
use crate::passes::rewrite::walk;
use crate::reads::Reader;
use crate::source::Spanned;

/// A task that should take longer than this is not small.
const SMALL: f64 = 300.0;

/// The most bytes of scripts, arguments and variables of a chain: one argument list has to hold them.
const MAX_BYTES: usize = 64 * 1024;

/// The most tasks of a chain.
const MAX_TASKS: usize = 100;

/// The longest name of a task.
pub(super) const MAX_NAME: usize = 63;

/// A chain that becomes one process.
pub(super) struct Chain {
    /// At least two, each after the one before.
    pub(super) tasks: Vec<TaskId>,
    /// The name of the new task, free among its siblings.
    pub(super) name: String,
    /// The variables of the process.
    pub(super) env: Vec<EnvVar>,
    /// What each task does with them.
    pub(super) steps: Vec<Step>,
}

/// What one task of a chain is started with, besides what all have.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// Variables of the process that it must not see.
    pub(super) unset: Vec<String>,
    /// Its variables that the process has under another name.
    pub(super) renamed: Vec<(String, String)>,
    /// Its variables that hold an output of a task of the chain.
    pub(super) read: Vec<(String, String)>,
    /// What it writes.
    pub(super) writes: Vec<Written>,
    /// Its arguments, or its script as the only one.
    pub(super) words: Vec<Template>,
}

/// The chains of a flow, each as long as it can be.
pub(super) fn find(flow: &Flow, analysis: &Analysis) -> Vec<Chain> {
    let readers = data::readers(flow);
    let stoppable = stoppable(flow);
    let fits = |id: TaskId| is_small(flow.task(id)) && !stoppable[id.index()];
    let mut taken: HashSet<TaskId> = HashSet::new();
    let mut names: HashMap<Option<TaskId>, HashSet<String>> = HashMap::new();
    let mut chains = Vec::new();
    for id in &analysis.order {
        if taken.contains(id) || !fits(*id) {
            continue;
        }
        let grown = grow(flow, analysis, *id, &fits);
        let tasks = closed(flow, analysis, &readers, grown);
        let Some((tasks, env, steps)) = startable(flow, tasks) else {
            continue;
        };
        let parent = flow.task(*id).parent;
        let names = names.entry(parent).or_insert_with(|| {
            let siblings = flow.siblings(*id).iter().chain(&flow.finally);
            siblings
                .map(|id| flow.task(*id).name.value.clone())
                .collect()
        });
        let Some(name) = free_name(flow, &tasks, names) else {
            continue;
        };
        names.insert(name.clone());
        taken.extend(&tasks);
        chains.push(Chain {
            tasks,
            name,
            env,
            steps,
        });
    }
    chains
}

/// Tasks that `fail_fast` could keep from starting after a failure elsewhere, and those of `finally`.
fn stoppable(flow: &Flow) -> Vec<bool> {
    let all = flow.fails_fast();
    let mut stoppable: Vec<bool> = Vec::with_capacity(flow.tasks.len());
    for task in &flow.tasks {
        let around = task.parent.is_some_and(|parent| {
            stoppable[parent.index()]
                || (flow.task(parent).for_each.is_none() && flow.task(parent).fails_fast())
        });
        stoppable.push(all || around || task.finally);
    }
    stoppable
}

/// Whether a task may be part of a chain, as far as it alone can say.
fn is_small(task: &Task) -> bool {
    let Some(process) = task.process() else {
        return false;
    };
    let quick = task
        .estimate
        .as_ref()
        .is_none_or(|one| one.value.as_seconds() <= SMALL);
    let plain_names = process
        .env
        .iter()
        .all(|variable| is_plain_variable(&variable.name.value));
    quick
        && plain_names
        && task.for_each.is_none()
        && task
            .retries
            .as_ref()
            .is_none_or(|retries| retries.value == 0)
        && task.timeout.is_none()
        && task.allow_failure.is_none()
        && task.services.is_empty()
        && task.cache.is_none()
        && task.concurrency.is_none()
        && task.targets.targets.is_empty()
        && task
            .artifacts
            .iter()
            .all(|artifact| artifact.path.is_none())
        && match &process.command {
            Command::Argv(words) => !words.is_empty(),
            Command::Script { shell, text: _ } => shell.iter().all(|word| is_plain_word(word)),
        }
}

/// A name that a script can hold, and that means nothing to a shell or a loader.
fn is_plain_variable(name: &str) -> bool {
    let special = [
        "PATH",
        "IFS",
        "ENV",
        "BASH_ENV",
        "PS4",
        "SHELLOPTS",
        "BASHOPTS",
    ];
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    letters
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.starts_with("LD_")
        && !special.contains(&name)
}

/// A word that a script can hold without quotes.
fn is_plain_word(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    !word.is_empty() && word.chars().all(plain)
}

/// As long a chain from a task on as its dependencies allow.
fn grow(
    flow: &Flow,
    analysis: &Analysis,
    first: TaskId,
    fits: &dyn Fn(TaskId) -> bool,
) -> Vec<TaskId> {
    let mut tasks = vec![first];
    let mut last = first;
    while tasks.len() < MAX_TASKS {
        let follows = |id: &&TaskId| {
            let task = flow.task(**id);
            let within = |upstream: TaskId| tasks.contains(&upstream);
            task.trigger_rule.value == TriggerRule::AllSuccess
                && task.when.is_none()
                && task.upstream.iter().all(|one| within(one.task))
                && fits(**id)
                && alike(flow.task(first), task)
        };
        let Some(next) = analysis.downstream(last).iter().find(follows).copied() else {
            break;
        };
        tasks.push(next);
        last = next;
    }
    tasks
}

/// The secrets that a process is given. The variables of a fused process can be seen by all of its
/// tasks, so none may come to a task that did not ask for it.
fn secrets(process: &Process) -> BTreeSet<&str> {
    let words: &[Template] = match &process.command {
        Command::Argv(words) => words,
        Command::Script { .. } => &[],
    };
    let texts = process.env.iter().map(|variable| &variable.value);
    let mut secrets = BTreeSet::new();
    for expr in texts.chain(words).flat_map(Template::exprs) {
        expr.refs(&mut |reference, _, _| {
            if let Ref::Secret { name } = reference {
                secrets.insert(name.as_str());
            }
        });
    }
    secrets
}

/// Whether two tasks can be one process.
fn alike(a: &Task, b: &Task) -> bool {
    let (Some(one), Some(other)) = (a.process(), b.process()) else {
        return false;
    };
    let parts = |process: &Process| process.image.as_ref().map(|image| image.parts.clone());
    parts(one) == parts(other)
        && secrets(one) == secrets(other)
        && one.workdir == other.workdir
        && a.resources == b.resources
        && a.kubernetes == b.kubernetes
        && a.priority == b.priority
}

/// The longest beginning of a chain of which only the last task is known outside.
fn closed(
    flow: &Flow,
    analysis: &Analysis,
    readers: &[Vec<Reader>],
    mut tasks: Vec<TaskId>,
) -> Vec<TaskId> {
    let typed = |id: TaskId| {
        flow.task(id)
            .outputs
            .iter()
            .all(|one| one.ty == Type::String)
    };
    while tasks.len() > 1 {
        let inside = |id: &TaskId| tasks.contains(id);
        let cut = tasks[..tasks.len() - 1].iter().position(|id| {
            let read = readers[id.index()].iter().all(|reader| match reader {
                Reader::Task(task) => inside(task),
                Reader::Export(_) | Reader::Run => false,
            });
            !read || !typed(*id) || !analysis.downstream(*id).iter().all(inside)
        });
        match cut {
            Some(last) => tasks.truncate(last + 1),
            None => break,
        }
    }
    tasks
}

type Started = (Vec<TaskId>, Vec<EnvVar>, Vec<Step>);

/// The longest beginning of a chain that one process can be started with.
fn startable(flow: &Flow, mut tasks: Vec<TaskId>) -> Option<Started> {
    // Where a value of the chain would have to be computed, it ends.
    while tasks.len() > 1 {
        match steps(flow, &tasks) {
            Ok((env, steps)) => return Some((tasks, env, steps)),
            Err(last) => tasks.truncate(last),
        }
    }
    None
}

/// What the steps of a chain are started with, or how many tasks it may have at most.
fn steps(flow: &Flow, tasks: &[TaskId]) -> Result<(Vec<EnvVar>, Vec<Step>), usize> {
    let mut steps = vec![Step::default(); tasks.len()];
    let mut variables: BTreeMap<String, Vec<(usize, Template)>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let names = names(flow, tasks)?;
    let mut bytes = 0;
    let mut shell = false;
    for (place, id) in tasks.iter().enumerate() {
        let task = flow.task(*id);
        let process = task.process().ok_or(place)?;
        for variable in &process.env {
            let name = variable.name.value.clone();
            if let Some(output) = whole_output(&variable.value, tasks, &names) {
                steps[place].read.push((name, output));
                continue;
            }
            let value = local(&variable.value, tasks, place, &names).ok_or(place)?;
            bytes += length(&value);
            if !variables.contains_key(&name) {
                order.push(name.clone());
            }
            variables.entry(name).or_default().push((place, value));
        }
        let words = match &process.command {
            Command::Argv(words) => words.clone(),
            Command::Script { shell: words, text } => {
                shell |= words
                    .first()
                    .is_some_and(|word| word == "sh" || word == "bash");
                let text = Part::Text(text.value.clone());
                vec![Template {
                    parts: vec![text],
                    span: process_span(task),
                }]
            }
        };
        for word in &words {
            let word = local(word, tasks, place, &names).ok_or(place)?;
            bytes += length(&word);
            steps[place].words.push(word);
        }
        if bytes > MAX_BYTES || !constant_needs(task, tasks) {
            return Err(place);
        }
    }
    // The script of the process needs a shell in the image.
    if !shell {
        return Err(0);
    }
    for (step, writes) in steps.iter_mut().zip(names) {
        step.writes = writes;
    }
    let env = share(flow, tasks, &order, &variables, &mut steps).ok_or(0_usize)?;
    Ok((env, steps))
}

fn process_span(task: &Task) -> crate::source::Span {
    match task.process().map(|process| &process.command) {
        Some(Command::Script { text, .. }) => text.span,
        _ => task.name.span,
    }
}

/// The variables of the process: under their own names where all tasks that have one agree on its value.
fn share(
    flow: &Flow,
    tasks: &[TaskId],
    order: &[String],
    variables: &BTreeMap<String, Vec<(usize, Template)>>,
    steps: &mut [Step],
) -> Option<Vec<EnvVar>> {
    let reads = |step: &Step, name: &str| step.read.iter().any(|(read, _)| read == name);
    let mut env = Vec::new();
    let mut used: HashSet<String> = HashSet::new();
    let variable = |name: String, value: &Template| EnvVar {
        name: Spanned::new(name, value.span),
        value: value.clone(),
    };
    for name in order {
        let values = &variables[name];
        let equal = values
            .iter()
            .all(|(_, value)| value.parts == values[0].1.parts);
        // Where few have it, the others need not be kept from seeing it.
        let most = values.len() * 2 >= tasks.len();
        if equal && most && !steps.iter().any(|step| reads(step, name)) {
            for (place, step) in steps.iter_mut().enumerate() {
                if values.iter().all(|(has, _)| *has != place) {
                    step.unset.push(name.clone());
                }
            }
            env.push(variable(name.clone(), &values[0].1));
            used.insert(name.clone());
            continue;
        }
        for (place, value) in values {
            let task = flow.task(tasks[*place]).name.value.to_ascii_uppercase();
            let own = format!("{task}_{name}");
            steps[*place].renamed.push((name.clone(), own.clone()));
            env.push(variable(own.clone(), value));
            let reserved = own.starts_with("FLOW_") || own.starts_with("FLOWC_");
            let known = variables.contains_key(&own) || steps.iter().any(|step| reads(step, &own));
            if reserved || known || !is_plain_variable(&own) || !used.insert(own) {
                return None;
            }
        }
    }
    Some(env)
}

/// The output of a task of the chain that is the whole of a text.
fn whole_output(template: &Template, tasks: &[TaskId], names: &[Vec<Written>]) -> Option<String> {
    match template.parts.as_slice() {
        [Part::Expr(expr)] => match &expr.kind {
            ExprKind::Ref(Ref::Output { task, name }) => {
                let place = tasks.iter().position(|known| known == task)?;
                outside(&names[place], name)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The text as the one process has it: artifacts of the chain are its own. None when it needs a value
/// of the chain that would have to be computed.
fn local(
    template: &Template,
    tasks: &[TaskId],
    at: usize,
    names: &[Vec<Written>],
) -> Option<Template> {
    let mut template = template.clone();
    let mut possible = true;
    for expr in template.exprs_mut() {
        walk(expr, &mut |inner: &mut Expr| {
            let place = |task: &TaskId| tasks.iter().position(|known| known == task);
            let (ExprKind::Ref(reference) | ExprKind::Default(reference, _)) = &inner.kind else {
                return;
            };
            let new = match reference {
                Ref::OwnOutput { name } => {
                    outside(&names[at], name).map(|name| Ref::OwnOutput { name })
                }
                Ref::OwnArtifact { name } => {
                    outside(&names[at], name).map(|name| Ref::OwnArtifact { name })
                }
                Ref::Artifact { task, name } => place(task)
                    .and_then(|place| outside(&names[place], name))
                    .map(|name| Ref::OwnArtifact { name }),
                other => {
                    possible &= task_of(other).is_none_or(|task| place(&task).is_none());
                    None
                }
            };
            if let Some(new) = new {
                // What `default` would fall back to is of no use: the task has succeeded.
                inner.kind = ExprKind::Ref(new);
            }
        });
    }
    possible.then_some(template)
}

/// Whether image and resources need nothing of the chain.
fn constant_needs(task: &Task, tasks: &[TaskId]) -> bool {
    let free = |expr: &Expr| {
        let mut free = true;
        expr.refs(&mut |reference, _, _| {
            free &= task_of(reference).is_none_or(|task| !tasks.contains(&task));
        });
        free
    };
    let Resources {
        cpu,
        memory,
        gpu,
        disk,
    } = task.resources.as_ref();
    let gpu = gpu.as_ref().map(|gpu| &gpu.count);
    let amounts = [cpu.as_ref(), memory.as_ref(), gpu, disk.as_ref()];
    let image = task.process().and_then(|process| process.image.as_ref());
    image.iter().all(|image| image.exprs().all(free))
        && amounts.into_iter().flatten().all(|amount| match amount {
            Amount::Known(_) => true,
            Amount::Computed(expr) => free(expr),
        })
}

fn length(template: &Template) -> usize {
    let of = |part: &Part| match part {
        Part::Text(text) => text.len(),
        Part::Expr(_) => 256,
    };
    template.parts.iter().map(of).sum()
}

/// `extract_to_load`, unless a sibling is called so.
fn free_name(flow: &Flow, tasks: &[TaskId], taken: &HashSet<String>) -> Option<String> {
    let name = |place: usize| flow.task(tasks[place]).name.value.clone();
    let whole = format!("{}_to_{}", name(0), name(tasks.len() - 1));
    let numbered = (2..100).map(|number| format!("{whole}_{number}"));
    std::iter::once(whole.clone())
        .chain(numbered)
        .find(|name| name.len() <= MAX_NAME && !taken.contains(name))
}
