//! Notices: what was I told, and how do I want to be told?

use super::common::{Values, press};
use super::settings::{only_office, room_tabs};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Choice, Empty, Field, FieldError, Flash, Form, Header, Icon, Line, Page, Room, Status, Tab, Tone,
    banner, lines, section, tabs,
};
use app::{App, notices};
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::notices::{
    MarkNotification, Notification, NotificationSettings, NotificationWay, PutNotificationSettings, QuietHours,
    SetNotificationWay,
};
use domain::id::NoticeId;
use domain::notice::{DigestEvery, MailWay, Topic};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/notices", get(index))
        .route("/notices/read-all", post(read_all))
        .route("/notices/{id}", get(follow))
        .route("/notices/{id}/mark", post(mark))
        .route("/me/notices", get(own_page).merge(post(save_own)))
        .route("/me/notices/reset", post(reset_own))
        .route("/settings/notices", get(house_page).merge(post(save_house)))
}

// ---- the list -------------------------------------------------------------------------------------------------------

async fn index(visit: Visit) -> Out {
    let all = visit.link.get("show") == Some("all");
    let topic = visit.link.get("topic").and_then(Topic::parse);
    let mut params = ListParams { limit: Some(50), ..ListParams::default() };
    params.cursor = visit.link.get("cursor").map(str::to_owned);
    if !all {
        params.filters.insert("unread".into(), "true".into());
    }
    if let Some(topic) = topic {
        params.filters.insert("topic".into(), topic.as_str().into());
    }
    let (page, unread) =
        visit.read(move |ctx, tx| Ok((notices::list(ctx, tx, &params)?, notices::unread(ctx, tx)?.unread))).await?;
    let plain = visit.link.without("cursor");
    let mut header = Header::new("Notices").lead(match unread {
        0 => "nothing unread".to_owned(),
        n if n >= notices::UNREAD_MOST => format!("{n} or more unread"),
        n => format!("{n} unread"),
    });
    header = header.action(Button::link("How I am told", "/me/notices").icon(Icon::Settings).quiet());
    if unread > 0 {
        header =
            header.action(press(&visit, "/notices/read-all", Button::submit("Mark all as read").icon(Icon::Check)));
    }
    let views = [
        Tab::new("Unread", plain.without("show").to_string(), !all),
        Tab::new("All", plain.with("show", "all").to_string(), all),
    ];
    let body = html! {
        (header)
        (tabs(&views, None))
        div class="content" {
            (topics(&plain, topic))
            @if page.items.is_empty() { (nothing(all)) } @else { (lines(&rows(&visit, &page.items))) }
            @if let Some(cursor) = &page.next_cursor { p { (Button::link("Earlier ones", visit.link.with("cursor", cursor).to_string())) } }
        }
    };
    Ok(visit.render(Page {
        room: None,
        styles: &["papers.css"],
        ..Page::new("Notices", Room::Today, &visit.viewer, body)
    }))
}

/// The topics as a row of links: one of them, or all.
fn topics(link: &crate::ui::Link, current: Option<Topic>) -> Markup {
    html! {
        nav class="topics" aria-label="Topics" {
            a href=(link.without("topic")) aria-current=[current.is_none().then_some("true")] { "Everything" }
            @for topic in Topic::ALL {
                a href=(link.with("topic", topic.as_str())) aria-current=[(current == Some(*topic)).then_some("true")] { (topic.label()) }
            }
        }
    }
}

fn nothing(all: bool) -> Markup {
    use maud::Render;
    let empty = if all {
        Empty::new(Icon::Bell, "Nothing was told yet").text(
            "Transfers to you, cases that you are asked to take, purchase orders that came in: they are told here.",
        )
    } else {
        Empty::new(Icon::Bell, "Nothing unread").text("What happens next appears here.")
    };
    empty.render()
}

fn rows(visit: &Visit, items: &[Notification]) -> Vec<Line> {
    let line = |it: &Notification| {
        let unread = it.read_at.is_none();
        let title = html! { @if unread { strong { (it.sentence) } } @else { (it.sentence) } };
        let mut line =
            Line::new(title).below(html! { (it.topic.label()) " · " (words::when(&visit.ctx, it.created_at)) });
        if notices::page_of(it).is_some() {
            line = line.href(format!("/notices/{}", it.id));
        }
        if unread {
            line = line.side(Status::new(Tone::Teal, "new"));
        }
        let (label, icon) = if unread { ("Mark as read", Icon::Check) } else { ("Mark as unread", Icon::Undo) };
        let button = Button::submit(label).icon_only(icon).small().quiet();
        let read = if unread { "true" } else { "false" };
        line.control(super::common::press_with(visit, format!("/notices/{}/mark", it.id), &[("read", read)], button))
    };
    items.iter().map(line).collect()
}

