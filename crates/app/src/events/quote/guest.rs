//! A customer's link to one quote: made by whoever works on the event, opened without an account, answered once.
//!
//! The link carries the organisation and a secret of 256 bits; the digest alone is kept. It shows one edition of one quote,
//! ends after some days, when a newer edition is made and when a newer link is, and is used up by an answer.

use super::{answer, number, shown, state};
use crate::events::managed;
use crate::session::{inside, outside};
use crate::{App, Config, Ctx, Error, Result, Source, labels};
use auth::SystemRandom;
use auth::secret::Kind;
use contract::quotes::{QuoteLink, ShareQuote};
use domain::clock::{Day, Instant};
use domain::event::EventStatus;
use domain::id::EventId;
use domain::limits;
use domain::quote::{self, QuoteState};
use store::Tx;
use store::events::EventRow;
use store::quotes::LinkRow;
use uuid::Uuid;

/// Where the console opens a link; the secret follows.
pub const GUEST_PATH: &str = "/quote/";
/// Days that a link works unless something else is said, and at most.
const DAYS: (i64, i64) = (14, 60);
const DAY: i64 = 86_400 * 1_000_000;

/// Makes the link to the latest edition; earlier links end. Its answer is never remembered.
pub fn share(ctx: &Ctx, tx: &mut Tx, config: &Config, id: EventId, body: &ShareQuote) -> Result<QuoteLink> {
    let event = managed(ctx, tx, id)?;
    let days = body.days.unwrap_or(DAYS.0);
    if !(1..=DAYS.1).contains(&days) {
        return Err(Error::field("days", "invalid_days", format!("Give a number of days from 1 to {}.", DAYS.1)));
    }
    crate::events::lines::must_see_prices(ctx)?;
    let row = store::quotes::quote(tx, ctx.org(), event.id)?.ok_or_else(super::no_quote)?;
    quote::may_decide(state(&row), (row.revision, row.revision), row.valid_until.map(shown), ctx.today())?;
    let (secret, digest) = Kind::Guest.generate(&mut SystemRandom);
    let expires_at = ctx.now.0 + days * DAY;
    let by = ctx.actor.id.uuid();
    store::quotes::replace_link(tx, ctx.org(), digest.as_bytes(), event.id, row.revision, by, ctx.now.0, expires_at)?;
    let mut entry = ctx.entry("quote_shared").subject(event.id);
    entry.change(event.id, "link_expires_at", None, Some(Instant(expires_at).rfc3339()));
    entry.append(ctx, tx)?;
    let link = format!("{}{GUEST_PATH}{}", config.public_url, outside(&secret, ctx.org()));
    Ok(QuoteLink { link, expires_at: Instant(expires_at) })
}

/// Ends the links of a quote.
pub fn unshare(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<contract::quotes::Quote> {
    let event = managed(ctx, tx, id)?;
    if store::quotes::end_links(tx, ctx.org(), event.id)? > 0 {
        let mut entry = ctx.entry("quote_link_ended").subject(event.id);
        entry.change(event.id, "link_expires_at", Some("open".to_owned()), None);
        entry.append(ctx, tx)?;
    }
    super::view(ctx, tx, &event)
}

/// What a guest sees: the one quote, and nothing else of the organisation.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Who quotes.
    pub organization: String,
    /// The quote's number.
    pub number: String,
    /// Which edition.
    pub revision: i64,
    /// Where it stands.
    pub state: QuoteState,
    /// Where the event takes place, and for which physician and procedure.
    pub about: Vec<String>,
    /// The day of the event.
    pub event_on: Day,
    /// The last day on which it holds.
    pub valid_until: Option<Day>,
    /// What stands on it.
    pub note: String,
    /// (number, description, how many, price of one, amount), worded.
    pub lines: Vec<[String; 5]>,
    /// What it adds up to, worded.
    pub total: String,
    /// Until when the link works.
    pub expires_at: Instant,
    /// Where the organisation is.
    pub time_zone: String,
    /// Who answered, where somebody has.
    pub decided_name: String,
    /// It can be answered now; otherwise why not.
    pub open: Result<(), String>,
}

impl App {
    /// In whose right a link is opened: that of whoever gave it, as long as they may work.
    async fn guest(&self, link: &str) -> Result<(Ctx, Vec<u8>, LinkRow)> {
        let (secret, organization) = inside(link).ok_or_else(Error::not_found)?;
        let digest = Kind::Guest.digest(secret).ok_or_else(Error::not_found)?.as_bytes().to_vec();
        let now = self.now().0;
        let key = digest.clone();
        let found = self.db().read(move |tx| -> Result<Option<(LinkRow, String)>> {
            let Some(row) = store::quotes::link(tx, organization, &key, now)? else { return Ok(None) };
            let maker = store::people::user(tx, organization, row.created_by)?.filter(|user| user.active);
            Ok(maker.map(|user| (row, user.email)))
        });
        let (row, email) = found.await?.ok_or_else(Error::not_found)?;
        let ctx = self.context_of(&email, Source::Console).await?.ok_or_else(Error::not_found)?;
        if ctx.org() != organization {
            return Err(Error::not_found());
        }
        Ok((ctx, digest, row))
    }

