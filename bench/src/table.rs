//! The table: what was wanted, what was seen, and how that compares to what the machine can do at all.

use crate::load::Seen;

/// What a row must reach. Figures are those for SQLite; PostgreSQL must reach half of each.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// At least so many a second.
    PerSecond(f64),
    /// At least so many a second, and 99 of 100 within so many milliseconds.
    PerSecondAndP99(f64, f64),
    /// 95 of 100 within so many milliseconds.
    P95(f64),
    /// At most so many of a unit.
    AtMost(f64, &'static str),
    /// Only shown.
    Nothing,
}

/// Rows as they come in.
pub struct Table {
    /// What each figure may be divided by: 2 for PostgreSQL.
    pub slack: f64,
    lines: Vec<String>,
    short: Vec<String>,
}

const HEAD: &str = "| what | must reach | seen | of the machine's limit | |\n|---|---:|---:|---:|---|";

impl Table {
    /// An empty one.
    pub fn new(slack: f64) -> Self {
        println!("{HEAD}");
        Self { slack, lines: Vec::new(), short: Vec::new() }
    }

    /// A run of load; `limit` is what the machine does at most, with a word for what.
    pub fn load(&mut self, what: &str, wanted: Wanted, seen: &Seen, limit: Option<(f64, &str)>) {
        let Seen { per_second, p50, p95, p99, bad } = *seen;
        let wrong = if bad > 0 { format!(", {bad} refused") } else { String::new() };
        let text = format!("{per_second:.0}/s, p50 {p50:.1}, p95 {p95:.1}, p99 {p99:.1} ms{wrong}");
        let good = match wanted {
            Wanted::PerSecond(least) => per_second >= least / self.slack,
            Wanted::PerSecondAndP99(least, most) => per_second >= least / self.slack && p99 <= most * self.slack,
            Wanted::P95(most) => p95 <= most * self.slack,
            Wanted::AtMost(..) | Wanted::Nothing => true,
        };
        let of =
            limit.map_or(String::new(), |(limit, word)| format!("{:.2} of {limit:.0} {word}/s", per_second / limit));
        self.line(what, wanted, &text, &of, good && bad == 0);
    }

    /// One measured value.
    pub fn value(&mut self, what: &str, wanted: Wanted, value: f64, text: &str) {
        let good = match wanted {
            Wanted::AtMost(most, _) => value <= most * self.slack,
            _ => true,
        };
        self.line(what, wanted, text, "", good);
    }

    /// A row that cannot be measured here, and why.
    pub fn skipped(&mut self, what: &str, why: &str) {
        self.push(format!("| {what} | | not run: {why} | | |"));
    }

    fn line(&mut self, what: &str, wanted: Wanted, seen: &str, of: &str, good: bool) {
        let must = match wanted {
            Wanted::PerSecond(least) => format!("≥ {:.0}/s", least / self.slack),
            Wanted::PerSecondAndP99(least, most) => {
                format!("≥ {:.0}/s, p99 ≤ {:.0} ms", least / self.slack, most * self.slack)
            }
            Wanted::P95(most) => format!("p95 ≤ {:.0} ms", most * self.slack),
            Wanted::AtMost(most, unit) => format!("≤ {} {unit}", most * self.slack),
            Wanted::Nothing => String::new(),
        };
        let mark = if good { "" } else { "short" };
        if !good {
            self.short.push(what.to_owned());
        }
        self.push(format!("| {what} | {must} | {seen} | {of} | {mark} |"));
    }

    fn push(&mut self, line: String) {
        println!("{line}");
        self.lines.push(line);
    }

    /// The whole as Markdown.
    pub fn markdown(&self) -> String {
        let end = match self.short.as_slice() {
            [] => "Every row reaches its figure.".to_owned(),
            short => format!("Short: {}.", short.join("; ")),
        };
        format!("{HEAD}\n{}\n\n{end}\n", self.lines.join("\n"))
    }
}
