//! Parameters as declared, and the values they are given.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use super::Resolver;
use super::declare::FrameId;
use super::keys;
use super::place::Place;
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Node};
use crate::expr::input::check_parameter_value;
use crate::expr::pattern::Pattern;
use crate::expr::value::common_type;
use crate::expr::{Expr, Type, Value};
use crate::flow::{Binding, Parameter};
use crate::source::{Span, Spanned};
use crate::values;

/// Declared parameters and the names of those whose declaration is wrong.
#[derive(Default)]
pub(crate) struct Parameters {
    pub list: Vec<Parameter>,
    pub index: FxHashMap<String, usize>,
    pub refused: HashSet<String>,
}

impl Resolver<'_> {
    /// Reads `parameters`.
    pub(crate) fn parameters(&mut self, node: Option<&Node>) -> Parameters {
        let mut parameters = Parameters::default();
        let Some(node) = node else { return parameters };
        let Some(entries) = node.mapping() else {
            let wanted = "parameters by name";
            self.report
                .push(checks::type_mismatch::wants(node, "`parameters`", wanted));
            return parameters;
        };
        for entry in entries {
            self.check_key_name(entry, values::check_name);
            match self.parameter(entry) {
                Some(parameter) => {
                    parameters
                        .index
                        .insert(entry.key.to_string(), parameters.list.len());
                    parameters.list.push(parameter);
                }
                None => {
                    parameters.refused.insert(entry.key.to_string());
                }
            }
        }
        parameters
    }

    fn parameter(&mut self, entry: &Entry) -> Option<Parameter> {
        let name = Spanned::new(entry.key.to_string(), entry.key_span);
        let place = format!("parameter `{}`", entry.key);
        let default_place = format!("the default of {place}");
        if entry.value.mapping().is_none() {
            let default = self.report.value(&entry.value, &default_place, false)?;
            let ty = self.inferred(&default, &entry.value, &place)?;
            return Some(plain(
                name,
                ty,
                Some(Spanned::new(default, entry.value.span)),
            ));
        }
        let reader = Reader::new(&entry.value, &keys::PARAMETER, &place, &mut self.report)?;
        let default = match reader.get("default") {
            None => None,
            Some(node) => Some((node, self.report.value(node, &default_place, false)?)),
        };
        let ty = match (reader.get("type"), &default) {
            (Some(node), _) => self.type_of(node, &format!("the type of {place}"))?,
            (None, Some((node, value))) => self.inferred(value, node, &place)?,
            (None, None) if reader.meant_one_of(&["type", "default"]) => return None,
            (None, None) => {
                self.report
                    .push(checks::missing_key::missing(name.span, &place, "type"));
                return None;
            }
        };
        let default = default.map(|(node, value)| Spanned::new(value, node.span));
        let mut parameter = plain(name, ty, default);
        self.constraints(&mut parameter, &reader, &place);
        Some(parameter)
    }

    fn constraints(&mut self, parameter: &mut Parameter, reader: &Reader<'_>, place: &str) {
        let number = Type::Number.accepts(&parameter.ty) && parameter.ty != Type::Any;
        for (key, fits, wanted) in [
            ("min", number, "a number"),
            ("max", number, "a number"),
            ("pattern", parameter.ty == Type::String, "a string"),
        ] {
            if let Some(entry) = reader.entry(key)
                && !fits
            {
                self.report.push(checks::inapplicable_key::constraint(
                    entry.key_span,
                    key,
                    place,
                    &parameter.ty,
                    wanted,
                ));
                return;
            }
        }
        let place_of = |key: &str| format!("`{key}` of {place}");
        parameter.min = self.report.number(reader.get("min"), &place_of("min"));
        parameter.max = self.report.number(reader.get("max"), &place_of("max"));
        parameter.pattern = self.pattern(reader.get("pattern"), &place_of("pattern"));
        parameter.choices = self.choices(reader.get("enum"), &parameter.ty, &place_of("enum"));
        parameter.description = self
            .report
            .text_opt(reader.get("description"), &place_of("description"));
        if let (Some(min), Some(max)) = (&parameter.min, &parameter.max)
            && min.value > max.value
        {
            self.report
                .push(checks::out_of_range::empty_range(max.span, place, min.span));
            return;
        }
        if let Some(default) = &parameter.default {
            let what = format!("the default of {place}");
            let default = default.clone();
            self.check_value(parameter, &default.value, default.span, &what);
        }
    }

    fn choices(
        &mut self,
        node: Option<&Node>,
        ty: &Type,
        place: &str,
    ) -> Option<Spanned<Vec<Value>>> {
        let node = node?;
        let nodes = self.report.list(node, place)?;
        if nodes.is_empty() {
            self.report.push(checks::type_mismatch::empty(node, place));
            return None;
        }
        let mut values = Vec::new();
        for element in nodes {
            let value = self.report.value(element, place, false)?;
            if !fits(ty, &value) {
                self.report.push(checks::type_mismatch::value(
                    element.span,
                    &format!("a value of {place}"),
                    ty,
                    &value,
                ));
                return None;
            }
            values.push(value);
        }
        Some(Spanned::new(values, node.span))
    }

    fn pattern(&mut self, node: Option<&Node>, place: &str) -> Option<Spanned<String>> {
        let node = node?;
        let pattern = self.report.text(node, place)?;
        match Pattern::new(&pattern.value) {
            Ok(_) => Some(pattern),
            Err(invalid) => {
                self.report.invalid(node, "invalid-pattern", &invalid);
                None
            }
        }
    }

    /// The type of a default.
    fn inferred(&mut self, value: &Value, node: &Node, place: &str) -> Option<Type> {
        let ty = inferred_type(value);
        if ty.is_none() {
            self.report.push(checks::type_mismatch::mixed(node, place));
        }
        ty
    }

    /// Checks a constant against a parameter's type and constraints.
    pub(crate) fn check_value(
        &mut self,
        parameter: &Parameter,
        value: &Value,
        span: Span,
        what: &str,
    ) -> bool {
        if !fits(&parameter.ty, value) {
            self.report.push(checks::type_mismatch::value(
                span,
                what,
                &parameter.ty,
                value,
            ));
            return false;
        }
        match check_parameter_value(parameter, value) {
            Ok(()) => true,
            Err(why) => {
                self.report.push(checks::refused_value::found(
                    span,
                    what,
                    &why,
                    &parameter.name,
                ));
                false
            }
        }
    }

    /// The values that `with` gives the parameters of a sub-flow.
    pub(crate) fn bindings(
        &mut self,
        with: Option<&Node>,
        inside: FrameId,
        place: &Place,
        task: &Spanned<String>,
    ) -> Vec<Binding> {
        let parameters = self.frames[inside].parameters.clone();
        let entries = match with {
            None => &[][..],
            Some(node) => match node.mapping() {
                Some(entries) => entries,
                None => {
                    let wanted = "values by parameter name";
                    self.report
                        .push(checks::type_mismatch::wants(node, "`with`", wanted));
                    return Vec::new();
                }
            },
        };
        let mut meant = HashSet::new();
        for entry in entries {
            if !parameters.iter().any(|known| known.name.value == entry.key)
                && !self.frames[inside].refused.contains(entry.key.as_ref())
            {
                let known = parameters.iter().map(|known| known.name.value.as_str());
                let nearest = self.report.nearest(&entry.key, known);
                meant.extend(nearest.map(str::to_owned));
                let name = Spanned::new(entry.key.as_ref(), entry.key_span);
                let nearest = parameters
                    .iter()
                    .map(|parameter| &parameter.name)
                    .find(|name| Some(name.value.as_str()) == nearest);
                let all: Vec<_> = parameters
                    .iter()
                    .map(|known| known.name.value.as_str())
                    .collect();
                self.report
                    .push(checks::unknown_parameter::unknown(&name, nearest, &all));
            }
        }
        parameters
            .into_iter()
            .filter_map(|parameter| {
                let name = &parameter.name.value;
                let value = match entries.iter().find(|entry| entry.key == *name) {
                    Some(entry) => self.given(&parameter, entry, place)?,
                    None => match &parameter.default {
                        Some(default) => Expr::literal(default.value.clone(), default.span),
                        None => {
                            if !meant.contains(name) {
                                let span = task.span;
                                self.report.push(checks::missing_parameter::missing(
                                    span,
                                    &task.value,
                                    &parameter.name,
                                ));
                            }
                            return None;
                        }
                    },
                };
                Some(Binding { parameter, value })
            })
            .collect()
    }

    fn given(&mut self, parameter: &Parameter, entry: &Entry, place: &Place) -> Option<Expr> {
        let what = format!("parameter `{}`", entry.key);
        let expr = self.value_expr(&entry.value, place, &what)?;
        match expr.as_literal() {
            Some(value) => {
                let value = value.clone();
                self.check_value(parameter, &value, expr.span, &what)
                    .then_some(expr)
            }
            None => self.expect(expr, &parameter.ty, &what),
        }
    }
}

