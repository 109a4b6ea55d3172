//! Settings of the organisation: who it is, what the field may do, regions, payment terms, programs.

use super::common::{Values, address_fields, choices, read_address};
use super::list::{List, Shown};
use super::toggles;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Form, Header, Icon, Line, Room, Tab, banner,
    csrf_field, facts, lines, section, section_block, tabs,
};
use app::{App, glance};
use axum::Router;
use axum::extract::Path;
use contract::Patch;
use contract::people::{
    CreateRegion, Organization, OrganizationSettings, PatchOrganization, PatchOrganizationSettings, PatchRegion, Region,
};
use domain::billing::{BillingStatus, CreditSignal};
use domain::event::Usage;
use domain::id::{RegionId, UserId};
use domain::people::{ORGANIZATION_TOGGLES, Permission, Role};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(organization).merge(post(save_organization)))
        .route("/settings/rules", get(rules).merge(post(save_rules)))
        .route("/settings/regions", get(regions).merge(post(create_region)))
        .route("/settings/regions/new", get(new_region))
        .route("/settings/regions/{id}", get(edit_region).merge(post(save_region)))
        .route("/settings/programs", get(programs))
}

/// The tabs of the room.
pub(super) fn room_tabs(current: &str) -> Markup {
    let tab = |key: &'static str, label: &'static str, href: &'static str| Tab::new(label, href, current == key);
    tabs(
        &[
            tab("organization", "Organization", "/settings"),
            tab("rules", "Rules", "/settings/rules"),
            tab("regions", "Regions", "/settings/regions"),
            tab("territories", "Territories", "/settings/territories"),
            tab("cover", "Cover", "/settings/cover"),
            tab("terms", "Payment terms", "/settings/terms"),
            tab("types", "Event types", "/settings/event-types"),
            tab("documents", "Papers and files", "/settings/documents"),
            tab("notices", "Notices", "/settings/notices"),
            tab("companies", "Linked companies", "/settings/companies"),
            tab("programs", "Programs", "/settings/programs"),
        ],
        None,
    )
}

pub(super) fn only_office(visit: &Visit) -> Result<(), Fail> {
    if visit.ctx.actor.role.is_office() {
        return Ok(());
    }
    let message = "The organization's settings are for the office. An admin can change them for you.";
    Err(app::Error::forbidden("not_allowed", message).into())
}

fn read_only(visit: &Visit) -> Markup {
    html! {
        @if !visit.may(Permission::ManageOrganization) {
            (banner(Banner::Info, "You can look at these settings; admins change them.", None))
        }
    }
}

// ---- the organisation -----------------------------------------------------------------------------------------------

async fn organization(visit: Visit) -> Out {
    only_office(&visit)?;
    let it = visit.read(app::people::organization).await?;
    let values = Values::new()
        .with("name", &it.name)
        .with("time_zone", &it.time_zone)
        .address("address", &it.address)
        .with("version", it.version.to_string());
    Ok(visit.page("Settings", Room::Settings, organization_body(&visit, &it, &values, &[])))
}

fn organization_body(visit: &Visit, it: &Organization, values: &Values, errors: &[FieldError]) -> Markup {
    let may = visit.may(Permission::ManageOrganization);
    let kind = if it.kind == "manufacturer" { "Manufacturer" } else { "Distributor" };
    html! {
        (Header::new("Settings").under(html! { (it.name) ", " (kind.to_lowercase()) ", all money in " (it.currency) }))
        (room_tabs("organization"))
        div class="content" {
            (read_only(visit))
            @if may {
                (Form::post("/settings", visit.csrf()).errors(errors).body(html! {
                    input type="hidden" name="version" value=(values.get("version"));
                    (Field::text("name", "Name").value(values.get("name")).errors(errors).required().help("Printed on documents and in mails."))
                    (Field::text("time_zone", "Time zone").value(values.get("time_zone")).errors(errors).required().short()
                        .help("An IANA name such as America/Chicago. Days and times are shown in it; locations and events may have their own."))
                    (section("Address", Some("Printed on sales orders and invoices."), address_fields("address", values, errors)))
                }).button(Button::submit("Save").primary()))
            } @else {
                (facts(&[Fact::new("Name", it.name.as_str()), Fact::new("Time zone", it.time_zone.as_str()), Fact::new("Address", super::common::address(&it.address))]))
            }
            (section_block("Fixed for good", &[], facts(&[Fact::new("Kind", kind), Fact::new("Currency", it.currency.as_str()), Fact::new("Id", html! { span class="mono" { (it.id) } })])))
        }
    }
}

