//! The choice of sources: each that is used costs something once, each piece something more, each piece that is wanted and
//! not found a great deal. A kind of facility location; solved exactly while the choices are few, by local search beyond.
//!
//! Nothing here knows what the pieces are. The answer depends on nothing but the problem: ties go to what stands first.

use std::collections::HashMap;

/// Something that is wanted so many times.
#[derive(Clone, Debug)]
pub struct Want {
    /// How many.
    pub quantity: u32,
    /// What each one costs that is not found. A piece that is dearer is left where it is.
    pub missing: i64,
}

/// Where pieces come from.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it costs once to use it.
    pub fixed: i64,
    /// Used in any case, so that it costs nothing more.
    pub open: bool,
}

/// Something that moves as a whole, and with it the pieces inside.
#[derive(Clone, Debug)]
pub struct Carton {
    /// Where it is.
    pub site: usize,
    /// What it costs to move it.
    pub fixed: i64,
}

/// One piece that could be used.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What it is good for.
    pub want: usize,
    /// Where it is.
    pub site: usize,
    /// What it lies in.
    pub carton: Option<usize>,
    /// What it costs by itself; None when it moves only with its carton.
    pub alone: Option<i64>,
    /// What it costs when its carton moves.
    pub inside: i64,
}

/// What is to be decided.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What is wanted.
    pub wants: Vec<Want>,
    /// Where it could come from.
    pub sites: Vec<Site>,
    /// What could move as a whole.
    pub cartons: Vec<Carton>,
    /// What there is. Among equals the first is taken.
    pub pieces: Vec<Piece>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Which pieces are used.
    pub pieces: Vec<usize>,
    /// Which cartons move.
    pub cartons: Vec<usize>,
    /// How many of each want are not found.
    pub missing: Vec<u32>,
    /// What it costs.
    pub cost: i64,
    /// Whether nothing can be better.
    pub exact: bool,
}

/// More choices than this are not compared: the least useful are left out.
const CHOICES_MAX: usize = 64;
/// Up to so many choices every combination is ruled out or tried, as long as the work stays bounded.
const EXACT_MAX: usize = 24;
/// How many wants may be priced in one problem before the search has to end.
const WORK_MAX: u32 = 250_000;

/// Solves a problem.
pub fn solve(problem: &Problem) -> Solution {
    let mut search = Search::new(problem);
    let (mut on, mut cost) = search.climb(0);
    let all = search.all();
    let other = search.climb(all);
    if (other.1, other.0) < (cost, on) {
        (on, cost) = other;
    }
    let mut exact = search.choices.is_empty() && !search.cut;
    if !exact && search.choices.len() <= EXACT_MAX && !search.cut {
        let mut best = (cost, on);
        exact = search.branch(0, all, &mut best);
        (cost, on) = best;
    }
    search.answer(on, cost, exact)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    Site(usize),
    Carton(usize),
}

/// A piece as the search sees it: the bits of what has to be chosen first, 0 for nothing.
struct Seen {
    at: usize,
    site: u64,
    carton: u64,
    alone: Option<i64>,
    inside: i64,
}

struct Wanted {
    quantity: usize,
    missing: i64,
    pieces: Vec<Seen>,
    /// All bits that matter to it.
    mask: u64,
    known: HashMap<u64, i64>,
}

