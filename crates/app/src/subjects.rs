//! Ids in changes of the journal, printed with their prefix. A stored change knows its subject by the bare id alone; mostly the
//! kind of its entry says what that is, and where it does not the tables are asked.

use crate::{Ctx, Result};
use domain::id::UnitId;
use std::collections::HashMap;
use store::Tx;
use uuid::Uuid;

/// What entries of a kind are about, by the beginning of the kind.
const BY_KIND: &[(&str, &str)] = &[
    ("accounting_export", "acx"),
    ("accounting_settings_", "org"),
    ("account_", "usr"),
    ("assignments_", "usr"),
    ("bom_", "bom"),
    ("catalog_item_", "cat"),
    ("charge_", "chg"),
    ("container_", "unt"),
    ("count_plan_", "cpl"),
    ("count_", "aud"),
    ("customer_", "cus"),
    ("facility_stock_", "unt"),
    ("group_", "usr"),
    ("link_", "lnk"),
    ("location_", "loc"),
    ("manufacturer_", "mfr"),
    ("organization_changed", "org"),
    ("password_", "usr"),
    ("payment_terms_", "ptm"),
    ("physician_", "phy"),
    ("place_", "plc"),
    ("pool_c", "pol"),
    ("preference_card_", "pcd"),
    ("price_list_", "prl"),
    ("procedure_", "prc"),
    ("product_line_", "pln"),
    ("quick_sources_", "usr"),
    ("recall_", "rcl"),
    ("region_", "rgn"),
    ("request_", "req"),
    ("sales_targets_", "usr"),
    ("unit_", "unt"),
    ("user_", "usr"),
];

/// Prefixes that were found, so that a page asks once for each.
#[derive(Debug, Default)]
pub(crate) struct Prefixes(HashMap<Uuid, &'static str>);

impl Prefixes {
    /// The subject of a change as outside knows it.
    pub fn print(&mut self, ctx: &Ctx, tx: &mut Tx, kind: &str, field: &str, subject: Uuid) -> Result<String> {
        if let Some(prefix) = self.0.get(&subject) {
            return Ok(printed(prefix, subject));
        }
        let by_kind = BY_KIND.iter().find(|(begin, _)| kind.starts_with(begin)).map(|(_, prefix)| *prefix);
        let prefix = match by_kind {
            Some(prefix) => prefix,
            None => match store::names::prefix_of(tx, ctx.org(), subject)? {
                Some(prefix) => prefix,
                // What stands inside an event has no table that is asked by its id alone.
                None if field == "number" => "pon",
                None => "lin",
            },
        };
        self.0.insert(subject, prefix);
        Ok(printed(prefix, subject))
    }
}

/// An id of a kind that is known by its prefix only.
pub(crate) fn printed(prefix: &str, id: Uuid) -> String {
    let body = UnitId::from_uuid(id).to_string();
    format!("{prefix}{}", &body[3..])
}
