//! `flowc logs`

use std::fs::File;
use std::io::{self, Write};

use crate::args::Logs;
use crate::commands::Outcome;
use crate::console::Console;
use crate::failure::Failure;
use crate::run::journal::Record;
use crate::run::store::Store;
use flowc_core::run::Layout;
use flowc_core::suggest::did_you_mean;

pub(super) fn run(args: &Logs, console: Console) -> Result<Outcome, Failure> {
    let store = Store::new(args.state.as_deref())?;
    let id = store.find(&args.run)?;
    let layout = Layout {
        root: store.path(&id).to_string_lossy().into_owned(),
    };
    let (wanted, wanted_index) = instance(&args.task)?;
    let mut attempts: Vec<(Vec<u32>, u32)> = Vec::new();
    let mut tasks = Vec::new();
    for record in store.records(&id)? {
        if let Record::Started {
            task,
            index,
            attempt,
            ..
        } = record
        {
            let fits = wanted_index.as_ref().is_none_or(|wanted| *wanted == index);
            if task == wanted && fits && !attempts.contains(&(index.clone(), attempt)) {
                attempts.push((index, attempt));
            }
            tasks.push(task);
        }
    }
    if let Some(number) = args.attempt {
        attempts.retain(|(_, attempt)| *attempt == number);
    }
    if attempts.is_empty() {
        let failure = Failure::new(format!("run `{id}` has no attempt of `{}`", args.task));
        return Err(
            match did_you_mean(wanted, tasks.iter().map(String::as_str)) {
                Some(help) => failure.help(help),
                None => failure.help("it may not have started; an instance is `task[0]`"),
            },
        );
    }
    attempts.sort();
    let several = attempts.len() > 1;
    for (index, attempt) in attempts {
        if several {
            let index: Vec<String> = index.iter().map(u32::to_string).collect();
            let shown = match index.as_slice() {
                [] => wanted.to_owned(),
                index => format!("{wanted}[{}]", index.join(",")),
            };
            console.print(&format!("==> {shown} attempt {attempt}\n"))?;
        }
        let path = format!("{}/log", layout.attempt(wanted, &index, attempt));
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure::io("read", path.as_ref(), &error)),
        };
        let mut out = io::stdout().lock();
        match io::copy(&mut file, &mut out).and_then(|_| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Failure::io("read", path.as_ref(), &error));
            }
            _ => {}
        }
    }
    Ok(Outcome::Fine)
}

/// `task`, or `task[0,1]` for one instance.
fn instance(text: &str) -> Result<(&str, Option<Vec<u32>>), Failure> {
    let Some((task, index)) = text.split_once('[') else {
        return Ok((text, None));
    };
    let index = index.strip_suffix(']').and_then(|index| {
        let parts = index.split(',').map(|part| part.trim().parse().ok());
        parts.collect::<Option<Vec<u32>>>()
    });
    match index {
        Some(index) => Ok((task, Some(index))),
        None => Err(Failure::new(format!("`{text}` is no instance"))
            .help("write `task[0]`, or `task[0,1]` in a fan-out inside of another")),
    }
}
