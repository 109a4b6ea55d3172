//! A scan as characters that remember where they stood in the input, so that every refusal can name a position, however
//! much was stripped or replaced on the way.

use crate::{Options, Rejected};

/// The separator FNC1, as scanners transmit it.
pub(crate) const GS: char = '\u{1d}';
/// Record separator and end of transmission, of ISO/IEC 15434 envelopes.
pub(crate) const RS: char = '\u{1e}';
pub(crate) const EOT: char = '\u{4}';

/// How control characters appear when a wedge, a log or a person spells them out.
const SPELLINGS: &[(&str, char)] = &[
    ("<GS>", GS),
    ("{GS}", GS),
    ("\\x1d", GS),
    ("\\x1D", GS),
    ("\u{241d}", GS),
    ("^]", GS),
    ("<RS>", RS),
    ("{RS}", RS),
    ("\u{241e}", RS),
    ("<EOT>", EOT),
    ("{EOT}", EOT),
    ("\u{2404}", EOT),
];

#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub c: char,
    at: usize,
}

/// A part of a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    marks: &'a [Mark],
    end: usize,
}

impl<'a> Text<'a> {
    pub fn new(marks: &'a [Mark]) -> Self {
        Self { marks, end: marks.last().map_or(0, |m| m.at + 1) }
    }

    pub fn len(self) -> usize {
        self.marks.len()
    }

    pub fn is_empty(self) -> bool {
        self.marks.is_empty()
    }

    pub fn get(self, index: usize) -> Option<char> {
        self.marks.get(index).map(|m| m.c)
    }

    pub fn chars(self) -> impl DoubleEndedIterator<Item = char> + 'a {
        self.marks.iter().map(|m| m.c)
    }

    pub fn position(self, pred: impl Fn(char) -> bool) -> Option<usize> {
        self.marks.iter().position(|m| pred(m.c))
    }

    /// Where the character with this index stood in the input, counted in characters; the end if there is none.
    pub fn at(self, index: usize) -> usize {
        self.marks.get(index).map_or(self.end, |m| m.at)
    }

    /// Both sides of an index; an index behind the end leaves the second side empty.
    pub fn split_at(self, index: usize) -> (Self, Self) {
        let (head, tail) = self.marks.split_at(index.min(self.marks.len()));
        (Self { marks: head, end: tail.first().map_or(self.end, |m| m.at) }, Self { marks: tail, end: self.end })
    }

    pub fn slice(self, from: usize, to: usize) -> Self {
        self.split_at(to).0.split_at(from).1
    }

    pub fn starts_with(self, prefix: &str) -> bool {
        let mut chars = self.chars();
        prefix.chars().all(|p| chars.next() == Some(p))
    }

    pub fn strip_prefix(self, prefix: &str) -> Option<Self> {
        self.starts_with(prefix).then(|| self.split_at(prefix.chars().count()).1)
    }

    /// Without characters at either end that satisfy the predicate.
    pub fn trim(self, pred: impl Fn(char) -> bool) -> Self {
        let from = self.position(|c| !pred(c)).unwrap_or(self.len());
        let to = self.marks.iter().rposition(|m| !pred(m.c)).map_or(from, |i| i + 1);
        self.slice(from, to)
    }

    /// The parts between separators, empty ones included.
    pub fn split(self, separator: impl Fn(char) -> bool) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self;
        while let Some(i) = rest.position(&separator) {
            let (head, tail) = rest.split_at(i);
            parts.push(head);
            rest = tail.split_at(1).1;
        }
        parts.push(rest);
        parts
    }
}

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.marks.iter().try_for_each(|m| std::fmt::Write::write_char(f, m.c))
    }
}

/// The characters of an input: control characters that were spelled out are made real, ends of line are dropped.
/// Trailing spaces stay, because a space can be a check character.
pub(crate) fn marks(input: &str, options: &Options) -> Result<Vec<Mark>, Rejected> {
    let caret_is_fnc1 = options.separator == Some('^') || in_caret_notation(input);
    let mut marks = Vec::with_capacity(input.len());
    let mut rest = input;
    let mut at = 0;
    while let Some(first) = rest.chars().next() {
        let (spelled, c) = spelled_out(rest).unwrap_or((first.len_utf8(), first));
        let c = if c == '^' && caret_is_fnc1 { GS } else { c };
        if c == '\0' || c == '^' {
            return Err(Rejected::unreadable("a character that no code may hold", at));
        }
        marks.push(Mark { c, at });
        at += rest[..spelled].chars().count();
        rest = &rest[spelled..];
    }
    let ends = |c: char| matches!(c, '\r' | '\n' | '\t');
    let from = marks.iter().position(|m| !ends(m.c) && m.c != ' ').unwrap_or(marks.len());
    let to = marks.iter().rposition(|m| !ends(m.c)).map_or(from, |i| i + 1).max(from);
    marks.truncate(to);
    marks.drain(..from);
    Ok(marks)
}

fn spelled_out(rest: &str) -> Option<(usize, char)> {
    if !rest.starts_with(['<', '{', '\\', '^', '\u{241d}', '\u{241e}', '\u{2404}']) {
        return None;
    }
    SPELLINGS.iter().find(|(spelling, _)| rest.starts_with(spelling)).map(|(spelling, c)| (spelling.len(), *c))
}

/// `^01…^10…`: the notation of test tools, in which every caret is an FNC1. It always starts with one.
fn in_caret_notation(input: &str) -> bool {
    let text = input.trim_start();
    let text = if text.starts_with(']') { text.get(3..).unwrap_or("") } else { text };
    text.strip_prefix('^').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<Mark> {
        marks(input, &Options::default()).unwrap()
    }

    #[test]
    fn positions_survive_trimming_and_replacing() {
        let marks = read("\r\n 10A<GS>21B\n");
        let text = Text::new(&marks);
        assert_eq!(text.to_string(), "10A\u{1d}21B");
        assert_eq!(text.at(0), 3);
        assert_eq!(text.at(4), 10, "the character behind the four that spell the separator");
        assert_eq!(text.split_at(3).1.to_string(), "\u{1d}21B");
        assert_eq!(text.at(99), 13);
    }

    #[test]
    fn every_spelling_of_the_separator_is_one() {
        for spelling in ["<GS>", "{GS}", "\\x1d", "\\x1D", "␝", "^]", "\u{1d}"] {
            let marks = read(&format!("a{spelling}b"));
            assert_eq!(Text::new(&marks).to_string(), "a\u{1d}b", "{spelling}");
        }
        assert!(marks("10A^B", &Options::default()).is_err());
        assert!(marks("10A\0B", &Options::default()).is_err());
    }

    #[test]
    fn trailing_spaces_stay() {
        assert_eq!(Text::new(&read("+A \r\n")).to_string(), "+A ");
        assert_eq!(Text::new(&read("  \n ")).to_string(), "");
    }

    #[test]
    fn parts() {
        let marks = read("a/b//c");
        let parts: Vec<String> = Text::new(&marks).split(|c| c == '/').iter().map(ToString::to_string).collect();
        assert_eq!(parts, ["a", "b", "", "c"]);
        assert_eq!(Text::new(&marks).trim(|c| c == 'a' || c == 'c').to_string(), "/b//");
        assert_eq!(Text::new(&marks).slice(2, 4).to_string(), "b/");
        assert_eq!(Text::new(&[]).trim(|_| true).to_string(), "");
    }
}
