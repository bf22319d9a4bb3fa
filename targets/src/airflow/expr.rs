//! Expressions in Python, and in Jinja where that says exactly the same.
//!
//! Python's operators are used where the types make them mean what the flow language means; where
//! a value's type is known only at run time, or an operator differs, a short helper of the emitted
//! file takes its place. Jinja is for plain references only: nothing in such a template can fail.

use std::cell::RefCell;
use std::collections::BTreeSet;

use flowc_core::expr::pattern::Pattern;
use flowc_core::expr::{
    BinaryOp, Expr, ExprKind, Function, Macro, Part, Ref, Template, Type, UnaryOp, Value,
};
use flowc_core::flow::TaskId;

use super::lower::Lowering;
use super::settings::Runner;
use crate::python::{Argument, Code, string};

/// Binding strength, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Conditional,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Negation,
    Atom,
}

/// Lowers the expressions of one place in the flow.
pub(super) struct Expressions<'a> {
    lowering: &'a Lowering<'a>,
    /// The task or group in which the expression stands.
    place: Option<TaskId>,
    /// The fan-out over a group in whose instances the expression is evaluated.
    instance: Option<TaskId>,
    /// The fan-out whose element is a plain variable here, not what the task works on.
    element_of: Option<TaskId>,
    /// What the expression names of Airflow's context.
    context: RefCell<BTreeSet<&'static str>>,
    locals: RefCell<Vec<(String, String)>>,
}

impl<'a> Expressions<'a> {
    pub fn new(lowering: &'a Lowering<'a>, place: Option<TaskId>) -> Self {
        Self {
            lowering,
            place,
            instance: place.and_then(|place| lowering.mapped_group_of(place)),
            element_of: None,
            context: RefCell::default(),
            locals: RefCell::default(),
        }
    }

    /// On behalf of the group that is the place, inside of it.
    pub fn inside(mut self) -> Self {
        self.instance = self
            .place
            .and_then(|group| self.lowering.mapped_group_inside(group));
        self
    }

    /// With `item` and `index` of a fan-out as plain variables.
    pub fn over_elements(mut self, fan_out: TaskId) -> Self {
        self.element_of = Some(fan_out);
        self
    }

    /// `lambda names: expression`
    pub fn function(&self, expr: &Expr) -> Code {
        self.context.borrow_mut().clear();
        let (body, _) = self.lower(expr);
        Code::Lambda(self.parameters(), Box::new(body))
    }

    /// A text with expressions in it, as a value of a template field.
    pub fn field(&self, template: &Template) -> Code {
        if let Some(text) = self.constant(template) {
            return Code::call1("literal", Code::text(&text));
        }
        if let Some(jinja) = self.jinja_template(template) {
            return Code::string(&jinja);
        }
        self.context.borrow_mut().clear();
        let body = match template.as_expr() {
            Some(expr) => self.lower(expr).0,
            None => Code::Operation("+", self.parts(template)),
        };
        let function = Code::Lambda(self.parameters(), Box::new(body));
        self.lowering.flags.computed.set(true);
        Code::call1("Computed", function)
    }

    fn parts(&self, template: &Template) -> Vec<Code> {
        let part = |part: &Part| match part {
            Part::Text(text) => Code::string(text),
            Part::Expr(expr) if expr.ty == Type::String => self.at_least(expr, Strength::Sum),
            Part::Expr(expr) => Code::call1("text", self.lower(expr).0),
        };
        template.parts.iter().map(part).collect()
    }

    fn parameters(&self) -> String {
        let names = self.context.borrow();
        let order = ["item", "index", "ti", "params", "dag_run", "var"];
        let used: Vec<_> = order
            .into_iter()
            .filter(|name| names.contains(name))
            .collect();
        used.join(", ")
    }

    fn need(&self, name: &'static str) {
        self.context.borrow_mut().insert(name);
    }

    fn atom(text: impl Into<String>) -> (Code, Strength) {
        (Code::atom(text), Strength::Atom)
    }

    /// The expression, in parentheses where it binds less than is wanted.
    fn at_least(&self, expr: &Expr, wanted: Strength) -> Code {
        let (code, strength) = self.lower(expr);
        if strength >= wanted {
            code
        } else {
            Code::atom(format!("({})", flat(&code)))
        }
    }

    /// The expression as one line that can stand beside any operator.
    fn operand(&self, expr: &Expr, wanted: Strength) -> String {
        flat(&self.at_least(expr, wanted))
    }

