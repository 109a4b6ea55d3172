//! Which column of somebody's table is which of ours: by its name, as a person said, as it was remembered for the same head,
//! or by a ready mapping for what common programs write.

use super::{Column, ImportKind, json};
use crate::{App, Ctx, Error, Result};
use contract::imports::{ImportMapping, ImportMappings};
use domain::clock::Instant;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::Tx;
use store::directory::mappings::{self as rows, MappingRow};

/// The table's column to ours; an empty text leaves it out. Columns that are not named are found by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(pub BTreeMap<String, String>);

/// Most mappings that are listed.
const LISTED_MAX: i64 = 100;
/// Rows of a table that are shown beside its columns.
const SAMPLES: usize = 3;

/// A mapping that comes with the product.
#[derive(Debug)]
pub struct Ready {
    /// As `mapping=` names it.
    pub key: &'static str,
    /// For people.
    pub name: &'static str,
    /// For which kind of table.
    pub kind: &'static str,
    columns: &'static [(&'static str, &'static str)],
}

/// What the exports of common programs are called: heads as the table has them (lower case, `_` for spaces).
pub const READY: &[Ready] = &[
    Ready {
        key: "accounting",
        name: "Customer list of an accounting program",
        kind: "customers",
        columns: &[
            ("customer", "name"),
            ("name", "name"),
            ("customer_full_name", "name"),
            ("company", "legal_name"),
            ("company_name", "legal_name"),
            ("account_no.", "number"),
            ("main_phone", "phone"),
            ("phone_numbers", "phone"),
            ("phone", "phone"),
            ("main_email", "email"),
            ("email", "email"),
            ("website", "website"),
            ("bill_to_1", ""),
            ("bill_to_2", "address"),
            ("bill_to_3", ""),
            ("bill_to_4", ""),
            ("bill_to_5", ""),
            ("bill_address", "address"),
            ("billing_address", "address"),
            ("street_address", "address"),
            ("bill_city", "city"),
            ("city", "city"),
            ("bill_state", "state"),
            ("state", "state"),
            ("bill_zip", "postal_code"),
            ("zip", "postal_code"),
            ("bill_country", "country"),
            ("country", "country"),
            ("terms", "payment_terms"),
            ("rep", "default_sales_rep"),
            ("credit_limit", "credit_limit"),
            ("customer_type", ""),
            ("resale_num", "tax_id"),
            ("notes", "note"),
            ("note", "note"),
            ("balance", ""),
            ("balance_total", ""),
            ("open_balance", ""),
            ("attachments", ""),
            ("active_status", ""),
        ],
    },
    Ready {
        key: "crm",
        name: "Accounts of a CRM",
        kind: "customers",
        columns: &[
            ("account_id", "external_id=crm"),
            ("account_name", "name"),
            ("account_number", "number"),
            ("account_owner", ""),
            ("type", ""),
            ("industry", ""),
            ("parent_account", "parent"),
            ("phone", "phone"),
            ("website", "website"),
            ("billing_street", "address"),
            ("billing_address_line_1", "address"),
            ("billing_city", "city"),
            ("billing_state/province", "state"),
            ("billing_zip/postal_code", "postal_code"),
            ("billing_country", "country"),
            ("description", "note"),
            ("last_activity", ""),
            ("last_modified_date", ""),
            ("created_date", ""),
        ],
    },
    Ready {
        key: "erp",
        name: "Debtor list of an ERP system",
        kind: "customers",
        columns: &[
            ("debtor_no.", "number"),
            ("debtor", "number"),
            ("customer_no.", "number"),
            ("no.", "number"),
            ("name", "name"),
            ("name_1", "name"),
            ("name_2", "legal_name"),
            ("search_name", "nickname"),
            ("search_term", "nickname"),
            ("address", "address"),
            ("street", "address"),
            ("address_2", "address2"),
            ("post_code", "postal_code"),
            ("postal_code", "postal_code"),
            ("city", "city"),
            ("county", "state"),
            ("region", "state"),
            ("country/region_code", "country"),
            ("country", "country"),
            ("phone_no.", "phone"),
            ("telephone", "phone"),
            ("e-mail", "email"),
            ("payment_terms_code", "payment_terms"),
            ("credit_limit_(lcy)", "credit_limit"),
            ("credit_limit", "credit_limit"),
            ("vat_registration_no.", "tax_id"),
            ("salesperson_code", ""),
            ("balance_(lcy)", ""),
            ("blocked", ""),
        ],
    },
    Ready {
        key: "crm_sites",
        name: "Sites or ship-to addresses of a CRM or an ERP system",
        kind: "locations",
        columns: &[
            ("account_name", "customer"),
            ("customer_no.", "customer"),
            ("parent_account", "customer"),
            ("site_id", "external_id=crm"),
            ("site_name", "name"),
            ("ship-to_name", "name"),
            ("code", "code"),
            ("ship-to_code", "code"),
            ("shipping_street", "address"),
            ("address", "address"),
            ("address_2", "address2"),
            ("shipping_city", "city"),
            ("city", "city"),
            ("shipping_state/province", "state"),
            ("county", "state"),
            ("shipping_zip/postal_code", "postal_code"),
            ("post_code", "postal_code"),
            ("shipping_country", "country"),
            ("country/region_code", "country"),
            ("phone", "phone"),
            ("phone_no.", "phone"),
        ],
    },
];

