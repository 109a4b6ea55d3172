//! Which column of the table is which of ours: what each is taken for, beside its first rows, to be changed before anything is
//! written.

use crate::edge::{Sent, Visit};
use crate::ui::{Banner, Button, Cell, Column, Row, Table, banner};
use app::imports::ImportKind;
use app::imports::mapping::{self, Look, Mapping};
use axum::body::Bytes;
use maud::{Markup, html};

/// What the columns of a table are taken for: as the form says when it was about this very head, else as they are known.
pub(super) async fn look(visit: &Visit, kind: &'static ImportKind, sent: &Sent, bytes: &Bytes) -> app::Result<Look> {
    let table = bytes.clone();
    let first = visit.app.read(&visit.ctx, move |ctx, tx| mapping::look(ctx, tx, kind, &table, None)).await?;
    if sent.text("head") != first.head {
        return Ok(first);
    }
    let said = first.headers.iter().enumerate().map(|(at, header)| {
        let wanted = sent.text(&format!("col.{at}"));
        (header.clone(), wanted.to_owned())
    });
    let (said, table) = (Mapping(said.collect()), bytes.clone());
    visit.app.read(&visit.ctx, move |ctx, tx| mapping::look(ctx, tx, kind, &table, Some(said))).await
}

fn options(kind: &ImportKind, now: &str) -> Markup {
    let name = now.split('=').next().unwrap_or(now);
    html! {
        option value="" selected[now.is_empty()] { "Leave out" }
        @for column in kind.columns {
            @let here = column.name == name;
            option value=(if here { now } else { column.name }) selected[here] { (column.name) @if column.required { " (needed)" } }
        }
    }
}

/// The choice for each column. The fields belong to the form that holds the file.
pub(super) fn choose(kind: &ImportKind, look: &Look) -> Markup {
    let head = vec![
        Column::new("theirs", "Column of the table").width(220),
        Column::new("ours", "Is taken for").width(240).phone_side(),
        Column::new("samples", "First rows").phone_sub(),
    ];
    let rows = look.headers.iter().enumerate().map(|(at, header)| {
        let now = look.targets.get(at).map_or("", String::as_str);
        let samples: Vec<&str> =
            look.samples.iter().filter_map(|row| row.get(at)).map(String::as_str).filter(|it| !it.is_empty()).collect();
        let select = html! {
            select class="input" name={ "col." (at) } form="import-form" aria-label={ "What " (header) " is" } { (options(kind, now)) }
        };
        let shown = samples.join(" · ");
        let shown: String = shown.chars().take(90).collect();
        Row::new(at.to_string(), vec![Cell::of(html! { span class="mono" { (header) } }), Cell::of(select), Cell::text(shown)])
            .off(now.is_empty())
    });
    html! {
        section class="sec pad-top" {
            h3 { "Columns of the table" }
            @if !look.missing.is_empty() {
                (banner(Banner::Warning, html! { b { "Say which column is the " (look.missing.join(" and the ")) } "Choose it below, then check again." }, None))
            } @else {
                p class="sub" { "Taken " (look.source) ". What you choose is remembered for the next table with this head." }
            }
            input type="hidden" name="head" value=(look.head) form="import-form";
            (Table::new("mapping", "Columns of the table", head).rows(rows.collect()).inside())
            div class="form-foot pad-top" { (Button::submit("Check again").form("import-form").named("step", "check")) }
        }
    }
}
