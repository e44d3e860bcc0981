//! Where things are on the picture. It has twice the pixels that it is shown with, for screens that have them.

use super::canvas::{Canvas, Colour, Face, Letters};
use super::shapes::shape;
use super::{Board, Tile, word};
use crate::monitor::Status;
use anyhow::Result;

/// Pixels of the picture.
pub const WIDTH: u32 = 1_200;
/// The same.
pub const HEIGHT: u32 = 640;
const EDGE: i32 = 40;
const COLUMNS: usize = 3;
const GAP: i32 = 20;
const TOP: i32 = 244;
const TILE: (i32, i32) = (360, 168);
const PAD: i32 = 24;

const PAPER: Colour = [0xfd, 0xfd, 0xfc];
const WASH: Colour = [0xf5, 0xf5, 0xf2];
const INK: Colour = [0x19, 0x1d, 0x24];
const SOFT: Colour = [0x5a, 0x62, 0x70];
const RULE: Colour = [0xe4, 0xe5, 0xe3];

/// The colour of a status on paper.
pub fn colour(status: Status) -> Colour {
    match status {
        Status::Green => [0x1c, 0x6b, 0x45],
        Status::Amber => [0x8c, 0x5b, 0x00],
        Status::Red => [0xa8, 0x24, 0x1d],
        Status::Grey => [0x65, 0x6d, 0x7a],
    }
}

/// Draws it.
///
/// # Errors
/// When the letters cannot be read.
pub fn draw(board: &Board) -> Result<Canvas> {
    let letters = Letters::read()?;
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PAPER);
    let inner = WIDTH as f32 - 2.0 * EDGE as f32;
    let (left, grey) = (EDGE as f32, SOFT);
    let of = letters.fitting(
        Face::Regular,
        28.0,
        inner,
        &format!("Inkling conversion scores · {} · {}", board.site, board.day),
    );
    canvas.write(&letters, Face::Regular, 28.0, (left, 58.0), grey, &of);
    shape(&mut canvas, board.status, (EDGE, 84), 48, colour(board.status), PAPER);
    let said = letters.fitting(Face::Bold, 38.0, inner - 68.0, &board.headline());
    canvas.write(&letters, Face::Bold, 38.0, (left + 68.0, 121.0), INK, &said);
    for (at, line) in letters.lines(Face::Regular, 29.0, inner, 2, &board.reason).iter().enumerate() {
        canvas.write(&letters, Face::Regular, 29.0, (left, 176.0 + 38.0 * at as f32), INK, line);
    }
    for (at, tile) in board.tiles.iter().enumerate() {
        let (column, row) = (at % COLUMNS, at / COLUMNS);
        let x = EDGE + i32::try_from(column)? * (TILE.0 + GAP);
        let y = TOP + i32::try_from(row)? * (TILE.1 + GAP);
        one(&mut canvas, &letters, tile, (x, y));
    }
    Ok(canvas)
}

fn one(canvas: &mut Canvas, letters: &Letters, tile: &Tile, (x, y): (i32, i32)) {
    canvas.fill((x, y), TILE, RULE);
    canvas.fill((x + 2, y + 2), (TILE.0 - 4, TILE.1 - 4), WASH);
    let (left, inner) = ((x + PAD) as f32, (TILE.0 - 2 * PAD) as f32);
    let at = |down: i32| (left, (y + down) as f32);
    let write = |canvas: &mut Canvas, face, size, place, colour, text: &str| {
        canvas.write(letters, face, size, place, colour, &letters.fitting(face, size, inner, text));
    };
    write(canvas, Face::Regular, 26.0, at(40), SOFT, &tile.label);
    write(canvas, Face::Bold, 46.0, at(94), INK, &tile.value);
    let colour = colour(tile.status);
    shape(canvas, tile.status, (x + PAD, y + 118), 30, colour, WASH);
    let place = (left + 42.0, (y + 142) as f32);
    let said = letters.fitting(Face::Bold, 26.0, inner - 42.0, word(tile.status));
    canvas.write(letters, Face::Bold, 26.0, place, colour, &said);
}
