//! The words of a PDF, line by line: what a program has written, not what was scanned. For papers of others, whose purchase orders are to
//! be proposed and not typed; whatever is strange in them is left out, and nothing is unpacked beyond the limits.

mod fonts;
mod objects;

use fonts::Font;
use objects::{Document, Lexer, Object};
use std::collections::HashMap;

/// Why a PDF gives no words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoWords {
    /// It is no PDF.
    #[error("This is no PDF.")]
    NotPdf,
    /// It asks for a password.
    #[error("This PDF is locked with a password.")]
    Locked,
    /// It is a picture, or written in a way that is not read.
    #[error("This PDF holds no words that can be read. It may be a scan.")]
    Empty,
}

/// Pages that are read.
const PAGES_MAX: usize = 20;
/// Pieces of text of a page.
const PIECES_MAX: usize = 50_000;
/// Operands that one operator has at most.
const OPERANDS_MAX: usize = 4_096;

/// The lines of its pages, from the top, each from the left; columns stand two spaces apart.
///
/// # Errors
/// When there is nothing to be read.
pub fn lines(bytes: &[u8]) -> Result<Vec<String>, NoWords> {
    if !bytes.get(..1024.min(bytes.len())).is_some_and(|head| head.windows(5).any(|it| it == b"%PDF-")) {
        return Err(NoWords::NotPdf);
    }
    let document = Document::read(bytes);
    if document.is_locked() {
        return Err(NoWords::Locked);
    }
    let mut all = Vec::new();
    for page in document.pages(PAGES_MAX) {
        let mut fonts: HashMap<Vec<u8>, Font> = HashMap::new();
        for (name, font) in document.fonts_of(&page) {
            fonts.insert(name, Font::read(&document, &font));
        }
        let mut reader = Reader { fonts: &fonts, pieces: Vec::new(), spans: Vec::new() };
        reader.run(&document.content_of(&page));
        all.extend(set_in_lines(reader.pieces));
    }
    if all.iter().all(|line: &String| line.trim().is_empty()) { Err(NoWords::Empty) } else { Ok(all) }
}

/// Text at a place on a page.
struct Piece {
    x: f64,
    end: f64,
    y: f64,
    size: f64,
    text: String,
}

type Matrix = [f64; 6];
const SAME: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

#[derive(Clone)]
struct State {
    page: Matrix,
    font: Vec<u8>,
    size: f64,
    leading: f64,
    between: f64,
    word: f64,
    stretch: f64,
}

struct Reader<'a> {
    fonts: &'a HashMap<Vec<u8>, Font>,
    pieces: Vec<Piece>,
    /// What the spans say that are open, where they say it in the place of their signs; said once.
    spans: Vec<Option<String>>,
}

/// What a span says in the place of its signs.
fn actual_text(given: &[Object]) -> Option<String> {
    let Object::Text(bytes) = given.get(1)?.get("ActualText")? else { return None };
    match bytes.as_slice() {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|it| u16::from(it[0]) << 8 | u16::from(it[1])).collect();
            Some(String::from_utf16_lossy(&units))
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => Some(String::from_utf8_lossy(rest).into_owned()),
        rest => Some(rest.iter().map(|byte| char::from(*byte)).collect()),
    }
}

