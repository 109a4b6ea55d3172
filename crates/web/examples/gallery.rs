//! A gallery of the console's components with invented data: `cargo run -p web --example gallery` serves it on port 8099.
//! `/units`, `/units/1`, `/events/1187`, `/events/new`, `/`, `/login`, `/scan`, `/figures`, `/error`, `/parts`.

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, Render, html};
use web::assets::{self, CONTENT_SECURITY_POLICY};
use web::ui::*;

#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/", get(today))
        .route("/units", get(units))
        .route("/units/{id}", get(unit))
        .route("/events", get(events))
        .route("/events/new", get(event_form))
        .route("/events/{id}", get(event))
        .route("/calendar", get(calendar))
        .route("/figures", get(numbers))
        .route("/login", get(login))
        .route("/scan", get(scan))
        .route("/scan/resolve", post(resolve))
        .route("/error", get(error))
        .route("/parts", get(parts))
        .route("/palette", get(palette))
        .route("/suggest", get(suggest))
        .route("/views/new", get(save_view))
        .merge(prefs_routes())
        .merge(assets::routes());
    let port = std::env::args().nth(1).unwrap_or("8099".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    println!("http://127.0.0.1:{port}/units");
    axum::serve(listener, app).await.expect("serving works");
}

fn answer(markup: Markup) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html(markup.into_string())).into_response()
}

fn viewer(headers: &HeaderMap) -> Viewer {
    let wait = |room, count, hot| Waiting { room, count, hot };
    Viewer {
        id: "".into(),
        name: "Dana Moore".into(),
        role_label: "Distributor, Lakeshore group".into(),
        organization: "Northlake Ortho".into(),
        initials: "DM".into(),
        unread: 3,
        waiting: vec![wait(Room::Today, 6, true), wait(Room::Events, 14, false), wait(Room::Transfers, 3, true)],
        rooms: vec![],
        prefs: Prefs::of(headers),
        csrf: "example".into(),
    }
}

struct Sample {
    name: &'static str,
    sub: &'static str,
    lot: &'static str,
    who: &'static str,
    place: &'static str,
    expires: &'static str,
    late: u8,
    state: Status,
}

fn samples() -> Vec<Sample> {
    let s =
        |name, sub, lot, who, place, expires, late, state| Sample { name, sub, lot, who, place, expires, late, state };
    let ok = || Status::of("available");
    vec![
        s(
            "Acetabular cup 52 mm",
            "CUP-52 · size 52 · cementless",
            "L24-0917",
            "Ann Reyes",
            "St. Elm, trunk 2",
            "12 Dec 2026",
            2,
            ok(),
        ),
        s(
            "Acetabular cup 54 mm",
            "CUP-54 · size 54 · cementless",
            "L24-0917",
            "Ann Reyes",
            "St. Elm, trunk 2",
            "30 Jan 2027",
            1,
            ok(),
        ),
        s(
            "Femoral stem 3",
            "STEM-3 · standard offset",
            "S24-2201",
            "Ann Reyes",
            "St. Elm, trunk 2",
            "14 Mar 2027",
            0,
            ok(),
        ),
        s(
            "Femoral stem 4",
            "STEM-4 · high offset",
            "S24-2203",
            "Bob Lind",
            "to Ann Reyes, sent today",
            "14 Mar 2027",
            0,
            Status::of("in_transfer"),
        ),
        s(
            "Hip instrument set 3 of 8",
            "SET-HIP · container, 64 of 66 pieces",
            "–",
            "Lakeshore pool",
            "Warehouse, bay 4",
            "–",
            0,
            Status::new(Tone::Violet, "Case, Mon 08:00"),
        ),
        s(
            "Ceramic head 36 mm +0",
            "HEAD-36-0 · delta",
            "C23-1180",
            "Lakeshore pool",
            "Warehouse, bay 2",
            "2 Jun 2027",
            0,
            ok(),
        ),
        s(
            "Ceramic head 36 mm +4",
            "HEAD-36-4 · delta",
            "C23-1182",
            "Dana Moore",
            "St. Elm Main, shelf",
            "2 Jun 2027",
            0,
            Status::of("facility_stock"),
        ),
        s(
            "Liner 36 / 52 neutral",
            "LIN-36-52 · cross-linked",
            "P24-0031",
            "Bob Lind",
            "declined: box was empty",
            "19 Aug 2027",
            0,
            Status::of("on_hold"),
        ),
        s("Liner 36 / 54 neutral", "LIN-36-54 · cross-linked", "P24-0033", "Bob Lind", "Trunk", "19 Aug 2027", 0, ok()),
        s(
            "Bone screw 6.5 × 30",
            "SCR-65-30 · 12 alike",
            "B24-7710",
            "Ann Reyes",
            "St. Elm, trunk 2",
            "1 Nov 2028",
            0,
            ok(),
        ),
        s(
            "Bone screw 6.5 × 35",
            "SCR-65-35 · 8 alike",
            "B24-7711",
            "Ann Reyes",
            "St. Elm, trunk 2",
            "1 Nov 2028",
            0,
            ok(),
        ),
        s(
            "Revision stem 14 × 220",
            "REV-14-220 · modular",
            "R22-0907",
            "Jo Park",
            "Office",
            "4 Sep 2026",
            3,
            Status::of("expired"),
        ),
        s("Bipolar head 46 mm", "BIP-46", "H23-0448", "Jo Park", "Trunk", "9 Sep 2027", 0, ok()),
        s("Cerclage cable 1.8", "CBL-18 · with crimp", "K24-1904", "Dana Moore", "Office", "22 Oct 2028", 0, ok()),
        s("Trial liner 36 / 52", "TRL-36-52 · reusable", "–", "Bob Lind", "Trunk", "–", 0, Status::of("inactive")),
    ]
}

