//! Setting type: text becomes glyphs of a typeface, measured, broken into lines and put on a page.
//!
//! Inter is the typeface of the house. Letters that it lacks come from DejaVu Sans; a character that neither has is drawn as
//! an empty square, while copying and searching still give the character itself. Right-to-left names are set in their own
//! order (Unicode UAX #9). Figures are tabular, so that columns of numbers align.

use krilla::Data;
use krilla::color::rgb;
use krilla::geom::Point;
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph, Tag};
use rustybuzz::ttf_parser;
use rustybuzz::{Direction, Face, Feature, UnicodeBuffer};
use std::ops::Range;
use std::sync::LazyLock;
use unicode_bidi::{BidiInfo, Level};

/// Strokes of the letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weight {
    Regular,
    Medium,
    SemiBold,
}

/// How a text looks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Style {
    /// Height of the letters, in points.
    pub(crate) size: f32,
    /// From one line to the next, in points.
    pub(crate) leading: f32,
    pub(crate) weight: Weight,
    pub(crate) ink: Ink,
    /// Added between letters, in parts of the size: large letters stand closer than the typeface gives them.
    pub(crate) tracking: f32,
}

/// A colour, as it is on screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ink(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Ink {
    pub(crate) fn fill(self) -> Fill {
        Fill {
            paint: rgb::Color::new(self.0, self.1, self.2).into(),
            opacity: NormalizedF32::ONE,
            rule: krilla::paint::FillRule::NonZero,
        }
    }
}

/// One typeface at one weight, for shaping and for embedding.
struct Typeface {
    face: Face<'static>,
    font: Font,
}

impl Typeface {
    fn new(bytes: &'static [u8], weight: Option<f32>) -> Self {
        let mut face = Face::from_slice(bytes, 0).expect("the embedded typeface is well formed");
        let axes: Vec<(Tag, f32)> = weight.map(|weight| (Tag::new(b"wght"), weight)).into_iter().collect();
        if let Some(weight) = weight {
            face.set_variation(ttf_parser::Tag::from_bytes(b"wght"), weight);
        }
        let font = Font::new_variable(Data::from(bytes), 0, &axes).expect("the embedded typeface is well formed");
        Self { face, font }
    }

    fn has(&self, c: char) -> bool {
        self.face.glyph_index(c).is_some()
    }
}

/// For each weight the typeface and the one to fall back on.
static TYPEFACES: LazyLock<[[Typeface; 2]; 3]> = LazyLock::new(|| {
    let inter = |weight| Typeface::new(ttf_inter::REGULAR, Some(weight));
    [
        [inter(400.0), Typeface::new(dejavu::sans::regular(), None)],
        [inter(500.0), Typeface::new(dejavu::sans::regular(), None)],
        [inter(600.0), Typeface::new(dejavu::sans::bold(), None)],
    ]
});

/// Glyphs of one typeface in a row, left to right, with the text that they stand for.
#[derive(Clone)]
struct Piece {
    fallback: bool,
    text: String,
    glyphs: Vec<KrillaGlyph>,
    /// In points.
    width: f32,
}

/// A line of text, ready to be drawn.
#[derive(Clone)]
pub(crate) struct Line {
    pieces: Vec<Piece>,
    style: Style,
    /// Of everything but spaces at its end, in points.
    pub(crate) width: f32,
}

impl Line {
    /// One line, however long.
    pub(crate) fn new(text: &str, style: Style) -> Self {
        let text = printable(text);
        let pieces =
            visual_runs(&text).iter().flat_map(|(run, level)| shape_run(&text[run.clone()], *level, style)).collect();
        let width = measure(text.trim_end(), style);
        Self { pieces, style, width }
    }

