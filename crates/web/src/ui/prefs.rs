//! How a person likes the console: theme, density, rail. Kept in a cookie that only the look depends on.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

/// Light, dark, or as the device says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How high a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    /// 30 px.
    Compact,
    /// 36 px.
    #[default]
    Normal,
    /// 44 px.
    Comfortable,
}

/// The look of the console for one person on one device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefs {
    /// Light or dark.
    pub theme: Theme,
    /// Height of rows.
    pub density: Density,
    /// The rail shows icons only.
    pub folded: bool,
}

impl Prefs {
    /// The cookie's name. Its value is `theme.density.rail`, such as `dark.compact.open`.
    pub const COOKIE: &'static str = "prefs";

    /// From the cookies of a request; whatever is missing or unknown is the default.
    pub fn of(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let found = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == Self::COOKIE);
        found.map(|(_, value)| Self::parse(value)).unwrap_or_default()
    }

    fn parse(value: &str) -> Self {
        value.split('.').fold(Prefs::default(), |prefs, word| prefs.set(word))
    }

    fn set(self, word: &str) -> Self {
        match word {
            "auto" => Prefs { theme: Theme::Auto, ..self },
            "light" => Prefs { theme: Theme::Light, ..self },
            "dark" => Prefs { theme: Theme::Dark, ..self },
            "compact" => Prefs { density: Density::Compact, ..self },
            "normal" => Prefs { density: Density::Normal, ..self },
            "comfortable" => Prefs { density: Density::Comfortable, ..self },
            "folded" => Prefs { folded: true, ..self },
            "open" => Prefs { folded: false, ..self },
            _ => self,
        }
    }

    /// The word for the page's `data-theme`, none for the device's choice.
    pub fn theme_word(self) -> Option<&'static str> {
        match self.theme {
            Theme::Auto => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }

    /// The word for the page's `data-density`.
    pub fn density_word(self) -> &'static str {
        match self.density {
            Density::Compact => "compact",
            Density::Normal => "normal",
            Density::Comfortable => "comfortable",
        }
    }

    fn cookie(self) -> String {
        let theme = self.theme_word().unwrap_or("auto");
        let rail = if self.folded { "folded" } else { "open" };
        format!("{}={theme}.{}.{rail}; Path=/; Max-Age=31536000; SameSite=Lax", Self::COOKIE, self.density_word())
    }
}

/// `POST /prefs` with `set=dark` (or another word): keeps the choice and goes back to the page. It changes nothing but the
/// look on this device, so it needs no session.
pub fn prefs_routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/prefs", post(save))
}

async fn save(headers: HeaderMap, body: String) -> Response {
    let words = body.split('&').filter_map(|pair| pair.strip_prefix("set="));
    let prefs = words.fold(Prefs::of(&headers), Prefs::set);
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(&prefs.cookie()) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    let back = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).and_then(path_of).unwrap_or("/");
    if let Ok(value) = HeaderValue::from_str(back) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// The path of an address, so that going back never leaves this server.
fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    (!path.starts_with("//") && !path.starts_with("/\\")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_reads_back() {
        let prefs = Prefs { theme: Theme::Dark, density: Density::Compact, folded: true };
        let pair = prefs.cookie().split(';').next().unwrap().to_owned();
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("a=b; {pair}; c=d")).unwrap())]);
        assert_eq!(Prefs::of(&headers), prefs);
    }

    #[test]
    fn going_back_stays_on_this_server() {
        assert_eq!(path_of("https://caseload.example/units?q=a"), Some("/units?q=a"));
        assert_eq!(path_of("https://caseload.example//evil.example/"), None);
        assert_eq!(path_of("javascript:alert(1)"), None);
    }
}