fn unit_columns() -> Vec<Column> {
    vec![
        Column::new("item", "Item").sort(),
        Column::new("lot", "Lot").sort().width(104).phone_sub(),
        Column::new("custodian", "Custodian").sort().width(176),
        Column::new("expires_on", "Expires").sort().width(136).phone_side_sub(),
        Column::new("price", "Price").number().sort().width(112).spare(),
        Column::new("status", "Status").width(152),
        Column::new("udi", "UDI-DI").optional().width(160),
    ]
}

fn unit_rows(columns: &[Column], from: usize, prefix: &str) -> Vec<Row> {
    let rows = samples().into_iter().enumerate().map(|(index, unit)| {
        let cells = columns.iter().map(|column| match column.key.as_ref() {
            "item" => Cell::two(unit.name, unit.sub),
            "lot" if unit.lot == "–" => Cell::none(),
            "lot" => Cell::text(unit.lot),
            "custodian" if unit.who.contains("pool") => Cell::owner(unit.who).below(unit.place),
            "custodian" => Cell::two(unit.who, unit.place),
            "expires_on" => match unit.late {
                0 if unit.expires == "–" => Cell::none(),
                0 => Cell::text(unit.expires).hover("in 19 months"),
                1 => Cell::text(unit.expires).tone(Tone::Amber).hover("in 9 weeks"),
                2 => Cell::two(unit.expires, "2 days before case").tone(Tone::Red),
                _ => Cell::two(unit.expires, "expired").tone(Tone::Red),
            },
            "price" if index % 5 == 4 => Cell::none(),
            "price" => Cell::text(format!("${},{:03}.00", 1 + index % 4, (index * 137) % 1000)),
            "status" => Cell::status(unit.state.clone()),
            _ => Cell::of(html! { span class="mono" { "00812345000529" } }),
        });
        Row::new(format!("{prefix}{}", from + index), cells.collect())
            .href(format!("/units/{}", from + index))
            .name(unit.name)
    });
    rows.collect()
}