    /// One line that is cut with an ellipsis when it is longer than `width` points.
    pub(crate) fn cut(text: &str, style: Style, width: f32) -> Self {
        let line = Self::new(text, style);
        if line.width <= width {
            return line;
        }
        let text = printable(text);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let fits = |end: usize| measure(&format!("{}…", text[..end].trim_end()), style) <= width;
        let kept = ends.partition_point(|&end| fits(end)).saturating_sub(1);
        Self::new(&format!("{}…", text[..ends.get(kept).copied().unwrap_or(0)].trim_end()), style)
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| piece.glyphs.is_empty())
    }

    /// How it looks.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// From one line to the next, in points.
    pub(crate) fn leading(&self) -> f32 {
        self.style.leading
    }

    /// Draws the line with its left end at `x`, its top at `y`.
    pub(crate) fn draw(&self, surface: &mut Surface<'_>, x: f32, y: f32) {
        surface.set_stroke(None);
        surface.set_fill(Some(self.style.ink.fill()));
        // Capital letters are centred in the leading: they are 0.727 of the size high in Inter.
        let baseline = y + (self.style.leading + 0.727 * self.style.size) / 2.0;
        let mut at = x;
        for piece in &self.pieces {
            let font = typeface(self.style.weight, piece.fallback).font.clone();
            surface.draw_glyphs(Point::from_xy(at, baseline), &piece.glyphs, font, &piece.text, self.style.size, false);
            at += piece.width;
        }
    }
}

/// Width of a text on one line, in points.
pub(crate) fn measure(text: &str, style: Style) -> f32 {
    let text = printable(text);
    pieces_of(&text).map(|(run, source)| width_of(&shape(&text[run], source, false, style), style.size)).sum()
}

/// Breaks a text into lines of at most `width` points: at line breaks, then between words, then, where a word alone is too
/// long, inside it.
pub(crate) fn wrap(text: &str, style: Style, width: f32) -> Vec<Line> {
    text.lines()
        .flat_map(|paragraph| wrap_paragraph(paragraph, style, width))
        .map(|text| Line::new(&text, style))
        .collect()
}

fn wrap_paragraph(paragraph: &str, style: Style, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    for word in words(paragraph) {
        let bare = measure(word.trim_end(), style);
        if used + bare > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        if bare <= width {
            line.push_str(word);
            used += measure(word, style);
            continue;
        }
        for c in word.chars() {
            let one = measure(c.encode_utf8(&mut [0; 4]), style);
            if used + one > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(c);
            used += one;
        }
    }
    lines.push(line);
    lines
}

/// Pieces of a text between which a line may end: after spaces, and after a hyphen or slash between letters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            let after_space = c == ' ' && next != Some(' ');
            let inside = matches!(c, '-' | '/') && at > 0 && next.is_some_and(char::is_alphabetic);
            if after_space || inside {
                end = at + c.len_utf8();
                break;
            }
        }
        let (word, left) = rest.split_at(end);
        rest = left;
        Some(word)
    })
}

/// Text without what cannot be printed: control characters are spaces, invisible marks are left out.
fn printable(text: &str) -> String {
    let invisible = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}');
    text.chars().filter(invisible).map(|c| if c.is_control() || c == '\u{2007}' { ' ' } else { c }).collect()
}

/// Where a character's glyph comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Inter,
    Fallback,
    /// No typeface has it.
    Nowhere,
}

fn source_of(c: char) -> Source {
    let [inter, fallback] = &TYPEFACES[0];
    if inter.has(c) {
        Source::Inter
    } else if fallback.has(c) {
        Source::Fallback
    } else {
        Source::Nowhere
    }
}

fn typeface(weight: Weight, fallback: bool) -> &'static Typeface {
    &TYPEFACES[weight as usize][usize::from(fallback)]
}

/// Stretches of a text that one typeface can set.
fn pieces_of(text: &str) -> impl Iterator<Item = (Range<usize>, Source)> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        let source = source_of(first);
        // A space belongs to the word before it, so that a foreign name is one stretch.
        while chars.next_if(|(_, c)| source_of(*c) == source || (*c == ' ' && source == Source::Fallback)).is_some() {}
        let end = chars.peek().map_or(text.len(), |(at, _)| *at);
        Some((start..end, source))
    })
}

