//! How customers are billed: the language of their papers, whether they are exempt from tax.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// How a customer is billed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ProfileRow {
        pub id: Uuid, pub language: String, pub tax_exempt: bool, pub tax_reason: String, pub tax_certificate: String,
        pub tax_valid_to: Option<i64>, pub version: i64,
    }
}

macro_rules! profile {
    ($end:literal) => {
        concat!(
            "SELECT id, language, tax_exempt, tax_reason, tax_certificate, tax_valid_to, version FROM billing_profile \
             WHERE organization_id = $1 AND customer_id = $2 ORDER BY updated_at DESC, id DESC LIMIT 1",
            $end
        )
    };
}

const PROFILE: &str = profile!("");
const LOCK: Sql = Sql { lite: profile!(""), pg: profile!(" FOR UPDATE") };
const INSERT: &str = "INSERT INTO billing_profile (organization_id, id, customer_id, language, tax_exempt, tax_reason, \
    tax_certificate, tax_valid_to, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)";
const SAVE: &str = "UPDATE billing_profile SET language = $3, tax_exempt = $4, tax_reason = $5, tax_certificate = $6, \
    tax_valid_to = $7, updated_at = $8, version = version + 1 WHERE organization_id = $1 AND id = $2";

/// How a customer is billed; of two that a merge brought together the one that was changed later.
pub fn profile(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Option<ProfileRow>> {
    tx.one(PROFILE, args![organization, customer])
}

/// The same, locked. Its customer is locked before.
pub fn lock(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Option<ProfileRow>> {
    tx.one(LOCK, args![organization, customer])
}

/// Says how a customer is billed for the first time.
pub fn insert(tx: &mut Tx, organization: Uuid, customer: Uuid, row: &ProfileRow, now: i64) -> Result<()> {
    let kept = args![
        organization,
        row.id,
        customer,
        row.language,
        row.tax_exempt,
        row.tax_reason,
        row.tax_certificate,
        row.tax_valid_to,
        now
    ];
    tx.exec(INSERT, kept)?;
    Ok(())
}

/// Changes it.
pub fn save(tx: &mut Tx, organization: Uuid, row: &ProfileRow, now: i64) -> Result<()> {
    let kept = args![
        organization,
        row.id,
        row.language,
        row.tax_exempt,
        row.tax_reason,
        row.tax_certificate,
        row.tax_valid_to,
        now
    ];
    tx.exec(SAVE, kept)?;
    Ok(())
}