    /// The quote behind a link that works. Unknown, ended and foreign links are all the same: not found.
    pub async fn guest_quote(&self, link: &str) -> Result<Shown> {
        let (ctx, _, row) = self.guest(link).await?;
        self.read(&ctx, move |ctx, tx| look(ctx, tx, &row)).await
    }

    /// The same as PDF.
    pub async fn guest_paper(&self, link: &str) -> Result<crate::billing::documents::Paper> {
        let (ctx, _, row) = self.guest(link).await?;
        self.read(&ctx, move |ctx, tx| super::paper::pdf(ctx, tx, row.event_id, Some(row.revision))).await
    }

    /// A guest's answer. The link is used up with it.
    pub async fn guest_answer(&self, link: &str, approved: bool, name: &str, note: &str) -> Result<()> {
        let (ctx, digest, row) = self.guest(link).await?;
        let (name, note) = (name.to_owned(), note.to_owned());
        self.write(&ctx, move |ctx, tx| settle(ctx, tx, &digest, &row, approved, &name, &note)).await
    }
}

fn settle(ctx: &Ctx, tx: &mut Tx, digest: &[u8], link: &LinkRow, approved: bool, name: &str, note: &str) -> Result<()> {
    let name = labels::required("name", name, limits::NAME_MAX)?;
    let note = labels::note("note", note)?;
    let mut event = store::events::lock_event(tx, ctx.org(), link.event_id)?.ok_or_else(Error::not_found)?;
    must_be_open(&event)?;
    let row = store::quotes::quote(tx, ctx.org(), event.id)?.ok_or_else(Error::not_found)?;
    quote::may_decide(state(&row), (row.revision, link.revision), row.valid_until.map(shown), ctx.today())?;
    if !store::quotes::use_link(tx, ctx.org(), digest, ctx.now.0)? {
        return Err(Error::not_found());
    }
    let number = number(row.number);
    answer(ctx, tx, row, (approved, &name, &note), None)?;
    let what = if approved { "approved" } else { "declined" };
    let sentence = format!("{name} {what} {number} for {}.", event.name);
    for whom in interested(&event, link.created_by) {
        let id = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), whom, id, "quote_answered", event.id, &sentence, ctx.now.0)?;
    }
    crate::events::save(ctx, tx, &mut event)
}

/// Who hears of an answer: whoever gave the link, and the representative.
fn interested(event: &EventRow, by: Uuid) -> Vec<Uuid> {
    let mut all = vec![by, event.representative_id];
    all.dedup();
    all
}

/// 409 once the event was submitted or cancelled: there is nothing to say yes or no to any more.
fn must_be_open(event: &EventRow) -> Result<()> {
    if crate::events::status(event)? == EventStatus::Open {
        return Ok(());
    }
    Err(Error::conflict("event_over", "This case is not being planned any more, so there is nothing to answer."))
}

fn may_answer(
    event: &EventRow,
    state: QuoteState,
    editions: (i64, i64),
    valid_until: Option<Day>,
    today: Day,
) -> Result<(), String> {
    match must_be_open(event) {
        Err(Error::Conflict { message, .. }) if state == QuoteState::Draft => Err(message),
        _ => quote::may_decide(state, editions, valid_until, today).map_err(|refusal| refusal.message),
    }
}

fn look(ctx: &Ctx, tx: &mut Tx, link: &LinkRow) -> Result<Shown> {
    let org = ctx.org();
    let event = store::events::event(tx, org, link.event_id)?.ok_or_else(Error::not_found)?;
    let row = store::quotes::quote(tx, org, event.id)?.ok_or_else(Error::not_found)?;
    if row.revision != link.revision {
        return Err(Error::not_found());
    }
    let named = store::events::named(tx, org, event.id)?.ok_or_else(Error::not_found)?;
    let currency = super::paper::currency(ctx);
    let words = |minor: i64| domain::money::Minor(minor).display(currency);
    let lines = store::quotes::lines(tx, org, event.id)?;
    let cells = lines.into_iter().map(|line| {
        let amount = words(line.unit_price_minor.saturating_mul(line.quantity));
        [line.number, line.description, line.quantity.to_string(), words(line.unit_price_minor), amount]
    });
    let about = [named.location_name, named.procedure_name, named.physician_name];
    let (decided, latest) = (state(&row), (row.revision, link.revision));
    let valid_until = row.valid_until.map(shown);
    Ok(Shown {
        organization: ctx.organization.name.clone(),
        number: number(row.number),
        revision: row.revision,
        state: decided,
        about: about.into_iter().flatten().filter(|words| !words.is_empty()).collect(),
        event_on: Day(event.day as i32),
        valid_until,
        note: row.note,
        lines: cells.collect(),
        total: words(row.total_minor),
        expires_at: Instant(link.expires_at),
        time_zone: ctx.organization.time_zone.clone(),
        decided_name: row.decided_name,
        open: may_answer(&event, decided, latest, valid_until, ctx.today()),
    })
}
