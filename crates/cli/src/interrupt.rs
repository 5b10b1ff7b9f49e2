//! Signals that end the program: nothing half-written is left, and the exit code says which it was.

use std::io::Write;

/// End as shells have it for a program that a signal ended, with nothing left of outputs that are not finished.
fn end(signal: i32) -> ! {
    geotiff_io::abandon_outputs();
    // Nothing can be done when it cannot be written.
    let _ = writeln!(std::io::stderr(), "mucho: interrupted");
    std::process::exit(128 + signal);
}

/// Watch for signals, in a thread of its own: whatever the others wait for (a FIFO without a reader, a slow disk), the program
/// ends. A signal in the second after the first is the same wish; a later one ends the program at once.
#[cfg(unix)]
pub(crate) fn watch() {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
        iterator::Signals,
    };
    use std::{sync::Arc, time::Duration};

    // A file that may not grow further is then an error of writing. Who cannot be told is killed by the signal, as before.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let Ok(mut signals) = Signals::new(wanted) else { return };
    let watcher = move || {
        let Some(signal) = signals.forever().next() else { return };
        let ending = std::thread::Builder::new().spawn(move || end(signal));
        if ending.is_err() {
            end(signal);
        }
        std::thread::sleep(Duration::from_secs(1));
        signals.pending().for_each(drop);
        if let Some(signal) = signals.forever().next() {
            std::process::exit(128 + signal);
        }
    };
    // Without the thread the handlers do nothing: threads that cannot be had end the program soon enough.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(watcher);
}

/// Was the program started so that this signal is to be ignored, as by nohup?
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|m| u64::from_str_radix(m.trim(), 16).ok()).is_some_and(|m| m >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
pub(crate) fn watch() {
    // A handler that cannot be set leaves the system's own behaviour: the program ends.
    let _ = ctrlc::set_handler(|| end(2));
}
