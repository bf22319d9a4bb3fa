//! What a process may use of its machine, and which of it only a run knows.

use flowc_core::expr::{Expr, Value};
use flowc_core::flow::{Amount, Flow, Gpu, Resources, Task, TaskId};

use super::Lowering;
use crate::airflow::expr::Expressions;
use crate::python::{Arguments, Code};

/// The arguments of a container that are templates in some task. Airflow looks for templates, and
/// for results of other tasks, in all that it is told may hold them, so it is told of no others.
#[derive(Clone, Copy)]
pub(in crate::airflow) struct Templates {
    pub image: bool,
    pub resources: bool,
}

impl Templates {
    pub fn of(flow: &Flow) -> Self {
        let processes = || flow.tasks.iter().filter_map(Task::process);
        let mut images = processes().filter_map(|process| process.image.as_ref());
        Self {
            image: images.any(|image| image.as_literal().is_none()),
            resources: flow
                .tasks
                .iter()
                .any(|task| computed(&task.resources).next().is_some()),
        }
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn pod_resources(
        &'a self,
        id: TaskId,
        resources: &'a Resources,
    ) -> Option<Code<'a>> {
        let expressions = Expressions::new(self, Some(id));
        let mut requests = Vec::new();
        let mut limits = Vec::new();
        if let Some(cpu) = &resources.cpu {
            requests.push(("cpu", amount(cpu, &expressions)));
        }
        if let Some(memory) = &resources.memory {
            requests.push(("memory", amount(memory, &expressions)));
            limits.push(("memory", amount(memory, &expressions)));
        }
        if let Some(disk) = &resources.disk {
            requests.push(("ephemeral-storage", amount(disk, &expressions)));
        }
        if let Some(Gpu { count, kind: _ }) = &resources.gpu {
            limits.push(("nvidia.com/gpu", amount(count, &expressions)));
        }
        let arguments: Vec<_> = [("requests", requests), ("limits", limits)]
            .into_iter()
            .filter(|(_, fields)| !fields.is_empty())
            .map(|(name, fields)| (name, Code::dict(fields)))
            .collect();
        (!arguments.is_empty()).then(|| Code::call("k8s.V1ResourceRequirements", arguments))
    }
}

/// The amounts that only a run knows.
pub(super) fn computed(resources: &Resources) -> impl Iterator<Item = &Expr> {
    let amounts = [&resources.cpu, &resources.memory, &resources.disk];
    let gpus = resources.gpu.as_ref().map(|gpu| &gpu.count);
    let amounts = amounts.into_iter().flatten().chain(gpus);
    amounts.filter_map(|amount| match amount {
        Amount::Computed(expr) => Some(expr),
        Amount::Known(_) => None,
    })
}

fn amount<'a>(amount: &'a Amount, expressions: &Expressions<'a>) -> Code<'a> {
    match amount {
        Amount::Known(quantity) => Code::string(quantity.value.as_str()),
        Amount::Computed(expr) => expressions.value(expr),
    }
}

/// Docker takes limits only.
pub(super) fn docker<'a>(resources: &'a Resources) -> Arguments<'a> {
    let mut arguments = Vec::new();
    if let Some(Amount::Known(cpu)) = &resources.cpu {
        arguments.push(("cpus", Code::owned(Value::Number(cpu.value.as_number()))));
    }
    if let Some(Amount::Known(memory)) = &resources.memory {
        let bytes = i64::try_from(memory.value.whole_up()).unwrap_or(i64::MAX);
        arguments.push(("mem_limit", Code::owned(Value::Integer(bytes))));
    }
    if let Some(Gpu {
        count: Amount::Known(count),
        kind: _,
    }) = &resources.gpu
    {
        let request = Code::call(
            "DeviceRequest",
            [
                ("count", Code::atom(count.value.whole_up().to_string())),
                ("capabilities", Code::atom("[[\"gpu\"]]")),
            ],
        );
        arguments.push(("device_requests", Code::List(vec![request])));
    }
    arguments
}
