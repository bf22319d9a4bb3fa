//! `--param name=value`: new defaults for a flow's parameters, of their types and within their limits.

use flowc_core::expr::pattern::Pattern;
use flowc_core::expr::{Type, Value, parse_parameter_text};
use flowc_core::flow::{Flow, Parameter};
use flowc_core::source::Spanned;
use flowc_core::suggest::did_you_mean;

use crate::failure::Failure;

/// Gives parameters of the flow new defaults.
///
/// # Errors
/// A parameter that the flow does not have, or a value that it does not take.
pub fn set_defaults(flow: &mut Flow, overrides: &[(String, String)]) -> Result<(), Failure> {
    for (name, text) in overrides {
        let Some(at) = flow
            .parameters
            .iter()
            .position(|parameter| parameter.name.value == *name)
        else {
            return Err(unknown(flow, name));
        };
        let parameter = &mut flow.parameters[at];
        let value =
            parse_parameter_text(&parameter.ty, text).map_err(|_| wrong_type(parameter, text))?;
        within_limits(parameter, &value)?;
        parameter.default = Some(Spanned::new(value, parameter.name.span));
    }
    Ok(())
}

fn unknown(flow: &Flow, name: &str) -> Failure {
    let names = || {
        flow.parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
    };
    let failure = Failure::new(format!(
        "flow `{}` has no parameter `{name}`",
        flow.name.value
    ));
    match did_you_mean(name, names()) {
        Some(help) => failure.help(help),
        None if flow.parameters.is_empty() => failure.help("it has no parameters"),
        None => failure.help(format!(
            "its parameters: {}",
            names().collect::<Vec<_>>().join(", ")
        )),
    }
}

fn wrong_type(parameter: &Parameter, text: &str) -> Failure {
    let failure = Failure::new(format!(
        "parameter `{}` is of type {}, and `{text}` is not",
        parameter.name.value, parameter.ty
    ));
    match parameter.ty {
        Type::List(_) => failure.help(format!(
            "write a list as JSON: --param '{}=[…]'",
            parameter.name.value
        )),
        Type::Object => failure.help(format!(
            "write an object as JSON: --param '{}={{…}}'",
            parameter.name.value
        )),
        _ => failure,
    }
}

fn within_limits(parameter: &Parameter, value: &Value) -> Result<(), Failure> {
    let refuse = |what: String| {
        Err(Failure::new(format!(
            "parameter `{}` cannot be `{}`: {what}",
            parameter.name.value,
            value.text()
        )))
    };
    if let Some(choices) = &parameter.choices
        && !choices.contains(value)
    {
        let known: Vec<String> = choices.iter().map(Value::text).collect();
        return refuse(format!("it is one of {}", known.join(", ")));
    }
    if let (Some(number), Some(min)) = (value.as_f64(), &parameter.min)
        && number < min.value
    {
        return refuse(format!("it is at least {}", number_text(min.value)));
    }
    if let (Some(number), Some(max)) = (value.as_f64(), &parameter.max)
        && number > max.value
    {
        return refuse(format!("it is at most {}", number_text(max.value)));
    }
    if let (Some(text), Some(pattern)) = (value.as_str(), &parameter.pattern)
        && Pattern::matches_whole(&pattern.value, text) != Ok(true)
    {
        return refuse(format!("it matches `{}`", pattern.value));
    }
    Ok(())
}

fn number_text(value: f64) -> String {
    Value::Number(value).text()
}