/// Whoever follows a notice has read it.
async fn follow(visit: Visit, Path(id): Path<String>) -> Out {
    let id: NoticeId = visit.id(&id)?;
    let it = visit.write(move |ctx, tx| notices::mark(ctx, tx, id, &MarkNotification::default())).await?;
    Ok(visit.leave(&notices::page_of(&it).unwrap_or_else(|| "/notices?show=all".to_owned())))
}

async fn mark(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id(&id)?;
    let ask = MarkNotification { read: Some(sent.text("read") != "false") };
    visit.save(&sent, move |ctx, tx| notices::mark(ctx, tx, id, &ask)).await?;
    Ok(visit.back("/notices", Flash::done(if sent.text("read") == "false" { "Unread again" } else { "Read" })))
}

async fn read_all(visit: Visit, sent: Sent) -> Out {
    visit.save(&sent, notices::mark_all).await?;
    Ok(visit.go("/notices", Flash::done("All read")))
}

// ---- how people are told --------------------------------------------------------------------------------------------

fn hours() -> Vec<Choice> {
    (0..24).map(|hour| Choice::new(hour.to_string(), format!("{hour:02}:00"))).collect()
}

fn way_row(it: &NotificationWay, sent: Option<&Sent>, may: bool) -> Markup {
    let key = it.topic.as_str();
    let product = sent.map_or(it.product, |sent| sent.on(&format!("product_{key}")));
    let mail = sent.and_then(|sent| MailWay::parse(sent.text(&format!("mail_{key}")))).unwrap_or(it.mail);
    let fixed = it.required || !may;
    html! {
        tr {
            th scope="row" { (it.label) span class="sub" { (it.whom) } }
            td {
                label class="tick" {
                    input class="box" type="checkbox" name={ "product_" (key) } value="true" checked[product] disabled[fixed] aria-label={ (it.label) ": here" };
                    span class="wide" { "here" }
                }
            }
            td {
                select class="select" name={ "mail_" (key) } disabled[fixed] aria-label={ (it.label) ": mail" } {
                    @for way in MailWay::ALL { option value=(way.as_str()) selected[*way == mail] { (way.label()) } }
                }
            }
        }
    }
}

fn form(
    visit: &Visit,
    it: &NotificationSettings,
    action: &str,
    may: bool,
    sent: Option<&Sent>,
    errors: &[FieldError],
) -> Markup {
    let values = match sent {
        Some(sent) => Values::of(sent),
        None => Values::new()
            .with("digest", it.digest.as_str())
            .with("digest_hour", it.digest_hour.to_string())
            .with("quiet_from", it.quiet.map_or(21, |quiet| quiet.from_hour).to_string())
            .with("quiet_to", it.quiet.map_or(6, |quiet| quiet.to_hour).to_string())
            .with("version", it.version.to_string()),
    };
    let quiet = sent.map_or(it.quiet.is_some(), |sent| sent.on("quiet"));
    let weekends = sent.map_or(it.quiet_weekends, |sent| sent.on("quiet_weekends"));
    let digests: Vec<Choice> = DigestEvery::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect();
    let fields = html! {
        input type="hidden" name="version" value=(values.get("version"));
        div class="matrix-box" {
            table class="matrix" {
                caption class="sr" { "What is told by which way" }
                thead { tr { th scope="col" { "What" } th scope="col" { "Here" } th scope="col" { "By mail" } } }
                tbody { @for way in &it.ways { (way_row(way, sent, may)) } }
            }
        }
        (section("Digest", Some("What waits for the digest comes together in one mail."), html! {
            div class="pair" {
                (Field::select("digest", "How often", digests).value(values.get("digest")).errors(errors).disabled(!may))
                (Field::select("digest_hour", "From", hours()).value(values.get("digest_hour")).errors(errors).disabled(!may))
            }
        }))
        (section("Quiet hours", Some("Mail waits until they are over. A recall does not wait."), html! {
            (Field::switch("quiet", "No mail at night").on(quiet).disabled(!may))
            div class="pair" {
                (Field::select("quiet_from", "From", hours()).value(values.get("quiet_from")).errors(errors).disabled(!may))
                (Field::select("quiet_to", "Until", hours()).value(values.get("quiet_to")).errors(errors).disabled(!may))
            }
            (Field::switch("quiet_weekends", "No mail on Saturdays and Sundays").on(weekends).disabled(!may))
        }))
    };
    let form = Form::post(action.to_owned(), visit.csrf()).errors(errors).wide().body(fields);
    html! { @if may { (form.button(Button::submit("Save").primary())) } @else { (form) } }
}