async fn save_organization(visit: Visit, sent: Sent) -> Out {
    let patch = PatchOrganization {
        name: Some(sent.text("name").to_owned()),
        time_zone: Some(sent.text("time_zone").to_owned()),
        address: Some(read_address(&sent, "address")),
    };
    match visit.save(&sent, move |ctx, tx| app::people::patch_organization(ctx, tx, &patch)).await {
        Ok(_) => Ok(visit.go("/settings", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let it = visit.read(app::people::organization).await?;
            Ok(visit.refused("Settings", Room::Settings, organization_body(&visit, &it, &Values::of(&sent), &errors)))
        }
    }
}

// ---- rules ----------------------------------------------------------------------------------------------------------

struct Rules {
    settings: OrganizationSettings,
    discrepancies: Option<String>,
}

async fn rules_known(visit: &Visit) -> Result<Rules, Fail> {
    visit
        .read(|ctx, tx| {
            let settings = app::people::settings(ctx, tx)?;
            let discrepancies = match settings.discrepancy_custodian_id {
                Some(id) => glance::names(ctx, tx, &[id])?.remove(&id),
                None => None,
            };
            Ok(Rules { settings, discrepancies })
        })
        .await
}

fn toggle(settings: &OrganizationSettings, key: &str) -> bool {
    match key {
        "field_transfers" => settings.field_transfers,
        "field_adjustments" => settings.field_adjustments,
        "field_reopen" => settings.field_reopen,
        "request_requires_event" => settings.request_requires_event,
        "auto_send_sales_order" => settings.auto_send_sales_order,
        "auto_send_invoice_on_po" => settings.auto_send_invoice_on_po,
        "limit_procedures_to_physician" => settings.limit_procedures_to_physician,
        "managers_set_terms" => settings.managers_set_terms,
        "auto_hold" => settings.auto_hold,
        _ => settings.weekly_po_reminder,
    }
}

async fn rules(visit: Visit) -> Out {
    only_office(&visit)?;
    let known = rules_known(&visit).await?;
    Ok(visit.page("Rules", Room::Settings, rules_body(&visit, &known, &[])))
}

/// What happens when reminders of purchase orders are not answered, where a facility says nothing else.
fn reminders(it: &OrganizationSettings, may: bool, errors: &[FieldError]) -> Markup {
    let said = |nth: Option<i64>| nth.map(|nth| nth.to_string()).unwrap_or_default();
    html! {
        (Field::text("po_escalate_after", "Escalate a purchase order from reminder").value(said(it.po_escalate_after)).short().optional().disabled(!may).errors(errors)
            .help("The office, the representative and their distributor are told that nobody answers. Empty: never."))
        (Field::text("po_stop_after", "End after reminder").value(said(it.po_stop_after)).short().optional().disabled(!may).errors(errors)
            .help("Empty: until the purchase order is there."))
    }
}

fn rules_body(visit: &Visit, known: &Rules, errors: &[FieldError]) -> Markup {
    let it = &known.settings;
    let may = visit.may(Permission::ManageOrganization);
    let groups: [(&str, &[&str]); 4] = [
        ("What the field may do", &["field_transfers", "field_adjustments", "field_reopen"]),
        ("Cases and requests", &["request_requires_event", "limit_procedures_to_physician"]),
        ("Mail", &["auto_send_sales_order", "auto_send_invoice_on_po", "weekly_po_reminder"]),
        ("Customers", &["auto_hold", "managers_set_terms"]),
    ];
    debug_assert_eq!(groups.iter().map(|(_, keys)| keys.len()).sum::<usize>(), ORGANIZATION_TOGGLES.len());
    let fields = html! {
        @for (heading, keys) in groups {
            (section(heading, None, html! {
                @for key in keys {
                    @if let Some(words) = toggles::of_organization(key) {
                        (Field::switch(*key, words.label).help(words.help).on(toggle(it, key)).disabled(!may).autosave("/settings/rules"))
                    }
                }
                @if heading == "Mail" { (reminders(it, may, errors)) }
            }))
        }
        (credit_section(it, may, errors))
        (section("Call list", None, html! {
            (Field::segment("call_list_digest", "By mail to whoever cares for late customers", choices([("off", "Never"), ("weekly", "On Mondays"), ("daily", "Every working day")]))
                .value(it.call_list_digest.clone()).disabled(!may).autosave("/settings/rules"))
        }))
        (section("Notes", None, html! {
            fieldset class="field" {
                legend class="label" { "A note must be given for" }
                div class="choices" {
                    @for usage in Usage::ALL {
                        (box_of("note_required_for", usage.as_str(), usage.label(), it.note_required_for.contains(usage), may))
                    }
                }
                div class="help" { "When a line of an event is marked like that." }
            }
        }))
        (section("Second factor", None, html! {
            fieldset class="field" {
                legend class="label" { "Must sign in with a second factor" }
                div class="choices" {
                    @for role in Role::ALL {
                        (box_of("require_second_factor_for", role.as_str(), role.label(), it.require_second_factor_for.contains(role), may))
                    }
                }
            }
        }))
        (section("Counts", None, html! {
            (Field::combo("discrepancy_custodian_id", "Takes over what a count does not find", "/suggest/people?role=distributor,sales", known.discrepancies.clone().unwrap_or_default())
                .value(it.discrepancy_custodian_id.map(|id| id.to_string()).unwrap_or_default()).disabled(!may).optional().errors(errors)
                .help("An account that holds stock. Without one, missing units stay with whoever was counted."))
        }))
    };
    html! {
        (Header::new("Settings").under("Rules for everybody. Settings of single accounts are on their pages under People."))
        (room_tabs("rules"))
        div class="content" {
            (read_only(visit))
            form class="form wide" method="post" action="/settings/rules" {
                (csrf_field(&visit.csrf()))
                (crate::ui::error_summary(errors))
                (fields)
                @if may { div class="form-foot" { (Button::submit("Save rules").primary()) } }
            }
        }
    }
}

/// What credit asks for by itself, and how long due dates wait.
fn credit_section(it: &OrganizationSettings, may: bool, errors: &[FieldError]) -> Markup {
    let statuses = || {
        let asked = [BillingStatus::Watch, BillingStatus::Prepay, BillingStatus::Hold, BillingStatus::Blocked];
        super::common::choices(asked.iter().map(|status| (status.as_str(), status.label())))
    };
    let signals = CreditSignal::ALL.iter().filter(|it| !matches!(it, CreditSignal::Ok | CreditSignal::Unknown));
    section(
        "Credit",
        Some("What follows by itself where credit may hold customers."),
        html! {
            @for signal in signals {
                (Field::select(format!("auto_hold_{}", signal.as_str()), signal.label(), statuses())
                    .value(it.auto_hold_rules.get(signal).map(|status| status.as_str()).unwrap_or_default())
                    .placeholder("Nothing").optional().short().disabled(!may).errors(errors))
            }
            (Field::with_unit("near_limit_bp", "Near the limit from", "%").value(super::words::percent_plain(it.near_limit_bp)).short().disabled(!may).errors(errors))
            (Field::with_unit("basis_fallback_days", "Wait for a basis date at most", "days").value(it.basis_fallback_days.to_string()).short().disabled(!may).errors(errors)
                .help("Then the invoice is due from its own date, and says so."))
            (Field::with_unit("receipt_grace_days", "An invoice counts as received after", "days").value(it.receipt_grace_days.to_string()).short().disabled(!may).errors(errors))
        },
    )
}

/// The credit rules of the form; None when it does not carry them, as a switch that saves itself.
fn sent_rules(sent: &Sent) -> Option<BTreeMap<CreditSignal, BillingStatus>> {
    if !sent.has("near_limit_bp") {
        return None;
    }
    let status = |signal: &CreditSignal| BillingStatus::parse(sent.text(&format!("auto_hold_{}", signal.as_str())));
    Some(CreditSignal::ALL.iter().filter_map(|signal| Some((*signal, status(signal)?))).collect())
}

/// A box among others under one name.
pub(super) fn box_of(name: &str, value: &str, label: &str, on: bool, may: bool) -> Markup {
    html! {
        label class="tick" {
            input class="box" type="checkbox" name=(name) value=(value) checked[on] disabled[!may];
            span { (label) }
        }
    }
}

async fn save_rules(visit: Visit, sent: Sent) -> Out {
    let read = || -> app::Result<PatchOrganizationSettings> {
        let on = |key: &str| Some(sent.on(key));
        let whole = |key: &str| sent.has(key).then(|| sent.text(key));
        let number = |key: &'static str, text: &str| {
            text.trim().parse().map_err(|_| app::Error::field(key, "invalid_value", "Give a whole number of days."))
        };
        let nth = |key: &'static str| -> app::Result<Patch<i64>> {
            match (sent.has(key), sent.text(key).trim()) {
                (false, _) => Ok(Patch::Leave),
                (true, "") => Ok(Patch::Clear),
                (true, text) => text.parse().map(Patch::Set).map_err(|_| {
                    app::Error::field(key, "invalid_value", "Give a whole number of reminders, or leave it empty.")
                }),
            }
        };
        Ok(PatchOrganizationSettings {
            field_transfers: on("field_transfers"),
            field_adjustments: on("field_adjustments"),
            field_reopen: on("field_reopen"),
            request_requires_event: on("request_requires_event"),
            note_required_for: Some(sent.all("note_required_for").filter_map(Usage::parse).collect()),
            auto_send_sales_order: on("auto_send_sales_order"),
            auto_send_invoice_on_po: on("auto_send_invoice_on_po"),
            limit_procedures_to_physician: on("limit_procedures_to_physician"),
            weekly_po_reminder: on("weekly_po_reminder"),
            po_escalate_after: nth("po_escalate_after")?,
            po_stop_after: nth("po_stop_after")?,
            discrepancy_custodian_id: match (
                sent.id::<domain::id::User>("discrepancy_custodian_id")?,
                sent.maybe("discrepancy_custodian_id_text"),
            ) {
                (Some(id), _) => Patch::Set(id),
                (None, None) => Patch::Clear,
                // A name was typed and nobody chosen from the list.
                (None, Some(_)) => {
                    return Err(app::Error::field(
                        "discrepancy_custodian_id",
                        "required",
                        "Choose an account from the list, or leave it empty.",
                    ));
                }
            },
            require_second_factor_for: Some(sent.all("require_second_factor_for").filter_map(Role::parse).collect()),
            managers_set_terms: on("managers_set_terms"),
            auto_hold: on("auto_hold"),
            auto_hold_rules: sent_rules(&sent),
            near_limit_bp: whole("near_limit_bp")
                .map(|text| super::words::read_percent("near_limit_bp", text))
                .transpose()?,
            basis_fallback_days: whole("basis_fallback_days")
                .map(|text| number("basis_fallback_days", text))
                .transpose()?,
            receipt_grace_days: whole("receipt_grace_days")
                .map(|text| number("receipt_grace_days", text))
                .transpose()?,
            call_list_digest: sent.maybe("call_list_digest").map(str::to_owned),
            ..PatchOrganizationSettings::default()
        })
    };
    let done = match read() {
        Ok(patch) => visit.write(move |ctx, tx| app::people::patch_settings(ctx, tx, &patch)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.done("/settings/rules", Flash::done("Rules saved"))),
        Err(error) if visit.hx.partial => Err(error.into()),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let known = rules_known(&visit).await?;
            Ok(visit.refused("Rules", Room::Settings, rules_body(&visit, &known, &errors)))
        }
    }
}

