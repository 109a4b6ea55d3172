//! The session cookie: how it is named, set, read and taken away, and where one may go after signing in.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The name under which browsers insist on TLS and on this host alone (RFC 6265bis, cookie name prefixes).
const SECURE_NAME: &str = "__Host-caseload";
/// The name on this very machine, where there is no TLS.
const PLAIN_NAME: &str = "caseload";

/// The host that the request was sent to, without its port.
fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Whether the browser talks to its own machine, where cookies that insist on TLS would be lost.
fn is_local(headers: &HeaderMap) -> bool {
    matches!(host(headers), "localhost" | "127.0.0.1" | "::1")
}

/// One cookie of a request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The session that a request carries.
pub fn presented(headers: &HeaderMap) -> Option<&str> {
    let name = if is_local(headers) { PLAIN_NAME } else { SECURE_NAME };
    cookie(headers, name).filter(|value| !value.is_empty())
}

fn set_cookie(text: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((header::SET_COOKIE, HeaderValue::from_str(text).ok()?))
}

/// Keeps the session in the browser: out of reach of scripts and of other sites' forms.
pub fn keep(headers: &HeaderMap, token: &str) -> Option<(HeaderName, HeaderValue)> {
    let age = auth::session::ABSOLUTE_SECONDS;
    let text = if is_local(headers) {
        format!("{PLAIN_NAME}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax")
    } else {
        format!("{SECURE_NAME}={token}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax")
    };
    set_cookie(&text)
}

/// Takes the session out of the browser.
pub fn forget(headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    if is_local(headers) {
        set_cookie(&format!("{PLAIN_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"))
    } else {
        set_cookie(&format!("{SECURE_NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"))
    }
}

/// A message for the next page, in a cookie that lives a minute.
pub fn tell(flash: &crate::ui::Flash) -> Option<(HeaderName, HeaderValue)> {
    let name = crate::ui::Flash::COOKIE;
    set_cookie(&format!("{name}={}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", flash.to_cookie()))
}

/// The message was shown.
pub fn told() -> (HeaderName, HeaderValue) {
    (header::SET_COOKIE, HeaderValue::from_static("flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"))
}

/// An address to go to, if it is a page of this server; otherwise the first page.
pub fn here(path: &str) -> &str {
    let stays = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    let clean = path.bytes().all(|byte| byte > 0x20 && byte != 0x7f);
    let loops = path.starts_with("/sign-in") || path.starts_with("/logout");
    if stays && clean && !loops { path } else { "/" }
}

/// The path of the page before, where it is one of this server's.
pub fn came_from(headers: &HeaderMap) -> Option<&str> {
    let url = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = url.split_once("://")?;
    let at = rest.find('/')?;
    let same = headers.get(header::HOST).and_then(|value| value.to_str().ok()) == Some(&rest[..at]);
    same.then(|| here(&rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_cookie_insists_on_tls_except_on_this_machine() {
        let outside = asked(&[("host", "caseload.example")]);
        let text = keep(&outside, "abc").unwrap().1;
        let text = text.to_str().unwrap();
        assert!(text.starts_with("__Host-caseload=abc;") && text.contains("; Secure") && text.contains("HttpOnly"));
        for local in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            let text = keep(&asked(&[("host", local)]), "abc").unwrap().1;
            let text = text.to_str().unwrap();
            assert!(text.starts_with("caseload=abc;") && !text.contains("Secure"), "{local}: {text}");
        }
    }

    #[test]
    fn the_plain_cookie_is_worth_nothing_elsewhere() {
        assert_eq!(presented(&asked(&[("host", "caseload.example"), ("cookie", "caseload=abc")])), None);
        assert_eq!(presented(&asked(&[("host", "caseload.example"), ("cookie", "a=b; __Host-caseload=x")])), Some("x"));
        assert_eq!(presented(&asked(&[("host", "localhost:1"), ("cookie", "caseload=abc")])), Some("abc"));
    }

    #[test]
    fn one_never_leaves_this_server() {
        assert_eq!(here("/units?q=a"), "/units?q=a");
        for bad in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb", "/sign-in?next=/", "a"]
        {
            assert_eq!(here(bad), "/", "{bad}");
        }
        let foreign = asked(&[("host", "a.example"), ("referer", "https://b.example/x")]);
        assert_eq!(came_from(&foreign), None);
        let own = asked(&[("host", "a.example"), ("referer", "https://a.example/x?y=1")]);
        assert_eq!(came_from(&own), Some("/x?y=1"));
    }
}
