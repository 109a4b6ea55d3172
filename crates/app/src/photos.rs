//! Photos of labels: every code in one is read here, and answered as if it had been scanned. The photo is not kept.
//!
//! The work is done beside what drives the requests, by few at a time, each for a bounded time; whoever finds all places taken
//! for too long is told to come again.

use crate::unit_lists::{own_label, scan};
use crate::{App, Ctx, Error, Result, labels};
use contract::units::{LabelWarning, PhotoLabel, Scan, ScannedPhoto};
use domain::{file, limits};
use std::time::Duration;
use store::Tx;
use tokio::sync::Semaphore;

/// Photos that are searched at one moment: one core stays with the requests.
static SEARCHING: Semaphore = Semaphore::const_new(1);
/// How long a photo waits for its turn, in seconds.
const PATIENCE: u64 = 12;
/// After how many seconds whoever waited in vain may try again.
const AGAIN: u32 = 5;

impl App {
    /// Reads a photo of labels and looks for what they may belong to.
    pub async fn scan_photo(&self, ctx: &Ctx, bytes: Vec<u8>) -> Result<ScannedPhoto> {
        let codes = searched(bytes).await?;
        self.read(ctx, move |ctx, tx| answered(ctx, tx, codes)).await
    }

    /// The labels in a photo, each as one code such as a hand scanner sends it: for the scanner, which looks each one up.
    pub async fn photo_codes(&self, ctx: &Ctx, bytes: Vec<u8>) -> Result<Vec<String>> {
        let (labels, refused) = sorted(ctx, searched(bytes).await?);
        if labels.is_empty() {
            return Err(nothing(refused));
        }
        Ok(labels.iter().flat_map(|label| as_one(label)).collect())
    }
}

/// Every code of a photo as a reader would send it.
async fn searched(bytes: Vec<u8>) -> Result<Vec<String>> {
    if bytes.is_empty() {
        return Err(Error::field("photo", "required", "Take a photo of a label first."));
    }
    if bytes.len() > limits::FILE_BYTES {
        return Err(Error::TooLarge(format!("A photo is at most {} MB.", limits::FILE_BYTES >> 20)));
    }
    if !file::is_picture(file::media_type(&bytes)) {
        return Err(Error::field("photo", "not_a_picture", "This is no picture. Take a JPEG, PNG, WebP or GIF."));
    }
    let wait = Duration::from_secs(PATIENCE);
    let place = tokio::time::timeout(wait, SEARCHING.acquire()).await.map_err(|_| Error::TooMany(AGAIN))?;
    let place = place.map_err(|error| Error::Internal(error.to_string()))?;
    let photo = crate::files::unpacking("photo", move || print::photo::open(&bytes)).await?;
    // The place is given back when the work is done, even if whoever asked has gone by then.
    let search = move || {
        let found = print::photo::codes(photo);
        drop(place);
        found
    };
    let found = crate::session::beside(search).await?;
    Ok(found.into_iter().map(|code| code.text).collect())
}

/// Why there is no label in a photo.
fn nothing(refused: Vec<Error>) -> Error {
    refused.into_iter().next().unwrap_or_else(|| {
        Error::field(
            "photo",
            "no_code_found",
            "No code was found in the photo. Take it closer and straight, with light from the side.",
        )
    })
}