// ---- regions --------------------------------------------------------------------------------------------------------

async fn regions(visit: Visit) -> Out {
    let columns = vec![
        Column::new("name", "Region").sort(),
        Column::new("manager", "Overseen by").width(220).phone_sub(),
        Column::new("states", "States").width(320).phone_side(),
        Column::new("par", "").width(130).phone_sub(),
    ];
    let list = List::new(&visit, Room::Settings, "regions", "Regions", columns).sort("name");
    let params = list.params();
    let (page, names) = visit
        .read(move |ctx, tx| {
            let page = app::people::list_regions(ctx, tx, &params)?;
            let ids: Vec<UserId> = page.items.iter().filter_map(|region| region.manager_id).collect();
            let names = glance::names(ctx, tx, &ids)?;
            Ok((page, names))
        })
        .await?;
    let may = visit.may(Permission::ManageOrganization);
    let row = |region: &Region| {
        let row = list.row(region.id.to_string(), |key| region_cell(region, key, &names)).name(region.name.clone());
        if may { row.href(format!("/settings/regions/{}", region.id)) } else { row }
    };
    let rows = page.items.iter().map(row).collect();
    let mut header = Header::new("Settings").under("A region's manager oversees its sales reps and distributors.");
    let mut empty = Empty::new(Icon::Place, "No regions yet").text(
        "Regions are for regional managers: they see and help the sales reps and distributors of their own regions.",
    );
    if may {
        header = header.action(Button::link("New region", "/settings/regions/new").primary().hotkey("n").in_dialog());
        empty = empty.action(Button::link("New region", "/settings/regions/new").primary().in_dialog());
    }
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor, page.total);
    shown.above = visit.ctx.actor.role.is_office().then(|| room_tabs("regions"));
    Ok(list.answer(&visit, shown))
}

