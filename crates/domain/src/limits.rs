//! Every limit of the house, named once. Lengths are counted in characters, sizes in bytes.

/// Rows of a list when nothing is asked for.
pub const LIST_DEFAULT: usize = 50;
/// Most rows of one list page.
pub const LIST_MAX: usize = 500;
/// Most sort keys of one list.
pub const SORT_KEYS_MAX: usize = 3;
/// Most alternatives in one filter.
pub const FILTER_VALUES_MAX: usize = 200;
/// Longest free-text search.
pub const SEARCH_MAX: usize = 200;
/// Most words of a search that are looked at.
pub const SEARCH_TOKENS_MAX: usize = 8;
/// Longest token kept for prefix search; longer words are cut.
pub const TOKEN_MAX: usize = 40;
/// Longest paging cursor.
pub const CURSOR_MAX: usize = 1_024;

/// Largest JSON or form body.
pub const BODY_BYTES: usize = 2 * 1024 * 1024;
/// Largest body of an import.
pub const IMPORT_BODY_BYTES: usize = 64 * 1024 * 1024;
/// Largest workbook that is read.
pub const XLSX_BYTES: usize = 10 * 1024 * 1024;
/// Largest size of a workbook once unpacked.
pub const XLSX_UNPACKED_BYTES: u64 = 100 * 1024 * 1024;
/// Highest ratio of unpacked to packed size in a workbook.
pub const XLSX_RATIO: u64 = 100;
/// Most entries in a workbook's container.
pub const XLSX_ENTRIES: usize = 1_000;
/// Most cells of a workbook.
pub const XLSX_CELLS: usize = 1_000_000;
/// Largest uploaded picture or document.
pub const FILE_BYTES: usize = 25 * 1024 * 1024;

/// Names of people, customers, locations, events and lists.
pub const NAME_MAX: usize = 200;
/// Numbers and codes given by people: customer number, location code, purchase order number.
pub const CODE_MAX: usize = 60;
/// Lot and serial numbers. GS1 allows 20 characters, older labels carry more.
pub const LOT_MAX: usize = 60;
/// A whole barcode as scanned.
pub const BARCODE_MAX: usize = 400;
/// Most symbols of one label in one scan.
pub const BARCODES_PER_SCAN: usize = 16;
/// Notes and comments.
pub const NOTE_MAX: usize = 4_000;
/// Reasons for a change.
pub const REASON_MAX: usize = 1_000;
/// Descriptions of catalog items.
pub const DESCRIPTION_MAX: usize = 1_000;
/// One line of an address.
pub const ADDRESS_LINE_MAX: usize = 200;
/// E-mail addresses (RFC 5321: 254 with both parts).
pub const EMAIL_MAX: usize = 254;
/// Telephone numbers as typed.
pub const PHONE_MAX: usize = 60;
/// A reference to a patient; anonymous by policy.
pub const PATIENT_REFERENCE_MAX: usize = 60;
/// One tag.
pub const TAG_MAX: usize = 50;
/// Tags on one record.
pub const TAGS_MAX: usize = 50;
/// Shortest password.
pub const PASSWORD_MIN: usize = 10;
/// Longest password that is hashed.
pub const PASSWORD_MAX: usize = 256;
/// Longest idempotency key.
pub const IDEMPOTENCY_KEY_MAX: usize = 200;

/// Most rows that one request may change.
pub const ROWS_PER_REQUEST: usize = 10_000;
/// Lines of one count, sent in one request.
pub const COUNT_LINES_AT_ONCE: usize = 500;
/// Longest name that a counting device gives a line.
pub const COUNT_LINE_ID_MAX: usize = 64;
/// Most rows of one import.
pub const IMPORT_ROWS: usize = 200_000;
/// Most row errors that an import reports.
pub const IMPORT_ERRORS: usize = 1_000;
/// Rows fetched at a time by an export.
pub const EXPORT_CHUNK: usize = 2_000;
/// Bulk changes up to this many rows are applied at once; more become a job.
pub const BULK_AT_ONCE: usize = 200;
/// Most rows that one bulk change may select.
pub const BULK_ROWS: usize = 200_000;
/// Above this many rows a person types their number before a bulk change is applied.
pub const BULK_CONFIRM: usize = 100;
/// Rows that a job applies in one unit of work.
pub const JOB_CHUNK: usize = 500;
/// Rows that a preview shows.
pub const PREVIEW_ROWS: usize = 50;
/// How long a preview token may be applied, in seconds.
pub const PREVIEW_SECONDS: i64 = 30 * 60;
/// How long a bulk change may be undone, in days.
pub const UNDO_DAYS: i32 = 30;
/// How long the answer to an idempotency key is remembered, in days.
pub const IDEMPOTENCY_DAYS: i32 = 30;

/// Longest time of one unit of work, in milliseconds.
pub const UNIT_OF_WORK_MS: u64 = 5_000;
/// Longest time that units of work are gathered for one commit, in milliseconds.
pub const GROUP_COMMIT_MS: u64 = 20;
/// An entry of the journal that is still unsealed after this many seconds is an error.
pub const SEAL_SECONDS: i64 = 10;
/// Purchase order reminders go out this many days after submission, and again each time as many have passed.
pub const PO_REMINDER_DAYS: i32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_limits_hold() {
        assert_eq!((LIST_DEFAULT, LIST_MAX), (50, 500));
        assert_eq!((NAME_MAX, NOTE_MAX, REASON_MAX), (200, 4_000, 1_000));
        assert_eq!((ROWS_PER_REQUEST, IMPORT_ROWS, UNIT_OF_WORK_MS), (10_000, 200_000, 5_000));
    }
}
