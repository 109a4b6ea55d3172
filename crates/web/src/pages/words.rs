//! Times, days, amounts and names as people read them.

use crate::ui::Text;
use app::Ctx;
use domain::clock::{Day, Instant};
use domain::money::{Currency, Minor};
use maud::{Markup, html};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The first letters of the first and last name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    let letters: String = first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "?".into() } else { letters }
}

/// A calendar day: "22 Nov 2026".
pub fn day(day: Day) -> String {
    let date = day.civil();
    format!("{} {} {}", date.day(), month(date.month()), date.year())
}

/// A day of this year or the next without its year: "Mon 23 Nov".
pub fn day_short(day: Day) -> String {
    let date = day.civil();
    format!("{} {} {}", weekday(day), date.day(), month(date.month()))
}

/// Three letters of a month, 1 to 12.
pub fn month(number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("")
}

/// Three letters of the day of the week.
pub fn weekday(day: Day) -> &'static str {
    // 1 January 1970 was a Thursday.
    usize::try_from((day.0 + 3).rem_euclid(7)).ok().and_then(|at| WEEKDAYS.get(at)).copied().unwrap_or("")
}

/// How far a day is: "today", "in 5 days", "3 weeks ago".
pub fn distance(today: Day, day: Day) -> String {
    let days = i64::from(day.0) - i64::from(today.0);
    let span = match days.abs() {
        0 => return "today".into(),
        1 => return if days > 0 { "tomorrow".into() } else { "yesterday".into() },
        n @ 2..=13 => format!("{n} days"),
        n @ 14..=59 => format!("{} weeks", n / 7),
        n @ 60..=729 => format!("{} months", n / 30),
        n => format!("{} years", n / 365),
    };
    if days > 0 { format!("in {span}") } else { format!("{span} ago") }
}

/// A moment where the organisation is: "22 Nov 2026, 14:03".
pub fn exact(ctx: &Ctx, at: Instant) -> String {
    exact_in(&ctx.organization.time_zone, at)
}

/// A moment in a time zone: "22 Nov 2026, 14:03".
pub fn exact_in(time_zone: &str, at: Instant) -> String {
    format!("{}, {}", day(at.day_in(time_zone)), clock_in(time_zone, at))
}

/// The time of day in a time zone: "14:03".
pub fn clock_in(time_zone: &str, at: Instant) -> String {
    at.local(time_zone).split_once(' ').map(|(_, clock)| clock.to_owned()).unwrap_or_default()
}

/// A moment as it is best read: near ones relative, far ones by date; the exact one on hover.
pub fn when(ctx: &Ctx, at: Instant) -> Markup {
    html! { time datetime=(at.rfc3339()) title=(exact(ctx, at)) { (relative(ctx, at)) } }
}

fn relative(ctx: &Ctx, at: Instant) -> String {
    let zone = &ctx.organization.time_zone;
    let (then, today) = (at.day_in(zone), ctx.today());
    let passed = ctx.now.0 - at.0;
    match passed {
        0..MINUTE => "just now".into(),
        MINUTE..HOUR => format!("{} min ago", passed / MINUTE),
        _ if then == today && passed > 0 => format!("today, {}", clock_in(zone, at)),
        _ if then == today => format!("today, {}", clock_in(zone, at)),
        _ if then.0 + 1 == today.0 => format!("yesterday, {}", clock_in(zone, at)),
        _ if then.0 == today.0 + 1 => format!("tomorrow, {}", clock_in(zone, at)),
        _ if (then.0 - today.0).abs() < 150 => {
            let date = then.civil();
            format!("{} {}, {}", date.day(), month(date.month()), clock_in(zone, at))
        }
        _ => day(then),
    }
}

/// An amount with its currency: "1,250.00 USD".
pub fn money(ctx: &Ctx, minor: i64) -> String {
    Minor(minor).display(currency(ctx))
}

/// An amount where its currency is said elsewhere, such as in the head of a column: "1,250.00".
pub fn amount(ctx: &Ctx, minor: i64) -> String {
    let text = money(ctx, minor);
    text.split_once(' ').map_or(text.clone(), |(amount, _)| amount.to_owned())
}

/// An amount at a glance, without its decimals: "18,576 USD".
pub fn money_round(ctx: &Ctx, minor: i64) -> String {
    let unit = 10_i64.pow(u32::from(currency(ctx).exponent()));
    format!("{} {}", number((minor + minor.signum() * unit / 2) / unit), currency(ctx).code())
}

