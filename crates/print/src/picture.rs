//! Pictures that people bring, written anew: upright, no larger than they need to be, without what a camera or an editor put
//! into them (place, moment, owner, previews). What is not a whole picture, or would unpack to more than is looked at, is
//! refused before it is unpacked.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use thiserror::Error;

/// Pixels of a picture that is unpacked: those of the largest phones.
const PIXELS_MAX: u64 = 64_000_000;
/// Width and height of a picture that is unpacked.
const SIDE_MAX: u32 = 20_000;
/// Memory that unpacking one may take.
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
/// The longer side of what is kept: enough to read the smallest label that a phone can read.
const KEPT_SIDE: u32 = 3_200;
/// The longer side of the small picture.
const THUMB_SIDE: u32 = 320;
const QUALITY: u8 = 86;
const THUMB_QUALITY: u8 = 72;

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The picture.
    pub bytes: Vec<u8>,
    /// `image/jpeg`, or `image/png` for what came as one.
    pub media_type: &'static str,
    /// The small one, JPEG.
    pub thumb: Vec<u8>,
    /// Width and height of what is kept.
    pub size: (u32, u32),
}

/// Why a picture is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum PictureError {
    /// More pixels than are looked at.
    #[error("the picture is too large to be opened")]
    TooLarge,
    /// Not a whole picture.
    #[error("the picture is damaged or not of a known kind")]
    Unreadable,
}

/// Unpacks a picture within the limits, upright. They are asked for before anything is unpacked.
pub(crate) fn open(bytes: &[u8]) -> Result<(DynamicImage, ImageFormat), PictureError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureError::Unreadable)?;
    let format = reader.format().ok_or(PictureError::Unreadable)?;
    let mut reader = reader;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || width > SIDE_MAX || height > SIDE_MAX {
        return Err(PictureError::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Unreadable);
    }
    // Which way up is among what a camera wrote; it is carried out, and then gone with the rest.
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(turned);
    Ok((picture, format))
}

/// Writes a picture anew.
pub fn clean(bytes: &[u8]) -> Result<Picture, PictureError> {
    let (mut picture, format) = open(bytes)?;
    if picture.width().max(picture.height()) > KEPT_SIDE {
        picture = picture.resize(KEPT_SIDE, KEPT_SIDE, FilterType::Triangle);
    }
    let thumb = jpeg(&picture.thumbnail(THUMB_SIDE, THUMB_SIDE), THUMB_QUALITY)?;
    let (bytes, media_type) = match format {
        ImageFormat::Png => (png(&picture)?, "image/png"),
        _ => (jpeg(&picture, QUALITY)?, "image/jpeg"),
    };
    Ok(Picture { bytes, media_type, thumb, size: (picture.width(), picture.height()) })
}

fn refused(error: image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Unreadable,
    }
}

/// As JPEG; what can be seen through stands on white.
fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let flat = if picture.color().has_alpha() { on_white(picture) } else { picture.to_rgb8() };
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    flat.write_with_encoder(encoder).map_err(|_| PictureError::Unreadable)?;
    Ok(bytes)
}

pub(crate) fn on_white(picture: &DynamicImage) -> image::RgbImage {
    let seen = picture.to_rgba8();
    image::RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let image::Rgba([red, green, blue, alpha]) = *seen.get_pixel(x, y);
        let over = |part: u8| ((u32::from(part) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8;
        image::Rgb([over(red), over(green), over(blue)])
    })
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let plain = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.to_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.to_rgb8())
    };
    let mut bytes = Cursor::new(Vec::new());
    plain.write_to(&mut bytes, ImageFormat::Png).map_err(|_| PictureError::Unreadable)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG with an Exif segment that says "turned by 90 degrees" and names a person.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut tiff: Vec<u8> = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
        tiff.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
        tiff.extend_from_slice(b"\x01\x3b\0\x02\0\0\0\x0e\0\0\0\x26");
        tiff.extend_from_slice(b"\0\0\0\0Jane Roe 1984\0");
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend_from_slice(&tiff);
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend_from_slice(&[0xff, 0xe1]);
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&segment);
        bytes.extend_from_slice(&jpeg[2..]);
        bytes
    }

    #[test]
    fn what_a_camera_wrote_is_gone_and_the_picture_stands_upright() {
        let came = with_exif(&drawn(60, 40, ImageFormat::Jpeg));
        let holds = |bytes: &[u8], words: &[u8]| bytes.windows(words.len()).any(|it| it == words);
        assert!(holds(&came, b"Jane Roe"));
        let kept = clean(&came).unwrap();
        assert!(!holds(&kept.bytes, b"Jane Roe") && !holds(&kept.bytes, b"Exif"));
        assert!(!holds(&kept.thumb, b"Jane Roe") && !holds(&kept.thumb, b"Exif"));
        assert_eq!((kept.media_type, kept.size), ("image/jpeg", (40, 60)));
    }

    #[test]
    fn what_hangs_behind_a_picture_is_gone_too() {
        let mut came = drawn(30, 30, ImageFormat::Png);
        came.extend_from_slice(b"<script>alert(1)</script>");
        let kept = clean(&came).unwrap();
        assert_eq!(kept.media_type, "image/png");
        assert!(!kept.bytes.windows(6).any(|it| it == b"script"));
    }

    #[test]
    fn large_ones_become_smaller_and_other_kinds_become_jpeg() {
        let kept = clean(&drawn(4_000, 1_000, ImageFormat::Gif)).unwrap();
        assert_eq!((kept.media_type, kept.size), ("image/jpeg", (3_200, 800)));
        assert_eq!(clean(&kept.thumb).unwrap().size, (320, 80));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        // A PNG whose head promises 60,000 by 60,000 pixels, and one within the sides that is too many pixels all the same.
        for side in [60_000_u32, 19_999] {
            let mut bomb = drawn(8, 8, ImageFormat::Png);
            bomb[16..20].copy_from_slice(&side.to_be_bytes());
            bomb[20..24].copy_from_slice(&side.to_be_bytes());
            let crc = crc32(&bomb[12..29]);
            bomb[29..33].copy_from_slice(&crc.to_be_bytes());
            assert_eq!(clean(&bomb).unwrap_err(), PictureError::TooLarge, "{side}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn what_is_no_whole_picture_is_refused() {
        let whole = drawn(64, 64, ImageFormat::Png);
        for bytes in [&b"\x89PNG\r\n\x1a\nnothing"[..], b"\xff\xd8\xff", b"GIF89a", b"", &whole[..whole.len() / 2]] {
            assert_eq!(clean(bytes).unwrap_err(), PictureError::Unreadable);
        }
    }
}