async fn units(headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let link = Link::parse("/units", query.as_deref());
    let viewer = viewer(&headers);
    let columns = pick_columns(&unit_columns(), &link);
    let page: usize = link.get("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let none = link.get("q").is_some_and(|q| q == "nothing");
    let table = Table::new("units", "Units", columns.clone())
        .link(&link, "expires_on")
        .rows(if none {
            vec![]
        } else {
            [unit_rows(&columns, page * 30, "a"), unit_rows(&columns, page * 30 + 15, "b")].concat()
        })
        .next((page < 4).then(|| (page + 1).to_string()))
        .empty(
            Empty::new(Icon::Stock, "No units match these filters")
                .text("Take a filter away, or look in the whole group.")
                .action(Button::link("Show the whole group", "/units")),
        )
        .bulk(Bulk {
            total: Some(1284),
            actions: vec![
                Button::submit("Send transfer").action("/transfers/new"),
                Button::submit("Use in a case").action("/events/use"),
                Button::submit("Set place").action("/units/place"),
                Button::submit("Hold").action("/units/hold"),
            ],
            csrf: viewer.csrf.clone(),
        });
    if Hx::of(&headers).partial {
        return answer(table.rows_only());
    }
    let mut chips = vec![];
    for (key, label) in [("manufacturer", "Manufacturer"), ("line", "Product line"), ("status", "Status")] {
        if let Some(value) = link.get(key) {
            chips.push(Chip::new(label, value.replace(',', ", "), &link, key));
        }
    }
    let choice = |value: &'static str| (Text::Borrowed(value), Text::Borrowed(value));
    let bar = FilterBar::new(&link)
        .search("Item, lot, serial")
        .chips(chips)
        .fields(vec![
            FilterField::choice("manufacturer", "Manufacturer", vec![choice("Acme Ortho"), choice("Bluefin Spine")]),
            FilterField::choice(
                "status",
                "Status",
                vec![choice("available"), choice("in_transfer"), choice("on_hold")],
            ),
            FilterField::text("lot", "Lot"),
            FilterField::date("expires_before", "Expires before"),
        ])
        .right(columns_menu(&unit_columns(), &columns, &link));
    let body = html! {
        (Header::new("Stock").lead("1,284 units you may use, 9 expire before their case")
            .action(Button::link("Scan", "/scan").icon(Icon::Scan).wide_only())
            .action(Menu::more("More actions").item(Button::link("Export as CSV", "/units.csv").icon(Icon::Export)).item(Button::link("Print labels", "/labels").icon(Icon::Print)).rule().item(Button::link("Start a count", "/counts/new").icon(Icon::Check)))
            .action(Button::link("Send transfer", "/transfers/new").primary().hotkey("n")))
        (tabs(&[
            Tab::new("Group", "/units", true).count("1,284"), Tab::new("My custody", "/units?scope=own", false).count("412"),
            Tab::new("Facility stock", "/units?facility=true", false).count("86"), Tab::new("On hold", "/units?status=on_hold", false).count("4"),
            Tab::new("Expiring", "/units?expiring=true", false).count("23"),
        ], Some(&Link::new("/views/new"))))
        (bar)
        (table)
    };
    answer(
        Page::list("Stock", Room::Stock, &viewer, body)
            .flash(
                link.get("flash")
                    .map(|_| Flash::done("Transfer of 3 units sent to Ann Reyes").undo("/transfers/1/cancel")),
            )
            .render(),
    )
}

fn unit_facts() -> Markup {
    facts(&[
        Fact::new("Answers for it", "Ann Reyes, since 3 Nov"),
        Fact::new("Is at", "St. Elm, trunk 2"),
        Fact::new("Owned by", "Northlake Ortho"),
        Fact::new("May use it", "Ann Reyes; you, for her"),
        Fact::new("Lot", html! { span class="mono" { "L24-0917" } }),
        Fact::new("Expires", html! { span class="late" { "12 Dec 2026" } }),
        Fact::new(
            "Wanted for",
            html! { a class="link" href="/events/1187" { "Total hip, Dr. Rivera" } br; "Mon 14 Dec, 08:00" br; span class="late" { "expires 2 days before" } },
        ),
    ])
}

fn history() -> Markup {
    timeline(&[
        TimelineItem::day("November 2026"),
        TimelineItem::new("Dana Moore accepted it for Ann Reyes")
            .detail("3 Nov, 09:12 · transfer 2041, 6 units")
            .tone(Tone::Teal),
        TimelineItem::new("Bob Lind sent it to Ann Reyes").detail("2 Nov, 17:40"),
        TimelineItem::day("Before"),
        TimelineItem::new("Counted by Bob Lind, found").detail("15 Oct, cycle count"),
        TimelineItem::new("Arrived from Acme Ortho").detail("21 Sep, scanned by Omar Diaz"),
    ])
}

async fn unit(headers: HeaderMap, Path(_): Path<String>) -> Response {
    let buttons = html! { div class="row" { (Button::link("Swap for a later one", "/swap").primary()) (Button::link("Send", "/transfers/new").in_dialog()) } };
    if Hx::of(&headers).for_drawer() {
        let body = html! { (Status::of("available")) p class="sub" { "Acme Ortho · CUP-52 · (01) 00812345000529" } (unit_facts()) (buttons) h3 { "What happened" } (history()) };
        return answer(drawer_body("Acetabular cup 52 mm", "/units/1", body));
    }
    let viewer = viewer(&headers);
    let columns = vec![
        Column::new("case", "Case"),
        Column::new("on", "Date").width(120).phone_sub(),
        Column::new("who", "Representative").width(160),
        Column::new("status", "Status").width(150),
    ];
    let rows = vec![
        Row::new(
            "1",
            vec![
                Cell::two("Total hip, Dr. Rivera", "St. Elm Main"),
                Cell::text("14 Dec 2026"),
                Cell::text("Ann Reyes"),
                Cell::status(Status::of("at_risk")),
            ],
        )
        .href("/events/1187"),
        Row::new(
            "2",
            vec![
                Cell::two("Total hip, Dr. Osei", "St. Elm East"),
                Cell::text("2 Oct 2026"),
                Cell::text("Bob Lind"),
                Cell::status(Status::of("cancelled")),
            ],
        )
        .href("/events/1100")
        .off(true),
    ];
    let work = html! {
        (banner(Banner::Warning, html! { b { "It expires two days before its case" } "St. Elm Main opens it on 14 Dec; the label says 12 Dec 2026. Three later ones of the same size are in reach." }, Some(Button::link("Swap", "/swap"))))
        (section_block("Cases", &[], html! { div class="stack" { (Table::new("cases", "Cases", columns).rows(rows).inside()) } }))
        (section_block("What happened", &[Button::link("Print", "/print").quiet().small().icon(Icon::Print)], history()))
    };
    let aside = html! { section class="sec" { (unit_facts()) } section class="sec" { h3 { "Price" } (facts(&[Fact::new("Contract", "$1,250.00, Lakeshore 2026"), Fact::new("List", "$1,480.00")])) } };
    let body = html! {
        (Header::new("Acetabular cup 52 mm").crumb("Stock", "/units").crumb("CUP-52", "/catalog/1").status(Status::of("available"))
            .badge(badge(Some(Tone::Amber), "Recall check due"))
            .under(html! { "With " strong { "Ann Reyes" } " in St. Elm, trunk 2 · lot L24-0917 · " span class="late" { "expires 12 Dec 2026, before its case" } })
            .action(Menu::more("More actions").item(Button::link("Hold", "/hold").icon(Icon::Lock).in_dialog()).item(Button::open("Deactivate", "deactivate").danger()))
            .action(Button::link("Edit", "/edit").hotkey("e")).action(Button::link("Send", "/transfers/new").primary()))
        (split(work, aside))
        (Confirm { id: "deactivate".into(), title: "Deactivate this unit?".into(), text: "It leaves Ann's custody and cannot be used again. Its history stays.".into(), action: "/units/1/deactivate".into(), verb: "Deactivate the unit".into(), danger: true, csrf: "".into(), fields: Some(Field::area("reason", "Reason").required().render()) })
    };
    answer(Page::new("Acetabular cup 52 mm", Room::Stock, &viewer, body).render())
}

async fn events(headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let viewer = viewer(&headers);
    let link = Link::parse("/events", query.as_deref());
    let columns = vec![
        Column::new("name", "Event").sort(),
        Column::new("starts_at", "When").sort().width(150).phone_sub(),
        Column::new("representative", "Representative").width(150),
        Column::new("total", "Total").number().sort().width(120).phone_side_sub(),
        Column::new("status", "Status").width(180),
    ];
    let row = |id: &'static str,
               name: &'static str,
               place: &'static str,
               at: &'static str,
               who: &'static str,
               total: &'static str,
               status: Status| {
        Row::new(
            id,
            vec![Cell::two(name, place), Cell::text(at), Cell::text(who), Cell::text(total), Cell::status(status)],
        )
        .href("/events/1187")
    };
    let rows = vec![
        Row::group("Monday, 14 December"),
        row(
            "1",
            "Total hip, Dr. Rivera",
            "St. Elm Main, OR 4",
            "08:00",
            "Ann Reyes",
            "$9,480.00",
            Status::of("at_risk"),
        ),
        row(
            "2",
            "Revision knee, Dr. Osei",
            "St. Elm East, OR 2",
            "13:30",
            "Bob Lind",
            "$14,210.00",
            Status::of("ready"),
        ),
        Row::group("Tuesday, 15 December"),
        row("3", "Bipolar, Dr. Haile", "Harbor Clinic", "07:15", "Jo Park", "$4,100.00", Status::of("scheduled")),
        row("4", "Stocking order, cups", "St. Elm Main", "–", "Dana Moore", "$22,650.00", Status::of("pending_po")),
        row("5", "Total hip, Dr. Rivera", "St. Elm Main, OR 4", "11:00", "Ann Reyes", "$8,930.00", Status::of("paid")),
    ];
    let body = html! {
        (Header::new("Events").lead("5 this week, 1 at risk").action(Button::link("New event", "/events/new").primary().hotkey("n")))
        (tabs(&[Tab::new("This week", "/events", true).count("5"), Tab::new("Waiting for PO", "/events?v=po", false).count("9")], None))
        (FilterBar::new(&link).search("Case, physician, number").fields(vec![FilterField::date("from", "From")]))
        (Table::new("events", "Events", columns).link(&link, "starts_at").rows(rows).foot(vec![Cell::text("5 events"), Cell::text(""), Cell::text(""), Cell::text("$59,370.00"), Cell::text("")]))
    };
    answer(Page::list("Events", Room::Events, &viewer, body).render())
}

async fn event(headers: HeaderMap, Path(_): Path<String>) -> Response {
    let viewer = viewer(&headers);
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot").width(110).phone_sub(),
        Column::new("from", "From").width(150),
        Column::new("usage", "Usage").width(110),
        Column::new("price", "Price").number().width(110).phone_side_sub(),
        Column::new("status", "Status").width(140),
    ];
    let line = |id: &'static str,
                item: &'static str,
                lot: &'static str,
                from: &'static str,
                price: &'static str,
                status: Status| {
        Row::new(
            id,
            vec![
                Cell::text(item),
                Cell::text(lot),
                Cell::text(from),
                Cell::text("Implanted"),
                Cell::text(price),
                Cell::status(status),
            ],
        )
        .href("/units/1")
    };
    let rows = vec![
        line("1", "Acetabular cup 52 mm", "L25-1001", "Ann Reyes", "$1,250.00", Status::of("ready")),
        line("2", "Femoral stem 3", "S25-0007", "Ann Reyes", "$2,900.00", Status::of("ready")),
        line("3", "Ceramic head 36 +4", "C23-1182", "St. Elm Main", "$0.00", Status::of("facility_stock")),
        line("4", "Liner 36 / 52", "P24-0031", "Bob Lind", "$780.00", Status::of("in_transfer")),
    ];
    let step = |label: &'static str, state| Step { label: label.into(), state };
    let work = html! {
        section class="sec" { (steps(&[step("Open", StepState::Now), step("Submitted", StepState::Ahead), step("PO", StepState::Ahead), step("Invoiced", StepState::Ahead), step("Paid", StepState::Ahead)])) }
        (section_block("Devices", &[Button::link("Scan", "/scan").small().icon(Icon::Scan), Button::link("Add", "/add").small().icon(Icon::Plus).in_dialog()], Table::new("lines", "Devices", columns).rows(rows).foot(vec![Cell::text("4 devices"), Cell::text(""), Cell::text(""), Cell::text(""), Cell::text("$4,930.00"), Cell::text("")]).inside()))
        (section_block("What is missing", &[], todos(&[
            Todo::new(StepState::Done, "Set 5 of 8 is complete").below("66 of 66 pieces, back from processing Fri"),
            Todo::new(StepState::Now, "Liner 36 / 52 is on its way").below("Bob brings it by Sun 17:00").side("15 h to spare"),
            Todo::new(StepState::Bad, "Ceramic head 36 +8 is nowhere in reach").below("The last 4 cases of Dr. Rivera used +0 or +4").side(Button::link("Request", "/request").small()),
        ])))
        (section_block("What happened", &[], history()))
    };
    let aside = html! {
        section class="sec" { (meter(&Meter { label: "Implants in hand".into(), value: 8.0, of: 9.0, shown: "8 of 9".into(), tone: Some(Tone::Amber) })) }
        section class="sec" { (facts(&[
            Fact::new("When", "Mon 14 Dec 2026, 08:00 CST"), Fact::new("Where", html! { a class="link" href="/locations/1" { "St. Elm Main" } ", OR 4" }), Fact::new("Physician", "Dr. Rivera"),
            Fact::new("Procedure", "Total hip, primary"), Fact::new("Representative", "Ann Reyes"), Fact::new("Price list", "Lakeshore 2026"), Fact::new("PO", html! { span class="muted" { "not yet" } }),
        ])) }
    };
    let body = html! {
        (Header::new("Total hip, Dr. Rivera").crumb("Events", "/events").crumb("1187", "/events/1187").status(Status::new(Tone::Amber, "At risk: 1 implant missing"))
            .under("Mon 14 Dec, 08:00 · St. Elm Main, OR 4 · 8 of 9 implants in hand · $4,930.00 so far")
            .action(Menu::more("More actions").item(Button::link("Duplicate", "/dup").icon(Icon::File)).rule().item(Button::open("Cancel case", "cancel").danger()))
            .action(Button::link("Find cover", "/cover")).action(Button::link("Submit", "/submit").primary()))
        (split(work, aside))
        (Confirm { id: "cancel".into(), title: "Cancel this case?".into(), text: "4 devices go back to where they came from. Ann Reyes and Dr. Rivera's desk are told.".into(), action: "/events/1/cancel".into(), verb: "Cancel the case".into(), danger: true, csrf: "".into(), fields: None })
    };
    answer(Page::new("Total hip, Dr. Rivera", Room::Events, &viewer, body).render())
}

