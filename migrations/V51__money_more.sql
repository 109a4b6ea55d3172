-- What is not hoped for any more: a memo of kind write_off takes off what is open and leaves sales and commission as they are.
ALTER TABLE billing_credit_memo ADD COLUMN kind {text} NOT NULL DEFAULT 'credit';

-- What takes off an invoice that was open at the beginning: money (payment), a credit, or a write-off; the last two have a number.
ALTER TABLE billing_opening_payment ADD COLUMN kind {text} NOT NULL DEFAULT 'payment';
ALTER TABLE billing_opening_payment ADD COLUMN number {text} NOT NULL DEFAULT '';

-- How a customer is billed: the language of its papers, and whether it is exempt from tax, why, and until when. What a merge brings
-- together is told apart by the later change.
CREATE TABLE billing_profile (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  customer_id {uuid} NOT NULL,
  -- de, en, es, fr; empty: as the organisation has it.
  language {text} NOT NULL,
  tax_exempt {int} NOT NULL,
  tax_reason {text} NOT NULL,
  tax_certificate {text} NOT NULL,
  tax_valid_to {int},
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
CREATE INDEX billing_profile_customer ON billing_profile (organization_id, customer_id, updated_at, id);

-- Pictures that show a patient are destroyed after the time that the organisation keeps them: the row stays and says when. The
-- content of a destroyed file is empty and its size -1. What was sent can be found by its content, so that nothing is destroyed
-- that was sent.
ALTER TABLE file_link ADD COLUMN purged_at {int};
CREATE INDEX file_link_patient ON file_link (organization_id, uploaded_at, id) WHERE patient_data = 1 AND purged_at IS NULL;
CREATE INDEX document_send_digest ON document_send (organization_id, digest) WHERE digest IS NOT NULL;

-- Purchase orders that say an amount, latest first: what is compared with what it is for.
CREATE INDEX billing_purchase_order_amount ON billing_purchase_order (organization_id, received_at, id)
  WHERE removed_at IS NULL AND amount_minor IS NOT NULL;

-- How much somebody sent lately: so that nobody floods the world from here.
CREATE INDEX document_send_sender ON document_send (organization_id, sent_by, sent_at) WHERE channel = 'mail' AND automatic = 0;
