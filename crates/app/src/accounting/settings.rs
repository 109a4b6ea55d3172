//! How an organisation exports to one kind of program.

use crate::events::plan::typed;
use crate::{Ctx, Error, Result};
use contract::accounting::{AccountName, AccountingSettings, FieldName, PutAccountingSettings};
use domain::accounting::{AccountRole, ExportKind, plain_name};
use domain::clock::Day;
use domain::limits;
use domain::people::Permission;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::accounting::SettingRow;

/// Facts that are sent along at most: a limit against mistakes, beyond what any program has columns for.
const FIELDS_MAX: usize = 200;

/// What is stored as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    pub accounts: Vec<AccountName>,
    #[serde(default)]
    pub fields: Vec<FieldName>,
    #[serde(default)]
    pub own_name_only: bool,
    #[serde(default)]
    pub seller_tax_number: String,
    #[serde(default)]
    pub seller_registration: String,
}

impl Stored {
    pub(super) fn read(row: Option<&SettingRow>) -> Result<Self> {
        match row {
            None => Ok(Self::default()),
            Some(row) => serde_json::from_str(&row.settings).map_err(|error| Error::Internal(error.to_string())),
        }
    }

    /// The name of an account there.
    pub(super) fn account(&self, role: AccountRole) -> String {
        let own = self.accounts.iter().find(|account| account.role == role);
        own.map_or_else(|| role.default_name().to_owned(), |account| account.name.clone())
    }
}

fn view(kind: ExportKind, row: Option<&SettingRow>) -> Result<AccountingSettings> {
    let stored = Stored::read(row)?;
    let name = |role: &AccountRole| AccountName { role: *role, name: stored.account(*role) };
    Ok(AccountingSettings {
        kind,
        begins_on: row.and_then(|row| row.begins_on).map(|day| Day(day as i32)),
        accounts: AccountRole::ALL.iter().map(name).collect(),
        own_name_only: stored.own_name_only,
        seller_tax_number: stored.seller_tax_number.clone(),
        seller_registration: stored.seller_registration.clone(),
        fields: stored.fields,
        version: row.map_or(0, |row| row.version),
    })
}

/// How exports of a kind are set up.
pub fn settings(ctx: &Ctx, tx: &mut Tx, kind: ExportKind) -> Result<AccountingSettings> {
    ctx.require(Permission::ManageBilling)?;
    view(kind, store::accounting::setting(tx, ctx.org(), kind.as_str())?.as_ref())
}

/// Sets exports of a kind up. Runs that were made stay as they are.
pub fn put(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, ask: &PutAccountingSettings) -> Result<AccountingSettings> {
    ctx.require(Permission::ManageBilling)?;
    let before = store::accounting::lock_setting(tx, ctx.org(), kind.as_str())?;
    let version = before.as_ref().map_or(0, |row| row.version);
    ctx.check_version(version, || view(kind, before.as_ref()))?;
    let stored = checked(ask)?;
    let begins_on = ask.begins_on.map(|day| i64::from(day.0));
    let text = serde_json::to_string(&stored).map_err(|error| Error::Internal(error.to_string()))?;
    // What was left out because of the first day may come in now, so that the next run looks at everything again.
    let unmoved = before.as_ref().is_some_and(|row| row.begins_on == begins_on && !was_narrower(row, &stored));
    let scan_from = before.as_ref().filter(|_| unmoved).map_or(0, |row| row.scan_from);
    let row = SettingRow { begins_on, scan_from, settings: text, version: version + 1 };
    store::accounting::save_setting(tx, ctx.org(), kind.as_str(), &row)?;
    let mut entry = ctx.entry("accounting_settings_changed").subject(ctx.org());
    let shown = |row: &SettingRow| format!("{} {}", row.begins_on.map_or(0, |day| day), row.settings);
    entry.change(ctx.org(), kind.as_str(), before.as_ref().map(shown), Some(shown(&row)));
    entry.append(ctx, tx)?;
    view(kind, Some(&row))
}

/// Whether it left out what is let in now.
fn was_narrower(row: &SettingRow, now: &Stored) -> bool {
    Stored::read(Some(row)).is_ok_and(|before| before.own_name_only && !now.own_name_only)
}

fn checked(ask: &PutAccountingSettings) -> Result<Stored> {
    let mut accounts: Vec<AccountName> = Vec::new();
    for (at, given) in ask.accounts.iter().enumerate() {
        let field = format!("accounts[{at}].name");
        let name = plain_account(&field, &given.name)?;
        if accounts.iter().any(|known| known.role == given.role) {
            return Err(Error::field(format!("accounts[{at}].role"), "named_twice", "This account is named twice."));
        }
        if !name.is_empty() && name != given.role.default_name() {
            accounts.push(AccountName { role: given.role, name });
        }
    }
    if ask.fields.len() > FIELDS_MAX {
        return Err(Error::field("fields", "too_many", format!("Send along at most {FIELDS_MAX} facts.")));
    }
    let mut fields = Vec::new();
    for (at, given) in ask.fields.iter().enumerate() {
        let name = typed(&format!("fields[{at}].name"), domain::text::clean_name(&given.name, limits::CODE_MAX))?;
        fields.push(FieldName { source: given.source, name });
    }
    let code = |field: &str, text: &str| -> Result<String> {
        Ok(typed(field, domain::text::clean_optional(Some(text), limits::CODE_MAX))?.unwrap_or_default())
    };
    Ok(Stored {
        accounts,
        fields,
        own_name_only: ask.own_name_only,
        seller_tax_number: code("seller_tax_number", &ask.seller_tax_number)?,
        seller_registration: code("seller_registration", &ask.seller_registration)?,
    })
}

/// The name of an account: sub-accounts may stand behind a colon.
pub(super) fn plain_account(field: &str, text: &str) -> Result<String> {
    let name = typed(field, domain::text::clean_optional(Some(text), limits::NAME_MAX))?.unwrap_or_default();
    let parts: Vec<String> = name.split(':').map(|part| plain_name(part, limits::NAME_MAX)).collect();
    Ok(parts.join(":"))
}