async fn event_form(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let errors = vec![
        FieldError::new("starts_at", "Choose a time after today, 13:20. For a past case, use \"Record usage\"."),
        FieldError::new(
            "physician_id",
            "Dr. Osei does not operate at St. Elm Main. Choose another physician or location.",
        ),
    ];
    let c = Choice::new;
    let fields = html! {
        (Field::segment("type", "Type", vec![c("case", "Case"), c("stocking_order", "Stocking order"), c("loan", "Loan")]).value("case"))
        (Field::combo("location_id", "Location", "/suggest?of=locations", "St. Elm Main").value("loc_1").help("Only locations assigned to you or your group."))
        div class="pair" {
            (Field::datetime("starts_at", "Starts").value("2026-11-20T08:00").errors(&errors).required())
            (Field::select("zone", "Time zone", vec![c("America/Chicago", "Chicago"), c("America/New_York", "New York")]).value("America/Chicago"))
        }
        (Field::combo("physician_id", "Physician", "/suggest?of=physicians", "Dr. Osei").value("phy_1").errors(&errors))
        (Field::select("procedure_id", "Procedure", vec![c("1", "Total hip, primary"), c("2", "Revision knee")]).optional())
        div class="pair" {
            (Field::money("limit", "Price limit", "USD", 2).value("9480.00").optional())
            (Field::with_unit("rate", "Commission", "%").value("8.5"))
        }
        (Field::radio("price", "Price", vec![c("contract", "As contracted").help("Lakeshore 2026, valid until 31 Dec"), c("list", "List price")]).value("contract"))
        (Field::area("note", "Note").placeholder("What the team should know").optional().limit(2000))
        (Field::switch("notify", "Tell the location's desk").help("An e-mail with date, physician and what you bring.").on(true))
        (Field::check("patient", "Patient stickers are required").help("The location asks for them."))
        (Field::photo("photos", "Photos").optional())
    };
    let body = html! {
        (Header::new("New event").crumb("Events", "/events"))
        div class="content" {
            (Form::post("/events/new", viewer.csrf.clone()).errors(&errors).multipart().body(fields).button(Button::submit("Create case").primary()).button(Button::link("Cancel", "/events").quiet()))
        }
    };
    answer(Page::new("New event", Room::Events, &viewer, body).render())
}

