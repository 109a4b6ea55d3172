//! Codes in a photo of labels: DataMatrix, QR, Code 128, Code 39, ITF, EAN-13 and UPC-A, as a hand scanner would send them.
//!
//! A photo is untrusted input twice over: as a picture (see [`crate::picture`]) and as whatever the decoder makes of it. So it
//! is made small before it is searched, the search ends when its time is over, and a fault of the decoder is a code that was
//! not found.

use crate::picture::{self, PictureError};
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage};
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, RXingResult,
    RXingResultMetadataType, RXingResultMetadataValue, Reader,
};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The longer side of what is searched: larger ones are made smaller. A module of the smallest label still has three pixels.
const SEARCHED_SIDE: u32 = 1_800;
/// The same for a second look, where grain or blur of a large photo hides what is seen from further away.
const SECOND_SIDE: u32 = 1_100;
/// No code is narrower or lower than this, in pixels.
const REGION_MIN: u32 = 24;
/// Regions of one photo that are looked at.
const REGIONS_MAX: usize = 60;
/// Most codes of one photo.
pub const CODES_MAX: usize = 40;
/// How long one photo is searched. Between two looks, each of which is bounded by what it looks at, the clock is asked.
pub const SEARCH_TIME: Duration = Duration::from_secs(4);

/// A code that was found.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Found {
    /// What kind of code it is, such as `DataMatrix`.
    pub kind: &'static str,
    /// What a hand scanner would send: the symbology identifier (`]d2`) and the text, separators of fields as character 29.
    pub text: String,
}

/// A photo that was unpacked and made ready to be searched.
pub struct Photo(GrayImage);

/// Opens a photo: JPEG, PNG, GIF or WebP. Takes as much memory as the picture has pixels, and leaves little of it.
pub fn open(bytes: &[u8]) -> Result<Photo, PictureError> {
    let (picture, _) = picture::open(bytes)?;
    let picture =
        if picture.color().has_alpha() { DynamicImage::ImageRgb8(picture::on_white(&picture)) } else { picture };
    Ok(Photo(smaller(picture.into_luma8(), SEARCHED_SIDE)))
}

fn smaller(grey: GrayImage, side: u32) -> GrayImage {
    if grey.width().max(grey.height()) > side {
        DynamicImage::ImageLuma8(grey).resize(side, side, FilterType::Triangle).into_luma8()
    } else {
        grey
    }
}

/// Every code in a photo, each once, in the order in which they were found: as many as are found in [`SEARCH_TIME`].
pub fn codes(photo: Photo) -> Vec<Found> {
    let until = Instant::now() + SEARCH_TIME;
    let Photo(grey) = photo;
    let mut found = search(&grey, until);
    if found.is_empty() && grey.width().max(grey.height()) > SECOND_SIDE {
        found = search(&smaller(grey, SECOND_SIDE), until);
    }
    found
}

