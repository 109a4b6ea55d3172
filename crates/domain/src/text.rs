//! Text from outside: cleaning names and notes, folding for search and sorting, e-mail addresses and telephone numbers.
//!
//! Keys made here are stored and compared byte by byte, so that no database engine's collation has a say.

use crate::clock::Day;
use crate::limits;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Why a text is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TextProblem {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must not be longer than {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// NUL or another control character.
    #[error("must not contain control characters")]
    Control,
    /// A character that turns the direction of the text around it, so that it reads differently from what it is.
    #[error("must not contain characters that change the direction of text")]
    Direction,
    /// Not an e-mail address.
    #[error("must be an e-mail address, like name@example.com")]
    Email,
}

impl TextProblem {
    /// Stable code of the problem.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong { .. } => "too_long",
            Self::Control => "control_characters",
            Self::Direction => "direction_characters",
            Self::Email => "invalid_email",
        }
    }
}

/// One line of text: trimmed, runs of white space made one space, composed (NFC). Tabs and line ends count as white space.
///
/// # Errors
/// Empty, longer than `max` characters, control characters, or direction overrides.
pub fn clean_name(text: &str, max: usize) -> Result<String, TextProblem> {
    let kept = composed(text, max)?;
    let words: Vec<&str> = kept.split_whitespace().collect();
    if let Some(problem) = words.iter().flat_map(|word| word.chars()).find_map(problem_of) {
        return Err(problem);
    }
    bounded(words.join(" "), max)
}

/// As [`clean_name`], but nothing left means none.
///
/// # Errors
/// As [`clean_name`], except for empty text.
pub fn clean_optional(text: Option<&str>, max: usize) -> Result<Option<String>, TextProblem> {
    match text.map(|text| clean_name(text, max)) {
        None | Some(Err(TextProblem::Empty)) => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(problem)) => Err(problem),
    }
}

/// Text of several lines: trimmed, line ends made `\n`, tabs and line ends kept. Empty text is allowed.
///
/// # Errors
/// Longer than `max` characters, control characters other than tab and line end, or direction overrides.
pub fn clean_note(text: &str, max: usize) -> Result<String, TextProblem> {
    let kept = composed(&text.replace("\r\n", "\n").replace('\r', "\n"), max)?;
    let kept = kept.trim();
    if let Some(problem) = kept.chars().filter(|c| !matches!(c, '\n' | '\t')).find_map(problem_of) {
        return Err(problem);
    }
    match bounded(kept.to_owned(), max) {
        Err(TextProblem::Empty) => Ok(String::new()),
        other => other,
    }
}

/// Composes and drops what can be neither seen nor typed; refuses hopelessly long text before any work is done on it.
fn composed(text: &str, max: usize) -> Result<String, TextProblem> {
    // Four bytes a character, decomposed marks and white space around: beyond this it cannot shrink to `max`.
    if text.len() > max.saturating_mul(16).saturating_add(1_024) {
        return Err(TextProblem::TooLong { max });
    }
    Ok(text.chars().filter(|c| !invisible(*c)).nfc().collect())
}

fn bounded(text: String, max: usize) -> Result<String, TextProblem> {
    if text.is_empty() {
        Err(TextProblem::Empty)
    } else if text.chars().count() > max {
        Err(TextProblem::TooLong { max })
    } else {
        Ok(text)
    }
}

fn problem_of(c: char) -> Option<TextProblem> {
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(TextProblem::Direction),
        // Line and paragraph separators are white space to `split_whitespace`, but break lines in a note.
        '\u{2028}' | '\u{2029}' => Some(TextProblem::Control),
        // Noncharacters carry no meaning between systems.
        '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => Some(TextProblem::Control),
        c if c.is_control() => Some(TextProblem::Control),
        _ => None,
    }
}

/// Zero-width space, word joiner, byte order mark, soft hyphen: pasted along, never meant.
const fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Letters that a reader takes for another one, but Unicode does not decompose.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

/// The key under which a text is sorted and found: lower case, without accents, punctuation as single spaces.
///
/// Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    // Lower case may itself bring marks (`İ` becomes `i` and a dot), so it comes before the marks are dropped.
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        // Class 200 and above: marks over and under a letter. Lower classes are letters of their own in other scripts.
        if canonical_combining_class(c) >= 200 || matches!(c, '\'' | '’' | '\u{2bc}') || invisible(c) {
            continue;
        }
        match plain(c) {
            Some(letters) => bare.push_str(letters),
            None if c.is_alphanumeric() || canonical_combining_class(c) > 0 || is_vowel_sign(c) => bare.push(c),
            None => bare.push(' '),
        }
    }
    let bare: String = bare.nfc().collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Dependent vowels and joiners of scripts that write them as separate characters: part of the word.
