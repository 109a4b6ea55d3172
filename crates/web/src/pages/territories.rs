//! Territories: the rules in their order, a form for one, and what would change before it is saved.

use super::common::Values;
use super::settings::room_tabs;
use super::suggest::chosen;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Room, csrf_field, lines, section_block,
};
use app::App;
use app::directory::territories;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::territories::{PreviewTerritory, Territory, TerritoryPreview, WriteTerritory};
use domain::id::{self, TerritoryId};
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/territories", get(index))
        .route("/settings/territories/new", get(new_page).merge(post(create)))
        .route("/settings/territories/{id}", get(edit_page).merge(post(save)))
        .route("/settings/territories/{id}/remove", get(remove_page).merge(post(remove)))
}

fn area(it: &Territory) -> String {
    let mut parts = Vec::new();
    if !it.states.is_empty() {
        parts.push(it.states.join(", "));
    }
    if !it.postal_codes.is_empty() {
        parts.push(format!("postal codes {}", it.postal_codes.join(", ")));
    }
    parts.join(" · ")
}

async fn index(visit: Visit) -> Out {
    let params = ListParams { limit: Some(500), ..ListParams::default() };
    let all = visit.read(move |ctx, tx| territories::list(ctx, tx, &params)).await?.items;
    let rows: Vec<Line> = all
        .iter()
        .enumerate()
        .map(|(n, it)| {
            Line::new(it.name.as_str())
                .lead(html! { (n + 1) })
                .below(html! { (area(it)) " · " (it.rep_name) })
                .href(format!("/settings/territories/{}", it.id))
        })
        .collect();
    let header = Header::new("Settings")
        .action(Button::link("New territory", "/settings/territories/new").primary().hotkey("n"));
    let empty = Empty::new(Icon::Place, "No territories")
        .text("A territory gives locations of some states or postal codes to a rep, where neither the location nor its customer has one.")
        .action(Button::link("New territory", "/settings/territories/new"));
    let body = html! {
        (header) (room_tabs("territories"))
        div class="content narrow" {
            p class="sub" { "For locations that have no rep of their own, of customers without a default rep. The first that fits counts; for the rest there is the house account." }
            @if rows.is_empty() { (empty) } @else { (lines(&rows)) }
        }
    };
    Ok(visit.page("Territories", Room::Settings, body))
}

