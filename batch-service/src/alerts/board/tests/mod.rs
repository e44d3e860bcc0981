//! The picture: what it says, what is on it, and that it is one.

use super::canvas::{Canvas, Face, Letters};
use super::draw::{HEIGHT, WIDTH, colour, draw};
use super::shapes::shape;
use super::*;
use flate2::read::ZlibDecoder;
use std::io::Read;

const ALL: [Status; 4] = [Status::Green, Status::Amber, Status::Red, Status::Grey];

pub fn sample() -> Board {
    let tile = |label: &str, value: &str, status| Tile { label: label.into(), value: value.into(), status };
    Board {
        site: "northgate-university".into(),
        day: "2026-11-24".into(),
        status: Status::Red,
        reason: "scores are 31 % too high: predicted over observed is 1.31, and 12 signatures failed".into(),
        tiles: vec![
            tile("Last score", "9 h ago", Status::Green),
            tile("Visitors scored", "17,804", Status::Amber),
            tile("Calibration", "1.31", Status::Red),
            tile("Ranking (AUC)", "0.812", Status::Green),
            tile("Drift (PSI)", "0.04", Status::Green),
            tile("Delivery", "–", Status::Grey),
        ],
        failed: None,
    }
}

/// The pixels of a file, after checking that it is whole.
fn decoded(file: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    assert_eq!(file[..8], [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n']);
    let (mut rest, mut packed, mut size) = (&file[8..], Vec::new(), (0, 0));
    let word = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    while !rest.is_empty() {
        let length = word(rest) as usize;
        let (kind, data) = (&rest[4..8], &rest[8..8 + length]);
        let mut sum = flate2::Crc::new();
        sum.update(&rest[4..8 + length]);
        assert_eq!(word(&rest[8 + length..]), sum.sum());
        match kind {
            b"IHDR" => {
                size = (word(data), word(&data[4..]));
                assert_eq!(data[8..], [8, 2, 0, 0, 0]);
            }
            b"IDAT" => packed.extend(data),
            _ => assert_eq!(kind, b"IEND"),
        }
        rest = &rest[12 + length..];
    }
    let mut plain = Vec::new();
    ZlibDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
    let line = size.0 as usize * 3 + 1;
    assert_eq!(plain.len(), line * size.1 as usize);
    let mut pixels = Vec::new();
    for row in plain.chunks(line) {
        assert_eq!(row[0], 0);
        pixels.extend(row[1..].chunks(3).map(|pixel| <[u8; 3]>::try_from(pixel).unwrap()));
    }
    (size.0, size.1, pixels)
}

#[test]
fn the_file_is_a_picture_of_what_was_drawn_and_small() {
    let canvas = draw(&sample()).unwrap();
    let file = canvas.png().unwrap();
    let (width, height, pixels) = decoded(&file);
    assert_eq!((width, height), (WIDTH, HEIGHT));
    for (at, pixel) in pixels.iter().enumerate() {
        let at = u32::try_from(at).unwrap();
        assert_eq!(*pixel, canvas.pixel(at % WIDTH, at / WIDTH));
    }
    println!("{} bytes", file.len());
    assert!(file.len() < 60_000, "{} bytes", file.len());
}

#[test]
fn each_status_has_a_shape_of_its_own_and_its_colour() {
    let paper = [255, 255, 255];
    let drawn = ALL.map(|status| {
        let mut canvas = Canvas::new(32, 32, paper);
        shape(&mut canvas, status, (0, 0), 32, [0, 0, 0], paper);
        (0..32 * 32).map(|at| canvas.pixel(at % 32, at / 32) == [0, 0, 0]).collect::<Vec<bool>>()
    });
    for (i, one) in drawn.iter().enumerate() {
        assert!(one.iter().filter(|dark| **dark).count() > 60);
        for other in &drawn[i + 1..] {
            let differ = one.iter().zip(other).filter(|(a, b)| a != b).count();
            assert!(differ > 100, "{differ} of 1024 pixels differ");
        }
    }
    // On the picture of a red day there is as much red as the octagon takes, on that of a green one none.
    let count = |board: &Board, status| {
        let (_, _, pixels) = decoded(&board.png().unwrap());
        pixels.iter().filter(|pixel| **pixel == colour(status)).count()
    };
    let green = Board { status: Status::Green, tiles: Vec::new(), ..sample() };
    assert!(count(&sample(), Status::Red) > 1_000);
    assert!(count(&green, Status::Red) == 0 && count(&green, Status::Green) > 1_000);
}

#[test]
fn texts_fit() {
    let letters = Letters::read().unwrap();
    let long = "one two three four five six seven eight nine ten eleven twelve".repeat(5);
    let lines = letters.lines(Face::Regular, 29.0, 400.0, 2, &long);
    assert!(lines.len() == 2 && lines[1].ends_with('…'), "{lines:?}");
    let word = "a".repeat(300);
    for line in lines.iter().chain(&letters.lines(Face::Regular, 29.0, 400.0, 2, &word)) {
        assert!(letters.width(Face::Regular, 29.0, line) <= 400.0, "{line}");
    }
    assert_eq!(letters.lines(Face::Bold, 29.0, 400.0, 2, "short"), ["short"]);
    assert!(letters.lines(Face::Bold, 29.0, 400.0, 2, "").is_empty());
    for status in ALL {
        let text = headline(status);
        assert_eq!(letters.fitting(Face::Bold, 38.0, WIDTH as f32 - 148.0, text), text);
        assert_eq!(letters.fitting(Face::Bold, 26.0, 270.0, word_of(status)), word_of(status));
    }
}

fn word_of(status: Status) -> &'static str {
    word(status)
}

#[test]
fn who_does_not_see_it_is_told_all_and_nothing_is_markup() {
    let text = sample().text();
    for says in [
        "Alert: Do not rely on",
        "Why: scores are 31 % too high",
        "Visitors scored: 17,804 (Watch)",
        "Delivery: – (Not enough",
    ] {
        assert!(text.contains(says), "{text}");
    }
    let failed = Board { status: Status::Green, ..sample() }.of_failure("2026-11-25");
    assert_eq!(failed.headline(), "The run of 2026-11-25 failed; these are figures of 2026-11-24.");
    let text = failed.text();
    assert!(!text.contains("can be trusted") && !text.contains("Why:") && text.contains("Alert: The run of"), "{text}");
    let hostile = Board { site: "\"><script>alert(1)</script>".into(), ..sample() };
    let page = html(&hostile, "today@example.org", "a < b\n<img src=x onerror=y>\n");
    assert!(!page.contains("<script") && !page.contains("<img src=x") && page.contains("a &lt; b"), "{page}");
    assert_eq!(page.matches("<img").count(), 1);
    assert!(page.contains("src=\"cid:today@example.org\"") && !page.contains("http"), "{page}");
}

#[test]
fn sentences_and_words_are_those_of_the_page() {
    let page = include_str!("../../../../../web/dashboard/answers/today.ts");
    let words = include_str!("../../../../../web/dashboard/text/status.ts");
    for status in ALL {
        assert!(page.contains(headline(status)), "{}", headline(status));
        assert!(words.contains(&format!("{}: \"{}\"", status.as_str(), word(status))), "{}", word(status));
    }
    for tile in sample().tiles {
        assert!(page.contains(&format!("label: \"{}\"", tile.label)), "{}", tile.label);
    }
}
