//! Notices: what somebody is told of, by which way, and when a mail may come.

use crate::words::words;
use std::collections::BTreeMap;

words! {
    /// What a notice is about: a row of the matrix that people set.
    pub enum Topic {
        /// Events of one's own: made, changed, submitted, taken back.
        Events = "events", "Cases and other events";
        /// Who takes a case, what is missing for it, what is to be done.
        Cover = "cover", "Cover and readiness";
        /// Purchase orders, quotes, holds, documents that did not leave.
        Money = "money", "Orders and money";
        /// What is on its way.
        Transfers = "transfers", "Transfers";
        /// What somebody asked for.
        Requests = "requests", "Requests";
        /// What has to come back.
        Loans = "loans", "Loans";
        /// Counting stock.
        Counts = "counts", "Counts";
        /// What expires, and what there is too little of.
        Stock = "stock", "Expiry and par levels";
        /// What must not be used any more.
        Recalls = "recalls", "Recalls";
        /// Tasks for customers.
        Customers = "customers", "Customers";
    }

    /// Whether and when a mail goes out.
    pub enum MailWay {
        /// None.
        Off = "off", "No mail";
        /// As soon as it may.
        AtOnce = "at_once", "Mail at once";
        /// Together with others.
        Digest = "digest", "In the digest";
    }

    /// How often the digest comes.
    pub enum DigestEvery {
        /// Every day.
        Day = "day", "Every day";
        /// Monday to Friday.
        Workday = "workday", "Monday to Friday";
        /// On Mondays.
        Week = "week", "On Mondays";
    }
}

impl Topic {
    /// The topic of a kind of notice. What is not known yet counts as an event's.
    pub fn of(kind: &str) -> Self {
        match kind {
            "case_at_risk" | "case_covered" | "case_offered" | "offer_accepted" | "offer_declined" | "offer_closed"
            | "cover_undone" | "cover_requested" | "task" | "task_cancelled" | "absence_entered" | "hand_back" => {
                Self::Cover
            }
            "purchase_order_added"
            | "quote_answered"
            | "billing_hold_released"
            | "document_not_sent"
            | "document_opened"
            | "event_paid"
            | "invoices_overdue"
            | "po_reminder" => Self::Money,
            _ if ["purchase_order", "commission", "price_", "contracts_"].iter().any(|it| kind.starts_with(it)) => {
                Self::Money
            }
            "quick_transfer" | "facility_stock_reassigned" => Self::Transfers,
            _ if ["transfer", "link", "pool"].iter().any(|it| kind.starts_with(it)) => Self::Transfers,
            _ if kind.starts_with("request") => Self::Requests,
            _ if kind.starts_with("extension") || kind.starts_with("loan") => Self::Loans,
            _ if kind.starts_with("count") => Self::Counts,
            _ if kind.starts_with("stock") => Self::Stock,
            _ if kind.starts_with("recall") => Self::Recalls,
            _ if kind.starts_with("customer") => Self::Customers,
            _ => Self::Events,
        }
    }

    /// Who is told, in a sentence for the matrix.
    pub const fn whom(self) -> &'static str {
        match self {
            Self::Events => {
                "The representative, also the day before and when it is left open, and whoever spoke of it; the office when somebody \
                 in the field plans, submits or says something."
            }
            Self::Cover => "Whoever is asked or has to do it, and whoever asked; the office when a case is at risk.",
            Self::Money => {
                "The office, also when a price was changed by hand or is asked for; the representative, whoever asked for a price, made \
                 the quote or the link, and whose commission is stated."
            }
            Self::Transfers => {
                "Whoever receives, whoever sent; the office when something is declined; linked companies and pools."
            }
            Self::Requests => "The office when somebody asks; whoever asked and whoever receives when it moves.",
            Self::Loans => "Whoever has it, and the office when it is late or more time is asked for.",
            Self::Counts => "Whoever is to count, and whoever asked for the count.",
            Self::Stock => {
                "Whoever answers for it 90, 60, 30 and 7 days before it expires, and each Monday for what is below par; the office for its own."
            }
            Self::Recalls => "Whoever answers for affected units, and the office. Always told.",
            Self::Customers => "Whoever has the task.",
        }
    }

    /// Nobody can leave it out: a mail goes out at once, at any hour.
    pub const fn is_required(self) -> bool {
        matches!(self, Self::Recalls)
    }

    /// What holds where neither a person nor the organisation has said anything.
    pub const fn usual(self) -> Way {
        let mail = match self {
            Self::Recalls | Self::Cover => MailWay::AtOnce,
            Self::Transfers | Self::Requests | Self::Loans | Self::Money | Self::Stock => MailWay::Digest,
            Self::Events | Self::Counts | Self::Customers => MailWay::Off,
        };
        Way { product: true, mail }
    }
}

