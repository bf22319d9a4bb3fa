//! Small Python programs for what Kubeflow cannot work out itself.

use std::cell::RefCell;

use flowc_core::expr::pattern::{Pattern, whole};
use flowc_core::expr::{Expr, Ref, Template, Type};
use flowc_core::flow::{Flow, TaskId};
use flowc_core::source::Span;
use indexmap::IndexMap;

use super::super::arg::Arg;
use super::super::facts::is_constrained;
use super::super::model::{Component, Executor, Kind, Parameter as PortParameter, Program};
use super::super::name::Name;
use super::super::placeholder::{OUTPUT_ARTIFACT, OUTPUT_FILE};
use super::Lowering;
use super::scope::{Datum, Inputs};
use crate::python::expr::{Bind, Lower, Strength, atom, call_of, enclosed, flat, ternary};
use crate::python::{
    Code, Import, OPERATORS, TEXT, VALUES, blocks, identifiers, imports, is_identifier,
    is_reserved, string, used_blocks,
};

/// Helpers of this target's own.
const HELPERS: &str = include_str!("helpers.py");

/// What helpers and expressions may import.
const IMPORTS: &[Import] = &[
    ("json", ""),
    ("math", ""),
    ("os", ""),
    ("re", ""),
    ("shutil", ""),
    ("sys", ""),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("zoneinfo", "ZoneInfo"),
];

/// A program while it is written.
pub(super) struct Script<'l, 'f> {
    lowering: &'l Lowering<'f>,
    inputs: RefCell<Inputs<'f>>,
    /// The fan-out whose elements are plain variables here, under their names.
    elements: Option<(TaskId, String, String)>,
    problems: RefCell<Vec<(Span, String)>>,
    place: RefCell<Span>,
    /// Output name to its kind; artifacts.
    outputs: IndexMap<String, Kind>,
    artifacts: Vec<String>,
    body: String,
    /// The whole input of the executor is its last argument.
    pub reads_all: bool,
}

impl<'l, 'f> Script<'l, 'f> {
    /// Without anything in it.
    pub fn new(lowering: &'l Lowering<'f>) -> Self {
        let names = [TEXT, OPERATORS, VALUES, HELPERS]
            .into_iter()
            .flat_map(blocks)
            .filter_map(|block| {
                let rest = block.strip_prefix("def ").unwrap_or(block);
                rest.split(['(', ' ']).next().map(Name::given)
            });
        let own = [
            "json",
            "math",
            "os",
            "re",
            "shutil",
            "sys",
            "date",
            "datetime",
            "timedelta",
            "timezone",
            "Decimal",
            "ZoneInfo",
            "given",
            "paths",
            "kept",
            "error",
            "element",
            "position",
            "state",
            "failures",
            "problem",
            "names",
            "failed",
            "skipped",
            "succeeded",
            "open",
            "print",
            "any",
            "all",
            "len",
            "int",
            "str",
            "float",
            "bool",
            "list",
            "dict",
            "type",
            "zip",
            "enumerate",
            "range",
            "sum",
            "map",
            "isinstance",
            "repr",
            "abs",
            "Exception",
        ];
        let names = names.chain(own.map(Name::given));
        Self {
            lowering,
            inputs: RefCell::new(Inputs::without(names)),
            elements: None,
            problems: RefCell::default(),
            place: RefCell::new(Span::default()),
            outputs: IndexMap::new(),
            artifacts: Vec::new(),
            body: String::new(),
            reads_all: false,
        }
    }

    /// With the elements of a fan-out as plain variables.
    pub fn over(&mut self, fan_out: TaskId) {
        self.elements = Some((fan_out, "element".into(), "position".into()));
    }

    /// The name of an input, which is a variable of the program.
    pub fn read(&self, datum: Datum<'f>) -> String {
        variable(&self.inputs.borrow_mut().name(datum, self.lowering.flow))
    }

    /// An output, with the code of its path.
    pub fn output(&mut self, name: &str, kind: Kind) -> String {
        self.outputs.insert(name.to_owned(), kind);
        format!("paths[{}]", string(name))
    }

    /// An artifact, with the code of its path.
    pub fn artifact(&mut self, name: &str) -> String {
        self.artifacts.push(name.to_owned());
        format!("paths[{}]", string(name))
    }

