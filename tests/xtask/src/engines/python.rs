//! Engines from the Python package index: a virtual environment from a frozen, hashed list.

use std::path::{Path, PathBuf};

use super::cached;
use crate::house;
use crate::process::{self, capture, demand};

/// A virtual environment with all that `tests/engines/NAME.lock` lists.
pub fn ready(name: &str) -> Result<PathBuf, String> {
    let lock = house::engine_files().join(format!("{name}.lock"));
    cached(name, std::slice::from_ref(&lock), |folder| {
        let uv = uv()?;
        demand(
            process::command(&uv)
                .args(["venv", "--quiet", "--clear", "--python"])
                .arg(python()?)
                .arg(folder),
        )?;
        demand(
            process::command(&uv)
                .args([
                    "pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--require-hashes",
                    "--compile-bytecode",
                ])
                .arg("--python")
                .arg(folder.join("bin/python"))
                .arg("--requirements")
                .arg(&lock),
        )?;
        Ok(())
    })
}

/// The installer, itself pinned and installed by pip.
fn uv() -> Result<PathBuf, String> {
    Ok(installer()?.join("bin/uv"))
}

/// A Python that has pip, which alone fetches an archive without installing it.
pub fn pip() -> Result<PathBuf, String> {
    Ok(installer()?.join("bin/python"))
}

fn installer() -> Result<PathBuf, String> {
    let lock = house::engine_files().join("uv.lock");
    cached("uv", std::slice::from_ref(&lock), |folder| {
        let made = demand(process::command(python()?).args(["-m", "venv"]).arg(folder));
        made.map_err(|error| format!("{error}\ninstall Python's venv (Debian: python3-venv)"))?;
        demand(
            process::command(folder.join("bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(["--require-hashes", "--requirement"])
                .arg(&lock),
        )?;
        Ok(())
    })
}

/// A Python that both versions of Airflow run on.
pub fn python() -> Result<PathBuf, String> {
    let named = std::env::var("FLOWC_PYTHON").ok();
    let usual = ["python3.12", "python3.11", "python3", "python"].map(str::to_owned);
    for candidate in named.iter().chain(&usual) {
        let program = Path::new(candidate);
        let version = capture(
            process::command(program)
                .args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]),
        );
        if matches!(version.stdout.trim(), "3.11" | "3.12") {
            return Ok(program.to_path_buf());
        }
    }
    Err("no Python 3.11 or 3.12 found; install one, or name it in FLOWC_PYTHON".to_owned())
}