fn region_cell(region: &Region, key: &str, names: &BTreeMap<UserId, String>) -> Cell {
    match key {
        "name" => Cell::text(region.name.clone()),
        "manager" => match region.manager_id.and_then(|id| names.get(&id)) {
            Some(name) => Cell::text(name.clone()),
            None => Cell::of(html! { span class="muted" { "Nobody" } }),
        },
        "par" => Cell::of(html! { a class="link" href={ "/regions/" (region.id) "/par" } { "Par levels" } }),
        _ if region.states.is_empty() => Cell::none(),
        _ => Cell::text(region.states.join(", ")),
    }
}

fn region_form(
    visit: &Visit,
    action: String,
    values: &Values,
    shown: &str,
    errors: &[FieldError],
    verb: &'static str,
) -> Markup {
    html! {
        (Form::post(action, visit.csrf()).swap_into("#dialog-body").errors(errors)
            .body(html! {
                input type="hidden" name="version" value=(values.get("version"));
                (Field::text("name", "Name").value(values.get("name")).errors(errors).required().autofocus())
                (Field::combo("manager_id", "Overseen by", "/suggest/people?role=regional_manager", shown.to_owned()).value(values.get("manager_id")).errors(errors).optional().help("A regional manager. They may see and act for everybody of the region."))
                (Field::text("states", "States").value(values.get("states")).errors(errors).optional().help("Codes with commas between them: IL, WI, IN."))
            })
            .button(Button::submit(verb).primary()).button(Button::link("Cancel", "/settings/regions").quiet()))
    }
}

