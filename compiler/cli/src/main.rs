//! The `flowc` program.

fn main() -> std::process::ExitCode {
    flowc_cli::main()
}
