-- The journal, repeated requests, the outbox, previews, jobs, running numbers.

CREATE TABLE journal_entry (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  at {int} NOT NULL,
  actor_id {uuid} NOT NULL,
  on_behalf_of_id {uuid},
  kind {text} NOT NULL,
  reason {text} NOT NULL,
  source {text} NOT NULL,
  request_id {text} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX journal_entry_actor ON journal_entry (organization_id, actor_id, id);

-- Custody and state of one unit, step by step without a gap: from of a step is to of the one before.
CREATE TABLE journal_movement (
  organization_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  seq {int} NOT NULL,
  entry_id {uuid} NOT NULL,
  from_custodian_id {uuid},
  to_custodian_id {uuid} NOT NULL,
  from_state {int},
  to_state {int} NOT NULL,
  from_location_id {uuid},
  to_location_id {uuid},
  PRIMARY KEY (organization_id, unit_id, seq)
){without_rowid};
CREATE INDEX journal_movement_entry ON journal_movement (organization_id, entry_id, unit_id);

-- What an entry changed besides custody.
CREATE TABLE journal_change (
  organization_id {uuid} NOT NULL,
  entry_id {uuid} NOT NULL,
  n {int} NOT NULL,
  subject_id {uuid} NOT NULL,
  field {text} NOT NULL,
  old {text},
  new {text},
  PRIMARY KEY (organization_id, entry_id, n)
){without_rowid};

-- Whom or what an entry is about: the history of anything.
CREATE TABLE journal_subject (
  organization_id {uuid} NOT NULL,
  subject_id {uuid} NOT NULL,
  entry_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, subject_id, entry_id)
){without_rowid};
CREATE INDEX journal_subject_entry ON journal_subject (organization_id, entry_id);

-- Entries that the sealer has not reached yet.
CREATE TABLE journal_pending (
  organization_id {uuid} NOT NULL,
  entry_id {uuid} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (organization_id, entry_id)
){without_rowid};

-- The chain: hash = SHA-256(hash before, canonical bytes of the entry with its movements and changes).
CREATE TABLE journal_seal (
  organization_id {uuid} NOT NULL,
  seq {int} NOT NULL,
  entry_id {uuid} NOT NULL,
  hash {bytes} NOT NULL,
  PRIMARY KEY (organization_id, seq)
){without_rowid};
CREATE UNIQUE INDEX journal_seal_entry ON journal_seal (organization_id, entry_id);

CREATE TABLE engine_idempotency (
  organization_id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  request_key {text} NOT NULL,
  body_digest {bytes} NOT NULL,
  status {int} NOT NULL,
  answer {bytes} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, actor_id, request_key)
){without_rowid};
CREATE INDEX engine_idempotency_age ON engine_idempotency (organization_id, created_at);

CREATE TABLE engine_outbox (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  payload {text} NOT NULL,
  run_at {int} NOT NULL,
  attempts {int} NOT NULL,
  last_error {text} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX engine_outbox_due ON engine_outbox (run_at, organization_id, id);

-- What somebody should know: the in-app notices.
CREATE TABLE engine_notice (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  sentence {text} NOT NULL,
  created_at {int} NOT NULL,
  read_at {int},
  PRIMARY KEY (organization_id, user_id, id)
){without_rowid};

CREATE TABLE engine_preview (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  payload {text} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};

CREATE TABLE engine_job (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  status {text} NOT NULL,
  counts {text} NOT NULL,
  payload {text} NOT NULL,
  created_at {int} NOT NULL,
  finished_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};

CREATE TABLE engine_number (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  last {int} NOT NULL,
  PRIMARY KEY (organization_id, kind)
){without_rowid};