async fn today(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let needs = html! { (section_block("Needs you", &[], lines(&[
        Line::new("Hand-over from Cat: 2 units for Dr. Rivera").below("Cup 52 mm, stem 3 · they stay on the case").href("/transfers/1").side(Status::new(Tone::Amber, "By 12:00")).action(Button::link("Decline", "/d").small()).action(Button::link("Accept", "/a").small()),
        Line::new("Case 1187 misses one implant").below("Ceramic head 36 +8 · Mon 14 Dec, 08:00, St. Elm Main").href("/events/1187").side(Status::of("at_risk")).action(Button::link("Find cover", "/cover").small()),
        Line::new("3 units expire in 30 days").below("One before its case on Monday").href("/units?expiring=true").side(Status::new(Tone::Red, "Swap")).action(Button::link("Look", "/units").small()),
    ]))) };
    let days = html! { (section_block("Today", &[Button::link("Calendar", "/calendar").quiet().small()], lines(&[
        Line::new("Total hip, Dr. Rivera").lead("08:00").below("St. Elm Main, OR 4 · Ann Reyes · set 5 of 8, 9 implants").href("/events/1187").side(Status::of("ready")),
        Line::new("Revision knee, Dr. Osei").lead("13:30").below("St. Elm East, OR 2 · Bob Lind · brings the liner by 12:45").href("/events/1187").side(Status::new(Tone::Blue, "Liner on its way")),
    ])))
    (section_block("Tomorrow", &[], lines(&[
        Line::new("Bipolar, Dr. Haile").lead("07:15").below("Harbor Clinic · Jo Park").href("/events/1187").side(Status::of("scheduled")),
    ]))) };
    let body = html! {
        (Header::new("Good morning, Dana").under("2 cases today, 3 things need you").action(Button::link("New case", "/events/new").primary().hotkey("n")))
        div class="content" {
            (figures(&[
                Figure::new("1,284", "units you may use").href("/units").note(Tone::Red, "9 expire before their case"),
                Figure::new("3", "transfers wait for you").href("/transfers").note(Tone::Amber, "oldest since Tuesday"),
                Figure::new("$184,300", "this quarter, of $240,000").href("/figures").note(Tone::Green, "12 % ahead of last year"),
                Figure::new("6", "cases without a PO").href("/events?v=po").note(Tone::Grey, "$41,900 waiting"),
            ]))
            div class="pad-top" { (two(needs, days, false)) }
        }
    };
    answer(Page::new("Today", Room::Today, &viewer, body).render())
}

