//! Small drawings of numbers: SVG by attributes alone. Each also says its numbers in words.

use super::{Text, Tone};
use maud::{Markup, html};

/// A bar of [`bar_chart`].
#[derive(Clone, Debug)]
pub struct Point {
    /// Under the bar.
    pub label: Text,
    /// How high.
    pub value: f64,
    /// The number as it is to be read.
    pub shown: Text,
    /// The rows behind it.
    pub href: Option<Text>,
    /// Paler: not over yet, or another year.
    pub dim: bool,
}

const BAR_W: f64 = 56.0;
const PLOT_H: f64 = 140.0;
const TOP: f64 = 18.0;
const FOOT: f64 = 20.0;

/// Bars from left to right, such as months; `goal` draws a dashed line. `title` says what is shown.
pub fn bar_chart(title: &str, points: &[Point], goal: Option<f64>) -> Markup {
    let top = points.iter().map(|point| point.value).chain(goal).fold(0.0_f64, f64::max).max(f64::MIN_POSITIVE);
    let width = BAR_W * points.len().max(1) as f64;
    let y = |value: f64| TOP + PLOT_H - PLOT_H * (value.max(0.0) / top);
    // A picture may not hold links, a group may.
    let role = if points.iter().any(|point| point.href.is_some()) { "group" } else { "img" };
    html! {
        svg class="chart" width=(round(width)) viewBox={ "0 0 " (round(width)) " " (round(TOP + PLOT_H + FOOT)) } role=(role) aria-label=(spoken(title, points)) {
            @for part in [0.0, 0.5] {
                line class="grid" x1="0" x2=(round(width)) y1=(round(TOP + PLOT_H * part)) y2=(round(TOP + PLOT_H * part)) {}
            }
            @if let Some(goal) = goal { line class="goal" x1="0" x2=(round(width)) y1=(round(y(goal))) y2=(round(y(goal))) {} }
            @for (index, point) in points.iter().enumerate() {
                @let x = BAR_W * index as f64;
                @let bar = html! {
                    rect class={ "bar" @if point.dim { " dim" } } x=(round(x + 10.0)) width=(round(BAR_W - 20.0)) y=(round(y(point.value)))
                        height=(round(TOP + PLOT_H - y(point.value))) rx="2" { title { (point.label) ": " (point.shown) } }
                };
                @if let Some(href) = &point.href { a href=(href) { (bar) } } @else { (bar) }
                text class="v" x=(round(x + BAR_W / 2.0)) y=(round(y(point.value) - 5.0)) text-anchor="middle" { (point.shown) }
                text x=(round(x + BAR_W / 2.0)) y=(round(TOP + PLOT_H + 15.0)) text-anchor="middle" { (point.label) }
            }
            line class="base" x1="0" x2=(round(width)) y1=(round(TOP + PLOT_H)) y2=(round(TOP + PLOT_H)) {}
        }
    }
}

/// A line of numbers without axes, 120 by 28: the course of something at a glance.
pub fn sparkline(title: &str, values: &[f64], tone: Option<Tone>) -> Markup {
    let (low, high) =
        values.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    let range = if high > low { high - low } else { 1.0 };
    let step = 120.0 / values.len().saturating_sub(1).max(1) as f64;
    let points: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .map(|(index, value)| (step * index as f64, 26.0 - 24.0 * (value - low) / range))
        .collect();
    let path: String = points.iter().map(|(x, y)| format!("{},{} ", round(*x), round(*y))).collect();
    let class = format!("spark {}", tone.map_or("", Tone::class));
    html! {
        svg class=(class) width="120" height="28" viewBox="0 0 120 28" role="img" aria-label=(title) {
            polygon class="area" points={ "0,28 " (path) "120,28" } {}
            polyline points=(path.trim_end()) {}
            @if let Some((x, y)) = points.last() { circle class="tip" cx=(round(*x)) cy=(round(*y)) r="2.5" {} }
        }
    }
}

/// A bar of [`hbars`].
#[derive(Clone, Debug)]
pub struct HBar {
    /// At the left.
    pub label: Text,
    /// How long.
    pub value: f64,
    /// At the right, as it is to be read.
    pub shown: Text,
    /// The rows behind it.
    pub href: Option<Text>,
}

/// Bars under each other, the longest first where the caller sorts them so.
pub fn hbars(bars: &[HBar]) -> Markup {
    let top = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max).max(f64::MIN_POSITIVE);
    html! {
        div class="hbars" {
            @for bar in bars {
                @if let Some(href) = &bar.href { a href=(href) { (bar.label) } } @else { span { (bar.label) } }
                svg height="8" aria-hidden="true" {
                    rect class="fg" height="8" rx="2" width={ (round(100.0 * bar.value.max(0.0) / top)) "%" } {}
                }
                span class="num" { (bar.shown) }
            }
        }
    }
}

/// A part of a whole.
#[derive(Clone, Debug)]
pub struct Meter {
    /// What is measured.
    pub label: Text,
    /// The part.
    pub value: f64,
    /// The whole.
    pub of: f64,
    /// Both as they are to be read: "9 of 10".
    pub shown: Text,
    /// The colour; teal when none.
    pub tone: Option<Tone>,
}

/// A bar that fills up.
pub fn meter(meter: &Meter) -> Markup {
    let share = if meter.of > 0.0 { (meter.value / meter.of).clamp(0.0, 1.0) } else { 0.0 };
    let class = format!("meter {}", meter.tone.map_or("", Tone::class));
    html! {
        div {
            div class="meter-t" { span { (meter.label) } span class="ink2" { (meter.shown) } }
            svg class=(class) height="6" aria-hidden="true" {
                rect class="bg" width="100%" height="6" rx="3" {}
                rect class="fg" width={ (round(share * 100.0)) "%" } height="6" rx="3" {}
            }
        }
    }
}

/// Two decimals at most: enough for a pixel, and short.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn spoken(title: &str, points: &[Point]) -> String {
    let parts: Vec<String> = points.iter().map(|point| format!("{} {}", point.label, point.shown)).collect();
    format!("{title}: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64) -> Point {
        Point { label: "Jan".into(), value, shown: "1".into(), href: None, dim: false }
    }

    #[test]
    fn the_highest_bar_fills_the_plot_and_nothing_divides_by_zero() {
        let html = bar_chart("Sales", &[point(0.0), point(50.0)], None).into_string();
        assert!(html.contains("height=\"140\"") && html.contains("height=\"0\""), "{html}");
        for html in
            [bar_chart("None", &[], None), bar_chart("Zero", &[point(0.0)], None), sparkline("Flat", &[3.0, 3.0], None)]
        {
            assert!(!html.into_string().contains("NaN"));
        }
        assert!(!sparkline("Nothing", &[], None).into_string().contains("inf"));
    }

    #[test]
    fn a_chart_says_its_numbers() {
        assert!(bar_chart("Sales", &[point(2.0)], None).into_string().contains("aria-label=\"Sales: Jan 1\""));
    }
}