async fn new_region(visit: Visit) -> Out {
    let form = region_form(&visit, "/settings/regions".into(), &Values::new(), "", &[], "Create region");
    Ok(visit.dialog("New region", Room::Settings, form))
}

fn states(sent: &Sent) -> Vec<String> {
    let parts = sent.text("states").split([',', ';', ' ']);
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_uppercase).collect()
}

async fn create_region(visit: Visit, sent: Sent) -> Out {
    let read = super::acts::picked(&sent, "manager_id");
    let new =
        read.map(|manager_id| CreateRegion { name: sent.text("name").to_owned(), manager_id, states: states(&sent) });
    let done = match new {
        Ok(new) => visit.save(&sent, move |ctx, tx| app::people::create_region(ctx, tx, &new)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/regions", Flash::done("Region created"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let shown = sent.text("manager_id_text");
            let form =
                region_form(&visit, "/settings/regions".into(), &Values::of(&sent), shown, &errors, "Create region");
            Ok(visit.dialog("New region", Room::Settings, form))
        }
    }
}

async fn edit_region(visit: Visit, Path(id): Path<String>) -> Out {
    let id: RegionId = visit.id(&id)?;
    let (region, manager) =
        visit.read(move |ctx, tx| glance::region(ctx, tx, id)).await?.ok_or_else(Fail::not_found)?;
    let values = Values::new()
        .with("name", &region.name)
        .maybe("manager_id", region.manager_id)
        .with("states", region.states.join(", "))
        .with("version", region.version.to_string());
    let action = format!("/settings/regions/{id}");
    let form = region_form(&visit, action, &values, manager.as_deref().unwrap_or(""), &[], "Save");
    Ok(visit.dialog(format!("Region {}", region.name), Room::Settings, form))
}

