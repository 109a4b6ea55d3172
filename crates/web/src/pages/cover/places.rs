//! Where people set out from, and where facilities are: so that ways are known without asking anybody.

use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts::{self, Ask};
use crate::ui::{Field, FieldError, Flash, Room};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::coverage::{PlaceOnMap, PutPlaceOnMap};
use domain::id::{LocationId, UserId};
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/people/{id}/home", get(home_page).merge(post(save_home)))
        .route("/locations/{id}/position", get(position_page).merge(post(save_position)))
}

/// Whose place it is.
#[derive(Clone, Copy)]
enum Whose {
    Person(UserId),
    Location(LocationId),
}

impl Whose {
    fn path(self) -> String {
        match self {
            Self::Person(id) => format!("/people/{id}/home"),
            Self::Location(id) => format!("/locations/{id}/position"),
        }
    }

    fn back(self) -> String {
        match self {
            Self::Person(id) => format!("/people/{id}"),
            Self::Location(id) => format!("/locations/{id}"),
        }
    }

    async fn read(self, visit: &Visit) -> Result<PlaceOnMap, Fail> {
        match self {
            Self::Person(id) => visit.read(move |ctx, tx| app::coverage::places::home(ctx, tx, id)).await,
            Self::Location(id) => visit.read(move |ctx, tx| app::coverage::places::position(ctx, tx, id)).await,
        }
    }
}

/// Degrees with up to six decimals: 41881832 is "41.881832".
fn degrees(e6: i64) -> String {
    let text = format!("{}{}.{:06}", if e6 < 0 { "-" } else { "" }, e6.abs() / 1_000_000, e6.abs() % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads degrees as millionths.
fn read_degrees(sent: &Sent, field: &str) -> app::Result<Option<i64>> {
    let Some(text) = sent.maybe(field) else { return Ok(None) };
    let wrong = || {
        Error::field(
            field.to_owned(),
            "invalid_value",
            "Give degrees such as 41.8818, with a minus for south and west.",
        )
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 6 || !plain(whole) || !plain(part) {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let part: i64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
    Ok(Some(sign * (whole * 1_000_000 + part)))
}

fn known_by(it: &PlaceOnMap) -> &'static str {
    match it.known_by.as_str() {
        "coordinates" => "It is known by its coordinates.",
        "postal_code" => "It is known by its postal code.",
        "state" => "It is known by its state alone, so ways are guesses.",
        "address" => "It is known by the address.",
        _ => "It is not known yet: ways count as unknown.",
    }
}

fn question(visit: &Visit, whose: Whose, it: &PlaceOnMap, sent: &Sent, errors: &[FieldError]) -> Response {
    let first = !sent.has("postal_code");
    let value = |name: &str, now: String| if first { now } else { sent.text(name).to_owned() };
    let (title, room) = match whose {
        Whose::Person(_) => ("Where they set out from", Room::People),
        Whose::Location(_) => ("Where it is", Room::Customers),
    };
    let own = matches!(whose, Whose::Person(id) if id == visit.ctx.actor.id);
    let text = html! {
        p { (known_by(it)) " Distances decide who can be there in time, and what can." }
        @if own { p class="sub" { "Nobody is shown where you live: only how long you take." } }
    };
    let fields = html! {
        div class="pair" {
            (Field::text("postal_code", "Postal code").value(value("postal_code", it.postal_code.clone())).optional().errors(errors).autocomplete("off"))
            (Field::text("country", "Country").value(value("country", it.country.clone())).optional().errors(errors).placeholder("US").limit(2))
        }
        (Field::text("state", "State").value(value("state", it.state.clone())).optional().short().errors(errors).help("Where no postal code is given."))
        div class="pair" {
            (Field::text("latitude_e6", "Degrees north").value(value("latitude_e6", it.latitude_e6.map(degrees).unwrap_or_default())).optional().errors(errors).placeholder("41.8818"))
            (Field::text("longitude_e6", "Degrees east").value(value("longitude_e6", it.longitude_e6.map(degrees).unwrap_or_default())).optional().errors(errors).placeholder("-87.6231"))
        }
    };
    Ask {
        title: if own { "Where you set out from".into() } else { title.into() },
        text,
        room,
        action: whose.path(),
        fields,
        verb: "Save".into(),
        danger: false,
        back: whose.back(),
        errors,
    }
    .show(visit)
}

fn read(sent: &Sent) -> app::Result<PutPlaceOnMap> {
    let text = |name: &str| sent.text(name).to_owned();
    Ok(PutPlaceOnMap {
        latitude_e6: read_degrees(sent, "latitude_e6")?,
        longitude_e6: read_degrees(sent, "longitude_e6")?,
        postal_code: text("postal_code"),
        state: text("state"),
        country: text("country"),
    })
}

const FIELDS: &[&str] = &["latitude_e6", "longitude_e6", "postal_code", "state", "country"];

async fn show(visit: &Visit, whose: Whose, sent: &Sent) -> Out {
    let it = whose.read(visit).await?;
    Ok(question(visit, whose, &it, sent, &[]))
}

async fn save(visit: &Visit, whose: Whose, sent: &Sent) -> Out {
    let done = match read(sent) {
        Ok(body) => {
            visit
                .save(sent, move |ctx, tx| match whose {
                    Whose::Person(id) => app::coverage::places::put_home(ctx, tx, id, &body),
                    Whose::Location(id) => app::coverage::places::put_position(ctx, tx, id, &body),
                })
                .await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.back(&whose.back(), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, FIELDS);
            let it = whose.read(visit).await?;
            Ok(question(visit, whose, &it, sent, &errors))
        }
    }
}

async fn home_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let whose = Whose::Person(visit.id(&id)?);
    show(&visit, whose, &sent).await
}

async fn save_home(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let whose = Whose::Person(visit.id(&id)?);
    save(&visit, whose, &sent).await
}

async fn position_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let whose = Whose::Location(visit.id(&id)?);
    show(&visit, whose, &sent).await
}

async fn save_position(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let whose = Whose::Location(visit.id(&id)?);
    save(&visit, whose, &sent).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_written_as_people_write_them() {
        assert_eq!(degrees(41_881_832), "41.881832");
        assert_eq!(degrees(-87_623_100), "-87.6231");
        assert_eq!(degrees(0), "0");
        assert_eq!(degrees(-500_000), "-0.5");
    }
}
