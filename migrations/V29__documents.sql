-- Links with which somebody without an account sees one document, and may answer it. Only the digest of the secret is kept.
-- kind: sales_order, invoice, delivery_note. subject_id: the edition, the invoice, the event.
CREATE TABLE document_link (
  organization_id {uuid} NOT NULL,
  digest {bytes} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  revoked_at {int},
  -- When a purchase order was given through it: that happens once.
  used_at {int},
  opened_count {int} NOT NULL,
  first_opened_at {int},
  last_opened_at {int},
  PRIMARY KEY (organization_id, digest),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX document_link_id ON document_link (organization_id, id);
CREATE INDEX document_link_event ON document_link (organization_id, event_id, created_at, id);

-- What was sent to whom, and how. kind: sales_order, invoice, quote, delivery_note, statement; subject_id: the edition, the
-- invoice, the event, the event, the customer. channel: mail, marked (sent by other ways). digest: the paper as it was sent, among
-- the contents of files. left_at: when the mail left this server.
CREATE TABLE document_send (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  event_id {uuid},
  number {text} NOT NULL,
  recipient_name {text} NOT NULL,
  recipient_email {text} NOT NULL,
  source {text} NOT NULL,
  channel {text} NOT NULL,
  note {text} NOT NULL,
  digest {text},
  file_name {text} NOT NULL,
  link_id {uuid},
  -- 1 when the server did it by itself, by a setting.
  automatic {int} NOT NULL,
  sent_by {uuid} NOT NULL,
  sent_at {int} NOT NULL,
  left_at {int},
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX document_send_subject ON document_send (organization_id, subject_id, kind, sent_at, id);
CREATE INDEX document_send_event ON document_send (organization_id, event_id, sent_at, id) WHERE event_id IS NOT NULL;

-- Where a purchase order came from: entered by an account (user), or given by somebody through a link (link).
ALTER TABLE billing_purchase_order ADD COLUMN source {text} NOT NULL DEFAULT 'user';
ALTER TABLE billing_purchase_order ADD COLUMN given_by {text} NOT NULL DEFAULT '';
ALTER TABLE billing_purchase_order ADD COLUMN link_id {uuid};
ALTER TABLE billing_purchase_order ADD COLUMN file_id {uuid};
