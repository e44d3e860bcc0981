//! Reads fields one after the other, and writes down a line for each: offset, bytes, meaning.

use std::fmt::{Display, Write};

/// Bytes to a line.
const WIDTH: usize = 10;

pub struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    pub lines: String,
}

impl<'a> Walk<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, lines: String::new() }
    }

    pub fn done(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub fn title(&mut self, title: impl Display) {
        writeln!(self.lines, "{title}").unwrap();
    }

    fn line(&mut self, length: usize, meaning: impl Display) -> &'a [u8] {
        let bytes = &self.bytes[self.at..self.at + length];
        let mut meaning = meaning.to_string();
        for (i, part) in bytes.chunks(WIDTH).enumerate() {
            let hex: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!("{:04x}  {:<30} {meaning}", self.at + i * WIDTH, hex.join(" "));
            writeln!(self.lines, "{}", line.trim_end()).unwrap();
            meaning.clear();
        }
        self.at += length;
        bytes
    }

    pub fn raw(&mut self, length: usize, meaning: &str) -> &'a [u8] {
        self.line(length, meaning)
    }

    pub fn byte(&mut self, name: &str) -> u8 {
        let value = self.bytes[self.at];
        self.line(1, format!("{name} {value}"));
        value
    }

    pub fn u32(&mut self, name: &str) -> u32 {
        let value = u32::from_le_bytes(self.bytes[self.at..self.at + 4].try_into().unwrap());
        self.line(4, format!("{name} {value}"));
        value
    }

    pub fn f32(&mut self, name: &str) {
        let value = f32::from_le_bytes(self.bytes[self.at..self.at + 4].try_into().unwrap());
        self.line(4, format!("{name} {value}"));
    }

    pub fn f64(&mut self, name: &str) {
        let value = f64::from_le_bytes(self.bytes[self.at..self.at + 8].try_into().unwrap());
        self.line(8, format!("{name} {value}"));
    }

    /// LEB128: the value and its length.
    fn leb(&self) -> (u64, usize) {
        let length = 1 + self.bytes[self.at..].iter().take_while(|byte| **byte & 0x80 != 0).count();
        let bytes = &self.bytes[self.at..self.at + length];
        (bytes.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)), length)
    }

    pub fn uint(&mut self, name: &str) -> u64 {
        let (value, length) = self.leb();
        self.line(length, format!("{name} {value}"));
        value
    }

    /// LEB128 of a zigzag number; `meaning` says what the number stands for.
    pub fn int(&mut self, name: &str, meaning: impl Fn(i64) -> i64) -> i64 {
        let (bits, length) = self.leb();
        let value = meaning((bits >> 1) as i64 ^ -((bits & 1) as i64));
        self.line(length, format!("{name} {value}"));
        value
    }

    /// Like [`Walk::uint`], with a meaning.
    pub fn shifted(&mut self, name: &str, meaning: impl Fn(u64) -> i64) -> i64 {
        let (value, length) = self.leb();
        let value = meaning(value);
        self.line(length, format!("{name} {value}"));
        value
    }

    /// A length and so many bytes of UTF-8.
    pub fn text(&mut self, name: &str) {
        let (length, head) = self.leb();
        let bytes = &self.bytes[self.at + head..][..length as usize];
        self.line(head + length as usize, format!("{name} \"{}\"", std::str::from_utf8(bytes).unwrap()));
    }
}
