//! What a target is: data about itself, checks of its own, and a function from a plan to files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::feature::{Feature, Support};
use crate::flow::Flow;
use crate::graph::Addition;
use crate::text::Text;

/// An orchestrator that flows are compiled to.
pub trait Target: Sync {
    /// The word on the command line, such as `argo`.
    fn name(&self) -> &'static str;

    /// The name people use, such as `Argo Workflows`.
    fn title(&self) -> &'static str;

    /// The versions it can write for, the default first.
    fn versions(&self) -> &'static [&'static str];

    /// What `--set` takes.
    fn options(&self) -> &'static [OptionSpec];

    /// How a feature is carried under these settings. Every feature has an answer.
    fn support(&self, settings: &Settings, feature: Feature) -> Support;

    /// What a team installs and types to run the emitted files.
    fn deployment(&self, flow: &Flow, settings: &Settings) -> Deployment;

    /// The fields that `targets.<name>` of a flow (`task` false) or a task may hold: name and what
    /// it becomes.
    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)];

    /// Problems that only this target has: names, limits, texts it cannot carry, target fields.
    /// Features it does not support are reported by the caller.
    fn check(&self, flow: &Flow, settings: &Settings, diagnostics: &mut Diagnostics);

    /// How many processes of the target's own a run starts at least, beside those of the flow: what it
    /// needs to look at values, to gather results or to judge states.
    fn helpers(&self, _flow: &Flow, _settings: &Settings) -> usize {
        0
    }

    /// What a run has on this target that its plan does not show, for people who look at the graph of a
    /// flow that was checked without errors.
    fn additions(&self, _plan: &Flow, _settings: &Settings) -> Vec<Addition> {
        Vec::new()
    }

    /// What this target writes once and uses several times, for people who ask what was done to their flow.
    fn shared(&self, _plan: &Flow, _settings: &Settings) -> Vec<Shared> {
        Vec::new()
    }

    /// Whether a task that does nothing costs nothing, so that one may stand between others.
    fn has_free_tasks(&self) -> bool {
        false
    }

    /// The flow, rewritten where this target could not say it.
    fn plan<'f>(&self, flow: &'f Flow, settings: &Settings) -> Cow<'f, Flow> {
        let _ = settings;
        Cow::Borrowed(flow)
    }

    /// The files. Total: everything that could go wrong was reported by [`Target::check`].
    fn emit(&self, plan: &Flow, settings: &Settings) -> Bundle;

    /// [`Target::check`], and what then makes the files as [`Target::plan`] and [`Target::emit`] do.
    /// For a target that lowers the flow to check it, and need not do so twice.
    fn prepare<'f>(
        &'f self,
        flow: &'f Flow,
        settings: &'f Settings,
        diagnostics: &mut Diagnostics,
    ) -> Prepared<'f> {
        self.check(flow, settings, diagnostics);
        Box::new(move || self.emit(&self.plan(flow, settings), settings))
    }
}

/// Makes the files of a flow that was checked, without errors, for a target.
pub type Prepared<'f> = Box<dyn FnOnce() -> Bundle + 'f>;

/// Something that is written once because several uses of it would be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// What it is in the target's words: `template`, `function`.
    pub kind: &'static str,
    /// Its name there.
    pub name: String,
    /// How often it is used; at least twice.
    pub times: usize,
    /// What uses it, in the order of the file, where that has names.
    pub users: Vec<String>,
}

impl Shared {
    /// Those of some (name, user) pairs that have several users, in the order of their first.
    pub fn several(
        kind: &'static str,
        uses: impl IntoIterator<Item = (String, String)>,
    ) -> Vec<Self> {
        let mut all: IndexMap<String, Vec<String>> = IndexMap::new();
        for (name, user) in uses {
            all.entry(name).or_default().push(user);
        }
        all.into_iter()
            .filter(|(_, users)| users.len() > 1)
            .map(|(name, users)| Self {
                kind,
                name,
                times: users.len(),
                users,
            })
            .collect()
    }
}

/// An option of a target.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec {
    /// The key in `--set key=value`.
    pub name: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// Its value when it is not set; absent when it then has none.
    pub default: Option<&'static str>,
    /// The only values it may have; any text when empty.
    pub values: &'static [&'static str],
}

impl OptionSpec {
    /// One with these fields, for tables.
    #[must_use]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        default: Option<&'static str>,
        values: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            help,
            default,
            values,
        }
    }
}

/// What it takes to run the emitted files, for people who choose a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// What a process of the flow becomes, in the singular: `pod`, `container`.
    pub unit: &'static str,
    /// What must be there before: services, tools, packages.
    pub needs: &'static str,
    /// The command that starts a run of the emitted file, `FILE` standing for its path.
    pub run: &'static str,
}

/// A target's version and options, checked against what the target knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The target's name.
    pub target: &'static str,
    /// One of the target's versions.
    pub version: &'static str,
    /// The options with a value, defaults included.
    pub options: BTreeMap<&'static str, String>,
    /// The flow file as the header of an emitted file names it: relative, with `/`.
    pub source: String,
}

impl Settings {
    /// `argo@3.7`.
    pub fn spec(&self) -> String {
        format!("{}@{}", self.target, self.version)
    }

    /// The value of an option, when it has one.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }
}

/// Why settings were refused: a sentence and, where known, what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Settings for a target from its spec's version (`None`: the default) and `--set` pairs.
///
/// # Errors
/// An unknown version, option or value.
pub fn settings(
    target: &dyn Target,
    version: Option<&str>,
    set: &[(String, String)],
    source: &str,
) -> Result<Settings, SettingsError> {
    let versions = target.versions();
    let version = match version {
        None => versions[0],
        Some(wanted) => versions
            .iter()
            .find(|version| **version == wanted)
            .ok_or_else(|| SettingsError {
                message: format!("target `{}` has no version `{wanted}`", target.name()),
                help: Some(format!("known versions: {}", versions.join(", "))),
            })?,
    };
    let mut options: BTreeMap<&'static str, String> = target
        .options()
        .iter()
        .filter_map(|option| Some((option.name, option.default?.to_owned())))
        .collect();
    for (key, value) in set {
        let names = || target.options().iter().map(|option| option.name);
        let Some(option) = target.options().iter().find(|option| option.name == key) else {
            let known = names().collect::<Vec<_>>().join(", ");
            return Err(SettingsError {
                message: format!("target `{}` has no option `{key}`", target.name()),
                help: Some(
                    crate::suggest::did_you_mean(key, names())
                        .unwrap_or_else(|| format!("known options: {known}")),
                ),
            });
        };
        if !option.values.is_empty() && !option.values.contains(&value.as_str()) {
            return Err(SettingsError {
                message: format!("option `{key}` cannot be `{value}`"),
                help: Some(format!("known values: {}", option.values.join(", "))),
            });
        }
        options.insert(option.name, value.clone());
    }
    Ok(Settings {
        target: target.name(),
        version,
        options,
        source: source.to_owned(),
    })
}

/// Emitted files: relative path with `/` to text, in path order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The files.
    pub files: BTreeMap<String, Text>,
}

impl Bundle {
    /// A bundle of one file.
    pub fn single(path: impl Into<String>, text: impl Into<Text>) -> Self {
        Self {
            files: BTreeMap::from([(path.into(), text.into())]),
        }
    }
}
