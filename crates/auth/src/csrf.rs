//! The hidden value in every form that proves that the form came from our own page.
//!
//! It is derived from the session's secret, which the browser sends in a cookie that scripts and other sites cannot read;
//! so nothing is stored, and it dies with the session.

use crate::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Keeps this use of the session secret apart from any other.
const PURPOSE: &[u8] = b"caseload form v1";

/// The value to put into the forms of a session: HMAC-SHA-256 (RFC 2104) under its secret, in URL-safe letters.
pub fn token(session: &Secret) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(PURPOSE);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether a form carries the value of this session; takes the same time wherever they differ.
pub fn verify(session: &Secret, presented: &str) -> bool {
    token(session).as_bytes().ct_eq(presented.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::random::tests::Counting;

    #[test]
    fn a_form_belongs_to_one_session() {
        let (one, _) = Kind::Session.generate(&mut Counting(1));
        let (two, _) = Kind::Session.generate(&mut Counting(2));
        let value = token(&one);
        assert!(verify(&one, &value));
        assert!(!verify(&two, &value));
        assert!(!verify(&one, ""));
        assert!(!verify(&one, &value[1..]));
        assert!(!verify(&one, one.expose()));
        let mut forged = value.clone().into_bytes();
        forged[10] = if forged[10] == b'A' { b'B' } else { b'A' };
        assert!(!verify(&one, std::str::from_utf8(&forged).unwrap()));
    }

    #[test]
    fn the_value_does_not_give_the_secret_away() {
        let (session, _) = Kind::Session.generate(&mut Counting(1));
        let value = token(&session);
        assert_eq!(value.len(), 43);
        assert!(!session.expose().contains(&value));
    }
}
