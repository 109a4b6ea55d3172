//! Pages of the large lists of the directory, whose rows stand in three tables: the thing itself, its figures, its standing.
//!
//! Without conditions a page is a short walk along the index of its order. With some, the head of that walk is looked at first:
//! what holds for one row in ten fills a page there. What is rare is picked from the tables that order and conditions speak of,
//! sorted by its keys alone; what is neither is found further along the walk, without the wide rows. Only the rows of the page
//! are then read whole. An order by several columns has no index to walk along: see [`several`].

mod several;

use crate::page::{Keyset, Query, Sort};
use db::{FromRow, Result, Tx, Value};
use uuid::Uuid;

/// So many rows of a walk are looked at before it is given up.
const HEAD: u32 = 600;
/// So many when these were too few: what holds for more than a few is mostly found among the first of them.
const FURTHER: [u32; 2] = [1_500, 6_000];
/// More rows than any list has: keeps an engine from walking the order's index after all.
const ALL: u32 = 100_000_000;
/// A condition that holds for so few leads the way.
const FEW: i64 = 4_000;

/// A list over three tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Three {
    /// The name of the thing's own table in statements: `customer`, `location`.
    pub own: &'static str,
    /// That table.
    pub table: &'static str,
    /// Its kind among figures and standings.
    pub kind: &'static str,
    /// The span of its figures.
    pub span: &'static str,
    pub organization: Uuid,
}

/// Which of the three tables, own first.
type Tables = [bool; 3];

