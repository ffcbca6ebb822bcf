//! The binary: hands the command line to [`samestory::cli`] and returns its exit code.

fn main() -> std::process::ExitCode {
    samestory::cli::main()
}
