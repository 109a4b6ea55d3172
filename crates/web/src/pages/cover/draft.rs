//! Who could take a case that is still being planned: asked from the form of a new event, before the case exists.

use super::who;
use crate::edge::Visit;
use crate::ui::{FieldError, Icon, error_summary};
use contract::coverage::{CoverCandidate, CoverCandidates};
use domain::id::UserId;
use maud::{Markup, html};

/// Where the form is sent to with this question.
pub const ASK: &str = "/events/new/who";

/// The question, before it was asked.
pub fn question() -> Markup {
    html! {
        div id="draft-who" {
            button class="btn" type="submit" formaction=(ASK) formnovalidate hx-post=(ASK) hx-include="closest form" hx-target="#draft-who" hx-swap="outerHTML" {
                (Icon::People) "Who can take it"
            }
            p class="help" { "Looks at calendars, ways, stock and who knows the surgeon, before anything is planned." }
        }
    }
}

/// The answer, with one button for each person: the form comes back with them as its representative.
pub fn answer(visit: &Visit, all: &CoverCandidates, chosen: Option<UserId>) -> Markup {
    let today = visit.ctx.today();
    html! {
        div id="draft-who" {
            section class="draft" aria-labelledby="draft-title" {
                h2 id="draft-title" { "Who can take it" }
                p class="sub" { (who::needs(all)) }
                @if all.items.is_empty() { p { "Nobody in your reach." } }
                ol class="cands" data-walk {
                    @for it in all.items.iter().take(who::FEW) {
                        (who::person(it, all.units_needed, today, name(it, chosen), None))
                    }
                }
            }
        }
    }
}

fn name(it: &CoverCandidate, chosen: Option<UserId>) -> Markup {
    let here = chosen == Some(it.user_id);
    html! {
        button class="cand-a" type="submit" formaction=(ASK) formnovalidate name="take" value=(it.user_id) data-step aria-current=[here.then_some("true")] { (it.name) }
        @if here { span class="sub" { "represents it" } }
    }
}

/// What is missing to answer it.
pub fn refused(errors: &[FieldError]) -> Markup {
    html! {
        div id="draft-who" {
            (error_summary(errors))
            button class="btn" type="submit" formaction=(ASK) formnovalidate hx-post=(ASK) hx-include="closest form" hx-target="#draft-who" hx-swap="outerHTML" {
                (Icon::People) "Who can take it"
            }
        }
    }
}
