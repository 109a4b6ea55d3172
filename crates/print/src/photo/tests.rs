use super::*;
use crate::label::{self, Code};
use image::{ImageFormat, Luma, Rgb, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;

const UDI: &str = "010950600013435217280430";

fn paper(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([232]))
}

/// Draws modules that are dark, `size` pixels each.
fn draw(on: &mut GrayImage, (x, y): (u32, u32), width: usize, dark: &[bool], size: u32) {
    for (at, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (column, row) = ((at % width) as u32, (at / width) as u32);
        for dy in 0..size {
            for dx in 0..size {
                on.put_pixel(x + column * size + dx, y + row * size + dy, Luma([28]));
            }
        }
    }
}

fn data_matrix(on: &mut GrayImage, at: (u32, u32), code: &Code, size: u32) {
    let modules = label::modules(code).unwrap();
    draw(on, at, modules.width, &modules.dark, size);
}

/// Widths of bars and spaces of Code 128 (ISO/IEC 15417, table 1), six digits a character.
const CODE_128: &str = "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222\
    123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323\
    131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113\
    213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214\
    112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112\
    421211212141214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232";

/// A GS1-128 of digits only, an even number of them.
fn gs1_128(on: &mut GrayImage, (x, y): (u32, u32), digits: &str, size: u32, height: u32) {
    let pairs = digits.as_bytes().chunks(2).map(|pair| usize::from(pair[0] - b'0') * 10 + usize::from(pair[1] - b'0'));
    let values: Vec<usize> = [105, 102].into_iter().chain(pairs).collect();
    let check = values.iter().enumerate().map(|(n, value)| value * n.max(1)).sum::<usize>() % 103;
    let widths: String =
        values.iter().chain([&check]).map(|value| &CODE_128[value * 6..value * 6 + 6]).collect::<String>() + "2331112";
    let mut left = x;
    for (n, width) in widths.bytes().enumerate() {
        let width = u32::from(width - b'0') * size;
        for column in (left..left + width).filter(|_| n % 2 == 0) {
            (y..y + height).for_each(|row| on.put_pixel(column, row, Luma([20])));
        }
        left += width;
    }
}

/// Seen at an angle, in degrees, on a table.
fn turned(grey: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let side = ((grey.width().pow(2) + grey.height().pow(2)) as f32).sqrt() as u32 + 2;
    let (cx, cy, half) = (grey.width() as f32 / 2.0, grey.height() as f32 / 2.0, side as f32 / 2.0);
    GrayImage::from_fn(side, side, |x, y| {
        let (dx, dy) = (x as f32 - half, y as f32 - half);
        let (sx, sy) = (dx * cos + dy * sin + cx, dy * cos - dx * sin + cy);
        let inside = sx >= 0.0 && sy >= 0.0 && sx < grey.width() as f32 && sy < grey.height() as f32;
        if inside { *grey.get_pixel(sx as u32, sy as u32) } else { Luma([120]) }
    })
}

/// As a camera keeps it: in colour, with grain and uneven light, as JPEG.
fn photographed(grey: &GrayImage) -> Vec<u8> {
    let mut grain: u32 = 17;
    let picture = RgbImage::from_fn(grey.width(), grey.height(), |x, y| {
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (grain >> 24) as i32 % 14 - 7;
        let shade = i32::try_from(x * 40 / grey.width().max(1)).unwrap_or(0);
        let value = (i32::from(grey.get_pixel(x, y).0[0]) + noise - shade).clamp(0, 255) as u8;
        Rgb([value, value, value.saturating_sub(6)])
    });
    written(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg)
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(bytes: &[u8]) -> Vec<String> {
    codes(open(bytes).unwrap()).into_iter().map(|code| code.text).collect()
}

fn gs1(lot: &str) -> Code {
    Code::Gs1(format!("{UDI}10{lot}\u{1d}21SN-7"))
}

fn sent(lot: &str) -> String {
    format!("]d2{UDI}10{lot}\u{1d}21SN-7")
}

#[test]
fn a_label_is_read_at_any_angle_with_its_separators() {
    for degrees in [0.0, 7.0, 33.0, 90.0, 180.0, 251.0] {
        let mut table = paper(420, 320);
        data_matrix(&mut table, (130, 90), &gs1("LOT-1"), 5);
        assert_eq!(read(&photographed(&turned(&table, degrees))), [sent("LOT-1")], "{degrees}");
    }
}

#[test]
fn png_and_webp_are_read_as_jpeg_is() {
    let mut table = paper(300, 300);
    data_matrix(&mut table, (90, 90), &gs1("A"), 4);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(table.clone()).into_rgb8());
        assert_eq!(read(&written(&picture, format)), [sent("A")], "{format:?}");
    }
}

