//! What a pod asks for: amounts that are known, and those that a run computes.

use flowc_core::expr::{Expr, Type};
use flowc_core::flow::{Amount, Resources, Task};

use super::process::{Pairs, Slots, put};
use super::{Lowerer, Place};
use crate::argo::expr::{self, Code};
use crate::argo::model::{SlotValue, Str, Text};

impl<'f> Lowerer<'f> {
    pub(super) fn known_resources(&self, resources: &'f Resources) -> (Pairs<'f>, Pairs<'f>) {
        let known = |amount: &'f Option<Amount>| match amount {
            Some(Amount::Known(quantity)) => Some(Str::from(quantity.value.as_str())),
            _ => None,
        };
        let mut requests = Vec::new();
        let mut limits = Vec::new();
        if let Some(cpu) = known(&resources.cpu) {
            requests.push(("cpu".into(), cpu));
        }
        if let Some(memory) = known(&resources.memory) {
            requests.push(("memory".into(), memory.clone()));
            limits.push(("memory".into(), memory));
        }
        if let Some(disk) = known(&resources.disk) {
            requests.push(("ephemeral-storage".into(), disk));
        }
        if let Some(Amount::Known(count)) = resources.gpu.as_ref().map(|gpu| &gpu.count) {
            put(
                &mut limits,
                self.options.gpu_resource.clone(),
                count.value.as_str(),
            );
        }
        (requests, limits)
    }

    /// Fields that Argo's template lacks or cannot compute, merged into the pod.
    pub(super) fn pod_spec_patch(
        &mut self,
        depth: usize,
        task: &'f Task,
        slots: &mut Slots<'f>,
    ) -> Option<Text<'f>> {
        if !has_computed_amount(&task.resources) && task.kubernetes.image_pull_secrets.is_empty() {
            return None;
        }
        let mut requests = Vec::new();
        let mut limits = Vec::new();
        let mut here = true;
        let gpu = task.resources.gpu.as_ref().map(|gpu| &gpu.count);
        let gpu_resource = self.options.gpu_resource.clone();
        let amounts = [
            ("cpu", task.resources.cpu.as_ref(), true, false),
            ("memory", task.resources.memory.as_ref(), true, true),
            (
                "ephemeral-storage",
                task.resources.disk.as_ref(),
                true,
                false,
            ),
            (gpu_resource.as_str(), gpu, false, true),
        ];
        for (name, amount, request, limit) in amounts {
            if let Some(Amount::Computed(expr)) = amount {
                here &= self.is_run_expr(expr);
                let tag = self.amount(depth, expr);
                let entry = format!("\"{name}\": \"{tag}\"");
                if request {
                    requests.push(entry.clone());
                }
                if limit {
                    limits.push(entry);
                }
            }
        }
        let mut fields = Vec::new();
        if !requests.is_empty() || !limits.is_empty() {
            let of = |name: &str, entries: &[String]| {
                (!entries.is_empty()).then(|| format!("\"{name}\": {{ {} }}", entries.join(", ")))
            };
            let both: Vec<String> = [of("requests", &requests), of("limits", &limits)]
                .into_iter()
                .flatten()
                .collect();
            fields.push(format!(
                "\"containers\": [{{ \"name\": \"main\", \"resources\": {{ {} }} }}]",
                both.join(", ")
            ));
        }
        if !task.kubernetes.image_pull_secrets.is_empty() {
            let names: Vec<String> = task
                .kubernetes
                .image_pull_secrets
                .iter()
                .map(|name| format!("{{ \"name\": \"{}\" }}", name.value))
                .collect();
            fields.push(format!("\"imagePullSecrets\": [{}]", names.join(", ")));
        }
        if fields.is_empty() {
            return None;
        }
        let text = Str::from(format!("{{ {} }}", fields.join(", ")));
        let value = if here {
            SlotValue::Here(text)
        } else {
            SlotValue::Passed(text)
        };
        Some(slots.fixed_or_slot("pod_spec_patch", value))
    }

    fn amount(&mut self, depth: usize, expr: &'f Expr) -> String {
        let place = if self.is_run_expr(expr) {
            Place::Pod
        } else {
            Place::Dag
        };
        let code = self.value(depth, place, expr);
        if matches!(expr.ty, Type::Integer | Type::Number) {
            return code.tag();
        }
        let text = expr::text_of(code, &expr.ty);
        // The text stands inside JSON, so it must be an amount and nothing else.
        Code::atom(format!(
            "{0} matches \"^[0-9.]+[A-Za-z]*$\" ? {0} : sprig.fail(\"not an amount\")",
            text.at(expr::Level::Atom)
        ))
        .tag()
    }
}

fn has_computed_amount(resources: &Resources) -> bool {
    let Resources {
        cpu,
        memory,
        disk,
        gpu,
    } = resources;
    let gpu = gpu.as_ref().map(|gpu| &gpu.count);
    let amounts = [cpu, memory, disk].into_iter().flatten().chain(gpu);
    amounts
        .into_iter()
        .any(|amount| matches!(amount, Amount::Computed(_)))
}
