//! Who bills what of an event: each manufacturer in its own name, the organisation for the others.

use crate::money::{Minor, MoneyError};
use std::collections::BTreeMap;

/// A part of an event that is billed in one name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part<M> {
    /// In whose name; None for the organisation.
    pub manufacturer: Option<M>,
    /// Over how much.
    pub total: Minor,
    /// Which lines stand on it.
    pub lines: Vec<usize>,
    /// The charges stand on it.
    pub charges: bool,
}

/// Splits billed lines (which, in whose name, how much) by who bills. Charges are the organisation's, or go with the largest part; a
/// discount larger than its part makes it one bill. Together the parts come to exactly the lines and the charges; what comes to
/// nothing is not billed.
///
/// # Errors
/// When a sum does not fit.
pub fn split<M: Copy + Ord>(
    lines: &[(usize, Option<M>, Minor)],
    charges: Option<Minor>,
) -> Result<Vec<Part<M>>, MoneyError> {
    let empty = |manufacturer| Part { manufacturer, total: Minor::ZERO, lines: Vec::new(), charges: false };
    let mut parts: BTreeMap<Option<M>, Part<M>> = BTreeMap::new();
    for (at, manufacturer, amount) in lines {
        let part = parts.entry(*manufacturer).or_insert_with(|| empty(*manufacturer));
        part.total = part.total.plus(*amount)?;
        part.lines.push(*at);
    }
    if let Some(charges) = charges {
        let largest = parts.values().max_by_key(|part| part.total).map(|part| part.manufacturer);
        let bearer = if parts.contains_key(&None) { None } else { largest.flatten() };
        let part = parts.entry(bearer).or_insert_with(|| empty(bearer));
        part.total = part.total.plus(charges)?;
        part.charges = true;
    }
    if parts.values().any(|part| part.total < Minor::ZERO) {
        let total = Minor::sum(parts.values().map(|part| part.total))?;
        let mut lines: Vec<usize> = parts.into_values().flat_map(|part| part.lines).collect();
        lines.sort_unstable();
        return Ok(vec![Part { manufacturer: None, total, lines, charges: true }]);
    }
    Ok(parts.into_values().filter(|part| part.total > Minor::ZERO).collect())
}
