//! Argo's judgement of every example: its resource definitions as a strict schema, and its linter.

mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::airflow;
use crate::engines::{self, Engine};
use crate::flowc::Flowc;
use crate::report::{Checks, Report};
use crate::{house, process};
use schema::Schemas;

/// Ways to compile an example, beside its version.
const VARIANTS: [(&str, &[&str]); 3] = [
    ("default", &[]),
    ("template", &["kind=WorkflowTemplate"]),
    ("volume", &["artifacts=volume", "kind=Workflow"]),
];

/// Engines, the version of the target that each judges, and its Go module.
const ENGINES: [(Engine, &str, &str); 4] = [
    (
        Engine::Argo36,
        "3.6",
        "github.com/argoproj/argo-workflows/v3",
    ),
    (
        Engine::Argo37,
        "3.7",
        "github.com/argoproj/argo-workflows/v3",
    ),
    (
        Engine::Argo40,
        "4.0",
        "github.com/argoproj/argo-workflows/v4",
    ),
    (
        Engine::Argo41,
        "4.1",
        "github.com/argoproj/argo-workflows/v4",
    ),
];

#[derive(Deserialize)]
struct Verdict {
    file: PathBuf,
    linted: bool,
    errors: Vec<String>,
}

/// Judge every example, as each of Argo's versions that are not left out.
pub fn steps(report: &mut Report, flowc: &Flowc, without: &[Engine]) {
    report.step("each version of Argo has its judge", |checks| {
        checks.result("versions", all_are_judged(flowc));
    });
    for (engine, version, module) in ENGINES {
        let title = format!("examples judged by {}", engine.title());
        report.step_on(&[engine], without, &title, |checks| {
            match judge(engine, version, module, flowc, checks) {
                Ok(files) => checks.note(format!("{files} files, schema and lint")),
                Err(error) => checks.fail(engine.title(), &error),
            }
        });
    }
}

fn all_are_judged(flowc: &Flowc) -> Result<(), String> {
    let mut versions = flowc.versions("argo")?;
    versions.sort();
    if versions == ENGINES.map(|(_, version, _)| version) {
        Ok(())
    } else {
        Err(format!("flowc writes for {}", versions.join(", ")))
    }
}

/// Judge these files as each of Argo's versions that are not left out.
pub fn check_files(report: &mut Report, files: &[PathBuf], without: &[Engine]) {
    for (engine, _, module) in ENGINES {
        let title = format!("files judged by {}", engine.title());
        report.step_on(&[engine], without, &title, |checks| {
            if let Err(error) = judge_files(engine, module, files, checks) {
                checks.fail(engine.title(), &error);
            }
        });
    }
}

fn judge_files(
    engine: Engine,
    module: &str,
    files: &[PathBuf],
    checks: &mut Checks,
) -> Result<(), String> {
    let program = engines::ready(engine)?;
    let schemas = Schemas::read(&engines::module(&program, module)?)?;
    for file in files {
        checks.result(
            &format!("schema of {}", file.display()),
            check_schema(file, &schemas),
        );
    }
    for verdict in lint(&program, files)? {
        checks.result(
            &format!("lint of {}", verdict.file.display()),
            well(&verdict),
        );
    }
    Ok(())
}

fn judge(
    engine: Engine,
    version: &str,
    module: &str,
    flowc: &Flowc,
    checks: &mut Checks,
) -> Result<usize, String> {
    let program = engines::ready(engine)?;
    let schemas = Schemas::read(&engines::module(&program, module)?)?;
    refuses_what_is_wrong(&program, &schemas, checks)?;
    let work = house::work(engine.name());
    let files = compile(flowc, version, &work, checks);
    for file in &files {
        checks.result(
            &format!("schema of {}", short(file, &work)),
            check_schema(file, &schemas),
        );
    }
    for verdict in lint(&program, &files)? {
        let name = format!("lint of {}", short(&verdict.file, &work));
        checks.result(&name, well(&verdict));
    }
    Ok(files.len())
}

/// Every example in every variant; one that is refused is a failed check.
fn compile(flowc: &Flowc, version: &str, work: &Path, checks: &mut Checks) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for example in house::examples() {
        let flow = house::root()
            .join("examples")
            .join(&example)
            .join("flow.yaml");
        for (variant, set) in VARIANTS {
            let folder = work.join(&example).join(variant);
            let name = format!("{example} for argo@{version} as {variant}");
            let target = format!("argo@{version}");
            let compiled = flowc.compile(&flow, &target, set, &folder);
            if let Some(code) = airflow::refusal(&example, &target) {
                checks.result(
                    &format!("{name} is refused"),
                    airflow::refused(compiled, &code),
                );
                continue;
            }
            match compiled {
                Ok(compiled) if compiled.files.is_empty() => {
                    checks.fail(&name, "no file was written")
                }
                Ok(compiled) => {
                    checks.pass();
                    files.extend(compiled.files);
                }
                Err(said) => checks.fail(&name, &said),
            }
        }
    }
    files
}

fn check_schema(file: &Path, schemas: &Schemas) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut problems = Vec::new();
    let mut objects = 0;
    for document in serde_yaml::Deserializer::from_str(&text) {
        let object = Value::deserialize(document).map_err(|error| error.to_string())?;
        objects += 1;
        problems.extend(schemas.problems(&object));
    }
    if objects == 0 {
        problems.push("no object in it".to_owned());
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

fn lint(program: &Path, files: &[PathBuf]) -> Result<Vec<Verdict>, String> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let said = process::demand(
        process::command(program.join("program"))
            .arg("lint")
            .args(files),
    )?;
    serde_json::from_str(&said).map_err(|error| error.to_string())
}

fn well(verdict: &Verdict) -> Result<(), String> {
    match (verdict.linted, verdict.errors.is_empty()) {
        (_, false) => Err(verdict.errors.join("\n")),
        (false, true) => Err("nothing in it was linted".to_owned()),
        (true, true) => Ok(()),
    }
}

/// The judges themselves: a good file passes, seeded faults do not.
fn refuses_what_is_wrong(
    program: &Path,
    schemas: &Schemas,
    checks: &mut Checks,
) -> Result<(), String> {
    let folder = house::engine_files().join("argo/judges");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for verdict in lint(program, &files)? {
        let name = verdict
            .file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let schema = check_schema(&verdict.file, schemas).is_ok();
        let lint = well(&verdict).is_ok();
        // The name of a file starts with who must refuse it.
        let (wanted_schema, wanted_lint) = match name.split('-').next() {
            Some("good") => (true, true),
            Some("lint") => (true, false),
            _ => (false, lint),
        };
        if (schema, lint) == (wanted_schema, wanted_lint) {
            checks.pass();
        } else {
            let detail = format!(
                "schema says {schema}, lint says {lint}: {:?}",
                verdict.errors
            );
            checks.fail(&format!("the judges on {name}"), &detail);
        }
    }
    Ok(())
}

fn short(file: &Path, work: &Path) -> String {
    file.strip_prefix(work)
        .unwrap_or(file)
        .display()
        .to_string()
}
