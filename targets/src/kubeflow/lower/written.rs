//! A text of the flow on its way into an argument: as it is, with Kubeflow's placeholders, or as a value that a
//! small task works out first.

use flowc_core::expr::{Expr, ExprKind, Part, Ref, Template};
use flowc_core::flow::{Amount, Task as FlowTask, TaskId};

use super::super::arg::{Arg, output_key};
use super::super::model::Str;
use super::super::name::Name;
use super::super::placeholder::{INPUT, INPUT_ARTIFACT, OUTPUT_ARTIFACT, OUTPUT_FILE};
use super::Lowering;
use super::process::Container;
use super::scope::Datum;
use super::text::is_read;

/// A text on its way into an argument.
pub(super) enum Written<'f> {
    /// Known now.
    Literal(Str<'f>),
    /// What an input holds.
    Input(Name<'f>),
    /// With placeholders in it.
    Placeholder(String),
}

impl<'f> Written<'f> {
    /// Its text.
    pub fn text(self) -> Str<'f> {
        match self {
            Self::Literal(text) => text,
            Self::Input(name) => INPUT.of(&name).into(),
            Self::Placeholder(text) => text.into(),
        }
    }
}

/// What an expression reads that Kubeflow writes as the language does.
pub(super) enum Plain<'f> {
    /// The value of an input.
    Input(Datum<'f>),
    /// A path.
    Path(&'f Ref),
}

impl<'f> Lowering<'f> {
    /// A template as Kubeflow writes it, or as a value that is worked out first.
    pub(super) fn written(
        &mut self,
        container: &mut Container<'f>,
        template: &'f Template,
        name: &str,
    ) -> Written<'f> {
        if let Some(text) = template.as_literal() {
            return Written::Literal(text.into());
        }
        if let Some(expr) = template.as_expr() {
            return self.written_expr(container, expr, name);
        }
        let has_path = template.exprs().any(|expr| {
            matches!(
                expr.kind,
                ExprKind::Ref(
                    Ref::Artifact { .. } | Ref::OwnOutput { .. } | Ref::OwnArtifact { .. }
                ) | ExprKind::Default(Ref::Artifact { .. }, _)
            )
        });
        let plain = template.parts.iter().all(|part| match part {
            Part::Text(text) => !is_read(text),
            Part::Expr(expr) => self.placeholder_of(expr).is_some(),
        });
        if !plain && !has_path {
            return Written::Input(self.value(container, template.clone(), name));
        }
        let mut out = String::new();
        for part in &template.parts {
            let alone = |parts: Vec<Part>| Template {
                parts,
                span: template.span,
            };
            match part {
                Part::Text(text) if !is_read(text) => out.push_str(text),
                Part::Expr(expr) => match self.placeholder_of(expr) {
                    Some(plain) => out.push_str(&self.plain(container, plain).text()),
                    None => {
                        let text = alone(vec![part.clone()]);
                        INPUT.write(self.value(container, text, name).seen(), &mut out);
                    }
                },
                Part::Text(_) => {
                    let text = alone(vec![part.clone()]);
                    INPUT.write(self.value(container, text, name).seen(), &mut out);
                }
            }
        }
        Written::Placeholder(out)
    }

    /// The text of an expression.
    pub(super) fn written_expr(
        &mut self,
        container: &mut Container<'f>,
        expr: &'f Expr,
        name: &str,
    ) -> Written<'f> {
        if let ExprKind::Literal(value) = &expr.kind {
            return Written::Literal(value.text().into());
        }
        match self.placeholder_of(expr) {
            Some(plain) => self.plain(container, plain),
            None => {
                let template = Template {
                    parts: vec![Part::Expr(expr.clone())],
                    span: expr.span,
                };
                Written::Input(self.value(container, template, name))
            }
        }
    }

    /// What an expression reads, when Kubeflow writes its text as the language does.
    fn placeholder_of(&self, expr: &'f Expr) -> Option<Plain<'f>> {
        match &expr.kind {
            ExprKind::Ref(Ref::Parameter {
                scope: Some(scope),
                name,
            }) => self.placeholder_of(self.plain_binding(*scope, name)?),
            ExprKind::Ref(reference) => match reference {
                Ref::Artifact { .. } | Ref::OwnOutput { .. } | Ref::OwnArtifact { .. } => {
                    Some(Plain::Path(reference))
                }
                Ref::RunId => Some(Plain::Input(Datum::RunId)),
                Ref::RunStatus
                    if !self
                        .scopes
                        .iter()
                        .any(|scope| scope.made.contains_key(&Datum::FinalStatus)) =>
                {
                    Some(Plain::Input(Datum::FlowState))
                }
                _ => {
                    let datum = self.datum(reference)?;
                    let is_exact = datum.kind(self.flow).is_exact();
                    is_exact.then_some(Plain::Input(datum))
                }
            },
            ExprKind::Default(reference @ Ref::Artifact { task, .. }, _)
                if !self.facts.is_stateful(*task) =>
            {
                Some(Plain::Path(reference))
            }
            _ => None,
        }
    }

    /// What stands for it in an argument.
    fn plain(&mut self, container: &mut Container<'f>, plain: Plain<'f>) -> Written<'f> {
        let reference = match plain {
            Plain::Input(datum) => {
                return Written::Input(container.inputs.name(datum, self.flow));
            }
            Plain::Path(reference) => reference,
        };
        match reference {
            Ref::Artifact { task, name } => {
                let path = self.artifact_path(container, *task, name);
                let empty =
                    self.flow.task(*task).for_each.is_some() && self.facts.is_stateful(*task);
                let folder = Arg::text(format!("--folder={path}"));
                if empty && !container.args.contains(&folder) {
                    container.args.push(folder);
                }
                Written::Placeholder(path)
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => {
                let from = container
                    .task
                    .artifacts
                    .iter()
                    .find(|artifact| artifact.name.value == *name)
                    .and_then(|artifact| artifact.path.as_ref());
                Written::Placeholder(match from {
                    Some(path) => path.value.clone(),
                    None => {
                        container.knows_place = true;
                        format!("{}/{name}", place(container.task))
                    }
                })
            }
            _ => Written::Placeholder(String::new()),
        }
    }

    pub(super) fn artifact_path(
        &mut self,
        container: &mut Container<'f>,
        task: TaskId,
        name: &'f str,
    ) -> String {
        let datum = Datum::Artifact(task, name.into());
        let name = container.inputs.name(datum, self.flow);
        INPUT_ARTIFACT.of(&name)
    }

    /// The input that a text becomes which is worked out first.
    pub(super) fn value(
        &mut self,
        container: &mut Container<'f>,
        template: Template,
        name: &str,
    ) -> Name<'f> {
        let known = container
            .values
            .iter()
            .position(|(_, value)| *value == template);
        let name = match known {
            Some(at) => container.values[at].0.clone(),
            None => {
                let mut own = name.to_owned();
                let mut number = 1;
                while container.values.iter().any(|(taken, _)| *taken == own) {
                    number += 1;
                    own = format!("{name}_{number}");
                }
                container.values.push((own.clone(), template));
                own
            }
        };
        let datum = Datum::Value(container.id, name.into());
        container.inputs.name(datum, self.flow)
    }

    /// An amount as text.
    pub(super) fn amount(
        &mut self,
        container: &mut Container<'f>,
        amount: &'f Amount,
        name: &str,
    ) -> String {
        match amount {
            Amount::Known(quantity) => quantity.value.as_str().to_owned(),
            Amount::Computed(expr) => {
                let written = self.written_expr(container, expr, name);
                written.text().into_owned()
            }
        }
    }
}

/// Where the outputs of a task lie, when an argument has to say so.
pub(super) fn place(task: &FlowTask) -> String {
    match (task.outputs.first(), task.artifacts.first()) {
        (Some(output), _) => OUTPUT_FILE.of(output_key(&output.name.value)) + ".flow",
        (None, Some(artifact)) => OUTPUT_ARTIFACT.of(output_key(&artifact.name.value)) + ".flow",
        (None, None) => "/tmp/flow".into(),
    }
}
