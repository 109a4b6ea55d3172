//! Which columns a list shows, in which order, how wide, and which stay in sight: all in its address.
//!
//! `col=name&col=orders_total:160` names columns from left to right with their widths, `pin=orders_total` keeps one beside the
//! first. `move=orders_total:up` is what the arrows of the chooser send where no script runs.

use super::{Column, Icon, Link};
use maud::{Markup, html};

/// The least and most a column may be dragged to, in pixels.
const WIDTHS: std::ops::RangeInclusive<u16> = 60..=640;

/// A column as the address names it: its key, and its width where it was dragged.
fn read(value: &str) -> (&str, Option<u16>) {
    match value.split_once(':') {
        Some((key, width)) => (key, width.parse().ok().map(|width: u16| width.clamp(*WIDTHS.start(), *WIDTHS.end()))),
        None => (value, None),
    }
}

fn write(column: &Column) -> String {
    match column.own_width() {
        Some(width) => format!("{}:{width}", column.key),
        None => column.key.to_string(),
    }
}

/// The columns that the address asks for (`col`), in its order; without any, the usual ones. The first column is always
/// there and first, because it carries the link; pinned ones follow it.
pub fn pick_columns(all: &[Column], link: &Link) -> Vec<Column> {
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    let asked: Vec<(&str, Option<u16>)> = link.get_all("col").map(read).collect();
    let mut shown = vec![first.clone()];
    if asked.is_empty() {
        shown.extend(others.iter().filter(|column| column.is_default()).cloned());
    }
    for (key, width) in asked {
        match shown.iter_mut().find(|column| column.key == key) {
            Some(column) => column.set_width(width),
            None => {
                let Some(mut column) = others.iter().find(|column| column.key == key).cloned() else { continue };
                column.set_width(width);
                shown.push(column);
            }
        }
    }
    let pins: Vec<&str> = link.get_all("pin").collect();
    for column in shown.iter_mut().skip(1).filter(|column| pins.contains(&column.key.as_ref())) {
        column.pin();
    }
    // A stable sort: pinned ones come forward, and keep their order.
    shown[1..].sort_by_key(|column| !column.is_pinned());
    shown
}

/// The address after what the chooser's arrows asked for: every column by name, one of them a place further.
pub fn moved(all: &[Column], link: &Link) -> Link {
    let Some((key, direction)) = link.get("move").and_then(|text| text.split_once(':')) else { return link.clone() };
    let mut shown = pick_columns(all, link);
    let at = shown.iter().position(|column| column.key == key);
    let to = match (at, direction) {
        (Some(at), "up") if at > 1 => Some((at, at - 1)),
        (Some(at), "down") if at > 0 && at + 1 < shown.len() => Some((at, at + 1)),
        _ => None,
    };
    if let Some((at, to)) = to {
        shown.swap(at, to);
    }
    link.without("move").with_all("col", shown.iter().map(write))
}

/// The chooser of columns: a GET form that sends `col` once for each chosen column, in their order. With the script a
/// tick shows or hides at once, and columns are dragged to their places.
pub fn columns_menu(all: &[Column], shown: &[Column], link: &Link) -> Markup {
    let hidden: Vec<&Column> = all.iter().filter(|column| !shown.iter().any(|one| one.key == column.key)).collect();
    html! {
        details class="pop rightwards wide-only" {
            summary class="btn quiet" { (Icon::Columns) "Columns" @if !hidden.is_empty() { small class="muted" { (hidden.len()) " hidden" } } }
            form class="panel cols" method="get" action=(link.path()) data-columns {
                (super::filter::kept(link, |key| matches!(key, "col" | "pin" | "move")))
                ul data-shown aria-label="Shown, from left to right" {
                    @for (index, column) in shown.iter().enumerate() { (chosen(column, true, index == 0)) }
                }
                div class="cap" data-cap hidden[hidden.is_empty()] { "Hidden" }
                ul data-hidden aria-label="Hidden" { @for column in hidden { (chosen(column, false, false)) } }
                hr;
                button class="it no-js" type="submit" { (Icon::Check) "Show these" }
                a class="it" href=(link.without("col").without("pin")) { (Icon::Undo) "As it was" }
            }
        }
    }
}

fn chosen(column: &Column, shown: bool, fixed: bool) -> Markup {
    let arrow = |word: &'static str, icon: Icon| {
        html! {
            button class="mini" type="submit" name="move" value={ (column.key) ":" (word) } data-move=(word)
                title={ "Move " (word) } aria-label={ "Move " (column.label) " " (word) } { (icon) }
        }
    };
    html! {
        li draggable=[(!fixed).then_some("true")] data-key=(column.key) {
            label class="it" {
                input class="box" type="checkbox" name="col" value=(write(column)) checked[shown] disabled[fixed];
                span { (column.label) }
            }
            @if fixed {
                input type="hidden" name="col" value=(write(column));
                span class="mini" title="Always there" { (Icon::Lock) }
            } @else {
                (arrow("up", Icon::Up)) (arrow("down", Icon::Down))
                label class="mini" title="Keep in sight" {
                    input type="checkbox" name="pin" value=(column.key) checked[column.is_pinned()] aria-label={ "Keep " (column.label) " in sight" };
                    (Icon::Pin)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Column> {
        vec![
            Column::new("item", "Item"),
            Column::new("lot", "Lot").width(90),
            Column::new("custodian", "Custodian"),
            Column::new("udi", "UDI").optional(),
        ]
    }

    fn keys(query: &str) -> Vec<String> {
        let shown = pick_columns(&all(), &Link::parse("/units", Some(query)));
        shown.iter().map(write).collect()
    }

    #[test]
    fn the_address_chooses_columns_their_order_and_width() {
        assert_eq!(keys(""), ["item", "lot", "custodian"]);
        assert_eq!(keys("col=udi&col=nonsense&col=lot:140&col=udi"), ["item", "udi", "lot:140"]);
        assert_eq!(keys("col=lot:1&col=item:9999"), ["item:640", "lot:60"]);
        assert_eq!(keys("col=lot:x"), ["item", "lot"]);
    }

    #[test]
    fn pinned_columns_stand_beside_the_first() {
        assert_eq!(keys("pin=custodian&pin=item"), ["item", "custodian", "lot"]);
        assert_eq!(keys("col=lot&col=udi&col=custodian&pin=custodian&pin=udi"), ["item", "udi", "custodian", "lot"]);
    }

    #[test]
    fn an_arrow_moves_a_column_and_names_them_all() {
        let after = |query: &str| moved(&all(), &Link::parse("/units", Some(query))).to_string();
        assert_eq!(after("sort=lot&move=custodian:up"), "/units?sort=lot&col=item&col=custodian&col=lot");
        assert_eq!(after("move=lot:up"), "/units?col=item&col=lot&col=custodian", "nothing stands before the first");
        assert_eq!(after("move=nonsense:down&q=a"), "/units?q=a&col=item&col=lot&col=custodian");
        assert_eq!(after("q=a"), "/units?q=a");
    }
}
