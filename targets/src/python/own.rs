//! The fields of `targets.<name>` as arguments of what a target calls.

use flowc_core::flow::TargetFields;

use super::Code;

/// Arguments with their names.
pub(crate) type Arguments<'a> = Vec<(&'static str, Code<'a>)>;

/// The arguments that the fields of one target ask for; `known` has the argument that each field becomes.
pub(crate) fn own_arguments<'a>(
    fields: &'a TargetFields,
    target: &str,
    known: &'static [(&'static str, &'static str)],
) -> Arguments<'a> {
    let own = fields.targets.get(target).into_iter();
    own.flat_map(|own| &own.fields)
        .filter_map(|(field, value)| {
            let (_, argument) = known.iter().find(|(name, _)| name == field)?;
            Some((*argument, Code::value(&value.value)))
        })
        .collect()
}

/// Arguments with others added, which replace those of the same name.
pub(crate) fn merged<'a>(mut arguments: Arguments<'a>, more: Arguments<'a>) -> Arguments<'a> {
    for (name, code) in more {
        match arguments.iter_mut().find(|(known, _)| *known == name) {
            Some(argument) => argument.1 = code,
            None => arguments.push((name, code)),
        }
    }
    arguments
}
