//! Exports to accounting: what is still to be exported, runs with their files, how a program is set up.

mod settings;

use super::acts::{self, Ask, reason};
use super::common::{answered, choices, note};
use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Fact, Field, FieldError, Flash, Header, Icon, Line, Room, Row, Status, Table,
    Tone, banner, csrf_field, facts, lines, section_block, split,
};
use app::accounting;
use app::{App, names};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::ListParams;
use contract::accounting::{
    AccountingExport, AccountingExportFiles, AccountingPreview, AccountingProblem, AccountingSum, RunAccountingExport,
    UndoAccountingExport,
};
use domain::accounting::{BookKind, ExportKind};
use domain::clock::Day;
use domain::id::{AccountingExportId, InvoiceId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/accounting", get(list))
        .route("/accounting/new", get(new_page).merge(post(run)))
        .route("/accounting/{id}", get(page))
        .route("/accounting/{id}/files/{name}", get(file))
        .route("/accounting/{id}/undo", get(undo_page).merge(post(undo)))
        .route("/invoices/{id}/xml", get(invoice_xml))
        .route("/invoices/{id}/pdf-with-xml", get(invoice_pdf))
        .merge(settings::routes())
}

fn kinds() -> Vec<crate::ui::Choice> {
    choices(ExportKind::ALL.iter().map(|it| (it.as_str(), it.label())))
}

fn status(it: &AccountingExport) -> Status {
    match it.status.as_str() {
        "undone" => Status::new(Tone::Grey, "Taken back"),
        _ => Status::new(Tone::Green, "Done"),
    }
}

/// `12 invoices, 1 credit memo`.
fn told(sums: &[AccountingSum]) -> String {
    let words = |sum: &AccountingSum| {
        let (one, many) = match sum.document {
            BookKind::Invoice => ("invoice", "invoices"),
            BookKind::CreditMemo => ("credit memo", "credit memos"),
            BookKind::Payment => ("payment", "payments"),
            BookKind::Refund => ("refund", "refunds"),
            BookKind::InvoiceVoid => ("void invoice", "void invoices"),
        };
        say::count(sum.count, one, many)
    };
    sums.iter().map(words).collect::<Vec<_>>().join(", ")
}

// ---- runs -----------------------------------------------------------------------------------------------------------

const VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("done", "Done", &[("status", "done")]),
    View::new("undone", "Taken back", &[("status", "undone")]),
];

async fn list(visit: Visit) -> Out {
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("number", "Export"),
        Column::new("kind", "For").width(220).phone_sub(),
        Column::new("documents", "Holds").width(260),
        Column::new("debit", format!("Booked, {currency}")).number().width(140).phone_side_sub(),
        Column::new("created_at", "Run").sort().width(160),
        Column::new("by", "By").width(150),
        Column::new("status", "Status").width(120),
    ];
    let pairs = ExportKind::ALL.iter().map(|it| (it.as_str().into(), it.label().into())).collect();
    let list = List::new(&visit, Room::Customers, "accounting", "Accounting exports", columns)
        .views(VIEWS)
        .sort("-created_at")
        .filters(vec![Filter::many("kind", "For", pairs)]);
    let params = list.params();
    let (found, people) = visit
        .read(move |ctx, tx| {
            let found = accounting::exports(ctx, tx, &params)?;
            let mut wanted = names::Wanted::new();
            for it in &found.items {
                wanted.person(it.created_by_id);
            }
            let people = names::look_up(ctx, tx, &wanted)?;
            Ok((found, people))
        })
        .await?;
    let cell = |it: &AccountingExport, key: &str| match key {
        "number" => Cell::text(it.number.clone()),
        "kind" => Cell::text(it.kind.label()),
        "documents" => Cell::text(told(&it.sums)),
        "debit" => Cell::text(say::amount(&visit.ctx, it.debit_minor)),
        "created_at" => Cell::of(say::when(&visit.ctx, it.created_at)),
        "by" => Cell::text(people.person(it.created_by_id).to_owned()),
        _ => Cell::status(status(it)),
    };
    let rows: Vec<Row> = found
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(it, key))
                .href(format!("/accounting/{}", it.id))
                .name(it.number.clone())
                .off(it.status == "undone")
        })
        .collect();
    let header = Header::new("Accounting exports")
        .under(super::orders::subnav(&visit, "Accounting"))
        .action(Button::link("Set up", "/accounting/settings/quickbooks_iif").quiet())
        .action(Button::link("New export", "/accounting/new").primary().hotkey("n"));
    let empty = Empty::new(Icon::File, "Nothing was exported yet")
        .text("Invoices, credit memos and payments go to your accounting program as files, each document once.")
        .action(Button::link("New export", "/accounting/new").primary());
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(found.next_cursor, found.total)))
}

