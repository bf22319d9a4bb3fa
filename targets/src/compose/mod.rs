//! Docker Compose.
//!
//! `lower` turns a flow into the `model`, Compose's own words; `print` writes each service as YAML when it is made.
//! Every process is a service that ends with 0 however its task ended: Compose keeps the order, and a small runner in
//! the file (`runner`) decides what runs. What Compose can carry is data in `support`, what it cannot take is found by `check`.

mod check;
mod expr;
mod lower;
mod model;
mod names;
mod options;
mod patch;
mod print;
mod regex;
mod runner;
mod support;
#[cfg(test)]
mod tests;

use flowc_core::diagnostic::Diagnostics;
use flowc_core::feature::{Feature, Support};
use flowc_core::flow::Flow;
use flowc_core::graph::Addition;
use flowc_core::target::{Bundle, Deployment, OptionSpec, Prepared, Settings, Target};
use flowc_core::text::Text;
use print::Services;

/// The target.
pub struct Compose;

impl Target for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn title(&self) -> &'static str {
        "Docker Compose"
    }

    fn versions(&self) -> &'static [&'static str] {
        &["5", "2"]
    }

    fn options(&self) -> &'static [OptionSpec] {
        options::OPTIONS
    }

    fn deployment(&self, _: &Flow, _: &Settings) -> Deployment {
        Deployment {
            unit: "container",
            needs: "Docker with Compose 2.23.1 or newer",
            run: "docker compose -f FILE run --rm run",
        }
    }

    fn support(&self, settings: &Settings, feature: Feature) -> Support {
        support::support(settings, feature)
    }

    fn fields(&self, task: bool) -> &'static [(&'static str, &'static str)] {
        if task {
            patch::TASK_FIELDS
        } else {
            patch::FLOW_FIELDS
        }
    }

    fn check(&self, flow: &Flow, settings: &Settings, diagnostics: &mut Diagnostics) {
        check::check(flow, settings, diagnostics);
    }

    fn additions(&self, plan: &Flow, _settings: &Settings) -> Vec<Addition> {
        let groups = plan.iter().filter(|(_, task)| task.group().is_some());
        let of_group = groups.flat_map(|(id, task)| {
            let names = [
                names::service(&task.path).into_owned(),
                names::end(&task.path),
            ];
            names.map(|name| Addition::Task {
                name,
                beside: Some(id),
            })
        });
        let of_run = names::OWN.map(|name| Addition::Task {
            name: name.to_owned(),
            beside: None,
        });
        of_group.chain(of_run).collect()
    }

    fn emit(&self, plan: &Flow, settings: &Settings) -> Bundle {
        let mut services = Services::new(plan);
        let lowered = lower::lower(plan, settings, &mut |service| services.put(service));
        bundle(services.finish(&lowered.project))
    }

    fn prepare<'f>(
        &'f self,
        flow: &'f Flow,
        settings: &'f Settings,
        diagnostics: &mut Diagnostics,
    ) -> Prepared<'f> {
        let checked = check::check(flow, settings, diagnostics);
        Box::new(move || match checked {
            Some(text) => bundle(text),
            None => self.emit(flow, settings),
        })
    }
}

fn bundle(text: Text) -> Bundle {
    Bundle::single("compose.yaml", text)
}