fn words(text: &str) -> Vec<String> {
    text.split([',', '\n', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

async fn read(visit: &Visit, sent: &Sent) -> app::Result<WriteTerritory> {
    let rep = chosen::<id::User>(visit, sent, "rep_id", "people").await?;
    let rank = sent
        .maybe("rank")
        .map(|text| text.parse().map_err(|_| app::Error::field("rank", "invalid_value", "Give a whole number.")));
    Ok(WriteTerritory {
        name: sent.text("name").to_owned(),
        rep_id: rep.ok_or_else(|| app::Error::field("rep_id", "required", "Choose who, from the list."))?,
        states: words(sent.text("states")),
        postal_codes: words(sent.text("postal_codes")),
        rank: rank.transpose()?,
    })
}

const FIELDS: &[&str] = &["name", "rep_id", "states", "postal_codes", "rank"];

fn shift_lines(seen: &TerritoryPreview) -> Markup {
    html! {
        @if seen.locations == 0 { p { "No location would have another rep." } }
        @else {
            ul class="plain" {
                @for it in &seen.shifts {
                    li { strong { (say::count(it.locations, "location", "locations")) } " from " (it.from_name) " to " (it.to_name) }
                }
            }
            p class="sub" { (seen.names.join(", ")) @if seen.locations > seen.names.len() as i64 { " and more" } }
        }
    }
}

/// The form; after it was sent once, with what would change and the button that saves it.
fn form(
    visit: &Visit,
    title: &str,
    action: &str,
    values: &Values,
    errors: &[FieldError],
    seen: Option<&TerritoryPreview>,
    remove: Option<String>,
) -> Response {
    let field = |field: Field, name: &str| field.value(values.get(name)).errors(errors);
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        (field(Field::text("name", "Name").required().limit(200), "name"))
        (field(Field::combo("rep_id", "Who cares for it", "/suggest/people?role=sales,distributor,regional_manager&active=true", values.get("rep_id_text")).required(), "rep_id"))
        (field(Field::text("states", "States").optional().help("Codes with commas between them: IL, WI."), "states"))
        (field(Field::area("postal_codes", "Postal codes").optional().help("Beginnings or ranges: 606, 53000-53999. With states, both must fit."), "postal_codes"))
        (field(Field::number("rank", "Rank").optional().short().help("The lowest that fits counts. Empty for last."), "rank"))
    };
    let mut form = Form::post(action.to_owned(), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Show what would change").named("step", "preview"));
    if seen.is_some() {
        form = form.button(Button::submit("Save territory").primary().named("step", "save"));
    }
    form = form.button(Button::link("Cancel", "/settings/territories").quiet());
    if let Some(href) = remove {
        form = form.button(Button::link("Take it away", href).danger().quiet());
    }
    let header =
        Header::new(title.to_owned()).crumb("Settings", "/settings").crumb("Territories", "/settings/territories");
    let body = html! {
        (header)
        div class="content narrow" {
            (form)
            @if let Some(seen) = seen { div class="pad-top" { (section_block("What would change", &[], shift_lines(seen))) } }
        }
    };
    if errors.is_empty() {
        visit.page(title.to_owned(), Room::Settings, body)
    } else {
        visit.refused(title.to_owned(), Room::Settings, body)
    }
}

async fn seen(
    visit: &Visit,
    id: Option<TerritoryId>,
    new: Option<WriteTerritory>,
) -> Result<TerritoryPreview, app::Error> {
    let ask = PreviewTerritory { id, territory: new };
    visit.app.read(&visit.ctx, move |ctx, tx| territories::preview(ctx, tx, &ask)).await
}

async fn new_page(visit: Visit) -> Out {
    visit.ctx.require(domain::people::Permission::AssignReps)?;
    let action = "/settings/territories/new";
    Ok(form(&visit, "New territory", action, &Values::new(), &[], None, None))
}

async fn answer(visit: Visit, sent: Sent, id: Option<TerritoryId>) -> Out {
    let (title, action, remove) = match id {
        Some(id) => {
            let at = format!("/settings/territories/{id}");
            ("Territory", at.clone(), Some(format!("{at}/remove")))
        }
        None => ("New territory", "/settings/territories/new".to_owned(), None),
    };
    let values = Values::of(&sent);
    let refused = |visit: &Visit, error: app::Error| -> Result<Response, Fail> {
        let errors = super::acts::known(
            visit.complaints(error)?.into_iter().map(|it| FieldError::new(base(&it.field), it.message)).collect(),
            FIELDS,
        );
        Ok(form(visit, title, &action, &values, &errors, None, remove.clone()))
    };
    let new = match read(&visit, &sent).await {
        Ok(new) => new,
        Err(error) => return refused(&visit, error),
    };
    if sent.text("step") != "save" {
        return match seen(&visit, id, Some(new)).await {
            Ok(it) => Ok(form(&visit, title, &action, &values, &[], Some(&it), remove)),
            Err(error) => refused(&visit, error),
        };
    }
    let done = match id {
        Some(id) => visit.save(&sent, move |ctx, tx| territories::put(ctx, tx, id, &new)).await,
        None => visit.save(&sent, move |ctx, tx| territories::create(ctx, tx, &new)).await,
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/territories", Flash::done("Saved: locations without another rep follow"))),
        Err(error) => refused(&visit, error),
    }
}

/// `states[0]` is the field `states`.
fn base(field: &str) -> String {
    field.split('[').next().unwrap_or(field).to_owned()
}

async fn create(visit: Visit, sent: Sent) -> Out {
    answer(visit, sent, None).await
}

async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id(&id)?;
    answer(visit, sent, Some(id)).await
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let territory: TerritoryId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| territories::get(ctx, tx, territory)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .with("rep_id", it.rep_id.to_string())
        .with("rep_id_text", &it.rep_name)
        .with("states", it.states.join(", "))
        .with("postal_codes", it.postal_codes.join(", "))
        .with("rank", it.rank.to_string())
        .with("version", it.version.to_string());
    let at = format!("/settings/territories/{id}");
    Ok(form(&visit, "Territory", &at, &values, &[], None, Some(format!("{at}/remove"))))
}

async fn remove_page(visit: Visit, Path(id): Path<String>) -> Out {
    let territory: TerritoryId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| territories::get(ctx, tx, territory)).await?;
    let seen = seen(&visit, Some(territory), None).await?;
    let body = html! {
        (Header::new(format!("Take {} away?", it.name)).crumb("Territories", "/settings/territories"))
        div class="content narrow" {
            (shift_lines(&seen))
            form class="pad-top" method="post" action={ "/settings/territories/" (id) "/remove" } {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="version" value=(it.version);
                div class="acts" {
                    (Button::submit("Take it away").danger_solid())
                    (Button::link("Keep it", "/settings/territories").quiet())
                }
            }
        }
    };
    Ok(visit.page("Take a territory away", Room::Settings, body))
}

async fn remove(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let territory: TerritoryId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| territories::delete(ctx, tx, territory)).await;
    super::common::answered(
        &visit,
        "/settings/territories",
        done,
        "Taken away: its locations fell to the next that fits",
    )
}
