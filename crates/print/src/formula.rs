//! Text that a spreadsheet program would run.
//!
//! A cell whose text begins with `=`, `+`, `-`, `@`, tab, carriage return or NUL may be taken for a formula (OWASP, "CSV
//! Injection"). Such text is written behind one apostrophe, and reading takes exactly one away. Text that begins with
//! apostrophes before such a character gets one more, so that what comes back is always what was written.

use std::borrow::Cow;

const fn triggers(byte: u8) -> bool {
    matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | 0)
}

/// Whether the first character after any apostrophes would begin a formula.
fn is_dangerous(text: &[u8]) -> bool {
    let after = text.iter().position(|byte| *byte != b'\'').map(|at| text[at]);
    after.is_some_and(triggers)
}

/// The text as it goes into a file.
pub(crate) fn guard(text: &str) -> Cow<'_, str> {
    if is_dangerous(text.as_bytes()) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text as it was before [`guard`].
pub(crate) fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest.as_bytes()) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_get_one_apostrophe_and_plain_text_none() {
        for text in ["=1+1", "+H123PARTNO1234567890120", "-5", "@sum", "\tx", "\rx", "\0x"] {
            assert_eq!(guard(text), format!("'{text}"));
        }
        for text in ["", "plain", "'quoted'", "O'Brien", "1-2", "'", "''", " =1"] {
            assert_eq!(guard(text), text);
        }
    }

    #[test]
    fn an_apostrophe_of_ones_own_survives() {
        assert_eq!(guard("'=1"), "''=1");
        assert_eq!(unguard("''=1"), "'=1");
        assert_eq!(unguard("'tis"), "'tis");
        assert_eq!(unguard("'"), "'");
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(text in "['=+@\t\r\u{0}a-]{0,6}") {
            let written = guard(&text).into_owned();
            prop_assert_eq!(unguard(&written), text.as_str());
            let first = written.bytes().next();
            prop_assert!(!first.is_some_and(triggers));
        }
    }
}