struct Search<'a> {
    problem: &'a Problem,
    choices: Vec<Choice>,
    fixed: Vec<i64>,
    /// For each choice the bit of the site that has to be chosen with it.
    needs: Vec<u64>,
    /// For a site, the bits of its cartons.
    holds: Vec<u64>,
    wanted: Vec<Wanted>,
    /// Wants that some choice matters to.
    open: Vec<usize>,
    work: u32,
    cut: bool,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem) -> Self {
        let (choices, cut) = choices(problem);
        let bit = |choice: Choice| choices.iter().position(|it| *it == choice).map_or(0, |at| 1 << at);
        let fixed = choices.iter().map(|choice| match choice {
            Choice::Site(at) => problem.sites[*at].fixed,
            Choice::Carton(at) => problem.cartons[*at].fixed,
        });
        let needs: Vec<u64> = choices
            .iter()
            .map(|choice| match choice {
                Choice::Site(_) => 0,
                Choice::Carton(at) => bit(Choice::Site(problem.cartons[*at].site)),
            })
            .collect();
        let holds = (0..choices.len())
            .map(|site| (0..choices.len()).filter(|at| needs[*at] == 1 << site).map(|at| 1 << at).sum())
            .collect();
        let mut wanted: Vec<Wanted> = problem
            .wants
            .iter()
            .map(|want| Wanted {
                quantity: want.quantity as usize,
                missing: want.missing,
                pieces: Vec::new(),
                mask: 0,
                known: HashMap::new(),
            })
            .collect();
        let site_bits: Vec<u64> = (0..problem.sites.len()).map(|at| bit(Choice::Site(at))).collect();
        let carton_bits: Vec<u64> = (0..problem.cartons.len()).map(|at| bit(Choice::Carton(at))).collect();
        for (at, piece) in problem.pieces.iter().enumerate() {
            let site = site_bits[piece.site];
            if site == 0 && !is_free(&problem.sites[piece.site]) {
                continue;
            }
            let carton = piece.carton.map_or(0, |carton| carton_bits[carton]);
            if carton == 0 && piece.alone.is_none() {
                continue;
            }
            let want = &mut wanted[piece.want];
            want.mask |= site | carton;
            want.pieces.push(Seen { at, site, carton, alone: piece.alone, inside: piece.inside });
        }
        for want in &mut wanted {
            want.pieces.sort_by_key(|piece| (piece.alone.unwrap_or(piece.inside), piece.at));
        }
        let open = (0..wanted.len()).filter(|at| wanted[*at].mask != 0 && wanted[*at].quantity > 0).collect();
        Self { problem, fixed: fixed.collect(), choices, needs, holds, wanted, open, work: 0, cut }
    }

    fn all(&self) -> u64 {
        if self.choices.len() == 64 { u64::MAX } else { (1 << self.choices.len()) - 1 }
    }

    /// Switches a choice, with the site that it needs or the cartons that need it.
    fn toggled(&self, on: u64, choice: usize) -> u64 {
        let bit = 1 << choice;
        if on & bit == 0 { on | bit | self.needs[choice] } else { on & !bit & !self.holds[choice] }
    }

    fn fixed_of(&self, on: u64) -> i64 {
        bits(on).map(|at| self.fixed[at]).sum()
    }

    fn want_cost(&mut self, at: usize, on: u64) -> i64 {
        let want = &mut self.wanted[at];
        let relevant = on & want.mask;
        if let Some(cost) = want.known.get(&relevant) {
            return *cost;
        }
        self.work += 1;
        let (found, cost) = chosen(want, relevant, |_| {});
        let cost = cost + (want.quantity - found) as i64 * want.missing;
        want.known.insert(relevant, cost);
        cost
    }

    /// What it costs with exactly these choices. Wants that no choice matters to come on top at the end.
    fn cost(&mut self, on: u64) -> i64 {
        let mut cost = self.fixed_of(on);
        for n in 0..self.open.len() {
            cost += self.want_cost(self.open[n], on);
        }
        cost
    }

    /// Switches one choice or swaps two as long as that is cheaper.
    fn climb(&mut self, start: u64) -> (u64, i64) {
        let n = self.choices.len();
        let (mut on, mut cost) = (start, self.cost(start));
        loop {
            let mut best = (cost, on);
            for a in 0..n {
                let once = self.toggled(on, a);
                best = best.min((self.cost(once), once));
            }
            // Swaps are many: they are tried when no single switch helps.
            if best.1 == on {
                for a in bits(on).collect::<Vec<_>>() {
                    for b in (0..n).filter(|b| on & (1 << b) == 0) {
                        if self.work > WORK_MAX {
                            break;
                        }
                        let without = self.toggled(on, a);
                        let swapped = self.toggled(without, b);
                        best = best.min((self.cost(swapped), swapped));
                    }
                }
            }
            if best.0 >= cost {
                return (on, cost);
            }
            (cost, on) = best;
        }
    }

    /// Tries what could still be better than `best`; false when it had to stop before it was sure.
    fn branch(&mut self, on: u64, undecided: u64, best: &mut (i64, u64)) -> bool {
        if self.work > WORK_MAX {
            return false;
        }
        let here = self.cost(on);
        *best = (*best).min((here, on));
        if undecided == 0 || self.bound(on, undecided) >= best.0 {
            return true;
        }
        // The lowest bit: sites stand before their cartons, useful ones first.
        let next = undecided.trailing_zeros() as usize;
        let bit = 1 << next;
        let rest = undecided & !bit;
        let with = self.branch(on | bit, rest, best);
        with && self.branch(on, rest & !self.holds[next], best)
    }

    /// Nothing that adds some of the undecided can cost less: every want as if all of them were free, and the cheapest way in
    /// for wants that need one, counted once for wants that share none.
    fn bound(&mut self, on: u64, undecided: u64) -> i64 {
        let hope = on | undecided;
        let mut cost = self.fixed_of(on);
        let mut extra: Vec<(i64, u64)> = Vec::new();
        for n in 0..self.open.len() {
            let at = self.open[n];
            let free = self.want_cost(at, hope);
            cost += free;
            let ways = self.wanted[at].mask & undecided;
            let gain = self.want_cost(at, on) - free;
            if gain > 0 {
                let way_in = bits(ways).map(|bit| self.fixed[bit]).min().unwrap_or(gain);
                extra.push((gain.min(way_in), ways));
            }
        }
        extra.sort_by_key(|(amount, ways)| (-amount, ways.count_ones(), *ways));
        let mut seen = 0;
        for (amount, ways) in extra {
            if ways & seen == 0 {
                seen |= ways;
                cost += amount;
            }
        }
        cost
    }

    fn answer(&self, on: u64, mut cost: i64, exact: bool) -> Solution {
        let mut pieces = Vec::new();
        let mut missing = Vec::with_capacity(self.wanted.len());
        for (at, want) in self.wanted.iter().enumerate() {
            let (found, units) = chosen(want, on & want.mask, |piece| pieces.push(piece));
            missing.push((want.quantity - found) as u32);
            if !self.open.contains(&at) {
                cost += units + (want.quantity - found) as i64 * want.missing;
            }
        }
        pieces.sort_unstable();
        let used = bits(on).filter_map(|at| match self.choices[at] {
            Choice::Carton(carton) => Some(carton),
            Choice::Site(_) => None,
        });
        let mut cartons: Vec<usize> = used.collect();
        cartons.sort_unstable();
        debug_assert!(pieces.iter().all(|at| *at < self.problem.pieces.len()));
        Solution { pieces, cartons, missing, cost, exact }
    }
}

