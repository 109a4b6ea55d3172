//! Sealing what is kept: AES-256-GCM (NIST SP 800-38D) with a key from a file that is not in the database, so that a copy of
//! the database alone shows nothing of it.
//!
//! What is sealed is bound to its place: whoever swaps two sealed contents in the database opens neither.

use crate::Random;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroize;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// A key. Printing it for debugging shows nothing.
#[derive(Clone)]
pub struct Key(Arc<LessSafeKey>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The key file holds something else than a key.
    #[error("the key file must hold 32 random bytes, or 64 hexadecimal digits; make one with: openssl rand -hex 32")]
    NoKey,
    /// Another key, another place, or changed bytes.
    #[error("the content cannot be opened with this key")]
    CannotOpen,
}

impl Key {
    /// From what stands in a key file: 32 bytes, or 64 hexadecimal digits.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn of_file(content: &[u8]) -> Result<Self, SealError> {
        let mut bytes = [0_u8; KEY_BYTES];
        let text = std::str::from_utf8(content).map(str::trim).unwrap_or_default();
        if text.len() == 2 * KEY_BYTES && text.bytes().all(|it| it.is_ascii_hexdigit()) {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| SealError::NoKey)?;
            }
        } else if content.len() == KEY_BYTES {
            bytes.copy_from_slice(content);
        } else {
            return Err(SealError::NoKey);
        }
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealError::NoKey);
        bytes.zeroize();
        Ok(Self(Arc::new(LessSafeKey::new(key?))))
    }

    /// Seals bytes for a place: a fresh nonce, the sealed bytes, the tag.
    ///
    /// # Errors
    /// When there is too much of it.
    pub fn seal(&self, place: &[u8], plain: &[u8], random: &mut impl Random) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0_u8; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed)
            .map_err(|_| SealError::CannotOpen)?;
        let mut all = nonce.to_vec();
        all.append(&mut sealed);
        Ok(all)
    }

    /// Opens what was sealed for a place.
    ///
    /// # Errors
    /// With another key, for another place, or when a bit differs.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::CannotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::CannotOpen)?;
        let mut rest = rest.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(place), &mut rest).map_err(|_| SealError::CannotOpen)?;
        Ok(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_alone() {
        let key = Key::of_file(&[7; 32]).unwrap();
        let sealed = key.seal(b"a", b"scan of a contract", &mut SystemRandom).unwrap();
        assert!(!sealed.windows(8).any(|it| it == b"contract"));
        assert_eq!(key.open(b"a", &sealed).unwrap(), b"scan of a contract");
        assert_eq!(key.open(b"b", &sealed), Err(SealError::CannotOpen));
        assert_eq!(Key::of_file(&[8; 32]).unwrap().open(b"a", &sealed), Err(SealError::CannotOpen));
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert_eq!(key.open(b"a", &changed), Err(SealError::CannotOpen));
        assert_eq!(key.open(b"a", &sealed[..5]), Err(SealError::CannotOpen));
        assert_ne!(
            sealed,
            key.seal(b"a", b"scan of a contract", &mut SystemRandom).unwrap(),
            "a fresh nonce each time"
        );
    }

    #[test]
    fn a_key_is_read_from_digits_or_bytes() {
        let digits = "07".repeat(32);
        let (one, two) = (Key::of_file(&[7; 32]).unwrap(), Key::of_file(format!("{digits}\n").as_bytes()).unwrap());
        let sealed = one.seal(b"x", b"y", &mut SystemRandom).unwrap();
        assert_eq!(two.open(b"x", &sealed).unwrap(), b"y");
        assert_eq!(Key::of_file(b"too short").unwrap_err(), SealError::NoKey);
        assert_eq!(format!("{one:?}"), "Key");
    }
}