impl Reader<'_> {
    fn run(&mut self, content: &[u8]) {
        let mut state =
            State { page: SAME, font: Vec::new(), size: 1.0, leading: 0.0, between: 0.0, word: 0.0, stretch: 1.0 };
        let mut kept: Vec<State> = Vec::new();
        let (mut text, mut line) = (SAME, SAME);
        let mut given: Vec<Object> = Vec::new();
        let mut lexer = Lexer::new(content);
        while let Some(object) = lexer.next(0) {
            let Object::Word(operator) = object else {
                if given.len() < OPERANDS_MAX {
                    given.push(object);
                }
                continue;
            };
            if self.pieces.len() >= PIECES_MAX {
                return;
            }
            let number = |at: usize| given.get(at).and_then(Object::number).unwrap_or(0.0);
            let matrix = || [number(0), number(1), number(2), number(3), number(4), number(5)];
            match operator.as_slice() {
                b"q" if kept.len() < 64 => kept.push(state.clone()),
                b"Q" => state = kept.pop().unwrap_or(state),
                b"cm" => state.page = times(matrix(), state.page),
                b"BT" => (text, line) = (SAME, SAME),
                b"Tf" => {
                    if let Some(Object::Name(name)) = given.first() {
                        state.font.clone_from(name);
                    }
                    state.size = number(1);
                }
                b"TL" => state.leading = number(0),
                b"Tc" => state.between = number(0),
                b"Tw" => state.word = number(0),
                b"Tz" => state.stretch = number(0) / 100.0,
                b"Td" | b"TD" => {
                    if operator == b"TD" {
                        state.leading = -number(1);
                    }
                    line = times([1.0, 0.0, 0.0, 1.0, number(0), number(1)], line);
                    text = line;
                }
                b"Tm" => {
                    line = matrix();
                    text = line;
                }
                b"T*" | b"'" | b"\"" => {
                    line = times([1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], line);
                    text = line;
                    if operator != b"T*"
                        && let Some(last) = given.last().cloned()
                    {
                        self.show(&state, &mut text, &[last]);
                    }
                }
                b"Tj" => self.show(&state, &mut text, &given),
                b"TJ" => {
                    if let Some(Object::Array(parts)) = given.first() {
                        self.show(&state, &mut text, parts);
                    }
                }
                b"BDC" | b"BMC" if self.spans.len() < 64 => self.spans.push(actual_text(&given)),
                b"EMC" => drop(self.spans.pop()),
                // A picture within the content: what follows is no text until it ends.
                b"ID" => lexer.skip_past(b"EI"),
                _ => {}
            }
            given.clear();
        }
    }

    /// Shows strings, and moves back where a number stands between them.
    fn show(&mut self, state: &State, text: &mut Matrix, parts: &[Object]) {
        let Some(font) = self.fonts.get(&state.font) else { return };
        for part in parts {
            let moved = match part {
                Object::Text(bytes) => {
                    let (mut words, width, count, spaces) = font.say(bytes);
                    if let Some(said) = self.spans.iter_mut().rev().find_map(Option::as_mut) {
                        words = std::mem::take(said);
                    }
                    let advance =
                        (width / 1000.0 * state.size + state.between * count + state.word * spaces) * state.stretch;
                    let place = times(*text, state.page);
                    let scale = place[0].hypot(place[1]);
                    let height = place[2].hypot(place[3]);
                    // What stands upright is left out: it is no line of the page.
                    if place[1].abs() < 0.01 * scale.max(0.001) && !words.is_empty() {
                        let size = (state.size * height).abs().max(0.5);
                        let (x, y) = (place[4], place[5]);
                        self.pieces.push(Piece { x, end: x + advance * scale, y, size, text: words });
                    }
                    advance
                }
                other => -other.number().unwrap_or(0.0) / 1000.0 * state.size * state.stretch,
            };
            *text = times([1.0, 0.0, 0.0, 1.0, moved, 0.0], *text);
        }
    }
}