/// The cheapest pieces for a want, none dearer than going without: how many there are and what they cost together.
fn chosen(want: &Wanted, on: u64, mut take: impl FnMut(usize)) -> (usize, i64) {
    let there = want.pieces.iter().filter(|piece| piece.site == 0 || on & piece.site != 0);
    let priced = there.filter_map(|piece| match (piece.carton != 0 && on & piece.carton != 0, piece.alone) {
        (true, _) => Some((piece.inside, piece.at)),
        (false, alone) => alone.map(|alone| (alone, piece.at)),
    });
    let priced = priced.filter(|(cost, _)| *cost <= want.missing);
    let mut sum = 0;
    let mut found = 0;
    let mut use_piece = |(cost, at): (i64, usize)| {
        sum += cost;
        found += 1;
        take(at);
    };
    let cartons = want.pieces.iter().any(|piece| on & piece.carton != 0);
    if cartons {
        let mut all: Vec<(i64, usize)> = priced.collect();
        all.sort_unstable();
        all.into_iter().take(want.quantity).for_each(&mut use_piece);
    } else {
        // In their order already.
        priced.take(want.quantity).for_each(&mut use_piece);
    }
    (found, sum)
}

const fn is_free(site: &Site) -> bool {
    site.open || site.fixed == 0
}

