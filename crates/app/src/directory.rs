//! The directory: customers and their locations, physicians, procedures, places, prices, payment terms, views.

pub mod back;
pub mod bulk;
pub mod calls;
mod check;
pub mod contracts;
pub mod customers;
pub mod families;
pub(crate) mod ladder;
pub mod likeness;
pub mod locations;
pub mod merges;
pub mod named;
pub mod physicians;
pub mod prices;
pub mod prices_deep;
pub mod recipients;
pub mod remarks;
pub mod terms;
pub mod territories;
pub mod views;

pub(crate) use check::{
    Cleaner, archive, clean_email, clean_name, clean_npi, clean_text, note_changes, printed, words_of,
};
pub use prices::{price_for, prices_for};

use crate::{Ctx, Error, Result};
use contract::ListParams;
use domain::clock::Day;
use domain::engagement::{Engagement, EngagementRules, Period, Rhythm, Window};
use domain::id::{Id, Kind, UserId};
use domain::people::{Level, Role};
use domain::terms::BasisDate;
use store::Tx;
use store::directory::RepRow;
use store::directory::customers::FigureRow;
use uuid::Uuid;

/// Over which time a list sums, from `window=`; with `custom`, from `window_from` to `window_to`.
pub fn window(params: &ListParams) -> Result<Period> {
    let (from, to) = (crate::list::day(params, "window_from")?, crate::list::day(params, "window_to")?);
    let named = match params.filters.get("window").map(String::as_str) {
        Some("custom") => None,
        None if from.is_some() || to.is_some() => None,
        None => Some(Window::All),
        Some("90_days") => Some(Window::Last90Days),
        Some(text) => Some(Window::parse(text).ok_or_else(|| {
            let known: Vec<&str> = Window::ALL.iter().map(|it| it.as_str()).collect();
            Error::field("window", "invalid_value", format!("The window is one of {}, custom.", known.join(", ")))
        })?),
    };
    match named {
        Some(_) if from.is_some() || to.is_some() => {
            Err(Error::field("window_from", "not_expected", "Days of one's own go with window=custom."))
        }
        Some(window) => Ok(window.into()),
        None if from.zip(to).is_some_and(|(from, to)| from > to) => {
            Err(Error::field("window_to", "invalid_value", "The window ends before it begins."))
        }
        None => Ok(Period::Custom { from, to }),
    }
}

/// What holds for customers that have chosen nothing themselves.
#[derive(Clone, Copy)]
pub(crate) struct Defaults {
    pub terms: Option<Uuid>,
    pub basis: BasisDate,
}

/// The organisation's own terms and basis date, from its settings.
pub(crate) fn defaults(ctx: &Ctx) -> Defaults {
    let text = |key: &str| ctx.organization.settings.get(key).and_then(serde_json::Value::as_str);
    let terms = text("default_payment_terms_id").and_then(|id| id.parse::<domain::id::PaymentTermsId>().ok());
    let basis = text("default_basis_date").and_then(BasisDate::parse).unwrap_or(BasisDate::DEFAULT);
    Defaults { terms: terms.map(Id::uuid), basis }
}

/// Days of a figure: 0 stands for none.
fn day(stored: i64) -> Option<Day> {
    (stored > 0).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

/// How alive the business is by these figures, and the average order.
fn judged(figure: &FigureRow, today: Day) -> (Engagement, Option<i64>) {
    let rhythm = Rhythm {
        first_on: day(figure.first_order_on),
        last_on: day(figure.last_order_on),
        usual_gap: figure.usual_gap.and_then(|gap| i32::try_from(gap).ok()),
    };
    let engagement = domain::engagement::engagement(&rhythm, today, &EngagementRules::default());
    (engagement, (figure.orders_count > 0).then_some(figure.orders_avg_minor))
}

/// An account that is to care for a customer or location: within the actor's reach, of a fitting role, active.
pub(crate) fn check_rep(ctx: &Ctx, tx: &mut Tx, field: &str, id: UserId) -> Result<RepRow> {
    let row = store::directory::rep(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(field))?;
    let viewer = ctx.viewer();
    if !viewer.office && store::reach::of(tx, viewer, row.id)?.person < Level::See {
        return Err(Error::unknown(field));
    }
    if !Role::parse(&row.role).is_some_and(domain::directory::may_be_sales_rep) {
        let message =
            format!("{} is no sales rep. Choose a sales user, a distributor or a regional manager.", row.name);
        return Err(Error::field(field, "not_a_sales_rep", message));
    }
    if !row.active {
        let message = format!("The account of {} is deactivated. Choose somebody else.", row.name);
        return Err(Error::field(field, "user_inactive", message));
    }
    Ok(row)
}

/// Facility managers add people and procedures, never customers and locations.
fn refuse_facility_manager(ctx: &Ctx) -> Result<()> {
    if ctx.actor.role == Role::FacilityManager {
        return Err(Error::forbidden("not_allowed", "Customers and locations are made by the office or by a rep."));
    }
    Ok(())
}

fn uuids<K: Kind>(ids: Vec<Id<K>>) -> Vec<Uuid> {
    ids.into_iter().map(Id::uuid).collect()
}

/// `true` shows archived rows, `false` (the default) the others, `all` both.
fn archived(params: &ListParams) -> Result<Option<bool>> {
    match params.filters.get("archived").map(String::as_str) {
        None | Some("false" | "0") => Ok(Some(false)),
        Some("true" | "1") => Ok(Some(true)),
        Some("all") => Ok(None),
        Some(_) => Err(Error::field("archived", "invalid_value", "Give true, false or all.")),
    }
}
