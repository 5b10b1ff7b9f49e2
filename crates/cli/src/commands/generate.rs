//! `mucho generate`: completions and the manual page.

use crate::{Cli, Global};
use clap::CommandFactory;
use clap_mangen::Man;
use raster_core::Result;
use std::io::Write;

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
        What::Man => return Ok(std::io::stdout().write_all(&manual()?)?),
    };
    clap_complete::generate(shell, &mut Cli::command(), "mucho", &mut std::io::stdout());
    Ok(())
}

/// One page: the tool, then a section per command.
fn manual() -> Result<Vec<u8>> {
    // The long version is about this machine, the page is for all.
    let mut tool = Cli::command().long_version(None);
    tool.build();
    let mut page = Vec::new();
    Man::new(tool.clone()).render(&mut page)?;
    for command in tool.get_subcommands().filter(|c| c.get_name() != "help") {
        let man = Man::new(command.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        man.render_extra_section(&mut section)?;
        writeln!(page, ".SH MUCHO {}", command.get_name().to_uppercase())?;
        page.extend(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").into_bytes());
    }
    Ok(page)
}
