//! Shapes that every room uses: pages, problems, patches, addresses, custodians.

use domain::stock::CustodianType;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many rows there are in all pages; only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor, total: self.total }
    }
}

/// Rows that were made together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Items<T> {
    /// The rows.
    pub items: Vec<T>,
}

/// What is asked of a list: paging, order, words, and filters by field name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListParams {
    /// Rows a page.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Whether the total is wanted.
    pub count: bool,
    /// Field names, a minus before those that fall.
    pub sort: Option<String>,
    /// Words to search for.
    pub q: Option<String>,
    /// Which fields of each row are wanted.
    pub fields: Option<String>,
    /// Everything else, by field name; a comma means any of.
    pub filters: BTreeMap<String, String>,
}

/// A problem as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem.
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, snake_case.
    pub code: String,
    /// A sentence that a person can act on.
    pub detail: String,
    /// What is wrong with which field; empty when no field is to blame.
    #[serde(default)]
    pub errors: Vec<FieldProblem>,
    /// The object as it is now, for a stale version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub current: Option<serde_json::Value>,
    /// Names this request in the logs and in the journal.
    pub request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// The field, with dots and indexes for nested ones: `lines[2].unit_id`.
    pub field: String,
    /// Stable, snake_case.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A field of a change: absent leaves it as it is, null clears it. Fields of this type carry `#[serde(default)]` and
/// `#[schema(value_type = Option<…>)]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not mentioned.
    #[default]
    Leave,
    /// Null.
    Clear,
    /// A new value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value after the change.
    pub fn or(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Leave => old,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Whether the field was mentioned.
    pub const fn is_mentioned(&self) -> bool {
        !matches!(self, Self::Leave)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// A postal address. Everything is optional, so that half-known ones can be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    pub line1: String,
    /// Building, floor, care of.
    pub line2: String,
    /// Town.
    pub city: String,
    /// State, province or canton code.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166 two-letter code.
    pub country: String,
}

impl Address {
    /// Nothing known.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// In one line.
    pub fn one_line(&self) -> String {
        let place = [self.postal_code.as_str(), self.city.as_str()].join(" ");
        let parts =
            [self.line1.as_str(), self.line2.as_str(), place.trim(), self.state.as_str(), self.country.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// Somebody to call or to write to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// What they do.
    pub role: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// What they get: order, invoice, recall, statement.
    pub receives: Vec<String>,
}

/// Who answers for a unit, or one end of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustodianRef {
    /// Which kind of custodian.
    pub r#type: CustodianType,
    /// `usr_…`, `org_…` of the organisation, or `org_…` of a linked one.
    #[schema(value_type = String)]
    #[serde(serialize_with = "custodian_id::write", deserialize_with = "custodian_id::read")]
    pub id: domain::stock::Custodian,
}

/// The id of a custodian carries its kind in its prefix; the pair is checked when it is read.
mod custodian_id {
    use domain::id::{OrganizationId, UserId, prefix_of};
    use domain::stock::{Custodian, CustodianType};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use std::borrow::Cow;

    pub fn write<S: Serializer>(custodian: &Custodian, serializer: S) -> Result<S::Ok, S::Error> {
        match custodian.kind {
            CustodianType::User => UserId::from_uuid(custodian.id).serialize(serializer),
            _ => OrganizationId::from_uuid(custodian.id).serialize(serializer),
        }
    }

    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Custodian, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        match prefix_of(&text) {
            Some("usr") => text.parse().map(Custodian::user).map_err(D::Error::custom),
            Some("org") => text.parse().map(Custodian::organization).map_err(D::Error::custom),
            _ => Err(D::Error::custom("expected an id that starts with usr_ or org_")),
        }
    }
}

impl From<domain::stock::Custodian> for CustodianRef {
    fn from(custodian: domain::stock::Custodian) -> Self {
        Self { r#type: custodian.kind, id: custodian }
    }
}

impl CustodianRef {
    /// The custodian meant; None when type and id do not belong together.
    pub fn custodian(self) -> Option<domain::stock::Custodian> {
        let kind = match (self.r#type, self.id.kind) {
            (CustodianType::User, CustodianType::User) => CustodianType::User,
            (CustodianType::Organization, CustodianType::Organization) => CustodianType::Organization,
            // As it is read, and as it is made here.
            (CustodianType::LinkedOrganization, CustodianType::Organization | CustodianType::LinkedOrganization) => {
                CustodianType::LinkedOrganization
            }
            _ => return None,
        };
        Some(domain::stock::Custodian { kind, id: self.id.id })
    }
}

/// One step of anything's history, from the journal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// The entry.
    pub id: domain::id::EntryId,
    /// When.
    pub at: domain::clock::Instant,
    /// What kind of change, snake_case.
    pub kind: String,
    /// Who did it; null when a linked company did.
    pub actor_id: Option<domain::id::UserId>,
    /// Their name now.
    pub actor_name: String,
    /// For whom a delegate acted.
    pub on_behalf_of_id: Option<domain::id::UserId>,
    /// That name now.
    pub on_behalf_of_name: Option<String>,
    /// A sentence with names.
    pub sentence: String,
    /// Why, as given.
    pub reason: String,
    /// api, console, command_line or job.
    pub source: String,
    /// The request that caused it.
    pub request_id: String,
    /// Place in the sealed chain; null for the second until it is sealed.
    pub seq: Option<i64>,
    /// The job, for a change of many rows at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    /// Movements of custody and state.
    pub movements: Vec<MovementView>,
    /// Changed fields.
    pub changes: Vec<ChangeView>,
}

/// A movement of one unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovementView {
    /// The unit.
    pub unit_id: domain::id::UnitId,
    /// The unit's own step number, from 1.
    pub seq: i64,
    /// Custodian before; null when it was made.
    pub from_custodian: Option<CustodianRef>,
    /// Custodian after.
    pub to_custodian: CustodianRef,
    /// State before.
    pub from_state: Option<domain::stock::UnitState>,
    /// State after.
    pub to_state: domain::stock::UnitState,
}

/// A changed field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeView {
    /// Id of what changed, printed with its prefix where known.
    pub subject_id: String,
    /// The field.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// A word of the history, e.g. for a reason that must be given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    pub reason: String,
}

/// A change that answers with nothing but that it was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Done {
    /// Always true.
    pub done: bool,
}