async fn save_region(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: RegionId = visit.id(&id)?;
    let read = super::acts::picked(&sent, "manager_id");
    let patch = read.map(|manager| PatchRegion {
        name: Some(sent.text("name").to_owned()),
        manager_id: manager.map_or(Patch::Clear, Patch::Set),
        states: Some(states(&sent)),
    });
    let done = match patch {
        Ok(patch) => visit.save(&sent, move |ctx, tx| app::people::patch_region(ctx, tx, id, &patch)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/regions", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let action = format!("/settings/regions/{id}");
            let shown = sent.text("manager_id_text");
            let form = region_form(&visit, action, &Values::of(&sent), shown, &errors, "Save");
            Ok(visit.dialog("Region", Room::Settings, form))
        }
    }
}

// ---- programs -------------------------------------------------------------------------------------------------------

async fn programs(visit: Visit) -> Out {
    only_office(&visit)?;
    let url = visit.app.config().public_url.clone();
    let rows = vec![
        Line::new("The API's description")
            .below("OpenAPI, always as this server is")
            .href("/api/v1/openapi.json")
            .side("openapi.json"),
        Line::new("Your own tokens").below("Whatever acts with your name: look at them, end them").href("/me"),
    ];
    let body = html! {
        (Header::new("Settings").under("Other programs act through the same rules as people: a token acts for one account and reaches what it reaches."))
        (room_tabs("programs"))
        div class="content narrow" {
            (section_block("For other programs", &[], lines(&rows)))
            (section_block("A new token", &[], html! {
                p class="sub" { "A program asks for a token with the e-mail and password of the account for which it acts. It is shown once." }
                pre class="mono" { code { "curl " (url) "/api/v1/tokens -H 'content-type: application/json' \\\n  -d '{\"email\": \"" (visit.ctx.actor.email) "\", \"password\": \"…\", \"name\": \"ERP\"}'" } }
                p class="sub" { "On the server itself, " span class="mono" { "caseload token --email " (visit.ctx.actor.email) } " does the same." }
            }))
        }
    };
    Ok(visit.page("Programs", Room::Settings, body))
}
