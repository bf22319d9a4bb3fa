//! `flowc init`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::Outcome;
use crate::args::Init;
use crate::console::Console;
use crate::failure::Failure;
use crate::report::slashes;

/// The files of a new flow.
const FILES: [(&str, &str); 2] = [
    ("flow.yaml", include_str!("flow.yaml")),
    ("README.md", include_str!("README.md")),
];

pub(super) fn run(args: &Init, console: Console) -> Result<Outcome, Failure> {
    let folder = &args.folder;
    for (name, _) in FILES {
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(Failure::new(format!(
                "`{}` is there already; nothing was written",
                slashes(&path)
            ))
            .help("give another folder: flowc init DIR"));
        }
    }
    fs::create_dir_all(folder).map_err(|error| Failure::io("make the folder", folder, &error))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        write_new(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
    }
    let flow = slashes(&folder.join("flow.yaml"));
    console.print(&format!(
        "Wrote {flow} and {}. Now try:\n\n  flowc compile {flow} --target {}\n",
        slashes(&folder.join("README.md")),
        flowc_targets::TARGETS
            .first()
            .map_or("argo", |target| target.name())
    ))?;
    Ok(Outcome::Fine)
}

/// Writes a file that must not exist.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?
        .write_all(text.as_bytes())
}
