//! Quotes and what they are worth: what is planned for sure, and what is only likely.

use super::{Definition, EVENT_FILTERS, Kind};
use domain::people::Permission;
use store::figures::Statement;

/// One row for each event that was quoted.
pub(super) const FORECAST: Definition = Definition {
    name: "forecast",
    label: "Quotes and forecast",
    description: "One row for each event that was quoted: what the customer said, how likely it is, and what that is worth.",
    columns: &[
        ("starts_at", "Begins", Kind::Instant),
        ("event_id", "Event", Kind::Id("evt")),
        ("event_number", "Event number", Kind::Int),
        ("status", "Status", Kind::Text),
        ("name", "Name", Kind::Text),
        ("day_on", "Day", Kind::Date),
        ("representative_id", "Representative ID", Kind::Id("usr")),
        ("representative", "Representative", Kind::Text),
        ("customer", "Customer", Kind::Text),
        ("location", "Location", Kind::Text),
        ("quote_number", "Quote number", Kind::Int),
        ("quote_state", "Quote", Kind::Text),
        ("valid_until_on", "Valid until", Kind::Date),
        ("probability_percent", "Probability, %", Kind::Int),
        ("quoted_minor", "Quoted", Kind::Price),
        ("weighted_minor", "Weighted", Kind::Price),
        ("total_minor", "Marked so far", Kind::Price),
    ],
    filters: EVENT_FILTERS,
    permission: Permission::ViewReports,
    build: |asked, _| {
        // A quote without a probability is planned for sure.
        let mut it = Statement::new(
            "SELECT event.starts_at, event.id, event.number, event.status, event.name, event.day, event.representative_id, \
            person.name, customer.name, location.name, quote.number, quote.state, quote.valid_until, quote.probability, \
            quote.total_minor, quote.total_minor * COALESCE(quote.probability, 100) / 100, event.total_minor FROM event_quote quote \
            JOIN event ON event.organization_id = quote.organization_id AND event.id = quote.event_id \
            LEFT JOIN people_user person ON person.organization_id = event.organization_id AND person.id = event.representative_id \
            LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
            LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id",
            vec![],
            &["event.starts_at", "event.id"],
            17,
        );
        asked.about_events(&mut it, None)?;
        Ok(it)
    },
};
