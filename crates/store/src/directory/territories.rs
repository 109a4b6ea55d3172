//! Territories: who cares for locations without another rep; and settling who that is for many locations at once.

use super::locations;
use db::{Result, Tx, args};
use domain::directory::{RepLadder, SalesRepMode, SalesRepSource, Territory, effective_rep};
use domain::id::{Id, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

db::record! {
    /// A territory as stored.
    #[derive(Clone, Debug)]
    pub struct TerritoryRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub rep_id: Uuid, pub states: String, pub postal_codes: String,
        pub rank: i64, pub version: i64,
    }
}

const ALL: &str = "SELECT id, name, name_key, rep_id, states, postal_codes, rank, version FROM directory_territory \
    WHERE organization_id = $1 ORDER BY rank, id";
const LOCK: db::Sql = crate::locking!(
    "SELECT id, name, name_key, rep_id, states, postal_codes, rank, version FROM directory_territory \
    WHERE organization_id = $1 AND id = $2"
);
const INSERT: &str = "INSERT INTO directory_territory (organization_id, id, name, name_key, rep_id, states, postal_codes, rank, \
    version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE: &str = "UPDATE directory_territory SET name = $3, name_key = $4, rep_id = $5, states = $6, postal_codes = $7, \
    rank = $8, version = $9 + 1 WHERE organization_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM directory_territory WHERE organization_id = $1 AND id = $2";

/// Every territory, in the order in which they are tried.
pub fn all(tx: &mut Tx, organization: Uuid) -> Result<Vec<TerritoryRow>> {
    tx.all(ALL, args![organization])
}

/// One territory, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TerritoryRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Makes a territory.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &TerritoryRow) -> Result<()> {
    let args = args![
        organization,
        row.id,
        row.name,
        row.name_key,
        row.rep_id,
        row.states,
        row.postal_codes,
        row.rank,
        row.version
    ];
    tx.exec(INSERT, args)?;
    Ok(())
}

/// Saves a locked territory, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &TerritoryRow) -> Result<()> {
    let args = args![
        organization,
        row.id,
        row.name,
        row.name_key,
        row.rep_id,
        row.states,
        row.postal_codes,
        row.rank,
        row.version
    ];
    tx.exec(SAVE, args)?;
    Ok(())
}

/// Takes a territory away.
pub fn delete(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DELETE, args![organization, id])?;
    Ok(())
}

/// Who cares when nobody else does: the territories and the house account, with the folded names of all of them.
#[derive(Clone, Debug, Default)]
pub struct Fallback {
    territories: Vec<Territory>,
    house: Option<UserId>,
    keys: BTreeMap<Uuid, String>,
}

const KEYS: &str = "SELECT id, name_key FROM people_user WHERE organization_id = $1 AND id IN ({ids})";

impl Fallback {
    /// As it is now. The house account stands in the organisation's settings.
    pub fn read(tx: &mut Tx, organization: Uuid) -> Result<Self> {
        let rows = all(tx, organization)?;
        Self::of_rows(tx, organization, &rows)
    }

    /// As it would be with these territories, in this order.
    pub fn of_rows(tx: &mut Tx, organization: Uuid, rows: &[TerritoryRow]) -> Result<Self> {
        let settings = crate::people::organization(tx, organization)?.map(|row| row.settings).unwrap_or_default();
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap_or_default();
        let house: Option<UserId> =
            settings.get("house_account_id").and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
        let mut ids: Vec<Uuid> = rows.iter().map(|row| row.rep_id).chain(house.map(UserId::uuid)).collect();
        ids.sort_unstable();
        ids.dedup();
        let keys = crate::bulk::all::<(Uuid, String)>(tx, KEYS, args![organization], &ids)?;
        let parts = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
        let territories = rows
            .iter()
            .map(|row| Territory {
                rep: Id::from_uuid(row.rep_id),
                states: parts(&row.states),
                postal_codes: parts(&row.postal_codes),
            })
            .collect();
        Ok(Self { territories, house, keys: keys.into_iter().collect() })
    }

    /// Who cares for a location that inherits: its customer's default rep with the folded name, else by where it lies.
    pub fn of(&self, customer: Option<(Uuid, &str)>, state: &str, postal_code: &str) -> Effective {
        let territory = domain::directory::territory_of(&self.territories, state, postal_code).map(|it| it.rep);
        let (rep, source) = effective_rep(&RepLadder {
            mode: SalesRepMode::Inherit,
            own: None,
            customer: customer.map(|(id, _)| Id::from_uuid(id)),
            territory,
            house: self.house,
        });
        let key = match (rep, customer) {
            (Some(rep), Some((id, key))) if rep.uuid() == id => key.to_owned(),
            (Some(rep), _) => self.keys.get(&rep.uuid()).cloned().unwrap_or_default(),
            (None, _) => String::new(),
        };
        Effective { rep: rep.map(UserId::uuid), key, source }
    }
}

/// Who cares for a location now, the folded name, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effective {
    /// Who.
    pub rep: Option<Uuid>,
    /// The folded name.
    pub key: String,
    /// Where that comes from.
    pub source: SalesRepSource,
}

/// Settles who cares for the locations that inherit from customers without a default rep; gives how many there are.
pub fn settle(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<u64> {
    let inheriting = locations::inheriting(tx, organization, customers)?;
    settle_locations(tx, organization, inheriting)
}

fn settle_locations(tx: &mut Tx, organization: Uuid, inheriting: Vec<(Uuid, String, String)>) -> Result<u64> {
    if inheriting.is_empty() {
        return Ok(0);
    }
    let fallback = Fallback::read(tx, organization)?;
    let mut groups: BTreeMap<Effective, Vec<Uuid>> = BTreeMap::new();
    for (id, state, postal_code) in inheriting {
        groups.entry(fallback.of(None, &state, &postal_code)).or_default().push(id);
    }
    let mut settled = 0;
    for (to, ids) in groups {
        settled += locations::set_effective(tx, organization, &ids, to.rep, &to.key, to.source.as_str())?;
    }
    Ok(settled)
}

const LONELY: &str = "SELECT location.id, location.state_key, location.postal_key, location.effective_rep_id FROM directory_customer customer \
    JOIN directory_location location ON location.organization_id = customer.organization_id \
    AND location.customer_id = customer.id AND location.sales_rep_mode = 'inherit' \
    WHERE customer.organization_id = $1 AND customer.default_sales_rep_id IS NULL ORDER BY location.id";

/// A location with nobody nearer than a territory: (id, state, postal code, who cares for it now).
pub type Lonely = (Uuid, String, String, Option<Uuid>);

/// Every location that inherits from a customer without a default rep.
pub fn lonely(tx: &mut Tx, organization: Uuid) -> Result<Vec<Lonely>> {
    tx.all(LONELY, args![organization])
}

/// Settles every location that inherits from a customer without a default rep: the territories or the house account changed.
pub fn settle_all(tx: &mut Tx, organization: Uuid) -> Result<u64> {
    let lonely = lonely(tx, organization)?;
    settle_locations(tx, organization, lonely.into_iter().map(|(id, state, code, _)| (id, state, code)).collect())
}
