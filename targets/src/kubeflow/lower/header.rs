//! The comment at the top of the file.

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn header(&self) -> Vec<String> {
        let flow = self.flow;
        let mut lines = vec![format!(
            "Written by flowc from {}, for Kubeflow Pipelines 2.",
            self.options.source
        )];
        let mut more = |line: String| lines.push(printable(&line));
        if let Some(owner) = &flow.owner {
            more(format!("Owner: {}", owner.value));
        }
        if !flow.tags.is_empty() {
            let tags: Vec<&str> = flow.tags.iter().map(|tag| tag.value.as_str()).collect();
            more(format!("Tags: {}", tags.join(", ")));
        }
        if !flow.labels.is_empty() {
            let labels: Vec<String> = flow
                .labels
                .iter()
                .map(|(key, value)| format!("{key}={}", value.value))
                .collect();
            more(format!("Labels: {}", labels.join(", ")));
        }
        if !flow.secrets.is_empty() {
            let names: Vec<&str> = flow
                .secrets
                .iter()
                .map(|name| name.value.as_str())
                .collect();
            more(format!(
                "Needs the secret {} with the keys {}.",
                self.options.secret(flow),
                names.join(", ")
            ));
        }
        if let Some(schedule) = &flow.schedule {
            let overlap = match schedule.overlap.value {
                flowc_core::flow::Overlap::Allow => "runs may overlap",
                flowc_core::flow::Overlap::Skip => "one run at a time",
                flowc_core::flow::Overlap::Replace => "a new run replaces the one before",
            };
            let mut line = format!(
                "Make a recurring run of it: cron \"0 {}\", time zone {}, catch up {}, {overlap}",
                schedule.cron.value, schedule.timezone.value, schedule.catchup.value,
            );
            if let Some(start) = &schedule.start {
                line.push_str(&format!(", from {}", start.value.as_str()));
            }
            if let Some(end) = &schedule.end {
                line.push_str(&format!(", until {}", end.value.as_str()));
            }
            more(format!("{line}."));
        }
        lines
    }
}

/// A line of a comment without line breaks.
fn printable(line: &str) -> String {
    line.replace(['\n', '\r'], " ")
}
