//! The part of a mail that has the picture: HTML of a few elements, without scripts and without anything from elsewhere.

use super::Board;
use super::draw::WIDTH;

/// The text of a mail below its picture, which is the part `cid`.
#[must_use]
pub fn html(board: &Board, cid: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en-GB\">\n<head><meta charset=\"utf-8\"><title>Inkling</title></head>\n<body>\n\
         <p><img src=\"cid:{}\" width=\"{}\" alt=\"{}\" style=\"max-width:100%;height:auto\"></p>\n\
         <pre style=\"white-space:pre-wrap;font-size:14px\">{}</pre>\n</body>\n</html>\n",
        escaped(cid),
        WIDTH / 2,
        escaped(&board.text()),
        escaped(body)
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