#[test]
fn a_small_label_in_a_large_photo_is_found() {
    let mut table = paper(3_600, 2_700);
    data_matrix(&mut table, (2_300, 1_600), &gs1("FAR"), 9);
    assert_eq!(read(&photographed(&table)), [sent("FAR")]);
}

#[test]
fn every_code_of_a_photo_is_read_once() {
    let mut table = paper(1_300, 900);
    data_matrix(&mut table, (80, 80), &gs1("ONE"), 5);
    data_matrix(&mut table, (900, 120), &gs1("TWO"), 5);
    data_matrix(&mut table, (480, 560), &gs1("THREE"), 5);
    let mut found = read(&photographed(&table));
    found.sort();
    assert_eq!(found, [sent("ONE"), sent("THREE"), sent("TWO")]);
}

#[test]
fn the_two_halves_of_a_linear_label_are_read() {
    let mut table = paper(900, 520);
    gs1_128(&mut table, (90, 70), "0109506000134352", 3, 120);
    gs1_128(&mut table, (90, 300), "17280430101234", 3, 120);
    let mut found = read(&photographed(&table));
    found.sort();
    assert_eq!(found, ["]C10109506000134352", "]C117280430101234"]);
}

#[test]
fn a_qr_code_is_read() {
    let code = qrcode::QrCode::new(b"https://example.org/01/09506000134352").unwrap();
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
    let mut table = paper(400, 400);
    draw(&mut table, (60, 60), code.width(), &dark, 6);
    assert_eq!(read(&photographed(&table)), ["]Q1https://example.org/01/09506000134352"]);
}

#[test]
fn a_photo_without_a_code_holds_none() {
    assert_eq!(read(&photographed(&paper(1_600, 1_200))), Vec::<String>::new());
    for (width, height) in [(1, 1), (1, 3_000), (3_000, 2), (25, 25)] {
        let dot = written(&DynamicImage::ImageLuma8(paper(width, height)), ImageFormat::Png);
        assert_eq!(read(&dot), Vec::<String>::new(), "{width} by {height}");
    }
}

#[test]
fn what_is_no_whole_picture_is_refused() {
    // What there is of a JPEG that broke off is a picture, and is searched; a PNG is whole or none.
    let whole = written(&DynamicImage::ImageLuma8(paper(300, 200)), ImageFormat::Png);
    for bytes in [&whole[..whole.len() / 3], b"<svg/>", b"", b"%PDF-1.7"] {
        assert_eq!(open(bytes).err(), Some(PictureError::Unreadable));
    }
}

/// The worst that can be sent within the limits: grain all over, and a table full of codes.
#[test]
fn a_search_ends_in_time() {
    let mut seed: u32 = 5;
    let grain = GrayImage::from_fn(4_000, 3_000, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Luma([(seed >> 24) as u8])
    });
    let mut full = paper(2_400, 2_400);
    for n in 0..144 {
        data_matrix(&mut full, (20 + n % 12 * 195, 20 + n / 12 * 195), &gs1(&format!("N{n}")), 4);
    }
    for picture in [grain, full] {
        let begin = Instant::now();
        let found = codes(open(&photographed(&picture)).unwrap());
        assert!(found.len() <= CODES_MAX);
        // A search without an end takes minutes; a busy machine takes its time.
        assert!(begin.elapsed() < SEARCH_TIME * 10, "{:?}", begin.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_panics(width in 1..220u32, height in 1..220u32, bytes in proptest::collection::vec(any::<u8>(), 64..512)) {
        let picture = GrayImage::from_fn(width, height, |x, y| Luma([bytes[((x / 3 + y / 3 * 17) as usize) % bytes.len()]]));
        let _ = codes(Photo(picture));
    }
}
