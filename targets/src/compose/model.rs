//! A Compose file, in Compose's words. What the flow has is borrowed from it.

use std::borrow::Cow;

use flowc_core::expr::Value;

/// A text in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text<'f> {
    /// It reaches the container as it is.
    Plain(Cow<'f, str>),
    /// Compose fills in its variables.
    Filled(Cow<'f, str>),
}

/// The value of a variable of a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Variable<'f> {
    /// A text.
    Text(Text<'f>),
    /// A number that flowc wrote.
    Number(u64),
    /// The value that the variable has where Compose is started; not set when it has none.
    Given,
}

/// The name of a variable of a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name<'f> {
    /// One of flowc's, which is a plain word.
    Own(&'static str),
    /// One that the user gave, or that follows from what the user gave.
    Other(Cow<'f, str>),
}

impl AsRef<str> for Name<'_> {
    fn as_ref(&self) -> &str {
        match self {
            Self::Own(name) => name,
            Self::Other(name) => name,
        }
    }
}

/// The variables of a container, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment<'f>(pub(super) Vec<(Name<'f>, Variable<'f>)>);

impl<'f> Environment<'f> {
    /// A variable of flowc's.
    pub(super) fn own(&mut self, name: &'static str, value: Variable<'f>) {
        self.0.push((Name::Own(name), value));
    }

    /// A variable of flowc's with a text that reaches the container as it is.
    pub(super) fn text(&mut self, name: &'static str, text: impl Into<Cow<'f, str>>) {
        self.own(name, Variable::Text(Text::Plain(text.into())));
    }

    /// Another variable.
    pub(super) fn other(&mut self, name: impl Into<Cow<'f, str>>, value: Variable<'f>) {
        self.0.push((Name::Other(name.into()), value));
    }
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

/// A service that another waits for, and for what of it.
pub(super) type Wait<'f> = (Cow<'f, str>, Condition);

/// The whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Project<'f> {
    pub(super) header: String,
    pub(super) name: String,
    /// What the services of tasks have in common.
    pub(super) shared: Common<'f>,
    /// Whether the tasks share a volume, and so have the runner.
    pub(super) runner: Option<Runner>,
    /// The first service, where there is a runner; the others are printed as they are made.
    pub(super) start: Option<Service<'f>>,
    /// Merged over the file.
    pub(super) patch: Option<&'f Value>,
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
pub(super) struct Common<'f> {
    pub(super) image: String,
    pub(super) network_mode: Option<String>,
    pub(super) labels: Vec<(&'f str, &'f str)>,
}

/// A service.
#[derive(Clone, Debug, Default)]
pub(super) struct Service<'f> {
    pub(super) name: Cow<'f, str>,
    pub(super) comment: Option<Cow<'f, str>>,
    /// Whether it has what tasks have in common.
    pub(super) shares: bool,
    /// Its image, where it is not the shared one.
    pub(super) image: Option<Cow<'f, str>>,
    pub(super) pull_policy: Option<&'static str>,
    pub(super) depends_on: Vec<Wait<'f>>,
    pub(super) environment: Environment<'f>,
    pub(super) workdir: Option<&'f str>,
    pub(super) entrypoint: Option<Vec<Cow<'f, str>>>,
    pub(super) command: Vec<Cow<'f, str>>,
    pub(super) deploy: Deploy,
    pub(super) labels: Vec<(&'f str, &'f str)>,
    pub(super) expose: Vec<u16>,
    pub(super) healthcheck: Option<Healthcheck<'f>>,
    pub(super) network_mode: Option<String>,
    pub(super) tmpfs: Vec<Cow<'f, str>>,
    /// Merged over the service.
    pub(super) patch: Option<&'f Value>,
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
pub(super) struct Healthcheck<'f> {
    /// After `CMD` or `CMD-SHELL`.
    pub(super) test: Vec<Cow<'f, str>>,
    pub(super) interval: String,
    pub(super) timeout: String,
    pub(super) retries: u64,
}