/// An amount for a form: "1250.00".
pub fn money_plain(ctx: &Ctx, minor: i64) -> String {
    Minor(minor).plain(currency(ctx))
}

/// The organisation's currency.
pub fn currency(ctx: &Ctx) -> Currency {
    Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD)
}

/// Reads an amount that was typed.
///
/// # Errors
/// Names the field and says what is wrong.
pub fn read_money(ctx: &Ctx, field: &str, text: &str) -> app::Result<i64> {
    let read = Minor::parse(text, currency(ctx));
    read.map(|minor| minor.0)
        .map_err(|error| app::Error::field(field.to_owned(), error.code(), format!("The amount {error}.")))
}

/// A number in groups of three: "1,284".
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    if n < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something: "1 unit", "1,284 units".
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A label as it reads within a sentence: its first letter small, unless it begins an abbreviation.
pub fn lower(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// Names in a sentence: "Ann, Bob and 3 more".
pub fn names(names: &[&str], most: usize) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        all if all.len() <= most => {
            let (last, first) = all.split_last().expect("there are at least two");
            format!("{} and {last}", first.join(", "))
        }
        all => format!("{} and {} more", all[..most - 1].join(", "), all.len() - (most - 1)),
    }
}

/// Basis points as a percentage for a form: 725 is "7.25".
pub fn percent_plain(bp: i64) -> String {
    let text = format!("{}.{:02}", bp / 100, bp % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads a percentage with up to two decimals as basis points.
///
/// # Errors
/// Names the field and says what is expected.
pub fn read_percent(field: &str, text: &str) -> app::Result<i64> {
    let bad = || app::Error::field(field.to_owned(), "invalid_value", "Give a percentage from 0 to 100, such as 7.25.");
    let text = text.trim().trim_end_matches('%').trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(bad());
    }
    let whole: i64 = whole.parse().map_err(|_| bad())?;
    let part: i64 = format!("{part:0<2}").parse().map_err(|_| bad())?;
    let bp = whole * 100 + part;
    if bp <= 10_000 { Ok(bp) } else { Err(bad()) }
}

/// Something, or a quiet dash.
pub fn or_dash(text: &str) -> Markup {
    html! { @if text.is_empty() { span class="muted" { "–" } } @else { (text) } }
}

/// A name of a closed list, such as a setting, in words: "view_contract_prices" is "View contract prices".
pub fn sentence(key: &str) -> Text {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect::<String>().into(),
        None => words.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(number(1_284), "1,284");
        assert_eq!(number(-1_000_000), "-1,000,000");
        assert_eq!(number(12), "12");
        assert_eq!(count(1, "unit", "units"), "1 unit");
        assert_eq!(count(0, "unit", "units"), "0 units");
    }

    #[test]
    fn days_read_as_people_say_them() {
        let today = Day::parse("2026-11-22").unwrap();
        assert_eq!(day(today), "22 Nov 2026");
        assert_eq!(day_short(today), "Sun 22 Nov");
        assert_eq!(distance(today, today.plus(1)), "tomorrow");
        assert_eq!(distance(today, today.plus(-5)), "5 days ago");
        assert_eq!(distance(today, today.plus(63)), "in 2 months");
    }

    #[test]
    fn names_are_cut_where_the_sentence_would_become_long() {
        assert_eq!(names(&["Ann"], 3), "Ann");
        assert_eq!(names(&["Ann", "Bob", "Cat"], 3), "Ann, Bob and Cat");
        assert_eq!(names(&["Ann", "Bob", "Cat", "Dan"], 3), "Ann, Bob and 2 more");
    }

    #[test]
    fn percentages_go_both_ways() {
        for (text, bp) in [("7.25", 725), ("10", 1000), ("0.5", 50), ("100", 10_000), ("7.5 %", 750)] {
            assert_eq!(read_percent("rate", text).unwrap(), bp);
        }
        assert_eq!(percent_plain(725), "7.25");
        assert_eq!(percent_plain(1000), "10");
        for bad in ["", "-1", "100.01", "7.255", "x"] {
            assert!(read_percent("rate", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn initials_are_two_letters_at_most() {
        assert_eq!(initials("Dana van der Moore"), "DM");
        assert_eq!(initials("cher"), "C");
        assert_eq!(initials(" "), "?");
    }
}