// ---- a new one ------------------------------------------------------------------------------------------------------

fn asked(visit: &Visit) -> (ExportKind, Option<Day>) {
    let kind = visit.link.get("kind").and_then(ExportKind::parse).unwrap_or(ExportKind::QuickbooksIif);
    (kind, visit.link.get("through_on").and_then(Day::parse))
}

async fn new_page(visit: Visit) -> Out {
    let (kind, through) = asked(&visit);
    let it = visit.read(move |ctx, tx| accounting::preview(ctx, tx, kind, through)).await?;
    Ok(visit.page("New export", Room::Customers, preview(&visit, &it, &[])))
}

fn preview(visit: &Visit, it: &AccountingPreview, errors: &[FieldError]) -> Markup {
    let money = |minor| say::money(&visit.ctx, minor);
    let header = Header::new("New export")
        .crumb("Accounting exports", "/accounting")
        .under("Everything that was not exported to this program yet. A document is exported once.")
        .action(Button::link("Set up", format!("/accounting/settings/{}", it.kind)).quiet());
    let choose = html! {
        form method="get" action="/accounting/new" class="form" {
            (Field::select("kind", "For", kinds()).value(it.kind.as_str()))
            (Field::date("through_on", "Documents until").value(it.through_on.to_string()).help("The last day that is exported."))
            div class="form-foot" { (Button::submit("Show")) }
        }
    };
    let list: Vec<Line> =
        it.sums.iter().map(|sum| Line::new(told(std::slice::from_ref(sum))).side(money(sum.total_minor))).collect();
    let blocked = it.blocked_count > 0;
    let holds = html! {
        @if list.is_empty() {
            p class="sub" { "Nothing new until " (say::day(it.through_on)) "." }
        } @else {
            (lines(&list))
            p class="total" { "Debits, and as much credit " strong { (money(it.debit_minor)) } }
            @if it.more { (note("There is more than one export holds. Run the next one when this is done.")) }
            form method="post" action={ "/accounting/new?kind=" (it.kind) "&through_on=" (it.through_on) } class="form" {
                (csrf_field(&visit.csrf()))
                @if blocked {
                    (Field::check("leave_out", "Leave out the documents with problems").help("They come into a later export once they are put right."))
                }
                div class="form-foot" { (Button::submit("Run the export").primary()) }
            }
        }
    };
    html! {
        (header)
        @for error in errors { (banner(Banner::Error, html! { (error.message) }, None)) }
        @if blocked {
            (banner(Banner::Warning, html! { (say::count(it.blocked_count, "document cannot", "documents cannot")) " be exported like that." }, None))
        }
        (split(
            html! {
                (section_block("What it would hold", &[], holds))
                @if !it.problems.is_empty() { (problems(it)) }
            },
            html! { section class="sec" { (choose) } },
        ))
    }
}

fn problems(it: &AccountingPreview) -> Markup {
    let columns = vec![
        Column::new("document", "Document").width(190),
        Column::new("problem", "What to know").phone_sub(),
        Column::new("weight", "").width(130).phone_side(),
    ];
    let row = |(at, problem): (usize, &AccountingProblem)| {
        let standing = if problem.blocks { (Tone::Red, "In the way") } else { (Tone::Amber, "To know") };
        let cells = vec![
            Cell::two(problem.number.clone(), problem.document.label()),
            Cell::text(problem.message.clone()),
            Cell::status(Status::new(standing.0, standing.1)),
        ];
        let row = Row::new(format!("p{at}"), cells).name(problem.number.clone());
        match link(problem.document, &problem.document_id) {
            Some(href) => row.href(href),
            None => row,
        }
    };
    let rows = it.problems.iter().enumerate().map(row).collect();
    section_block(
        "Documents to look at",
        &[],
        Table::new("problems", "Documents to look at", columns).rows(rows).inside(),
    )
}

