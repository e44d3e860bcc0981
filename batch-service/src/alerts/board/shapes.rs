//! The shapes of the statuses, on a field of 16 by 16 as on the page: disc with a tick, triangle, octagon with a cross, dashed
//! ring.

use super::canvas::{Canvas, Colour};
use crate::monitor::Status;

const FIELD: f32 = 16.0;
/// Points looked at in a pixel, in each direction.
const FINE: i32 = 4;
const TRIANGLE: [(f32, f32); 3] = [(8.0, 0.8), (15.6, 14.4), (0.4, 14.4)];
const OCTAGON: [(f32, f32); 8] =
    [(5.0, 0.8), (11.0, 0.8), (15.2, 5.0), (15.2, 11.0), (11.0, 15.2), (5.0, 15.2), (0.8, 11.0), (0.8, 5.0)];
const TICK: [(f32, f32); 3] = [(4.6, 8.3), (6.9, 10.7), (11.4, 5.7)];
/// Half of the width of lines.
const PEN: f32 = 0.9;
/// Dashes of the ring.
const DASHES: f32 = 9.0;

/// Draws a status into a square of `size` pixels; `mark` is the colour of what stands on it.
pub fn shape(canvas: &mut Canvas, status: Status, (x, y): (i32, i32), size: i32, body: Colour, mark: Colour) {
    let scale = FIELD / size as f32;
    for row in 0..size {
        for column in 0..size {
            let share = |inside: &dyn Fn(f32, f32) -> bool| {
                let points = (0..FINE * FINE).filter(|at| {
                    let part = |n: i32| (n as f32 + 0.5) / FINE as f32;
                    let (dx, dy) = (part(at % FINE), part(at / FINE));
                    inside((column as f32 + dx) * scale, (row as f32 + dy) * scale)
                });
                points.count() as f32 / (FINE * FINE) as f32
            };
            canvas.blend(x + column, y + row, body, share(&|px, py| is_body(status, px, py)));
            canvas.blend(x + column, y + row, mark, share(&|px, py| is_mark(status, px, py)));
        }
    }
}

fn is_body(status: Status, x: f32, y: f32) -> bool {
    let middle = (x - 8.0).hypot(y - 8.0);
    match status {
        Status::Green => middle <= 7.5,
        Status::Amber => within(&TRIANGLE, x, y),
        Status::Red => within(&OCTAGON, x, y),
        Status::Grey => {
            let turn = (y - 8.0).atan2(x - 8.0) / std::f32::consts::TAU * DASHES;
            (middle - 6.0).abs() <= PEN && turn.rem_euclid(1.0) < 0.62
        }
    }
}

fn is_mark(status: Status, x: f32, y: f32) -> bool {
    let line = |a: (f32, f32), b: (f32, f32)| distance(a, b, x, y) <= PEN;
    match status {
        Status::Green => line(TICK[0], TICK[1]) || line(TICK[1], TICK[2]),
        Status::Amber => line((8.0, 5.8), (8.0, 9.8)) || line((8.0, 12.0), (8.0, 12.1)),
        Status::Red => line((5.5, 5.5), (10.5, 10.5)) || line((10.5, 5.5), (5.5, 10.5)),
        Status::Grey => false,
    }
}

/// Whether a point is on the same side of all edges of a convex shape.
fn within(corners: &[(f32, f32)], x: f32, y: f32) -> bool {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).all(|(a, b)| (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0) >= 0.0)
}

/// From a point to a line between two others.
fn distance(a: (f32, f32), b: (f32, f32), x: f32, y: f32) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = (((x - a.0) * dx + (y - a.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - a.0 - along * dx).hypot(y - a.1 - along * dy)
}
