//! Notices: the list of what somebody was told, how people want to be told, and the mails about it. What is told is written by
//! the use cases, in the unit of work that it tells of; which way it goes is decided afterwards, so that no use case waits for it.

mod post;
mod wishes;

pub use wishes::{of_organization, own, put_of_organization, put_own, reset_own};

use crate::list;
use crate::{Ctx, Error, Result};
use contract::notices::{MarkNotification, Notification, UnreadNotifications};
use contract::{Done, ListParams, Page};
use domain::clock::Instant;
use domain::id::{Id, NoticeId};
use domain::notice::{Topic, Wishes, subject_prefix};
use store::notices::{self as rows, NOTICE_COLUMNS, NoticeRow};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// Unread ones that are counted at most.
pub const UNREAD_MOST: i64 = 100;

/// The id of what a notice is about, as it is printed.
fn subject(row: &NoticeRow) -> Option<String> {
    use domain::id;
    let it = row.subject_id;
    Some(match subject_prefix(&row.kind)? {
        "evt" => Id::<id::Event>::from_uuid(it).to_string(),
        "trf" => Id::<id::Transfer>::from_uuid(it).to_string(),
        "req" => Id::<id::Request>::from_uuid(it).to_string(),
        "unt" => Id::<id::Unit>::from_uuid(it).to_string(),
        "aud" => Id::<id::Count>::from_uuid(it).to_string(),
        "rcl" => Id::<id::Recall>::from_uuid(it).to_string(),
        "cus" => Id::<id::Customer>::from_uuid(it).to_string(),
        "pol" => Id::<id::Pool>::from_uuid(it).to_string(),
        "cst" => Id::<id::CommissionStatement>::from_uuid(it).to_string(),
        _ => return None,
    })
}

/// The page of the console on which what a notice is about stands.
pub fn page_of(notice: &Notification) -> Option<String> {
    let Some(id) = &notice.subject_id else {
        return match notice.topic {
            Topic::Loans => Some("/loans?view=overdue".to_owned()),
            Topic::Customers => Some("/customer-tasks".to_owned()),
            Topic::Cover => Some("/absences".to_owned()),
            Topic::Money if notice.kind == "contracts_renewed" => Some("/contracts".to_owned()),
            Topic::Money => Some("/invoices".to_owned()),
            Topic::Stock if notice.kind == "stock_below_par" => Some("/par".to_owned()),
            Topic::Stock => Some("/expiring".to_owned()),
            Topic::Transfers if notice.kind.starts_with("link") => Some("/settings/companies".to_owned()),
            _ => None,
        };
    };
    let room = match domain::id::prefix_of(id)? {
        "evt" => "events",
        "trf" => "transfers",
        "req" => "requests",
        "unt" => "units",
        "aud" => "counts",
        "rcl" => "recalls",
        "cus" => "customers",
        "pol" => "stock-pools",
        "cst" => "commission",
        _ => return None,
    };
    // What the office is asked for stands where it is answered.
    if notice.kind == "price_asked" {
        return Some("/price-gaps".to_owned());
    }
    Some(format!("/{room}/{id}"))
}

fn view(row: NoticeRow) -> Notification {
    Notification {
        id: Id::from_uuid(row.id),
        topic: Topic::of(&row.kind),
        subject_id: subject(&row),
        kind: row.kind,
        sentence: row.sentence,
        created_at: Instant(row.created_at),
        read_at: row.read_at.map(Instant),
    }
}

/// Whoever is told: the account itself, and not whom it acts for.
fn whom(ctx: &Ctx) -> Uuid {
    ctx.actor.id.uuid()
}

/// The topics that somebody wants to see in the product.
fn shown(wishes: &Wishes) -> Vec<Topic> {
    Topic::ALL.iter().copied().filter(|topic| wishes.way(*topic).product).collect()
}

const LATEST: &[Sort] = &[Sort { column: "notice.created_at", descending: true }];

/// What the caller was told, the latest first; of the topics that they want to see, or of those that they ask for.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Notification>> {
    list::only(params, &["unread", "topic"])?;
    let paging = list::paging("notifications", params, &[], LATEST)?;
    let topics = match list::words(params, "topic", Topic::parse)? {
        Some(topics) => topics,
        None => shown(&wishes::in_force(ctx.org(), tx, whom(ctx))?),
    };
    let mut query = Query::new(format!("SELECT {NOTICE_COLUMNS} FROM engine_notice notice"));
    query.and("notice.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("notice.user_id = ?", [Value::Uuid(whom(ctx))]);
    query.any_of("notice.topic", topics.iter().map(|topic| Value::Text(topic.as_str().into())).collect());
    match list::yes_no(params, "unread")? {
        Some(true) => drop(query.and("notice.read_at IS NULL", [])),
        Some(false) => drop(query.and("notice.read_at IS NOT NULL", [])),
        None => {}
    }
    let (found, more) = query.page::<NoticeRow>(tx, &paging.sorts, "notice.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &NoticeRow| vec![Value::Int(row.created_at), Value::Uuid(row.id)];
    let mut page = list::page(paging.bound, found, more, key, view);
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// How many are unread.
pub fn unread(ctx: &Ctx, tx: &mut Tx) -> Result<UnreadNotifications> {
    let wishes = wishes::in_force(ctx.org(), tx, whom(ctx))?;
    let seen = shown(&wishes);
    let counted = rows::unread(tx, ctx.org(), whom(ctx), UNREAD_MOST)?;
    let of = |topic: &str| Topic::parse(topic).is_none_or(|topic| seen.contains(&topic));
    Ok(UnreadNotifications { unread: counted.into_iter().filter(|(topic, _)| of(topic)).map(|(_, n)| n).sum() })
}

/// Marks one as read, or as unread again.
pub fn mark(ctx: &Ctx, tx: &mut Tx, id: NoticeId, ask: &MarkNotification) -> Result<Notification> {
    let at = ask.read.unwrap_or(true).then_some(ctx.now.0);
    rows::notice(tx, ctx.org(), whom(ctx), id.uuid())?.ok_or_else(Error::not_found)?;
    rows::mark(tx, ctx.org(), whom(ctx), id.uuid(), at)?;
    let row = rows::notice(tx, ctx.org(), whom(ctx), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok(view(row))
}

/// Marks all as read.
pub fn mark_all(ctx: &Ctx, tx: &mut Tx) -> Result<Done> {
    rows::mark_all(tx, ctx.org(), whom(ctx), ctx.now.0)?;
    Ok(Done { done: true })
}
