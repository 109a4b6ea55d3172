//! Events as the list shows them: with their purchase orders, whoever else is on them, whose products they are about, and their marks.

use super::sees_prices;
use crate::{Ctx, Result};
use contract::events::{EventSummary, ListedEvent};
use contract::{ListParams, Page};
use domain::event::marks::{MarkFacts, marks};
use domain::event::{EventStatus, EventType};
use domain::file::FileKind;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;
use store::event_marks as rows;
use store::event_marks::WordRow;
use uuid::Uuid;

/// Events in reach, newest first, each with what stands beside it.
pub fn listed(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<ListedEvent>> {
    let page = super::list(ctx, tx, params)?;
    let mut beside = Beside::of(ctx, tx, &page.items)?;
    let items = page.items.into_iter().map(|head| beside.of_event(ctx, head)).collect();
    Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
}

fn by_event(found: Vec<WordRow>) -> HashMap<Uuid, Vec<String>> {
    let mut all: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in found {
        all.entry(row.event_id).or_default().push(row.word);
    }
    all
}

/// What stands beside the events of a page.
struct Beside {
    orders: HashMap<Uuid, Vec<String>>,
    subs: HashMap<Uuid, Vec<String>>,
    makers: HashMap<Uuid, Vec<String>>,
    pictures: HashMap<Uuid, Vec<String>>,
    order_sent: HashSet<Uuid>,
    /// No price, expired.
    units: HashMap<Uuid, (bool, bool)>,
    /// In force, sent, exported.
    invoices: HashMap<Uuid, (i64, i64, i64)>,
    /// Who wants a patient sticker, and who device labels.
    wants: HashMap<Uuid, (bool, bool)>,
}

impl Beside {
    fn of(ctx: &Ctx, tx: &mut Tx, events: &[EventSummary]) -> Result<Self> {
        let org = ctx.org();
        let ids = |wanted: &dyn Fn(&EventSummary) -> bool| -> Vec<Uuid> {
            events.iter().filter(|it| wanted(it)).map(|it| it.id.uuid()).collect()
        };
        let (open, submitted) = (ids(&|it| it.status == EventStatus::Open), ids(&|it| it.status.is_submitted()));
        let sold = ids(&|it| matches!(it.status, EventStatus::PendingPo));
        let billed = ids(&|it| matches!(it.status, EventStatus::PendingPayment | EventStatus::Paid));
        let all = ids(&|_| true);
        let pictured: Vec<&EventSummary> = events.iter().filter(|it| has_pictures(ctx, it)).collect();
        let mut reps: Vec<Uuid> = pictured.iter().map(|it| it.representative_id.uuid()).collect();
        reps.sort_unstable();
        reps.dedup();
        let wanted = |text: &str| -> (bool, bool) {
            let own: BTreeMap<String, bool> = serde_json::from_str(text).unwrap_or_default();
            let wants = |key: &str| own.get(key).copied().unwrap_or(false);
            (wants("require_patient_stickers"), wants("require_device_labels"))
        };
        let wants: HashMap<Uuid, (bool, bool)> =
            rows::settings(tx, org, &reps)?.into_iter().map(|(id, text)| (id, wanted(&text))).collect();
        let asked = |it: &&&EventSummary| wants.get(&it.representative_id.uuid()).is_some_and(|(a, b)| *a || *b);
        let pictured: Vec<Uuid> = pictured.iter().filter(asked).map(|it| it.id.uuid()).collect();
        let mut invoices: HashMap<Uuid, (i64, i64, i64)> = HashMap::new();
        for it in rows::invoices(tx, org, &billed)? {
            let sums = invoices.entry(it.event_id).or_default();
            *sums = (sums.0 + 1, sums.1 + i64::from(it.sent), sums.2 + i64::from(it.exported));
        }
        Ok(Self {
            orders: by_event(rows::orders(tx, org, &submitted)?),
            subs: by_event(rows::subs(tx, org, &all)?),
            makers: by_event(rows::makers(tx, org, &all)?),
            pictures: by_event(rows::pictures(tx, org, &pictured)?),
            order_sent: rows::orders_sent(tx, org, &sold)?.into_iter().map(|row| row.event_id).collect(),
            units: rows::units(tx, org, &open)?
                .into_iter()
                .map(|it| (it.event_id, (it.unpriced, it.expired)))
                .collect(),
            invoices,
            wants,
        })
    }

    fn of_event(&mut self, ctx: &Ctx, head: EventSummary) -> ListedEvent {
        let id = head.id.uuid();
        let pictures = self.pictures.remove(&id).unwrap_or_default();
        let lacks = |kind: FileKind| !pictures.iter().any(|it| it == kind.as_str());
        let (sticker, label) = match has_pictures(ctx, &head) {
            true => self.wants.get(&head.representative_id.uuid()).copied().unwrap_or_default(),
            false => (false, false),
        };
        let (unpriced, expired) = self.units.get(&id).copied().unwrap_or_default();
        let (invoices, sent, exported) = self.invoices.get(&id).copied().unwrap_or_default();
        let submitted = head.submitted_at.map(|at| at.day_in(&ctx.organization.time_zone));
        let facts = MarkFacts {
            status: head.status,
            begun: head.event_on <= ctx.today(),
            prices_edited: head.prices_edited,
            unpriced: unpriced && sees_prices(ctx) && head.r#type.rules().billable,
            expired: expired && head.r#type.rules().refuses_expired,
            lacks_sticker: sticker && lacks(FileKind::PatientSticker),
            lacks_label: label && lacks(FileKind::DeviceLabel),
            order_sent: self.order_sent.contains(&id),
            waits_days: submitted.map_or(0, |day| i64::from(ctx.today().0 - day.0)),
            invoices,
            sent,
            exported,
        };
        ListedEvent {
            purchase_orders: self.orders.remove(&id).unwrap_or_default(),
            sub_representative_names: self.subs.remove(&id).unwrap_or_default(),
            manufacturer_names: self.makers.remove(&id).unwrap_or_default(),
            marks: marks(&facts),
            head,
        }
    }
}

/// Whether pictures may be wanted on an event by now.
fn has_pictures(ctx: &Ctx, it: &EventSummary) -> bool {
    let kind = matches!(it.r#type, EventType::Case | EventType::Trial);
    kind && it.status == EventStatus::Open && it.event_on <= ctx.today()
}
