//! To the cent: for a hundred thousand drawn events the sum of the lines is the document, the documents are what is billed, and what
//! is billed is what the books of another program get, whatever is credited and paid of it afterwards.

use domain::accounting::{AccountRole, BookKind, Part as Booked, postings, sums};
use domain::commission::net_credited;
use domain::event::{Charge, ChargeKind, EventType, LineMoney, Usage, totals};
use domain::invoicing::{Bill, ChargeFor, bear, split};
use domain::money::Minor;
use domain::pricing::{Price, PriceSource};
use std::collections::BTreeMap;

const EVENTS: u64 = 100_000;

/// A small generator: the same events every time, and a seed that a failure can be told by.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

struct Drawn {
    kind: EventType,
    lines: Vec<LineMoney>,
    makers: Vec<Option<u64>>,
    charges: Vec<Charge>,
    whose: Vec<ChargeFor<u64>>,
}

fn event(draw: &mut Draw) -> Drawn {
    let kind = draw.of(EventType::ALL);
    let count = if draw.below(200) == 0 { draw.below(400) } else { draw.below(12) } as usize;
    let sources = [PriceSource::Contract, PriceSource::List, PriceSource::None, PriceSource::Manual];
    let line = |draw: &mut Draw| {
        let source = draw.of(&sources);
        // Cents that do not divide, nothing at all, and the price of a whole operating room.
        let minor = match (source, draw.below(6)) {
            (PriceSource::None, _) | (_, 0) => 0,
            (_, 1) => 1 + draw.below(3),
            (_, 2) => draw.below(1_000_000_000),
            _ => draw.below(500_000),
        };
        LineMoney {
            usage: draw.of(Usage::ALL),
            price: Price { minor: Minor(minor as i64), source },
            no_charge: draw.below(9) == 0,
            facility_stock: draw.below(11) == 0,
        }
    };
    let lines: Vec<LineMoney> = (0..count).map(|_| line(draw)).collect();
    let makers = lines.iter().map(|_| draw.of(&[None, None, Some(1), Some(2), Some(3)])).collect();
    let charges: Vec<Charge> = (0..draw.below(4))
        .map(|_| Charge {
            kind: draw.of(ChargeKind::ALL),
            amount: Minor(draw.below(90_000) as i64),
            commissionable: draw.below(2) == 0,
        })
        .collect();
    // One of them bills nothing most of the time.
    let anybody =
        [ChargeFor::Event, ChargeFor::Everybody, ChargeFor::Maker(1), ChargeFor::Maker(2), ChargeFor::Maker(4)];
    let whose = charges.iter().map(|_| draw.of(&anybody)).collect();
    Drawn { kind, lines, makers, charges, whose }
}

/// The books of another program: what customers owe there.
#[derive(Default)]
struct Books {
    receivable: i128,
    all: i128,
}

impl Books {
    fn book(&mut self, kind: BookKind, total: Minor, parts: &[Booked]) {
        let made = postings(kind, total, parts).expect("a document that adds up");
        let (debit, credit) = sums(&made).unwrap();
        assert_eq!(debit, credit, "debits equal credits");
        for posting in &made {
            self.all += i128::from(posting.amount.0);
            if posting.role == AccountRole::Receivable {
                self.receivable += i128::from(posting.amount.0);
            }
        }
    }
}

