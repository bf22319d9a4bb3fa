//! How a level ends: what a group exports, and the state that its tasks' states make.

use flowc_core::expr::{Expr, ExprKind, Ref};
use flowc_core::flow::{Group, TaskId};

use super::cel::Condition;
use super::scope::{Datum, Inputs};
use super::{Lowering, dashed, script};
use crate::kubeflow::arg::Arg;
use crate::kubeflow::model::{Component, Executor, Input, Kind, Parameter, Ports, Program, Task};
use crate::kubeflow::name::Name;

/// What a last task does with the states of a level.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// Fails after a failure.
    Fails,
    /// Hands the state on.
    Tells,
    /// Fails after a failure and hands on the success.
    TellsOrFails,
}

impl<'f> Lowering<'f> {
    /// What a group exports, as outputs of the open DAG.
    pub(super) fn exports(&mut self, id: TaskId, group: &'f Group) {
        let mut computed: Vec<(&str, &Expr)> = Vec::new();
        for export in &group.outputs {
            let name = &export.name.value;
            let plain = match &export.value.kind {
                ExprKind::Ref(Ref::Output { task, name }) => self
                    .scope()
                    .made
                    .get(&Datum::Output(*task, name.into()))
                    .cloned(),
                _ => None,
            };
            match plain {
                Some(Input::Output { task, key }) => {
                    let dag = &mut self.scope().dag;
                    dag.parameters
                        .insert(name.as_str().into(), vec![(task, key)]);
                }
                _ => computed.push((name, &export.value)),
            }
        }
        for export in &group.artifacts {
            let datum = Datum::Artifact(export.task, export.artifact.as_str().into());
            if let Some(Input::Output { task, key }) = self.scope().made.get(&datum).cloned() {
                let dag = &mut self.scope().dag;
                let name = export.name.value.as_str().into();
                dag.artifacts.insert(name, vec![(task, key)]);
            }
        }
        if computed.is_empty() {
            return;
        }
        let mut script = script::Script::new(self);
        for (name, value) in &computed {
            let path = script.output(name, Kind::of(&value.ty));
            let code = script.value(value);
            script.line(format!("deliver({path}, {code})"));
        }
        let path = &self.flow.task(id).path;
        let made = script.finish(format!("what {path} exports"));
        let key = self.key("exports");
        let title = format!("{path} exports");
        let name = dashed(&title);
        let after = self.leaves(&group.children);
        self.helper(&key, title, &name, made, &Condition::Always, after);
        for (name, _) in computed {
            let name: Name<'f> = name.into();
            let dag = &mut self.scope().dag;
            dag.parameters
                .insert(name.clone(), vec![(key.clone(), name)]);
        }
    }

    /// The tasks of a level that no other waits for, by name.
    pub(super) fn leaves(&self, level: &[TaskId]) -> Vec<Name<'f>> {
        let leaves = self.analysis.leaves(level);
        leaves.into_iter().map(|id| self.name_of(id)).collect()
    }

    /// A last task that turns the states of a level into its own.
    pub(super) fn verdict(&mut self, level: &[TaskId], mut states: Vec<Datum<'f>>, report: Report) {
        let counted = level.iter().filter(|id| self.counts(**id));
        states.extend(counted.map(|id| Datum::State(*id)));
        if states.is_empty() && report == Report::Fails {
            return;
        }
        let mut inputs = Inputs::default();
        let mut args: Vec<Arg<'_>> = states
            .into_iter()
            .map(|datum| Arg::input(inputs.name(datum, self.flow)))
            .collect();
        let mut outputs = Ports::default();
        let text = match report {
            Report::Fails => VERDICT_FAILS.to_owned(),
            Report::Tells => VERDICT_TELLS.to_owned(),
            Report::TellsOrFails => format!("{VERDICT_FAILS}{VERDICT_TELLS}"),
        };
        if report != Report::Fails {
            args.insert(0, Arg::state());
            outputs.put("state".into(), Parameter::of(Kind::String));
        }
        let executor = Executor {
            comment: Some("fails after a failure that nothing allows".into()),
            image: self.options.helper_image.into(),
            program: Program::Shell(text),
            args,
            ..Executor::default()
        };
        let executor = match report {
            Report::Tells => Executor {
                comment: Some("how a group ended".into()),
                ..executor
            },
            _ => executor,
        };
        let component = Component {
            inputs: inputs.ports(self.flow),
            outputs,
            ..Component::default()
        };
        let component = self.executable(&"verdict".into(), component, executor);
        let key = self.key("verdict");
        let mut task = Task::of("the verdict", component);
        task.after = self.leaves(level);
        self.add(&key, task, &inputs);
        if report != Report::Fails {
            let made = Input::Output {
                task: key,
                key: "state".into(),
            };
            self.scope().made.insert(Datum::FlowState, made);
        }
    }
}

const VERDICT_FAILS: &str = "\
for state do
  if [ \"$state\" = failed ]; then
    echo 'a task has failed' >&2
    exit 1
  fi
done
";

const VERDICT_TELLS: &str = "\
path=$1 verdict=succeeded
shift
for state do
  if [ \"$state\" = failed ]; then verdict=failed; fi
done
mkdir -p \"${path%/*}\"
printf %s \"$verdict\" > \"$path\"
";
