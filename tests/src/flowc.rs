//! The `flowc` program, as the integration tests run it.

fn main() -> std::process::ExitCode {
    flowc_cli::main()
}
