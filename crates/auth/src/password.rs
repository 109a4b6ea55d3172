//! Passwords: what is accepted, and how they are kept.
//!
//! NIST SP 800-63B: a minimum length, no rules of composition, no forced change, and a list of what everybody tries first.
//! Kept as Argon2id (RFC 9106) with the parameters that OWASP names as a minimum. Hashing takes some 20 MiB and tens of
//! milliseconds on purpose: call it outside any unit of work, and only so many at once.

use crate::{Random, Secret};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

/// The fewest characters of a new password.
pub const LENGTH_MIN: usize = 12;
/// The most characters of a password.
pub const LENGTH_MAX: usize = 256;
/// Memory of one hash, in KiB.
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const PASSES: u32 = 2;
/// Lanes.
pub const LANES: u32 = 1;

/// Letters and digits that must be left of a password when what is known about the person is taken out.
const LEFT_MIN: usize = 8;
/// Lower-case words that people choose first, one a line, sorted.
const COMMON: &str = include_str!("common.txt");
/// Rows of the keyboards and the alphabet, along which fingers walk.
const WALKS: [&str; 6] =
    ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm"];
/// The hash of nothing anybody knows; see [`verify`].
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y2FzZWxvYWQgbm9ib2R5IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a new password is not taken. Each says what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Weak {
    /// Fewer than [`LENGTH_MIN`] characters.
    #[error("Use at least 12 characters; a few words in a row are good.")]
    TooShort,
    /// More than [`LENGTH_MAX`] characters.
    #[error("Use at most 256 characters.")]
    TooLong,
    /// Among the first that a guesser tries.
    #[error("This is one of the passwords that are tried first. Choose something that nobody else would.")]
    Common,
    /// Little more than the own name or e-mail address.
    #[error(
        "This is little more than your name or e-mail address. Choose something that others do not know about you."
    )]
    Personal,
}

impl Weak {
    /// A stable name for the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Common => "password_too_common",
            Self::Personal => "password_personal",
        }
    }
}

/// A password could not be hashed: the machine has no memory left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the password could not be hashed")]
pub struct HashFailed;

/// Whether a new password is good enough for this person. `about` is what others know: e-mail address, name, company.
pub fn check(password: &Secret, about: &[&str]) -> Result<(), Weak> {
    let text = normalised(password.expose());
    let length = text.chars().count();
    if length < LENGTH_MIN {
        return Err(Weak::TooShort);
    }
    if length > LENGTH_MAX {
        return Err(Weak::TooLong);
    }
    let folded = Zeroizing::new(fold(&text));
    if is_common(&folded) {
        return Err(Weak::Common);
    }
    if is_personal(&folded, about) {
        return Err(Weak::Personal);
    }
    Ok(())
}

/// The text to store for a password: Argon2id with its parameters and a random salt, in the PHC string format. Does not
/// judge the password; see [`check`].
pub fn hash(password: &Secret, random: &mut impl Random) -> Result<String, HashFailed> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let text = normalised(password.expose());
    let hash: phc::PasswordHash = hasher().hash_password_with_salt(text.as_bytes(), &salt).map_err(|_| HashFailed)?;
    salt.zeroize();
    Ok(hash.to_string())
}

/// Whether this is the password. Without a stored hash (nobody has that e-mail address, or the account was never claimed)
/// it does the same work and answers no, so that the time tells nothing about who exists.
pub fn verify(password: &Secret, stored: Option<&str>) -> bool {
    // Longer text is never a password here, and hashing megabytes for a stranger would be a gift. It still costs one hash.
    let too_long = password.expose().len() > LENGTH_MAX * 4;
    let text = if too_long { Zeroizing::new(String::new()) } else { normalised(password.expose()) };
    let parsed = stored.and_then(|stored| phc::PasswordHash::new(stored).ok());
    let known = parsed.is_some() && !too_long;
    let against = parsed.unwrap_or_else(|| phc::PasswordHash::new(DUMMY).expect("the dummy hash is well formed"));
    let right = hasher().verify_password(text.as_bytes(), &against).is_ok();
    known & right
}

/// Whether a stored hash was made with other parameters than today's; hash again at the next right password.
pub fn needs_rehash(stored: &str) -> bool {
    !stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// One spelling (NFKC) for the same characters typed on different keyboards.
fn normalised(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().collect())
}

