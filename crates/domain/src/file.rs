//! Files that people attach: how they may be called, and what they are by their first bytes.
//!
//! A name is for people alone. Contents are found by their digest, so a name that tries to lead somewhere leads nowhere; it is
//! cleaned all the same, because it becomes a file name again on somebody's computer.

use crate::words::words;

words! {
    /// What a file of an event is.
    pub enum FileKind {
        /// The sticker of a patient's chart: who was operated on.
        PatientSticker = "patient_sticker", "Patient sticker";
        /// Labels of what was used.
        DeviceLabel = "device_label", "Device labels";
        /// The hospital's purchase order.
        PurchaseOrder = "purchase_order", "Purchase order";
        /// Any other picture.
        Photo = "photo", "Photo";
        /// Anything else.
        Other = "other", "Other file";
    }
}

impl FileKind {
    /// A patient can be told from it, whatever else is said of it.
    pub const fn shows_patient(self) -> bool {
        matches!(self, Self::PatientSticker)
    }

    /// Whether a file of this media type can be one: what is photographed is a picture, or a scan as PDF.
    pub fn takes(self, media_type: &str) -> bool {
        match self {
            Self::Other => true,
            Self::Photo => is_picture(media_type),
            _ => is_picture(media_type) || media_type == "application/pdf",
        }
    }
}

/// Whether a media type is a picture that can be shown.
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// The name under which a file that shows a patient is kept: what it is called on a phone or in a hospital may name the patient.
pub fn neutral_name(kind: FileKind, media_type: &str) -> String {
    let ending = match media_type {
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        kind if is_picture(kind) => "jpg",
        _ => "bin",
    };
    format!("{}.{ending}", kind.label())
}

/// Longest name, in characters.
pub const NAME_MAX: usize = 120;

/// A name without what could lead to another folder, hide, or break a header: the last part of a path, without control
/// characters, leading dots and characters that file systems refuse. Never empty.
pub fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|it| !it.is_control() && !is_hidden(*it))
        .map(|it| if matches!(it, '<' | '>' | ':' | '"' | '|' | '?' | '*' | ';' | '%') { '_' } else { it })
        .collect();
    let plain = plain.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    if plain.is_empty() {
        return "file".to_owned();
    }
    let length = plain.chars().count();
    if length <= NAME_MAX {
        return plain.to_owned();
    }
    // The ending says what it is, so it stays.
    let ending = plain.rsplit_once('.').map(|(_, ending)| ending).filter(|it| it.len() <= 8).unwrap_or_default();
    let kept: String = plain.chars().take(NAME_MAX - ending.len() - 1).collect();
    if ending.is_empty() { kept } else { format!("{kept}.{ending}") }
}

/// Characters that turn the direction of writing or are not seen.
const fn is_hidden(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What a file is, by its first bytes; its name is not believed.
pub fn media_type(bytes: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 6] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"PK\x03\x04", "application/zip"),
    ];
    if let Some((_, kind)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return kind;
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return "image/webp";
    }
    let text = std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'));
    if text { "text/plain" } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_leads_nowhere() {
        for (given, clean) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
            ("/etc/shadow", "shadow"),
            ("....//", "file"),
            ("..", "file"),
            ("", "file"),
            ("contract\r\nSet-Cookie: a=b.pdf", "contractSet-Cookie_ a=b.pdf"),
            ("a\"; filename=\"b.html", "a__ filename=_b.html"),
            (".htaccess", "htaccess"),
            ("report\u{202e}fdp.exe", "reportfdp.exe"),
            ("Vertrag Müller 2026.pdf", "Vertrag Müller 2026.pdf"),
            ("%2e%2e%2fpasswd", "_2e_2e_2fpasswd"),
        ] {
            assert_eq!(clean_name(given), clean, "{given}");
        }
        let long = clean_name(&format!("{}.pdf", "x".repeat(300)));
        assert!(long.ends_with(".pdf") && long.chars().count() <= NAME_MAX, "{long}");
    }

    #[test]
    fn what_a_file_is_does_not_depend_on_its_name() {
        assert_eq!(media_type(b"%PDF-1.7 ..."), "application/pdf");
        assert_eq!(media_type(b"<html><script>"), "text/plain", "never a page");
        assert_eq!(media_type(&[0, 1, 2]), "application/octet-stream");
        assert_eq!(media_type(b"RIFF0000WEBPVP8 "), "image/webp");
    }

    #[test]
    fn what_is_photographed_is_a_picture_or_a_scan() {
        for kind in [FileKind::PatientSticker, FileKind::DeviceLabel, FileKind::PurchaseOrder] {
            assert!(kind.takes("image/jpeg") && kind.takes("application/pdf") && !kind.takes("text/plain"), "{kind}");
        }
        assert!(!FileKind::Photo.takes("application/pdf") && FileKind::Other.takes("application/zip"));
    }

    #[test]
    fn a_sticker_does_not_keep_the_name_that_it_had() {
        assert!(FileKind::ALL.iter().all(|kind| kind.shows_patient() == (*kind == FileKind::PatientSticker)));
        assert_eq!(neutral_name(FileKind::PatientSticker, "image/jpeg"), "Patient sticker.jpg");
        assert_eq!(neutral_name(FileKind::Other, "application/pdf"), "Other file.pdf");
    }

    proptest! {
        #[test]
        fn no_name_holds_a_way_out(given in "\\PC{0,200}|[./\\\\%a\\r\\n\"]{0,60}") {
            let name = clean_name(&given);
            prop_assert!(!name.is_empty() && name.chars().count() <= NAME_MAX);
            prop_assert!(!name.contains(['/', '\\', '"', '\r', '\n', '\0', ';']));
            prop_assert!(!name.starts_with('.'));
            prop_assert_eq!(clean_name(&name), name);
        }
    }
}