/// What there is to choose: sites that cost something and cartons, each good for a want that is not filled for nothing; a site
/// before its cartons, the more useful first. The flag tells that some were left out.
fn choices(problem: &Problem) -> (Vec<Choice>, bool) {
    let mut free = vec![0_u32; problem.wants.len()];
    let missing = |piece: &Piece| problem.wants[piece.want].missing;
    let is_bare =
        |piece: &Piece| is_free(&problem.sites[piece.site]) && piece.alone.is_some_and(|alone| alone <= missing(piece));
    for piece in problem.pieces.iter().filter(|piece| is_bare(piece)) {
        free[piece.want] += 1;
    }
    // A want that is filled for nothing may still be filled cheaper where its pieces in place are dear.
    let short = |piece: &Piece| problem.wants[piece.want].quantity > free[piece.want];
    let best = |piece: &Piece| piece.alone.unwrap_or(i64::MAX).min(piece.inside);
    let dear = |piece: &Piece| {
        let best = best(piece);
        problem.pieces.iter().any(|it| it.want == piece.want && is_bare(it) && it.alone.is_some_and(|cost| cost > best))
    };
    let mut site_use = vec![0_u32; problem.sites.len()];
    let mut carton_use = vec![0_u32; problem.cartons.len()];
    for piece in problem.pieces.iter().filter(|piece| problem.wants[piece.want].quantity > 0) {
        if best(piece) > missing(piece) || (!short(piece) && !dear(piece)) {
            continue;
        }
        site_use[piece.site] += 1;
        if let Some(carton) = piece.carton {
            carton_use[carton] += 1;
        }
    }
    let mut sites: Vec<usize> = (0..problem.sites.len())
        .filter(|at| site_use[*at] > 0 && (!is_free(&problem.sites[*at]) || holds_useful(problem, *at, &carton_use)))
        .collect();
    sites.sort_by_key(|at| (std::cmp::Reverse(site_use[*at]), problem.sites[*at].fixed, *at));
    let mut found = Vec::new();
    let mut cut = false;
    for site in sites {
        if !is_free(&problem.sites[site]) {
            found.push(Choice::Site(site));
        }
        for (at, _) in problem.cartons.iter().enumerate().filter(|(at, it)| it.site == site && carton_use[*at] > 0) {
            found.push(Choice::Carton(at));
        }
        if found.len() >= CHOICES_MAX {
            cut = true;
            found.truncate(CHOICES_MAX);
            break;
        }
    }
    (found, cut)
}

fn holds_useful(problem: &Problem, site: usize, carton_use: &[u32]) -> bool {
    problem.cartons.iter().enumerate().any(|(at, carton)| carton.site == site && carton_use[at] > 0)
}