impl Ready {
    fn mapping(&self) -> Mapping {
        Mapping(self.columns.iter().map(|(theirs, ours)| ((*theirs).to_owned(), (*ours).to_owned())).collect())
    }

    /// How many columns of a head it knows.
    fn knows(&self, headers: &[String]) -> usize {
        headers.iter().filter(|header| self.columns.iter().any(|(theirs, _)| *theirs == header.as_str())).count()
    }
}

/// What a head says, as it is remembered.
fn signature(headers: &[String]) -> String {
    let digest = Sha256::digest(headers.join("\t").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The column that a name stands for, and the system that a number elsewhere belongs to: `external_id=crm`.
pub(super) fn target<'k>(kind: &'k ImportKind, text: &str) -> Option<(&'k Column, Option<String>)> {
    let (name, system) = match text.split_once('=') {
        Some((name, system)) => (name, Some(system.trim().to_owned()).filter(|it| !it.is_empty())),
        None => (text, None),
    };
    let column = kind.columns.iter().find(|it| it.name == name)?;
    (system.is_none() || column.name == "external_id").then_some((column, system))
}

impl Mapping {
    /// From `mapping=`: the key of a ready one, or an object of columns.
    pub fn parse(kind: &ImportKind, text: &str) -> Result<Self> {
        if let Some(ready) = READY.iter().find(|it| it.key == text && it.kind == kind.name) {
            return Ok(ready.mapping());
        }
        let wrong = |message: String| Error::field("mapping", "invalid_value", message);
        let columns: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| {
            let known: Vec<&str> = READY.iter().filter(|it| it.kind == kind.name).map(|it| it.key).collect();
            wrong(format!("Give an object of the table's columns to ours, or one of {}.", known.join(", ")))
        })?;
        if let Some((theirs, ours)) = columns.iter().find(|(_, ours)| !ours.is_empty() && target(kind, ours).is_none())
        {
            return Err(wrong(format!("There is no column {ours} for \u{201c}{theirs}\u{201d}.")));
        }
        Ok(Self(columns.into_iter().map(|(theirs, ours)| (key(&theirs), ours)).collect()))
    }
}

/// A column's name as tables have it once they were read.
fn key(name: &str) -> String {
    name.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("_")
}

/// A table before anything is done with it.
#[derive(Debug, Clone)]
pub struct Look {
    /// Its columns.
    pub headers: Vec<String>,
    /// What it says of itself, to remember a mapping by.
    pub head: String,
    /// For each column what it is taken for; empty when it is left out.
    pub targets: Vec<String>,
    /// Where that comes from, in words.
    pub source: String,
    /// The first rows.
    pub samples: Vec<Vec<String>>,
    /// Rows in all.
    pub rows: usize,
    /// Columns that the table must have and that nothing stands for.
    pub missing: Vec<&'static str>,
}

impl Look {
    /// The mapping that these targets are.
    pub fn mapping(&self) -> Mapping {
        Mapping(self.headers.iter().cloned().zip(self.targets.iter().cloned()).collect())
    }
}

/// Where the columns of a head go without a mapping.
fn by_name(kind: &ImportKind, headers: &[String]) -> Vec<String> {
    let mut taken: Vec<&str> = Vec::new();
    let mut find = |header: &String| {
        let known = kind.columns.iter().find(|it| it.name == header || it.aliases.contains(&header.as_str()))?;
        let free = !taken.contains(&known.name);
        taken.push(known.name);
        free.then(|| known.name.to_owned())
    };
    headers.iter().map(|header| find(header).unwrap_or_default()).collect()
}

/// Where they go with one: each of ours once, the first that names it.
fn by_mapping(kind: &ImportKind, headers: &[String], mapping: &Mapping) -> Vec<String> {
    let mut taken: Vec<&str> = Vec::new();
    let names = by_name(kind, headers);
    let mut all = Vec::with_capacity(headers.len());
    for (header, name) in headers.iter().zip(names) {
        let wanted = mapping.0.get(header).cloned().unwrap_or(name);
        let column = target(kind, &wanted).map(|(column, _)| column.name);
        let free = column.is_some_and(|column| !taken.contains(&column));
        taken.extend(column);
        all.push(if free { wanted } else { String::new() });
    }
    all
}

fn missing(kind: &ImportKind, targets: &[String]) -> Vec<&'static str> {
    let has = |column: &Column| targets.iter().any(|it| target(kind, it).is_some_and(|(it, _)| it.name == column.name));
    kind.columns.iter().filter(|column| column.required && !has(column)).map(|column| column.name).collect()
}

