//! What a PDF is made of. It is read from its front to its end, not by its table, so that a damaged one gives what it has.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Objects of a file.
const OBJECTS_MAX: usize = 100_000;
/// Things within things.
const DEPTH_MAX: usize = 40;
/// What one stream unpacks to.
const STREAM_MAX: usize = 8 << 20;
/// What all streams unpack to.
const UNPACKED_MAX: usize = 48 << 20;

/// One thing.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Object {
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dict(Vec<(Vec<u8>, Object)>),
    Reference(u32),
    /// A keyword, or an operator of a page.
    Word(Vec<u8>),
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Object> {
        let Self::Dict(pairs) = self else { return None };
        pairs.iter().rev().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }

    pub(super) fn is_name(&self, wanted: &str) -> bool {
        matches!(self, Self::Name(name) if name == wanted.as_bytes())
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_edge(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// Reads things one after the other.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Goes on behind the next such word that stands by itself.
    pub(super) fn skip_past(&mut self, word: &[u8]) {
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            let ends = rest.get(word.len()).is_none_or(|byte| is_space(*byte));
            if rest.starts_with(word) && ends && self.at > 0 && is_space(self.bytes[self.at - 1]) {
                self.at += word.len();
                return;
            }
            self.at += 1;
        }
    }

    /// The next thing; None at the end.
    pub(super) fn next(&mut self, depth: usize) -> Option<Object> {
        self.skip_space();
        let byte = self.peek()?;
        if depth > DEPTH_MAX {
            self.at = self.bytes.len();
            return None;
        }
        match byte {
            b'/' => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            b'(' => Some(Object::Text(self.string())),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                Some(self.dict(depth))
            }
            b'<' => Some(Object::Text(self.hex())),
            b'[' => {
                self.at += 1;
                let mut all = Vec::new();
                loop {
                    self.skip_space();
                    match self.peek() {
                        None => break,
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        Some(_) => all.push(self.next(depth + 1)?),
                    }
                }
                Some(Object::Array(all))
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => Some(self.number()),
            _ => {
                let start = self.at;
                self.at += 1;
                if !is_edge(byte) {
                    while self.peek().is_some_and(|byte| !is_edge(byte)) {
                        self.at += 1;
                    }
                }
                Some(Object::Word(self.bytes[start..self.at].to_vec()))
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Object {
        let mut pairs = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => break,
                Some(b'>') => {
                    self.at = (self.at + 2).min(self.bytes.len());
                    break;
                }
                Some(b'/') => {
                    self.at += 1;
                    let name = self.name();
                    self.skip_space();
                    if self.peek() == Some(b'>') && self.bytes.get(self.at + 1) == Some(&b'>') {
                        continue;
                    }
                    let Some(value) = self.next(depth + 1) else { break };
                    pairs.push((name, value));
                }
                Some(_) => {
                    if self.next(depth + 1).is_none() {
                        break;
                    }
                }
            }
        }
        Object::Dict(pairs)
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| !is_edge(*byte)) {
            self.at += 1;
            let pair = self.bytes.get(self.at..self.at + 2).and_then(|it| std::str::from_utf8(it).ok());
            match pair.filter(|_| byte == b'#').and_then(|it| u8::from_str_radix(it, 16).ok()) {
                Some(meant) => {
                    self.at += 2;
                    name.push(meant);
                }
                None => name.push(byte),
            }
        }
        name
    }

    fn digits(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        std::str::from_utf8(self.bytes.get(start..self.at)?).ok()?.parse().ok()
    }

    /// A number, or with another one and an R behind it a reference.
    fn number(&mut self) -> Object {
        let start = self.at;
        self.at += 1;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')) {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let end = self.at;
        if let Ok(id) = text.parse::<u32>() {
            self.skip_space();
            if self.digits().is_some() {
                self.skip_space();
                let alone = self.bytes.get(self.at + 1).is_none_or(|byte| is_edge(*byte));
                if self.peek() == Some(b'R') && alone {
                    self.at += 1;
                    return Object::Reference(id);
                }
            }
            self.at = end;
        }
        Object::Number(text.parse().unwrap_or(0.0))
    }

    fn string(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    open += 1;
                    if open > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                    text.push(byte);
                }
                b'\\' => self.escaped(&mut text),
                _ => text.push(byte),
            }
        }
        text
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next) = self.peek().filter(|byte| (b'0'..=b'7').contains(byte)) else { break };
                    self.at += 1;
                    code = code * 8 + u32::from(next - b'0');
                }
                text.push((code & 0xff) as u8);
            }
            other => text.push(other),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            if let Some(digit) = (byte as char).to_digit(16) {
                digits.push(digit as u8);
            }
        }
        if digits.len() % 2 == 1 {
            digits.push(0);
        }
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}

