-- Events and what follows from them: sales orders, purchase orders, invoices, commission.

CREATE TABLE event (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {int} NOT NULL,
  type {text} NOT NULL,
  status {text} NOT NULL,
  name {text} NOT NULL,
  name_auto {int} NOT NULL,
  representative_id {uuid} NOT NULL,
  location_id {uuid},
  customer_id {uuid},
  physician_id {uuid},
  procedure_id {uuid},
  starts_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  time_zone {text} NOT NULL,
  -- The calendar day of starts_at in time_zone.
  day {int} NOT NULL,
  patient_reference {text} NOT NULL,
  note {text} NOT NULL,
  facility_stock {int} NOT NULL,
  total_minor {int} NOT NULL,
  lines_count {int} NOT NULL,
  prices_edited {int} NOT NULL,
  revision {int} NOT NULL,
  submitted_at {int},
  submitted_by {uuid},
  -- 1 when the office let this order pass in spite of a billing hold.
  hold_released {int} NOT NULL,
  closed_reason {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, representative_id) REFERENCES people_user (organization_id, id),
  FOREIGN KEY (organization_id, location_id) REFERENCES directory_location (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX event_number ON event (organization_id, number);
CREATE INDEX event_starts ON event (organization_id, starts_at, id);
CREATE INDEX event_representative ON event (organization_id, representative_id, starts_at, id);
CREATE INDEX event_status ON event (organization_id, status, starts_at, id);
CREATE INDEX event_location ON event (organization_id, location_id, starts_at, id);
CREATE INDEX event_customer ON event (organization_id, customer_id, starts_at, id);
CREATE INDEX event_physician ON event (organization_id, physician_id, starts_at, id);
CREATE INDEX event_created ON event (organization_id, created_at, id);

-- The representative (role rep) and the sub-representatives (role sub); starts_at is the event's, for the lists of few people.
CREATE TABLE event_person (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  role {text} NOT NULL,
  split_bp {int},
  starts_at {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, user_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX event_person_user ON event_person (organization_id, user_id, starts_at, event_id);

CREATE TABLE event_manufacturer (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, event_id, manufacturer_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

-- Containers and reusable units are booked for a time.
CREATE TABLE event_container (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  starts_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  open {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, unit_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX event_container_unit ON event_container (organization_id, unit_id, open, starts_at);

CREATE TABLE event_line (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  usage {text} NOT NULL,
  unit_price_minor {int} NOT NULL,
  price_source {text} NOT NULL,
  no_charge {int} NOT NULL,
  -- What the line adds to the total.
  amount_minor {int} NOT NULL,
  facility_stock {int} NOT NULL,
  -- The shelf on which facility stock stood when it was marked.
  shelf_location_id {uuid},
  reusable {int} NOT NULL,
  custodian_id {uuid} NOT NULL,
  note {text} NOT NULL,
  -- Why an expired unit was accepted.
  expiry_reason {text} NOT NULL,
  -- 1 while the event is open.
  open {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
-- A unit stands once on an event, and a single-use unit on one open event.
CREATE UNIQUE INDEX event_line_once ON event_line (organization_id, event_id, unit_id);
CREATE UNIQUE INDEX event_line_one_open ON event_line (organization_id, unit_id) WHERE open = 1 AND reusable = 0;
CREATE INDEX event_line_unit ON event_line (organization_id, unit_id, event_id);
CREATE INDEX event_line_item ON event_line (organization_id, catalog_item_id, event_id);

CREATE TABLE event_charge (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  label {text} NOT NULL,
  amount_minor {int} NOT NULL,
  commissionable {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

CREATE TABLE billing_sales_order (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  revision {int} NOT NULL,
  event_id {uuid} NOT NULL,
  event_type {text} NOT NULL,
  customer_id {uuid},
  location_id {uuid},
  representative_id {uuid} NOT NULL,
  submitted_on {int} NOT NULL,
  shipped_on {int},
  delivered_on {int},
  total_minor {int} NOT NULL,
  -- The total without tax and freight: what a customer's figures count.
  net_minor {int} NOT NULL,
  -- The payment terms and the basis date as they were at submission.
  terms {text} NOT NULL,
  -- open, cancelled, reversed, replaced
  status {text} NOT NULL,
  -- 1 when it counts in a customer's figures.
  counts {int} NOT NULL,
  document {text} NOT NULL,
  issued_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX billing_sales_order_number ON billing_sales_order (organization_id, number, revision);
CREATE INDEX billing_sales_order_event ON billing_sales_order (organization_id, event_id, revision);
CREATE INDEX billing_sales_order_customer ON billing_sales_order (organization_id, customer_id, counts, submitted_on, id);
CREATE INDEX billing_sales_order_location ON billing_sales_order (organization_id, location_id, counts, submitted_on, id);
CREATE INDEX billing_sales_order_rep ON billing_sales_order (organization_id, representative_id, counts, submitted_on, id);
CREATE INDEX billing_sales_order_day ON billing_sales_order (organization_id, counts, submitted_on, id);
CREATE INDEX billing_sales_order_submitted ON billing_sales_order (organization_id, submitted_on, id);

CREATE TABLE billing_purchase_order (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  manufacturer_id {uuid},
  number {text} NOT NULL,
  number_key {text} NOT NULL,
  amount_minor {int},
  received_at {int} NOT NULL,
  received_by {uuid} NOT NULL,
  -- A removed number stays on record.
  removed_at {int},
  PRIMARY KEY (organization_id, event_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX billing_purchase_order_number ON billing_purchase_order (organization_id, number_key, event_id);

CREATE TABLE billing_invoice (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  event_id {uuid} NOT NULL,
  sales_order_id {uuid} NOT NULL,
  customer_id {uuid},
  manufacturer_id {uuid},
  issued_on {int} NOT NULL,
  due_on {int},
  due_state {text} NOT NULL,
  explanation {text} NOT NULL,
  total_minor {int} NOT NULL,
  paid_minor {int} NOT NULL,
  -- open, paid, void
  status {text} NOT NULL,
  document {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX billing_invoice_number ON billing_invoice (organization_id, number);
CREATE INDEX billing_invoice_issued ON billing_invoice (organization_id, issued_on, id);
CREATE INDEX billing_invoice_event ON billing_invoice (organization_id, event_id, id);
CREATE INDEX billing_invoice_status ON billing_invoice (organization_id, status, id);
CREATE INDEX billing_invoice_customer ON billing_invoice (organization_id, customer_id, status, id);

CREATE TABLE billing_payment (
  organization_id {uuid} NOT NULL,
  invoice_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  amount_minor {int} NOT NULL,
  received_on {int} NOT NULL,
  reference {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, invoice_id, id),
  FOREIGN KEY (organization_id, invoice_id) REFERENCES billing_invoice (organization_id, id)
){without_rowid};

CREATE TABLE billing_commission (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  day {int} NOT NULL,
  base_minor {int} NOT NULL,
  rate_bp {int} NOT NULL,
  amount_minor {int} NOT NULL,
  -- accrued, paid, reversed
  state {text} NOT NULL,
  explanation {text} NOT NULL,
  paid_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX billing_commission_event ON billing_commission (organization_id, event_id, id);
CREATE INDEX billing_commission_user ON billing_commission (organization_id, user_id, day, id);
CREATE INDEX billing_commission_day ON billing_commission (organization_id, day, id);

-- Figures of a customer and of each location: the nil location holds the customer's sum. Kept by deltas, rebuilt by verify.
CREATE TABLE billing_customer_day (
  organization_id {uuid} NOT NULL,
  customer_id {uuid} NOT NULL,
  location_id {uuid} NOT NULL,
  day {int} NOT NULL,
  orders_count {int} NOT NULL,
  orders_total_minor {int} NOT NULL,
  PRIMARY KEY (organization_id, customer_id, location_id, day)
){without_rowid};
CREATE INDEX billing_customer_day_by_day ON billing_customer_day (organization_id, location_id, day, customer_id);
