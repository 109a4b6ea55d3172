//! What the bytes of a shown text mean, and how wide they are.

use super::objects::{Document, Lexer, Object};
use std::collections::HashMap;

/// Entries of a table from codes to letters.
const CODES_MAX: usize = 70_000;

/// A font of a page.
pub(super) struct Font {
    /// Two bytes are one sign.
    wide: bool,
    says: HashMap<u32, String>,
    widths: HashMap<u32, f64>,
    usual: f64,
}

impl Font {
    pub(super) fn read(document: &Document<'_>, font: &Object) -> Self {
        let wide = font.get("Subtype").is_some_and(|it| document.resolve(it).is_name("Type0"));
        let mut says = HashMap::new();
        let mut widths = HashMap::new();
        let mut usual = 500.0;
        if wide {
            if let Some(Object::Array(inner)) = document.of(font, "DescendantFonts")
                && let Some(inner) = inner.first().map(|it| document.resolve(it))
            {
                usual = document.of(inner, "DW").and_then(Object::number).unwrap_or(1000.0);
                if let Some(Object::Array(table)) = document.of(inner, "W") {
                    wide_widths(document, table, &mut widths);
                }
            }
        } else {
            differences(document, font, &mut says);
            let first = document.of(font, "FirstChar").and_then(Object::number).unwrap_or(0.0).max(0.0) as u32;
            if let Some(Object::Array(table)) = document.of(font, "Widths") {
                for (at, width) in (first..).zip(table.iter().take(CODES_MAX)) {
                    if let Some(width) = document.resolve(width).number() {
                        widths.insert(at, width);
                    }
                }
            }
        }
        if let Some(table) = font.get("ToUnicode").and_then(|it| document.stream_of(it)) {
            read_table(&table, &mut says);
        }
        Self { wide, says, widths, usual }
    }

    /// What bytes say, how wide they are in thousandths, how many signs, and how many spaces they are.
    pub(super) fn say(&self, bytes: &[u8]) -> (String, f64, f64, f64) {
        let mut text = String::new();
        let (mut width, mut count, mut spaces) = (0.0, 0.0, 0.0);
        for part in bytes.chunks(if self.wide { 2 } else { 1 }) {
            let code = part.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
            match self.says.get(&code) {
                Some(said) => text.push_str(said),
                None if self.wide => {}
                None => text.extend(usual_sign(part[0])),
            }
            width += self.widths.get(&code).copied().unwrap_or(self.usual);
            count += 1.0;
            if !self.wide && code == 32 {
                spaces += 1.0;
            }
        }
        text.retain(|sign| !sign.is_control());
        (text, width, count, spaces)
    }
}

/// A byte as programs on Windows have it.
fn usual_sign(byte: u8) -> Option<char> {
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.chars().next().filter(|sign| !sign.is_control())
}

/// `c [w w w]` from a code on, or `c d w` for a span of codes.
fn wide_widths(document: &Document<'_>, table: &[Object], widths: &mut HashMap<u32, f64>) {
    let mut at = 0;
    while let Some(first) = table.get(at).map(|it| document.resolve(it)).and_then(Object::number) {
        let first = first.max(0.0) as u32;
        match table.get(at + 1).map(|it| document.resolve(it)) {
            Some(Object::Array(all)) => {
                for (code, width) in (first..).zip(all.iter().take(CODES_MAX)) {
                    widths.insert(code, document.resolve(width).number().unwrap_or(0.0));
                }
                at += 2;
            }
            Some(Object::Number(last)) => {
                let width = table.get(at + 2).map(|it| document.resolve(it)).and_then(Object::number).unwrap_or(0.0);
                for code in first..=(last.max(0.0) as u32).min(0xffff) {
                    widths.insert(code, width);
                }
                at += 3;
            }
            _ => return,
        }
        if widths.len() > CODES_MAX {
            return;
        }
    }
}

/// Signs that a font has in other places than usual.
fn differences(document: &Document<'_>, font: &Object, says: &mut HashMap<u32, String>) {
    let Some(encoding) = document.of(font, "Encoding") else { return };
    let Some(Object::Array(all)) = document.of(encoding, "Differences") else { return };
    let mut code = 0_u32;
    for it in all.iter().take(1024) {
        match document.resolve(it) {
            Object::Number(number) => code = number.max(0.0) as u32,
            Object::Name(name) => {
                if let Some(sign) = sign_named(name) {
                    says.insert(code, sign.to_string());
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
}

const NAMED: [(&str, char); 34] = [
    ("space", ' '),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("period", '.'),
    ("comma", ','),
    ("hyphen", '-'),
    ("minus", '-'),
    ("slash", '/'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("Euro", '€'),
    ("sterling", '£'),
    ("parenleft", '('),
    ("parenright", ')'),
    ("ampersand", '&'),
    ("underscore", '_'),
    ("percent", '%'),
    ("quotesingle", '\''),
    ("quoteright", '\''),
    ("quotedbl", '"'),
    ("at", '@'),
    ("plus", '+'),
    ("equal", '='),
    ("asterisk", '*'),
];

fn sign_named(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    let mut signs = name.chars();
    if let (Some(only), None) = (signs.next(), signs.next()) {
        return Some(only);
    }
    if let Some(code) = name.strip_prefix("uni").and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return char::from_u32(code);
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign)
}

fn code_of(object: &Object) -> Option<u32> {
    match object {
        Object::Text(bytes) if bytes.len() <= 4 => Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))),
        _ => None,
    }
}

fn signs_of(object: &Object, plus: u32) -> Option<String> {
    let Object::Text(bytes) = object else { return None };
    let mut units: Vec<u16> =
        bytes.chunks(2).map(|it| it.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte))).collect();
    if let Some(last) = units.last_mut() {
        *last = last.wrapping_add(plus as u16);
    }
    String::from_utf16(&units).ok()
}

/// A table from codes to letters, as a font brings it.
fn read_table(table: &[u8], says: &mut HashMap<u32, String>) {
    let mut lexer = Lexer::new(table);
    let mut given: Vec<Object> = Vec::new();
    while let Some(object) = lexer.next(0) {
        if says.len() > CODES_MAX || given.len() > CODES_MAX {
            return;
        }
        let Object::Word(word) = object else {
            given.push(object);
            continue;
        };
        match word.as_slice() {
            b"endbfchar" => {
                for pair in given.chunks(2) {
                    if let [from, to] = pair
                        && let (Some(code), Some(signs)) = (code_of(from), signs_of(to, 0))
                    {
                        says.insert(code, signs);
                    }
                }
            }
            b"endbfrange" => {
                for span in given.chunks(3) {
                    let [first, last, to] = span else { continue };
                    let (Some(first), Some(last)) = (code_of(first), code_of(last)) else { continue };
                    let last = last.min(first.saturating_add(0xffff));
                    for (at, code) in (first..=last).enumerate() {
                        let signs = match to {
                            Object::Array(all) => all.get(at).and_then(|it| signs_of(it, 0)),
                            other => signs_of(other, at as u32),
                        };
                        if let Some(signs) = signs.filter(|_| says.len() <= CODES_MAX) {
                            says.insert(code, signs);
                        }
                    }
                }
            }
            _ => {}
        }
        given.clear();
    }
}
