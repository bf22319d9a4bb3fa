use flowc_core::diagnostic::{Diagnostic, Diagnostics};
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::loss::OnLoss;
use flowc_core::passes::Options;
use flowc_core::resolve::Loader;
use flowc_core::source::Sources;
use flowc_core::target::{Bundle, Deployment, OptionSpec, Settings, Target, settings};
use flowc_core::text::Text;

use super::{Request, compile};

/// A target that has commands, loses descriptions and cannot have schedules.
struct Plain;

static PLAIN: Plain = Plain;

impl Target for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn title(&self) -> &'static str {
        "Plain"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["2", "1"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }

    fn deployment(&self, _: &Flow, _: &Settings) -> Deployment {
        Deployment {
            unit: "process",
            needs: "nothing",
            run: "sh FILE",
        }
    }

    fn support(&self, _: &Settings, feature: Feature) -> Support {
        match feature {
            Feature::Schedule => Support::Unsupported { why: "no clock" },
            Feature::Description => Support::Lossy {
                via: "nothing",
                loses: "the description",
            },
            _ => Support::Native { via: "it" },
        }
    }

    fn fields(&self, _: bool) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn check(&self, flow: &Flow, _: &Settings, diagnostics: &mut Diagnostics) {
        if flow.name.value == "reserved" {
            let message = "the name `reserved` is taken";
            diagnostics.push(Diagnostic::error("target-limit", flow.name.span, message));
        }
    }

    fn emit(&self, plan: &Flow, settings: &Settings) -> Bundle {
        Bundle::single(
            "flow.txt",
            format!("{} {}", settings.spec(), plan.name.value),
        )
    }
}

struct NoFiles;

impl Loader for NoFiles {
    fn load(&mut self, _: &str) -> Result<String, String> {
        Err("no such file".into())
    }
}

/// `code target` of every problem, and the text of every emitted file.
fn compiled(text: &str, on_loss: OnLoss) -> (Vec<String>, Vec<String>) {
    let requests: Vec<Request> = ["1", "2"]
        .into_iter()
        .map(|version| Request {
            target: &PLAIN,
            settings: settings(&PLAIN, Some(version), &[], "flow.yaml").expect("known"),
        })
        .collect();
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let (checked, bundles) = compile(
        &mut sources,
        file,
        &mut NoFiles,
        &[],
        &requests,
        &Options::default(),
        on_loss,
    )
    .expect("no overrides");
    let problems = checked.diagnostics.iter().map(|diagnostic| {
        let target = diagnostic.target.as_deref().unwrap_or("-");
        format!(
            "{} {} {target}",
            diagnostic.severity.as_str(),
            diagnostic.code
        )
    });
    let texts = bundles.iter().flat_map(|bundle| bundle.files.values());
    (problems.collect(), texts.map(Text::to_string).collect())
}

const TASKS: &str = "tasks: { a: { image: 'busybox:1.36', command: [echo] } }\n";

#[test]
fn a_flow_without_problems_is_emitted_for_every_request() {
    let (problems, texts) = compiled(&format!("flow: a\n{TASKS}"), OnLoss::Warn);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(texts, ["plain@1 a", "plain@2 a"]);
}

#[test]
fn losses_are_reported_for_each_target_as_strictly_as_asked() {
    let flow = format!("flow: a\ndescription: some words\n{TASKS}");
    let (problems, texts) = compiled(&flow, OnLoss::Warn);
    assert_eq!(
        problems,
        [
            "warning lossy-feature plain@1",
            "warning lossy-feature plain@2"
        ]
    );
    assert_eq!(texts.len(), 2);
    let (problems, texts) = compiled(&flow, OnLoss::Error);
    assert_eq!(problems[0], "error lossy-feature plain@1");
    assert_eq!(texts, Vec::<String>::new());
}

#[test]
fn what_a_target_cannot_carry_is_an_error_that_names_it() {
    let (problems, texts) = compiled(
        &format!("flow: reserved\nschedule: {{ cron: '0 3 * * *' }}\n{TASKS}"),
        OnLoss::Allow,
    );
    assert_eq!(
        problems,
        [
            "error target-limit plain@1",
            "error target-limit plain@2",
            "error unsupported-feature plain@1",
            "error unsupported-feature plain@2",
        ]
    );
    assert_eq!(texts, Vec::<String>::new());
}

#[test]
fn targets_are_not_asked_about_a_flow_that_is_wrong_in_itself() {
    let flow = "flow: reserved\ntasks: { a: { command: [echo], depends_on: [b] }, b: { command: [echo], depends_on: [a] } }\n";
    let (problems, texts) = compiled(flow, OnLoss::Warn);
    assert!(
        problems.iter().all(|problem| problem.ends_with(" -")),
        "{problems:?}"
    );
    assert!(!problems.is_empty());
    assert_eq!(texts, Vec::<String>::new());
}
