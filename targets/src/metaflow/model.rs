//! A flow file in Metaflow's words: what the printer needs, decided in `lower`.

use crate::python::{Code, Identifier};

/// The class.
pub(super) struct FlowClass<'a> {
    /// The text of the file's docstring.
    pub doc: String,
    pub name: String,
    /// Its own docstring.
    pub description: Option<String>,
    pub decorators: Vec<Code<'a>>,
    /// Attribute and `Parameter(…)`.
    pub parameters: Vec<(Identifier, Code<'a>)>,
    pub steps: Vec<Step<'a>>,
}

/// A step, a method of the class.
pub(super) struct Step<'a> {
    pub name: Identifier,
    pub decorators: Vec<Code<'a>>,
    pub description: Option<String>,
    /// Whether it joins branches.
    pub joins: bool,
    pub body: Vec<Statement<'a>>,
    pub next: Next,
}

/// What `self.next(…)` says.
pub(super) enum Next {
    /// Nothing: the last step.
    End,
    /// To one step, or to several at once.
    Steps(Vec<Identifier>),
    /// To a step for each element of an artifact.
    ForEach(Identifier, Identifier),
}

/// A statement in a step.
pub(super) enum Statement<'a> {
    /// An expression.
    Line(Code<'a>),
    /// `target = code`
    Assign(String, Code<'a>),
    /// `with code as name:` and what stands in it.
    With(Code<'a>, &'static str, Vec<Statement<'a>>),
}
