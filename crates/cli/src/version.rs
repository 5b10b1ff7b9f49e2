//! What `mucho --version` says: the version, and how this build runs on this machine.

use std::sync::LazyLock;

static LONG: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\n{} {}{}\nvector instructions: {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
        if cfg!(target_feature = "crt-static") { ", static" } else { "" },
        kernels::SimdLevel::detect().name(),
    )
});

/// The version, the platform, and the vector instructions that were chosen for this processor.
pub(super) fn long() -> &'static str {
    &LONG
}
