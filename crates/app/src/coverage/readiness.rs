//! How an upcoming case stands.

use super::case::{Case, Groups};
use super::rank::Supply;
use crate::Result;
use std::collections::BTreeMap;
use store::Tx;
use uuid::Uuid;

/// How many units of each open need a representative holds or may use.
pub(crate) fn within_reach(
    tx: &mut Tx,
    org: Uuid,
    case: &Case,
    representative: Uuid,
    groups: &Groups,
) -> Result<BTreeMap<Uuid, u32>> {
    let supply = Supply::read(tx, org, case)?;
    let sharers = groups.sharers(representative);
    Ok(case.needs.iter().map(|wish| (wish.item, supply.of_item(wish.item, representative, sharers))).collect())
}
