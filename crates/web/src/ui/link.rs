//! Addresses with a query: the state of a list is its address, so that it can be shared, kept and gone back to.

use std::fmt::{self, Display, Write as _};

/// A path and its query, in order. Changing one parameter gives another link and leaves the rest as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Link {
    /// A path without a query.
    pub fn new(path: impl Into<String>) -> Self {
        Link { path: path.into(), pairs: Vec::new() }
    }

    /// From a path and the raw query of a request (`a=1&b=2`). What cannot be decoded is kept as it stands.
    pub fn parse(path: impl Into<String>, query: Option<&str>) -> Self {
        let pairs = query.unwrap_or("").split('&').filter(|part| !part.is_empty()).map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        });
        Link { path: path.into(), pairs: pairs.collect() }
    }

    /// The path alone.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// All parameters in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The first value of a parameter.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// All values of a parameter.
    pub fn get_all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(name, _)| *name == key).map(|(_, value)| value)
    }

    /// With this one value for the parameter, in the place of its first. The position in the list is forgotten, because
    /// a cursor belongs to the filters and the order it was made under.
    pub fn with(&self, key: &str, value: impl Display) -> Self {
        let mut pairs = self.pairs.clone();
        pairs.retain(|(name, _)| name != "cursor");
        let value = value.to_string();
        match pairs.iter().position(|(name, _)| name == key) {
            Some(at) => {
                pairs[at].1 = value;
                let mut index = 0;
                pairs.retain(|(name, _)| {
                    index += 1;
                    name != key || index - 1 == at
                });
            }
            None => pairs.push((key.to_owned(), value)),
        }
        Link { path: self.path.clone(), pairs }
    }

    /// With one more value for the parameter, at the end.
    pub fn and(mut self, key: &str, value: impl Display) -> Self {
        self.pairs.push((key.to_owned(), value.to_string()));
        self
    }

    /// With these values for the parameter and no others, in the place of its first.
    pub fn with_all(&self, key: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        let at = self.pairs.iter().take_while(|(name, _)| name != key).filter(|(name, _)| name != "cursor").count();
        let mut link = self.without(key);
        let values: Vec<_> = values.into_iter().map(|value| (key.to_owned(), value.to_string())).collect();
        link.pairs.splice(at..at, values);
        link
    }

    /// With the parameter's values as one, with commas between them: what a form with several ticks sends.
    pub fn joined(&self, key: &str) -> Self {
        let values: Vec<&str> = self.get_all(key).collect();
        if values.len() < 2 {
            return self.clone();
        }
        let joined = values.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>().join(",");
        let cursor = self.get("cursor").map(str::to_owned);
        let link = self.with(key, joined);
        match cursor {
            Some(cursor) => link.page(cursor),
            None => link,
        }
    }

    /// The next page of the same list.
    pub fn page(&self, cursor: impl Display) -> Self {
        let mut link = self.without("cursor");
        link.pairs.push(("cursor".to_owned(), cursor.to_string()));
        link
    }

    /// Without the parameter.
    pub fn without(&self, key: &str) -> Self {
        let pairs = self.pairs.iter().filter(|(name, _)| name != key && name != "cursor").cloned().collect();
        Link { path: self.path.clone(), pairs }
    }

    /// Without any parameter but these.
    pub fn only(&self, keys: &[&str]) -> Self {
        let pairs = self.pairs.iter().filter(|(name, _)| keys.contains(&name.as_str())).cloned().collect();
        Link { path: self.path.clone(), pairs }
    }
}

impl Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for (index, (key, value)) in self.pairs.iter().enumerate() {
            f.write_char(if index == 0 { '?' } else { '&' })?;
            encode(key, f)?;
            f.write_char('=')?;
            encode(value, f)?;
        }
        Ok(())
    }
}

/// Percent-encodes for a query; commas, colons and slashes stay readable.
pub(super) fn encode(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b',' | b':' | b'/' | b'@' => {
                out.write_char(char::from(byte))?;
            }
            b' ' => out.write_char('+')?,
            _ => write!(out, "%{byte:02X}")?,
        }
    }
    Ok(())
}

pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |index: usize| bytes.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_reads_back_as_it_was_written() {
        let link =
            Link::new("/units").with("q", "cup 52 mm & more").with("status", "available,in_transfer").with("x", "ä=%");
        let text = link.to_string();
        let (path, query) = text.split_once('?').unwrap();
        assert_eq!(Link::parse(path, Some(query)), link);
        assert_eq!(text, "/units?q=cup+52+mm+%26+more&status=available,in_transfer&x=%C3%A4%3D%25");
    }

    #[test]
    fn changing_a_parameter_forgets_the_position_and_the_other_values() {
        let link = Link::parse("/units", Some("col=a&cursor=zz&col=b&sort=lot"));
        assert_eq!(link.with("col", "c").to_string(), "/units?col=c&sort=lot");
        assert_eq!(link.without("col").to_string(), "/units?sort=lot");
        assert_eq!(link.page("next").to_string(), "/units?col=a&col=b&sort=lot&cursor=next");
    }

    #[test]
    fn several_values_of_one_parameter_can_be_set_and_joined() {
        let link = Link::parse("/units", Some("q=a&state=&state=x&cursor=zz&state=y&col=b"));
        assert_eq!(link.joined("state").to_string(), "/units?q=a&state=x,y&col=b&cursor=zz");
        assert_eq!(link.joined("q"), link);
        assert_eq!(link.with_all("state", ["1", "2"]).to_string(), "/units?q=a&state=1&state=2&col=b");
        assert_eq!(link.with_all("new", ["1"]).to_string(), "/units?q=a&state=&state=x&state=y&col=b&new=1");
    }

    #[test]
    fn broken_escapes_are_kept() {
        let link = Link::parse("/", Some("a=%zz&b=100%&c=%ff"));
        assert_eq!(link.get("a"), Some("%zz"));
        assert_eq!(link.get("b"), Some("100%"));
        assert_eq!(link.get("c"), Some("%ff"));
    }
}
