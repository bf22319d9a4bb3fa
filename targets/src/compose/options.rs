//! What `--set` takes, read once.

use flowc_core::target::{OptionSpec, Settings};

/// The options of the target.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "project",
        "name of the project; the flow's name when not set",
        None,
        &[],
    ),
    OptionSpec::new(
        "helper_image",
        "image with sh, awk and date for the services that run no task of the flow",
        Some("busybox:1.36"),
        &[],
    ),
    OptionSpec::new(
        "shell",
        "whose sh and awk run the tasks: those of each image, or a static busybox copied from the helper image",
        Some("image"),
        &["image", "copied"],
    ),
    OptionSpec::new(
        "runner",
        "auto: no runner where plain services say the same; always: with the runner",
        Some("auto"),
        &["auto", "always"],
    ),
    OptionSpec::new(
        "network",
        "network_mode of the tasks, such as none or host; the project's network when not set",
        None,
        &[],
    ),
    OptionSpec::new(
        "cpu",
        "what cores become: a share of a busy machine, or a limit, which the machine must have",
        Some("shares"),
        &["shares", "limit"],
    ),
    OptionSpec::new(
        "gpu",
        "reserve: the machine must have the GPUs; none: tasks do without",
        Some("reserve"),
        &["reserve", "none"],
    ),
];

/// The options with their values.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) project: Option<String>,
    pub(super) helper_image: String,
    pub(super) copied_shell: bool,
    pub(super) always_runner: bool,
    pub(super) network: Option<String>,
    pub(super) cpu_shares: bool,
    pub(super) gpus: bool,
}

impl Options {
    /// From checked settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let text = |name| settings.option(name).map(str::to_owned);
        Self {
            project: text("project"),
            helper_image: text("helper_image").unwrap_or_else(|| "busybox:1.36".to_owned()),
            copied_shell: settings.option("shell") == Some("copied"),
            always_runner: settings.option("runner") == Some("always"),
            network: text("network"),
            cpu_shares: settings.option("cpu") != Some("limit"),
            gpus: settings.option("gpu") != Some("none"),
        }
    }
}
