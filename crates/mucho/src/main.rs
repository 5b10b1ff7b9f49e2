//! The command line tool `mucho`.
#![forbid(unsafe_code)]

mod cli;

/// musl's own allocator gives large blocks back to the system at once, and every page of them is then faulted in again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();

fn main() -> std::process::ExitCode {
    cli::main()
}
