//! The scanner: the camera, what was scanned so far, and a field for hand scanners that type. `assets/scan.js` runs it.

use super::{Button, Icon, Tab, Text};
use crate::assets::asset;
use maud::{Markup, Render, html};

/// Where a photo is sent that the browser cannot read by itself; the answer is [`crate::pages::scan`]'s.
const PHOTOS: &str = "/scan/photo";

/// A page that scans. Each code is posted to `resolve` as `code=…&again=…` and the answer is a [`scan_line`]; `again` says how
/// many lines of this code there are already, because two units of one lot carry the same code: answer with another unit,
/// or with a line that is not `good` and says that there is none. Codes from the camera begin with their symbology
/// identifier (`]d2…`). The button posts the form.
pub struct ScanPage {
    /// What it is for: "Use in Total hip, Dr. Rivera".
    pub title: Text,
    /// Where one goes back to.
    pub back: Text,
    /// Answers one code with a line.
    pub resolve: Text,
    /// Takes all of them (`code=…` for each line).
    pub action: Text,
    /// The verb of the button; the script writes the number of lines behind it.
    pub verb: Text,
    /// The token of the session's forms.
    pub csrf: Text,
    /// What else could be scanned for; none where there is only one thing to do.
    pub modes: Vec<Tab>,
    /// Lines that are there already, newest first.
    pub lines: Vec<ScanLine>,
    /// Pieces that were counted and are not among the lines.
    pub before: i64,
    /// Each code is taken at once and under a name of its own, so that codes that were scanned without a connection can be
    /// kept under this key and sent later; the button may be pressed with nothing scanned.
    pub keep: Option<Text>,
    /// For a case: where each code that was scanned without a connection is sent when there is one again, and what the case is
    /// called. Codes then wait under `keep` until they can be looked up.
    pub outbox: Option<(Text, Text)>,
    /// What came of a photo that was sent where no script runs.
    pub says: Option<Text>,
    /// The codes behind the lines as they were typed, where no script runs: they are looked at again with each new one.
    pub typed: Vec<String>,
}

impl Render for ScanPage {
    fn render(&self) -> Markup {
        let (to, title) = self.outbox.as_ref().map(|(to, title)| (to.as_ref(), title.as_ref())).unzip();
        html! {
            div class="scan" data-scan=(self.resolve) data-reader=(asset("zxing.js")) data-before=(self.before) data-keep=[self.keep.as_ref()] data-outbox=[to] data-title=[title] {
                div class="cam" {
                    video playsinline muted aria-label="Camera" {}
                    div class="frame" aria-hidden="true" {}
                    div class="bar-t" {
                        a class="pill" href=(self.back) { (Icon::Close) "Close" }
                        span class="tally" data-tally aria-label="Scanned" { (self.before + self.lines.iter().filter(|line| line.good).map(|line| line.pieces).sum::<i64>()) }
                    }
                    div class="msg" data-msg role="status" aria-live="polite" { "Hold the code into the frame" }
                }
                form class="scan-side" method="post" action=(self.action) {
                    (super::csrf_field(&self.csrf))
                    div class="wedge" {
                        h1 { (self.title) }
                        @if !self.modes.is_empty() {
                            nav class="modes" aria-label="What to scan for" {
                                @for mode in &self.modes { a href=(mode.href) aria-current=[mode.current.then_some("page")] { (mode.label) } }
                            }
                        }
                        label class="sr" for="scan-code" { "Code" }
                        div class="add-row" {
                            input class="input" id="scan-code" name="typed" placeholder="Or scan with a hand scanner, or type" autocomplete="off" autocapitalize="off" spellcheck="false";
                            noscript { (Button::submit("Add").named("then", "add")) }
                        }
                        div class="photo" {
                            label for="scan-photo" data-photo-label { "Read a photo" }
                            // The browser of a phone opens the camera; where there is a script it reads the photo by itself first.
                            input id="scan-photo" type="file" name="photo" accept="image/*" data-photo=(PHOTOS);
                            noscript { (Button::submit("Read it").named("then", "photo").uploads()) }
                        }
                        @if let Some(says) = &self.says { p class="said" role="alert" { (says) } }
                        @for code in &self.typed { input type="hidden" name="raw" value=(code); }
                    }
                    ul class="lines" data-lines aria-label="Scanned" { @for line in &self.lines { (line) } }
                    div class="done" { (Button::submit(self.verb.clone()).primary()) }
                }
            }
        }
    }
}

/// What a code turned out to be.
#[derive(Clone, Debug)]
pub struct ScanLine {
    /// The code itself, which is sent when all are taken.
    pub code: Text,
    /// What it is.
    pub title: Text,
    /// Lot, expiry, place.
    pub sub: Text,
    /// Whether it fits here.
    pub status: super::Status,
    /// It fits: the scanner says so with a high tone; otherwise with a low one, and it is not counted.
    pub good: bool,
    /// How many it stands for.
    pub pieces: i64,
}

impl Render for ScanLine {
    fn render(&self) -> Markup {
        html! {
            li class="line fresh" data-good=(self.good) data-pieces=(self.pieces) {
                @if self.good { input type="hidden" name="code" value=(self.code); }
                div class="line-b" { div class="t1" { (self.title) } div class="sub" { (self.sub) } }
                div class="line-s" { (self.status) }
            }
        }
    }
}

/// The answer to one code.
pub fn scan_line(line: &ScanLine) -> Markup {
    line.render()
}