fn asked(sent: &Sent) -> Result<PutNotificationSettings, app::Error> {
    let hour = |field: &str| {
        sent.text(field).parse::<u8>().map_err(|_| app::Error::field(field, "invalid_value", "Choose an hour."))
    };
    let way = |topic: &Topic| SetNotificationWay {
        topic: *topic,
        product: sent.on(&format!("product_{}", topic.as_str())),
        mail: MailWay::parse(sent.text(&format!("mail_{}", topic.as_str()))).unwrap_or(topic.usual().mail),
    };
    Ok(PutNotificationSettings {
        ways: Topic::ALL.iter().map(way).collect(),
        digest: DigestEvery::parse(sent.text("digest")).unwrap_or(DigestEvery::Workday),
        digest_hour: hour("digest_hour")?,
        quiet: match sent.on("quiet") {
            true => Some(QuietHours { from_hour: hour("quiet_from")?, to_hour: hour("quiet_to")? }),
            false => None,
        },
        quiet_weekends: sent.on("quiet_weekends"),
    })
}

fn own_body(visit: &Visit, it: &NotificationSettings, sent: Option<&Sent>, errors: &[FieldError]) -> Markup {
    let mut header = Header::new("How I am told").crumb("Your account", "/me").under(if it.own {
        "Your own choice"
    } else {
        "As your organization has it; what you save here is yours alone"
    });
    if it.own {
        header = header.action(press(visit, "/me/notices/reset", Button::submit("As the organization has it")));
    }
    html! { (header) div class="content" { (form(visit, it, "/me/notices", true, sent, errors)) } }
}

fn show(visit: &Visit, title: &'static str, room: Option<Room>, body: Markup) -> axum::response::Response {
    visit.render(Page { room, styles: &["papers.css"], ..Page::new(title, Room::Settings, &visit.viewer, body) })
}

async fn own_page(visit: Visit) -> Out {
    let it = visit.read(notices::own).await?;
    Ok(show(&visit, "How I am told", None, own_body(&visit, &it, None, &[])))
}

async fn save_own(visit: Visit, sent: Sent) -> Out {
    let done = match asked(&sent) {
        Ok(ask) => visit.save(&sent, move |ctx, tx| notices::put_own(ctx, tx, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/me/notices", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let it = visit.read(notices::own).await?;
            Ok(refused(show(&visit, "How I am told", None, own_body(&visit, &it, Some(&sent), &errors))))
        }
    }
}

fn refused(mut response: axum::response::Response) -> axum::response::Response {
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    response
}

async fn reset_own(visit: Visit, sent: Sent) -> Out {
    visit.save(&sent, notices::reset_own).await?;
    Ok(visit.go("/me/notices", Flash::done("You are told as your organization has it")))
}

fn house_body(visit: &Visit, it: &NotificationSettings, sent: Option<&Sent>, errors: &[FieldError]) -> Markup {
    let may = visit.may(Permission::ManageOrganization);
    html! {
        (Header::new("Settings").under("How people are told who have not chosen for themselves"))
        (room_tabs("notices"))
        div class="content" {
            @if !may { (banner(Banner::Info, "You can look at these settings; admins change them.", None)) }
            (form(visit, it, "/settings/notices", may, sent, errors))
        }
    }
}

async fn house_page(visit: Visit) -> Out {
    only_office(&visit)?;
    let it = visit.read(notices::of_organization).await?;
    Ok(show(&visit, "Settings", Some(Room::Settings), house_body(&visit, &it, None, &[])))
}

async fn save_house(visit: Visit, sent: Sent) -> Result<axum::response::Response, Fail> {
    only_office(&visit)?;
    let done = match asked(&sent) {
        Ok(ask) => visit.save(&sent, move |ctx, tx| notices::put_of_organization(ctx, tx, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/settings/notices", Flash::done("Saved"))),
        Err(error) => {
            let errors = visit.complaints(error)?;
            let it = visit.read(notices::of_organization).await?;
            Ok(refused(show(&visit, "Settings", Some(Room::Settings), house_body(&visit, &it, Some(&sent), &errors))))
        }
    }
}
