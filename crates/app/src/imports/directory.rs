//! Customers, locations, physicians and procedures as tables.

use super::sheet::{CellError, Row, Seen, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan};
use crate::directory::{customers, locations, merges, named, physicians};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::directory::{
    CreateCustomer, CreateLocation, CreateNamed, CreatePhysician, PatchCustomer, PatchLocation, PatchPhysician,
    SalesRep,
};
use contract::{Address, Patch};
use domain::billing::BillingStatus;
use domain::directory::{CustomerKind, LocationKind, SalesRepMode};
use domain::id::{CustomerId, Id, LocationId, ProcedureId, UserId};
use domain::people::Permission;
use domain::terms::BasisDate;
use domain::text::fold;
use std::collections::BTreeMap;
use store::Tx;
use store::directory::{beside, customers as customer_rows, locations as location_rows};
use uuid::Uuid;

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|it| word(*it)).collect()
}

/// The columns of an address; None when none of them holds anything.
fn address(row: &Row<'_>) -> Option<Address> {
    let text = |column: &str| row.text(column).to_owned();
    let address = Address {
        line1: text("address"),
        line2: text("address2"),
        city: text("city"),
        state: text("state"),
        postal_code: text("postal_code"),
        country: text("country"),
    };
    (!address.is_empty()).then_some(address)
}

/// The account with an e-mail, or the only one with that name.
fn person(ctx: &Ctx, tx: &mut Tx, field: &str, text: &str) -> Result<UserId> {
    let unknown = || Error::field(field, "not_found", format!("There is nobody with the e-mail {text}."));
    let known = store::people::by_email(tx, &text.to_lowercase())?;
    let known = known.filter(|(organization, _)| *organization == ctx.org());
    known.map(|(_, user)| Id::from_uuid(user)).ok_or_else(unknown)
}

fn price_list(ctx: &Ctx, tx: &mut Tx, name: &str) -> Result<domain::id::PriceListId> {
    let known = store::directory::named::price_list_by_name(tx, ctx.org(), &fold(name))?;
    let message = || format!("There is no price list called \u{201c}{name}\u{201d}. Make it first.");
    known.map(Id::from_uuid).ok_or_else(|| Error::field("price_list", "not_found", message()))
}

/// The customer with a number, or the only one with a name.
pub(super) fn find_customer(ctx: &Ctx, tx: &mut Tx, field: &str, text: &str) -> Result<Uuid> {
    // What became a part of another customer stands for that one.
    if let Some(known) = customer_rows::by_number(tx, ctx.org(), &customers::number_key(text))? {
        return merges::now_part_of(ctx, tx, known);
    }
    match customer_rows::by_name(tx, ctx.org(), &fold(text))?.as_slice() {
        [only] => merges::now_part_of(ctx, tx, *only),
        [] => Err(Error::field(field, "not_found", format!("There is no customer {text}. Import customers first."))),
        _ => Err(Error::field(field, "ambiguous", format!("Several customers are called {text}. Write the number."))),
    }
}

/// The location of a customer with a code, or the only one with a name.
pub(super) fn find_location(ctx: &Ctx, tx: &mut Tx, customer: &str, location: &str) -> Result<Uuid> {
    let customer = find_customer(ctx, tx, "customer", customer)?;
    if let Some(known) = location_rows::by_code(tx, ctx.org(), customer, &locations::code_key(location))? {
        return Ok(known);
    }
    match location_rows::by_name(tx, ctx.org(), customer, &fold(location))?.as_slice() {
        [only] => Ok(*only),
        [] => Err(Error::field("location", "not_found", format!("This customer has no location {location}."))),
        _ => Err(Error::field(
            "location",
            "ambiguous",
            format!("Several locations are called {location}. Write the code."),
        )),
    }
}

