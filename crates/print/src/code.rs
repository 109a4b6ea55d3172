//! Codes to be scanned off a screen: a QR code (ISO/IEC 18004) as SVG, with the quiet zone that scanners want.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Modules of white around the code.
const QUIET: usize = 4;

/// A text as a QR code in SVG, described by `label` to those who cannot see it; None when it is too long for one.
pub fn svg(text: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let (side, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (row, modules) in colors.chunks(side).enumerate() {
        let mut at = 0;
        while at < side {
            let run = modules[at..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", at + QUIET, row + QUIET);
            }
            at += run.max(1);
        }
    }
    let whole = side + 2 * QUIET;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/><path d=\"{path}\" \
         fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_square_and_says_what_it_is() {
        let code = svg("https://example.org/order/x", "Code for \"x\" <1>").unwrap();
        assert!(code.starts_with("<svg") && code.contains("aria-label=\"Code for &quot;x&quot; &lt;1>\""), "{code}");
        assert!(code.contains("viewBox=\"0 0 37 37\""), "{code}");
        assert!(svg(&"x".repeat(5_000), "too long").is_none());
    }
}