/// By which way somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// In the list of notices.
    pub product: bool,
    /// By mail.
    pub mail: MailWay,
}

/// Hours of a day in which no mail comes, from the first until the second; over midnight where the first is later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet {
    /// From this full hour, 0 to 23.
    pub from_hour: u8,
    /// Until this one.
    pub to_hour: u8,
}

impl Quiet {
    /// Whether an hour lies in it.
    pub const fn covers(self, hour: u8) -> bool {
        if self.from_hour <= self.to_hour {
            self.from_hour <= hour && hour < self.to_hour
        } else {
            hour >= self.from_hour || hour < self.to_hour
        }
    }
}

/// How somebody wants to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wishes {
    /// What differs from what is usual.
    pub ways: BTreeMap<Topic, Way>,
    /// When the digest comes.
    pub digest: DigestEvery,
    /// From this hour on.
    pub digest_hour: u8,
    /// No mail in these hours.
    pub quiet: Option<Quiet>,
    /// None on Saturdays and Sundays either.
    pub quiet_weekends: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            ways: BTreeMap::new(),
            digest: DigestEvery::Workday,
            digest_hour: 7,
            quiet: Some(Quiet { from_hour: 21, to_hour: 6 }),
            quiet_weekends: false,
        }
    }
}

/// A moment where somebody is: days since 1970, and the hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Here {
    /// The day.
    pub day: i32,
    /// The hour, 0 to 23.
    pub hour: u8,
}

impl Here {
    /// 1 for Monday, 7 for Sunday. 1 January 1970 was a Thursday.
    const fn weekday(self) -> i32 {
        (self.day + 3).rem_euclid(7) + 1
    }
}

/// What becomes of a notice now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// No mail goes out for it.
    Settled,
    /// It goes into the mail of now.
    Mail,
    /// It waits.
    Waits,
}

impl Wishes {
    /// The way of a topic.
    pub fn way(&self, topic: Topic) -> Way {
        if topic.is_required() {
            return topic.usual();
        }
        self.ways.get(&topic).copied().unwrap_or(topic.usual())
    }

    /// Whether no mail may come now.
    pub fn is_quiet(&self, now: Here) -> bool {
        self.quiet.is_some_and(|quiet| quiet.covers(now.hour)) || (self.quiet_weekends && now.weekday() > 5)
    }

    /// Whether the digest is due, when the last one came on a day.
    pub fn digest_is_due(&self, now: Here, last: Option<i32>) -> bool {
        let on = match self.digest {
            DigestEvery::Day => true,
            DigestEvery::Workday => now.weekday() <= 5,
            DigestEvery::Week => now.weekday() == 1,
        };
        on && now.hour >= self.digest_hour && last.is_none_or(|day| day < now.day)
    }

    /// What becomes of a notice of a kind: `digest` when the digest is due, `room` when a mail at once is not too many.
    pub fn fate(&self, kind: &str, now: Here, digest: bool, room: bool) -> Fate {
        let topic = Topic::of(kind);
        match self.way(topic).mail {
            MailWay::Off => Fate::Settled,
            MailWay::AtOnce if topic.is_required() => Fate::Mail,
            MailWay::AtOnce if room && !self.is_quiet(now) => Fate::Mail,
            MailWay::Digest if digest => Fate::Mail,
            MailWay::AtOnce | MailWay::Digest => Fate::Waits,
        }
    }
}

