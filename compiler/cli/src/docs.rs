//! Pages of `docs/` that are generated from what the program itself says.

use clap::Command;

use crate::args::Cli;

/// `docs/cli.md`: every command with its help.
pub fn cli_markdown() -> String {
    let mut definition = Cli::definition()
        .term_width(100)
        .disable_help_subcommand(true);
    definition.build();
    let mut out =
        String::from("# Command line\n\nGenerated from the help texts; a test keeps it current.\n");
    page(&mut out, "flowc", &mut definition);
    let names: Vec<String> = definition
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(command) = definition.find_subcommand_mut(&name) {
            page(&mut out, &format!("flowc {name}"), command);
        }
    }
    out.push('\n');
    out.push_str(include_str!("docs-cli.md"));
    out
}

/// `docs/support.md`: every feature on every target and version.
pub fn support_markdown() -> String {
    crate::commands::targets::markdown::write(flowc_targets::TARGETS)
}

/// The README with its table of targets as it must be now.
pub fn readme(now: &str) -> String {
    const START: &str = "<!-- targets: generated, a test keeps it current -->\n";
    const END: &str = "<!-- end of targets -->";
    let table = crate::commands::targets::overview::write(flowc_targets::TARGETS);
    match (now.split_once(START), now.split_once(END)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{START}\n{table}\n{END}{after}"),
        _ => format!("{now}\n{START}\n{table}\n{END}\n"),
    }
}

fn page(out: &mut String, title: &str, command: &mut Command) {
    let help = command.render_long_help().to_string();
    out.push_str(&format!("\n## {title}\n\n```text\n"));
    for line in help.trim().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("```\n");
}
