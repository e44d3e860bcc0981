//! As many digits as a page needs.

use crate::monitor::rows::Cell;

/// Significant digits of numbers that are no counts.
pub const MANY: usize = 6;
/// Those of daily views, of which there are many.
pub const DAILY: usize = 4;
/// Those of older days, which are only drawn.
pub const FEW: usize = 3;

/// A cell with so many significant digits; whole numbers keep all of theirs.
pub fn rounded(cell: &Cell, digits: usize) -> Cell {
    match cell {
        Cell::Float(number) if number.fract() != 0.0 => {
            // Thousands keep their units, and a share that is not all stays so.
            let whole = format!("{:.0}", number.abs()).len();
            let nearly = number.abs() < 1.0 && number.abs() > 0.99;
            let digits = if nearly { MANY } else { digits.max(whole) };
            let text = format!("{number:.*e}", digits.saturating_sub(1));
            Cell::Float(text.parse().unwrap_or(*number))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_counts_are_whole() {
        for (number, digits, expected) in [
            (0.123_456_78, MANY, 0.123_457),
            (0.099_999_99, FEW, 0.1),
            (-1_234.567_89, MANY, -1_234.57),
            (1.234e-9, FEW, 1.23e-9),
            (14_587.6, DAILY, 14_588.0),
            (0.999_96, DAILY, 0.999_96),
            (12_345_678.0, MANY, 12_345_678.0),
            (0.0, FEW, 0.0),
        ] {
            assert_eq!(rounded(&Cell::Float(number), digits), Cell::Float(expected), "{number}");
        }
        assert_eq!(rounded(&Cell::Int(1_234_567_890), FEW), Cell::Int(1_234_567_890));
        assert_eq!(rounded(&Cell::Null, FEW), Cell::Null);
    }
}
