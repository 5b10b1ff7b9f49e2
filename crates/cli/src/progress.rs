//! A progress bar on a terminal; nothing in a pipe.

use super::Global;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{io::IsTerminal, path::Path};

/// Shows how far a job is, how fast it goes and how long it will take. Clones show the same bar.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for what becomes `output`; hidden when standard error is no terminal, or with `--quiet`.
    pub(crate) fn new(output: &Path, global: &Global) -> Self {
        Self::of(&output.display().to_string(), global.quiet)
    }
    /// A bar with a name.
    pub(crate) fn of(name: &str, quiet: bool) -> Self {
        let hidden = quiet || !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{msg} {wide_bar} {percent}% {per_sec} {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        Self(bar)
    }
    /// So many steps, of which some are done already.
    pub(crate) fn start(&self, steps: usize, done: usize) {
        self.0.set_length(steps as u64);
        self.0.set_position(done as u64);
        self.0.reset_eta();
    }
    /// So many steps are done.
    pub(crate) fn set(&self, done: usize) {
        self.0.set_position(done as u64);
    }
    /// Take the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