/// Where a document is looked at.
fn link(kind: BookKind, id: &str) -> Option<String> {
    match kind {
        BookKind::Invoice | BookKind::InvoiceVoid => Some(format!("/invoices/{id}")),
        BookKind::CreditMemo => Some(format!("/credit-memos/{id}")),
        BookKind::Payment | BookKind::Refund => None,
    }
}

async fn run(visit: Visit, sent: Sent) -> Out {
    let (kind, through_on) = asked(&visit);
    let ask = RunAccountingExport { kind, through_on, leave_out_problems: sent.on("leave_out") };
    match visit.save(&sent, move |ctx, tx| accounting::run(ctx, tx, &ask)).await {
        Ok(made) => {
            let said = format!("Export {} is ready", made["number"].as_str().unwrap_or_default());
            Ok(visit.go(&format!("/accounting/{}", super::common::id_of(&made)), Flash::done(said)))
        }
        Err(error) => {
            let errors = visit.complaints(error)?;
            let it = visit.read(move |ctx, tx| accounting::preview(ctx, tx, kind, through_on)).await?;
            Ok(visit.refused("New export", Room::Customers, preview(&visit, &it, &errors)))
        }
    }
}

// ---- one run --------------------------------------------------------------------------------------------------------

async fn seen(visit: &Visit, id: AccountingExportId) -> Result<AccountingExportFiles, Fail> {
    visit.read(move |ctx, tx| accounting::export(ctx, tx, id)).await
}

/// Documents of a run that its page shows at once.
const DOCUMENTS_SHOWN: u32 = 100;

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: AccountingExportId = visit.id(&id)?;
    let cursor = visit.link.get("cursor").map(str::to_owned);
    let (it, found, people) = visit
        .read(move |ctx, tx| {
            let it = accounting::export(ctx, tx, id)?;
            let params = ListParams { limit: Some(DOCUMENTS_SHOWN), cursor, ..ListParams::default() };
            let found = accounting::documents(ctx, tx, id, &params)?;
            let mut wanted = names::Wanted::new();
            wanted.person(it.head.created_by_id);
            if let Some(by) = it.head.undone_by_id {
                wanted.person(by);
            }
            let people = names::look_up(ctx, tx, &wanted)?;
            Ok((it, found, people))
        })
        .await?;
    let (ctx, head) = (&visit.ctx, &it.head);
    let mut header = Header::new(format!("Export {}", head.number))
        .crumb("Accounting exports", "/accounting")
        .status(status(head))
        .under(html! { (head.kind.label()) " · " (told(&head.sums)) });
    if head.status == "done" {
        header = header.action(Button::link("Take back", format!("/accounting/{id}/undo")).quiet().in_dialog());
    }
    let files: Vec<Line> = it
        .files
        .iter()
        .map(|file| {
            Line::new(html! { span class="mono" { (file.name) } })
                .below(format!(
                    "{} KB · SHA-256 {}…",
                    (file.size_bytes + 1023) / 1024,
                    &file.sha256[..12.min(file.sha256.len())]
                ))
                .action(Button::link("Download", format!("/accounting/{id}/files/{}", file.name)).small().download())
        })
        .collect();
    let columns = vec![
        Column::new("number", "Document").width(210),
        Column::new("customer", "Customer there").phone_sub(),
        Column::new("on", "Date").width(120),
        Column::new("amount", format!("Amount, {}", head.currency)).number().width(140).phone_side_sub(),
    ];
    let rows = found
        .items
        .iter()
        .map(|document| {
            let cells = vec![
                Cell::two(document.number.clone(), document.document.label()),
                Cell::text(document.customer.clone()),
                Cell::text(say::day(document.on)),
                Cell::text(say::amount(ctx, document.amount_minor)),
            ];
            let row = Row::new(document.document_id.clone(), cells).name(document.number.clone());
            match link(document.document, &document.document_id) {
                Some(href) => row.href(href),
                None => row,
            }
        })
        .collect();
    let table = Table::new("documents", "Documents", columns).rows(rows).inside();
    let mut list = vec![
        Fact::new("Documents until", say::day(head.through_on)),
        Fact::new("Debits, and as much credit", say::money(ctx, head.debit_minor)),
        Fact::new("Run", html! { (say::when(ctx, head.created_at)) ", " (people.person(head.created_by_id)) }),
    ];
    if let (Some(at), Some(by)) = (head.undone_at, head.undone_by_id) {
        list.push(Fact::new("Taken back", html! { (say::when(ctx, at)) ", " (people.person(by)) }));
        list.push(Fact::new("Why", head.undo_reason.clone()));
    }
    let work = html! {
        (section_block("Files", &[], html! { (lines(&files)) p class="sub" { "They stay as they are: the same file whenever it is downloaded." } }))
        (section_block("Documents", &[], html! {
            (table)
            @if let Some(next) = &found.next_cursor {
                div class="pad-x" { (Button::link("Next page", format!("/accounting/{id}?cursor={next}"))) }
            }
        }))
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (facts(&list)) } })) };
    Ok(visit.page(format!("Export {}", head.number), Room::Customers, body))
}

