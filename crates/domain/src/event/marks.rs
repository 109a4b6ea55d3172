//! What a list of events says about each beside its status: what somebody should look at, and which of its papers are where they belong.

use super::EventStatus;
use super::lifecycle::ORDER_LATE_DAYS;
use crate::words::words;

words! {
    /// One of them.
    pub enum EventMark {
        /// Somebody typed a price.
        PriceEdited = "price_edited", "Price edited";
        /// A unit of the open event has no price.
        PriceMissing = "price_missing", "No price";
        /// A unit of the open event has expired by its day.
        UnitExpired = "unit_expired", "Expired unit";
        /// The patient sticker that is wanted is not there yet, on the day or later.
        StickerMissing = "sticker_missing", "No patient sticker";
        /// The device labels that are wanted are not there yet, on the day or later.
        LabelMissing = "label_missing", "No device label";
        /// The sales order was sent, or somebody said so.
        OrderSent = "order_sent", "Order sent";
        /// The purchase order is awaited and nobody sent the sales order.
        OrderUnsent = "order_unsent", "Order not sent";
        /// The purchase order is awaited for longer than is usual.
        OrderLate = "order_late", "Order late";
        /// Every invoice was sent, or somebody said so.
        InvoiceSent = "invoice_sent", "Invoice sent";
        /// Payment is awaited and an invoice was not sent.
        InvoiceUnsent = "invoice_unsent", "Invoice not sent";
        /// Every invoice went to accounting.
        Exported = "exported", "In the books";
    }
}

impl EventMark {
    /// Whether somebody should look at it.
    pub const fn warns(self) -> bool {
        !matches!(self, Self::OrderSent | Self::InvoiceSent | Self::Exported)
    }
}

/// What is known of an event for its marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MarkFacts {
    /// How far it is.
    pub status: EventStatus,
    /// Its day has come.
    pub begun: bool,
    /// Somebody typed a price.
    pub prices_edited: bool,
    /// A unit has no price.
    pub unpriced: bool,
    /// A unit has expired by its day.
    pub expired: bool,
    /// A patient sticker is wanted and missing.
    pub lacks_sticker: bool,
    /// Device labels are wanted and missing.
    pub lacks_label: bool,
    /// The sales order was sent.
    pub order_sent: bool,
    /// For how many days the purchase order is awaited.
    pub waits_days: i64,
    /// Invoices in force.
    pub invoices: i64,
    /// Those that were sent.
    pub sent: i64,
    /// Those that went to accounting.
    pub exported: i64,
}

/// The marks of an event, what somebody should look at first.
pub fn marks(it: &MarkFacts) -> Vec<EventMark> {
    let open = it.status == EventStatus::Open;
    let awaits_order = it.status == EventStatus::PendingPo;
    let billed = it.invoices > 0;
    let all = [
        (EventMark::PriceEdited, it.prices_edited && it.status != EventStatus::Cancelled),
        (EventMark::PriceMissing, open && it.unpriced),
        (EventMark::UnitExpired, open && it.expired),
        (EventMark::StickerMissing, open && it.begun && it.lacks_sticker),
        (EventMark::LabelMissing, open && it.begun && it.lacks_label),
        (EventMark::OrderUnsent, awaits_order && !it.order_sent),
        (EventMark::OrderLate, awaits_order && it.waits_days > ORDER_LATE_DAYS),
        (EventMark::InvoiceUnsent, it.status == EventStatus::PendingPayment && billed && it.sent < it.invoices),
        (EventMark::OrderSent, awaits_order && it.order_sent),
        (EventMark::InvoiceSent, billed && it.sent == it.invoices),
        (EventMark::Exported, billed && it.exported == it.invoices),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(mark, _)| mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: MarkFacts = MarkFacts {
        status: EventStatus::Open,
        begun: true,
        prices_edited: false,
        unpriced: false,
        expired: false,
        lacks_sticker: false,
        lacks_label: false,
        order_sent: false,
        waits_days: 0,
        invoices: 0,
        sent: 0,
        exported: 0,
    };

    fn words(facts: MarkFacts) -> Vec<&'static str> {
        marks(&facts).into_iter().map(EventMark::as_str).collect()
    }

    #[test]
    fn an_open_event_says_what_it_lacks() {
        let all = MarkFacts { unpriced: true, expired: true, lacks_sticker: true, lacks_label: true, ..CALM };
        assert_eq!(words(all), ["price_missing", "unit_expired", "sticker_missing", "label_missing"]);
        assert_eq!(
            words(MarkFacts { begun: false, ..all }),
            ["price_missing", "unit_expired"],
            "pictures come with the day"
        );
        assert_eq!(words(MarkFacts { status: EventStatus::Cancelled, prices_edited: true, ..all }), [""; 0]);
        assert_eq!(words(CALM), [""; 0]);
    }

    #[test]
    fn what_is_billed_says_where_its_papers_are() {
        let waits = MarkFacts { status: EventStatus::PendingPo, waits_days: ORDER_LATE_DAYS + 1, ..CALM };
        assert_eq!(words(waits), ["order_unsent", "order_late"]);
        assert_eq!(words(MarkFacts { order_sent: true, waits_days: ORDER_LATE_DAYS, ..waits }), ["order_sent"]);
        let owed = MarkFacts {
            status: EventStatus::PendingPayment,
            prices_edited: true,
            invoices: 2,
            sent: 1,
            exported: 2,
            ..CALM
        };
        assert_eq!(words(owed), ["price_edited", "invoice_unsent", "exported"]);
        assert_eq!(words(MarkFacts { sent: 2, exported: 1, ..owed }), ["price_edited", "invoice_sent"]);
        assert_eq!(words(MarkFacts { status: EventStatus::Paid, ..owed }), ["price_edited", "exported"]);
    }

    #[test]
    fn what_is_well_warns_of_nothing() {
        let calm: Vec<&str> = EventMark::ALL.iter().filter(|it| !it.warns()).map(|it| it.as_str()).collect();
        assert_eq!(calm, ["order_sent", "invoice_sent", "exported"]);
    }
}
