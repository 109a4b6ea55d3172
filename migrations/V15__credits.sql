-- What is taken off an invoice after it was issued: how much of it is credited, and the invoice that bills the same anew after it
-- was credited whole. A due date may wait with an estimate, start from the day on which the invoice was received, or from a day
-- typed on it.
ALTER TABLE billing_invoice ADD COLUMN credited_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE billing_invoice ADD COLUMN rebilled_as_id {uuid};
ALTER TABLE billing_invoice ADD COLUMN estimated_due_on {int};
ALTER TABLE billing_invoice ADD COLUMN received_on {int};
ALTER TABLE billing_invoice ADD COLUMN specified_on {int};
CREATE INDEX billing_invoice_order ON billing_invoice (organization_id, sales_order_id, id);

-- kind: payment (money of the customer), carried (from one invoice to another of the same event), balance (to or from the
-- customer's credit balance). What was carried until now said so in its reference.
ALTER TABLE billing_payment ADD COLUMN kind {text} NOT NULL DEFAULT 'payment';
UPDATE billing_payment SET kind = 'carried' WHERE reference LIKE 'Carried over %';

-- net_minor: what it takes off the customer's net sales: its share without tax and freight, nothing when the same is billed anew.
-- to_balance_minor: what was paid already and is kept for the customer. line_ids: the lines it is about, empty for an amount.
ALTER TABLE billing_credit_memo ADD COLUMN net_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE billing_credit_memo ADD COLUMN to_balance_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE billing_credit_memo ADD COLUMN line_ids {text} NOT NULL DEFAULT '[]';
ALTER TABLE billing_credit_memo ADD COLUMN rebilled_as_id {uuid};
CREATE INDEX billing_credit_memo_event ON billing_credit_memo (organization_id, event_id, id);
CREATE INDEX billing_credit_memo_issued ON billing_credit_memo (organization_id, issued_on, id);

-- The credit balance of customers, step by step: what was credited or given back beyond what was open, what of it was refunded or
-- used to pay another invoice. kind: credited, freed, refunded, used. Their sum is what the customer has.
CREATE TABLE billing_balance (
  organization_id {uuid} NOT NULL,
  customer_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  amount_minor {int} NOT NULL,
  day {int} NOT NULL,
  invoice_id {uuid},
  memo_id {uuid},
  reference {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, customer_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
