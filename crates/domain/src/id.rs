//! Typed ids. An id is a UUIDv7 that knows its kind; outside it is printed `prefix_` + 26 characters of base32 (TypeID form).

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;
use uuid::Uuid;

/// What an id names; gives the printed prefix.
pub trait Kind: Copy + Eq + Hash + Ord + fmt::Debug + Send + Sync + 'static {
    /// The prefix without the underscore: three letters, e.g. `unt`.
    const PREFIX: &'static str;
}

/// A UUIDv7 of one kind. Ids of different kinds cannot be mixed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id<K: Kind>(pub Uuid, PhantomData<K>);

/// Text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with {expected}_")]
pub struct BadId {
    /// The prefix that was wanted.
    pub expected: &'static str,
}

impl<K: Kind> Id<K> {
    /// Wraps a stored uuid.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare uuid, for storage.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K: Kind> Id<K> {
    /// Writes the printed form into a buffer: lists print thousands of ids, none of which should allocate.
    pub fn write(self, text: &mut [u8; 30]) -> &str {
        text[..3].copy_from_slice(K::PREFIX.as_bytes());
        text[3] = b'_';
        let value = self.0.as_u128();
        for (place, slot) in text[4..].iter_mut().enumerate() {
            *slot = ALPHABET[((value >> (125 - 5 * place)) & 31) as usize];
        }
        std::str::from_utf8(text).expect("the alphabet is ASCII")
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut [0; 30]))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId { expected: K::PREFIX };
        let body = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(bad.clone())?;
        decode(body).map(Self::from_uuid).ok_or(bad)
    }
}

/// Crockford's alphabet in lower case, as TypeID uses it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    // 26 places hold 130 bits; the first may only carry three.
    if bytes.len() != 26 || bytes[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in bytes {
        let digit = ALPHABET.iter().position(|a| a == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

/// The prefix of a printed id, if it has one: tells which room an id of unknown kind belongs to.
pub fn prefix_of(text: &str) -> Option<&str> {
    text.split_once('_').map(|(prefix, _)| prefix)
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $kind {}
        impl Kind for $kind { const PREFIX: &'static str = $prefix; }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )+
        /// Every prefix in use, for tests and help texts.
        pub const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

kinds! {
    /// An organisation: the tenant.
    Organization OrganizationId "org";
    /// A person's account.
    User UserId "usr";
    /// A customer.
    Customer CustomerId "cus";
    /// A location of a customer: a facility.
    Location LocationId "loc";
    /// A physician.
    Physician PhysicianId "phy";
    /// A procedure.
    Procedure ProcedureId "prc";
    /// A manufacturer.
    Manufacturer ManufacturerId "mfr";
    /// A product line.
    ProductLine ProductLineId "pln";
    /// A catalog item.
    CatalogItem CatalogItemId "cat";
    /// A unit: one physical thing.
    Unit UnitId "unt";
    /// A bill of materials.
    Bom BomId "bom";
    /// A transfer.
    Transfer TransferId "trf";
    /// A request for stock.
    Request RequestId "req";
    /// An event.
    Event EventId "evt";
    /// A line of an event.
    Line LineId "lin";
    /// A sales order.
    SalesOrder SalesOrderId "sor";
    /// An invoice.
    Invoice InvoiceId "inv";
    /// A payment.
    Payment PaymentId "pay";
    /// A credit memo.
    CreditMemo CreditMemoId "crm";
    /// A place.
    Place PlaceId "plc";
    /// A region.
    Region RegionId "rgn";
    /// A count of stock.
    Count CountId "aud";
    /// A plan of counts.
    CountPlan CountPlanId "cpl";
    /// A saved view.
    View ViewId "viw";
    /// A price list.
    PriceList PriceListId "prl";
    /// A preference card.
    PreferenceCard PreferenceCardId "pcd";
    /// Payment terms.
    PaymentTerms PaymentTermsId "ptm";
    /// A purchase order.
    PurchaseOrder PurchaseOrderId "pon";
    /// A quote.
    Quote QuoteId "quo";
    /// A file of something.
    File FileId "fil";
    /// An import.
    Import ImportId "imp";
    /// A preview.
    Preview PreviewId "pvw";
    /// A background job.
    Job JobId "job";
    /// A webhook.
    Webhook WebhookId "whk";
    /// An entry of the journal.
    Entry EntryId "ent";
    /// An API token or a session.
    Token TokenId "tok";
    /// A charge of an event.
    Charge ChargeId "chg";
    /// A link between two organisations.
    OrganizationLink OrganizationLinkId "lnk";
    /// Days on which somebody is away.
    Absence AbsenceId "abs";
    /// A case that changed hands.
    Coverage CoverageId "cov";
    /// Something that somebody has to do for a case.
    Task TaskId "tsk";
    /// A case offered to somebody.
    Offer OfferId "ofr";
    /// A proposal to pool stock.
    Proposal ProposalId "prp";
    /// A note about a customer.
    Note NoteId "nte";
    /// Something that somebody has to do for a customer.
    CustomerTask CustomerTaskId "cts";
    /// Something that somebody did with a customer.
    Activity ActivityId "act";
    /// Who cares for states and postal codes.
    Territory TerritoryId "ter";
    /// A link to a document.
    DocumentLink DocumentLinkId "dlk";
    /// Something that was sent.
    DocumentSend DocumentSendId "dse";
    /// A signature.
    Signature SignatureId "sig";
    /// A run of an export to accounting.
    AccountingExport AccountingExportId "acx";
    /// A rule of commission.
    CommissionRule CommissionRuleId "crl";
    /// A statement of commission.
    CommissionStatement CommissionStatementId "cst";
    /// A capped price for a set of items.
    Construct ConstructId "cns";
    /// Something that the office is asked for: an agreed price.
    PriceAsk PriceAskId "pra";
    /// Something that was said about an event.
    EventComment EventCommentId "ecm";
    /// An invoice that was open when the organisation began here.
    OpeningInvoice OpeningInvoiceId "opi";
    /// A recall.
    Recall RecallId "rcl";
    /// A request to keep something longer.
    Extension ExtensionId "ext";
    /// A named pool of stock.
    Pool PoolId "pol";
    /// Something that somebody was told.
    Notice NoticeId "ntc";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_typeid_reference_vector_round_trips() {
        // From the TypeID specification: this uuid is this suffix.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(UnitId::from_uuid(uuid).to_string(), "unt_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn another_kind_and_overflow_are_refused() {
        assert!("usr_01h455vb4pex5vsknk084sn02q".parse::<UnitId>().is_err());
        assert!("unt_81h455vb4pex5vsknk084sn02q".parse::<UnitId>().is_err());
        assert!("unt_01H455VB4PEX5VSKNK084SN02Q".parse::<UnitId>().is_err());
        assert!("unt_".parse::<UnitId>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(value: u128) {
            let id = UnitId::from_uuid(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<UnitId>().unwrap(), id);
        }
        #[test]
        fn reading_never_panics(text in ".{0,40}") {
            let _ = text.parse::<UnitId>();
        }
    }
}
