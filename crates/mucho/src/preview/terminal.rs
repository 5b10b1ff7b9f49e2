//! A picture as text with colours: every character cell shows two pixels, one above the other.

use super::Picture;
use std::fmt::Write;

impl Picture {
    /// For a terminal with 24-bit colours; transparent pixels show the terminal's background.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let mut text = String::new();
        let at = |col: usize, row: usize| -> Option<[u8; 3]> {
            let pixel = self.rgba.get((row * self.width + col) * 4..)?.first_chunk::<4>()?;
            (row < self.height && pixel[3] >= 128).then(|| [pixel[0], pixel[1], pixel[2]])
        };
        for row in (0..self.height).step_by(2) {
            for col in 0..self.width {
                let cell = |kind: u8, [r, g, b]: [u8; 3]| format!("\x1b[{kind};2;{r};{g};{b}m");
                let (codes, symbol) = match (at(col, row), at(col, row + 1)) {
                    (Some(upper), Some(lower)) => (cell(38, upper) + &cell(48, lower), '▀'),
                    (Some(upper), None) => (cell(38, upper), '▀'),
                    (None, Some(lower)) => (cell(38, lower), '▄'),
                    (None, None) => (String::new(), ' '),
                };
                // Writing to a string cannot fail.
                let _ = write!(text, "{codes}{symbol}\x1b[0m");
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_a_cell() {
        let picture = Picture { width: 1, height: 3, rgba: vec![1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 0] };
        assert_eq!(picture.to_terminal(), "\x1b[38;2;1;2;3m\x1b[48;2;4;5;6m▀\x1b[0m\n \x1b[0m\n");
    }
}