/// Looks at a table: what its columns are taken for, and the first rows. `said` is what a person chose for this head.
pub fn look(ctx: &Ctx, tx: &mut Tx, kind: &ImportKind, bytes: &[u8], said: Option<Mapping>) -> Result<Look> {
    ctx.require(kind.permission)?;
    let table = print::read::read(bytes).map_err(super::sheet::unreadable)?;
    let head = signature(&table.headers);
    let plain = by_name(kind, &table.headers);
    let (targets, source) = match said {
        Some(said) => (by_mapping(kind, &table.headers, &said), "as you said".to_owned()),
        None => {
            let remembered = rows::of_head(tx, ctx.org(), kind.name, &head)?;
            let ready = READY
                .iter()
                .filter(|it| it.kind == kind.name)
                .map(|it| (it.knows(&table.headers), it))
                .max_by_key(|(known, _)| *known)
                // Most of the head, and more than the names alone tell.
                .filter(|(known, _)| known * 3 >= table.headers.len() * 2)
                .map(|(_, it)| it);
            match (remembered, ready) {
                (Some(row), _) => {
                    let mapping = Mapping(serde_json::from_str(&row.mapping).unwrap_or_default());
                    let day = Instant(row.used_at).day_in(&ctx.organization.time_zone);
                    let words = domain::text::day_words(day);
                    (by_mapping(kind, &table.headers, &mapping), format!("as the same table was taken on {words}"))
                }
                (None, Some(ready))
                    if !missing(kind, &plain).is_empty() || more(ready, kind, &table.headers, &plain) =>
                {
                    (by_mapping(kind, &table.headers, &ready.mapping()), format!("as \u{201c}{}\u{201d}", ready.name))
                }
                _ => (plain, "by their names".to_owned()),
            }
        }
    };
    let samples = table.rows.iter().take(SAMPLES).map(|(_, cells)| cells.clone()).collect();
    Ok(Look {
        missing: missing(kind, &targets),
        rows: table.rows.len(),
        headers: table.headers,
        head,
        targets,
        source,
        samples,
    })
}

/// Whether a ready mapping finds more columns than their names do.
fn more(ready: &Ready, kind: &ImportKind, headers: &[String], plain: &[String]) -> bool {
    let found = |targets: &[String]| targets.iter().filter(|it| !it.is_empty()).count();
    found(&by_mapping(kind, headers, &ready.mapping())) > found(plain)
}

/// The mappings of a kind: ready ones, and those that were used.
pub fn mappings(ctx: &Ctx, tx: &mut Tx, kind: &ImportKind) -> Result<ImportMappings> {
    ctx.require(kind.permission)?;
    let ready = READY.iter().filter(|it| it.kind == kind.name).map(|it| ImportMapping {
        key: Some(it.key.to_owned()),
        name: it.name.to_owned(),
        columns: it.mapping().0,
        used_at: None,
    });
    let mut items: Vec<ImportMapping> = ready.collect();
    for row in rows::of_kind(tx, ctx.org(), kind.name, LISTED_MAX)? {
        items.push(ImportMapping {
            key: None,
            name: row.name,
            columns: serde_json::from_str(&row.mapping).unwrap_or_default(),
            used_at: Some(Instant(row.used_at)),
        });
    }
    Ok(ImportMappings { items })
}

impl App {
    /// Remembers how the columns of a table were taken, for the next one with the same head.
    pub(super) async fn keep_mapping(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        headers: &[String],
        mapping: &Mapping,
    ) -> Result<()> {
        let known: BTreeMap<String, String> = headers
            .iter()
            .zip(by_mapping(kind, headers, mapping))
            .map(|(theirs, ours)| (theirs.clone(), ours))
            .collect();
        let row = MappingRow {
            head: signature(headers),
            name: headers.iter().take(4).cloned().collect::<Vec<_>>().join(", "),
            mapping: json(&known)?,
            used_by: ctx.actor.id.uuid(),
            used_at: ctx.now.0,
        };
        self.write(ctx, move |ctx, tx| Ok(rows::keep(tx, ctx.org(), kind.name, &row)?)).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind;
    use super::*;

    #[test]
    fn ready_mappings_name_known_columns() {
        for ready in READY {
            let kind = kind(ready.kind).unwrap();
            for (theirs, ours) in ready.columns {
                assert_eq!(key(theirs), *theirs, "{}", ready.key);
                assert!(ours.is_empty() || target(kind, ours).is_some(), "{}: {ours}", ready.key);
            }
        }
    }

    #[test]
    fn a_column_of_ours_is_taken_once() {
        let kind = kind("customers").unwrap();
        let headers: Vec<String> = ["account_id", "account_name", "name", "phone", "colour"].map(str::to_owned).into();
        let crm = READY.iter().find(|it| it.key == "crm").unwrap();
        assert_eq!(by_mapping(kind, &headers, &crm.mapping()), ["external_id=crm", "name", "", "phone", ""]);
        assert_eq!(by_name(kind, &headers), ["", "", "name", "phone", ""]);
        assert!(Mapping::parse(kind, r#"{"Full Name": "nowhere"}"#).is_err());
        let said = Mapping::parse(kind, r#"{"Full  Name": "name"}"#).unwrap();
        assert_eq!(said.0.get("full_name").map(String::as_str), Some("name"));
    }
}