async fn calendar(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let day = |label: &'static str, today| BoardDay { label: label.into(), note: "".into(), today };
    let days = [
        day("Mon 14 Dec", true),
        day("Tue 15 Dec", false),
        day("Wed 16 Dec", false),
        day("Thu 17 Dec", false),
        day("Fri 18 Dec", false),
    ];
    let slot = |time: &'static str, title: &'static str, detail: &'static str, status: Status, clash| Slot {
        time: time.into(),
        title: title.into(),
        detail: detail.into(),
        href: "/events/1187".into(),
        status,
        clash,
        moves: None,
    };
    let lane = |name: &'static str, note: &'static str, days| Lane {
        name: name.into(),
        note: note.into(),
        days,
        dates: Vec::new(),
        more: Vec::new(),
    };
    let hip = slot("08:00", "Total hip, Dr. Rivera", "St. Elm Main, set 5 of 8", Status::of("at_risk"), false);
    let knee = slot("13:30", "Revision knee, Dr. Osei", "St. Elm East, set 2", Status::of("ready"), false);
    let bipolar = slot("07:15", "Bipolar, Dr. Haile", "Harbor Clinic", Status::of("scheduled"), false);
    let clash = slot(
        "08:00",
        "Total hip, Dr. Osei",
        "St. Elm East, set 5 of 8",
        Status::new(Tone::Red, "Set 5 is at St. Elm Main"),
        true,
    );
    let lanes = [
        lane("Ann Reyes", "2 cases", vec![vec![hip], vec![], vec![bipolar.clone()], vec![], vec![]]),
        lane("Bob Lind", "2 cases", vec![vec![clash, knee], vec![], vec![], vec![bipolar.clone()], vec![]]),
        lane("Jo Park", "1 case", vec![vec![], vec![bipolar], vec![], vec![], vec![]]),
        lane("Cat Ito", "away until Thu", vec![vec![]; 5]),
    ];
    let body = html! {
        (Header::new("Calendar").lead("Week 51, 5 cases, 1 clash")
            .action(Button::link("Earlier", "/calendar").icon_only(Icon::Left)).action(Button::link("Later", "/calendar").icon_only(Icon::Right))
            .action(Button::link("New case", "/events/new").primary().hotkey("n")))
        (tabs(&[Tab::new("People", "/calendar", true), Tab::new("Sets", "/calendar?by=sets", false), Tab::new("Locations", "/calendar?by=locations", false)], None))
        (board("Calendar", &days, &lanes))
    };
    let page = Page::list("Calendar", Room::Calendar, &viewer, body);
    answer(Page { styles: &["calendar.css"], ..page }.render())
}