    /// The expression, checked when the flow runs if its type is not known before.
    fn of_type(&self, expr: &Expr, types: &str, wanted: Strength) -> Code {
        if expr.ty == Type::Any {
            let value = self.lower(expr).0;
            let types = types.split(", ").map(Code::atom);
            Self::call_of("checked", std::iter::once(value).chain(types).collect()).0
        } else {
            self.at_least(expr, wanted)
        }
    }

    fn lower(&self, expr: &Expr) -> (Code, Strength) {
        match &expr.kind {
            ExprKind::Literal(value) => (Code::value(value), literal_strength(value)),
            ExprKind::List(list) => {
                let list = list.iter().map(|element| self.lower(element).0).collect();
                (Code::List(list), Strength::Atom)
            }
            ExprKind::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, value)| (key.clone(), self.lower(value).0));
                (Code::Dict(fields.collect()), Strength::Atom)
            }
            ExprKind::Ref(reference) => self.reference(reference),
            ExprKind::Local(name) => Self::atom(self.local(name)),
            ExprKind::Field(object, name) => {
                let object = self.operand(object, Strength::Atom);
                Self::atom(format!("{object}[{}]", string(name)))
            }
            ExprKind::Index(container, key) => self.index(container, key),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                let operand = self.of_type(operand, "bool", Strength::Not);
                (Code::Prefix("not ", Box::new(operand)), Strength::Not)
            }
            ExprKind::Unary(UnaryOp::Negate, operand) => {
                let operand = flat(&self.of_type(operand, "int, float", Strength::Atom));
                (Code::atom(format!("-{operand}")), Strength::Negation)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, &expr.ty),
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = self.of_type(condition, "bool", Strength::Or);
                let then = self.at_least(then, Strength::Or);
                Self::ternary(
                    then,
                    condition,
                    self.at_least(otherwise, Strength::Conditional),
                )
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Default(reference, fallback) => self.default(reference, fallback),
            ExprKind::Macro {
                kind,
                list,
                variable,
                body,
            } => self.comprehension(*kind, list, variable, body),
        }
    }

    fn index(&self, container: &Expr, key: &Expr) -> (Code, Strength) {
        let is_position = matches!(key.as_literal(), Some(Value::Integer(at)) if *at >= 0);
        let direct = match container.ty {
            Type::List(_) => is_position,
            Type::Object => key.ty == Type::String,
            _ => false,
        };
        if direct {
            let container = self.operand(container, Strength::Atom);
            return Self::atom(format!("{container}[{}]", flat(&self.lower(key).0)));
        }
        self.helper("element", &[container, key])
    }

    /// A call of a helper of the emitted file.
    fn helper(&self, name: &str, arguments: &[&Expr]) -> (Code, Strength) {
        let arguments = arguments.iter().map(|argument| self.lower(argument).0);
        Self::call_of(name, arguments.collect())
    }

    fn call_of(name: &str, arguments: Vec<Code>) -> (Code, Strength) {
        let arguments = arguments.into_iter().map(Argument::positional).collect();
        (Code::Call(name.to_owned(), arguments), Strength::Atom)
    }

    fn ternary(value: Code, condition: Code, otherwise: Code) -> (Code, Strength) {
        (
            Code::Ternary(Box::new([value, condition, otherwise])),
            Strength::Conditional,
        )
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, ty: &Type) -> (Code, Strength) {
        match op {
            BinaryOp::And => self.logical("and", op, left, right, Strength::And),
            BinaryOp::Or => self.logical("or", op, left, right, Strength::Or),
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(op, left, right),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                let symbol = match op {
                    BinaryOp::Less => "<",
                    BinaryOp::LessEqual => "<=",
                    BinaryOp::Greater => ">",
                    _ => ">=",
                };
                if left.ty == Type::Any || right.ty == Type::Any {
                    let (call, _) = self.helper("compare", &[left, right]);
                    return (
                        Code::atom(format!("{} {symbol} 0", flat(&call))),
                        Strength::Comparison,
                    );
                }
                self.infix(symbol, left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In
                if is_plain(&left.ty) && matches!(&right.ty, Type::List(of) if is_plain(of)) =>
            {
                self.infix("in", left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In if left.ty == Type::String && right.ty == Type::Object => {
                self.infix("in", left, right, Strength::Comparison, Strength::Sum)
            }
            BinaryOp::In => self.helper("is_in", &[left, right]),
            BinaryOp::Add => self.addition(left, right, ty),
            BinaryOp::Subtract => self.arithmetic("-", left, right, ty),
            BinaryOp::Multiply => self.arithmetic("*", left, right, ty),
            BinaryOp::Divide if *ty == Type::Integer => self.helper("divide", &[left, right]),
            BinaryOp::Divide => self.arithmetic("/", left, right, ty),
            BinaryOp::Remainder => self.helper("remainder", &[left, right]),
        }
    }

    /// A chain of `and` or `or` as one operation, so that it can be broken at every operator.
    fn logical(
        &self,
        word: &'static str,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        strength: Strength,
    ) -> (Code, Strength) {
        let mut operands = Vec::new();
        self.flatten(op, left, strength, &mut operands);
        self.flatten(op, right, strength, &mut operands);
        (Code::Operation(word, operands), strength)
    }

    fn flatten(&self, op: BinaryOp, expr: &Expr, strength: Strength, operands: &mut Vec<Code>) {
        match &expr.kind {
            ExprKind::Binary(inner, left, right) if *inner == op => {
                self.flatten(op, left, strength, operands);
                self.flatten(op, right, strength, operands);
            }
            _ => {
                let above = if strength == Strength::Or {
                    Strength::And
                } else {
                    Strength::Not
                };
                operands.push(self.of_type(expr, "bool", above));
            }
        }
    }

    fn equality(&self, op: BinaryOp, left: &Expr, right: &Expr) -> (Code, Strength) {
        let negated = op == BinaryOp::NotEqual;
        if is_plain(&left.ty) && is_plain(&right.ty) {
            let symbol = if negated { "!=" } else { "==" };
            return self.infix(symbol, left, right, Strength::Comparison, Strength::Sum);
        }
        let (call, _) = self.helper("equal", &[left, right]);
        if negated {
            (Code::Prefix("not ", Box::new(call)), Strength::Not)
        } else {
            (call, Strength::Atom)
        }
    }

    fn infix(
        &self,
        symbol: &'static str,
        left: &Expr,
        right: &Expr,
        strength: Strength,
        operands: Strength,
    ) -> (Code, Strength) {
        let operands = vec![
            self.at_least(left, operands),
            self.at_least(right, operands),
        ];
        (Code::Operation(symbol, operands), strength)
    }

    fn addition(&self, left: &Expr, right: &Expr, ty: &Type) -> (Code, Strength) {
        match ty {
            Type::String | Type::List(_) if left.ty != Type::Any && right.ty != Type::Any => {
                let right = self.at_least(right, Strength::Product);
                let operands = vec![self.at_least(left, Strength::Sum), right];
                (Code::Operation("+", operands), Strength::Sum)
            }
            Type::Integer | Type::Number => self.arithmetic("+", left, right, ty),
            _ => self.helper("add", &[left, right]),
        }
    }

    fn arithmetic(
        &self,
        symbol: &'static str,
        left: &Expr,
        right: &Expr,
        ty: &Type,
    ) -> (Code, Strength) {
        let (weak, strong) = match symbol {
            "+" | "-" => (Strength::Sum, Strength::Product),
            _ => (Strength::Product, Strength::Negation),
        };
        let left = self.of_type(left, "int, float", weak);
        let right = self.of_type(right, "int, float", strong);
        let check = if *ty == Type::Integer {
            "integer"
        } else {
            "number"
        };
        Self::call_of(check, vec![Code::Operation(symbol, vec![left, right])])
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> (Code, Strength) {
        let text = |at: usize, strength| flat(&self.of_type(&arguments[at], "str", strength));
        match function {
            Function::Size => self.helper("len", &[&arguments[0]]),
            Function::Contains => {
                let (whole, part) = (text(0, Strength::Sum), text(1, Strength::Sum));
                (
                    Code::atom(format!("{part} in {whole}")),
                    Strength::Comparison,
                )
            }
            Function::StartsWith => Self::atom(format!(
                "{}.startswith({})",
                text(0, Strength::Atom),
                text(1, Strength::Conditional)
            )),
            Function::EndsWith => Self::atom(format!(
                "{}.endswith({})",
                text(0, Strength::Atom),
                text(1, Strength::Conditional)
            )),
            Function::Matches => {
                let pattern = arguments[1]
                    .as_literal()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let pattern =
                    Pattern::new(pattern).map_or_else(|_| String::new(), |p| p.python().to_owned());
                let call = format!(
                    "re.search({}, {})",
                    string(&pattern),
                    text(0, Strength::Conditional)
                );
                (
                    Code::atom(format!("{call} is not None")),
                    Strength::Comparison,
                )
            }
            Function::String => self.helper("text", &[&arguments[0]]),
            Function::Int => self.helper("to_integer", &[&arguments[0]]),
            Function::Double => self.helper("to_number", &[&arguments[0]]),
            Function::Range => self.helper("numbers", &[&arguments[0]]),
            Function::Days => self.helper("days", &[&arguments[0], &arguments[1]]),
        }
    }

    fn comprehension(
        &self,
        kind: Macro,
        list: &Expr,
        variable: &str,
        body: &Expr,
    ) -> (Code, Strength) {
        let list = flat(&self.of_type(list, "list", Strength::Or));
        let name = format!("{variable}_");
        self.locals
            .borrow_mut()
            .push((variable.to_owned(), name.clone()));
        let body = match kind {
            Macro::Map => self.operand(body, Strength::Conditional),
            _ => flat(&self.of_type(body, "bool", Strength::Or)),
        };
        self.locals.borrow_mut().pop();
        let each = format!("for {name} in {list}");
        let (open, parts, close) = match kind {
            Macro::All => ("all(", vec![body, each], ")"),
            Macro::Exists => ("any(", vec![body, each], ")"),
            Macro::ExistsOne => ("sum(", vec![body, each], ")"),
            Macro::Filter => ("[", vec![name, each, format!("if {body}")], "]"),
            Macro::Map => ("[", vec![body, each], "]"),
        };
        let code = Code::Comprehension(open, parts, close);
        if kind == Macro::ExistsOne {
            let operands = vec![code, Code::atom("1")];
            return (Code::Operation("==", operands), Strength::Comparison);
        }
        (code, Strength::Atom)
    }

    fn local(&self, name: &str) -> String {
        let locals = self.locals.borrow();
        let found = locals.iter().rev().find(|(local, _)| local == name);
        found.map_or_else(|| name.to_owned(), |(_, python)| python.clone())
    }

    fn reference(&self, reference: &Ref) -> (Code, Strength) {
        match reference {
            Ref::Parameter { scope: None, name } => {
                self.need("params");
                Self::atom(format!("params[{}]", string(name)))
            }
            Ref::Parameter {
                scope: Some(group),
                name,
            } => match self.lowering.binding(*group, name) {
                Some(value) => (Code::value(value), literal_strength(value)),
                None => self.pull_start(*group, name),
            },
            Ref::Output { task, name } => self.output(*task, name),
            Ref::Artifact { task, name } => match self.constant_path(*task, name) {
                Some(path) => Self::atom(string(&path)),
                None => self.artifact(*task, name),
            },
            Ref::Status { task } => self.status(*task),
            Ref::Item { fan_out } if self.element_of == Some(*fan_out) => {
                self.need("item");
                Self::atom("item")
            }
            Ref::Index { fan_out } if self.element_of == Some(*fan_out) => {
                self.need("index");
                Self::atom("index")
            }
            Ref::Item { .. } => {
                self.need("ti");
                Self::atom("ti.task.item")
            }
            Ref::Index { .. } => {
                self.need("ti");
                Self::atom("ti.map_index")
            }
            Ref::RunId => {
                self.need("ti");
                Self::atom("ti.run_id")
            }
            Ref::RunDate => self.of_run("run_date(dag_run)"),
            Ref::RunScheduledAt => self.of_run("scheduled_at(dag_run).isoformat()"),
            Ref::RunDuration => self.of_run("run_duration(dag_run)"),
            Ref::RunStatus => {
                self.need("ti");
                Self::atom("run_status(ti)")
            }
            Ref::Secret { name } => {
                self.need("var");
                Self::atom(format!("secret(var, {})", string(name)))
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => self.own(name),
        }
    }

    fn of_run(&self, text: &str) -> (Code, Strength) {
        self.need("dag_run");
        Self::atom(text)
    }

    fn own(&self, name: &str) -> (Code, Strength) {
        if let Some(path) = self.own_path(name) {
            return Self::atom(string(&path));
        }
        self.need("ti");
        Self::atom(format!("str(attempt(ti) / {})", string(name)))
    }

    /// Where a task writes an output or artifact, when that is the same at every attempt.
    fn own_path(&self, name: &str) -> Option<String> {
        let declared = self.place.and_then(|place| {
            let task = self.lowering.flow.task(place);
            task.artifacts
                .iter()
                .find(|artifact| artifact.name.value == name)
        });
        if let Some(path) = declared.and_then(|artifact| artifact.path.as_ref()) {
            return Some(path.value.clone());
        }
        (self.lowering.settings.runner != Runner::Process).then(|| format!("/flow-outputs/{name}"))
    }

    /// The value of a task under a key, in Python.
    fn pull(&self, task: TaskId, id: &str, key: &str) -> (Code, Strength) {
        self.need("ti");
        let mut arguments = vec![("task_ids", Code::string(id)), ("key", Code::string(key))];
        if self.shares_instance(task) {
            arguments.push(("map_indexes", Code::atom("ti.map_index")));
        }
        (Code::call("ti.xcom_pull", arguments), Strength::Atom)
    }

    /// A value that the start of a group has worked out.
    fn pull_start(&self, group: TaskId, key: &str) -> (Code, Strength) {
        self.need("ti");
        let id = self.lowering.start_id(group);
        let mut arguments = vec![("task_ids", Code::string(&id)), ("key", Code::string(key))];
        if self.lowering.mapped_group_inside(group).is_some() {
            arguments.push(("map_indexes", Code::atom("ti.map_index")));
        }
        (Code::call("ti.xcom_pull", arguments), Strength::Atom)
    }

    /// Whether the place and the task belong to the same instance of a fan-out over a group.
    fn shares_instance(&self, task: TaskId) -> bool {
        self.instance.is_some() && self.instance == self.lowering.mapped_group_of(task)
    }

    fn is_fan_in(&self, task: TaskId) -> bool {
        self.lowering.flow.task(task).for_each.is_some() && !self.shares_instance(task)
    }

    fn output(&self, task: TaskId, name: &str) -> (Code, Strength) {
        let id = self.lowering.data_id(task);
        if self.is_fan_in(task) {
            self.need("ti");
            return Self::atom(format!("every(ti, {}, {})", string(&id), string(name)));
        }
        if self.lowering.is_approval(task) {
            let (answer, _) = self.pull(task, &id, "return_value");
            return Self::atom(format!("{}[\"chosen_options\"][0]", flat(&answer)));
        }
        self.pull(task, &id, name)
    }

    fn artifact(&self, task: TaskId, name: &str) -> (Code, Strength) {
        let found = self.lowering.artifact(task, name);
        self.need("ti");
        let function = if self.fans_in(&found) {
            "artifacts"
        } else {
            "artifact"
        };
        let id = string(&found.id);
        let call = format!("{function}(ti, {id}, {})", string(&found.name));
        if self.is_indexed(&found) {
            let text = format!("{call} + f\"/{{ti.map_index}}\"");
            return (Code::atom(text), Strength::Sum);
        }
        Self::atom(call)
    }

    /// Whether the path is that of a folder with an entry per instance.
    fn fans_in(&self, found: &ArtifactPlace) -> bool {
        found
            .fan_out
            .is_some_and(|fan_out| !self.shares_instance_with(fan_out, found.task))
    }

    fn shares_instance_with(&self, fan_out: TaskId, task: TaskId) -> bool {
        fan_out != task && self.instance == Some(fan_out)
    }

    /// Whether the entry of the place's own instance is meant.
    fn is_indexed(&self, found: &ArtifactPlace) -> bool {
        self.lowering.mapped_group_of(found.task).is_some() && self.shares_instance(found.task)
    }

    /// Where a task finds an artifact, when that is the same in every run.
    fn constant_path(&self, task: TaskId, name: &str) -> Option<String> {
        if self.lowering.settings.runner == Runner::Process {
            return None;
        }
        let found = self.lowering.artifact(task, name);
        if self.is_indexed(&found) {
            return None;
        }
        let folder = if self.fans_in(&found) {
            "/flow-fan-in"
        } else {
            "/flow/artifacts"
        };
        Some(format!("{folder}/{}/{}", found.id, found.name))
    }

    /// The folder in the store with one entry per instance that a path stands for: `task/artifact`.
    pub fn fan_in_folder(&self, task: TaskId, name: &str) -> Option<String> {
        let found = self.lowering.artifact(task, name);
        self.fans_in(&found)
            .then(|| format!("{}/{}", found.id, found.name))
    }

    fn status(&self, task: TaskId) -> (Code, Strength) {
        self.need("ti");
        Self::atom(format!(
            "status(ti, {})",
            self.status_arguments(task, string)
        ))
    }

    fn status_arguments(&self, task: TaskId, quote: fn(&str) -> String) -> String {
        let (ids, causes) = self.lowering.status_ids(task);
        let list = |ids: &[String]| {
            ids.iter()
                .map(|id| quote(id))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut text = list(&ids);
        if !causes.is_empty() {
            text.push_str(&format!(", failed=[{}]", list(&causes)));
        }
        if self.shares_instance(task) {
            text.push_str(", map_index=ti.map_index");
        }
        text
    }

    /// Whether the value of a reference is absent exactly when its task did not succeed.
    fn is_absent_unless_succeeded(&self, reference: &Ref) -> bool {
        match reference {
            Ref::Output { task, .. } => !self.is_fan_in(*task) && !self.lowering.is_approval(*task),
            _ => false,
        }
    }

    fn default(&self, reference: &Ref, fallback: &Expr) -> (Code, Strength) {
        let task = match reference {
            Ref::Output { task, .. } | Ref::Artifact { task, .. } => *task,
            // Nothing else can be missing.
            _ => return self.reference(reference),
        };
        let (value, strength) = self.reference(reference);
        if self.is_absent_unless_succeeded(reference) && is_harmless(fallback) {
            return Self::call_of("default", vec![value, self.lower(fallback).0]);
        }
        let value = if strength >= Strength::Or {
            value
        } else {
            Code::atom(format!("({})", flat(&value)))
        };
        let status = self.status(task).0;
        let succeeded = Code::Operation("==", vec![status, Code::string("succeeded")]);
        Self::ternary(
            value,
            succeeded,
            self.at_least(fallback, Strength::Conditional),
        )
    }

    /// The text of a template in which nothing depends on the run.
    fn constant(&self, template: &Template) -> Option<String> {
        let mut out = String::new();
        for part in &template.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => out.push_str(&self.constant_text(expr)?),
            }
        }
        Some(out)
    }

    fn constant_text(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Literal(value) => Some(value.text()),
            ExprKind::Ref(Ref::Parameter {
                scope: Some(group),
                name,
            }) => self.lowering.binding(*group, name).map(Value::text),
            ExprKind::Ref(Ref::Artifact { task, name }) => self.constant_path(*task, name),
            ExprKind::Ref(Ref::OwnOutput { name } | Ref::OwnArtifact { name }) => {
                self.own_path(name)
            }
            _ => None,
        }
    }

    /// A template that says the same in Jinja, if there is one in which nothing can go wrong.
    fn jinja_template(&self, template: &Template) -> Option<String> {
        let mut out = String::new();
        for part in &template.parts {
            match part {
                // Jinja would read these, drop a last newline and turn `\r\n` into `\n`.
                Part::Text(text) if text.contains(['{', '\n', '\r']) => return None,
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => match self.constant_text(expr) {
                    Some(text) if text.contains(['{', '\n', '\r']) => return None,
                    Some(text) => out.push_str(&text),
                    None => out.push_str(&self.jinja(expr)?),
                },
            }
        }
        Some(out)
    }

    fn jinja(&self, expr: &Expr) -> Option<String> {
        let code = match &expr.kind {
            ExprKind::Ref(reference) => self.jinja_reference(reference)?,
            ExprKind::Default(reference, fallback) => {
                let fallback = jinja_literal(fallback.as_literal()?)?;
                if !self.is_absent_unless_succeeded(reference) {
                    return None;
                }
                self.lowering.macros.need("default");
                format!("default({}, {fallback})", self.jinja_reference(reference)?)
            }
            _ => return None,
        };
        if expr.ty == Type::String {
            return Some(format!("{{{{ {code} }}}}"));
        }
        self.lowering.flags.text_filter.set(true);
        Some(format!("{{{{ {code} | text }}}}"))
    }

    fn jinja_reference(&self, reference: &Ref) -> Option<String> {
        let need = |name| self.lowering.macros.need(name);
        Some(match reference {
            Ref::Parameter { scope: None, name } if DICT_METHODS.contains(&name.as_str()) => {
                format!("params['{name}']")
            }
            Ref::Parameter { scope: None, name } => format!("params.{name}"),
            Ref::Parameter {
                scope: Some(group),
                name,
            } => {
                let own = self.lowering.mapped_group_inside(*group).is_some();
                jinja_pull(own, &self.lowering.start_id(*group), name)
            }
            Ref::Output { task, name } => {
                let id = self.lowering.data_id(*task);
                if self.is_fan_in(*task) {
                    need("every");
                    format!("every(ti, '{id}', '{name}')")
                } else if self.lowering.is_approval(*task) {
                    format!(
                        "{}['chosen_options'][0]",
                        jinja_pull(self.shares_instance(*task), &id, "return_value")
                    )
                } else {
                    jinja_pull(self.shares_instance(*task), &id, name)
                }
            }
            Ref::Artifact { task, name } => {
                let found = self.lowering.artifact(*task, name);
                let own = if self.is_indexed(&found) {
                    " ~ '/' ~ ti.map_index"
                } else {
                    ""
                };
                if self.lowering.settings.runner != Runner::Process {
                    return Some(format!(
                        "'/flow/artifacts/{}/{}'{own}",
                        found.id, found.name
                    ));
                }
                let function = if self.fans_in(&found) {
                    "artifacts"
                } else {
                    "artifact"
                };
                need(function);
                format!("{function}(ti, '{}', '{}'){own}", found.id, found.name)
            }
            Ref::Status { task } => {
                need("status");
                format!(
                    "status(ti, {})",
                    self.status_arguments(*task, |id| format!("'{id}'"))
                )
            }
            Ref::Item { fan_out } if self.element_of != Some(*fan_out) => "task.item".into(),
            Ref::Index { fan_out } if self.element_of != Some(*fan_out) => "ti.map_index".into(),
            Ref::RunId => "run_id".into(),
            Ref::RunDate => {
                need("run_date");
                "run_date(dag_run)".into()
            }
            Ref::RunStatus => {
                need("run_status");
                "run_status(ti)".into()
            }
            Ref::OwnOutput { name } | Ref::OwnArtifact { name } => {
                need("attempt");
                format!("attempt(ti) ~ '/{name}'")
            }
            Ref::Item { .. }
            | Ref::Index { .. }
            | Ref::RunScheduledAt
            | Ref::RunDuration
            | Ref::Secret { .. } => return None,
        })
    }
}

fn jinja_pull(own_instance: bool, id: &str, key: &str) -> String {
    let own = if own_instance {
        ", map_indexes=ti.map_index"
    } else {
        ""
    };
    format!("ti.xcom_pull(task_ids='{id}', key='{key}'{own})")
}

/// Where an artifact is found: the task that writes it, by its Airflow id, and its name there.
pub(super) struct ArtifactPlace {
    pub task: TaskId,
    pub id: String,
    pub name: String,
    /// The fan-out through which it is read, if there is one.
    pub fan_out: Option<TaskId>,
}

fn flat(code: &Code) -> String {
    code.flat().unwrap_or_default()
}

/// Types whose values Python's `==` compares as the flow language does.
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Integer | Type::Number | Type::Boolean => true,
        Type::List(element) => is_plain(element),
        Type::Object | Type::Any => false,
    }
}

