//! Customers below customers: a health system with its hospitals, a buying group with its members. A tree, at most five deep.

use crate::refusal::Refusal;

/// So many customers may stand in one line from the top to the bottom.
pub const DEPTH_MAX: usize = 5;

/// Whether `me` may stand below a parent. `line` is the parent, then those above it, from the nearest up; `height` is how many
/// levels `me` brings along, itself included (1 without anybody below).
pub fn may_stand_below<T: PartialEq>(me: &T, line: &[T], height: usize) -> Result<(), Refusal> {
    if line.contains(me) {
        return Err(Refusal::new("parent_cycle", "A customer cannot stand below itself."));
    }
    if line.len() + height > DEPTH_MAX {
        let message = format!("Customers stand at most {DEPTH_MAX} deep below each other.");
        return Err(Refusal::new("parent_too_deep", message));
    }
    Ok(())
}

/// Whether `loser` may become a part of `survivor`. `line` are those above the survivor, from the nearest up; `below` is how
/// many levels stand below the loser.
pub fn may_become_part<T: PartialEq>(loser: &T, survivor: &T, line: &[T], below: usize) -> Result<(), Refusal> {
    if loser == survivor {
        return Err(Refusal::new("same_customer", "Choose another customer: this is the same one."));
    }
    if line.contains(loser) {
        let message = "The customer that would be kept stands below the other one. Merge them the other way round.";
        return Err(Refusal::new("survivor_below", message));
    }
    if line.len() + 1 + below > DEPTH_MAX {
        let message = format!(
            "What stands below it would stand more than {DEPTH_MAX} deep. Move those customers first, or merge the other way round."
        );
        return Err(Refusal::new("parent_too_deep", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Those above, from the nearest up.
    fn line(parents: &[Option<usize>], of: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = parents[of];
        while let Some(parent) = at {
            found.push(parent);
            assert!(found.len() <= parents.len(), "a cycle");
            at = parents[parent];
        }
        found
    }

    fn height(parents: &[Option<usize>], of: usize) -> usize {
        1 + (0..parents.len()).filter(|it| parents[*it] == Some(of)).map(|it| height(parents, it)).max().unwrap_or(0)
    }

    #[test]
    fn nobody_stands_below_itself_or_too_deep() {
        assert_eq!(may_stand_below(&1, &[1], 1).unwrap_err().code, "parent_cycle");
        assert_eq!(may_stand_below(&1, &[2, 1], 1).unwrap_err().code, "parent_cycle");
        assert!(may_stand_below(&1, &[2, 3, 4, 5], 1).is_ok());
        assert_eq!(may_stand_below(&1, &[2, 3, 4, 5], 2).unwrap_err().code, "parent_too_deep");
        assert_eq!(may_stand_below(&1, &[2, 3, 4, 5, 6], 1).unwrap_err().code, "parent_too_deep");
    }

    #[test]
    fn a_merge_keeps_the_tree() {
        assert_eq!(may_become_part(&1, &1, &[], 0).unwrap_err().code, "same_customer");
        assert_eq!(may_become_part(&1, &2, &[3, 1], 0).unwrap_err().code, "survivor_below");
        assert!(may_become_part(&1, &2, &[3, 4, 5, 6], 0).is_ok());
        assert_eq!(may_become_part(&1, &2, &[3, 4, 5, 6], 1).unwrap_err().code, "parent_too_deep");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_customers_stay_a_tree_of_five_levels(
            asks in proptest::collection::vec((0..12usize, proptest::option::of(0..12usize), any::<bool>()), 0..120)
        ) {
            let mut parents: Vec<Option<usize>> = vec![None; 12];
            let mut gone = [false; 12];
            for (me, other, merge) in asks {
                let Some(other) = other.filter(|it| !gone[*it] && !gone[me]) else {
                    if !gone[me] { parents[me] = None; }
                    continue;
                };
                let mut above = line(&parents, other);
                if merge {
                    if may_become_part(&me, &other, &above, height(&parents, me) - 1).is_ok() {
                        for parent in parents.iter_mut().filter(|it| **it == Some(me)) {
                            *parent = Some(other);
                        }
                        gone[me] = true;
                    }
                } else {
                    above.insert(0, other);
                    if may_stand_below(&me, &above, height(&parents, me)).is_ok() {
                        parents[me] = Some(other);
                    }
                }
                for it in 0..12 {
                    prop_assert!(line(&parents, it).len() < DEPTH_MAX, "{it} in {parents:?}");
                }
            }
        }
    }
}
