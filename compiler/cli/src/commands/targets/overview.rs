//! The table of the README: what each target carries of each group of features.

use flowc_core::feature::{Feature, Support};
use flowc_core::target::Target;

use super::defaults;

/// Groups of features: a title, and the beginnings of their ids.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "descriptions, owner, tags, labels",
        &["description", "task.description", "owner", "tags", "labels"],
    ),
    ("parameters", &["parameters"]),
    ("secrets", &["secrets"]),
    ("schedule", &["schedule"]),
    (
        "commands, scripts, images",
        &["command", "run", "image", "workdir", "env"],
    ),
    ("groups, sub-flows", &["group", "flow"]),
    ("conditions", &["when"]),
    ("trigger rules", &["trigger_rule"]),
    ("fan-outs", &["for_each"]),
    ("allowed failures, `finally`", &["allow_failure", "finally"]),
    (
        "retries, timeouts, waits",
        &["retries", "retry_on", "backoff", "timeout", "wait"],
    ),
    ("approval by a person", &["approve"]),
    ("outputs, artifacts", &["outputs", "artifacts"]),
    (
        "statuses and values of the run",
        &[
            "tasks",
            "run.id",
            "run.date",
            "run.scheduled_at",
            "run.status",
            "run.duration",
            "expr",
        ],
    ),
    (
        "limits, `fail_fast`, priority",
        &["max_parallel", "concurrency", "fail_fast", "priority"],
    ),
    ("resources", &["resources"]),
    ("services", &["services"]),
    ("cache, `pure`, `estimate`", &["cache", "pure", "estimate"]),
    ("fields of a pod", &["kubernetes"]),
    ("fields of the target", &["targets"]),
];

/// The table, for the newest version of each target without options.
pub fn write(targets: &[&dyn Target]) -> String {
    let columns: Vec<_> = targets
        .iter()
        .filter_map(|target| {
            let version = target.versions().first()?;
            Some((*target, defaults(*target, version, &[])?))
        })
        .collect();
    let mut out = String::from("| |");
    for (target, _) in &columns {
        out.push_str(&format!(" {} |", target.title()));
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(columns.len()));
    out.push('\n');
    for (title, _) in GROUPS {
        out.push_str(&format!("| {title} |"));
        for (target, settings) in &columns {
            let features = Feature::all().into_iter();
            let own = features.filter(|feature| group(*feature) == Some(title));
            let supports: Vec<Support> = own
                .map(|feature| target.support(settings, feature))
                .collect();
            out.push_str(&format!(" {} |", cell(&supports)));
        }
        out.push('\n');
    }
    out
}

/// The title of the group that a feature is in: the one with the longest beginning.
fn group(feature: Feature) -> Option<&'static str> {
    let id = feature.id();
    let begins = |start: &str| {
        id.strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let all = GROUPS
        .iter()
        .flat_map(|(title, starts)| starts.iter().map(move |start| (*title, *start)));
    all.filter(|(_, start)| begins(start))
        .max_by_key(|(_, start)| start.len())
        .map(|(title, _)| title)
}

/// `native` where all are, otherwise how many of each kind.
fn cell(supports: &[Support]) -> String {
    let kinds = ["native", "emulated", "lossy", "unsupported"];
    let counts = kinds.map(|kind| supports.iter().filter(|s| s.kind() == kind).count());
    let said = kinds.iter().zip(counts).filter(|(_, count)| *count > 0);
    let said: Vec<String> = said
        .map(|(kind, count)| {
            let word = match *kind {
                "lossy" => "**lossy**",
                "unsupported" => "**no**",
                kind => kind,
            };
            match count == supports.len() {
                true => word.to_owned(),
                false => format!("{count} {word}"),
            }
        })
        .collect();
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use flowc_core::feature::Feature;

    use super::{GROUPS, group};

    #[test]
    fn every_feature_is_in_a_group_and_no_group_is_empty() {
        for feature in Feature::all() {
            assert!(group(feature).is_some(), "{}", feature.id());
        }
        for (title, _) in GROUPS {
            let mut all = Feature::all().into_iter();
            assert!(all.any(|feature| group(feature) == Some(title)), "{title}");
        }
    }
}
