//! Everything the browser fetches besides pages: styles, scripts, fonts, icons, the barcode reader.
//!
//! The build names each file by the hash of its content, so that an address never changes its meaning and a browser may
//! keep it for ever; compressed forms are made once, at build time.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// The policy under which every page works: nothing inline, nothing foreign. WebAssembly is for the barcode reader.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// How long a browser may keep an asset: a year, without asking again.
const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

struct Asset {
    name: &'static str,
    url: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gz: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of an asset, such as `/assets/app-1f2e3d4c5b6a.css` for `app.css`.
///
/// # Panics
/// When no such asset is embedded; names are literals in the code, and a test asks for each.
pub fn asset(name: &str) -> &'static str {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => asset.url,
        None => panic!("there is no asset named {name}"),
    }
}

/// Where the worker is.
const WORKER: &str = "/worker.js";

/// Where the manifest is, by which a phone takes the console onto its home screen (W3C Web Application Manifest).
pub const MANIFEST: &str = "/app.webmanifest";

/// Serves `/assets/{file}`, the worker and the manifest.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve)).route(WORKER, get(worker)).route(MANIFEST, get(manifest))
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let found = ASSETS.iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(file.as_str()));
    found.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |asset| answer(asset, CACHE_CONTROL, &headers))
}

/// The worker that keeps copies of pages stands at the root, because it answers for every address below its own; browsers ask for
/// it anew each time.
async fn worker(headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == "worker.js") {
        Some(asset) => answer(asset, "no-cache", &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn manifest() -> Response {
    let icon = format!(r#"{{"src":"{}","type":"image/svg+xml","sizes":"any"}}"#, asset("favicon.svg"));
    let text = format!(
        r##"{{"name":"Caseload","short_name":"Caseload","start_url":"/","display":"standalone","background_color":"#f5f7f9","theme_color":"#f5f7f9","icons":[{icon}]}}"##
    );
    ([(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

fn answer(asset: &'static Asset, keep: &'static str, headers: &HeaderMap) -> Response {
    let (encoding, body) = choose(asset, headers);
    let mut response = body.into_response();
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, asset.content_type);
    set(header::CACHE_CONTROL, keep);
    set(header::VARY, "accept-encoding");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

fn choose(asset: &'static Asset, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let accepts = |wanted: &str| {
        accepted.split(',').any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            pieces.next() == Some(wanted) && !pieces.any(|piece| matches!(piece, "q=0" | "q=0.0"))
        })
    };
    match asset {
        Asset { br: Some(bytes), .. } if accepts("br") => (Some("br"), bytes),
        Asset { gz: Some(bytes), .. } if accepts("gzip") => (Some("gzip"), bytes),
        _ => (None, asset.plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    fn named(name: &str) -> &'static Asset {
        ASSETS.iter().find(|asset| asset.name == name).unwrap()
    }

    #[test]
    fn an_address_carries_the_hash_of_the_content() {
        let url = asset("app.css");
        let hash = url.strip_prefix("/assets/app-").and_then(|rest| rest.strip_suffix(".css")).unwrap();
        assert_eq!(hash.len(), 12);
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn references_between_assets_are_resolved() {
        for name in ["app.css", "app.js", "offline.js", "scan.js", "worker.js"] {
            let text = std::str::from_utf8(named(name).plain).unwrap();
            assert!(!text.contains("asset:"), "{name} still holds a reference");
        }
        assert!(std::str::from_utf8(named("app.css").plain).unwrap().contains(asset("inter-latin.woff2")));
    }

    #[test]
    fn the_best_encoding_that_is_accepted_is_chosen() {
        let css = named("app.css");
        assert_eq!(choose(css, &accept("gzip, deflate, br")).0, Some("br"));
        assert_eq!(choose(css, &accept("gzip, br;q=0")).0, Some("gzip"));
        assert_eq!(choose(css, &accept("identity")).0, None);
        assert_eq!(choose(named("inter-latin.woff2"), &accept("br")).0, None, "fonts are compressed already");
    }

    #[test]
    fn styles_and_scripts_stay_small() {
        let weight = |name: &str| named(name).gz.unwrap().len();
        // Of the 100 KB that a page may weigh, with its fonts and scripts.
        assert!(weight("app.css") < 15_000, "app.css weighs {}", weight("app.css"));
        assert!(weight("scan.css") < 2_000, "scan.css weighs {}", weight("scan.css"));
        assert!(weight("app.js") < 12_000, "app.js weighs {}", weight("app.js"));
        assert!(weight("offline.js") < 5_000, "offline.js weighs {}", weight("offline.js"));
        assert!(weight("lists.js") < 6_000, "lists.js weighs {}", weight("lists.js"));
        assert!(weight("scan.js") < 6_000, "scan.js weighs {}", weight("scan.js"));
    }

    #[test]
    fn scripts_and_styles_of_ours_need_no_inline_anything() {
        let script = std::str::from_utf8(named("app.js").plain).unwrap();
        assert!(!script.contains("setAttribute(\"style\"") && !script.contains("eval("));
    }

    #[tokio::test]
    async fn an_asset_may_be_kept_for_ever_and_an_old_one_is_gone() {
        let file = asset("app.js").strip_prefix("/assets/").unwrap().to_owned();
        let answer = serve(Path(file), accept("br")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], CACHE_CONTROL);
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
        let answer = serve(Path("app-000000000000.js".to_owned()), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
