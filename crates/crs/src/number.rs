//! Numbers in texts.

/// The shortest digits that give the same value back.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value}") }
}