impl Three {
    const fn name(&self, at: usize) -> &'static str {
        match at {
            0 => self.own,
            1 => "figure",
            _ => "standing",
        }
    }

    fn from(&self, at: usize) -> String {
        match at {
            0 => format!("{} {}", self.table, self.own),
            1 => "directory_figure figure".to_owned(),
            _ => "directory_standing standing".to_owned(),
        }
    }

    fn id(&self, at: usize) -> String {
        let column = if at == 0 { "id" } else { "subject_id" };
        format!("{}.{column}", self.name(at))
    }

    /// Adds which rows of a table belong to the list.
    fn belong(&self, query: &mut Query, at: usize) {
        let (kind, span, organization) = (self.kind, self.span, Value::Uuid(self.organization));
        match at {
            0 => query.and(&format!("{}.organization_id = ?", self.own), [organization]),
            1 => query.and(
                &format!("figure.organization_id = ? AND figure.kind = '{kind}' AND figure.span = '{span}'"),
                [organization],
            ),
            _ => query.and(&format!("standing.organization_id = ? AND standing.kind = '{kind}'"), [organization]),
        };
    }

    /// Which tables a text speaks of.
    pub fn spoken_of(&self, text: &str) -> Tables {
        [0, 1, 2].map(|at| text.contains(&format!("{}.", self.name(at))))
    }

    /// Some of the tables joined, the first leading.
    fn joined(&self, head: &str, order: &[usize]) -> Query {
        let from: Vec<String> = order.iter().map(|at| self.from(*at)).collect();
        let mut query = Query::new(format!("{head} FROM {}", from.join(" CROSS JOIN ")));
        for (n, at) in order.iter().enumerate() {
            self.belong(&mut query, *at);
            if n > 0 {
                query.and(&format!("{} = {}", self.id(*at), self.id(order[0])), []);
            }
        }
        query
    }

    /// The tables in the order in which they are best gone through: conditions of few rows lead.
    fn order(&self, tx: &mut Tx, narrowing: &Query, needed: Tables) -> Result<Vec<usize>> {
        let mut lead = None;
        for at in [1, 2] {
            let mut probe = Query::new(format!("SELECT 1 FROM {}", self.from(at)));
            self.belong(&mut probe, at);
            let any = narrowing.conditions_where(&mut probe, |text| {
                let speaks = self.spoken_of(text);
                speaks[at] && speaks.iter().filter(|it| **it).count() == 1
            });
            if any && probe.count_up_to(tx, FEW + 1)? <= FEW {
                lead = Some(at);
                break;
            }
        }
        let own = needed[0] && narrowing.any_condition(|text| self.spoken_of(text)[0]);
        let lead = lead.or_else(|| own.then_some(0)).or_else(|| (0..3).rev().find(|at| needed[*at])).unwrap_or(0);
        let rest = [1, 2, 0].into_iter().filter(|at| *at != lead && needed[*at]);
        Ok(std::iter::once(lead).chain(rest).collect())
    }

    /// The rows with these ids, as something to choose from.
    fn these(&self, ids: &[Uuid]) -> Query {
        let mut query = Query::new(format!("SELECT {} AS id FROM {}", self.id(0), self.from(0)));
        self.belong(&mut query, 0);
        query.any_of(&self.id(0), ids.iter().copied().map(Value::Uuid).collect());
        query
    }

    /// The rows with these ids, whole.
    fn whole(&self, head: &str, chosen: &Query, narrowing: Option<&Query>) -> Query {
        self.beside(head, chosen, &[0, 1, 2], narrowing)
    }

    /// The first so many rows along the order's index: from where on, and until where, conditions on its columns say.
    fn walk(&self, wish: &Wish<'_>, at: usize, keys: &str, most: u32) -> Query {
        let mut walk = Query::new(format!("SELECT {} AS id{keys} FROM {}", self.id(at), self.from(at)));
        self.belong(&mut walk, at);
        wish.narrowing.conditions_where(&mut walk, |text| self.bounds(text, wish.sorts));
        walk.bounded(wish.sorts, &self.id(at), wish.after, most)
    }

    /// Whether a condition bounds columns of an order and says nothing else.
    fn bounds(&self, text: &str, sorts: &[Sort]) -> bool {
        let names = |name: &str| text.matches(name).count();
        let all: usize = (0..3).map(|at| names(&format!("{}.", self.name(at)))).sum();
        let sorted: usize = sorts.iter().map(|sort| names(sort.column)).sum();
        all > 0 && all == sorted && !text.contains(" IN ") && !text.contains("SELECT")
    }

    /// Some of the tables beside chosen ids.
    fn beside(&self, head: &str, chosen: &Query, tables: &[usize], narrowing: Option<&Query>) -> Query {
        let joins: String = tables.iter().map(|at| format!(" CROSS JOIN {}", self.from(*at))).collect();
        let text = format!("{head} FROM ({}) chosen{joins}", chosen.text());
        let mut query = Query::with_args(text, chosen.args().to_vec());
        for at in tables {
            self.belong(&mut query, *at);
            query.and(&format!("{} = chosen.id", self.id(*at)), []);
        }
        if let Some(narrowing) = narrowing {
            narrowing.conditions_where(&mut query, |_| true);
        }
        query
    }
}

/// What a page is asked for.
pub(super) struct Wish<'w> {
    /// `SELECT …` of whole rows.
    pub head: &'w str,
    pub sorts: &'w [Sort],
    pub after: Option<&'w Keyset>,
    pub limit: u32,
    /// What narrows the list, except whether rows are archived.
    pub narrowing: &'w Query,
    /// That, too.
    pub live: &'w Query,
    /// That a row is not archived, when only its id is at hand: `{id}` stands for it.
    pub alive: Option<&'w (String, Vec<Value>)>,
    /// Few rows are in reach, so that the head of a walk holds none of them.
    pub few: bool,
    /// That one row is in reach, asked row by row.
    pub each: Option<(String, Vec<Value>)>,
}

/// The table that a column stands in.
fn table_of(three: &Three, sort: &Sort) -> Option<usize> {
    (0..3).find(|at| sort.column.starts_with(&format!("{}.", three.name(*at))))
}

/// Orders by several columns that have an index.
const INDEXED: [&[&str]; 2] =
    [&["customer.name_key", "customer.number_key"], &["location.state_key", "location.city_key", "location.name_key"]];

