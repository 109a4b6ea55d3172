//! What is expected in an event: whose products, and which lines of them; as boxes in its form, and as facts beside it.

use super::acts;
use super::event::Seen;
use super::settings::box_of;
use crate::edge::{Sent, Visit};
use crate::ui::{Fact, Field, FieldError};
use app::events::products::Offered;
use app::{Ctx, Tx};
use contract::events::Event;
use domain::id::{Id, Kind, ManufacturerId, ProductLineId};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Says that a form carried the boxes, so that none ticked means none.
const ASKED: &str = "expects";

/// The fields that may be named by what is wrong.
pub(super) const FIELDS: &[&str] = &["manufacturer_id", "product_line_id"];

/// What a form of an event offers, and what is ticked in it.
#[derive(Default)]
pub(super) struct Boxes {
    offered: Offered,
    manufacturers: Vec<ManufacturerId>,
    product_lines: Vec<ProductLineId>,
}

/// What the form of an event offers: what was sent with it, else what the event has.
pub(super) async fn boxes(visit: &Visit, sent: &Sent, event: Option<&Event>) -> Result<Boxes, crate::edge::Fail> {
    let (manufacturers, product_lines) = match (sent.has(ASKED), event) {
        (true, _) => (sent.ids("manufacturer_ids")?, sent.ids("product_line_ids")?),
        (false, Some(event)) => (event.manufacturer_ids.clone(), event.product_line_ids.clone()),
        (false, None) => (Vec::new(), Vec::new()),
    };
    let (makers, lines) = (manufacturers.clone(), product_lines.clone());
    let read = move |ctx: &Ctx, tx: &mut Tx| app::events::products::offered(ctx, tx, &makers, &lines);
    let offered = visit.read(read).await?;
    Ok(Boxes { offered, manufacturers, product_lines })
}

fn group<K: Kind>(name: &str, label: &str, offered: &[(Id<K>, String)], ticked: &[Id<K>]) -> Markup {
    html! {
        @if !offered.is_empty() {
            fieldset class="field" {
                legend class="label" { (label) span class="opt" { "optional" } }
                div class="choices" {
                    @for (id, title) in offered { (box_of(name, &id.to_string(), title, ticked.contains(id), true)) }
                }
            }
        }
    }
}

impl Boxes {
    /// The boxes, and a field for each that finds one of very many.
    pub(super) fn section(&self, errors: &[FieldError]) -> Markup {
        html! {
            input type="hidden" name=(ASKED) value="true";
            (group("manufacturer_ids", "Manufacturers", &self.offered.manufacturers, &self.manufacturers))
            @if self.offered.more {
                (Field::combo("manufacturer_id", "Another manufacturer", "/suggest/manufacturers", "").optional().errors(errors))
            }
            (group("product_line_ids", "Product lines", &self.offered.product_lines, &self.product_lines))
            @if self.offered.more {
                (Field::combo("product_line_id", "Another product line", "/suggest/product-lines", "").optional().errors(errors))
            }
        }
    }
}

/// What was ticked and found; None where the form did not ask.
pub(super) type Wanted = Option<(Vec<ManufacturerId>, Vec<ProductLineId>)>;

/// What a form says.
///
/// # Errors
/// Names the field that holds something else.
pub(super) fn read(sent: &Sent) -> app::Result<Wanted> {
    if !sent.has(ASKED) {
        return Ok(None);
    }
    let (mut makers, mut lines) = (sent.ids("manufacturer_ids")?, sent.ids("product_line_ids")?);
    makers.extend(acts::picked(sent, "manufacturer_id")?);
    lines.extend(acts::picked(sent, "product_line_id")?);
    makers.sort_unstable();
    makers.dedup();
    lines.sort_unstable();
    lines.dedup();
    Ok(Some((makers, lines)))
}

/// The names of an event's product lines.
pub(super) fn names(ctx: &Ctx, tx: &mut Tx, event: &Event) -> app::Result<BTreeMap<ProductLineId, String>> {
    app::glance::product_lines(ctx, tx, &event.product_line_ids)
}

fn rows<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    html! { @for (at, name) in names.enumerate() { @if at > 0 { br; } (name) } }
}

/// What is expected, as facts.
pub(super) fn facts(seen: &Seen) -> Vec<Fact> {
    let event = &seen.event;
    let mut list = Vec::new();
    if !event.manufacturer_ids.is_empty() {
        let names = event.manufacturer_ids.iter().map(|id| seen.names.manufacturer(*id));
        list.push(Fact::new("Made by", rows(names)));
    }
    if !event.product_line_ids.is_empty() {
        let names = event.product_line_ids.iter().filter_map(|id| seen.product_lines.get(id)).map(String::as_str);
        list.push(Fact::new("Product lines", rows(names)));
    }
    list
}

/// The product lines of an event as a filter of its units.
pub(super) fn filter(seen: &Seen) -> Option<super::list::Filter> {
    let values: Vec<_> =
        seen.product_lines.iter().map(|(id, name)| (id.to_string().into(), name.clone().into())).collect();
    (!values.is_empty()).then(|| super::list::Filter::choice("product_line_id", "Product line", values))
}
