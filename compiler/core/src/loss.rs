//! What a target makes of the features that a flow uses, as diagnostics.

use crate::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
use crate::feature::{Feature, Support};
use crate::flow::{Flow, TaskId};
use crate::source::Span;
use crate::target::{Settings, Target};
use crate::uses::{Use, uses_where};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// How strict to be about lost meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnLoss {
    /// A loss is an error.
    Error,
    /// A loss is a warning.
    #[default]
    Warn,
    /// A loss is a note.
    Allow,
}

/// The places that a diagnostic shows besides the first.
const MAX_PLACES: usize = 5;

/// A used feature that the target does not have natively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The feature.
    pub feature: Feature,
    /// How the target carries it; never [`Support::Native`].
    pub support: Support,
    /// Where it is asked for.
    pub span: Span,
    /// The tasks that ask for it there: several when it stands in `defaults` or in a sub-flow file,
    /// none when the flow as a whole asks.
    pub tasks: SmallVec<[TaskId; 4]>,
}

/// Every place that uses a feature which the target does not have natively, in document order.
pub fn losses(flow: &Flow, target: &dyn Target, settings: &Settings) -> Vec<Loss> {
    let mut all = losses_of_each(flow, &[(target, settings)]);
    all.pop().unwrap_or_default()
}

/// The same for each of several targets. The flow is looked through once for all.
pub fn losses_of_each(flow: &Flow, targets: &[(&dyn Target, &Settings)]) -> Vec<Vec<Loss>> {
    let mut known: FxHashMap<Feature, Known> = FxHashMap::default();
    let uses = uses_where(flow, |feature| {
        let known = known.entry(feature).or_insert_with(|| {
            let targets = targets.iter();
            let supports = targets.map(|(target, settings)| target.support(settings, feature));
            let supports: Vec<Support> = supports.collect();
            Known {
                wanted: supports.iter().any(is_lost),
                supports,
                uses: 0,
            }
        });
        known.uses += 1;
        known.wanted
    });
    let room = |at: usize| {
        let lost = known.values().filter(|known| is_lost(&known.supports[at]));
        lost.map(|known| known.uses).sum()
    };
    let mut each: Vec<Vec<Loss>> = (0..targets.len())
        .map(|at| Vec::with_capacity(room(at)))
        .collect();
    for used in &uses {
        let supports = known.get(&used.feature).map(|known| &known.supports);
        for (losses, support) in each.iter_mut().zip(supports.into_iter().flatten()) {
            if is_lost(support) {
                add(losses, used, *support);
            }
        }
    }
    // There may be one for every task, and they stay until everything is written.
    each.iter_mut().for_each(Vec::shrink_to_fit);
    each
}

/// What is known of a feature that the flow uses.
struct Known {
    /// How each target carries it.
    supports: Vec<Support>,
    /// Whether any of them loses it.
    wanted: bool,
    /// How often it is used.
    uses: usize,
}

fn is_lost(support: &Support) -> bool {
    !matches!(support, Support::Native { .. })
}

/// Adds the use of a feature that is lost. Equal ones at one place become one.
fn add(losses: &mut Vec<Loss>, used: &Use, support: Support) {
    let same_place = losses
        .iter_mut()
        .rev()
        .take_while(|loss| loss.span == used.span)
        .find(|loss| loss.feature == used.feature);
    match same_place {
        Some(loss) => loss.tasks.extend(used.task),
        None => losses.push(Loss {
            feature: used.feature,
            support,
            span: used.span,
            tasks: used.task.into_iter().collect(),
        }),
    }
}

/// Diagnostics for the losses: emulated is a note, lossy as strict as `on_loss` says, unsupported an
/// error. What is not an error is said once for a feature, with a label at each place that asks.
pub fn report(losses: &[Loss], settings: &Settings, on_loss: OnLoss, out: &mut Diagnostics) {
    let mut said: Vec<(Feature, Diagnostic, usize)> = Vec::new();
    for loss in losses {
        let before = said
            .iter_mut()
            .find(|(feature, ..)| *feature == loss.feature);
        match before {
            Some((_, before, more)) if severity(loss, on_loss) != Severity::Error => {
                // More places than a reader would look at become a number.
                if before.labels.len() == MAX_PLACES {
                    *more += 1;
                    continue;
                }
                before.labels.push(Label {
                    span: loss.span,
                    message: "here too".into(),
                });
            }
            _ => said.push((loss.feature, diagnostic(loss, settings, on_loss), 0)),
        }
    }
    for (_, diagnostic, more) in said {
        out.push(match more {
            0 => diagnostic,
            more => diagnostic.help(format!(
                "{more} more places ask for it; `--loss-report` lists them all"
            )),
        });
    }
}

fn severity(loss: &Loss, on_loss: OnLoss) -> Severity {
    match (loss.support, on_loss) {
        (Support::Native { .. } | Support::Emulated { .. }, _) => Severity::Note,
        (Support::Lossy { .. }, OnLoss::Allow) => Severity::Note,
        (Support::Lossy { .. }, OnLoss::Warn) => Severity::Warning,
        (Support::Lossy { .. }, OnLoss::Error) | (Support::Unsupported { .. }, _) => {
            Severity::Error
        }
    }
}

fn diagnostic(loss: &Loss, settings: &Settings, on_loss: OnLoss) -> Diagnostic {
    let target = settings.spec();
    let title = loss.feature.title();
    let make = |code, message| {
        let mut diagnostic = Diagnostic::new(severity(loss, on_loss), code, loss.span, message);
        diagnostic.target = Some(target.clone());
        diagnostic
    };
    match loss.support {
        Support::Native { via } | Support::Emulated { via } => make(
            "emulated-feature",
            match via.strip_prefix("nothing: ") {
                Some(why) => format!("target `{target}` needs nothing for {title}: {why}"),
                None => format!("target `{target}` has no {title} of its own; this becomes {via}"),
            },
        ),
        Support::Lossy { via, loses } => make(
            "lossy-feature",
            format!("target `{target}` carries {title} only in part; lost: {loses}"),
        )
        .says(format!("becomes {via}")),
        Support::Unsupported { why } => make(
            "unsupported-feature",
            format!("target `{target}` cannot carry {title}: {why}"),
        )
        .help("`flowc targets` shows which targets can"),
    }
}
