//! What the tests of all targets begin with: a flow from its text, and settings.

use flowc_core::checks;
use flowc_core::diagnostic::{Diagnostics, Severity};
use flowc_core::flow::Flow;
use flowc_core::resolve::{Loader, resolve};
use flowc_core::source::Sources;
use flowc_core::target::{Settings, Target, settings};

/// A loader that knows one file under any name, or none.
struct Part(Option<&'static str>);

impl Loader for Part {
    fn load(&mut self, _path: &str) -> Result<String, String> {
        self.0.map(str::to_owned).ok_or("no such file".to_owned())
    }
}

/// A flow without errors, from its text.
pub(crate) fn flow(text: &str) -> Flow {
    flow_with(text, None)
}

/// The same, with the text of the sub-flows that it names.
pub(crate) fn flow_with(text: &str, part: Option<&'static str>) -> Flow {
    let mut sources = Sources::default();
    let file = sources.add("flow.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let flow = resolve(&mut sources, file, &mut Part(part), &mut diagnostics);
    if let Some(flow) = &flow {
        checks::check(flow, &mut diagnostics);
    }
    let errors: Vec<&str> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    match flow {
        Some(flow) if errors.is_empty() => flow,
        _ => panic!("the flow has errors: {errors:?}"),
    }
}

/// The settings of a target, in its default version where none is given.
pub(crate) fn set(
    target: &dyn Target,
    version: Option<&str>,
    options: &[(&str, &str)],
) -> Settings {
    let options: Vec<(String, String)> = options
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    match settings(target, version, &options, "flow.yaml") {
        Ok(settings) => settings,
        Err(error) => panic!("{}", error.message),
    }
}