/// Stretches of one direction, in the order in which they stand on paper.
fn visual_runs(text: &str) -> Vec<(Range<usize>, Level)> {
    let is_plain = text.chars().all(|c| c < '\u{590}');
    if is_plain || text.is_empty() {
        return vec![(0..text.len(), Level::ltr())];
    }
    // Documents are left to right as a whole; a name in another direction is a stretch within.
    let bidi = BidiInfo::new(text, Some(Level::ltr()));
    let paragraph = &bidi.paragraphs[0];
    let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
    runs.into_iter().map(|run| (run.clone(), levels[run.start])).collect()
}

fn shape_run(text: &str, level: Level, style: Style) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = pieces_of(text)
        .map(|(range, source)| {
            let glyphs = shape(&text[range.clone()], source, level.is_rtl(), style);
            let width = width_of(&glyphs, style.size);
            Piece { fallback: source != Source::Inter, text: text[range].to_owned(), glyphs, width }
        })
        .collect();
    if level.is_rtl() {
        pieces.reverse();
    }
    pieces
}

fn width_of(glyphs: &[KrillaGlyph], size: f32) -> f32 {
    glyphs.iter().map(|glyph| glyph.x_advance * size).sum()
}

fn shape(text: &str, source: Source, is_rtl: bool, style: Style) -> Vec<KrillaGlyph> {
    let typeface = typeface(style.weight, source != Source::Inter);
    if source == Source::Nowhere {
        return marks(text, is_rtl, typeface);
    }
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    let output = rustybuzz::shape(&typeface.face, &features(), buffer);
    let units = typeface.font.units_per_em();
    let mut starts: Vec<usize> = output.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.push(text.len());
    starts.sort_unstable();
    starts.dedup();
    let end_of = |start: usize| starts[starts.partition_point(|&at| at <= start).min(starts.len() - 1)];
    let placed = output.glyph_infos().iter().zip(output.glyph_positions());
    placed
        .map(|(info, position)| {
            let start = info.cluster as usize;
            // A mark above a letter takes no room, and gets none.
            let tracking = if position.x_advance > 0 { style.tracking } else { 0.0 };
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                position.x_advance as f32 / units + tracking,
                position.x_offset as f32 / units,
                position.y_offset as f32 / units,
                position.y_advance as f32 / units,
                start..end_of(start),
                None,
            )
        })
        .collect()
}

/// Tabular figures. Contextual alternates are off: they would turn the `x` in a lot number `4x8` into a multiplication sign.
fn features() -> [Feature; 2] {
    let tag = ttf_parser::Tag::from_bytes;
    [Feature::new(tag(b"tnum"), 1, ..), Feature::new(tag(b"calt"), 0, ..)]
}

