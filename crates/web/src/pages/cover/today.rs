//! What cover adds to the first page: cases that somebody offers, what is to be done with a deadline, cases that are not
//! ready, pools that are proposed.

use super::{board, offers, pools, tasks};
use crate::edge::Visit;
use crate::ui::{Button, Line, lines, section_block};
use app::{Ctx, Tx};
use contract::ListParams;
use contract::coverage::{Offer, PoolProposal, Readiness, Task};
use domain::people::{Permission, Role};
use maud::{Markup, html};

/// Lines of one kind.
const FEW: u32 = 5;

/// What is near.
#[derive(Default)]
pub struct Near {
    offers: Vec<Offer>,
    tasks: Vec<Task>,
    cases: Vec<Readiness>,
    more_cases: bool,
    pools: Vec<PoolProposal>,
}

/// Reads it.
pub fn read(ctx: &Ctx, tx: &mut Tx) -> app::Result<Near> {
    let mut near = Near { offers: offers::waiting(ctx, tx)?, ..Near::default() };
    if ctx.actor.role == Role::FacilityManager {
        return Ok(near);
    }
    let open = ListParams { limit: Some(20), ..ListParams::default() };
    let mut mine = app::coverage::tasks::list(ctx, tx, &open)?.items;
    mine.retain(|task| task.yours);
    mine.truncate(FEW as usize);
    near.tasks = mine;
    let mut bad = ListParams { limit: Some(FEW), ..ListParams::default() };
    bad.filters.insert("state".to_owned(), "not_ready,at_risk".to_owned());
    let board = app::coverage::board::board(ctx, tx, &bad)?;
    near.more_cases = board.next_cursor.is_some();
    near.cases = board.items;
    if ctx.actor.role.is_office() && ctx.may(Permission::ManageUsers) {
        near.pools = app::coverage::proposals::list(ctx, tx)?.items.into_iter().take(2).collect();
    }
    Ok(near)
}

impl Near {
    /// What waits for an answer: (title, the whole list, lines).
    pub fn groups(&self, visit: &Visit) -> [(&'static str, &'static str, Vec<Line>); 3] {
        [
            ("Offered to you", "/events", self.offers.iter().map(|it| offers::line(visit, it)).collect()),
            ("To do for cases", "/tasks", self.tasks.iter().map(|it| tasks::line(visit, it, true)).collect()),
            ("Shared pools proposed", "/pools", self.pools.iter().map(|it| pools::line(visit, it)).collect()),
        ]
    }

    /// Cases of the next two weeks that are not ready.
    pub fn cases(&self, visit: &Visit) -> Markup {
        if self.cases.is_empty() {
            return html! {};
        }
        let rows: Vec<Line> = self.cases.iter().map(|it| board::near_line(visit, it)).collect();
        let label = if self.more_cases { "All of them" } else { "Readiness" };
        section_block("Not ready yet", &[Button::link(label, "/readiness").quiet().small()], lines(&rows))
    }
}
