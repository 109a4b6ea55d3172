//! Requests for stock: where one stands, what of it is still owed, and who may answer it.

use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// What kind of request.
    pub enum RequestKind {
        /// Somebody asks the organisation for stock.
        Inventory = "inventory", "Request";
        /// What an event used up is asked for again.
        Replenishment = "replenishment", "Replenishment";
        /// The organisation asks a manufacturer.
        Supplier = "supplier", "Supplier request";
    }
    /// Where a request stands.
    pub enum RequestStatus {
        /// Nobody has sent anything.
        Submitted = "submitted", "Waiting";
        /// A part was sent, the rest is owed.
        InPart = "in_part", "Sent in part";
        /// All of it is on its way.
        Sent = "sent", "On its way";
        /// All that was sent has arrived, and nothing is owed.
        Fulfilled = "fulfilled", "Fulfilled";
        /// Refused.
        Declined = "declined", "Declined";
        /// Taken back.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl RequestStatus {
    /// Whether something may still be sent for it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::InPart)
    }

    /// Whether it is over: nothing is owed and nothing is on its way.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Fulfilled | Self::Declined | Self::Cancelled)
    }
}

/// Most that one line may ask for.
pub const QUANTITY_MAX: i64 = 10_000;
/// Most lines of one request.
pub const LINES_MAX: usize = 500;

/// How far one line is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Progress {
    /// What was asked for.
    pub asked: i64,
    /// On its way or arrived. What was declined, taken back or missing counts no more.
    pub sent: i64,
    /// Arrived.
    pub received: i64,
    /// Will not be sent any more.
    pub closed: i64,
}

impl Progress {
    /// What is still owed.
    pub const fn open(self) -> i64 {
        let open = self.asked - self.closed - self.sent;
        if open > 0 { open } else { 0 }
    }
}

/// Where a request stands after its lines. `ended` is what it is called when nothing of it was ever sent and nothing will be.
pub fn status(lines: &[Progress], ended: RequestStatus) -> RequestStatus {
    let sum = |part: fn(&Progress) -> i64| lines.iter().map(part).sum::<i64>();
    let (open, sent, received) = (sum(|it| it.open()), sum(|it| it.sent), sum(|it| it.received));
    match (open, sent) {
        (0, 0) => ended,
        (0, sent) if received >= sent => RequestStatus::Fulfilled,
        (0, _) => RequestStatus::Sent,
        (_, 0) => RequestStatus::Submitted,
        _ => RequestStatus::InPart,
    }
}

/// What is owed after the office has answered: the back order.
pub fn back_ordered(lines: &[Progress], answered: bool) -> i64 {
    if answered { lines.iter().map(|it| it.open()).sum() } else { 0 }
}

/// Whether something may be sent, refused or taken back.
///
/// # Errors
/// `request_not_open` when nothing is owed any more.
pub fn must_be_open(status: RequestStatus) -> Result<(), Refusal> {
    if status.is_open() {
        return Ok(());
    }
    let message = match status {
        RequestStatus::Sent => "All of this request is on its way. Decide about its transfers instead.".to_owned(),
        other => format!("This request is {} already. Look at it as it is now.", other.label().to_lowercase()),
    };
    Err(Refusal::new("request_not_open", message))
}

/// Whether so many may be sent for a line.
///
/// # Errors
/// `more_than_asked` above what is owed. `name` is how a person knows the item.
pub fn may_send(line: Progress, more: i64, name: &str) -> Result<(), Refusal> {
    if more <= line.open() {
        return Ok(());
    }
    let message = format!("{name}: {} are still owed, and {more} would be sent. Take some off.", line.open());
    Err(Refusal::new("more_than_asked", message))
}

/// What is below par: how many to order so that stock and what is coming reach the par level again.
pub const fn below_par(par: i64, held: i64, coming: i64) -> i64 {
    let short = par - held - coming;
    if short > 0 { short } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn line(asked: i64, sent: i64, received: i64, closed: i64) -> Progress {
        Progress { asked, sent, received, closed }
    }

    #[test]
    fn a_request_stands_where_its_lines_are() {
        use RequestStatus as S;
        let at = |lines: &[Progress]| status(lines, S::Declined);
        assert_eq!(at(&[line(5, 0, 0, 0), line(1, 0, 0, 0)]), S::Submitted);
        assert_eq!(at(&[line(5, 2, 0, 0)]), S::InPart);
        assert_eq!(at(&[line(5, 5, 0, 0), line(1, 0, 0, 0)]), S::InPart);
        assert_eq!(at(&[line(5, 5, 2, 0)]), S::Sent);
        assert_eq!(at(&[line(5, 5, 5, 0)]), S::Fulfilled);
        assert_eq!(at(&[line(5, 2, 2, 3)]), S::Fulfilled, "what will not be sent is not waited for");
        assert_eq!(at(&[line(5, 0, 0, 5)]), S::Declined);
        assert_eq!(status(&[line(5, 0, 0, 5)], S::Cancelled), S::Cancelled);
        // A transfer that came back leaves the request as it was before.
        assert_eq!(at(&[line(5, 0, 0, 0)]), S::Submitted);
    }

    #[test]
    fn a_back_order_begins_with_the_first_answer() {
        let lines = [line(5, 2, 0, 0), line(4, 0, 0, 1)];
        assert_eq!((back_ordered(&lines, false), back_ordered(&lines, true)), (0, 6));
    }

    #[test]
    fn nobody_sends_more_than_is_owed() {
        assert!(may_send(line(5, 2, 2, 0), 3, "CUP").is_ok());
        let refusal = may_send(line(5, 2, 2, 1), 3, "CUP").unwrap_err();
        assert_eq!(refusal.code, "more_than_asked");
        assert!(refusal.message.starts_with("CUP: 2 are still owed"), "{refusal}");
    }

    #[test]
    fn what_is_over_stays_over() {
        for status in RequestStatus::ALL {
            assert_eq!(must_be_open(*status).is_ok(), status.is_open(), "{status}");
            assert!(!(status.is_open() && status.is_over()), "{status}");
        }
    }

    #[test]
    fn par_counts_what_is_there_and_what_is_coming() {
        assert_eq!((below_par(10, 4, 0), below_par(10, 4, 5), below_par(10, 4, 6), below_par(10, 12, 0)), (6, 1, 0, 0));
    }

    proptest! {
        #[test]
        fn owed_sent_and_closed_make_up_what_was_asked(asked in 1i64..50, sent in 0i64..50, closed in 0i64..50) {
            let (sent, closed) = (sent.min(asked), closed.min(asked - sent.min(asked)));
            let it = line(asked, sent, 0, closed);
            prop_assert_eq!(it.open() + it.sent + it.closed, asked);
            prop_assert_eq!(may_send(it, it.open(), "x").is_ok(), true);
            prop_assert_eq!(may_send(it, it.open() + 1, "x").is_ok(), false);
            // Open exactly while something is owed.
            prop_assert_eq!(status(&[it], RequestStatus::Declined).is_open(), it.open() > 0);
        }
    }
}
