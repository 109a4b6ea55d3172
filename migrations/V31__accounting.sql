-- Exports to the books of other programs. What a run holds is frozen; a document stands in one run of a kind at most.

-- How an organisation exports to one kind of program: accounts, facts that are sent along, the first day. scan_from: nothing that
-- came about before this day is still to be exported.
CREATE TABLE accounting_setting (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  begins_on {int},
  scan_from {int} NOT NULL,
  settings {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, kind)
){without_rowid};

-- What customers, items and manufacturers are called there, and on which account they are booked. subject_kind: cus, cat, mfr. A
-- customer that becomes a part of another one goes by the other's name from then on, so that its row stays behind.
CREATE TABLE accounting_name (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  name {text} NOT NULL,
  account {text} NOT NULL,
  PRIMARY KEY (organization_id, kind, subject_kind, subject_id)
){without_rowid};

CREATE TABLE accounting_export (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  kind {text} NOT NULL,
  -- done, undone
  status {text} NOT NULL,
  through_on {int} NOT NULL,
  documents_count {int} NOT NULL,
  debit_minor {int} NOT NULL,
  -- Count and sum of each kind of document, as JSON.
  sums {text} NOT NULL,
  -- The day from which the run looked, for taking it back.
  scan_from {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  undone_by {uuid},
  undone_at {int},
  undo_reason {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX accounting_export_created ON accounting_export (organization_id, created_at, id);
CREATE INDEX accounting_export_kind ON accounting_export (organization_id, kind, created_at, id);

-- customer: its name there, as it was written. standing: 1 until the run is taken back.
CREATE TABLE accounting_export_document (
  organization_id {uuid} NOT NULL,
  export_id {uuid} NOT NULL,
  place {int} NOT NULL,
  kind {text} NOT NULL,
  book_kind {text} NOT NULL,
  document_id {uuid} NOT NULL,
  number {text} NOT NULL,
  day {int} NOT NULL,
  customer {text} NOT NULL,
  amount_minor {int} NOT NULL,
  standing {int} NOT NULL,
  PRIMARY KEY (organization_id, export_id, place),
  FOREIGN KEY (organization_id, export_id) REFERENCES accounting_export (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX accounting_export_document_once
  ON accounting_export_document (organization_id, kind, book_kind, document_id) WHERE standing = 1;
CREATE INDEX accounting_export_document_of ON accounting_export_document (organization_id, document_id, export_id);

-- The files of a run, byte by byte as they were written.
CREATE TABLE accounting_export_file (
  organization_id {uuid} NOT NULL,
  export_id {uuid} NOT NULL,
  place {int} NOT NULL,
  name {text} NOT NULL,
  media_type {text} NOT NULL,
  size_bytes {int} NOT NULL,
  digest {text} NOT NULL,
  content {bytes} NOT NULL,
  PRIMARY KEY (organization_id, export_id, place),
  FOREIGN KEY (organization_id, export_id) REFERENCES accounting_export (organization_id, id)
);

-- Money by when it was booked.
CREATE INDEX billing_payment_created ON billing_payment (organization_id, created_at, id);
CREATE INDEX billing_balance_created ON billing_balance (organization_id, created_at, id);