const fn is_vowel_sign(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{980}'..='\u{1cff}' | '\u{200c}' | '\u{200d}')
        && !matches!(c, '\u{964}' | '\u{965}')
}

/// The words of a text for prefix search: folded, each once, in order of first appearance.
pub fn tokens(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut found: Vec<String> = Vec::new();
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let token: String = word.chars().take(limits::TOKEN_MAX).collect();
        if !found.contains(&token) {
            found.push(token);
        }
    }
    found
}

/// The key under which a catalog number, lot or serial number is found: folded letters and digits only,
/// so that `AB-12/3` is found as `ab123`.
pub fn identifier_key(text: &str) -> String {
    fold(text).split(' ').collect()
}

/// An e-mail address as it is kept and compared: trimmed and in lower case.
///
/// # Errors
/// Text that cannot be an address. Whether anybody reads it, only a message can tell.
pub fn email(text: &str) -> Result<String, TextProblem> {
    let address: String = text.trim().nfc().flat_map(char::to_lowercase).collect();
    if address.is_empty() {
        return Err(TextProblem::Empty);
    }
    if address.chars().count() > limits::EMAIL_MAX {
        return Err(TextProblem::TooLong { max: limits::EMAIL_MAX });
    }
    let plausible = address.split_once('@').is_some_and(|(local, domain)| local_part(local) && domain_part(domain));
    if plausible { Ok(address) } else { Err(TextProblem::Email) }
}