async fn numbers(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let points: Vec<Point> = months
        .iter()
        .enumerate()
        .map(|(index, month)| {
            let value = [42.0, 51.0, 47.0, 60.0, 58.0, 71.0, 66.0, 49.0, 78.0, 83.0, 54.0, 0.0][index];
            Point {
                label: (*month).into(),
                value,
                shown: if value > 0.0 { format!("{value}k").into() } else { "".into() },
                href: Some("/events".into()),
                dim: index >= 10,
            }
        })
        .collect();
    let bar = |label: &'static str, value: f64, shown: &'static str| HBar {
        label: label.into(),
        value,
        shown: shown.into(),
        href: Some("/events".into()),
    };
    let body = html! {
        (Header::new("Figures").lead("Sales, 2026").action(Button::link("Export", "/x").icon(Icon::Export)))
        (tabs(&[Tab::new("Sales", "/figures", true), Tab::new("Commission", "/figures?v=c", false), Tab::new("Stock", "/figures?v=s", false)], None))
        div class="content" {
            (figures(&[
                Figure::new("$659,200", "sold in 2026").note(Tone::Green, "12 % more than 2025"), Figure::new("143", "cases"), Figure::new("$4,610", "average case"),
                Figure::new("61 days", "until paid").drawing(sparkline("Days until paid, by month", &[48.0, 52.0, 50.0, 57.0, 55.0, 63.0, 61.0], Some(Tone::Amber))),
            ]))
            div class="pad-top" {
                (section_block("By month, in thousand dollars", &[], bar_chart("Sales by month", &points, Some(65.0))))
                (section_block("By representative", &[], hbars(&[bar("Ann Reyes", 212.0, "$212,400"), bar("Bob Lind", 180.0, "$180,100"), bar("Jo Park", 121.0, "$121,000"), bar("Cat Ito", 64.0, "$64,300")])))
            }
        }
    };
    answer(Page::new("Figures", Room::Figures, &viewer, body).render())
}

async fn login(headers: HeaderMap) -> Response {
    let form = Form::post("/login", "")
        .body(html! {
            (Field::email("email", "E-mail").autocomplete("username").required().autofocus())
            (Field::password("password", "Password", true).required())
        })
        .button(Button::submit("Sign in").primary().full());
    let body = html! { (form) div class="or" { "or" } div class="stack" { (Button::link("Use a passkey", "/login/passkey").icon(Icon::Lock).full()) (Button::link("Continue with your organisation", "/login/oidc").full()) } };
    let page = Alone {
        title: "Sign in".into(),
        lead: Some("To the stock, cases and orders of your organisation.".into()),
        organization: Some("Northlake Ortho".into()),
        prefs: Prefs::of(&headers),
        body,
        flash: None,
        own: [&[], &[]],
    };
    answer(page.render())
}

async fn error(headers: HeaderMap) -> Response {
    answer(error_page(
        404,
        "This is not here",
        "It does not exist, or it is out of your reach. Ask the person who sent you the link, or look for it in the search.",
        Some("req_01jd7s"),
        Prefs::of(&headers),
    ))
}

async fn scan(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let line = |code: &'static str, title: &'static str, sub: &'static str, status, good| ScanLine {
        code: code.into(),
        title: title.into(),
        sub: sub.into(),
        status,
        good,
        pieces: 1,
    };
    let page = ScanPage {
        before: 0,
        outbox: None,
        keep: None,
        title: "Use in Total hip, Dr. Rivera".into(),
        back: "/events/1187".into(),
        resolve: "/scan/resolve".into(),
        action: "/events/1187/use".into(),
        verb: "Add to the case".into(),
        csrf: "example".into(),
        typed: Vec::new(),
        says: None,
        modes: vec![Tab::new("Look up", "/scan", false), Tab::new("Use in a case", "/scan", true)],
        lines: vec![
            line(
                "4",
                "Bone screw 6.5 × 30",
                "Not on this case yet · opened, not used?",
                Status::new(Tone::Amber, "Choose"),
                false,
            ),
            line("3", "Ceramic head 36 +4", "Facility stock · no charge", Status::new(Tone::Ring, "Implanted"), true),
            line("2", "Femoral stem 3", "Lot S25-0007 · expires Jan 2028", Status::new(Tone::Green, "Implanted"), true),
            line(
                "1",
                "Acetabular cup 52 mm",
                "Lot L25-1001 · expires Mar 2028",
                Status::new(Tone::Green, "Implanted"),
                true,
            ),
        ],
    };
    answer(
        Page {
            bare: true,
            scripts: &["scan.js"],
            styles: &["scan.css"],
            ..Page::new("Scan", Room::Stock, &viewer, page.render())
        }
        .render(),
    )
}

async fn resolve(body: String) -> Response {
    let code = Link::parse("/", Some(&body)).get("code").unwrap_or("").to_owned();
    answer(scan_line(&ScanLine {
        title: format!("Code {code}").into(),
        code: code.into(),
        sub: "Lot L25-1001 · expires Mar 2028".into(),
        status: Status::of("available"),
        good: true,
        pieces: 1,
    }))
}

