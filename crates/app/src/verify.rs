//! Proof: the journal is replayed against the tables. An organisation without differences is proven; anything else is
//! named, with what to look at.
//!
//! It may run beside a working server: each step reads one moment's snapshot, and a unit of work writes tables and
//! journal together.

use crate::links::proof::Place;
use crate::{App, Result};
use domain::clock::Instant;
use domain::id::{CatalogItemId, CustomerId, EntryId, EventId, InvoiceId, LocationId, OrganizationId, UnitId, UserId};
use domain::limits::SEAL_SECONDS;
use domain::stock::UnitState;
use std::fmt;
use store::Tx;
use store::verify::{BY_UNIT, Chain, Counted, Found};
use uuid::Uuid;

/// Units of one step.
const UNITS_PER_STEP: i64 = 50_000;
/// Customers of one step.
const CUSTOMERS_PER_STEP: i64 = 500;
/// Links of the chain of one step.
const LINKS_PER_STEP: i64 = 2_000;
/// Differences that are told; beyond them only their number is.
const TOLD_MAX: usize = 1_000;

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which check found it, `snake_case`.
    pub check: &'static str,
    /// The printed id of what it is about; empty when it is about nobody in particular.
    pub subject: String,
    /// A sentence.
    pub sentence: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.sentence)
    }
}

/// What was looked at and what differed.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Units.
    pub units: i64,
    /// Entries of the journal.
    pub entries: i64,
    /// Differences, at most a thousand.
    pub differences: Vec<Difference>,
    /// There are more.
    pub more: bool,
}

impl Report {
    /// Journal and tables say the same.
    pub const fn is_proven(&self) -> bool {
        self.differences.is_empty()
    }

    fn add(&mut self, difference: Difference) {
        if self.differences.len() < TOLD_MAX {
            self.differences.push(difference);
        } else {
            self.more = true;
        }
    }
}

/// How far the proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is looked at, in words.
    pub step: &'static str,
    /// How much of it is done.
    pub done: i64,
    /// How much there is.
    pub total: i64,
}

impl App {
    /// Every organisation on this server with its name.
    pub async fn organizations(&self) -> Result<Vec<(OrganizationId, String)>> {
        let rows = self.db().read(store::verify::organizations).await?;
        Ok(rows.into_iter().map(|(id, name)| (OrganizationId::from_uuid(id), name)).collect())
    }

    /// Replays the journal of an organisation against its tables. `progress` is called after each step.
    pub async fn verify(
        &self,
        organization: OrganizationId,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Report> {
        let id = organization.uuid();
        let (units, entries) = self.db().read(move |tx| store::verify::sizes(tx, id)).await?;
        let mut report = Report { units, entries, ..Report::default() };
        self.verify_units(id, &mut report, &mut progress).await?;
        self.verify_sums(id, &mut report, &mut progress).await?;
        self.verify_standings(id, &mut report, &mut progress).await?;
        self.verify_links(id, &mut report, &mut progress).await?;
        self.verify_chain(id, &mut report, &mut progress).await?;
        Ok(report)
    }

    async fn verify_units(
        &self,
        organization: Uuid,
        report: &mut Report,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        let (mut after, mut done) = (Uuid::nil(), 0);
        while after != Uuid::max() {
            let (to, found) = self.db().read(move |tx| units_step(tx, organization, after)).await?;
            found.into_iter().for_each(|difference| report.add(difference));
            after = to;
            done = (done + UNITS_PER_STEP).min(report.units);
            progress(Progress { step: "units and their movements", done, total: report.units });
        }
        Ok(())
    }

    async fn verify_sums(
        &self,
        organization: Uuid,
        report: &mut Report,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        type Step = fn(&mut Tx, Uuid) -> store::Result<Vec<Difference>>;
        const STEPS: [(&str, Step); 5] = [
            ("open events", open_events),
            ("counters", counters),
            ("figures of customers", customers),
            ("invoices, payments and credits", invoices),
            ("reach of people", reach),
        ];
        for (done, (name, step)) in STEPS.into_iter().enumerate() {
            let found = self.db().read(move |tx| step(tx, organization)).await?;
            found.into_iter().for_each(|difference| report.add(difference));
            progress(Progress { step: name, done: done as i64 + 1, total: STEPS.len() as i64 });
        }
        Ok(())
    }

    /// What customers owe and may owe, made anew from invoices and orders and compared.
    async fn verify_standings(
        &self,
        organization: Uuid,
        report: &mut Report,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            let (last, found) = self
                .db()
                .read(move |tx| store::directory::standing::differing(tx, organization, after, CUSTOMERS_PER_STEP))
                .await?;
            found.into_iter().for_each(|it| report.add(standing_sentence(it)));
            let Some(last) = last else { return Ok(()) };
            (after, done) = (last, done + CUSTOMERS_PER_STEP);
            progress(Progress { step: "what customers owe", done, total: done });
        }
    }