/// Lower-case letters and digits alone: what is left when decoration does not count.
fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn in_list(word: &str) -> bool {
    !word.is_empty() && COMMON.lines().any(|common| common == word)
}

/// Letters in place of the digits and signs that people put for them.
fn unleet(text: &str) -> String {
    let plain = |c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(plain).collect()
}

/// A listed word, alone or with numbers around it, or repeated; or a walk over the keyboard; or hardly any variety.
fn is_common(folded: &str) -> bool {
    let bare = folded.trim_matches(|c: char| c.is_ascii_digit());
    let mut forms = vec![folded.to_owned(), bare.to_owned(), unleet(folded), unleet(bare)];
    forms.push(unleet(folded.trim_end_matches(|c: char| c.is_ascii_digit())));
    forms.push(unleet(folded.trim_start_matches(|c: char| c.is_ascii_digit())));
    let common = forms.iter().any(|form| in_list(form) || in_list(unit(form)));
    forms.iter_mut().for_each(Zeroize::zeroize);
    let mut kinds: Vec<char> = folded.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    // Signs alone fold to nothing, and are judged by nothing but their length.
    let monotonous = !folded.is_empty() && (kinds.len() < 4 || unit(folded).chars().count() < 5);
    common || monotonous || is_walk(folded)
}

/// The shortest text that gives this one when repeated; the text itself when there is none.
fn unit(text: &str) -> &str {
    let repeats = |end: usize| {
        text.len().is_multiple_of(end) && text.as_bytes().chunks(end).all(|c| c == &text.as_bytes()[..end])
    };
    let end = text.char_indices().skip(1).map(|(at, _)| at).find(|&at| at <= text.len() / 2 && repeats(at));
    end.map_or(text, |end| &text[..end])
}

/// Whether it consists of nothing but runs of four or more along a row of the keyboard, in either direction.
fn is_walk(folded: &str) -> bool {
    const RUN_MIN: usize = 4;
    let chars: Vec<char> = folded.chars().collect();
    let next_to = |one: char, two: char| WALKS.iter().any(|row| row.contains(&format!("{one}{two}")));
    let (mut at, mut runs) = (0, 0);
    while at < chars.len() {
        let run = |forward: bool| {
            let steps =
                chars[at..].windows(2).take_while(|w| if forward { next_to(w[0], w[1]) } else { next_to(w[1], w[0]) });
            steps.count() + 1
        };
        let length = run(true).max(run(false));
        if length < RUN_MIN {
            return false;
        }
        at += length;
        runs += 1;
    }
    runs > 0
}

