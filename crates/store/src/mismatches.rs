//! Purchase orders that do not fit what they are for.

use uuid::Uuid;

db::record! {
    /// A purchase order with what it says and what it is for.
    #[derive(Clone, Debug)]
    pub struct MismatchRow {
        pub id: Uuid, pub number: String, pub amount_minor: i64, pub received_at: i64, pub event_id: Uuid,
        pub event_number: i64, pub event_name: String, pub manufacturer_name: Option<String>,
        pub representative_name: String, pub location_name: Option<String>, pub expected_minor: i64,
    }
}

/// What a purchase order is for: the event's total, or its manufacturer's units with what it bears of the charges.
macro_rules! expected {
    () => {
        "CASE WHEN ordered.manufacturer_id IS NULL THEN event.total_minor ELSE CAST(COALESCE((SELECT SUM(line.amount_minor) \
         FROM event_line line WHERE line.organization_id = event.organization_id AND line.event_id = event.id \
         AND line.manufacturer_id = ordered.manufacturer_id), 0) AS BIGINT) + COALESCE((SELECT share.amount_minor \
         FROM event_charge_share share WHERE share.organization_id = event.organization_id AND share.event_id = event.id \
         AND share.manufacturer_id = ordered.manufacturer_id), 0) END"
    };
}

/// The list, without its conditions.
pub const MISMATCHES: &str = concat!(
    "SELECT ordered.id, ordered.number, ordered.amount_minor, ordered.received_at, event.id AS event_id, event.number AS event_number, \
     event.name AS event_name, maker.name AS manufacturer_name, person_of.name AS representative_name, place.name AS location_name, ",
    expected!(),
    " AS expected_minor FROM billing_purchase_order ordered \
     JOIN event ON event.organization_id = ordered.organization_id AND event.id = ordered.event_id \
     JOIN people_user person_of ON person_of.organization_id = event.organization_id AND person_of.id = event.representative_id \
     LEFT JOIN directory_location place ON place.organization_id = event.organization_id AND place.id = event.location_id \
     LEFT JOIN catalog_manufacturer maker ON maker.organization_id = ordered.organization_id AND maker.id = ordered.manufacturer_id"
);

/// That it does not fit.
pub const DIFFERS: &str = concat!("ordered.amount_minor <> ", expected!());
