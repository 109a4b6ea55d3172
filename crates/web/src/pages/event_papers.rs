//! The papers of an event: links for the hospital's buyer, what was sent to whom, signatures, the delivery note.

use super::acts::{self, Ask};
use super::common::press;
use super::event::Seen;
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Choice, Field, FieldError, Flash, Form, Header, Line, Page, Room, Status, Tone, lines, section_block,
};
use app::App;
use app::documents::{delivery, links, sends};
use app::events::signatures;
use app::{Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::documents::{
    DocumentLink, DocumentSend, EventSignature, EventSignatures, SendDocument, SendTo, ShareDocument, SignEvent,
};
use contract::remarks::MailRecipient;
use domain::document::{DocumentKind, SignatureRole, SignedDocument};
use domain::event::EventStatus;
use domain::id::{DocumentLinkId, DocumentSendId, EventId, SalesOrderId, TransferId};
use domain::people::{Permission, Role};
use maud::{Markup, PreEscaped, Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/delivery-note", get(delivery_note))
        .route("/events/{id}/sign", get(sign_page).merge(post(sign)))
        .route("/transfers/{id}/packing-slip", get(packing_slip))
        .route("/sales-orders/{id}/link", get(link_page).merge(post(make_link)))
        .route("/sales-orders/{id}/links/{link}/end", post(end_link))
        .route("/sales-orders/{id}/paper", post(paper_with_code))
        .route("/documents/{kind}/{id}/send", get(send_page).merge(post(send)))
        .route("/documents/sent/{id}", get(sent_paper))
}

/// What the page of an event shows of its papers.
pub struct Papers {
    /// Signatures, and what one would stand under.
    pub signatures: EventSignatures,
    /// What was sent.
    pub sent: Vec<DocumentSend>,
    /// Links that were made.
    pub links: Vec<DocumentLink>,
    /// Whether the viewer may sign.
    pub may_sign: bool,
}

/// Reads it.
pub fn of_event(ctx: &Ctx, tx: &mut Tx, id: EventId, order: Option<SalesOrderId>) -> app::Result<Papers> {
    let mut params = ListParams { limit: Some(50), ..ListParams::default() };
    params.filters.insert("event_id".into(), id.to_string());
    let links = match order {
        Some(order) => links::list(ctx, tx, order)?.items,
        None => Vec::new(),
    };
    Ok(Papers {
        signatures: signatures::list(ctx, tx, id)?,
        sent: sends::sent(ctx, tx, &params)?.items,
        links,
        may_sign: signatures::may_sign(ctx, tx, id)?,
    })
}

/// The papers as parts of the page of an event.
pub fn section(visit: &Visit, seen: &Seen, papers: &Papers) -> Markup {
    html! {
        (signed(visit, seen, papers))
        (sent_section(visit, seen, papers))
        (links_section(visit, seen, papers))
    }
}

// ---- signatures -----------------------------------------------------------------------------------------------------

/// What was drawn, as it was drawn.
fn ink(signature: &EventSignature) -> Markup {
    let points = |stroke: &[[f32; 2]]| stroke.iter().map(|[x, y]| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    html! {
        @if !signature.strokes.is_empty() {
            svg class="ink" viewBox="0 0 480 160" role="img" aria-label={ "Drawn signature of " (signature.name) } {
                @for stroke in &signature.strokes { polyline points=(points(stroke)) {} }
            }
        }
    }
}

fn signature_line(visit: &Visit, it: &EventSignature) -> Line {
    let who = html! { strong { (it.name) } @if !it.title.is_empty() { ", " (it.title) } };
    let below = html! {
        (it.role.label()) " · " (it.document.label()) " · " (words::exact(&visit.ctx, it.signed_at))
        @if it.through_link { " · through the link of " (it.recorded_by_name) } @else if it.recorded_by_name != it.name { " · taken by " (it.recorded_by_name) }
        @if it.void { br; "What was signed was changed since. It stays on record." }
        div class=[it.void.then_some("void")] { (ink(it)) }
    };
    let status = if it.void { Status::new(Tone::Grey, "Void") } else { Status::new(Tone::Green, "Signed") };
    Line::new(who).below(below).side(status)
}

fn signed(visit: &Visit, seen: &Seen, papers: &Papers) -> Markup {
    let event = &seen.event;
    let empty = event.lines.is_empty() && event.charges.is_empty();
    if papers.signatures.items.is_empty() && (empty || !papers.may_sign) {
        return html! {};
    }
    let id = event.head.id;
    let actions = match papers.may_sign && !empty {
        true => vec![Button::link("Sign", format!("/events/{id}/sign")).small().in_dialog()],
        false => vec![],
    };
    let list: Vec<Line> = papers.signatures.items.iter().map(|it| signature_line(visit, it)).collect();
    let why = &papers.signatures.why;
    let body = html! { @if !why.is_empty() { p class="sub" { (why) } } @if list.is_empty() { p class="sub" { "Nobody has signed yet. A drawn or typed signature stands under what is on this page now, and is void when that changes." } } @else { (lines(&list)) } };
    section_block("Signatures", &actions, body)
}

/// The place to draw a signature; without scripts the typed name is the signature.
pub fn pad(errors: &[FieldError]) -> Markup {
    let wrong = errors.iter().find(|error| error.field == "strokes");
    html! {
        div class={ "field" @if wrong.is_some() { " bad" } } {
            span class="label" { "Signature" span class="opt" { "drawn, or the name alone" } }
            div {
                input type="hidden" name="strokes" value="" data-strokes;
                div class="pad" data-pad hidden {}
                div class="pad-row" { button class="btn quiet small" type="button" data-clear hidden { "Clear" } }
            }
            noscript { p class="sub" { "The name that you typed is your signature." } }
            @if let Some(error) = wrong { div class="oops" { (error.message) } }
        }
    }
}

fn ask_to_sign(visit: &Visit, seen: &Seen, papers: &Papers, sent: &Sent, errors: &[FieldError]) -> Response {
    let head = &seen.event.head;
    let title = format!("Sign {}", super::events::title(head));
    let back = format!("/events/{}", head.id);
    let cancel = if visit.hx.partial { Button::close("Cancel") } else { Button::link("Cancel", back.clone()).quiet() };
    let form = Form::post(format!("/events/{}/sign", head.id), visit.csrf())
        .errors(errors)
        .body(sign_fields(visit, seen, papers, sent, errors))
        .button(Button::submit("Sign").primary())
        .button(cancel);
    if visit.hx.partial {
        return visit.dialog(title, Room::Events, form.swap_into("#dialog-body").render());
    }
    let header =
        Header::new(title.clone()).crumb("Events", "/events").crumb(super::events::title(head).to_owned(), back);
    let page = Page::new(title, Room::Events, &visit.viewer, html! { (header) div class="content" { (form) } });
    visit.render(Page { scripts: &["papers.js"], styles: &["papers.css"], ..page })
}

fn sign_fields(visit: &Visit, seen: &Seen, papers: &Papers, sent: &Sent, errors: &[FieldError]) -> Markup {
    let of_facility = visit.ctx.actor.role == Role::FacilityManager;
    let roles: Vec<Choice> = SignatureRole::ALL
        .iter()
        .filter(|role| !of_facility || **role != SignatureRole::Representative)
        .map(|role| Choice::new(role.as_str(), role.label()))
        .collect();
    let what: Vec<Choice> = SignedDocument::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect();
    let role = sent.maybe("role").unwrap_or("provider").to_owned();
    let document = sent.maybe("document").unwrap_or("order").to_owned();
    let total = super::event::total(&visit.ctx, &seen.event);
    html! {
        p { (words::count(seen.event.lines.len() as i64, "unit", "units")) @if let Some(total) = total { ", " strong { (total) } } ". The signature stands under this; when it changes, the signature is void." }
        input type="hidden" name="order_content" value=(papers.signatures.order_content);
        input type="hidden" name="note_content" value=(papers.signatures.delivery_note_content);
        (Field::segment("document", "What is signed", what).value(document).errors(errors))
        (Field::segment("role", "For whom", roles).value(role).errors(errors))
        (Field::text("name", "Name").value(sent.text("name").to_owned()).required().errors(errors).limit(200))
        (Field::text("title", "What they do").value(sent.text("title").to_owned()).optional().errors(errors).limit(200))
        (pad(errors))
    }
}

async fn to_sign(visit: &Visit, id: EventId) -> Result<(Seen, Papers), Fail> {
    visit
        .read(move |ctx, tx| {
            let seen = super::event::see(ctx, tx, id)?;
            let papers = of_event(ctx, tx, id, seen.event.sales_order_id)?;
            Ok((seen, papers))
        })
        .await
}

async fn sign_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let (seen, papers) = to_sign(&visit, id).await?;
    Ok(ask_to_sign(&visit, &seen, &papers, &sent, &[]))
}

async fn sign(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let document = SignedDocument::parse(sent.text("document")).unwrap_or(SignedDocument::Order);
    let seen_content = match document {
        SignedDocument::Order => sent.maybe("order_content"),
        SignedDocument::DeliveryNote => sent.maybe("note_content"),
    };
    let strokes = match sent.text("strokes") {
        "" => Ok(Vec::new()),
        text => serde_json::from_str(text)
            .map_err(|_| app::Error::field("strokes", "invalid_strokes", "Clear the signature and draw it again.")),
    };
    let done = match strokes {
        Ok(strokes) => {
            let body = SignEvent {
                document,
                role: SignatureRole::parse(sent.text("role")).unwrap_or(SignatureRole::Provider),
                name: sent.text("name").to_owned(),
                title: sent.text("title").to_owned(),
                strokes,
                content: seen_content.map(str::to_owned),
            };
            visit.save(&sent, move |ctx, tx| signatures::sign(ctx, tx, id, &body)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Signed"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["document", "role", "name", "title", "strokes"]);
            let (seen, papers) = to_sign(&visit, id).await?;
            Ok(ask_to_sign(&visit, &seen, &papers, &sent, &errors))
        }
    }
}

// ---- papers ---------------------------------------------------------------------------------------------------------

async fn delivery_note(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| delivery::of_event(ctx, tx, id)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

async fn packing_slip(visit: Visit, Path(id): Path<String>) -> Out {
    let id: TransferId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| delivery::of_transfer(ctx, tx, id)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

async fn paper_with_code(visit: Visit, Path(id): Path<String>) -> Out {
    let id: SalesOrderId = visit.id(&id)?;
    let config = visit.app.config().clone();
    let wish = ShareDocument::default();
    let made = visit.write(move |ctx, tx| links::paper_with_code(ctx, tx, &config, id, &wish)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

async fn sent_paper(visit: Visit, Path(id): Path<String>) -> Out {
    let id: DocumentSendId = visit.id(&id)?;
    let made = visit.app.sent_paper(&visit.ctx, id).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

// ---- links ----------------------------------------------------------------------------------------------------------

fn links_section(visit: &Visit, seen: &Seen, papers: &Papers) -> Markup {
    let Some(order) = seen.event.sales_order_id else { return html! {} };
    let makes = visit.may(Permission::ManageEvents) && visit.may(Permission::ViewContractPrices);
    if papers.links.is_empty() && !makes {
        return html! {};
    }
    let ctx = &visit.ctx;
    let list: Vec<Line> = papers
        .links
        .iter()
        .map(|link| {
            let opened = match (link.opened_count, link.last_opened_at) {
                (0, _) | (_, None) => html! { "never opened" },
                (n, Some(at)) => html! { "opened " (words::count(n, "time", "times")) ", last " (words::when(ctx, at)) },
            };
            let ended = link.revoked_at.map(|at| html! { "ended " (words::when(ctx, at)) });
            let line = Line::new(html! { (link.kind.label()) ", by " (link.created_by_name) ", " (words::when(ctx, link.created_at)) })
                .below(html! {
                    (opened)
                    @if let Some(at) = link.used_at { " · purchase order given " (words::when(ctx, at)) }
                    @if let Some(ended) = ended { " · " (ended) } @else if link.works { " · works until " (words::day(link.expires_at.day_in(&ctx.organization.time_zone))) } @else { " · over" }
                });
            match link.works && makes {
                true => line.control(press(visit, format!("/sales-orders/{order}/links/{}/end", link.id), Button::submit("End it").small().quiet())),
                false => line,
            }
        })
        .collect();
    let actions = match makes {
        true => vec![Button::link("Code for the buyer", format!("/sales-orders/{order}/link")).small().in_dialog()],
        false => vec![],
    };
    let body = html! {
        @if list.is_empty() { p class="sub" { "A code or a link lets the hospital's buyer see this one order and give its purchase order, without an account." } }
        @else { (lines(&list)) }
        @if makes {
            form method="post" action={ "/sales-orders/" (order) "/paper" } target="_blank" { (crate::ui::csrf_field(&visit.csrf())) (Button::submit("Sales order with a code, as PDF").small().quiet()) }
        }
    };
    section_block("Links for the hospital", &actions, body)
}

fn ask_for_link(visit: &Visit, id: SalesOrderId, back: &str, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Let the buyer give the purchase order".into(),
        text: html! { p { "Whoever has the code or the link sees this sales order alone, without anything about the patient, and gives the purchase order once." } },
        room: Room::Events,
        action: format!("/sales-orders/{id}/link"),
        fields: Field::with_unit("days", "It works for", "days")
            .value(sent.maybe("days").unwrap_or("60").to_owned())
            .errors(errors)
            .render(),
        verb: "Show the code".into(),
        danger: false,
        back: back.to_owned(),
        errors,
    }
    .show(visit)
}

async fn event_of(visit: &Visit, id: SalesOrderId) -> Result<EventId, Fail> {
    Ok(visit.read(move |ctx, tx| app::billing::documents::sales_order(ctx, tx, id)).await?.head.event_id)
}

async fn link_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: SalesOrderId = visit.id(&id)?;
    let event = event_of(&visit, id).await?;
    Ok(ask_for_link(&visit, id, &format!("/events/{event}"), &sent, &[]))
}

async fn make_link(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: SalesOrderId = visit.id(&id)?;
    let event = event_of(&visit, id).await?;
    let days = match sent.maybe("days").map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(days)) => Ok(Some(days)),
        Some(Err(_)) => Err(app::Error::field("days", "invalid_days", "Give a whole number of days.")),
    };
    let config = visit.app.config().clone();
    let done = match days {
        Ok(days) => {
            let wish = ShareDocument { days };
            visit.write(move |ctx, tx| links::share(ctx, tx, &config, id, &wish)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let body = html! {
                div class="code-box" {
                    (PreEscaped(made.code_svg))
                    div {
                        p { "Let the buyer scan it, or give them the link. It is shown only now." }
                        p class="mono" { (made.link) }
                        p class="sub" { "It works until " (words::exact(&visit.ctx, made.expires_at)) ", or until you end it." }
                        (Button::link("Back to the event", format!("/events/{event}")))
                    }
                }
            };
            if visit.hx.partial {
                return Ok(visit.dialog("Code for the buyer", Room::Events, body));
            }
            let header = Header::new("Code for the buyer")
                .crumb("Events", "/events")
                .crumb("The event", format!("/events/{event}"));
            let page = Page::new(
                "Code for the buyer",
                Room::Events,
                &visit.viewer,
                html! { (header) div class="content" { (body) } },
            );
            Ok(visit.render(Page { styles: &["papers.css"], ..page }))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["days"]);
            Ok(ask_for_link(&visit, id, &format!("/events/{event}"), &sent, &errors))
        }
    }
}

async fn end_link(visit: Visit, Path((id, link)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, link): (SalesOrderId, DocumentLinkId) = (visit.id(&id)?, visit.id(&link)?);
    let event = event_of(&visit, id).await?;
    let done = visit.save(&sent, move |ctx, tx| links::revoke(ctx, tx, id, link)).await;
    acts::told(&visit, done, &format!("/events/{event}"), Flash::done("The link is ended"))
}

// ---- sending --------------------------------------------------------------------------------------------------------

/// Something that was sent, as a line.
pub fn sent_line(visit: &Visit, it: &DocumentSend) -> Line {
    let ctx = &visit.ctx;
    let whom = match (it.recipient_name.as_str(), it.recipient_email.as_str()) {
        ("", "") => "by other ways".to_owned(),
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name}, {email}"),
    };
    let by = if it.automatic { "by the server" } else { it.sent_by_name.as_str() };
    let below = html! {
        (by) ", " (words::when(ctx, it.sent_at))
        @if it.opened_count > 0 { " · link opened " (words::count(it.opened_count, "time", "times")) @if let Some(at) = it.opened_at { ", last " (words::when(ctx, at)) } }
        @if !it.note.is_empty() { " · \u{201c}" (it.note) "\u{201d}" }
    };
    let status = match it.state.as_str() {
        "left" => Status::new(Tone::Green, "Sent"),
        "marked" => Status::new(Tone::Grey, "Marked as sent"),
        "failed" => Status::new(Tone::Red, "Not delivered yet"),
        _ => Status::new(Tone::Blue, "On its way"),
    };
    let line = Line::new(html! { (it.kind.label()) " " (it.number) " to " (whom) }).below(below).side(status);
    if it.has_paper {
        line.action(Button::link("As sent", format!("/documents/sent/{}", it.id)).small().quiet())
    } else {
        line
    }
}

fn sent_section(visit: &Visit, seen: &Seen, papers: &Papers) -> Markup {
    let event = &seen.event;
    let sends = visit.may(Permission::ManageEvents) && event.head.status != EventStatus::Cancelled;
    let prices = visit.may(Permission::ViewContractPrices);
    let mut actions = Vec::new();
    let button = |label: &'static str, kind: &str, id: String| {
        Button::link(label, format!("/documents/{kind}/{id}/send")).small().in_dialog()
    };
    if sends
        && prices
        && let Some(order) = event.sales_order_id
    {
        actions.push(button("Send the sales order", "sales_order", order.to_string()));
    }
    if sends && !event.lines.is_empty() && event.head.status.is_submitted() {
        actions.push(button("Send the delivery note", "delivery_note", event.head.id.to_string()));
    }
    if papers.sent.is_empty() && actions.is_empty() {
        return html! {};
    }
    let list: Vec<Line> = papers.sent.iter().map(|it| sent_line(visit, it)).collect();
    let body = html! { @if list.is_empty() { p class="sub" { "Nothing was sent yet." } } @else { (lines(&list)) } };
    section_block("Sent", &actions, body)
}

/// Where one goes back to after sending.
fn origin(kind: DocumentKind, id: &str, event: Option<EventId>) -> String {
    match (kind, event) {
        (DocumentKind::Invoice, _) => format!("/invoices/{id}"),
        (DocumentKind::Statement, _) => format!("/customers/{id}/statement"),
        (DocumentKind::Quote, _) => format!("/events/{id}/quote"),
        (_, Some(event)) => format!("/events/{event}"),
        (_, None) => format!("/events/{id}"),
    }
}

struct ToSend {
    kind: DocumentKind,
    id: String,
    to: Vec<MailRecipient>,
    before: Vec<DocumentSend>,
    back: String,
}

async fn to_send(visit: &Visit, kind: &str, id: &str) -> Result<ToSend, Fail> {
    let kind = DocumentKind::parse(kind).ok_or_else(Fail::not_found)?;
    let mut params = ListParams::default();
    params.filters.insert("kind".into(), kind.as_str().into());
    params.filters.insert("subject_id".into(), id.to_owned());
    let text = id.to_owned();
    let (to, before, event) = visit
        .read(move |ctx, tx| {
            let to = sends::recipients(ctx, tx, &params).map_err(|error| match error {
                app::Error::NotFound(_) => app::Error::not_found(),
                other => other,
            })?;
            let before = sends::sent(ctx, tx, &params)?;
            let event = match (kind, text.parse::<SalesOrderId>()) {
                (DocumentKind::SalesOrder, Ok(order)) => {
                    Some(app::billing::documents::sales_order(ctx, tx, order)?.head.event_id)
                }
                _ => None,
            };
            Ok((to.items, before.items, event))
        })
        .await?;
    Ok(ToSend { kind, id: id.to_owned(), to, before, back: origin(kind, id, event) })
}

fn ask_to_send(visit: &Visit, it: &ToSend, sent: &Sent, errors: &[FieldError]) -> Response {
    let chosen = match sent.has("to") {
        true => sent.text("to").to_owned(),
        false => it.to.iter().map(|one| one.email.clone()).collect::<Vec<_>>().join(", "),
    };
    let from = it.to.iter().map(|one| one.source.as_str()).next();
    let help = match from {
        Some("location") => "The contacts of the facility that receive it. Separate further addresses by commas.",
        Some("customer") => "The contacts of the customer that receive it. Separate further addresses by commas.",
        Some(_) => "The customer's own address: no contact receives it. Separate further addresses by commas.",
        None => "No contact of the customer receives it yet. Type an address; several are separated by commas.",
    };
    let last = it.before.first();
    Ask {
        title: format!("Send the {}", words::lower(it.kind.label())).into(),
        text: html! {
            @if let Some(last) = last { p class="sub" { "Sent before: " (words::when(&visit.ctx, last.sent_at)) @if !last.recipient_email.is_empty() { " to " (last.recipient_email) } "." } }
        },
        room: Room::Events,
        action: format!("/documents/{}/{}/send", it.kind, it.id),
        fields: html! {
            @if it.kind == DocumentKind::Statement {
                @for name in ["from", "to"] {
                    @if let Some(day) = sent.maybe(&format!("{name}_on")).or_else(|| visit.link.get(name)) { input type="hidden" name={ (name) "_on" } value=(day); }
                }
            }
            (Field::text("to", "To").value(chosen).errors(errors).help(help))
            (Field::area("message", "A word to go with it").value(sent.text("message").to_owned()).optional().errors(errors).limit(2000))
            (Field::check("mark_only", "It was sent by other ways: only remember it").on(sent.on("mark_only")).help("Nothing goes out. The word above says how."))
        },
        verb: "Send it".into(),
        danger: false,
        back: it.back.clone(),
        errors,
    }
    .show(visit)
}

async fn send_page(visit: Visit, Path((kind, id)): Path<(String, String)>, sent: Sent) -> Out {
    let it = to_send(&visit, &kind, &id).await?;
    Ok(ask_to_send(&visit, &it, &sent, &[]))
}

async fn send(visit: Visit, Path((kind, id)): Path<(String, String)>, sent: Sent) -> Out {
    let it = to_send(&visit, &kind, &id).await?;
    let typed: Vec<SendTo> = sent
        .text("to")
        .split([',', ';', ' ', '\n'])
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|email| {
            let known = it.to.iter().find(|one| one.email.eq_ignore_ascii_case(email));
            SendTo { name: known.map(|one| one.name.clone()).unwrap_or_default(), email: email.to_owned() }
        })
        .collect();
    // As it was offered, the record says whose contacts they are.
    let same = typed.len() == it.to.len() && typed.iter().zip(&it.to).all(|(one, two)| one.email == two.email);
    let body = SendDocument {
        kind: it.kind,
        subject_id: it.id.clone(),
        recipients: (!same && !typed.is_empty()).then_some(typed),
        message: sent.text("message").to_owned(),
        mark_only: sent.on("mark_only"),
        from: acts::day(&sent, "from_on").ok().flatten(),
        to: acts::day(&sent, "to_on").ok().flatten(),
    };
    let said = if body.mark_only { "Remembered as sent" } else { "It is on its way" };
    match visit.app.send_document(&visit.ctx, body, sent.key()).await {
        Ok(_) => Ok(visit.go(&it.back, Flash::done(said))),
        Err(error) => {
            let errors: Vec<FieldError> = visit
                .complaints(error)?
                .into_iter()
                .map(|error| match error.field.starts_with("recipients") {
                    true => FieldError::new("to", error.message),
                    false => error,
                })
                .collect();
            let errors = acts::known(errors, &["to", "message"]);
            Ok(ask_to_send(&visit, &it, &sent, &errors))
        }
    }
}
