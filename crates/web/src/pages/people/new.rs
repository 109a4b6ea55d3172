//! A new account: what never changes afterwards is said before it is made.

use super::words::role_help;
use crate::edge::{Out, Sent, Visit};
use crate::pages::common::{Values, address_fields, choices, read_address};
use crate::pages::words as say;
use crate::ui::{Banner, Button, Choice, Field, FieldError, Flash, Form, Header, Room, banner, section};
use contract::people::{CreateUser, Region, User};
use domain::id::UserId;
use domain::people::{Permission, Role};
use maud::{Markup, html};
use std::collections::BTreeMap;

struct Around {
    regions: Vec<Region>,
    /// The distributor for whom a delegate is made.
    principal: Option<User>,
    roles: Vec<Role>,
}

async fn around(visit: &Visit, principal: Option<&str>) -> Result<Around, crate::edge::Fail> {
    let principal: Option<UserId> = principal.and_then(|text| text.parse().ok());
    let found = visit.read(move |ctx, tx| {
        let principal = principal.map(|id| app::people::user(ctx, tx, id)).transpose()?;
        Ok(Around { regions: super::regions(ctx, tx)?, principal, roles: app::people::roles_to_create(ctx) })
    });
    found.await
}

pub async fn page(visit: Visit) -> Out {
    let around = around(&visit, visit.link.get("delegate_of")).await?;
    let role = visit.link.get("role").unwrap_or("sales");
    let values = Values::new().with("role", role).with("invite", "true");
    Ok(visit.page("New person", Room::People, body(&visit, &around, &values, &[])))
}

fn body(visit: &Visit, around: &Around, values: &Values, errors: &[FieldError]) -> Markup {
    let title = match &around.principal {
        Some(principal) => format!("New delegate of {}", principal.name),
        None => "New person".to_owned(),
    };
    let mut form = Form::post("/people", visit.csrf()).errors(errors).body(fields(visit, around, values, errors));
    if visit.may(Permission::InviteUsers) || around.principal.is_some() {
        form = form
            .button(Button::submit("Create and invite").primary().named("then", "invite"))
            .button(Button::submit("Create only").named("then", "stay"));
    } else {
        form = form.button(Button::submit("Create").primary());
    }
    let form = form.button(Button::link("Cancel", "/people").quiet());
    html! {
        (Header::new(title).crumb("People", "/people"))
        div class="content" {
            (banner(Banner::Warning, html! {
                b { "E-mail and role never change" }
                "Whoever moves to another role or another address gets a new account, which takes everything over as the successor."
            }, None))
            div class="pad-top" { (form) }
        }
    }
}

fn fields(visit: &Visit, around: &Around, values: &Values, errors: &[FieldError]) -> Markup {
    let may_set = visit.may(Permission::ManageUserSettings);
    let regions = choices(around.regions.iter().map(|region| (region.id.to_string(), region.name.clone())));
    html! {
        @if let Some(principal) = &around.principal {
            input type="hidden" name="delegate_of" value=(principal.id);
            input type="hidden" name="role" value="distributor";
            p class="sub" {
                "A delegate reaches and may do exactly what " strong { (principal.name) }
                " may, except naming further delegates. It holds no stock and leads no group; whatever it does is recorded under both names."
            }
        } @else {
            (Field::radio("role", "Role", around.roles.iter().map(|role| Choice::new(role.as_str(), role.label()).help(role_help(*role))).collect())
                .value(values.get("role")).errors(errors).required())
            div class="only only-distributor" {
                (banner(Banner::Info, html! {
                    b { "A distributor leads one group, for good" }
                    "There is exactly one for each group, and no co-distributors. Give it to whoever enters the cases for all of its reps, with an address of the company: "
                    "people of the back office are then named as its " strong { "delegates" } ", who may do what it may under their own names, and nothing has to be set up anew when somebody leaves. "
                    "If it only holds stock that others use, such as a warehouse or a hub of independent reps, say below that it " strong { "only pools stock" } "."
                }, None))
            }
        }
        (Field::text("name", "Name").value(values.get("name")).errors(errors).required().autocomplete("off"))
        (Field::email("email", "E-mail").value(values.get("email")).errors(errors).required().autocomplete("off").help("The person signs in with it. It belongs to this account for good."))
        (Field::phone("phone", "Telephone").value(values.get("phone")).errors(errors).optional().autocomplete("off"))
        @if around.principal.is_none() {
            @if !regions.is_empty() {
                div class="only only-earner" { (Field::select("region_id", "Region", regions).value(values.get("region_id")).errors(errors).optional().help("Its regional manager oversees this account.")) }
            }
            @if may_set {
                div class="only only-distributor" { (section("Its stock", None, html! {
                    (Field::check("shares_inventory", "Shares its stock with its group").on(values.on("shares_inventory")).errors(errors)
                        .help("Its reps may use and pass on whatever the distributor holds, without a transfer first."))
                    (Field::check("custodian_only", "Only pools stock").on(values.on("custodian_only")).errors(errors)
                        .help("A hub or a warehouse: it can hold and share stock, and nobody acts with it. A rep may draw on several hubs."))
                })) }
                div class="only only-earner" { (Field::with_unit("rate", "Commission rate", "%").value(values.get("rate")).errors(errors).optional().short()) }
            }
            div class="only only-holder" { (section("Shipping address", Some("Printed on transfers that go to this person."), address_fields("shipping_address", values, errors))) }
        }
    }
}

fn read(sent: &Sent) -> app::Result<CreateUser> {
    let role = Role::parse(sent.text("role"))
        .ok_or_else(|| app::Error::field("role", "required", "Choose a role. It cannot be changed afterwards."))?;
    let earns = matches!(role, Role::Sales | Role::Distributor);
    let leads = role == Role::Distributor && !sent.has("delegate_of");
    let rate = sent.maybe("rate").filter(|_| earns).map(|text| say::read_percent("rate", text)).transpose()?;
    Ok(CreateUser {
        email: sent.text("email").to_owned(),
        role,
        name: sent.text("name").to_owned(),
        delegate_of: sent.id("delegate_of")?,
        custodian_only: leads && sent.on("custodian_only"),
        phone: sent.text("phone").to_owned(),
        alternate_email: String::new(),
        region_id: sent.id("region_id")?.filter(|_| earns),
        shares_inventory: leads && sent.on("shares_inventory"),
        commission_rate_bp: rate,
        shipping_address: read_address(sent, "shipping_address"),
        contacts: Vec::new(),
        settings: BTreeMap::new(),
    })
}

pub async fn create(visit: Visit, sent: Sent) -> Out {
    let made = match read(&sent) {
        Ok(new) => visit.save(&sent, move |ctx, tx| app::people::create_user(ctx, tx, &new)).await,
        Err(error) => Err(error),
    };
    let error = match made {
        Ok(user) => {
            let id = user.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            let name = user.get("name").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            if sent.text("then") == "invite"
                && let Ok(user) = id.parse()
            {
                return super::account::send_invitation(&visit, user).await;
            }
            let flash = Flash::done(format!("{name} has an account. Nothing was sent yet."));
            return Ok(visit.go(&format!("/people/{id}"), flash));
        }
        Err(error) => error,
    };
    let mut errors = visit.complaints(error)?;
    for error in &mut errors {
        if error.field == "commission_rate_bp" {
            error.field = "rate".into();
        }
    }
    let around = around(&visit, sent.maybe("delegate_of")).await?;
    Ok(visit.refused("New person", Room::People, body(&visit, &around, &Values::of(&sent), &errors)))
}
