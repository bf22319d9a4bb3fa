//! `--target name@version` and `--set key=value`.

use flowc_core::suggest::did_you_mean;
use flowc_core::target::{Target, settings};
use flowc_targets::TARGETS;

use crate::failure::Failure;
use crate::pipeline::Request;

/// The word that stands for every target.
pub const ALL: &str = "all";

/// The targets of a command line, each once, in the order given.
///
/// # Errors
/// An unknown target, version, option or value.
pub fn requests(
    specs: &[String],
    set: &[(String, String)],
    source: &str,
) -> Result<Vec<Request>, Failure> {
    let mut wanted: Vec<(&'static dyn Target, Option<&str>)> = Vec::new();
    for spec in specs {
        if spec == ALL {
            wanted.extend(TARGETS.iter().map(|target| (*target, None)));
            continue;
        }
        let (name, version) = match spec.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (spec.as_str(), None),
        };
        wanted.push((find(name)?, version));
    }
    every_option_is_somebodys(&wanted, set)?;
    let mut requests: Vec<Request> = Vec::new();
    for (target, version) in wanted {
        let own = own_options(target, set);
        let settings = settings(target, version, &own, source).map_err(|error| {
            let failure = Failure::new(error.message);
            match error.help {
                Some(help) => failure.help(help),
                None => failure,
            }
        })?;
        if requests.iter().all(|other| other.settings != settings) {
            requests.push(Request { target, settings });
        }
    }
    Ok(requests)
}

/// What a request is called in paths and in the manifest: its target, with the version where the
/// same target is asked for in several.
pub fn label(request: &Request, all: &[Request]) -> String {
    let name = request.target.name();
    let same = all.iter().filter(|other| other.target.name() == name);
    if same.count() > 1 {
        request.settings.spec()
    } else {
        name.to_owned()
    }
}

/// The target of a name.
///
/// # Errors
/// An unknown name, with a suggestion.
pub fn find(name: &str) -> Result<&'static dyn Target, Failure> {
    flowc_targets::find(name).ok_or_else(|| {
        let names = || TARGETS.iter().map(|target| target.name());
        let failure = Failure::new(format!("there is no target `{name}`"));
        match did_you_mean(name, names()) {
            Some(help) => failure.help(help),
            None => failure.help(format!(
                "known targets: {}",
                names().collect::<Vec<_>>().join(", ")
            )),
        }
    })
}

/// `namespace=ml` is for every target of the command line that has the option, `argo.namespace=ml`
/// for Argo only. What nobody has is an error.
fn every_option_is_somebodys(
    wanted: &[(&'static dyn Target, Option<&str>)],
    set: &[(String, String)],
) -> Result<(), Failure> {
    for (key, _) in set {
        if let Some((name, option)) = qualified(key) {
            let target = find(name)?;
            if !wanted.iter().any(|(other, _)| other.name() == name) {
                return Err(Failure::new(format!(
                    "`--set {key}` is for target `{name}`, which is not asked for"
                ))
                .help(format!("add `--target {name}`")));
            }
            if !has_option(target, option) {
                return Err(no_option(&[target], option));
            }
        } else if !wanted.iter().any(|(target, _)| has_option(*target, key)) {
            let targets: Vec<_> = wanted.iter().map(|(target, _)| *target).collect();
            return Err(no_option(&targets, key));
        }
    }
    Ok(())
}

fn no_option(targets: &[&'static dyn Target], key: &str) -> Failure {
    let names = || {
        targets
            .iter()
            .flat_map(|target| target.options())
            .map(|option| option.name)
    };
    let whose: Vec<String> = targets
        .iter()
        .map(|target| format!("`{}`", target.name()))
        .collect();
    let failure = Failure::new(format!(
        "target {} has no option `{key}`",
        whose.join(" or ")
    ));
    match did_you_mean(key, names()) {
        Some(help) => failure.help(help),
        None => failure.help("`flowc targets NAME` shows the options of a target"),
    }
}

fn own_options(target: &dyn Target, set: &[(String, String)]) -> Vec<(String, String)> {
    set.iter()
        .filter_map(|(key, value)| match qualified(key) {
            Some((name, option)) if name == target.name() => {
                Some((option.to_owned(), value.clone()))
            }
            None if has_option(target, key) => Some((key.clone(), value.clone())),
            _ => None,
        })
        .collect()
}

fn qualified(key: &str) -> Option<(&str, &str)> {
    key.split_once('.')
}

fn has_option(target: &dyn Target, name: &str) -> bool {
    target.options().iter().any(|option| option.name == name)
}