async fn file(visit: Visit, Path((id, name)): Path<(String, String)>) -> Out {
    let id: AccountingExportId = visit.id(&id)?;
    let wanted = name.clone();
    let (media_type, bytes) = visit.read(move |ctx, tx| accounting::file(ctx, tx, id, &wanted)).await?;
    let mut response: Response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&app::files::disposition(&name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn ask_undo(visit: &Visit, it: &AccountingExportFiles, sent: &Sent, errors: &[FieldError]) -> Response {
    let head = &it.head;
    Ask {
        title: format!("Take back export {}", head.number).into(),
        text: html! { p { "Its documents may be exported again. What your accounting program took in already has to be taken out there." } },
        room: Room::Customers,
        action: format!("/accounting/{}/undo", head.id),
        fields: html! { (super::common::version_field(head.version)) (reason(sent, errors, true)) },
        verb: "Take it back".into(),
        danger: true,
        back: format!("/accounting/{}", head.id),
        errors,
    }
    .show(visit)
}

async fn undo_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = seen(&visit, visit.id(&id)?).await?;
    Ok(ask_undo(&visit, &it, &sent, &[]))
}

async fn undo(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: AccountingExportId = visit.id(&id)?;
    let it = seen(&visit, id).await?;
    let ask = UndoAccountingExport { reason: sent.text("reason").to_owned() };
    match visit.save(&sent, move |ctx, tx| accounting::undo(ctx, tx, id, &ask)).await {
        Ok(_) => answered(&visit, &format!("/accounting/{id}"), Ok(()), "The export was taken back"),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            Ok(ask_undo(&visit, &it, &sent, &errors))
        }
    }
}

// ---- beside an invoice ----------------------------------------------------------------------------------------------

async fn invoice_xml(visit: Visit, Path(id): Path<String>) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| accounting::invoice_xml(ctx, tx, id)).await?;
    Ok(acts::file(&made.file_name, "application/xml; charset=utf-8", made.bytes))
}

async fn invoice_pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| app::billing::documents::invoice_pdf_with_xml(ctx, tx, id)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

/// In which exports an invoice stands, for its page.
pub(super) async fn runs_of(visit: &Visit, id: InvoiceId) -> Result<Vec<Line>, Fail> {
    if !visit.may(Permission::ManageBilling) {
        return Ok(Vec::new());
    }
    let found = visit.read(move |ctx, tx| accounting::document_runs(ctx, tx, id.uuid())).await?;
    Ok(found
        .into_iter()
        .map(|(run, number, kind)| {
            Line::new(html! { "Export " (number) }).href(format!("/accounting/{run}")).below(kind.label())
        })
        .collect())
}
