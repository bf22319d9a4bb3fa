//! Engines from the npm registry.

use std::path::PathBuf;

use super::{cached, copy};
use crate::house;
use crate::process::{self, capture, demand};

/// A folder with the script and its `node_modules`.
pub fn ready(name: &str) -> Result<PathBuf, String> {
    let source = house::engine_files().join(name);
    cached(name, std::slice::from_ref(&source), |folder| {
        for program in ["node", "npm"] {
            if !capture(process::command(program).arg("--version")).success {
                return Err(format!(
                    "no {program} found; install Node.js 18 or newer with npm (Debian: nodejs npm)"
                ));
            }
        }
        copy(std::slice::from_ref(&source), folder)?;
        demand(
            process::command("npm")
                .args([
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                ])
                .current_dir(folder),
        )?;
        Ok(())
    })
}
