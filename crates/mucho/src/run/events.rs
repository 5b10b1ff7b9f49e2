//! What a running job says, and what it says at the end.

use raster_core::{Error, Window};
use std::fmt;

/// Something that happened while a job ran.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The job begins.
    Started {
        /// Windows of the plan.
        windows: usize,
        /// How many of them a journal had.
        resumed: usize,
    },
    /// A window was computed and handed to the writer.
    WindowDone {
        /// Its pixels.
        window: Window,
        /// How long it took.
        seconds: f64,
        /// Windows done so far.
        done: usize,
        /// Windows of the plan.
        of: usize,
    },
    /// A window failed and the job goes on.
    WindowFailed {
        /// Its pixels.
        window: Window,
        /// Why.
        error: String,
        /// Windows done or failed so far.
        done: usize,
    },
}

/// A window and how long it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowTime {
    /// Its pixels.
    pub window: Window,
    /// Reading, computing and writing.
    pub seconds: f64,
}

/// What a job did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Windows of the plan.
    pub windows: usize,
    /// How many of them a journal had.
    pub resumed: usize,
    /// Windows that failed while the job went on, with the reason.
    pub failed: Vec<(Window, Error)>,
    /// Pixels of the output that were computed.
    pub pixels: u64,
    /// Threads that computed.
    pub workers: usize,
    /// Wall time without opening and finishing the files.
    pub seconds: f64,
    /// The slowest windows, slowest first.
    pub slowest: Vec<WindowTime>,
    /// Blocks of the inputs that were decoded through the cache, and how many blocks they have.
    pub blocks_decoded: u64,
    /// See [`blocks_decoded`](Self::blocks_decoded).
    pub blocks: u64,
    /// Bytes of the output, when it was asked for in memory.
    pub bytes: Option<bytes::Bytes>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.pixels as f64 / 1e6 / self.seconds.max(1e-9);
        write!(
            f,
            "{} windows, {:.1} Mpix in {:.2} s ({rate:.1} Mpix/s) by {} workers",
            self.windows,
            self.pixels as f64 / 1e6,
            self.seconds,
            self.workers
        )?;
        if self.resumed > 0 {
            write!(f, "; {} windows from the journal", self.resumed)?;
        }
        if let Some(slow) = self.slowest.first() {
            write!(f, "; slowest {} {:.3} s", slow.window, slow.seconds)?;
        }
        if !self.failed.is_empty() {
            write!(f, "; {} windows FAILED", self.failed.len())?;
        }
        Ok(())
    }
}
