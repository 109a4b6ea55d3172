//! A purchase order that lies among the files of its event is read, so that nobody types its number and amount: a proposal to be looked
//! at. Only PDF that a program has written is read, on this server and by nothing but this program.

use super::orders::{order_file, ordered_by};
use crate::events::sees_prices;
use crate::{App, Ctx, Error, Result};
use contract::documents::ReadPurchaseOrder;
use domain::id::{EventId, FileId};
use domain::money::Minor;
use domain::order_text;
use domain::people::Permission;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Papers that are read at one moment: one core stays with the requests.
static READING: Semaphore = Semaphore::const_new(1);
/// How long a paper waits for its turn, in seconds.
const PATIENCE: u64 = 10;
/// After how many seconds whoever waited in vain may try again.
const AGAIN: u32 = 5;

impl App {
    /// What a file of an event says as a purchase order.
    pub async fn read_purchase_order(&self, ctx: &Ctx, event: EventId, file: FileId) -> Result<ReadPurchaseOrder> {
        let (digest, name, expected) = self
            .read(ctx, move |ctx, tx| {
                let row = store::events::event(tx, ctx.org(), event.uuid())?.ok_or_else(Error::not_found)?;
                ordered_by(ctx, tx, &row)?;
                ctx.require(Permission::AddPurchaseOrders)?;
                let found = order_file(ctx, tx, row.id, file).map_err(|error| match error {
                    Error::NotFound(_) => Error::not_found(),
                    other => other,
                })?;
                if found.media_type != "application/pdf" {
                    return Err(unread("Only a PDF is read. Type what stands on it."));
                }
                let expected = (row.total_minor > 0 && sees_prices(ctx)).then_some(Minor(row.total_minor));
                Ok((found.digest, found.name, expected))
            })
            .await?;
        let bytes = self.content(ctx.org(), &digest).await?;
        let wait = Duration::from_secs(PATIENCE);
        let place = tokio::time::timeout(wait, READING.acquire()).await.map_err(|_| Error::TooMany(AGAIN))?;
        let place = place.map_err(|error| Error::Internal(error.to_string()))?;
        // The place is given back when the work is done, even if whoever asked has gone by then.
        let lines = crate::session::beside(move || {
            let lines = print::pdf_text::lines(&bytes);
            drop(place);
            lines
        })
        .await?
        .map_err(|why| unread(format!("{why} Type what stands on it.")))?;
        let currency = super::currency(ctx);
        let found = order_text::read(&lines, currency, expected);
        Ok(ReadPurchaseOrder {
            file_id: file,
            file_name: name,
            number: found.number,
            amount_minor: found.amount.map(|minor| minor.0),
            currency: currency.code().to_owned(),
            fits: found.amount.zip(expected).map(|(amount, expected)| amount == expected),
        })
    }
}

fn unread(sentence: impl Into<String>) -> Error {
    Error::conflict("file_not_readable", sentence)
}