/// A part of the picture, in pixels.
#[derive(Clone, Copy)]
struct Region {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// Looks at the whole, and where a code was found at what lies beside, above and below it.
fn search(grey: &GrayImage, until: Instant) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut regions = vec![Region { x: 0, y: 0, width: grey.width(), height: grey.height() }];
    let mut at = 0;
    while at < regions.len() && at < REGIONS_MAX && found.len() < CODES_MAX && Instant::now() < until {
        let region = regions[at];
        at += 1;
        let Some((code, box_)) = look(grey, region, until) else { continue };
        regions.extend(around(region, box_));
        if !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

/// What is left of a region when a code in it was found: (left, top, right, bottom) are the bounds of the code's own points.
fn around(region: Region, (left, top, right, bottom): (u32, u32, u32, u32)) -> impl Iterator<Item = Region> {
    let Region { x, y, width, height } = region;
    let sides = [
        Region { x, y, width: left, height },
        Region { x: x + right, y, width: width - right, height },
        Region { x, y, width, height: top },
        Region { x, y: y + bottom, width, height: height - bottom },
    ];
    sides.into_iter().filter(|part| part.width >= REGION_MIN && part.height >= REGION_MIN)
}

/// The first code of a region, and where in it.
fn look(grey: &GrayImage, region: Region, until: Instant) -> Option<(Found, (u32, u32, u32, u32))> {
    let Region { x, y, width, height } = region;
    if width < REGION_MIN || height < REGION_MIN {
        return None;
    }
    let part = image::imageops::crop_imm(grey, x, y, width, height).to_image().into_raw();
    let source = Luma8LuminanceSource::new(part, width, height).ok()?;
    let by_parts = attempt(|reader, hints| {
        reader.decode_with_hints(&mut BinaryBitmap::new(HybridBinarizer::new(source.clone())), hints).ok()
    });
    let result = match by_parts {
        Some(result) => result,
        // Where the light is even, one threshold for all is surer than one for each part.
        None if Instant::now() < until => attempt(|reader, hints| {
            reader.decode_with_hints(&mut BinaryBitmap::new(GlobalHistogramBinarizer::new(source.clone())), hints).ok()
        })?,
        None => return None,
    };
    Some((told(&result)?, bounds(&result, width, height)))
}

/// One look. The decoder may stumble over what a picture holds; then there is no code in it.
fn attempt(decode: impl FnOnce(&mut MultiFormatReader, &DecodeHints) -> Option<RXingResult>) -> Option<RXingResult> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        // Keeps the separators of GS1 fields in Code 128.
        AssumeGs1: Some(true),
        PossibleFormats: Some(HashSet::from(FORMATS.map(|(format, _)| format))),
        ..DecodeHints::default()
    };
    catch_unwind(AssertUnwindSafe(|| decode(&mut MultiFormatReader::default(), &hints))).ok().flatten()
}

// Not EAN-8 nor UPC-E: they check so little that they are seen in the middle of other codes, and no label of a device has them.
const FORMATS: [(BarcodeFormat, &str); 7] = [
    (BarcodeFormat::DATA_MATRIX, "DataMatrix"),
    (BarcodeFormat::QR_CODE, "QRCode"),
    (BarcodeFormat::CODE_128, "Code128"),
    (BarcodeFormat::CODE_39, "Code39"),
    (BarcodeFormat::ITF, "ITF"),
    (BarcodeFormat::EAN_13, "EAN13"),
    (BarcodeFormat::UPC_A, "UPCA"),
];

/// A result as a scanner sends it; None for a kind that was not asked for, and for nothing.
fn told(result: &RXingResult) -> Option<Found> {
    let (_, kind) = *FORMATS.iter().find(|(format, _)| format == result.getBarcodeFormat())?;
    let symbology = match result.getRXingResultMetadata().get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER) {
        Some(RXingResultMetadataValue::SymbologyIdentifier(it)) if it.len() == 3 => it.as_str(),
        _ => "",
    };
    // The decoder of Code 128 writes the identifier of GS1 into the text as well; that of DataMatrix may leave the first
    // separator there, which the identifier says already.
    let text = result.getText();
    let text = if symbology.is_empty() { text } else { text.strip_prefix(symbology).unwrap_or(text) };
    let text = if symbology.is_empty() { text } else { text.trim_start_matches('\u{1d}') };
    (!text.trim().is_empty()).then(|| Found { kind, text: format!("{symbology}{text}") })
}

/// (left, top, right, bottom) of the points by which a code was found, inside the region.
fn bounds(result: &RXingResult, width: u32, height: u32) -> (u32, u32, u32, u32) {
    let points = result.getPoints();
    if points.is_empty() {
        return (0, 0, width, height);
    }
    let within = |value: f32, most: u32| if value.is_finite() { (value.max(0.0) as u32).min(most) } else { 0 };
    let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
    for point in points {
        let (x, y) = (within(point.x, width), within(point.y, height));
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
    }
    (left, top, right, bottom)
}

#[cfg(test)]
mod tests;