    /// One more line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.body.push_str(line.as_ref());
        self.body.push('\n');
    }

    /// An expression.
    pub fn value(&self, expr: &Expr) -> String {
        *self.place.borrow_mut() = expr.span;
        flat(&Lower::new(self).lower(expr).0)
    }

    /// A condition.
    pub fn boolean(&self, expr: &Expr) -> String {
        *self.place.borrow_mut() = expr.span;
        flat(&Lower::new(self).of_type(expr, "bool", Strength::Not))
    }

    /// The text of a template.
    pub fn text(&self, template: &Template) -> String {
        *self.place.borrow_mut() = template.span;
        match template.as_expr() {
            Some(expr) if expr.ty == Type::String => self.value(expr),
            Some(expr) => format!("text({})", self.value(expr)),
            None => flat(&Lower::new(self).text(template)),
        }
    }

    /// The component, its executor, what it reads, and what could not be said.
    pub fn finish(
        self,
        comment: String,
    ) -> (Component<'f>, Executor<'f>, Inputs<'f>, Vec<(Span, String)>) {
        let flow = self.lowering.flow;
        let inputs = self.inputs.into_inner();
        let mut head = String::new();
        let mut args = Vec::new();
        for (datum, name) in inputs.iter() {
            if let Datum::EachArtifact(..) = datum {
                continue;
            }
            let position = args.len() + 1;
            let variable = variable(name);
            let kind = datum.ty(flow).to_string();
            if kind == "string" {
                head.push_str(&format!("{variable} = sys.argv[{position}]\n"));
            } else {
                head.push_str(&format!(
                    "{variable} = parameter(sys.argv[{position}], {})\n",
                    string(&kind)
                ));
            }
            args.push(Arg::input(name.clone()));
        }
        if self.reads_all {
            head.push_str(&format!(
                "given = json.loads(sys.argv[{}])\n",
                args.len() + 1
            ));
            args.push(Arg::text("{{$}}"));
        }
        let outputs = self.outputs.keys().map(|name| OUTPUT_FILE.of(name));
        let artifacts = self.artifacts.iter().map(|name| OUTPUT_ARTIFACT.of(name));
        let names = self.outputs.keys().chain(&self.artifacts);
        let names: Vec<String> = names.map(|name| string(name)).collect();
        if !names.is_empty() {
            head.push_str(&format!(
                "paths = dict(zip([{}], sys.argv[{}:]))\n",
                names.join(", "),
                args.len() + 1
            ));
        }
        args.extend(outputs.chain(artifacts).map(Arg::text));
        let main = format!("{head}{}", self.body);
        let mut component = Component {
            inputs: inputs.ports(flow),
            ..Component::default()
        };
        for (name, kind) in self.outputs {
            let port = PortParameter::of(kind);
            component.outputs.parameters.push((name.into(), port));
        }
        for name in self.artifacts {
            component.outputs.put_artifact(name.into());
        }
        let executor = Executor {
            comment: Some(comment.into()),
            image: self.lowering.options.helper_image.into(),
            program: Program::Python(kept(&main)),
            args,
            ..Executor::default()
        };
        (component, executor, inputs, self.problems.into_inner())
    }

    fn problem(&self, message: &str) {
        let place = *self.place.borrow();
        self.problems.borrow_mut().push((place, message.to_owned()));
    }

    /// The parameter of a sub-flow: what it is given, checked where that is only known now.
    fn binding(&self, scope: TaskId, name: &str) -> (Code<'f>, Strength) {
        let Some(binding) = self.lowering.binding(scope, name) else {
            return atom("None");
        };
        let lowered = Lower::new(self).lower(&binding.value);
        if !is_constrained(binding) {
            return lowered;
        }
        let parameter = &binding.parameter;
        let mut arguments = vec![lowered.0, Code::string(parameter.ty.to_string())];
        let number = |bound: &Option<flowc_core::source::Spanned<f64>>| {
            bound.as_ref().map_or_else(
                || Code::atom("None"),
                |bound| Code::atom(flowc_core::expr::value::number_text(bound.value)),
            )
        };
        arguments.push(number(&parameter.min));
        arguments.push(number(&parameter.max));
        arguments.push(parameter.choices.as_ref().map_or_else(
            || Code::atom("None"),
            |choices| Code::List(choices.value.iter().map(Code::value).collect()),
        ));
        if let Some(pattern) = &parameter.pattern {
            arguments.push(Code::string(whole_pattern(&pattern.value)));
        }
        call_of("constrained", arguments)
    }
}