fn bits(set: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |at| set & (1 << at) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn want(quantity: u32) -> Want {
        Want { quantity, missing: 100_000 }
    }

    fn site(fixed: i64) -> Site {
        Site { fixed, open: false }
    }

    fn piece(want: usize, site: usize) -> Piece {
        Piece { want, site, carton: None, alone: Some(150), inside: 150 }
    }

    #[test]
    fn one_source_with_everything_beats_two_that_are_each_cheaper() {
        let problem = Problem {
            wants: vec![want(1), want(1)],
            sites: vec![site(2_000), site(2_000), site(3_500)],
            cartons: Vec::new(),
            pieces: vec![piece(0, 0), piece(1, 1), piece(0, 2), piece(1, 2)],
        };
        let found = solve(&problem);
        assert_eq!((found.pieces, found.cost, found.exact), (vec![2, 3], 3_800, true));
    }

    #[test]
    fn what_is_in_place_is_not_moved_and_what_is_nowhere_is_missing() {
        let mut problem = Problem {
            wants: vec![want(2), want(1)],
            sites: vec![site(0), site(2_000)],
            cartons: Vec::new(),
            pieces: vec![piece(0, 1), piece(0, 0), piece(0, 0)],
        };
        problem.pieces[1].alone = Some(60);
        problem.pieces[2].alone = Some(5);
        let found = solve(&problem);
        assert_eq!((found.pieces, found.missing, found.cost), (vec![1, 2], vec![0, 1], 100_065));
    }

    #[test]
    fn a_whole_carton_moves_when_that_is_less_than_picking_from_it() {
        let mut problem = Problem {
            wants: vec![want(3)],
            sites: vec![site(1_000)],
            cartons: vec![Carton { site: 0, fixed: 200 }],
            pieces: Vec::new(),
        };
        for _ in 0..3 {
            problem.pieces.push(Piece { want: 0, site: 0, carton: Some(0), alone: Some(650), inside: 0 });
        }
        let found = solve(&problem);
        assert_eq!((found.cartons.as_slice(), found.cost), ([0].as_slice(), 1_200));
        problem.wants[0].quantity = 1;
        problem.cartons[0].fixed = 900;
        assert_eq!((solve(&problem).cartons.len(), solve(&problem).cost), (0, 1_650));
    }

    #[test]
    fn more_sources_than_can_be_compared_are_cut_to_the_useful_ones() {
        let sites: Vec<Site> = (0..300).map(|n| site(1_000 + n % 7)).collect();
        let mut pieces: Vec<Piece> = (0..300).map(|n| piece(0, n)).collect();
        pieces.extend((0..9).map(|_| piece(0, 17)));
        let problem = Problem { wants: vec![want(10)], sites, cartons: Vec::new(), pieces };
        let found = solve(&problem);
        assert_eq!((found.missing, found.cost, found.exact), (vec![0], 1_003 + 10 * 150, false));
    }

    /// Every combination of sites and cartons.
    fn least(problem: &Problem) -> i64 {
        let (s, c) = (problem.sites.len(), problem.cartons.len());
        let mut best = i64::MAX;
        for set in 0_u32..1 << (s + c) {
            let site_on = |at: usize| problem.sites[at].open || set & (1 << at) != 0;
            let carton_on = |at: usize| set & (1 << (s + at)) != 0 && site_on(problem.cartons[at].site);
            let sites = (0..s).filter(|at| site_on(*at) && !problem.sites[*at].open);
            let cartons = (0..c).filter(|at| carton_on(*at));
            let mut cost: i64 = sites.map(|at| problem.sites[at].fixed).sum::<i64>()
                + cartons.map(|at| problem.cartons[at].fixed).sum::<i64>();
            for (at, want) in problem.wants.iter().enumerate() {
                let there = problem.pieces.iter().filter(|it| it.want == at && site_on(it.site));
                let mut costs: Vec<i64> = there
                    .filter_map(|it| if it.carton.is_some_and(&carton_on) { Some(it.inside) } else { it.alone })
                    .collect();
                costs.retain(|cost| *cost <= want.missing);
                costs.sort_unstable();
                costs.truncate(want.quantity as usize);
                cost += costs.iter().sum::<i64>() + (want.quantity as usize - costs.len()) as i64 * want.missing;
            }
            best = best.min(cost);
        }
        best
    }

    fn problems(sites: usize, cartons: usize) -> impl Strategy<Value = Problem> {
        let site = (prop_oneof![Just(0), 300i64..5_000], prop::bool::weighted(0.2));
        (1usize..=sites, 0usize..=cartons, 1usize..6).prop_flat_map(move |(s, c, w)| {
            let sites = prop::collection::vec(site.clone(), s);
            let cartons = prop::collection::vec((0..s, 50i64..900), c);
            // Going without may be cheaper than some pieces.
            let wants = prop::collection::vec((0u32..4, prop_oneof![Just(100_000i64), 500i64..6_000]), w);
            let inside = if c == 0 { Just(None).boxed() } else { prop::option::of(0..c).boxed() };
            let piece = (0..w, 0..s, inside, prop::option::weighted(0.85, 0i64..900), 0i64..900);
            let pieces = prop::collection::vec(piece, 0..24);
            (sites, cartons, wants, pieces).prop_map(|(sites, cartons, wants, pieces)| Problem {
                sites: sites.into_iter().map(|(fixed, open)| Site { fixed, open }).collect(),
                wants: wants.into_iter().map(|(quantity, missing)| Want { quantity, missing }).collect(),
                pieces: pieces
                    .into_iter()
                    .map(|(want, site, carton, alone, inside)| {
                        let site = carton.map_or(site, |at: usize| {
                            let it: &(usize, i64) = &cartons[at];
                            it.0
                        });
                        Piece { want, site, carton, alone, inside: inside.min(alone.unwrap_or(inside)) }
                    })
                    .collect(),
                cartons: cartons.into_iter().map(|(site, fixed)| Carton { site, fixed }).collect(),
            })
        })
    }

    /// The cost as it follows from the answer alone.
    fn recounted(problem: &Problem, found: &Solution) -> i64 {
        let mut sites: Vec<usize> = found.pieces.iter().map(|at| problem.pieces[*at].site).collect();
        sites.extend(found.cartons.iter().map(|at| problem.cartons[*at].site));
        sites.sort_unstable();
        sites.dedup();
        let fixed = sites.iter().filter(|at| !problem.sites[**at].open).map(|at| problem.sites[*at].fixed).sum::<i64>();
        let cartons = found.cartons.iter().map(|at| problem.cartons[*at].fixed).sum::<i64>();
        let pieces = found.pieces.iter().map(|at| {
            let piece = &problem.pieces[*at];
            match piece.carton {
                Some(carton) if found.cartons.contains(&carton) => piece.inside,
                _ => piece.alone.expect("a piece that moves alone"),
            }
        });
        let missing = found.missing.iter().zip(&problem.wants).map(|(n, want)| i64::from(*n) * want.missing);
        fixed + cartons + pieces.sum::<i64>() + missing.sum::<i64>()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn nothing_is_better_and_the_answer_costs_what_it_says(problem in problems(7, 4)) {
            let found = solve(&problem);
            prop_assert!(found.exact);
            prop_assert_eq!(found.cost, least(&problem));
            prop_assert_eq!(recounted(&problem, &found), found.cost);
            for (at, want) in problem.wants.iter().enumerate() {
                let used = found.pieces.iter().filter(|it| problem.pieces[**it].want == at).count() as u32;
                prop_assert_eq!(used + found.missing[at], want.quantity);
            }
            prop_assert_eq!(&solve(&problem), &found);
        }

        /// Without what local search found before: a bound that is too high would rule the best out.
        #[test]
        fn ruling_out_alone_finds_the_least(problem in problems(7, 4)) {
            let mut search = Search::new(&problem);
            let all = search.all();
            let mut best = (search.cost(0), 0);
            prop_assert!(search.branch(0, all, &mut best));
            prop_assert_eq!(search.answer(best.1, best.0, true).cost, least(&problem));
        }

        #[test]
        fn local_search_alone_is_close(problem in problems(7, 3)) {
            let mut search = Search::new(&problem);
            let all = search.all();
            let (down, up) = (search.climb(all), search.climb(0));
            let (cost, on) = (down.1, down.0).min((up.1, up.0));
            let found = search.answer(on, cost, false);
            prop_assert!(found.cost * 100 <= least(&problem) * 125 + 500, "{} against {}", found.cost, least(&problem));
        }
    }
}
