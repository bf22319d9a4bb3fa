//! Names: services, and the variables that parameters and secrets are given by.

use std::borrow::Cow;

use flowc_core::flow::Flow;

/// The services that flowc adds.
pub(super) const OWN: [&str; 2] = ["start", "run"];

/// Variables that a shell or Compose sets by itself; a parameter of that name would take what happens to be there.
const TAKEN: &[&str] = &[
    "CI", "DISPLAY", "EDITOR", "HOME", "HOSTNAME", "IFS", "LANG", "LANGUAGE", "LOGNAME", "MAIL",
    "NAME", "OLDPWD", "PAGER", "PATH", "PPID", "PROMPT", "PS1", "PS2", "PWD", "SHELL", "SHLVL",
    "TERM", "TMP", "TMPDIR", "TEMP", "TZ", "UID", "USER", "USERNAME", "VISUAL",
];

/// The service of a task; of a group, the one that opens it.
pub(super) fn service(path: &str) -> Cow<'_, str> {
    // No name of a task holds a `-`. A `.` would do for Compose, but its reader of anchors takes one for a path.
    if OWN.contains(&path) {
        format!("{path}--task").into()
    } else if path.contains('.') {
        path.replace('.', "-").into()
    } else {
        path.into()
    }
}

/// The service that closes a group.
pub(super) fn end(path: &str) -> String {
    format!("{}--end", path.replace('.', "-"))
}

/// The variable that gives a parameter its value.
pub(super) fn parameter(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    if is_taken(&upper) {
        format!("PARAMETER_{upper}")
    } else {
        upper
    }
}

/// The variable that gives a secret its value.
pub(super) fn secret(flow: &Flow, name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    let clashes = flow
        .parameters
        .iter()
        .any(|parameter| parameter.name.value == name);
    if is_taken(&upper) || clashes {
        format!("SECRET_{upper}")
    } else {
        upper
    }
}

fn is_taken(upper: &str) -> bool {
    TAKEN.contains(&upper)
        || [
            "COMPOSE_",
            "DOCKER_",
            "LC_",
            "FLOW_",
            "PARAMETER_",
            "SECRET_",
        ]
        .iter()
        .any(|prefix| upper.starts_with(prefix))
}