/// The variable of an input.
fn variable(name: &str) -> String {
    if is_reserved(name) || !is_identifier(name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// What programs share: the helpers that they name, and a last line that starts the one that is given.
pub(super) fn shared(programs: &str) -> String {
    let available: Vec<&str> = [TEXT, OPERATORS, VALUES, HELPERS]
        .into_iter()
        .flat_map(blocks)
        .collect();
    let mut names = identifiers(programs);
    let used = used_blocks(&available, &names);
    names.extend(used.iter().flat_map(|block| identifiers(block)));
    names.insert("sys");
    let mut text = imports(&[IMPORTS.to_vec()], &names);
    for block in &used {
        text.push_str(&format!("\n\n{block}\n"));
    }
    text.push_str("\n\nexec(sys.argv.pop(1))\n");
    kept(&text)
}

/// The program with escapes in those string literals that something on the way would read.
fn kept(text: &str) -> String {
    text.replace("{{", "{\\x7b")
        .replace("$$", "$\\x24")
        .replace("$(", "\\x24(")
}

/// The pattern as Python's `re.search` wants it, for the whole text.
pub(super) fn whole_pattern(pattern: &str) -> String {
    Pattern::new(&whole(pattern)).map_or_else(
        |_| pattern.to_owned(),
        |pattern| pattern.python().to_owned(),
    )
}

impl<'e, 'f: 'e> Bind<'e> for Script<'_, 'f> {
    fn reference(&self, reference: &'e Ref) -> (Code<'e>, Strength) {
        match reference {
            Ref::Parameter { scope: None, name } => {
                atom(self.read(Datum::Parameter(name.clone().into())))
            }
            Ref::Parameter {
                scope: Some(scope),
                name,
            } => self.binding(*scope, name),
            Ref::Output { task, name } => {
                atom(self.read(Datum::Output(*task, name.clone().into())))
            }
            Ref::Status { task } => {
                if self.lowering.facts.is_stateful(*task) {
                    atom(self.read(Datum::State(*task)))
                } else {
                    atom("\"succeeded\"")
                }
            }
            Ref::Item { fan_out } => match &self.elements {
                Some((known, element, _)) if known == fan_out => atom(element.clone()),
                _ => atom(self.read(Datum::Item(*fan_out))),
            },
            Ref::Index { fan_out } => match &self.elements {
                Some((known, _, position)) if known == fan_out => atom(position.clone()),
                _ => atom(self.read(Datum::Index(*fan_out))),
            },
            Ref::RunStatus => atom(self.read(Datum::FlowState)),
            Ref::RunDate => {
                let moment = self.moment();
                atom(format!("{moment}.date().isoformat()"))
            }
            Ref::RunScheduledAt => {
                let moment = self.moment();
                atom(format!("{moment}.isoformat(timespec=\"seconds\")"))
            }
            Ref::RunDuration => {
                let created = self.read(Datum::CreatedAt);
                let since = "datetime.now(timezone.utc) - datetime.fromisoformat";
                atom(format!(
                    "({since}({created}.replace(\"Z\", \"+00:00\"))).total_seconds()"
                ))
            }
            Ref::RunId => atom(self.read(Datum::RunId)),
            Ref::Artifact { .. } | Ref::OwnOutput { .. } | Ref::OwnArtifact { .. } => {
                self.problem("a path cannot be part of a larger expression here");
                atom("\"\"")
            }
            Ref::Secret { .. } => {
                self.problem("a secret can only be the whole value of a variable here");
                atom("\"\"")
            }
        }
    }

    fn default(
        &self,
        lower: &Lower<'_, Self>,
        reference: &'e Ref,
        fallback: &'e Expr,
    ) -> (Code<'e>, Strength) {
        let (Ref::Output { task, .. } | Ref::Artifact { task, .. }) = reference else {
            return self.reference(reference);
        };
        if !self.lowering.facts.is_stateful(*task) {
            return self.reference(reference);
        }
        let state = self.read(Datum::State(*task));
        let value = enclosed(self.reference(reference), Strength::Or);
        let otherwise = lower.at_least(fallback, Strength::Conditional);
        ternary(
            value,
            Code::atom(format!("{state} == \"succeeded\"")),
            otherwise,
        )
    }
}

impl Script<'_, '_> {
    fn moment(&self) -> String {
        let at = self.read(Datum::ScheduledAt);
        let zone = time_zone(self.lowering.flow);
        format!("datetime.fromisoformat({at}.replace(\"Z\", \"+00:00\")).astimezone({zone})")
    }
}

fn time_zone(flow: &Flow) -> String {
    let zone = flow
        .schedule
        .as_ref()
        .map(|schedule| schedule.timezone.value.as_str());
    match zone {
        None | Some("UTC") => "timezone.utc".into(),
        Some(zone) => format!("ZoneInfo({})", string(zone)),
    }
}
