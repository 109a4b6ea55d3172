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
