//! Taking stock from a source that the office opened for this account: a warehouse, a forward shelf. No one has to accept.

use super::send::{alike, offer, taken};
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::{acts, stock, words};
use crate::ui::{Button, Empty, FieldError, Flash, Header, Icon, Room, csrf_field, error_summary};
use app::names::{Names, Wanted};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use contract::transfers::QuickTransfer;
use contract::units::Unit;
use contract::{CustodianRef, ListParams};
use maud::{Markup, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/quick-transfer", get(page).merge(post(take)))
}

/// Units that are offered at once; a search narrows them down.
const OFFERED: u32 = 200;

/// The sources of this account, and what lies at one of them.
struct Seen {
    sources: Vec<CustodianRef>,
    from: Option<CustodianRef>,
    units: Vec<Unit>,
    more: bool,
    names: Names,
}

/// From whom this account may take stock.
pub fn sources(ctx: &Ctx, tx: &mut Tx) -> app::Result<Vec<CustodianRef>> {
    if !ctx.actor.role.holds_stock() || ctx.actor.custodian_only {
        return Ok(Vec::new());
    }
    Ok(app::people::quick_sources(ctx, tx, ctx.principal())?.sources)
}

fn see(ctx: &Ctx, tx: &mut Tx, asked: Option<CustodianRef>, q: &str) -> app::Result<Seen> {
    let sources = sources(ctx, tx)?;
    let from = match asked {
        Some(asked) if !sources.contains(&asked) => return Err(Error::not_found()),
        asked => asked.or_else(|| sources.first().copied()),
    };
    let (mut units, mut more) = (Vec::new(), false);
    if let Some(source) = from.and_then(CustodianRef::custodian) {
        let mut params = ListParams {
            limit: Some(OFFERED),
            q: Some(q.to_owned()).filter(|q| !q.is_empty()),
            sort: Some("expires_on".into()),
            ..ListParams::default()
        };
        params.filters.insert("state".into(), "available".into());
        params.filters.insert("facility_stock".into(), "false".into());
        let page = app::unit_lists::at_source(ctx, tx, source, &params)?;
        more = page.next_cursor.is_some();
        units = page.items.into_iter().filter(|unit| unit.container_id.is_none()).collect();
    }
    let mut wanted = Wanted::new();
    units.iter().for_each(|unit| stock::want(&mut wanted, unit));
    for source in &sources {
        wanted.custodian(source.id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    Ok(Seen { sources, from, units, more, names })
}

async fn page(visit: Visit) -> Out {
    let asked = visit.link.get("from").map(str::to_owned);
    show(&visit, asked.as_deref(), &[]).await
}

async fn show(visit: &Visit, from: Option<&str>, errors: &[FieldError]) -> Out {
    let asked = match from.filter(|text| !text.is_empty()) {
        Some(text) => Some(acts::read_custodian(visit, text).ok_or_else(Fail::not_found)?),
        None => None,
    };
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let words = q.clone();
    let seen = visit.read(move |ctx, tx| see(ctx, tx, asked, &words)).await?;
    let header = Header::new("Take stock")
        .crumb("Transfers", "/transfers")
        .under("From a source that was opened for you. It is yours at once: nobody has to accept it.");
    let work = match seen.from {
        None => Empty::new(Icon::Download, "No source is open to you")
            .text("The office says on your account from whom you may take stock without asking.")
            .action(Button::link("Look at transfers", "/transfers"))
            .render(),
        Some(from) => offers(visit, &seen, from, &q, errors),
    };
    let body = html! { (header) div class="content" { (work) } };
    Ok(if errors.is_empty() {
        visit.page("Take stock", Room::Transfers, body)
    } else {
        visit.refused("Take stock", Room::Transfers, body)
    })
}

fn offers(visit: &Visit, seen: &Seen, from: CustodianRef, q: &str, errors: &[FieldError]) -> Markup {
    let id = acts::custodian_id(from.id);
    html! {
        @if seen.sources.len() > 1 {
            nav class="seg gap-below" aria-label="From" {
                @for source in &seen.sources {
                    @let other = acts::custodian_id(source.id);
                    a href={ "/quick-transfer?from=" (other) } aria-current=[(*source == from).then_some("page")] { (seen.names.custodian(source.id)) }
                }
            }
        } @else { p class="gap-below" { "From " strong { (seen.names.custodian(from.id)) } } }
        form class="form" method="get" action="/quick-transfer" role="search" {
            input type="hidden" name="from" value=(id);
            div class="field" {
                label class="label" for="q" { "Item, lot, serial" }
                input class="input" id="q" type="search" name="q" value=(q) autocomplete="off";
            }
        }
        @if seen.units.is_empty() {
            p class="help" { @if q.is_empty() { "Nothing is free here at the moment." } @else { "Nothing that is free here matches." } }
        } @else {
            form class="form pad-top" method="post" action="/quick-transfer" {
                (csrf_field(&visit.csrf()))
                (error_summary(errors))
                input type="hidden" name="from" value=(id);
                div class="label" { "Free to be taken, first to expire first" }
                div class="choices" { @for group in alike(&seen.units) { (offer(visit, &seen.names, &group)) } }
                @if seen.more { p class="help" { "These are the first; search to see others." } }
                div class="form-foot" { (Button::submit("Take these").primary()) (Button::link("Cancel", "/transfers").quiet()) }
            }
        }
    }
}

async fn take(visit: Visit, sent: Sent) -> Out {
    let from = sent.text("from").to_owned();
    let source = acts::custodian(&visit, &sent, "from")?.ok_or_else(|| Error::unknown("from"))?;
    let unit_ids = taken(&sent)?;
    if unit_ids.is_empty() {
        return show(&visit, Some(&from), &[FieldError::new("", "Choose at least one unit.")]).await;
    }
    let count = words::count(unit_ids.len() as i64, "unit", "units");
    let body = QuickTransfer { from: source, unit_ids };
    match visit.save(&sent, move |ctx, tx| app::transfers::quick(ctx, tx, &body)).await {
        Ok(made) => {
            let id = made["id"].as_str().unwrap_or_default();
            Ok(visit.go(&format!("/transfers/{id}"), Flash::done(format!("{count} taken: you answer for them now"))))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &[]);
            show(&visit, Some(&from), &errors).await
        }
    }
}
