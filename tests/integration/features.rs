//! Every feature has a flow that uses it, `tests/features/<id>.yaml`, and every target keeps the
//! promise of its support table for it. The lines that use the feature end in `# feature`; without
//! them the flow is the same but for the feature, unless `<id>.without.yaml` says it otherwise.

use std::path::PathBuf;

use flowc_core::diagnostic::{Diagnostics, Severity};
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::loss::{OnLoss, losses, losses_of_each, report};
use flowc_core::source::Span;
use flowc_core::target::{Bundle, Settings, Target, settings};
use flowc_core::uses::uses;
use flowc_targets::TARGETS;

use crate::harness::{Checked, Files, check, render, root};

const MARK: &str = " # feature";

fn folder() -> PathBuf {
    root().join("tests/features")
}

fn text_with(feature: Feature) -> String {
    let path = folder().join(format!("{}.yaml", feature.id()));
    std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no fixture {}", path.display()))
}

fn text_without(feature: Feature) -> String {
    let path = folder().join(format!("{}.without.yaml", feature.id()));
    std::fs::read_to_string(path).unwrap_or_else(|_| {
        let text = text_with(feature);
        let kept = text.lines().filter(|line| !line.ends_with(MARK));
        kept.map(|line| format!("{line}\n")).collect()
    })
}

fn read(text: &str) -> Checked {
    check("feature.yaml", text, Files::In(folder()), None)
}

fn flow_of(text: &str) -> (Checked, Flow) {
    let mut checked = read(text);
    let flow = checked.flow.take();
    let flow = flow.unwrap_or_else(|| panic!("{text}\n{}", render(&checked)));
    (checked, flow)
}

/// Whether a place lies on a line that uses the feature.
fn on_marked_line(checked: &Checked, span: Span) -> bool {
    let file = checked.sources.file(span.file);
    let line = file.line_range(file.line_of(span.start as usize));
    file.text()[line].trim_end().ends_with(MARK)
}

/// Every target with every version and every way to run a process.
fn all_settings() -> Vec<(&'static dyn Target, Settings)> {
    let mut all = Vec::new();
    for target in TARGETS {
        let runner = target.options().iter().find(|o| o.name == "runner");
        for version in target.versions() {
            let runners = runner.map_or(&[][..], |runner| runner.values);
            let mut sets: Vec<Vec<(String, String)>> = runners
                .iter()
                .map(|value| vec![("runner".to_owned(), (*value).to_owned())])
                .collect();
            if sets.is_empty() {
                sets.push(Vec::new());
            }
            for set in sets {
                let settings = settings(*target, Some(version), &set, "feature.yaml");
                all.push((*target, settings.unwrap()));
            }
        }
    }
    all
}

#[test]
fn a_target_loses_the_same_beside_others_as_alone() {
    let all = all_settings();
    let targets: Vec<(&dyn Target, &Settings)> =
        all.iter().map(|(target, set)| (*target, set)).collect();
    let mut lost = 0;
    for feature in Feature::all() {
        let (_, flow) = flow_of(&text_with(feature));
        let together = losses_of_each(&flow, &targets);
        assert_eq!(together.len(), targets.len());
        for ((target, settings), beside) in targets.iter().zip(together) {
            let alone = losses(&flow, *target, settings);
            lost += alone.len();
            assert_eq!(beside, alone, "{} on {}", feature.id(), settings.spec());
        }
    }
    assert!(lost > 100, "{lost}");
}

