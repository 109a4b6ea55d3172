-- Rules of commission: what a rule names must fit, what it leaves open fits anything.
CREATE TABLE commission_rule (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  rate_bp {int} NOT NULL,
  user_id {uuid},
  physician_id {uuid},
  customer_id {uuid},
  location_id {uuid},
  manufacturer_id {uuid},
  product_line_id {uuid},
  catalog_item_id {uuid},
  valid_from {int},
  valid_to {int},
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX commission_rule_customer ON commission_rule (organization_id, customer_id, id) WHERE customer_id IS NOT NULL;

-- Statements: what of somebody's commission is paid together.
CREATE TABLE commission_statement (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  user_id {uuid} NOT NULL,
  period_from {int} NOT NULL,
  period_to {int} NOT NULL,
  -- issued, paid, cancelled
  status {text} NOT NULL,
  total_minor {int} NOT NULL,
  reason {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  paid_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX commission_statement_created ON commission_statement (organization_id, created_at, id);
CREATE INDEX commission_statement_user ON commission_statement (organization_id, user_id, created_at, id);

ALTER TABLE billing_commission ADD COLUMN statement_id {uuid};
CREATE INDEX billing_commission_statement ON billing_commission (organization_id, statement_id, id) WHERE statement_id IS NOT NULL;

-- Opening balances: what customers owed, and what they had ordered, when the organisation began here. They stand beside invoices and
-- orders and are none. Merging two customers may bring two rows of one number or day together, so that nothing is unique here.
CREATE TABLE billing_opening_invoice (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  number_key {text} NOT NULL,
  customer_id {uuid} NOT NULL,
  location_id {uuid},
  issued_on {int} NOT NULL,
  due_on {int},
  -- As it was issued; what of it was open; what was paid of that here.
  total_minor {int} NOT NULL,
  open_minor {int} NOT NULL,
  paid_minor {int} NOT NULL,
  -- open, paid
  status {text} NOT NULL,
  note {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
CREATE INDEX billing_opening_invoice_customer ON billing_opening_invoice (organization_id, customer_id, status, id);
CREATE INDEX billing_opening_invoice_number ON billing_opening_invoice (organization_id, customer_id, number_key, id);
CREATE INDEX billing_opening_invoice_issued ON billing_opening_invoice (organization_id, issued_on, id);

CREATE TABLE billing_opening_payment (
  organization_id {uuid} NOT NULL,
  opening_invoice_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  amount_minor {int} NOT NULL,
  received_on {int} NOT NULL,
  reference {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, opening_invoice_id, id),
  FOREIGN KEY (organization_id, opening_invoice_id) REFERENCES billing_opening_invoice (organization_id, id)
){without_rowid};
CREATE INDEX billing_opening_payment_created ON billing_opening_payment (organization_id, created_at, id);

CREATE TABLE billing_opening_figure (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  customer_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  day {int} NOT NULL,
  orders_count {int} NOT NULL,
  orders_total_minor {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
CREATE INDEX billing_opening_figure_of ON billing_opening_figure (organization_id, customer_id, location_id, day, id);