/// Customers. One is found again by its id, a number in another system, its number, else by its name.
pub(super) const CUSTOMERS: ImportKind = ImportKind {
    name: "customers",
    permission: Permission::ManageDirectory,
    columns: &[
        Column::required("name", "name of the customer").also(&["customer", "customer_name"]),
        Column::new("id", "id of a customer that is known here: finds it before anything else").also(&["customer_id"]),
        Column::new("number", "number in the books; the next free one when empty").also(&[
            "customer_number",
            "account_number",
            "account",
        ]),
        Column::new("kind", "health_system, hospital (when empty), asc, clinic, distributor, manufacturer or other"),
        Column::new("default_sales_rep", "e-mail of the rep, or none").also(&["sales_rep", "rep"]),
        Column::new("payment_terms", "code of the payment terms").also(&["terms"]),
        Column::new(
            "basis_date",
            "order_date, usage_date, ship_date, delivery_date, invoice_date, invoice_receipt_date or specified_date",
        ),
        Column::new("billing_status", "good, watch, prepay, hold, blocked or closed"),
        Column::new("billing_status_reason", "why; needed from hold up"),
        Column::new("credit_limit", "such as 50000.00"),
        Column::new("credit_limit_minor", "the same in the smallest unit of the currency"),
        Column::new("price_list", "name of the price list"),
        Column::new("parent", "number or name of the health system it belongs to"),
        Column::new("legal_name", "name in contracts").also(&["company_name"]),
        Column::new("nickname", "how people call it"),
        Column::new("website", "web address").also(&["web"]),
        Column::new("tax_id", "tax number; several between semicolons").also(&["tax_ids", "vat_id"]),
        Column::new("phone", "telephone").also(&["telephone"]),
        Column::new("email", "e-mail"),
        Column::new("address", "street and number of the billing address").also(&[
            "address1",
            "address_line1",
            "street",
        ]),
        Column::new("address2", "building, floor").also(&["address_line2"]),
        Column::new("city", "town"),
        Column::new("state", "state or province"),
        Column::new("postal_code", "postal code").also(&["zip"]),
        Column::new("country", "ISO 3166 code"),
        Column::new(
            "external_id",
            "number in another system, as system=number; several between semicolons; finds the customer again",
        ),
        Column::new("tags", "tags, between semicolons"),
        Column::new("note", "note"),
    ],
    plan: plan_customers,
    tried: true,
};

struct CustomerLine {
    id: Option<CustomerId>,
    legal_name: Option<String>,
    nickname: Option<String>,
    website: Option<String>,
    tax_ids: Option<Vec<String>>,
    name: String,
    number: Option<String>,
    kind: Option<CustomerKind>,
    rep: Option<String>,
    terms: Option<String>,
    basis: Option<BasisDate>,
    status: Option<BillingStatus>,
    reason: Option<String>,
    credit_limit: Option<i64>,
    price_list: Option<String>,
    parent: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    address: Option<Address>,
    external_ids: Option<BTreeMap<String, String>>,
    tags: Option<Vec<String>>,
    note: Option<String>,
}

