//! A DAG file in Airflow's words: what the templates and the printer need, decided in `lower`.

use std::borrow::Cow;

use crate::python::{Arguments, Code, Identifier, Mentions};

/// A DAG file, without the statements under `with DAG(…) as dag:`.
pub(super) struct Dag<'a> {
    /// The text of the file's docstring.
    pub doc: String,
    /// The arguments of `DAG(…)`.
    pub arguments: Arguments<'a>,
    /// Task ids that may fail without failing the run, in file order.
    pub may_fail: Vec<Cow<'a, str>>,
}

impl Dag<'_> {
    /// Notes the names that `with DAG(…) as dag:` mentions.
    pub fn mention(&self, names: &mut Mentions) {
        names.note("DAG");
        mention_all(&self.arguments, names);
    }
}

fn mention_all(arguments: &Arguments<'_>, names: &mut Mentions) {
    arguments.iter().for_each(|(_, code)| code.mention(names));
}

/// A statement of the flow's part of the file.
pub(super) enum Statement<'a> {
    /// `# text`
    Comment(String),
    /// `name = code`
    Assign(&'a Identifier, Code<'a>),
    /// A static task group.
    Group {
        variable: &'a Identifier,
        arguments: Arguments<'a>,
        body: Vec<Statement<'a>>,
    },
    /// A task group with an instance per item.
    MappedGroup {
        function: &'a Identifier,
        variable: &'a Identifier,
        arguments: Arguments<'a>,
        items: Code<'a>,
        body: Vec<Statement<'a>>,
    },
    /// Lines of dependencies.
    Edges(Vec<Line<'a>>),
}

impl Statement<'_> {
    /// Notes the names that the statement mentions. Variables are none of the module's.
    pub fn mention(&self, names: &mut Mentions) {
        match self {
            Self::Comment(_) | Self::Edges(_) => {}
            Self::Assign(_, code) => code.mention(names),
            Self::Group {
                arguments, body, ..
            } => {
                names.note("TaskGroup");
                mention_all(arguments, names);
                body.iter().for_each(|statement| statement.mention(names));
            }
            Self::MappedGroup {
                arguments,
                items,
                body,
                ..
            } => {
                names.note("task_group");
                mention_all(arguments, names);
                items.mention(names);
                body.iter().for_each(|statement| statement.mention(names));
            }
        }
    }
}

/// `a >> [b, c] >> d`
pub(super) type Line<'a> = Vec<Vec<&'a Identifier>>;
