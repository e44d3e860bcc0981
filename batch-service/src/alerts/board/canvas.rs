//! Pixels, and letters on them.

use super::png;
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use anyhow::{Context, Result};

/// Between a colour and the one below it.
const SHADES: f32 = 8.0;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// A picture.
pub struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<Colour>,
}

/// A face of the letters.
#[derive(Clone, Copy)]
pub enum Face {
    /// For text.
    Regular,
    /// For figures and headings.
    Bold,
}

/// The letters.
pub struct Letters {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Letters {
    /// Reads them.
    ///
    /// # Errors
    /// When they are none.
    pub fn read() -> Result<Self> {
        let face = |bytes: &'static [u8]| FontRef::try_from_slice(bytes).context("the letters of the picture");
        Ok(Self { regular: face(include_bytes!("font/regular.ttf"))?, bold: face(include_bytes!("font/bold.ttf"))? })
    }

    fn face(&self, face: Face) -> &FontRef<'static> {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    /// Pixels from the beginning of a text to its end.
    pub fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let font = self.face(face).as_scaled(PxScale::from(size));
        text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum()
    }

    /// Breaks a text between words into at most `lines` lines that are not wider; what is left over is told by `…`.
    pub fn lines(&self, face: Face, size: f32, width: f32, lines: usize, text: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let longer = found.last().map(|line| format!("{line} {word}"));
            match longer {
                Some(longer) if self.width(face, size, &longer) <= width => {
                    if let Some(last) = found.last_mut() {
                        *last = longer;
                    }
                }
                _ => found.push(word.to_owned()),
            }
        }
        let cut = found.len() > lines;
        found.truncate(lines);
        for (at, line) in found.iter_mut().enumerate() {
            let over = cut && at + 1 == lines;
            let whole = if over { format!("{line}…") } else { line.clone() };
            *line = self.fitting(face, size, width, &whole);
        }
        found
    }

    /// A text, or as much of it as is not wider.
    pub fn fitting(&self, face: Face, size: f32, width: f32, text: &str) -> String {
        let mut kept: Vec<char> = text.chars().collect();
        let mut shown = text.to_owned();
        while self.width(face, size, &shown) > width && kept.pop().is_some() {
            shown = kept.iter().collect::<String>() + "…";
        }
        shown
    }
}

impl Canvas {
    /// All of one colour.
    pub fn new(width: u32, height: u32, colour: Colour) -> Self {
        Self { width, height, pixels: vec![colour; width as usize * height as usize] }
    }

    /// Lays a colour over a pixel, as far as `share` (0 to 1) says.
    pub fn blend(&mut self, x: i32, y: i32, colour: Colour, share: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if x >= self.width || y >= self.height {
            return;
        }
        if let Some(pixel) = self.pixels.get_mut(y as usize * self.width as usize + x as usize) {
            // Few shades keep the file small.
            let share = (share.clamp(0.0, 1.0) * SHADES).round() / SHADES;
            for (old, new) in pixel.iter_mut().zip(colour) {
                let mixed = f32::from(*old) + (f32::from(new) - f32::from(*old)) * share;
                *old = mixed.round() as u8;
            }
        }
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), colour: Colour) {
        for row in y..y + height {
            for column in x..x + width {
                self.blend(column, row, colour, 1.0);
            }
        }
    }

    /// Writes a line of text; `y` is where its letters stand.
    pub fn write(&mut self, letters: &Letters, face: Face, size: f32, (x, y): (f32, f32), colour: Colour, text: &str) {
        let scale = PxScale::from(size);
        let font = letters.face(face).as_scaled(scale);
        let mut at = x;
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, point(at, y))) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
                outline.draw(|dx, dy, share| self.blend(left + dx as i32, top + dy as i32, colour, share));
            }
            at += font.h_advance(id);
        }
    }

    /// The picture as a file.
    ///
    /// # Errors
    /// When packing fails.
    pub fn png(&self) -> Result<Vec<u8>> {
        png::encode(self.width, self.height, &self.pixels)
    }

    /// The colour of a pixel.
    #[cfg(test)]
    pub fn pixel(&self, x: u32, y: u32) -> Colour {
        self.pixels[(y * self.width + x) as usize]
    }
}