#[test]
fn every_feature_is_used_by_its_fixture_at_a_marked_line_and_not_without_it() {
    let mut wrong = Vec::new();
    for feature in Feature::all() {
        let checked = read(&text_with(feature));
        let Some(flow) = &checked.flow else {
            wrong.push(format!("{}: {}", feature.id(), render(&checked)));
            continue;
        };
        let places: Vec<Span> = uses(flow)
            .into_iter()
            .filter(|used| used.feature == feature)
            .map(|used| used.span)
            .collect();
        let marked = text_with(feature).contains(MARK);
        if places.is_empty() {
            wrong.push(format!("{}: not used", feature.id()));
        } else if !places.iter().any(|span| on_marked_line(&checked, *span)) || !marked {
            let place = checked.sources.place(places[0]);
            wrong.push(format!("{}: used at {place}", feature.id()));
        }
        let without = read(&text_without(feature));
        let Some(flow) = &without.flow else {
            wrong.push(format!("{} without: {}", feature.id(), render(&without)));
            continue;
        };
        let shared = [Feature::Image, Feature::Outputs];
        if !shared.contains(&feature) && uses(flow).iter().any(|used| used.feature == feature) {
            wrong.push(format!("{}: used without its lines", feature.id()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_target_keeps_the_promise_of_its_support_table() {
    let mut wrong = Vec::new();
    for feature in Feature::all() {
        let (with, flow) = flow_of(&text_with(feature));
        let (_, without) = flow_of(&text_without(feature));
        for (target, settings) in all_settings() {
            let promise = Promise {
                feature,
                target,
                settings: &settings,
                checked: &with,
            };
            if let Err(broken) = promise.kept(&flow, &without) {
                let options = settings.option("runner").unwrap_or("");
                let spec = settings.spec();
                let kind = target.support(&settings, feature).kind();
                wrong.push(format!(
                    "{spec} {options} {} ({kind}): {broken}",
                    feature.id()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Promise<'a> {
    feature: Feature,
    target: &'static dyn Target,
    settings: &'a Settings,
    checked: &'a Checked,
}

impl Promise<'_> {
    fn kept(&self, flow: &Flow, without: &Flow) -> Result<(), String> {
        match self.target.support(self.settings, self.feature) {
            Support::Native { via } => {
                let bundle = self.bundle(flow)?;
                self.differs(&bundle, without)?;
                let text: String = bundle.files.into_values().collect();
                match words(via).find(|word| !text.contains(word.as_str())) {
                    Some(word) => Err(format!("no `{word}` in what is emitted")),
                    None => Ok(()),
                }
            }
            // The target promises that it needs nothing for it.
            Support::Emulated { via } if via.starts_with("nothing: ") => {
                match self.differs(&self.bundle(flow)?, without) {
                    Ok(()) => Err("something is emitted for it".into()),
                    Err(_) => Ok(()),
                }
            }
            Support::Emulated { .. } => self.differs(&self.bundle(flow)?, without),
            Support::Lossy { .. } => {
                self.bundle(flow)?;
                self.reported(flow, "lossy-feature", Severity::Warning)
            }
            Support::Unsupported { .. } => {
                self.reported(flow, "unsupported-feature", Severity::Error)
            }
        }
    }

    /// What is emitted, when nothing stands in the way.
    fn bundle(&self, flow: &Flow) -> Result<Bundle, String> {
        let found = self.diagnostics(flow);
        match found.iter().find(|d| d.severity == Severity::Error) {
            Some(error) => Err(format!("the fixture is refused: {}", error.message)),
            None => {
                let plan = self.target.plan(flow, self.settings);
                Ok(self.target.emit(&plan, self.settings))
            }
        }
    }

    fn diagnostics(&self, flow: &Flow) -> Diagnostics {
        let mut found = Diagnostics::default();
        let losses = losses(flow, self.target, self.settings);
        report(&losses, self.settings, OnLoss::Warn, &mut found);
        self.target.check(flow, self.settings, &mut found);
        found
    }

    fn differs(&self, bundle: &Bundle, without: &Flow) -> Result<(), String> {
        let plan = self.target.plan(without, self.settings);
        if self.target.emit(&plan, self.settings) == *bundle {
            return Err("what is emitted is the same without the feature".into());
        }
        Ok(())
    }

    fn reported(&self, flow: &Flow, code: &str, severity: Severity) -> Result<(), String> {
        let title = self.feature.title();
        let at_line = self.diagnostics(flow).iter().any(|found| {
            found.code == code
                && found.severity == severity
                && found.message.contains(&title)
                && on_marked_line(self.checked, found.primary.span)
        });
        at_line
            .then_some(())
            .ok_or_else(|| format!("no `{code}` at a marked line"))
    }
}

/// The words of a target that a `via` names; what stands in brackets or after ` of `, ` by ` and the
/// like is for people.
fn words(via: &str) -> impl Iterator<Item = String> {
    via.split([' ', ','])
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_matches('`').to_owned())
}