/// The symbols of each label, and why others are none.
///
/// A photo shows what lies beside a label too, so symbols become one label only where there is no doubt: the one that names an
/// item with those that name none. Text that is no label by itself is left out: beside a device it may be a patient's number.
fn sorted(ctx: &Ctx, codes: Vec<String>) -> (Vec<Vec<String>>, Vec<Error>) {
    let (own, others): (Vec<String>, Vec<String>) = codes.into_iter().partition(|code| own_label(code).is_some());
    let mut found: Vec<Vec<String>> = own.into_iter().map(|code| vec![code]).collect();
    let (mut named, mut halves, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for code in others {
        match labels::read(ctx, "photo", &[code.as_str()]) {
            Ok(parsed) if parsed.di.is_some() => named.push((code, parsed)),
            Ok(_) => halves.push(code),
            Err(error) => refused.push(error),
        }
    }
    // The article number of a box says nothing that its whole code does not say.
    let whole = |parsed: &udi::Parsed| parsed.lot.is_some() || parsed.serial.is_some();
    let said: Vec<Option<String>> =
        named.iter().filter(|(_, parsed)| whole(parsed)).map(|(_, parsed)| parsed.di.clone()).collect();
    named.retain(|(_, parsed)| whole(parsed) || !said.contains(&parsed.di));
    let joined = |first: &[String]| [first, halves.as_slice()].concat();
    let mut labels: Vec<Vec<String>> = named.into_iter().map(|(code, _)| vec![code]).collect();
    if labels.len() <= 1 {
        let all = joined(labels.first().map_or(&[][..], Vec::as_slice));
        if !all.is_empty() && all.len() <= limits::BARCODES_PER_SCAN && is_one(ctx, &all) {
            found.push(all);
            return (found, refused);
        }
    }
    labels.extend(halves.into_iter().map(|code| vec![code]));
    found.extend(labels);
    (found, refused)
}

/// Whether symbols say one thing together.
fn is_one(ctx: &Ctx, symbols: &[String]) -> bool {
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let doubts = [udi::code::REPEATED_FIELD, udi::code::CONFLICTING_DATES, udi::code::SECOND_IDENTIFIER];
    labels::read(ctx, "photo", &symbols).is_ok_and(|parsed| !doubts.iter().any(|code| parsed.has_warning(code)))
}

/// A label as one code; as several where its symbols are not all of GS1.
fn as_one(symbols: &[String]) -> Vec<String> {
    const CARRIERS: [&str; 3] = ["]C1", "]d2", "]Q3"];
    let parts: Option<Vec<&str>> =
        symbols.iter().map(|code| CARRIERS.iter().find_map(|carrier| code.strip_prefix(carrier))).collect();
    match parts {
        Some(parts) if parts.len() > 1 => vec![format!("]C1{}", parts.join("\u{1d}"))],
        _ => symbols.to_vec(),
    }
}

fn answered(ctx: &Ctx, tx: &mut Tx, codes: Vec<String>) -> Result<ScannedPhoto> {
    let (labels, mut refused) = sorted(ctx, codes);
    let mut found = Vec::with_capacity(labels.len());
    for barcodes in labels {
        match scan(ctx, tx, &Scan { barcode: None, barcodes: Some(barcodes.clone()) }) {
            Ok(scanned) => found.push(PhotoLabel { barcodes, scanned }),
            Err(error @ Error::Invalid { .. }) => refused.push(error),
            Err(error) => return Err(error),
        }
    }
    if found.is_empty() {
        return Err(nothing(refused));
    }
    let told = |error: Error| match error {
        Error::Invalid { code, message, .. } => Some(LabelWarning { code: code.to_owned(), message }),
        _ => None,
    };
    let mut refused: Vec<LabelWarning> = refused.into_iter().filter_map(told).collect();
    refused.dedup_by(|one, other| one.code == other.code && one.message == other.message);
    Ok(ScannedPhoto { labels: found, refused })
}

#[cfg(test)]
mod tests {
    use super::as_one;

    #[test]
    fn the_halves_of_a_label_become_one_code() {
        let owned = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
        let halves = owned(&["]C10109506000134352", "]C11728043010L1"]);
        assert_eq!(as_one(&halves), ["]C10109506000134352\u{1d}1728043010L1"]);
        let hibc = owned(&["]C0+A123BJC5D6E71", "]C0+$$3271231LOT1"]);
        assert_eq!(as_one(&hibc), hibc);
        assert_eq!(as_one(&owned(&["]d2010950600013435210A"])), ["]d2010950600013435210A"]);
    }
}