#[test]
fn lines_documents_and_books_agree_to_the_cent() {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let (mut books, mut owed, mut billed_events) = (Books::default(), 0_i128, 0_u64);
    for nth in 0..EVENTS {
        let seed = draw.0;
        let it = event(&mut draw);
        let sum = totals(it.kind, &it.lines, &it.charges).unwrap();
        // The lines are the document.
        let lines: i64 = it.lines.iter().map(|line| line.amount(it.kind).0).sum();
        let charges: i64 =
            if it.kind.rules().billable { it.charges.iter().map(|charge| charge.signed().unwrap().0).sum() } else { 0 };
        assert_eq!((sum.lines.0, sum.charges.0), (lines, charges), "event {nth}, seed {seed:#x}");
        assert_eq!(sum.total.0, lines + charges, "event {nth}, seed {seed:#x}");
        if !it.kind.rules().billable || sum.total <= Minor::ZERO {
            continue;
        }
        billed_events += 1;
        // The documents are what is billed: nothing is lost between the names in which it is.
        let billed: Vec<(usize, Option<u64>, Minor)> = it
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.is_billed(it.kind))
            .map(|(at, line)| (at, it.makers[at], line.amount(it.kind)))
            .collect();
        // The fourth maker is billed by the organisation, as are the lines of nobody's name.
        let mut by_maker: BTreeMap<u64, Minor> = BTreeMap::new();
        for (_, maker, amount) in &billed {
            let sum = by_maker.entry(maker.unwrap_or(4)).or_insert(Minor::ZERO);
            *sum = sum.plus(*amount).unwrap();
        }
        let signed: Vec<(ChargeFor<u64>, Minor)> =
            it.whose.iter().zip(&it.charges).map(|(whose, charge)| (*whose, charge.signed().unwrap())).collect();
        let borne: Vec<(usize, Bill<u64>, Minor)> = bear(&by_maker, &signed)
            .into_iter()
            .map(|it| {
                let bill = it.maker.map_or(Bill::Any, |maker| Bill::Of(Some(maker).filter(|maker| *maker != 4)));
                (it.charge, bill, it.amount)
            })
            .collect();
        let parts = split(&billed, &borne).unwrap();
        let invoiced: i64 = parts.iter().map(|part| part.total.0).sum();
        assert_eq!(invoiced, sum.total.0, "event {nth}, seed {seed:#x}");
        for part in &parts {
            let lines: i64 = part.lines.iter().map(|at| it.lines[*at].amount(it.kind).0).sum();
            let charges: i64 = part.charges.values().map(|amount| amount.0).sum();
            assert_eq!(part.total.0, lines + charges, "event {nth}, seed {seed:#x}: what stands on a bill is the bill");
        }
        for at in 0..it.charges.len() {
            let stands: i64 = parts.iter().filter_map(|part| part.charges.get(&at)).map(|amount| amount.0).sum();
            assert!(stands.abs() <= it.charges[at].amount.0, "no charge stands anywhere twice");
        }
        let mut seen: Vec<usize> = parts.iter().flat_map(|part| part.lines.clone()).collect();
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "a line stands on one invoice");
        // What is billed is what the books get; then some of it is credited, and some is paid.
        let (mut credited, mut taken) = (0_i64, 0_i64);
        for part in &parts {
            let mut booked: Vec<Booked> = part
                .lines
                .iter()
                .map(|at| Booked { role: AccountRole::Sales, amount: it.lines[*at].amount(it.kind) })
                .collect();
            booked.extend(
                part.charges
                    .iter()
                    .map(|(at, amount)| Booked { role: AccountRole::of_charge(it.charges[*at].kind), amount: *amount }),
            );
            books.book(BookKind::Invoice, part.total, &booked);
            owed += i128::from(part.total.0);
            let mut open = part.total.0;
            for _ in 0..draw.below(4) {
                if open == 0 {
                    break;
                }
                let amount = if draw.below(3) == 0 { open } else { 1 + draw.below(open as u64) as i64 };
                if draw.below(2) == 0 {
                    let memo = Booked { role: AccountRole::Returns, amount: Minor(amount) };
                    books.book(BookKind::CreditMemo, Minor(amount), &[memo]);
                    credited += amount;
                    // Each memo takes off net sales what all of them together come to, less what was taken before.
                    let now = net_credited(sum.net, sum.total, Minor(credited)).0;
                    taken += now - taken;
                } else {
                    books.book(BookKind::Payment, Minor(amount), &[]);
                }
                open -= amount;
                owed -= i128::from(amount);
            }
        }
        let whole = net_credited(sum.net, sum.total, sum.total).0;
        assert_eq!(whole, sum.net.0, "credited whole, nothing of it is left in the figures");
        assert_eq!(taken, net_credited(sum.net, sum.total, Minor(credited)).0);
        assert_eq!(books.receivable, owed, "event {nth}, seed {seed:#x}: what customers owe is what the books say");
    }
    assert_eq!(books.all, 0, "all postings together come to nothing");
    assert!(billed_events > EVENTS / 4, "{billed_events} of {EVENTS} events were billed");
}