/// The table along whose index the order goes; None for an order by several columns that none gives.
fn walked(three: &Three, sorts: &[Sort]) -> Option<usize> {
    let first = sorts.first()?;
    let one_way = sorts.iter().all(|sort| sort.descending == first.descending);
    let columns = || sorts.iter().map(|sort| sort.column);
    let indexed = one_way && INDEXED.iter().any(|index| columns().eq(index.iter().copied()));
    (sorts.len() == 1 || indexed).then(|| table_of(three, first)).flatten()
}

/// The rows of one page and whether there are more; None when a plain walk does it as well.
pub(super) fn page<T: FromRow>(tx: &mut Tx, three: &Three, wish: &Wish<'_>) -> Result<Option<(Vec<T>, bool)>> {
    let walked = walked(three, wish.sorts);
    if walked.is_some() && !wish.narrowing.any_condition(|_| true) {
        return Ok(None);
    }
    let id = format!("{}.id", three.own);
    if let Some(at) = walked.filter(|_| !wish.few) {
        let head = three.walk(wish, at, "", HEAD);
        let query = three.whole(wish.head, &head, Some(wish.live));
        let (rows, more) = query.page(tx, wish.sorts, &id, None, wish.limit)?;
        if more {
            return Ok(Some((rows, more)));
        }
    }
    let found = match walked {
        _ if wish.few => None,
        Some(_) if is_few(tx, three, wish.narrowing, FEW)? => None,
        Some(at) => further(tx, three, wish, at)?,
        None => several::ids(tx, three, wish)?,
    };
    let chosen = match found {
        Some(ids) if ids.is_empty() => return Ok(Some((Vec::new(), false))),
        Some(ids) => three.these(&ids),
        None => picked(tx, three, wish)?,
    };
    three.whole(wish.head, &chosen, None).page(tx, wish.sorts, &id, None, wish.limit).map(Some)
}

/// The ids of the page and of the row behind it, if they are found further along the walk.
fn further(tx: &mut Tx, three: &Three, wish: &Wish<'_>, at: usize) -> Result<Option<Vec<Uuid>>> {
    for most in FURTHER {
        let found = along(three, wish, at, most).all::<(Uuid,)>(tx)?;
        if found.len() > wish.limit as usize {
            return Ok(Some(found.into_iter().map(|(id,)| id).collect()));
        }
    }
    Ok(None)
}

/// The ids of the page and of the row behind it, as far as they are among so many rows of the walk.
fn along(three: &Three, wish: &Wish<'_>, at: usize, most: u32) -> Query {
    let keys = |of: &dyn Fn(usize, &Sort) -> String| -> String {
        wish.sorts.iter().enumerate().map(|(n, sort)| format!(", {} AS k{n}", of(n, sort))).collect()
    };
    let own = keys(&|_, sort| sort.column.to_owned());
    let walk = three.walk(wish, at, &own, most);
    let needed = three.spoken_of(&wish.narrowing.conditions_text());
    let tables: Vec<usize> = [1, 2, 0].into_iter().filter(|at| needed[*at]).collect();
    let head = format!("SELECT chosen.id AS id{}", keys(&|n, _| format!("chosen.k{n}")));
    let mut slim = three.beside(&head, &walk, &tables, Some(wish.narrowing));
    if let Some((alive, args)) = wish.alive {
        slim.and(&alive.replace("{id}", "chosen.id"), args.clone());
    }
    slim.sorted_apart(wish.sorts, "chosen.id", None, ALL, wish.limit + 1)
}

/// The ids of a page whose order and conditions say nothing of figures, and whether there are more: for figures that have to
/// be summed, which is done for these alone. None when order or conditions ask for figures.
pub(super) fn ids(tx: &mut Tx, three: &Three, wish: &Wish<'_>) -> Result<Option<(Vec<Uuid>, bool)>> {
    let of_figures = |text: &str| three.spoken_of(text)[1];
    if wish.narrowing.any_condition(of_figures) || wish.sorts.iter().any(|sort| of_figures(sort.column)) {
        return Ok(None);
    }
    let ids = |rows: Vec<(Uuid,)>| rows.into_iter().map(|(id,)| id).collect::<Vec<_>>();
    if let Some(at) = walked(three, wish.sorts) {
        let (rows, more) = head(three, wish, at).page(tx, wish.sorts, &three.id(0), None, wish.limit)?;
        if more {
            return Ok(Some((ids(rows), true)));
        }
    }
    let mut found = ids(picked(tx, three, wish)?.all(tx)?);
    let more = found.len() > wish.limit as usize;
    found.truncate(wish.limit as usize);
    Ok(Some((found, more)))
}