/// Whether fewer than [`LEFT_MIN`] letters and digits are left when the words about the person are taken out.
fn is_personal(folded: &str, about: &[&str]) -> bool {
    let mut words: Vec<String> = about
        .iter()
        .flat_map(|text| {
            let local = text.split_once('@').map_or(*text, |(local, _)| local);
            let parts = text.split(|c: char| !c.is_alphanumeric());
            parts.chain([*text, local]).map(|part| fold(&part.nfkc().collect::<String>())).collect::<Vec<_>>()
        })
        .filter(|word| word.chars().count() >= 3)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    // A space in place of each word, so that what stood around it does not join into another.
    let left = words.iter().fold(folded.to_owned(), |left, word| left.replace(word.as_str(), " "));
    left != folded && left.chars().filter(|c| *c != ' ').count() < LEFT_MIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;

    fn judge(text: &str) -> Result<(), Weak> {
        check(&Secret::new(text), &["ana.lindholm@meridianortho.example", "Ana Lindholm", "Meridian Ortho"])
    }

    #[test]
    fn the_list_is_sorted_lower_case_and_a_few_hundred_long() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert!(words.len() > 300);
        assert!(words.iter().all(|word| !word.is_empty() && *word == fold(word)));
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn length_is_counted_in_characters_and_nothing_else_is_asked() {
        assert_eq!(judge("kepler mist"), Err(Weak::TooShort));
        assert_eq!(judge("kepler mists"), Ok(()));
        assert_eq!(judge("ключ под ковром"), Ok(()));
        assert_eq!(judge(&"é".repeat(11)), Err(Weak::TooShort));
        let long: String = "lorry anvil seven ".repeat(20).chars().take(256).collect();
        assert_eq!(judge(&long), Ok(()));
        assert_eq!(judge(&format!("{long}x")), Err(Weak::TooLong));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for text in [
            "Password2026!",
            "password123456",
            "P4ssw0rd!!!!",
            "p455w0rd2024",
            "passwordpassword",
            "iloveyouiloveyou",
            "123456789012",
            "210987654321",
            "qwertyuiop12345",
            "QWERTY-uiop-asdf",
            "abcdefghijkl",
            "aaaaaaaaaaaa",
            "ababababababab",
            "1234 1234 1234",
            "2026 Welcome 2026",
            "admin@123456789",
            "letmein-letmein",
            "Summer 2026 !!!",
        ] {
            assert_eq!(judge(text), Err(Weak::Common), "{text}");
        }
    }

    #[test]
    fn ordinary_words_in_unusual_company_are_fine() {
        for text in
            ["summer anvil 42", "dragon without coffee", "correct horse battery", "wv8!kTz0pQ-m", "x7 qwerty fog bell"]
        {
            assert_eq!(judge(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_about_its_owner() {
        for text in [
            "ana.lindholm2026",
            "AnaLindholm!!!",
            "lindholm-meridian",
            "meridianortho1234",
            "ana.lindholm@meridianortho.example",
        ] {
            assert_eq!(judge(text), Err(Weak::Personal), "{text}");
        }
        // The name "Ana" inside another word says nothing.
        assert_eq!(judge("banana split river"), Ok(()));
    }

    #[test]
    fn every_reason_says_what_to_do() {
        for weak in [Weak::TooShort, Weak::TooLong, Weak::Common, Weak::Personal] {
            assert!(weak.to_string().ends_with('.') && weak.code().starts_with("password_"));
        }
        assert!(Weak::TooShort.to_string().contains(&LENGTH_MIN.to_string()));
        assert!(Weak::TooLong.to_string().contains(&LENGTH_MAX.to_string()));
    }

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let password = Secret::new("a kettle of fish");
        let stored = hash(&password, &mut Counting(1)).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(!needs_rehash(&stored));
        assert!(verify(&password, Some(&stored)));
        assert!(!verify(&Secret::new("a kettle of fisH"), Some(&stored)));
        assert!(!verify(&Secret::new(""), Some(&stored)));
        assert_ne!(stored, hash(&password, &mut Counting(2)).unwrap());
    }

    #[test]
    fn the_same_letters_from_another_keyboard_are_the_same_password() {
        let stored = hash(&Secret::new("caf\u{e9} on the quay"), &mut Counting(1)).unwrap();
        assert!(verify(&Secret::new("cafe\u{301} on the quay"), Some(&stored)));
    }

    #[test]
    fn a_stranger_costs_as_much_as_a_colleague() {
        // The dummy must carry today's parameters, or the time would tell who exists.
        assert!(!needs_rehash(DUMMY));
        assert!(phc::PasswordHash::new(DUMMY).is_ok());
        let time = |stored: Option<&str>| {
            let begin = std::time::Instant::now();
            assert!(!verify(&Secret::new("not the password"), stored));
            begin.elapsed()
        };
        let stored = hash(&Secret::new("a kettle of fish"), &mut Counting(1)).unwrap();
        let known = (0..5).map(|_| time(Some(&stored))).min().unwrap();
        let unknown = (0..5).map(|_| time(None)).min().unwrap();
        let damaged = (0..5).map(|_| time(Some("not a hash"))).min().unwrap();
        assert!(unknown > known / 4 && unknown < known * 4, "{known:?} {unknown:?}");
        assert!(damaged > known / 4 && damaged < known * 4, "{known:?} {damaged:?}");
    }

    #[test]
    fn endless_text_is_no_password_but_costs_the_same() {
        let stored = hash(&Secret::new(""), &mut Counting(1)).unwrap();
        assert!(!verify(&Secret::new("x".repeat(10_000_000)), Some(&stored)));
    }

    #[test]
    fn older_parameters_are_noticed() {
        assert!(needs_rehash("$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$AAAA"));
        assert!(needs_rehash("$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAA"));
    }
}