/// The unquoted form of RFC 5321, with letters of any script (RFC 6531).
fn local_part(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&*+-/=?^_`{|}~'".contains(c))
        })
}

fn domain_part(domain: &str) -> bool {
    domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// The digits of a telephone number, for search.
pub fn phone_digits(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_digit).collect()
}

/// A calendar day in words, `17 Jan 2025`.
pub fn day_words(day: Day) -> String {
    day.civil().strftime("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_trimmed_and_collapsed() {
        assert_eq!(clean_name("  Mercy \t General\r\n Hospital ", 200).unwrap(), "Mercy General Hospital");
        assert_eq!(clean_name("Ame\u{301}lie", 200).unwrap(), "Amélie");
        assert_eq!(clean_name("\u{feff}A\u{200b}B", 200).unwrap(), "AB");
        assert_eq!(clean_name("José 👩‍⚕️", 200).unwrap(), "José 👩‍⚕️");
    }

    #[test]
    fn hostile_names_are_refused() {
        assert_eq!(clean_name("   ", 200), Err(TextProblem::Empty));
        assert_eq!(clean_name("\u{200b}", 200), Err(TextProblem::Empty));
        assert_eq!(clean_name("a\0b", 200), Err(TextProblem::Control));
        assert_eq!(clean_name("a\u{1b}[2J", 200), Err(TextProblem::Control));
        assert_eq!(clean_name("a\u{85}b\u{7f}", 200), Err(TextProblem::Control));
        assert_eq!(clean_name("invoice\u{202e}fdp.exe", 200), Err(TextProblem::Direction));
        assert_eq!(clean_name("a\u{2066}b", 200), Err(TextProblem::Direction));
        assert_eq!(clean_name(&"x".repeat(201), 200), Err(TextProblem::TooLong { max: 200 }));
        assert_eq!(clean_name(&"x".repeat(1_000_000), 200), Err(TextProblem::TooLong { max: 200 }));
        assert_eq!(clean_name(&"é".repeat(200), 200).unwrap().chars().count(), 200);
    }

    #[test]
    fn notes_keep_their_lines() {
        assert_eq!(clean_note(" one\r\n\ttwo\rthree\n", 100).unwrap(), "one\n\ttwo\nthree");
        assert_eq!(clean_note("  \n ", 100).unwrap(), "");
        assert_eq!(clean_note("a\0", 100), Err(TextProblem::Control));
        assert_eq!(clean_note("a\u{202d}b", 100), Err(TextProblem::Direction));
        assert_eq!(clean_note("abc", 2), Err(TextProblem::TooLong { max: 2 }));
        assert_eq!(clean_optional(Some("  "), 10), Ok(None));
        assert_eq!(clean_optional(Some(" a "), 10), Ok(Some("a".to_owned())));
        assert_eq!(clean_optional(None, 10), Ok(None));
    }

    #[test]
    fn folding_takes_away_what_a_searcher_would_not_type() {
        assert_eq!(fold("  Ángela O’Brien-Núñez, M.D. "), "angela obrien nunez m d");
        assert_eq!(fold("STRASSE Straße"), "strasse strasse");
        assert_eq!(fold("Łódź Ørsted Æsir İstanbul"), "lodz orsted aesir istanbul");
        assert_eq!(fold("ﬁxation ①２"), "fixation 12");
        assert_eq!(fold("ΟΔΟΣ οδός"), "οδοσ οδοσ");
        assert_eq!(fold("서울 が ガ"), "서울 が ガ");
        assert_eq!(fold("हिन्दी"), "हिन्दी");
        assert_eq!(fold("---"), "");
    }

    #[test]
    fn folded_names_sort_as_people_expect() {
        let mut names = ["Zürich", "abbey", "Ábel", "Abacus", "zebra"];
        names.sort_by_key(|name| fold(name));
        assert_eq!(names, ["Abacus", "abbey", "Ábel", "zebra", "Zürich"]);
    }

    #[test]
    fn words_become_tokens_once() {
        assert_eq!(tokens("Cortical screw, 3.5 mm; SCREW"), ["cortical", "screw", "3", "5", "mm"]);
        assert!(tokens(" ,; ").is_empty());
        assert_eq!(tokens(&"x".repeat(90))[0].len(), limits::TOKEN_MAX);
        assert_eq!(identifier_key("AB-12/3 x"), "ab123x");
    }

    #[test]
    fn addresses_are_normalised_or_refused() {
        assert_eq!(email(" Ana.Ruiz+OR@Example.COM ").unwrap(), "ana.ruiz+or@example.com");
        assert_eq!(email("rep0001@generated.test").unwrap(), "rep0001@generated.test");
        assert_eq!(email("o'neil@exämple.org").unwrap(), "o'neil@exämple.org");
        assert_eq!(email("  "), Err(TextProblem::Empty));
        for bad in [
            "ana",
            "ana@",
            "@example.com",
            "ana@example",
            "a@b@example.com",
            "a b@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a@.example.com",
            "a@-x.com",
            "a@x.com.",
            "a@x.com\nbcc:z@x.com",
            "a\"b@x.com",
        ] {
            assert_eq!(email(bad), Err(TextProblem::Email), "{bad:?}");
        }
        assert!(email(&format!("{}@x.com", "a".repeat(65))).is_err());
    }

    #[test]
    fn telephone_numbers_keep_their_digits() {
        assert_eq!(phone_digits("+1 (555) 010-0199 ext. 7"), "155501001997");
        assert_eq!(phone_digits("５５５"), "555");
    }

    #[test]
    fn days_read_well() {
        assert_eq!(day_words(Day::parse("2025-01-07").unwrap()), "7 Jan 2025");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn what_was_cleaned_is_clean(text in "\\PC{0,60}") {
            if let Ok(name) = clean_name(&text, 60) {
                prop_assert_eq!(clean_name(&name, 60).unwrap(), name.clone());
                prop_assert!(!name.is_empty() && name.chars().count() <= 60);
            }
            if let Ok(note) = clean_note(&text, 60) {
                prop_assert_eq!(clean_note(&note, 60).unwrap(), note);
            }
        }

        #[test]
        fn a_word_of_a_name_is_found_by_its_beginning(first in "[A-Za-zéüñÅ]{1,10}", second in "[A-Za-zéüñÅ]{1,10}", cut in 1usize..10) {
            let name = tokens(&format!("{first} {second}"));
            let typed: String = second.chars().take(cut).collect();
            let wanted = tokens(&typed);
            prop_assert!(wanted.iter().all(|token| name.iter().any(|word| word.starts_with(token.as_str()))));
        }

        #[test]
        fn an_address_that_was_taken_is_taken_again(text in "[ A-Za-z0-9.@_+-]{0,40}") {
            if let Ok(address) = email(&text) {
                prop_assert_eq!(email(&address).unwrap(), address);
            }
        }
    }
}