/// Whether a value may stand where a type is wanted. Unlike an expression's, it is known in full.
pub(crate) fn fits(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Any, _)
        | (Type::String, Value::String(_))
        | (Type::Integer, Value::Integer(_))
        | (Type::Number, Value::Integer(_) | Value::Number(_))
        | (Type::Boolean, Value::Boolean(_))
        | (Type::Object, Value::Object(_)) => true,
        (Type::List(element), Value::List(values)) => {
            values.iter().all(|value| fits(element, value))
        }
        _ => false,
    }
}

/// The type that a default has; none when its elements have no type in common.
fn inferred_type(value: &Value) -> Option<Type> {
    let Value::List(values) = value else {
        return Some(value.ty());
    };
    if values.is_empty() {
        return Some(Type::list(Type::String));
    }
    let types: Option<Vec<Type>> = values.iter().map(inferred_type).collect();
    let element = common_type(types?);
    (!mentions_any(&element)).then(|| Type::list(element))
}

fn mentions_any(ty: &Type) -> bool {
    match ty {
        Type::Any => true,
        Type::List(element) => mentions_any(element),
        _ => false,
    }
}

fn plain(name: Spanned<String>, ty: Type, default: Option<Spanned<Value>>) -> Parameter {
    Parameter {
        name,
        ty,
        default,
        min: None,
        max: None,
        choices: None,
        pattern: None,
        description: None,
    }
}
