//! Secrets that a machine or a link carries: API tokens, session cookies, invitation and reset links, calendar feeds.
//!
//! A secret is 256 random bits in URL-safe letters behind a prefix that tells its kind, so that a leaked one is recognised
//! by people and scanners. Only its SHA-256 digest is stored; that is enough, because 256 bits cannot be guessed.
//! The digest covers the prefix: a secret of one kind never passes for another.

use crate::Random;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Random bytes in a secret.
const BYTES: usize = 32;
/// Letters that carry them: 32 bytes in base64 without padding.
const LETTERS: usize = 43;

/// Text that must not be seen: a password as typed, a token. Printing it for debugging shows nothing; it cannot be
/// compared with `==`; its memory is wiped when it goes.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes text over as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Only for the moment in which it is shown to its owner, hashed or sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a secret opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// The API, as the person who made it: `cl_…`.
    ApiToken,
    /// A signed-in browser: `cls_…`.
    Session,
    /// An invitation to claim an account: `cli_…`.
    Invite,
    /// A link to choose a new password: `clr_…`.
    Reset,
    /// A calendar feed, read only: `clf_…`.
    Feed,
    /// One document for somebody without an account: `clg_…`.
    Guest,
    /// One sales order, to be answered with a purchase order, or another paper of an event: `clo_…`.
    Order,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::ApiToken, Self::Session, Self::Invite, Self::Reset, Self::Feed, Self::Guest, Self::Order];

    /// How a secret of this kind begins.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiToken => "cl_",
            Self::Session => "cls_",
            Self::Invite => "cli_",
            Self::Reset => "clr_",
            Self::Feed => "clf_",
            Self::Guest => "clg_",
            Self::Order => "clo_",
        }
    }

    /// How long one lives after it was made, in seconds. A session has rules of its own ([`crate::session`]); a feed lives
    /// until it is revoked, as a calendar program cannot ask for a new one.
    pub const fn lifetime_seconds(self) -> Option<i64> {
        const DAY: i64 = 86_400;
        match self {
            Self::ApiToken => Some(90 * DAY),
            Self::Invite => Some(7 * DAY),
            Self::Reset => Some(3_600),
            Self::Guest => Some(14 * DAY),
            Self::Order => Some(60 * DAY),
            Self::Session | Self::Feed => None,
        }
    }

    /// The moment at which one made at `now` ends, in microseconds.
    pub fn expires_at(self, now: i64) -> Option<i64> {
        self.lifetime_seconds().map(|seconds| now.saturating_add(seconds * crate::SECOND))
    }

    /// A new secret and the digest to store for it.
    pub fn generate(self, random: &mut impl Random) -> (Secret, Digest) {
        let mut bytes = [0; BYTES];
        random.fill(&mut bytes);
        let mut text = String::with_capacity(self.prefix().len() + LETTERS);
        text.push_str(self.prefix());
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        bytes.zeroize();
        let digest = Digest::of(&text);
        (Secret(text), digest)
    }

    /// The digest to look up for presented text. `None` when the text cannot be a secret of this kind, so that nonsense
    /// costs neither a hash nor a query.
    pub fn digest(self, presented: &str) -> Option<Digest> {
        let letters = presented.strip_prefix(self.prefix())?;
        let plausible = letters.len() == LETTERS
            && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plausible.then(|| Digest::of(presented))
    }
}

/// What is stored of a secret: its SHA-256 (FIPS 180-4).
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of any text.
    pub fn of(text: &str) -> Self {
        Self(sha2::Sha256::digest(text.as_bytes()).into())
    }

    /// From storage.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storage.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in a time that tells nothing about where they differ.
    pub fn matches(&self, stored: &[u8; 32]) -> bool {
        self.0.ct_eq(stored).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;
    use std::collections::HashSet;

    #[test]
    fn a_secret_is_recognisable_url_safe_and_found_by_its_digest() {
        for kind in Kind::ALL {
            let (secret, digest) = kind.generate(&mut Counting(200));
            let text = secret.expose();
            assert!(text.starts_with(kind.prefix()));
            assert_eq!(text.len(), kind.prefix().len() + 43);
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
            assert!(kind.digest(text).unwrap().matches(digest.as_bytes()));
        }
    }

    #[test]
    fn all_256_bits_count() {
        let mut random = Counting(0);
        let made: HashSet<String> =
            (0..8).map(|_| Kind::ApiToken.generate(&mut random).0.expose().to_owned()).collect();
        assert_eq!(made.len(), 8);
        let (secret, _) = Kind::ApiToken.generate(&mut Counting(0));
        let bytes = URL_SAFE_NO_PAD.decode(&secret.expose()[3..]).unwrap();
        assert_eq!(bytes, (0..32).collect::<Vec<u8>>());
    }

    #[test]
    fn the_digest_is_plain_sha_256() {
        // The test vector "abc" of FIPS 180-4.
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03,
            0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
        ];
        assert!(Digest::of("abc").matches(&expected));
        let mut other = expected;
        other[31] ^= 1;
        assert!(!Digest::of("abc").matches(&other));
    }

    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        for kind in Kind::ALL {
            let (secret, _) = kind.generate(&mut Counting(7));
            for other in Kind::ALL {
                assert_eq!(other.digest(secret.expose()).is_some(), kind == other, "{kind:?} as {other:?}");
            }
        }
    }

    #[test]
    fn nonsense_is_refused_without_a_look_up() {
        let letters = "A".repeat(43);
        assert!(Kind::ApiToken.digest(&format!("cl_{letters}")).is_some());
        for text in ["", "cl_", "cl_short", &letters, &format!("cl_{letters}A"), &format!("cl_{}=", &letters[1..])] {
            assert!(Kind::ApiToken.digest(text).is_none(), "{text}");
        }
        assert!(Kind::ApiToken.digest(&format!("cl_{}é", &letters[2..])).is_none());
    }

    #[test]
    fn debugging_shows_nothing() {
        let (secret, digest) = Kind::Session.generate(&mut Counting(1));
        assert_eq!(format!("{secret:?} {digest:?} {:?}", Secret::new("hunter2")), "Secret Digest Secret");
    }

    #[test]
    fn links_end() {
        assert_eq!(Kind::Reset.expires_at(5), Some(3_600_000_005));
        assert_eq!(Kind::Invite.expires_at(0), Some(7 * 86_400 * 1_000_000));
        assert_eq!(Kind::Feed.expires_at(0), None);
        assert_eq!(Kind::ApiToken.expires_at(i64::MAX), Some(i64::MAX));
    }
}