/// Whether evaluating an expression cannot fail and costs next to nothing.
fn is_harmless(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Ref(Ref::Parameter { .. } | Ref::Output { .. }) => true,
        ExprKind::Default(Ref::Output { .. }, fallback) => is_harmless(fallback),
        _ => false,
    }
}

fn literal_strength(value: &Value) -> Strength {
    match value {
        Value::Integer(number) if *number < 0 => Strength::Negation,
        Value::Number(number) if *number < 0.0 => Strength::Negation,
        _ => Strength::Atom,
    }
}

/// A constant in Jinja, where its text needs no escapes.
fn jinja_literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let is_simple = |c: char| c.is_ascii_alphanumeric() || " _-./:".contains(c);
            text.chars().all(is_simple).then(|| format!("'{text}'"))
        }
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::List(list) if list.is_empty() => Some("[]".into()),
        _ => None,
    }
}

/// Attributes of a dictionary, which Jinja's dot would find before the parameter.
const DICT_METHODS: [&str; 20] = [
    "clear",
    "copy",
    "deep_merge",
    "dump",
    "filter_params_by_source",
    "fromkeys",
    "get",
    "get_param",
    "items",
    "keys",
    "pop",
    "popitem",
    "serialize",
    "deserialize",
    "setdefault",
    "suppress_exception",
    "update",
    "validate",
    "values",
    "data",
];