/// Pieces that stand side by side are a line.
fn set_in_lines(mut pieces: Vec<Piece>) -> Vec<String> {
    pieces.retain(|it| it.x.is_finite() && it.y.is_finite() && it.end.is_finite());
    pieces.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        match rows.last_mut() {
            Some(row)
                if row.first().is_some_and(|first| (first.y - piece.y).abs() < 0.4 * first.size.max(piece.size)) =>
            {
                row.push(piece);
            }
            _ => rows.push(vec![piece]),
        }
    }
    let one = |mut row: Vec<Piece>| {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut line = String::new();
        let mut end = f64::NEG_INFINITY;
        for piece in &row {
            let gap = (piece.x - end) / piece.size;
            match gap {
                _ if line.is_empty() => {}
                gap if gap > 1.2 => line.push_str("  "),
                gap if gap > 0.18 && !line.ends_with(' ') && !piece.text.starts_with(' ') => line.push(' '),
                _ => {}
            }
            line.push_str(&piece.text);
            end = piece.end;
        }
        line.trim().to_owned()
    };
    rows.into_iter().map(one).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A paper with one page of this content, its streams plain.
    fn paper(content: &str) -> Vec<u8> {
        format!(
            "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font\
             <</F1 5 0 R>>>>>>\nendobj\n3 0 obj\n<</Type /Page /Parent 2 0 R /Contents 4 0 R>>\nendobj\n4 0 obj\n<</Length {}>>\nstream\n\
             {content}\nendstream\nendobj\n5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>\nendobj\n\
             trailer\n<</Root 1 0 R>>\n%%EOF",
            content.len()
        )
        .into_bytes()
    }

    #[test]
    fn words_stand_in_lines_from_the_top_left() {
        let said = lines(&paper(
            "BT /F1 10 Tf 72 700 Td (Purchase order) Tj 200 0 Td (PO-4711) Tj -200 -14 Td [(To)-500(tal)] TJ 0 300 Td (Above \\(all\\)) Tj ET",
        ));
        assert_eq!(said.unwrap(), ["Above (all)", "Purchase order  PO-4711", "To tal"]);
    }

    #[test]
    fn letters_that_are_set_one_by_one_are_a_word() {
        let said = lines(&paper("BT /F1 10 Tf 10 50 Td (P) Tj 5.2 0 Td (O) Tj 5.2 0 Td (7) Tj ET"));
        assert_eq!(said.unwrap(), ["PO7"]);
    }

    #[test]
    fn our_own_papers_are_read() {
        let mut paper = crate::document::Document::new(crate::document::Kind::SalesOrder, "SO-000042");
        paper.title_lines = vec!["Purchase order 4500123".into()];
        paper.totals.push(crate::document::Total::grand("Total", "1,234.56 USD"));
        let bytes = crate::document::pdf(&paper).unwrap();
        let said = lines(&bytes).unwrap().join("\n");
        assert!(said.contains("SO-000042") && said.contains("Purchase order 4500123"), "{said}");
        assert!(said.contains("1,234.56 USD"), "{said}");
    }

    /// The same paper with its content packed.
    fn packed(content: &[u8]) -> Vec<u8> {
        let bytes = miniz_oxide::deflate::compress_to_vec_zlib(content, 9);
        let whole = paper("@@");
        let text = String::from_utf8(whole).unwrap();
        let (head, tail) = text.split_once("<</Length 2>>\nstream\n@@").unwrap();
        let dict = format!("<</Filter/FlateDecode/Length {}>>\nstream\n", bytes.len());
        [head.as_bytes(), dict.as_bytes(), &bytes, tail.as_bytes()].concat()
    }

    #[test]
    fn what_is_packed_is_opened_within_a_limit() {
        assert_eq!(lines(&packed(b"BT /F1 9 Tf 5 5 Td (PO-7 packed) Tj ET")).unwrap(), ["PO-7 packed"]);
        let bomb = [b"BT /F1 9 Tf 5 5 Td (boom) Tj ET ".as_slice(), &vec![b' '; 9 << 20]].concat();
        assert_eq!(lines(&packed(&bomb)), Err(NoWords::Empty), "more than a page may hold is not unpacked");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(lines(b"PK"), Err(NoWords::NotPdf));
        assert_eq!(lines(b"%PDF-1.7\n%%EOF"), Err(NoWords::Empty));
        assert_eq!(lines(b"%PDF-1.7\ntrailer <</Encrypt 3 0 R>>"), Err(NoWords::Locked));
        assert_eq!(lines(&paper("0 0 m 100 100 l S")), Err(NoWords::Empty));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = lines(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
        }

        #[test]
        fn nothing_in_a_page_breaks_it(content in "[\\x20-\\x7e\\n]{0,300}", cut in 0_usize..700) {
            let whole = paper(&content);
            let _ = lines(&whole);
            let _ = lines(&whole[..cut.min(whole.len())]);
        }
    }
}
