//! The `flowc` program.

fn main() -> std::process::ExitCode {
    flowc_cli::main()
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