async fn palette(RawQuery(query): RawQuery) -> Response {
    let q = Link::parse("/", query.as_deref()).get("q").unwrap_or("").to_lowercase();
    let hits: Vec<Hit> = samples()
        .into_iter()
        .filter(|unit| unit.name.to_lowercase().contains(&q) || unit.lot.to_lowercase().contains(&q))
        .map(|unit| Hit::new(Icon::Stock, unit.name, "/units/1").detail(format!("{} · {}", unit.lot, unit.who)))
        .collect();
    let cases = [Hit::new(Icon::Events, "Total hip, Dr. Rivera", "/events/1187").detail("Mon 14 Dec")];
    let cases = if "total hip".contains(&q) { &cases[..] } else { &[] };
    answer(palette_results(&[("Stock", &hits), ("Events", cases)]))
}

async fn suggest(RawQuery(query): RawQuery) -> Response {
    let q = Link::parse("/", query.as_deref()).get("q").unwrap_or("").to_lowercase();
    let all =
        [("1", "Dr. Rivera", "St. Elm Main"), ("2", "Dr. Osei", "St. Elm East"), ("3", "Dr. Haile", "Harbor Clinic")];
    let found: Vec<Suggestion> = all
        .into_iter()
        .filter(|(_, label, _)| label.to_lowercase().contains(&q))
        .map(|(value, label, detail)| Suggestion { value: value.into(), label: label.into(), detail: detail.into() })
        .collect();
    answer(suggestions(&found))
}

async fn save_view(headers: HeaderMap) -> Response {
    let form = Form::post("/views/new", "example").swap_into("#dialog-body").body(html! { (Field::text("name", "Name").required().autofocus()) (Field::check("shared", "Share with the group")) })
        .button(Button::submit("Save view").primary()).button(Button::close("Cancel"));
    let body =
        dialog_body("Save this view", html! { p { "Filters, order and columns are kept under this name." } (form) });
    if Hx::of(&headers).for_dialog() {
        return answer(body);
    }
    let viewer = viewer(&headers);
    answer(Page::new("Save this view", Room::Stock, &viewer, html! { div class="content" { (body) } }).render())
}

async fn parts(headers: HeaderMap) -> Response {
    let viewer = viewer(&headers);
    let states = [
        "available",
        "ready",
        "paid",
        "in_transfer",
        "pending",
        "pending_po",
        "in_event",
        "scheduled",
        "on_hold",
        "at_risk",
        "watch",
        "expired",
        "overdue",
        "missing",
        "blocked",
        "inactive",
        "cancelled",
        "facility_stock",
        "shared",
    ];
    let body = html! {
        (Header::new("Parts").lead("everything that pages are made of"))
        div class="content stack" {
            (section_block("Statuses", &[], html! { div class="row" { @for state in states { (Status::of(state)) "  " } } }))
            (section_block("Badges", &[], html! { div class="row" { (badge(None, "Reusable")) @for tone in [Tone::Green, Tone::Blue, Tone::Violet, Tone::Amber, Tone::Red, Tone::Teal] { (badge(Some(tone), "3 of 8")) } } }))
            (section_block("Buttons", &[], html! { div class="row" {
                (Button::link("Primary", "/").primary()) (Button::link("Usual", "/")) (Button::link("Icon", "/").icon(Icon::Export)) (Button::link("Quiet", "/").quiet()) (Button::link("Danger", "/").danger())
                (Button::submit("Delete").danger_solid()) (Button::link("Small", "/").small()) (Button::link("Big", "/").big()) (Button::submit("Disabled").disabled(true)) (Button::link("Edit", "/").icon_only(Icon::Edit)) (Button::link("New", "/").primary().key("n")) (Menu::new("Menu").item(Button::link("One", "/")).item(Button::link("Two", "/")))
            } }))
            (section_block("Banners", &[], html! { div class="stack" {
                (banner(Banner::Info, "Prices of 2027 take effect on 1 January.", None)) (banner(Banner::Success, "The import of 1,204 units is done.", Some(Button::link("See them", "/"))))
                (banner(Banner::Warning, html! { b { "Training is open" } "Ann can sign in but not act until you mark it complete." }, Some(Button::link("Mark complete", "/")))) (banner(Banner::Error, "The file has 3 rows that cannot be read.", None))
            } }))
            (section_block("Cards", &[], cards(&[
                Card::new("Hand-over from Cat").status(Status::new(Tone::Amber, "By 12:00")).line("2 units for Dr. Rivera, Mon 08:00").asks().action(Button::link("Can't", "/")).action(Button::link("Scan and accept", "/").primary()),
                Card::new("08:00 Total hip").href("/events/1187").status(Status::of("ready")).line("Dr. Rivera · St. Elm Main, OR 4").line("Set 5 of 8 · 9 implants with you"),
            ])))
            (section_block("Facts", &[], facts_wide(&[Fact::new("Terms", "Net 30, end of month"), Fact::new("Engagement", "Active"), Fact::new("Representative", "Ann Reyes"), Fact::new("Billing", Status::of("watch"))])))
            (section_block("Icons", &[], html! { div class="row" { @for one in Icon::ALL { span title=(one.id()) { (icon(*one)) } } } }))
            (Empty::new(Icon::Transfers, "Nothing is on its way").text("Transfers to you and from you appear here.").action(Button::link("Send transfer", "/transfers/new").primary()))
        }
    };
    answer(Page::new("Parts", Room::Catalog, &viewer, body).render())
}