/// Where a notice leads: the prefix of the id of what it is about. None where there is no page of it.
pub fn subject_prefix(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "loans_overdue" | "absence_entered" | "hand_back" | "invoices_overdue" | "contracts_renewed" => return None,
        _ if kind.starts_with("stock") => return None,
        _ if kind.starts_with("link") => return None,
        _ if kind.starts_with("pool") => "pol",
        "facility_stock_reassigned" | "loan_due" => "unt",
        "customer_task" => "cus",
        _ if kind.starts_with("commission") => "cst",
        "document_not_sent" | "document_opened" | "quote_answered" | "purchase_order_added" => "evt",
        _ => match Topic::of(kind) {
            Topic::Events | Topic::Cover | Topic::Money => "evt",
            Topic::Transfers => "trf",
            Topic::Requests => "req",
            Topic::Loans => "unt",
            Topic::Counts => "aud",
            Topic::Recalls => "rcl",
            Topic::Customers | Topic::Stock => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MONDAY: i32 = 4; // 5 January 1970

    fn at(day: i32, hour: u8) -> Here {
        Here { day, hour }
    }

    #[test]
    fn the_night_goes_over_midnight() {
        let night = Quiet { from_hour: 21, to_hour: 6 };
        let quiet: Vec<u8> = (0..24).filter(|hour| night.covers(*hour)).collect();
        assert_eq!(quiet, [0, 1, 2, 3, 4, 5, 21, 22, 23]);
        assert!(!Quiet { from_hour: 9, to_hour: 9 }.covers(9), "an empty time is no time");
    }

    #[test]
    fn at_once_waits_for_the_morning_and_a_recall_does_not() {
        let wishes = Wishes::default();
        assert_eq!(wishes.fate("case_offered", at(MONDAY, 22), false, true), Fate::Waits);
        assert_eq!(wishes.fate("case_offered", at(MONDAY, 6), false, true), Fate::Mail);
        assert_eq!(wishes.fate("case_offered", at(MONDAY, 6), false, false), Fate::Waits, "not too many");
        assert_eq!(wishes.fate("recall_opened", at(MONDAY, 3), false, false), Fate::Mail);
        assert_eq!(wishes.fate("event_created", at(MONDAY, 12), true, true), Fate::Settled);
        assert_eq!(wishes.fate("transfer_sent", at(MONDAY, 12), false, true), Fate::Waits);
        assert_eq!(wishes.fate("transfer_sent", at(MONDAY, 12), true, true), Fate::Mail);
    }

    #[test]
    fn what_is_told_of_money_leads_to_where_it_stands() {
        for (kind, prefix) in [
            ("commission_stated", Some("cst")),
            ("event_paid", Some("evt")),
            ("document_opened", Some("evt")),
            ("purchase_order_late", Some("evt")),
            ("price_asked", Some("evt")),
            ("price_edited", Some("evt")),
            ("invoices_overdue", None),
        ] {
            assert_eq!((Topic::of(kind), subject_prefix(kind)), (Topic::Money, prefix), "{kind}");
        }
        for kind in ["stock_expiring", "stock_below_par"] {
            assert_eq!((Topic::of(kind), subject_prefix(kind)), (Topic::Stock, None), "{kind}");
        }
        for kind in ["event_moved", "event_tomorrow", "event_left_open"] {
            assert_eq!((Topic::of(kind), subject_prefix(kind)), (Topic::Events, Some("evt")), "{kind}");
        }
    }

    #[test]
    fn weekends_are_quiet_for_those_who_say_so() {
        let wishes = Wishes { quiet: None, quiet_weekends: true, ..Wishes::default() };
        let quiet: Vec<i32> = (0..7).filter(|day| wishes.is_quiet(at(MONDAY + day, 12))).collect();
        assert_eq!(quiet, [5, 6]);
    }

    #[test]
    fn a_recall_cannot_be_left_out() {
        let off = Way { product: false, mail: MailWay::Off };
        let wishes = Wishes { ways: Topic::ALL.iter().map(|topic| (*topic, off)).collect(), ..Wishes::default() };
        assert_eq!(wishes.way(Topic::Recalls), Topic::Recalls.usual());
        assert_eq!(wishes.way(Topic::Transfers), off);
    }

    proptest! {
        #[test]
        fn the_digest_comes_once_a_day_and_never_before_its_hour(
            day in 0..20_000i32, hour in 0..24u8, wanted in 0..24u8, every in 0..3usize, last in 0..20_000i32,
        ) {
            let wishes = Wishes { digest: DigestEvery::ALL[every], digest_hour: wanted, ..Wishes::default() };
            let due = wishes.digest_is_due(at(day, hour), Some(last));
            prop_assert!(!due || (hour >= wanted && last < day));
            prop_assert!(!wishes.digest_is_due(at(day, hour), Some(day)));
            let days = (0..7).filter(|more| wishes.digest_is_due(at(day + more, 23), None)).count();
            prop_assert_eq!(days, [7, 5, 1][every]);
        }
    }
}