/// Whether conditions hold for so few rows at most.
pub(super) fn is_few(tx: &mut Tx, three: &Three, narrowing: &Query, most: i64) -> Result<bool> {
    let needed = three.spoken_of(&narrowing.conditions_text());
    let order = three.order(tx, narrowing, needed)?;
    let mut query = three.joined("SELECT 1", &order);
    narrowing.conditions_where(&mut query, |_| true);
    Ok(query.count_up_to(tx, most + 1)? <= most)
}

/// What of the head of a walk belongs to the list and is in reach.
fn head(three: &Three, wish: &Wish<'_>, at: usize) -> Query {
    let chosen = three.walk(wish, at, "", HEAD);
    let text = format!("SELECT {} FROM ({}) chosen CROSS JOIN {}", three.id(0), chosen.text(), three.from(0));
    let standing = if at == 2 || wish.live.any_condition(|text| three.spoken_of(text)[2]) {
        format!(" CROSS JOIN {}", three.from(2))
    } else {
        String::new()
    };
    let mut query = Query::with_args(format!("{text}{standing}"), chosen.args().to_vec());
    for at in if standing.is_empty() { &[0][..] } else { &[0, 2] } {
        three.belong(&mut query, *at);
        query.and(&format!("{} = chosen.id", three.id(*at)), []);
    }
    wish.live.conditions_where(&mut query, |_| true);
    query.and_some(wish.each.clone());
    query
}

/// The ids of the page and of the row behind it.
fn picked(tx: &mut Tx, three: &Three, wish: &Wish<'_>) -> Result<Query> {
    let mut needed = three.spoken_of(&wish.narrowing.conditions_text());
    for sort in wish.sorts {
        for (at, needed) in needed.iter_mut().enumerate() {
            *needed |= sort.column.starts_with(&format!("{}.", three.name(at)));
        }
    }
    let order = three.order(tx, wish.narrowing, needed)?;
    let id = three.id(order[0]);
    let keys: String = wish.sorts.iter().enumerate().map(|(n, sort)| format!(", {} AS k{n}", sort.column)).collect();
    let mut slim = three.joined(&format!("SELECT {id} AS id{keys}"), &order);
    wish.narrowing.conditions_where(&mut slim, |_| true);
    if let Some((alive, args)) = wish.alive {
        slim.and(&alive.replace("{id}", &id), args.clone());
    }
    Ok(slim.sorted_apart(wish.sorts, &id, wish.after, ALL, wish.limit + 1))
}

/// How many rows match, archived or not, counted in the tables that conditions speak of.
pub(super) fn count(tx: &mut Tx, three: &Three, narrowing: &Query) -> Result<i64> {
    let mut needed = three.spoken_of(&narrowing.conditions_text());
    if !needed.contains(&true) {
        needed[2] = true;
    }
    let order = three.order(tx, narrowing, needed)?;
    let mut query = three.joined(&format!("SELECT {}", three.id(order[0])), &order);
    narrowing.conditions_where(&mut query, |_| true);
    query.count(tx)
}

/// How many of the rows with these ids match. The ids are found first: an engine that takes them for many would read the other
/// tables whole, to know beforehand which ids are in vain.
pub(super) fn count_among(tx: &mut Tx, three: &Three, chosen: &Query, narrowing: &Query) -> Result<i64> {
    let needed = three.spoken_of(&narrowing.conditions_text());
    let tables: Vec<usize> = [1, 2, 0].into_iter().filter(|at| needed[*at]).collect();
    let chosen = chosen.bounded_by(ALL);
    three.beside("SELECT chosen.id", &chosen, &tables, Some(narrowing)).count(tx)
}