fn plan_customers(ctx: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_customer(ctx, &row, &mut seen) {
            Ok(line) => plan.step(row.number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn external_ids(row: &Row<'_>) -> Result<Option<BTreeMap<String, String>>, CellError> {
    let Some(parts) = row.parts("external_id") else { return Ok(None) };
    let mut ids = BTreeMap::new();
    for part in parts {
        let (system, id) = part.split_once('=').unwrap_or((row.system(), &part));
        ids.insert(system.trim().to_owned(), id.trim().to_owned());
    }
    Ok(Some(ids))
}

fn read_customer(ctx: &Ctx, row: &Row<'_>, seen: &mut Seen) -> Result<CustomerLine, CellError> {
    let name = row.need("name")?.to_owned();
    let number = row.owned("number");
    let external_ids = external_ids(row)?;
    let id = row.some("id").map(|text| {
        text.parse::<CustomerId>()
            .map_err(|_| ("id", "invalid_id", format!("\u{201c}{text}\u{201d} is no customer id.")))
    });
    let id = id.transpose()?;
    match (&id, &external_ids, &number) {
        (Some(id), ..) => seen.note("id", format!("id {id}"), row.number)?,
        (None, Some(ids), _) => seen.note("external_id", format!("external {ids:?}"), row.number)?,
        (None, None, Some(number)) => {
            seen.note("number", format!("number {}", customers::number_key(number)), row.number)?;
        }
        (None, None, None) => seen.note("name", format!("name {}", fold(&name)), row.number)?,
    }
    Ok(CustomerLine {
        id,
        legal_name: row.owned("legal_name"),
        nickname: row.owned("nickname"),
        website: row.owned("website"),
        tax_ids: row.parts("tax_id"),
        name,
        number,
        kind: row.word("kind", CustomerKind::parse, &words(CustomerKind::ALL, CustomerKind::as_str))?,
        rep: row.owned("default_sales_rep"),
        terms: row.owned("payment_terms"),
        basis: row.word("basis_date", BasisDate::parse, &words(BasisDate::ALL, BasisDate::as_str))?,
        status: row.word("billing_status", BillingStatus::parse, &words(BillingStatus::ALL, BillingStatus::as_str))?,
        reason: row.owned("billing_status_reason"),
        credit_limit: row.amount(ctx, "credit_limit", "credit_limit_minor")?,
        price_list: row.owned("price_list"),
        parent: row.owned("parent"),
        phone: row.owned("phone"),
        email: row.owned("email"),
        address: address(row),
        external_ids,
        tags: row.parts("tags"),
        note: row.owned("note"),
    })
}

/// Numbers elsewhere that a row already has stay beside those of the table.
fn joined(stored: &str, more: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = serde_json::from_str(stored).unwrap_or_default();
    all.extend(more.iter().map(|(system, id)| (system.clone(), id.clone())));
    all
}

/// Whether a row has another number in one of these systems: then it is somebody else of the same name.
fn contradicts(stored: &str, ids: &BTreeMap<String, String>) -> bool {
    let has: BTreeMap<String, String> = serde_json::from_str(stored).unwrap_or_default();
    ids.iter()
        .any(|(system, id)| has.get(system).is_some_and(|it| beside::external_key(it) != beside::external_key(id)))
}

/// The customer or location that one of these numbers belongs to.
fn by_external(ctx: &Ctx, tx: &mut Tx, kind: &str, ids: Option<&BTreeMap<String, String>>) -> Result<Option<Uuid>> {
    for (system, id) in ids.into_iter().flatten() {
        if let Some(owner) = beside::external_owner(tx, ctx.org(), kind, system, id)? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// Whether something was archived when an import was undone: the same table brings it back.
fn was_taken_back(ctx: &Ctx, tx: &mut Tx, subject: Uuid) -> Result<bool> {
    let latest = store::journal::by_subject(tx, ctx.org(), subject, None, 1)?;
    Ok(latest.first().is_some_and(|entry| entry.kind == "import_undone"))
}

impl CustomerLine {
    fn find(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Uuid>> {
        if let Some(id) = self.id {
            let known = store::directory::sees_customer(tx, ctx.viewer(), id.uuid())?;
            let message = || format!("There is no customer {id} here. Leave the cell empty for a new one.");
            return if known { Ok(Some(id.uuid())) } else { Err(Error::field("id", "not_found", message())) };
        }
        if let Some(owner) = by_external(ctx, tx, "cus", self.external_ids.as_ref())? {
            return Ok(Some(owner));
        }
        if let Some(number) = &self.number {
            return Ok(customer_rows::by_number(tx, ctx.org(), &customers::number_key(number))?);
        }
        let mut found = customer_rows::by_name(tx, ctx.org(), &fold(&self.name))?;
        if let Some(ids) = &self.external_ids {
            let rows = customer_rows::many(tx, ctx.org(), &found)?;
            found.retain(|id| !rows.iter().any(|row| row.id == *id && contradicts(&row.external_ids, ids)));
        }
        match found.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            _ => {
                let message = format!("Several customers are called {}. Add the column number.", self.name);
                Err(Error::field("name", "ambiguous", message))
            }
        }
    }

    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        let mut patch = self.patch(ctx, tx)?;
        if let Some(id) = self.find(ctx, tx)? {
            let before = store::directory::lock_customer(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            patch.external_ids = patch.external_ids.map(|ids| joined(&before.external_ids, &ids));
            if before.archived_at.is_some() && before.merged_into_id.is_none() && was_taken_back(ctx, tx, id)? {
                patch.archived = Some(false);
            }
            let changed = customers::patch_in(ctx, tx, draft, before, patch)?;
            return Ok(Effect::of_change(draft, id, changed));
        }
        let id = customers::create_in(ctx, tx, draft, self.create(&patch))?;
        draft.about(id);
        Ok(Effect::Created)
    }

    fn patch(&self, ctx: &Ctx, tx: &mut Tx) -> Result<PatchCustomer> {
        let rep = match self.rep.as_deref() {
            None => Patch::Leave,
            Some("none") => Patch::Clear,
            Some(text) => Patch::Set(person(ctx, tx, "default_sales_rep", text)?),
        };
        let terms = match self.terms.as_deref() {
            None => Patch::Leave,
            Some(code) => {
                let known = store::directory::named::terms_by_code(tx, ctx.org(), code)?;
                let message = || format!("There are no payment terms with the code {code}. Make them first.");
                Patch::Set(Id::from_uuid(known.ok_or_else(|| Error::field("payment_terms", "not_found", message()))?))
            }
        };
        let parent = match self.parent.as_deref() {
            None => Patch::Leave,
            Some(text) => Patch::Set(Id::from_uuid(find_customer(ctx, tx, "parent", text)?)),
        };
        let price_list = match self.price_list.as_deref() {
            None => Patch::Leave,
            Some(name) => Patch::Set(price_list(ctx, tx, name)?),
        };
        Ok(PatchCustomer {
            name: Some(self.name.clone()),
            number: self.number.clone(),
            kind: self.kind,
            parent_customer_id: parent,
            default_sales_rep_id: rep,
            payment_terms_id: terms,
            basis_date: self.basis.map_or(Patch::Leave, Patch::Set),
            billing_status: self.status,
            billing_status_reason: self.reason.clone(),
            credit_limit_minor: self.credit_limit.map_or(Patch::Leave, Patch::Set),
            price_list_id: price_list,
            billing_address: self.address.clone(),
            shipping_address: None,
            phone: self.phone.clone(),
            email: self.email.clone(),
            contacts: None,
            external_ids: self.external_ids.clone(),
            tags: self.tags.clone(),
            note: self.note.clone(),
            legal_name: self.legal_name.clone(),
            nickname: self.nickname.clone(),
            website: self.website.clone(),
            tax_ids: self.tax_ids.clone(),
            ..PatchCustomer::default()
        })
    }

    fn create(&self, patch: &PatchCustomer) -> CreateCustomer {
        CreateCustomer {
            name: self.name.clone(),
            number: self.number.clone(),
            kind: self.kind,
            parent_customer_id: patch.parent_customer_id.clone().or(None),
            default_sales_rep_id: patch.default_sales_rep_id.clone().or(None),
            payment_terms_id: patch.payment_terms_id.clone().or(None),
            basis_date: self.basis,
            billing_status: self.status,
            billing_status_reason: self.reason.clone().unwrap_or_default(),
            credit_limit_minor: self.credit_limit,
            price_list_id: patch.price_list_id.clone().or(None),
            billing_address: self.address.clone().unwrap_or_default(),
            shipping_address: Address::default(),
            phone: self.phone.clone().unwrap_or_default(),
            email: self.email.clone().unwrap_or_default(),
            contacts: Vec::new(),
            external_ids: self.external_ids.clone().unwrap_or_default(),
            tags: self.tags.clone().unwrap_or_default(),
            note: self.note.clone().unwrap_or_default(),
            legal_name: self.legal_name.clone().unwrap_or_default(),
            nickname: self.nickname.clone().unwrap_or_default(),
            website: self.website.clone().unwrap_or_default(),
            tax_ids: self.tax_ids.clone().unwrap_or_default(),
            ..CreateCustomer::default()
        }
    }
}

/// Locations. One is found again by customer and code, else by customer and name.
pub(super) const LOCATIONS: ImportKind = ImportKind {
    name: "locations",
    permission: Permission::ManageDirectory,
    columns: &[
        Column::required("customer", "number or name of the customer").also(&["customer_number", "customer_name"]),
        Column::required("name", "name of the location").also(&["location", "facility", "location_name"]),
        Column::new("code", "code, unique within the customer; the next free one when empty").also(&["location_code"]),
        Column::new("kind", "facility (when empty), department, warehouse or office"),
        Column::new("time_zone", "IANA name such as America/Chicago; the organisation's when empty"),
        Column::new("sales_rep", "e-mail of a rep set here, none for nobody, inherit for the customer's")
            .also(&["rep"]),
        Column::new("price_list", "name of its own price list"),
        Column::new("phone", "telephone"),
        Column::new("address", "street and number").also(&["address1", "address_line1", "street"]),
        Column::new("address2", "building, floor").also(&["address_line2"]),
        Column::new("city", "town"),
        Column::new("state", "state or province"),
        Column::new("postal_code", "postal code").also(&["zip"]),
        Column::new("country", "ISO 3166 code"),
        Column::new("delivery_instructions", "for whoever brings something"),
        Column::new("external_id", "number in another system, as system=number; several between semicolons"),
        Column::new("tags", "tags, between semicolons"),
    ],
    plan: plan_locations,
    tried: true,
};

struct LocationLine {
    customer: String,
    name: String,
    code: Option<String>,
    kind: Option<LocationKind>,
    time_zone: Option<String>,
    rep: Option<String>,
    price_list: Option<String>,
    phone: Option<String>,
    address: Option<Address>,
    delivery_instructions: Option<String>,
    external_ids: Option<BTreeMap<String, String>>,
    tags: Option<Vec<String>>,
}

fn plan_locations(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_location(&row, &mut seen) {
            Ok(line) => plan.step(row.number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read_location(row: &Row<'_>, seen: &mut Seen) -> Result<LocationLine, CellError> {
    let (customer, name) = (row.need("customer")?.to_owned(), row.need("name")?.to_owned());
    let code = row.owned("code");
    let external_ids = external_ids(row)?;
    let owner = fold(&customer);
    match (&external_ids, &code) {
        (Some(ids), _) => seen.note("external_id", format!("external {ids:?}"), row.number)?,
        (None, Some(code)) => seen.note("code", format!("{owner} code {}", locations::code_key(code)), row.number)?,
        (None, None) => seen.note("name", format!("{owner} name {}", fold(&name)), row.number)?,
    }
    Ok(LocationLine {
        customer,
        name,
        code,
        kind: row.word("kind", LocationKind::parse, &words(LocationKind::ALL, LocationKind::as_str))?,
        time_zone: row.owned("time_zone"),
        rep: row.owned("sales_rep"),
        price_list: row.owned("price_list"),
        phone: row.owned("phone"),
        address: address(row),
        delivery_instructions: row.owned("delivery_instructions"),
        external_ids,
        tags: row.parts("tags"),
    })
}

impl LocationLine {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        let customer = find_customer(ctx, tx, "customer", &self.customer)?;
        // A number elsewhere finds it within its customer; that it belongs to another one by now is told, not changed.
        let owned = match by_external(ctx, tx, "loc", self.external_ids.as_ref())? {
            Some(id) => {
                let row = store::directory::location_row(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
                if row.customer_id != customer {
                    let message = "This number belongs to a location of another customer. Move that location first.";
                    return Err(Error::field("external_id", "other_customer", message));
                }
                Some(id)
            }
            None => None,
        };
        let known = match &self.code {
            _ if owned.is_some() => owned,
            Some(code) => location_rows::by_code(tx, ctx.org(), customer, &locations::code_key(code))?,
            None => match location_rows::by_name(tx, ctx.org(), customer, &fold(&self.name))?.as_slice() {
                [] => None,
                [only] => Some(*only),
                _ => {
                    let message = format!("Several locations are called {}. Add the column code.", self.name);
                    return Err(Error::field("name", "ambiguous", message));
                }
            },
        };
        let rep = self.rep(ctx, tx)?;
        let price_list = self.price_list.as_deref().map(|name| price_list(ctx, tx, name)).transpose()?;
        if let Some(id) = known {
            store::directory::lock_customer(tx, ctx.org(), customer)?;
            let before = store::directory::lock_location(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            let mut patch = self.patch(rep, price_list);
            patch.external_ids = patch.external_ids.map(|ids| joined(&before.external_ids, &ids));
            if before.archived_at.is_some() && was_taken_back(ctx, tx, id)? {
                patch.archived = Some(false);
            }
            let changed = locations::patch_in(ctx, tx, draft, before, patch)?;
            return Ok(Effect::of_change(draft, id, changed));
        }
        let id = locations::create_in(ctx, tx, draft, self.create(Id::from_uuid(customer), rep, price_list))?;
        draft.about(id);
        Ok(Effect::Created)
    }

    fn rep(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<SalesRep>> {
        Ok(match self.rep.as_deref() {
            None => None,
            Some("inherit") => Some(SalesRep { mode: SalesRepMode::Inherit, id: None }),
            Some("none") => Some(SalesRep { mode: SalesRepMode::None, id: None }),
            Some(text) => {
                Some(SalesRep { mode: SalesRepMode::Assigned, id: Some(person(ctx, tx, "sales_rep", text)?) })
            }
        })
    }

    fn patch(&self, rep: Option<SalesRep>, price_list: Option<domain::id::PriceListId>) -> PatchLocation {
        PatchLocation {
            name: Some(self.name.clone()),
            code: self.code.clone(),
            kind: self.kind,
            time_zone: self.time_zone.clone(),
            address: self.address.clone(),
            phone: self.phone.clone(),
            delivery_instructions: self.delivery_instructions.clone(),
            price_list_id: price_list.map_or(Patch::Leave, Patch::Set),
            sales_rep: rep,
            external_ids: self.external_ids.clone(),
            tags: self.tags.clone(),
            ..PatchLocation::default()
        }
    }

    fn create(
        &self,
        customer: CustomerId,
        rep: Option<SalesRep>,
        price_list: Option<domain::id::PriceListId>,
    ) -> CreateLocation {
        CreateLocation {
            customer_id: customer,
            name: self.name.clone(),
            code: self.code.clone(),
            kind: self.kind,
            time_zone: self.time_zone.clone(),
            address: self.address.clone().unwrap_or_default(),
            phone: self.phone.clone().unwrap_or_default(),
            contacts: Vec::new(),
            delivery_instructions: self.delivery_instructions.clone().unwrap_or_default(),
            price_list_id: price_list,
            sales_rep: rep,
            external_ids: self.external_ids.clone().unwrap_or_default(),
            tags: self.tags.clone().unwrap_or_default(),
            licence_no: String::new(),
            receiving_hours: String::new(),
            custom: BTreeMap::new(),
        }
    }
}

/// Physicians. One is found again by the National Provider Identifier, else by name.
pub(super) const PHYSICIANS: ImportKind = ImportKind {
    name: "physicians",
    permission: Permission::ManageDirectory,
    columns: &[
        Column::required("name", "name of the physician").also(&["physician", "surgeon"]),
        Column::new("npi", "National Provider Identifier, ten digits"),
        Column::new(
            "locations",
            "where they work, each as customer/location by number, code or name, between semicolons",
        )
        .also(&["location", "facilities"]),
        Column::new("procedures", "names of procedures, between semicolons").also(&["procedure"]),
    ],
    plan: plan_physicians,
    tried: true,
};

struct PhysicianLine {
    name: String,
    npi: Option<String>,
    locations: Option<Vec<String>>,
    procedures: Option<Vec<String>>,
}

fn plan_physicians(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_physician(&row, &mut seen) {
            Ok(line) => plan.step(row.number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read_physician(row: &Row<'_>, seen: &mut Seen) -> Result<PhysicianLine, CellError> {
    let name = row.need("name")?.to_owned();
    let npi = row.owned("npi");
    match &npi {
        Some(npi) => seen.note("npi", format!("npi {npi}"), row.number)?,
        None => seen.note("name", format!("name {}", fold(&name)), row.number)?,
    }
    Ok(PhysicianLine { name, npi, locations: row.parts("locations"), procedures: row.parts("procedures") })
}

impl PhysicianLine {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        use store::directory::physicians as rows;
        let locations = self.location_ids(ctx, tx)?;
        let procedures = self.procedure_ids(ctx, tx)?;
        let npi = self.npi.as_deref().map(crate::directory::clean_npi).transpose()?;
        let by_npi = npi.as_deref().map(|npi| rows::by_npi(tx, ctx.org(), npi)).transpose()?.flatten();
        let known = match by_npi {
            Some(id) => Some(id),
            None => match rows::by_name(tx, ctx.org(), &fold(&self.name))?.as_slice() {
                [] => None,
                [only] => Some(*only),
                _ => {
                    let message = format!("Several physicians are called {}. Add the column npi.", self.name);
                    return Err(Error::field("name", "ambiguous", message));
                }
            },
        };
        if let Some(id) = known {
            let before = rows::lock(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
            let patch = PatchPhysician {
                name: Some(self.name.clone()),
                npi: self.npi.clone(),
                location_ids: locations,
                procedure_ids: procedures,
                archived: None,
            };
            let changed = physicians::patch_in(ctx, tx, draft, before, patch)?;
            return Ok(Effect::of_change(draft, id, changed));
        }
        let new = CreatePhysician {
            name: self.name.clone(),
            npi: self.npi.clone().unwrap_or_default(),
            location_ids: locations.unwrap_or_default(),
            procedure_ids: procedures.unwrap_or_default(),
        };
        let id = physicians::create_in(ctx, tx, draft, new)?;
        draft.about(id);
        Ok(Effect::Created)
    }

    fn location_ids(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Vec<LocationId>>> {
        let Some(parts) = &self.locations else { return Ok(None) };
        let mut ids = Vec::new();
        for part in parts {
            let Some((customer, location)) = part.split_once('/') else {
                let message = format!("Write \u{201c}{part}\u{201d} as customer/location.");
                return Err(Error::field("locations", "invalid_value", message));
            };
            ids.push(Id::from_uuid(find_location(ctx, tx, customer.trim(), location.trim())?));
        }
        Ok(Some(ids))
    }

    fn procedure_ids(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Vec<ProcedureId>>> {
        let Some(parts) = &self.procedures else { return Ok(None) };
        let mut ids = Vec::new();
        for part in parts {
            let known = store::directory::named::procedure_by_name(tx, ctx.org(), &fold(part))?;
            let message = || format!("There is no procedure called {part}. Import procedures first.");
            ids.push(Id::from_uuid(known.ok_or_else(|| Error::field("procedures", "not_found", message()))?));
        }
        Ok(Some(ids))
    }
}

/// Procedures, by name.
pub(super) const PROCEDURES: ImportKind = ImportKind {
    name: "procedures",
    permission: Permission::ManageDirectory,
    columns: &[Column::required("name", "name of the procedure").also(&["procedure"])],
    plan: plan_procedures,
    tried: true,
};

fn plan_procedures(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        let checked =
            row.need("name").and_then(|name| seen.note("name", fold(name), row.number).map(|()| name.to_owned()));
        match checked {
            Ok(name) => plan.step(row.number, move |ctx, tx, draft| procedure(ctx, tx, draft, &name)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn procedure(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, name: &str) -> Result<Effect> {
    if store::directory::named::procedure_by_name(tx, ctx.org(), &fold(name))?.is_some() {
        return Ok(Effect::Unchanged);
    }
    let made = named::create_procedure(ctx, tx, CreateNamed { name: name.to_owned() })?;
    draft.about(made.id.uuid());
    Ok(Effect::Created)
}