/// Empty squares, one for each character.
fn marks(text: &str, is_rtl: bool, typeface: &Typeface) -> Vec<KrillaGlyph> {
    let mark = ['\u{25a1}', '?'].into_iter().find_map(|c| typeface.face.glyph_index(c)).unwrap_or_default();
    let advance = f32::from(typeface.face.glyph_hor_advance(mark).unwrap_or(0)) / typeface.font.units_per_em();
    let glyph = |(at, c): (usize, char)| {
        KrillaGlyph::new(GlyphId::new(u32::from(mark.0)), advance, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
    };
    let mut glyphs: Vec<KrillaGlyph> = text.char_indices().map(glyph).collect();
    if is_rtl {
        glyphs.reverse();
    }
    glyphs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STYLE: Style = Style { size: 10.0, leading: 14.0, weight: Weight::Regular, ink: Ink(0, 0, 0), tracking: 0.0 };

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect()).collect()
    }

    #[test]
    fn figures_are_tabular_and_weights_differ() {
        assert!((measure("1111", STYLE) - measure("0808", STYLE)).abs() < 0.001);
        let bold = Style { weight: Weight::SemiBold, ..STYLE };
        assert!(measure("Sales order", bold) > measure("Sales order", STYLE) + 1.0);
    }

    #[test]
    fn an_x_between_figures_stays_an_x() {
        let glyph = |text| shape(text, Source::Inter, false, STYLE)[1].glyph_id;
        assert_eq!(glyph("4x8"), glyph("axb"));
    }

    #[test]
    fn names_of_many_scripts_have_their_letters() {
        for name in ["Łukasz Çelik", "Đặng Thị Ngọc", "Ольга Щукина", "Ἀθηνᾶ", "יעל כהן", "أحمد", "Հայկ", "ნინო"]
        {
            assert!(name.chars().all(|c| source_of(c) != Source::Nowhere), "{name}");
            assert!(measure(name, STYLE) > 10.0);
        }
    }

    #[test]
    fn an_unknown_character_is_marked_and_still_copied() {
        let line = Line::new("山田 Kenji", STYLE);
        assert_eq!(texts(std::slice::from_ref(&line)), ["山田 Kenji"]);
        assert_eq!(line.pieces[0].glyphs.len(), 2);
        assert!(line.pieces[0].glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0));
        assert_eq!(line.pieces[0].glyphs[1].text_range, 3..6);
    }

    #[test]
    fn a_right_to_left_name_is_set_from_the_right() {
        let line = Line::new("Dr. יעל 7", STYLE);
        let name = line.pieces.iter().find(|piece| piece.text.contains('י')).unwrap();
        // The first letter stands for the first character and comes last.
        assert_eq!(name.glyphs.last().unwrap().text_range.start, name.text.find('י').unwrap());
        assert!(name.glyphs.windows(2).all(|pair| pair[0].text_range.start >= pair[1].text_range.start));
    }

    #[test]
    fn lines_break_between_words_and_long_words_inside() {
        let text = "Acetabular shell with porous coating";
        let lines = wrap(text, STYLE, 90.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.width <= 90.0));
        assert_eq!(texts(&lines).concat(), text);
        let long = wrap("01008100012345672110ABC1234567890", STYLE, 60.0);
        assert!(long.len() > 2 && long.iter().all(|line| line.width <= 60.0));
        assert_eq!(wrap("one\ntwo", STYLE, 500.0).len(), 2);
        assert_eq!(words("tray-set a/b -5 1-2").collect::<Vec<_>>(), ["tray-", "set ", "a/", "b ", "-5 ", "1-2"]);
    }

    #[test]
    fn what_does_not_fit_is_cut_with_an_ellipsis() {
        let line = Line::cut("Meridian Orthopaedic Instruments", STYLE, 80.0);
        assert!(line.width <= 80.0);
        assert!(texts(&[line])[0].ends_with('…'));
        assert_eq!(texts(&[Line::cut("Short", STYLE, 80.0)]), ["Short"]);
    }

    #[test]
    fn control_characters_are_not_set() {
        assert_eq!(printable("a\tb\u{0}c\u{200b}d\u{202e}e"), "a b cde");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_lost_and_no_line_too_wide(text in "[ a-zA-Z0-9./\u{5d0}-\u{5d5}漢é-]{0,60}", width in 30.0_f32..200.0) {
            let lines = wrap(&text, STYLE, width);
            prop_assert!(lines.iter().all(|line| line.width <= width + 0.01));
            let set: usize = lines.iter().flat_map(|line| &line.pieces).map(|piece| piece.text.chars().count()).sum();
            prop_assert_eq!(set, text.chars().count());
        }

        #[test]
        fn glyphs_cover_their_text(text in any::<String>()) {
            for piece in Line::new(&text, STYLE).pieces {
                for glyph in &piece.glyphs {
                    prop_assert!(piece.text.get(glyph.text_range.clone()).is_some_and(|part| !part.is_empty()));
                }
            }
        }
    }
}
