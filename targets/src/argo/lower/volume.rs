//! Artifacts on a volume that all pods share, for clusters without an artifact repository.
//!
//! What a task writes to its output folder lies on the volume, below the run, the task and the number
//! of the instance; readers mount what they read. A folder of all instances is made of links.

use flowc_core::flow::TaskId;

use super::artifacts::ArtifactRead;
use super::facts::Source;
use super::process::Slots;
use super::scope::artifact_name;
use super::{INPUTS, Lowerer, OUTPUTS};
use crate::argo::model::{Beside, Container, Mount, Pod, SlotValue, Text};

/// Where the folders of all instances are mounted.
const FAN_IN: &str = "/flow/fan-in";

impl<'f> Lowerer<'f> {
    /// Mounts the volume where a process writes and reads artifacts.
    pub(super) fn mount_artifacts(
        &mut self,
        depth: usize,
        id: TaskId,
        reads: &[ArtifactRead<'f>],
        pod: &mut Pod<'f>,
        slots: &mut Slots<'f>,
    ) {
        if !self.options.on_volume() {
            return;
        }
        if !self.flow.task(id).artifacts.is_empty() {
            let path = self.run_path(depth, id, 0);
            let sub_path = slots.add("outputs_path", path);
            let folder = Mount {
                volume: "artifacts",
                path: OUTPUTS.into(),
                sub_path: Some(sub_path),
                read_only: false,
            };
            if pod.retry.is_some() {
                // Each attempt starts with an empty folder.
                let clean = format!("rm -rf {OUTPUTS}/* {OUTPUTS}/.[!.]* {OUTPUTS}/..?*");
                let mounts = vec![folder.clone()];
                pod.rest_mut()
                    .init_containers
                    .push(self.helper("flowc-clean", clean, mounts));
            }
            if let Some(own) = &mut pod.main.own {
                own.outputs = Some(Box::new(folder));
            }
        }
        for read in reads {
            self.mount_read(depth, read, pod, slots);
        }
    }

    fn mount_read(
        &mut self,
        depth: usize,
        read: &ArtifactRead<'f>,
        pod: &mut Pod<'f>,
        slots: &mut Slots<'f>,
    ) {
        let flow = self.flow;
        let source = Source::of(flow, read.task, artifact_name(flow, read.task, &read.name));
        let levels = source.fan_outs.len();
        let path = self.run_path(depth, source.task, levels);
        let slot = format!("{}_path", read.input);
        let folder = format!("{INPUTS}/{}", read.input);
        if levels == 0 {
            let path = match path {
                SlotValue::Here(text) => {
                    SlotValue::Here(format!("{text}/{}", source.artifact).into())
                }
                SlotValue::Passed(text) => {
                    SlotValue::Passed(format!("{text}/{}", source.artifact).into())
                }
            };
            pod.main.mounts.push(Mount {
                volume: "artifacts",
                path: folder.into(),
                sub_path: Some(slots.add(slot, path)),
                read_only: true,
            });
            return;
        }
        let all = format!("{FAN_IN}/{}", read.input);
        let from = Mount {
            volume: "artifacts",
            path: all.clone().into(),
            sub_path: Some(slots.add(slot, path)),
            read_only: true,
        };
        let to = Mount {
            volume: "inputs",
            path: folder.clone().into(),
            sub_path: Some(Text::fixed(read.input.clone())),
            read_only: false,
        };
        let each = vec!["*"; levels].join("/");
        let script = format!(
            "cd {all}\nfor i in {each}; do\n  [ -e \"$i/{artifact}\" ] || continue\n  \
             mkdir -p \"$(dirname \"{folder}/$i\")\"\n  ln -s \"{all}/$i/{artifact}\" \
             \"{folder}/$i\"\ndone\n",
            artifact = source.artifact
        );
        let name = format!("flowc-{}", read.input.replace('_', "-"));
        let mounts = vec![from.clone(), to.clone()];
        pod.rest_mut()
            .init_containers
            .push(self.helper(&name, script, mounts));
        pod.main.mounts.extend([from, to]);
    }

    /// The folder of a task's artifacts on the volume, without the innermost `levels` numbers.
    fn run_path(&mut self, depth: usize, id: TaskId, levels: usize) -> SlotValue<'f> {
        let mut path = format!("{{{{workflow.uid}}}}/{}", self.flow.task(id).path);
        let around = self.flow.fan_outs_of(id);
        let outer = &around[..around.len().saturating_sub(levels)];
        for fan_out in outer {
            path.push('/');
            path.push_str(&self.index_tag(depth, *fan_out));
        }
        if outer.is_empty() {
            SlotValue::Here(path.into())
        } else {
            SlotValue::Passed(path.into())
        }
    }

    fn helper(&self, name: &str, script: String, mounts: Vec<Mount<'f>>) -> Container<'f> {
        Container {
            beside: Some(Box::new(Beside {
                name: Some(name.to_owned().into()),
                ..Beside::default()
            })),
            image: Some(Text::fixed(self.options.helper_image.clone())),
            command: ["sh", "-e", "-c"].map(Text::fixed).to_vec(),
            args: vec![Text::fixed(script)],
            mounts,
            ..Container::default()
        }
    }
}
