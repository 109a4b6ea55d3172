//! An event with everything that the rules ask of it and of its lines.

use super::{Usability, charge, kind, money, noted, status, too_large, unit_name, unit_of};
use crate::{Ctx, Result};
use domain::billing::BillingStatus;
use domain::clock::Day;
use domain::event::lifecycle::{self, EventFacts, LineFacts, Standing};
use domain::event::{self, EventStatus, EventType, LineMoney, Usage};
use domain::refusal::Refusal;
use std::collections::HashSet;
use store::Tx;
use store::events::{ChargeRow, EventRow, LineRow, PlaceRow};
use uuid::Uuid;

/// Whether a customer's billing status has a say: of a stocking order that is not submitted yet.
fn asks_credit(row: &EventRow) -> bool {
    row.r#type == EventType::StockingOrder.as_str() && row.status == EventStatus::Open.as_str()
}

/// The stricter of the status set by hand and what credit asks for, as of now.
pub(crate) fn effective_status(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<String> {
    Ok(store::directory::standing::customer_today(tx, ctx.org(), customer, ctx.today())?.effective_status)
}

/// An event with everything that the rules ask.
pub(crate) struct Loaded {
    pub kind: EventType,
    pub lines: Vec<LineRow>,
    pub charges: Vec<event::Charge>,
    pub charge_rows: Vec<ChargeRow>,
    pub place: Option<PlaceRow>,
    names: Vec<String>,
    standings: Vec<Standing>,
    noted: Vec<Usage>,
    /// A patient sticker and device labels are wanted and missing.
    lacks: (bool, bool),
}

impl Loaded {
    /// Reads lines, charges and location.
    pub fn of(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Self> {
        let lines = store::events::lines(tx, ctx.org(), row.id)?;
        let mut place = match row.location_id {
            Some(location) => store::events::place(tx, ctx.org(), location)?,
            None => None,
        };
        if let Some(place) = place.as_mut().filter(|_| asks_credit(row)) {
            place.billing_status = effective_status(ctx, tx, place.customer_id)?;
        }
        let charge_rows = store::events::charges(tx, ctx.org(), row.id)?;
        let charges = charge_rows.iter().map(charge).collect();
        let mut loaded = Self {
            kind: kind(row)?,
            names: Vec::new(),
            standings: Vec::new(),
            noted: noted(ctx),
            lacks: (false, false),
            lines,
            charges,
            charge_rows,
            place,
        };
        loaded.name_lines();
        Ok(loaded)
    }

    /// Some lines alone, to be looked at one by one.
    pub fn of_lines(row: &EventRow, lines: Vec<LineRow>, noted: Vec<Usage>) -> Result<Self> {
        let mut loaded = Self {
            kind: kind(row)?,
            lines,
            charges: Vec::new(),
            charge_rows: Vec::new(),
            place: None,
            names: Vec::new(),
            standings: Vec::new(),
            noted,
            lacks: (false, false),
        };
        loaded.name_lines();
        Ok(loaded)
    }

    /// The same, once it is known how each unit stands.
    pub fn judged(mut self, ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Self> {
        self.judge(ctx, tx, row)?;
        Ok(self)
    }

    /// What stands against each line while the event is open.
    pub fn warned(&self, row: &EventRow) -> Result<Vec<Option<Refusal>>> {
        let open = status(row)? == EventStatus::Open;
        self.ask(row, |facts, lines| {
            lines.iter().map(|line| open.then(|| lifecycle::add_line(facts, line).err()).flatten()).collect()
        })
    }

    /// Names the lines, all of them ready: as they are after this event has taken them out of stock.
    pub fn name_lines(&mut self) {
        self.names = self.lines.iter().map(|line| unit_name(&line.number, &line.lot, &line.serial)).collect();
        self.standings = vec![Standing::Ready; self.lines.len()];
    }

    /// How each unit stands to the open event.
    pub fn judge(&mut self, ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
        let usability = Usability::of(ctx, tx, row)?;
        let reusable: Vec<Uuid> = self.lines.iter().filter(|line| line.reusable).map(|line| line.unit_id).collect();
        let busy: HashSet<Uuid> =
            store::events::busy_units(tx, ctx.org(), row, &reusable)?.into_iter().map(|busy| busy.unit_id).collect();
        self.standings = self.lines.iter().map(|line| standing(row, line, &usability, &busy)).collect();
        Ok(())
    }

    /// Asks what pictures are wanted and missing: before submitting, and for what is to be looked at then.
    pub fn ask_for_pictures(&mut self, ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
        self.lacks = crate::files::lacking(ctx, tx, row)?;
        Ok(())
    }

    /// Whether some line's unit is facility stock of another location.
    pub fn facility_stock_elsewhere(&self, location: Option<Uuid>) -> bool {
        self.lines.iter().any(|line| line.facility_stock && line.shelf_location_id != location)
    }

    /// What the event adds up to.
    pub fn totals(&self) -> Result<event::Totals> {
        let lines: Vec<LineMoney> = self.lines.iter().map(money).collect();
        event::totals(self.kind, &lines, &self.charges).map_err(too_large)
    }

    /// Hands the facts to a rule.
    pub fn ask<T>(&self, row: &EventRow, rule: impl FnOnce(&EventFacts<'_>, &[LineFacts<'_>]) -> T) -> Result<T> {
        let lines: Vec<LineFacts<'_>> = (0..self.lines.len()).map(|at| self.line_facts(at)).collect();
        let noted_lines = !self.lines.is_empty() && self.lines.iter().all(|line| !line.note.is_empty());
        let billing = self.place.as_ref().and_then(|place| BillingStatus::parse(&place.billing_status));
        let facts = EventFacts {
            has_location: row.location_id.is_some(),
            has_physician: row.physician_id.is_some(),
            has_reason: !row.note.is_empty() || noted_lines,
            lines: &lines,
            charges: &self.charges,
            total: self.totals()?.total,
            note_required_for: &self.noted,
            lacks_patient_sticker: self.lacks.0,
            lacks_device_label: self.lacks.1,
            billing: billing.unwrap_or(BillingStatus::Good),
            hold_released: row.hold_released,
            ..EventFacts::new(self.kind, status(row)?, super::day(row))
        };
        Ok(rule(&facts, &lines))
    }

    fn line_facts(&self, at: usize) -> LineFacts<'_> {
        let line = &self.lines[at];
        LineFacts {
            name: &self.names[at],
            money: money(line),
            reusable: line.reusable,
            has_note: !line.note.is_empty(),
            expires_on: line.expires_on.map(|day| Day(day as i32)),
            expiry_accepted: !line.expiry_reason.is_empty(),
            standing: self.standings[at],
        }
    }
}

fn standing(row: &EventRow, line: &LineRow, usability: &Usability, busy: &HashSet<Uuid>) -> Standing {
    let unit = unit_of(line);
    let elsewhere = if line.reusable { busy.contains(&line.unit_id) } else { line.event_id != Some(row.id) };
    match usability.check(&unit).map_err(|refusal| refusal.code) {
        _ if !unit.active => Standing::Inactive,
        _ if unit.transfer.is_some() => Standing::InTransfer,
        _ if unit.on_hold => Standing::OnHold,
        _ if elsewhere => Standing::TakenElsewhere,
        Err("facility_stock_other_location") => Standing::AtOtherLocation,
        Err("unit_not_usable_by_representative") => Standing::NotWithRepresentative,
        _ => Standing::Ready,
    }
}
