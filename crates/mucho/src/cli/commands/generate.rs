//! `mucho generate`: completions and the manual page.

use crate::cli::{Cli, Global};
use clap::CommandFactory;
use raster_core::Result;

/// Arguments of `mucho generate`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho generate bash > /usr/share/bash-completion/completions/mucho
  mucho generate man > /usr/share/man/man1/mucho.1")]
pub(crate) struct Args {
    /// What to print
    what: What,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
    /// The manual page
    Man,
}

pub(crate) fn run(args: &Args, _: &Global) -> Result<()> {
    use clap_complete::Shell;
    let shell = match args.what {
        What::Bash => Shell::Bash,
        What::Elvish => Shell::Elvish,
        What::Fish => Shell::Fish,
        What::Powershell => Shell::PowerShell,
        What::Zsh => Shell::Zsh,
        What::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            return Ok(());
        }
    };
    clap_complete::generate(shell, &mut Cli::command(), "mucho", &mut std::io::stdout());
    Ok(())
}
