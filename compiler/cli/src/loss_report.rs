//! `--loss-report FILE`: what each target does not have natively, for programs.

use std::io::Write;
use std::path::Path;

use flowc_core::flow::Flow;
use flowc_core::loss::Loss;
use serde::Serialize;

use crate::commands::Compiled;
use crate::failure::Failure;
use crate::support::SupportView;

/// The report of one command.
#[derive(Debug, Serialize)]
pub struct LossReport {
    /// The version of this format.
    flowc_loss_report: u32,
    flows: Vec<FlowLosses>,
}

#[derive(Debug, Serialize)]
struct FlowLosses {
    flow: String,
    path: String,
    targets: Vec<TargetLosses>,
}

#[derive(Debug, Serialize)]
struct TargetLosses {
    target: String,
    losses: Vec<OneLoss>,
}

#[derive(Debug, Serialize)]
struct OneLoss {
    feature: &'static str,
    title: String,
    #[serde(flatten)]
    support: SupportView,
    path: String,
    line: usize,
    column: usize,
    tasks: Vec<String>,
}

impl LossReport {
    /// Of all flows that could be resolved.
    pub fn new(compiled: &[Compiled]) -> Self {
        Self {
            flowc_loss_report: 1,
            flows: compiled
                .iter()
                .filter_map(|compiled| Some(flow_losses(compiled, compiled.checked.flow.as_ref()?)))
                .collect(),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        let failed = |error: std::io::Error| Failure::io("write", path, &error);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

fn flow_losses(compiled: &Compiled, flow: &Flow) -> FlowLosses {
    FlowLosses {
        flow: flow.name.value.clone(),
        path: compiled.input.source().to_owned(),
        targets: compiled
            .requests
            .iter()
            .zip(&compiled.checked.losses)
            .map(|(request, losses)| TargetLosses {
                target: request.settings.spec(),
                losses: losses
                    .iter()
                    .map(|loss| one_loss(compiled, flow, loss))
                    .collect(),
            })
            .collect(),
    }
}

fn one_loss(compiled: &Compiled, flow: &Flow, loss: &Loss) -> OneLoss {
    let file = compiled.input.sources.file(loss.span.file);
    let (line, column) = file.line_column(loss.span.start as usize);
    OneLoss {
        feature: loss.feature.id(),
        title: loss.feature.title(),
        support: loss.support.into(),
        path: file.path().to_owned(),
        line,
        column,
        tasks: loss
            .tasks
            .iter()
            .map(|task| flow.task(*task).path.clone())
            .collect(),
    }
}