/// A file.
pub(super) struct Document<'a> {
    objects: HashMap<u32, (Object, Option<&'a [u8]>)>,
    locked: bool,
    unpacked: Cell<usize>,
}

fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(next) = rest[at..].iter().position(|byte| *byte == first) {
        at += next;
        if rest[at..].starts_with(wanted) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

/// The number of the object whose `obj` stands here.
fn number_before(bytes: &[u8], at: usize) -> Option<u32> {
    let head = bytes.get(at.saturating_sub(24)..at)?;
    let text = std::str::from_utf8(head.rsplit(|byte| !byte.is_ascii_digit() && !is_space(*byte)).next()?).ok()?;
    let mut parts = text.split_ascii_whitespace().rev();
    let (_, id) = (parts.next()?, parts.next()?);
    id.parse().ok()
}

impl<'a> Document<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let locked = find(bytes, 0, b"/Encrypt").is_some();
        let mut document = Self { objects: HashMap::new(), locked, unpacked: Cell::new(0) };
        let mut at = 0;
        while let Some(found) = find(bytes, at, b"obj") {
            at = found + 3;
            let Some(id) = number_before(bytes, found) else { continue };
            if document.objects.len() >= OBJECTS_MAX {
                break;
            }
            let mut lexer = Lexer { bytes, at };
            let Some(value) = lexer.next(0) else { break };
            lexer.skip_space();
            let rest = bytes.get(lexer.at..).unwrap_or_default();
            let raw = rest.starts_with(b"stream").then(|| stream(bytes, lexer.at + 6, &value));
            at = match raw {
                Some((start, end)) => {
                    document.objects.insert(id, (value, Some(&bytes[start..end])));
                    end
                }
                None => {
                    document.objects.insert(id, (value, None));
                    lexer.at.max(at)
                }
            };
        }
        document.open_packed();
        document
    }

    /// Objects that are packed into a stream together.
    fn open_packed(&mut self) {
        let packed: Vec<u32> = self
            .objects
            .iter()
            .filter(|(_, (dict, _))| dict.get("Type").is_some_and(|it| it.is_name("ObjStm")))
            .map(|(id, _)| *id)
            .collect();
        for id in packed {
            let Some((dict, Some(raw))) = self.objects.get(&id) else { continue };
            let number = |key: &str| dict.get(key).and_then(Object::number).unwrap_or(0.0).max(0.0) as usize;
            let (count, first) = (number("N").min(OBJECTS_MAX), number("First"));
            let Some(bytes) = self.unpack(dict, raw) else { continue };
            let mut heads = Lexer::new(&bytes);
            let mut made = Vec::new();
            for _ in 0..count {
                let (Some(Object::Number(id)), Some(Object::Number(place))) = (heads.next(0), heads.next(0)) else {
                    break;
                };
                let mut lexer = Lexer { bytes: &bytes, at: first.saturating_add(place.max(0.0) as usize) };
                if let Some(value) = lexer.next(0) {
                    made.push((id as u32, value));
                }
            }
            for (id, value) in made {
                if self.objects.len() < OBJECTS_MAX {
                    self.objects.entry(id).or_insert((value, None));
                }
            }
        }
    }

    /// What a stream holds; None when it is packed in a way that is not read, or too much.
    fn unpack(&self, dict: &Object, raw: &[u8]) -> Option<Vec<u8>> {
        let filter = match dict.get("Filter").map(|it| self.resolve(it)) {
            Some(Object::Array(all)) if all.len() == 1 => all.first().map(|it| self.resolve(it)),
            Some(Object::Array(all)) if all.is_empty() => None,
            other => other,
        };
        let left = UNPACKED_MAX.saturating_sub(self.unpacked.get());
        let bytes = match filter {
            None => raw.to_vec(),
            Some(it) if it.is_name("FlateDecode") || it.is_name("Fl") => {
                miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(raw, STREAM_MAX.min(left)).ok()?
            }
            Some(_) => return None,
        };
        self.unpacked.set(self.unpacked.get() + bytes.len());
        Some(bytes)
    }

    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// What a reference means, a few steps far.
    pub(super) fn resolve<'b>(&'b self, object: &'b Object) -> &'b Object {
        let mut now = object;
        for _ in 0..8 {
            match now {
                Object::Reference(id) => match self.objects.get(id) {
                    Some((value, _)) => now = value,
                    None => return now,
                },
                _ => return now,
            }
        }
        now
    }

    pub(super) fn of<'b>(&'b self, dict: &'b Object, key: &str) -> Option<&'b Object> {
        dict.get(key).map(|it| self.resolve(it))
    }

    /// The content of a stream that something refers to.
    pub(super) fn stream_of(&self, object: &Object) -> Option<Vec<u8>> {
        let Object::Reference(id) = object else { return None };
        match self.objects.get(id)? {
            (dict, Some(raw)) => self.unpack(dict, raw),
            (inner @ Object::Reference(_), None) if inner != object => self.stream_of(inner),
            _ => None,
        }
    }

    /// The pages in their order.
    pub(super) fn pages(&self, most: usize) -> Vec<Object> {
        let root = self.objects.values().find(|(it, _)| it.get("Type").is_some_and(|it| it.is_name("Catalog")));
        let mut pages = Vec::new();
        if let Some(tree) = root.and_then(|(root, _)| root.get("Pages")) {
            self.walk(tree, None, &mut HashSet::new(), &mut pages, most);
        }
        if pages.is_empty() {
            let is_page = |it: &Object| it.get("Type").is_some_and(|it| it.is_name("Page"));
            let mut found: Vec<u32> =
                self.objects.iter().filter(|(_, (it, _))| is_page(it)).map(|(id, _)| *id).collect();
            found.sort_unstable();
            pages = found.iter().take(most).filter_map(|id| self.objects.get(id)).map(|(it, _)| it.clone()).collect();
        }
        pages
    }

    fn walk(
        &self,
        node: &Object,
        inherited: Option<&Object>,
        seen: &mut HashSet<u32>,
        pages: &mut Vec<Object>,
        most: usize,
    ) {
        if let Object::Reference(id) = node
            && !seen.insert(*id)
        {
            return;
        }
        let dict = self.resolve(node);
        let resources = dict.get("Resources").or(inherited);
        match self.of(dict, "Kids") {
            Some(Object::Array(kids)) if seen.len() < 10_000 => {
                for kid in kids {
                    if pages.len() < most && matches!(kid, Object::Reference(_)) {
                        self.walk(kid, resources, seen, pages, most);
                    }
                }
            }
            _ => {
                let Object::Dict(pairs) = dict else { return };
                let mut pairs = pairs.clone();
                if let Some(resources) = resources.filter(|_| dict.get("Resources").is_none()) {
                    pairs.push((b"Resources".to_vec(), resources.clone()));
                }
                pages.push(Object::Dict(pairs));
            }
        }
    }

    /// The fonts of a page by the names that it gives them.
    pub(super) fn fonts_of(&self, page: &Object) -> Vec<(Vec<u8>, Object)> {
        let fonts = self.of(page, "Resources").and_then(|it| self.of(it, "Font"));
        let Some(Object::Dict(pairs)) = fonts else { return Vec::new() };
        pairs.iter().take(256).map(|(name, font)| (name.clone(), self.resolve(font).clone())).collect()
    }

    /// The content of a page, its parts one after the other.
    pub(super) fn content_of(&self, page: &Object) -> Vec<u8> {
        let parts: Vec<&Object> = match page.get("Contents") {
            None => Vec::new(),
            Some(one) => match self.resolve(one) {
                Object::Array(parts) => parts.iter().take(256).collect(),
                _ => vec![one],
            },
        };
        let mut all = Vec::new();
        for part in parts {
            all.extend(self.stream_of(part).unwrap_or_default());
            all.push(b'\n');
        }
        all
    }
}

/// Where the content of a stream begins and ends; `at` is behind its keyword.
fn stream(bytes: &[u8], at: usize, dict: &Object) -> (usize, usize) {
    let start = match bytes.get(at..).unwrap_or_default() {
        [b'\r', b'\n', ..] => at + 2,
        [b'\n' | b'\r', ..] => at + 1,
        _ => at.min(bytes.len()),
    };
    let said = dict.get("Length").and_then(Object::number).filter(|it| *it >= 0.0).map(|it| it as usize);
    if let Some(end) = said.and_then(|length| start.checked_add(length)).filter(|end| *end <= bytes.len()) {
        let mut lexer = Lexer { bytes, at: end };
        lexer.skip_space();
        if bytes.get(lexer.at..).is_some_and(|rest| rest.starts_with(b"endstream")) {
            return (start, end);
        }
    }
    (start, find(bytes, start, b"endstream").unwrap_or(bytes.len()))
}
