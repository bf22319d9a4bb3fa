//! A DAG file in Airflow's words: what the templates and the printer need, decided in `lower`.

use crate::python::{Code, Identifier};

/// A DAG file.
pub(super) struct Dag {
    /// The text of the file's docstring.
    pub doc: String,
    /// The arguments of `DAG(…)`.
    pub arguments: Vec<(&'static str, Code)>,
    /// Task ids that may fail without failing the run, in file order.
    pub may_fail: Vec<String>,
    /// What stands under `with DAG(…) as dag:`.
    pub body: Vec<Statement>,
}

/// A statement of the flow's part of the file.
pub(super) enum Statement {
    /// `# text`
    Comment(String),
    /// `name = code`
    Assign(Identifier, Code),
    /// A static task group.
    Group {
        variable: Identifier,
        arguments: Vec<(&'static str, Code)>,
        body: Vec<Statement>,
    },
    /// A task group with an instance per item.
    MappedGroup {
        function: Identifier,
        variable: Identifier,
        arguments: Vec<(&'static str, Code)>,
        items: Code,
        body: Vec<Statement>,
    },
    /// Lines of dependencies.
    Edges(Vec<Line>),
}

/// `a >> [b, c] >> d`
pub(super) type Line = Vec<Vec<Identifier>>;
