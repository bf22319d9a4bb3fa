//! A Compose file, in Compose's words.

use flowc_core::expr::Value;

/// A text in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text {
    /// It reaches the container as it is.
    Plain(String),
    /// Compose fills in its variables.
    Filled(String),
}

/// The value of a variable of a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Variable {
    /// A text.
    Text(Text),
    /// A number that flowc wrote.
    Number(u64),
    /// The value that the variable has where Compose is started; not set when it has none.
    Given,
}

/// When a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The other has ended with 0.
    Done,
    /// The other's health check has passed.
    Healthy,
    /// The other runs.
    Started,
}

/// The whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Project {
    pub(super) header: String,
    pub(super) name: String,
    /// What the services of tasks have in common.
    pub(super) shared: Common,
    /// Whether the tasks share a volume, and so have the runner.
    pub(super) runner: Option<Runner>,
    /// The first service, where there is a runner; the others are printed as they are made.
    pub(super) start: Option<Service>,
    /// Merged over the file.
    pub(super) patch: Option<Value>,
}

/// The texts of the runner.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) task: String,
    pub(super) values: String,
    /// Whether it is run by the busybox on the volume.
    pub(super) copied: bool,
}

/// What the services of tasks have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    pub(super) image: String,
    pub(super) network_mode: Option<String>,
    pub(super) labels: Vec<(String, String)>,
}

/// A service.
#[derive(Clone, Debug, Default)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    /// Whether it has what tasks have in common.
    pub(super) shares: bool,
    /// Its image, where it is not the shared one.
    pub(super) image: Option<String>,
    pub(super) pull_policy: Option<&'static str>,
    pub(super) depends_on: Vec<(String, Condition)>,
    pub(super) environment: Vec<(String, Variable)>,
    pub(super) workdir: Option<String>,
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) command: Vec<String>,
    pub(super) deploy: Deploy,
    pub(super) labels: Vec<(String, String)>,
    pub(super) expose: Vec<u16>,
    pub(super) healthcheck: Option<Healthcheck>,
    pub(super) network_mode: Option<String>,
    pub(super) tmpfs: Vec<String>,
    /// Merged over the service.
    pub(super) patch: Option<Value>,
}

/// What a container needs of the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deploy {
    pub(super) cpus: Option<String>,
    pub(super) cpu_shares: Option<u64>,
    pub(super) memory: Option<u64>,
    pub(super) gpus: Option<u64>,
}

/// How to see that a service is ready.
#[derive(Clone, Debug)]
pub(super) struct Healthcheck {
    /// After `CMD` or `CMD-SHELL`.
    pub(super) test: Vec<String>,
    pub(super) interval: String,
    pub(super) timeout: String,
    pub(super) retries: u64,
}
