//! People as a table: accounts are made, nothing is sent.

use super::sheet::{CellError, Row, Seen, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::people::CreateUser;
use contract::{Address, Contact};
use domain::people::{Permission, Role};
use std::collections::BTreeMap;
use store::Tx;

/// People. One is found again by e-mail, and then left as it is: e-mail and role never change, the rest is edited.
pub(super) const USERS: ImportKind = ImportKind {
    name: "users",
    permission: Permission::ManageUsers,
    columns: &[
        Column::required("email", "signs in with it; cannot be changed afterwards"),
        Column::required("role", "admin, operations, regional_manager, distributor, sales or facility_manager"),
        Column::required("name", "name of the person"),
        Column::new("phone", "telephone"),
        Column::new("alternate_email", "another e-mail, for contact only"),
        Column::new("commission_rate_bp", "commission in basis points, 1000 for ten per cent"),
        Column::new("custodian_only", "yes for a distributor that only pools stock"),
        Column::new("shares_inventory", "yes for a distributor who pools stock with the group"),
    ],
    plan,
    tried: true,
};

fn plan(_: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read(&row, &mut seen) {
            Ok(user) => plan.step(row.number, move |ctx, tx, draft| apply(ctx, tx, draft, &user)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read(row: &Row<'_>, seen: &mut Seen) -> Result<CreateUser, CellError> {
    let email = row.need("email")?.to_owned();
    seen.note("email", email.to_lowercase(), row.number)?;
    row.need("role")?;
    let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let role = row.word("role", Role::parse, &known)?;
    Ok(CreateUser {
        email,
        role: role.ok_or_else(|| ("role", "required", "This cell must not be empty.".to_owned()))?,
        name: row.need("name")?.to_owned(),
        delegate_of: None,
        custodian_only: row.yes_no("custodian_only")?.unwrap_or(false),
        phone: row.text("phone").to_owned(),
        alternate_email: row.text("alternate_email").to_owned(),
        region_id: None,
        shares_inventory: row.yes_no("shares_inventory")?.unwrap_or(false),
        commission_rate_bp: row.whole("commission_rate_bp")?,
        shipping_address: Address::default(),
        contacts: Vec::<Contact>::new(),
        settings: BTreeMap::new(),
    })
}

fn apply(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, user: &CreateUser) -> Result<Effect> {
    match store::people::by_email(tx, &user.email.trim().to_lowercase())? {
        Some((organization, _)) if organization == ctx.org() => Ok(Effect::Unchanged),
        Some(_) => Err(Error::field("email", "email_taken", "This e-mail has an account on this server already.")),
        None => {
            let made = crate::people::create_user(ctx, tx, user)?;
            draft.about(made.id.uuid());
            Ok(Effect::Created)
        }
    }
}