    /// Both halves of what crosses to linked companies.
    async fn verify_links(
        &self,
        organization: Uuid,
        report: &mut Report,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        let mut done = 0;
        let mut at = Some(Place::Links);
        while let Some(place) = at {
            let (next, found) = self.db().read(move |tx| crate::links::proof::step(tx, organization, place)).await?;
            found.into_iter().for_each(|(check, subject, told)| {
                report.add(Difference { check, subject, sentence: sentence(&told) });
            });
            (at, done) = (next, done + 1);
            progress(Progress { step: "links with other companies", done, total: done });
        }
        Ok(())
    }

    async fn verify_chain(
        &self,
        organization: Uuid,
        report: &mut Report,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<()> {
        let mut at = Chain::default();
        let mut done = 0;
        loop {
            let from = at.clone();
            let step = self.db().read(move |tx| store::verify::chain(tx, organization, &from, LINKS_PER_STEP)).await?;
            let Some((next, found)) = step else { break };
            found.into_iter().for_each(|it| report.add(link_sentence(it)));
            done += next.seq - at.seq;
            at = next;
            progress(Progress { step: "the sealed chain", done: done.min(report.entries), total: report.entries });
        }
        let late = self.now().plus_seconds(-SEAL_SECONDS).0;
        let found = self.db().read(move |tx| store::verify::unsealed(tx, organization, late)).await?;
        found.into_iter().for_each(|it| report.add(seal_sentence(it)));
        Ok(())
    }
}

fn units_step(tx: &mut Tx, organization: Uuid, after: Uuid) -> store::Result<(Uuid, Vec<Difference>)> {
    let to = store::verify::range_end(tx, organization, after, UNITS_PER_STEP)?;
    let mut differences = Vec::new();
    for check in BY_UNIT {
        let found = store::verify::in_range(tx, organization, check, after, to)?;
        differences.extend(found.into_iter().map(|it| unit_sentence(check.name, it)));
    }
    Ok((to, differences))
}

fn unit_sentence(check: &'static str, (unit, n, case): Found) -> Difference {
    let subject = UnitId::from_uuid(unit).to_string();
    let told = match (check, case) {
        ("movements", 1) => format!("step {n} of {subject} is the first and yet comes from somewhere"),
        ("movements", 2) => format!("the step before step {n} of {subject} is missing"),
        ("movements", _) => format!("step {n} of {subject} does not begin where the step before ended"),
        ("last_movement", 1) => format!("{subject} has had {n} steps, and the journal does not hold the last one"),
        ("last_movement", 2) => format!("{subject} has another custodian than the journal's step {n} says"),
        ("last_movement", 3) => format!("{subject} is in another state than the journal's step {n} says"),
        ("last_movement", _) => format!("{subject} is on another shelf than the journal's step {n} says"),
        ("stray_movement", 1) => format!("the journal holds step {n} of {subject}, which does not exist"),
        ("stray_movement", 2) => format!("the journal holds step {n} of {subject}, which has not had so many"),
        ("stray_movement", _) => format!("step {n} of {subject} belongs to no entry"),
        ("state", 1) => {
            let state = UnitState::from_stored(n).label().to_lowercase();
            format!("{subject} is stored as {state}, which does not follow from its facts")
        }
        ("state", 2) => format!("{subject} is both active and deactivated, or neither"),
        ("state", _) => format!("{subject} is sorted by another expiry than it has"),
        ("custodian", 1) => format!("nobody that exists answers for {subject}"),
        ("custodian", 2) => format!("an account that may not hold stock answers for {subject}"),
        ("custodian", _) => format!("{subject} is held by an organisation that is not this one"),
        ("unit_in_transfer", 1) => format!("{subject} is marked as in transfer, but no pending line holds it"),
        ("unit_in_transfer", _) => format!("{subject} is marked as in a transfer that is not pending"),
        ("transfer_line", _) => format!("a pending transfer holds {subject}, which does not know of it"),
        ("pending_lines", _) => format!("{n} pending transfers hold {subject} at once"),
        ("unit_in_event", _) => format!("{subject} is marked as in an event on which it does not stand"),
        (_, _) => format!("{subject} stands on an open event and does not know of it"),
    };
    Difference { check, subject, sentence: sentence(&told) }
}

fn open_events(tx: &mut Tx, organization: Uuid) -> store::Result<Vec<Difference>> {
    let found = store::verify::open_events(tx, organization)?;
    let told = |(event, _, open): Found| {
        let subject = EventId::from_uuid(event).to_string();
        let told = match open {
            1 => format!("{subject} is no longer open, but its lines are"),
            _ => format!("{subject} is open, but lines of it are closed"),
        };
        Difference { check: "open_lines", subject, sentence: sentence(&told) }
    };
    Ok(found.into_iter().map(told).collect())
}

fn counters(tx: &mut Tx, organization: Uuid) -> store::Result<Vec<Difference>> {
    let found = store::verify::counters(tx, organization)?;
    let mut told: Vec<Difference> = found.iter().map(|it| counted("stock_counter", it, true)).collect();
    let found = store::verify::totals(tx, organization)?;
    told.extend(found.iter().map(|it| counted("stock_total", it, false)));
    Ok(told)
}

fn counted(check: &'static str, it: &Counted, by_item: bool) -> Difference {
    let subject = UserId::from_uuid(it.first).to_string();
    let state = UnitState::from_stored(it.key).label().to_lowercase();
    let item = if by_item { format!(" of {}", CatalogItemId::from_uuid(it.second)) } else { String::new() };
    let shelf = if it.flag == 1 { " as facility stock" } else { "" };
    let told =
        format!("{subject} has {} units{item} that are {state}{shelf}, and {} are counted", it.counted, it.stored);
    Difference { check, subject, sentence: sentence(&told) }
}

fn customers(tx: &mut Tx, organization: Uuid) -> store::Result<Vec<Difference>> {
    let counts = store::verify::customer_counts(tx, organization)?;
    let sums = store::verify::customer_sums(tx, organization)?;
    let told = |(check, what, it): (&'static str, &str, Counted)| {
        let subject = CustomerId::from_uuid(it.first).to_string();
        let place = if it.second.is_nil() { subject.clone() } else { LocationId::from_uuid(it.second).to_string() };
        let day = domain::clock::Day(it.key as i32);
        let told = format!("{what} of {place} on {day} are kept as {} and add up to {}", it.stored, it.counted);
        Difference { check, subject, sentence: sentence(&told) }
    };
    let kept = store::verify::figures(tx, organization)?.into_iter().map(|(id, n, case)| {
        let subject = match case {
            1 => CustomerId::from_uuid(id).to_string(),
            _ => LocationId::from_uuid(id).to_string(),
        };
        let told = format!("the figures of {subject} say {n} orders and are not what its days add up to");
        Difference { check: "customer_figures", subject, sentence: sentence(&told) }
    });
    let credits = store::verify::customer_credits(tx, organization)?;
    let counts = counts.into_iter().map(|it| ("customer_orders", "orders", it));
    let sums = sums.into_iter().map(|it| ("customer_totals", "order totals", it));
    let credits = credits.into_iter().map(|it| ("customer_credits", "credits", it));
    Ok(counts.chain(sums).chain(credits).map(told).chain(kept).collect())
}

fn standing_sentence((kind, id, what): store::directory::standing::Differing) -> Difference {
    let subject = match kind.as_str() {
        "cus" => CustomerId::from_uuid(id).to_string(),
        _ => LocationId::from_uuid(id).to_string(),
    };
    let told = format!("{subject} is kept with another {} than its invoices and orders give", what.join(", "));
    Difference { check: "customer_standing", subject, sentence: sentence(&told) }
}

fn invoices(tx: &mut Tx, organization: Uuid) -> store::Result<Vec<Difference>> {
    let found = store::verify::invoices(tx, organization)?;
    let told = |(id, n, case): Found| {
        let invoice = InvoiceId::from_uuid(id).to_string();
        let (check, subject, told) = match case {
            1 => (
                "invoice_paid",
                invoice.clone(),
                format!("{invoice} says that {n} was paid, its payments say otherwise"),
            ),
            2 => {
                ("invoice_credited", invoice.clone(), format!("{invoice} is credited by another amount than its memos"))
            }
            3 => ("invoice_credited", invoice.clone(), format!("{invoice} has more paid and credited than it is over")),
            4 => ("invoice_status", invoice.clone(), format!("{invoice} stands otherwise than paid and credited give")),
            _ => {
                let customer = CustomerId::from_uuid(id).to_string();
                (
                    "credit_balance",
                    customer.clone(),
                    format!("{customer} has used more credit balance than there was ({n})"),
                )
            }
        };
        Difference { check, subject, sentence: sentence(&told) }
    };
    Ok(found.into_iter().map(told).collect())
}

fn reach(tx: &mut Tx, organization: Uuid) -> store::Result<Vec<Difference>> {
    let wanted = store::people::wanted_reach(&store::people::facts(tx, organization)?);
    let stored = store::people::stored_reach(tx, organization)?;
    let mut pairs: Vec<(Uuid, Uuid)> = stored
        .iter()
        .filter(|(pair, levels)| {
            wanted.get(*pair).map(|reach| (reach.person as i64, reach.custody as i64)) != Some(**levels)
        })
        .map(|(pair, _)| *pair)
        .chain(wanted.keys().filter(|pair| !stored.contains_key(*pair)).copied())
        .collect();
    pairs.sort_unstable();
    let told = |(actor, subject): (Uuid, Uuid)| {
        let (actor, subject) = (UserId::from_uuid(actor).to_string(), UserId::from_uuid(subject));
        let told = format!("{actor} reaches {subject} in the table otherwise than the rule says");
        Difference { check: "reach", subject: actor, sentence: sentence(&told) }
    };
    Ok(pairs.into_iter().map(told).collect())
}

fn link_sentence((entry, seq, case): Found) -> Difference {
    let subject = EntryId::from_uuid(entry).to_string();
    let told = match case {
        1 => format!("the chain has a gap before link {seq}"),
        2 => format!("link {seq} seals {subject}, which is gone"),
        _ => format!("link {seq} does not seal what {subject} says now"),
    };
    Difference { check: "chain", subject, sentence: sentence(&told) }
}

fn seal_sentence((entry, n, case): Found) -> Difference {
    let subject = EntryId::from_uuid(entry).to_string();
    let told = match case {
        1 => format!("{subject} of {} is still unsealed; is a server running?", Instant(n).rfc3339()),
        2 => format!("{subject} waits to be sealed and is gone"),
        3 => format!("{subject} is neither sealed nor waits to be"),
        4 => format!("{subject} is sealed and still waits to be"),
        _ => format!("changes belong to {subject}, which is gone"),
    };
    Difference { check: "unsealed", subject, sentence: sentence(&told) }
}

/// A sentence; an id at its beginning stays as it is printed.
fn sentence(told: &str) -> String {
    let mut text = format!("{told}.");
    if told.as_bytes().get(3) != Some(&b'_')
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    text
}
