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

    /// For a pipe, or a terminal without colours: bright pixels are drawn, dark and transparent ones are not. Errors are
    /// spread over the neighbours (Floyd and Steinberg), so that areas look as bright as they are.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lit = self.dithered();
        let at = |col: usize, row: usize| row < self.height && lit[row * self.width + col];
        let mut text = String::new();
        for row in (0..self.height).step_by(2) {
            text.extend((0..self.width).map(|col| match (at(col, row), at(col, row + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            text.push('\n');
        }
        text
    }

    /// Black or white per pixel.
    fn dithered(&self) -> Vec<bool> {
        // Rec. 601 luma, as far as the pixel is opaque.
        let luma = |p: &[u8]| {
            (0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2])) * f32::from(p[3])
                / 255.0
        };
        let mut light: Vec<f32> = self.rgba.chunks_exact(4).map(luma).collect();
        let mut lit = vec![false; light.len()];
        for i in 0..light.len() {
            lit[i] = light[i] >= 128.0;
            let error = light[i] - if lit[i] { 255.0 } else { 0.0 };
            let col = i % self.width;
            let (first, last) = (col == 0, col + 1 == self.width);
            for (step, share, outside) in [
                (1, 7.0, last),
                (self.width - 1, 3.0, first),
                (self.width, 5.0, false),
                (self.width + 1, 1.0, last),
            ] {
                if let Some(neighbour) = light.get_mut(i + step).filter(|_| !outside) {
                    *neighbour += error * share / 16.0;
                }
            }
        }
        lit
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

    #[test]
    fn as_bright_as_it_is() {
        for grey in [0u8, 64, 128, 200, 255] {
            let rgba = [grey, grey, grey, 255].repeat(40 * 31);
            let text = Picture { width: 40, height: 31, rgba }.to_text();
            assert_eq!(text.lines().count(), 16);
            let lit: usize = text
                .chars()
                .map(|c| match c {
                    '█' => 2,
                    '▀' | '▄' => 1,
                    _ => 0,
                })
                .sum();
            let share = lit as f64 / (40.0 * 31.0);
            assert!((share - f64::from(grey) / 255.0).abs() < 0.05, "{grey}: {share}");
        }
        assert_eq!(Picture { width: 1, height: 1, rgba: vec![255, 255, 255, 0] }.to_text(), " \n");
    }
}
