//! The service that begins a run: it checks what the run is given.

use flowc_core::flow::Parameter;

use super::{Awk, Environment, Lowerer, Service, Sink, Variable, clock, conform, literal, names};

impl<'f> Lowerer<'f> {
    pub(super) fn start(&mut self, services: &mut Sink<'_>) -> Service<'f> {
        let flow = self.flow;
        let mut start = self.helper("start", "A new run: its id, its parameters.");
        let mut environment = Environment::default();
        environment.own("FLOW_RUN_ID", Variable::Given);
        if flow
            .schedule
            .as_ref()
            .is_some_and(|schedule| schedule.timezone.value != "UTC")
        {
            self.parts.need("clock");
        }
        if self.parts.has("clock") {
            environment.own("FLOW_SCHEDULED_AT", Variable::Given);
            if let Some(zone) = flow
                .schedule
                .as_ref()
                .and_then(|schedule| clock::posix(&schedule.timezone.value))
            {
                environment.text("FLOW_TIMEZONE", zone);
            }
        }
        if let Some(timeout) = &flow.timeout {
            self.parts.need("deadline");
            let seconds = timeout.value.whole_seconds_up();
            environment.own("FLOW_RUN_TIMEOUT", Variable::Number(seconds));
        }
        let mut required = Vec::new();
        let mut checks = Vec::new();
        for parameter in &flow.parameters {
            let variable = names::parameter(&parameter.name.value);
            if parameter.default.is_none() {
                required.push(variable.clone());
            }
            checks.extend(self.parameter(parameter, &variable));
            environment.other(variable, Variable::Given);
        }
        for secret in &flow.secrets {
            let variable = names::secret(flow, &secret.value);
            required.push(variable.clone());
            environment.other(variable, Variable::Given);
        }
        if !checks.is_empty() {
            environment.text("FLOW_PARAMETERS", checks.join("\n"));
        }
        if !required.is_empty() {
            self.parts.need("required");
            environment.text("FLOW_REQUIRED", required.join(" "));
        }
        if self.options.copied_shell {
            self.parts.need("copied");
        }
        start.environment = environment;
        start.command = vec!["start".into()];
        start.depends_on = self.sidecars(&flow.services, &[], services);
        start
    }

    /// Reads a parameter and checks it.
    fn parameter(&mut self, parameter: &Parameter, variable: &str) -> Vec<String> {
        self.needs_values = true;
        self.parts.need("parameters");
        let default = parameter
            .default
            .as_ref()
            .map(|value| conform(&value.value, &parameter.ty).text());
        let mut lines = vec![format!(
            "take({}, {}, {}, {})",
            literal(&parameter.name.value),
            literal(variable),
            literal(&parameter.ty.to_string()),
            literal(&default.unwrap_or_default())
        )];
        let mut awk = Awk::new(self.flow);
        let text = format!("parameter({})", literal(&parameter.name.value));
        let limited = awk.limited(text.clone(), parameter);
        if limited != text {
            lines.push(limited);
        }
        for part in &awk.parts {
            self.parts.need(part);
        }
        self.problems.extend(awk.problems);
        lines
    }
}
