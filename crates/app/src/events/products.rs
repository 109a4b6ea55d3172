//! What is expected in an event: whose products, and which lines of them.

use crate::journal::Draft;
use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use domain::id::{Id, ManufacturerId, ProductLineId};
use domain::limits;
use store::page::Query;
use store::{Tx, Value};
use uuid::Uuid;

/// Whose products, and which lines of them, each in the order of its ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Expected {
    pub manufacturers: Vec<Uuid>,
    pub product_lines: Vec<Uuid>,
}

impl Expected {
    /// As it stands.
    pub fn now(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<Self> {
        Ok(Self {
            manufacturers: store::events::manufacturers(tx, ctx.org(), event)?,
            product_lines: store::events::product_lines(tx, ctx.org(), event)?,
        })
    }

    /// These manufacturers, these product lines, and the makers of the lines. A line that was archived stays where it is chosen
    /// already, and is not chosen anew.
    pub fn of(
        ctx: &Ctx,
        tx: &mut Tx,
        mut manufacturers: Vec<Uuid>,
        lines: &[ProductLineId],
        before: &[Uuid],
    ) -> Result<Self> {
        const FIELD: &str = "product_line_ids";
        if lines.len() > limits::BULK_AT_ONCE {
            return Err(Error::field(FIELD, "too_many", "These are too many product lines."));
        }
        let mut product_lines: Vec<Uuid> = lines.iter().map(|id| id.uuid()).collect();
        let known = store::catalog::lines_by_ids(tx, ctx.org(), &product_lines)?;
        for (at, id) in product_lines.iter().enumerate() {
            let field = format!("{FIELD}[{at}]");
            let line = known.iter().find(|line| line.id == *id).ok_or_else(|| Error::unknown(field.clone()))?;
            if line.archived_at.is_some() && !before.contains(id) {
                let message = format!("The product line {} was archived. Choose another one.", line.name);
                return Err(Error::field(field, "archived", message));
            }
            manufacturers.push(line.manufacturer_id);
        }
        for ids in [&mut manufacturers, &mut product_lines] {
            ids.sort_unstable();
            ids.dedup();
        }
        Ok(Self { manufacturers, product_lines })
    }

    /// The product lines as a request names them.
    pub fn line_ids(&self) -> Vec<ProductLineId> {
        self.product_lines.iter().copied().map(Id::from_uuid).collect()
    }

    /// Keeps it.
    pub fn save(&self, ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<()> {
        store::events::set_manufacturers(tx, ctx.org(), event, &self.manufacturers)?;
        store::events::set_product_lines(tx, ctx.org(), event, &self.product_lines)?;
        Ok(())
    }

    /// Tells the journal what changed.
    pub fn changes(&self, after: &Self, entry: &mut Draft, event: Uuid) {
        let makers = |it: &Self| words(it.manufacturers.iter().map(|id| ManufacturerId::from_uuid(*id).to_string()));
        let lines = |it: &Self| words(it.product_lines.iter().map(|id| ProductLineId::from_uuid(*id).to_string()));
        entry.change(event, "manufacturer_ids", makers(self), makers(after));
        entry.change(event, "product_line_ids", lines(self), lines(after));
    }
}

fn words(ids: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = ids.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Those of these product lines that a new event may be about.
pub(super) fn in_use(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<ProductLineId>> {
    let known = store::catalog::lines_by_ids(tx, ctx.org(), ids)?;
    Ok(known.into_iter().filter(|line| line.archived_at.is_none()).map(|line| Id::from_uuid(line.id)).collect())
}

/// Narrows a list of events to those that are about one of these product lines.
pub(super) fn filtered(ctx: &Ctx, params: &ListParams, query: &mut Query) -> Result<()> {
    let Some(ids) = list::ids::<domain::id::ProductLine>(params, "product_line_id")? else { return Ok(()) };
    let marks = vec!["?"; ids.len().max(1)].join(", ");
    let mut args = vec![Value::Uuid(ctx.org())];
    match ids.is_empty() {
        true => args.push(Value::Uuid(Uuid::nil())),
        false => args.extend(ids.into_iter().map(|id| Value::Uuid(id.uuid()))),
    }
    query.and(
        &format!(
            "EXISTS (SELECT 1 FROM event_product_line about WHERE about.organization_id = ? AND about.event_id = event.id \
             AND about.product_line_id IN ({marks}))"
        ),
        args,
    );
    Ok(())
}

/// Manufacturers and product lines to choose from, each with its name.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// Manufacturers.
    pub manufacturers: Vec<(ManufacturerId, String)>,
    /// Product lines.
    pub product_lines: Vec<(ProductLineId, String)>,
    /// There are more: they are found by name.
    pub more: bool,
}

/// So many of a kind are offered at once.
const OFFERED: u32 = 30;

/// What the viewer may choose from: what they are assigned to where that is said, else what there is; and what is chosen already.
pub fn offered(
    ctx: &Ctx,
    tx: &mut Tx,
    manufacturers: &[ManufacturerId],
    product_lines: &[ProductLineId],
) -> Result<Offered> {
    let params = ListParams { limit: Some(OFFERED + 1), ..ListParams::default() };
    let narrowed = |ids: Vec<String>| {
        let mut params = params.clone();
        if !ids.is_empty() {
            params.filters.insert("id".into(), ids.join(","));
        }
        params
    };
    let own = |tx: &mut Tx, kind: &str| -> Result<Vec<Uuid>> {
        match ctx.viewer().office {
            true => Ok(Vec::new()),
            false => Ok(store::events::assigned(tx, ctx.org(), ctx.principal().uuid(), kind)?),
        }
    };
    let makers = own(tx, "manufacturer")?.into_iter().map(|id| ManufacturerId::from_uuid(id).to_string()).collect();
    let lines = own(tx, "product_line")?.into_iter().map(|id| ProductLineId::from_uuid(id).to_string()).collect();
    let mut makers = crate::catalog::manufacturers(ctx, tx, &narrowed(makers))?.items;
    let mut lines = crate::catalog::product_lines(ctx, tx, &narrowed(lines))?.items;
    let most = OFFERED as usize;
    let more = makers.len() > most || lines.len() > most;
    // Of very many, those that are chosen stand in the form, and the others are found by name.
    makers.truncate(if makers.len() > most { 0 } else { most });
    lines.truncate(if lines.len() > most { 0 } else { most });
    let mut offered = Offered {
        manufacturers: makers.into_iter().map(|it| (it.id, it.name)).collect(),
        product_lines: lines.into_iter().map(|it| (it.id, it.name)).collect(),
        more,
    };
    for (id, name) in crate::glance::manufacturers(ctx, tx, manufacturers)? {
        if offered.manufacturers.iter().all(|(known, _)| *known != id) {
            offered.manufacturers.push((id, name));
        }
    }
    for (id, name) in crate::glance::product_lines(ctx, tx, product_lines)? {
        if offered.product_lines.iter().all(|(known, _)| *known != id) {
            offered.product_lines.push((id, name));
        }
    }
    Ok(offered)
}
