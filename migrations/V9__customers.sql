-- Long work that goes on by itself; notes, tasks and activities; territories; what a customer's row shows besides orders:
-- receivables, credit, stock on site, open tasks.

-- A job: a bulk change, its undoing, a merge, an import. entity: customers, locations, orders. waits_for: approval or date,
-- empty when it may run. lease_until: whoever works on it has it until then, so that it goes on after a crash.
ALTER TABLE engine_job ADD COLUMN entity {text} NOT NULL DEFAULT '';
ALTER TABLE engine_job ADD COLUMN waits_for {text} NOT NULL DEFAULT '';
ALTER TABLE engine_job ADD COLUMN run_at {int} NOT NULL DEFAULT 0;
ALTER TABLE engine_job ADD COLUMN lease_until {int} NOT NULL DEFAULT 0;
ALTER TABLE engine_job ADD COLUMN rows_total {int} NOT NULL DEFAULT 0;
ALTER TABLE engine_job ADD COLUMN rows_done {int} NOT NULL DEFAULT 0;
ALTER TABLE engine_job ADD COLUMN undo_of {uuid};
ALTER TABLE engine_job ADD COLUMN undone_by {uuid};
ALTER TABLE engine_job ADD COLUMN approved_by {uuid};
-- The selected rows, as they were frozen: 32 hexadecimal digits of the id and 16 of the version each.
ALTER TABLE engine_job ADD COLUMN frozen {text} NOT NULL DEFAULT '';
CREATE INDEX engine_job_due ON engine_job (organization_id, status, waits_for, run_at, id);
CREATE INDEX engine_job_created ON engine_job (organization_id, created_at, id);
CREATE INDEX engine_job_actor ON engine_job (organization_id, actor_id, created_at, id);

-- A row of a job. version: as it was when the selection was frozen, 0 for whatever it is. changes: what was written, by field,
-- [old, new]; for undoing.
CREATE TABLE engine_job_row (
  organization_id {uuid} NOT NULL,
  job_id {uuid} NOT NULL,
  n {int} NOT NULL,
  entity {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  version {int} NOT NULL,
  -- pending, done, already, not_allowed, changed_meanwhile, invalid, not_found, failed, restored, changed_since, cancelled
  outcome {text} NOT NULL,
  code {text} NOT NULL,
  reason {text} NOT NULL,
  changes {text} NOT NULL,
  PRIMARY KEY (organization_id, job_id, n)
){without_rowid};
CREATE INDEX engine_job_row_outcome ON engine_job_row (organization_id, job_id, outcome, n);

-- What was told to whom and when, so that a digest goes out once.
CREATE TABLE engine_digest (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  user_id {uuid} NOT NULL,
  day {int} NOT NULL,
  PRIMARY KEY (organization_id, kind, user_id)
){without_rowid};

ALTER TABLE directory_customer ADD COLUMN legal_name {text} NOT NULL DEFAULT '';
ALTER TABLE directory_customer ADD COLUMN nickname {text} NOT NULL DEFAULT '';
ALTER TABLE directory_customer ADD COLUMN website {text} NOT NULL DEFAULT '';
ALTER TABLE directory_customer ADD COLUMN tax_ids {text} NOT NULL DEFAULT '[]';
ALTER TABLE directory_customer ADD COLUMN custom {text} NOT NULL DEFAULT '{}';
-- inherit, on, off
ALTER TABLE directory_customer ADD COLUMN auto_hold {text} NOT NULL DEFAULT 'inherit';
ALTER TABLE directory_customer ADD COLUMN billing_review_on {int};
-- 9999999: none.
ALTER TABLE directory_customer ADD COLUMN next_contact_on {int} NOT NULL DEFAULT 9999999;
-- Sorted by: names of the price list and of the parent, tags, all folded.
ALTER TABLE directory_customer ADD COLUMN price_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_customer ADD COLUMN parent_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_customer ADD COLUMN tags_key {text} NOT NULL DEFAULT '';
-- The customer that this one became a part of.
ALTER TABLE directory_customer ADD COLUMN merged_into_id {uuid};
-- 0 until keys, tags and numbers of other systems were written beside the row.
ALTER TABLE directory_customer ADD COLUMN indexed {int} NOT NULL DEFAULT 0;
CREATE INDEX directory_customer_kind ON directory_customer (organization_id, kind, id);
CREATE INDEX directory_customer_parent ON directory_customer (organization_id, parent_customer_id, name_key, id) WHERE parent_customer_id IS NOT NULL;
CREATE INDEX directory_customer_parent_name ON directory_customer (organization_id, parent_key, id);
CREATE INDEX directory_customer_price_list ON directory_customer (organization_id, price_list_id, id) WHERE price_list_id IS NOT NULL;
CREATE INDEX directory_customer_price_name ON directory_customer (organization_id, price_key, id);
CREATE INDEX directory_customer_tags ON directory_customer (organization_id, tags_key, id);
CREATE INDEX directory_customer_contact ON directory_customer (organization_id, next_contact_on, id);
CREATE INDEX directory_customer_archived ON directory_customer (organization_id, archived_at, id) WHERE archived_at IS NOT NULL;
CREATE INDEX directory_customer_merged ON directory_customer (organization_id, merged_into_id, id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX directory_customer_unindexed ON directory_customer (organization_id, id) WHERE indexed = 0;

ALTER TABLE directory_location ADD COLUMN licence_no {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN receiving_hours {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN custom {text} NOT NULL DEFAULT '{}';
-- Where the rep who cares for it now comes from: location, customer, territory, house_account, none.
ALTER TABLE directory_location ADD COLUMN rep_source {text} NOT NULL DEFAULT 'none';
ALTER TABLE directory_location ADD COLUMN city_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN state_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN postal_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN price_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN tags_key {text} NOT NULL DEFAULT '';
ALTER TABLE directory_location ADD COLUMN indexed {int} NOT NULL DEFAULT 0;
UPDATE directory_location SET rep_source = CASE WHEN effective_rep_id IS NULL THEN 'none'
  WHEN sales_rep_mode = 'assigned' THEN 'location' ELSE 'customer' END;
CREATE INDEX directory_location_source ON directory_location (organization_id, rep_source, id);
CREATE INDEX directory_location_kind ON directory_location (organization_id, kind, id);
CREATE INDEX directory_location_city ON directory_location (organization_id, city_key, id);
CREATE INDEX directory_location_state ON directory_location (organization_id, state_key, id);
CREATE INDEX directory_location_postal ON directory_location (organization_id, postal_key, id);
CREATE INDEX directory_location_price_name ON directory_location (organization_id, price_key, id);
CREATE INDEX directory_location_tags ON directory_location (organization_id, tags_key, id);
CREATE INDEX directory_location_updated ON directory_location (organization_id, updated_at, id);
CREATE INDEX directory_location_archived ON directory_location (organization_id, archived_at, id) WHERE archived_at IS NOT NULL;
CREATE INDEX directory_location_unindexed ON directory_location (organization_id, id) WHERE indexed = 0;

-- Tags folded, for the filter; the row itself keeps them as they were typed. kind: cus, loc.
CREATE TABLE directory_tag (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  tag_key {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, kind, tag_key, subject_id)
){without_rowid};
CREATE INDEX directory_tag_subject ON directory_tag (organization_id, subject_id);

-- Numbers in other systems. One of them belongs to one customer or location.
CREATE TABLE directory_external (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  system {text} NOT NULL,
  external_key {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, kind, system, external_key)
){without_rowid};
CREATE INDEX directory_external_subject ON directory_external (organization_id, subject_id);

-- Who cares for locations without another rep, by state and postal code. The lowest rank that fits counts.
CREATE TABLE directory_territory (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  rep_id {uuid} NOT NULL,
  states {text} NOT NULL,
  postal_codes {text} NOT NULL,
  rank {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, rep_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX directory_territory_rank ON directory_territory (organization_id, rank, id);
CREATE INDEX directory_territory_rep ON directory_territory (organization_id, rep_id, id);

-- Notes, tasks and activities of a customer or of one of its locations, on one line of time. kind: note, task, activity.
-- activity: call, visit, email, training, case_support, other. state: open, done, dropped. source: manual, rule.
CREATE TABLE directory_remark (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind {text} NOT NULL,
  customer_id {uuid} NOT NULL,
  location_id {uuid},
  at {int} NOT NULL,
  author_id {uuid} NOT NULL,
  body {text} NOT NULL,
  pinned {int} NOT NULL,
  activity {text} NOT NULL,
  title {text} NOT NULL,
  -- 9999999: no day.
  due_on {int} NOT NULL,
  assignee_id {uuid},
  state {text} NOT NULL,
  source {text} NOT NULL,
  created_at {int} NOT NULL,
  edited_at {int},
  closed_at {int},
  closed_by {uuid},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id),
  FOREIGN KEY (organization_id, author_id) REFERENCES people_user (organization_id, id),
  FOREIGN KEY (organization_id, assignee_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX directory_remark_customer ON directory_remark (organization_id, customer_id, at, id);
CREATE INDEX directory_remark_location ON directory_remark (organization_id, location_id, at, id) WHERE location_id IS NOT NULL;
CREATE INDEX directory_remark_pinned ON directory_remark (organization_id, customer_id, at, id) WHERE pinned = 1;
CREATE INDEX directory_remark_open ON directory_remark (organization_id, customer_id, location_id, id) WHERE kind = 'task' AND state = 'open';
CREATE INDEX directory_remark_assignee ON directory_remark (organization_id, assignee_id, state, due_on, id) WHERE kind = 'task';
CREATE INDEX directory_remark_due ON directory_remark (organization_id, state, due_on, id) WHERE kind = 'task';

-- Figures of orders, continued: credits by day and window, when the next order is expected (9999999: nobody knows).
ALTER TABLE billing_customer_day ADD COLUMN credits_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE directory_figure ADD COLUMN credits_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE directory_figure ADD COLUMN net_sales_minor {int} NOT NULL DEFAULT 0;
ALTER TABLE directory_figure ADD COLUMN expected_next_on {int} NOT NULL DEFAULT 9999999;
UPDATE directory_figure SET net_sales_minor = orders_total_minor,
  expected_next_on = CASE WHEN usual_gap IS NULL OR last_order_on = 0 THEN 9999999 ELSE last_order_on + usual_gap END;
CREATE INDEX directory_figure_first ON directory_figure (organization_id, kind, span, first_order_on, subject_id);
CREATE INDEX directory_figure_expected ON directory_figure (organization_id, kind, span, expected_next_on, subject_id);
CREATE INDEX directory_figure_credits ON directory_figure (organization_id, kind, span, credits_minor, subject_id);
CREATE INDEX directory_figure_net ON directory_figure (organization_id, kind, span, net_sales_minor, subject_id);

-- What a customer owes, may owe and has on its shelves, one row for each customer (cus) and each location (loc). It follows from
-- invoices, orders, units and tasks, is written in the units of work that change these, and holds until next_change_on: then the
-- calendar alone changes it. Amounts are minor units.
CREATE TABLE directory_standing (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  -- Unpaid invoices; of these past due; of these without a known due date.
  open_minor {int} NOT NULL DEFAULT 0,
  past_due_minor {int} NOT NULL DEFAULT 0,
  pending_minor {int} NOT NULL DEFAULT 0,
  -- The earliest due date among unpaid invoices; 9999999 for none.
  oldest_due_on {int} NOT NULL DEFAULT 9999999,
  -- Orders not invoiced yet: shipped, not shipped, and used in cases.
  shipped_minor {int} NOT NULL DEFAULT 0,
  approved_minor {int} NOT NULL DEFAULT 0,
  usage_minor {int} NOT NULL DEFAULT 0,
  exposure_minor {int} NOT NULL DEFAULT 0,
  -- The limit and what is left of it; 4611686018427387903 for no limit. Customers only.
  credit_limit_key {int} NOT NULL DEFAULT 4611686018427387903,
  available_credit_key {int} NOT NULL DEFAULT 4611686018427387903,
  -- The stricter of the status set by hand and what credit asks for; and the signals that it follows from.
  effective_status {text} NOT NULL DEFAULT 'good',
  effective_rank {int} NOT NULL DEFAULT 0,
  limit_signal {text} NOT NULL DEFAULT 'ok',
  lateness_signal {text} NOT NULL DEFAULT 'ok',
  held_because {text} NOT NULL DEFAULT '',
  -- Tenths of a day over the last twelve months; -1 for nothing to say.
  days_to_pay {int} NOT NULL DEFAULT -1,
  days_to_po {int} NOT NULL DEFAULT -1,
  tasks_open {int} NOT NULL DEFAULT 0,
  -- Facility stock on its shelves: units, at list price, and of them expired or expiring within 90 days.
  site_units {int} NOT NULL DEFAULT 0,
  site_value_minor {int} NOT NULL DEFAULT 0,
  site_expiring {int} NOT NULL DEFAULT 0,
  -- From this day on it is to be made anew; 0 at once, 9999999 never.
  next_change_on {int} NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, kind, subject_id)
){without_rowid};
CREATE INDEX directory_standing_open ON directory_standing (organization_id, kind, open_minor, subject_id);
CREATE INDEX directory_standing_past_due ON directory_standing (organization_id, kind, past_due_minor, subject_id);
CREATE INDEX directory_standing_oldest ON directory_standing (organization_id, kind, oldest_due_on, subject_id);
CREATE INDEX directory_standing_exposure ON directory_standing (organization_id, kind, exposure_minor, subject_id);
CREATE INDEX directory_standing_limit ON directory_standing (organization_id, kind, credit_limit_key, subject_id);
CREATE INDEX directory_standing_available ON directory_standing (organization_id, kind, available_credit_key, subject_id);
CREATE INDEX directory_standing_status ON directory_standing (organization_id, kind, effective_rank, subject_id);
CREATE INDEX directory_standing_pay ON directory_standing (organization_id, kind, days_to_pay, subject_id);
CREATE INDEX directory_standing_po ON directory_standing (organization_id, kind, days_to_po, subject_id);
CREATE INDEX directory_standing_tasks ON directory_standing (organization_id, kind, tasks_open, subject_id);
CREATE INDEX directory_standing_units ON directory_standing (organization_id, kind, site_units, subject_id);
CREATE INDEX directory_standing_value ON directory_standing (organization_id, kind, site_value_minor, subject_id);
CREATE INDEX directory_standing_expiring ON directory_standing (organization_id, kind, site_expiring, subject_id);
CREATE INDEX directory_standing_change ON directory_standing (organization_id, next_change_on, kind, subject_id);
INSERT INTO directory_standing (organization_id, kind, subject_id, effective_status, effective_rank)
  SELECT organization_id, 'cus', id, billing_status, billing_rank FROM directory_customer;
INSERT INTO directory_standing (organization_id, kind, subject_id) SELECT organization_id, 'loc', id FROM directory_location;

-- What of an order in force is not invoiced yet; the day on which an invoice was paid in full; a due date typed by a person,
-- which is never recomputed.
ALTER TABLE billing_sales_order ADD COLUMN uninvoiced_minor {int} NOT NULL DEFAULT 0;
UPDATE billing_sales_order SET uninvoiced_minor = total_minor WHERE status = 'open' AND total_minor > 0
  AND NOT EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.organization_id = billing_sales_order.organization_id
  AND invoice.event_id = billing_sales_order.event_id AND invoice.status <> 'void');
CREATE INDEX billing_sales_order_uninvoiced ON billing_sales_order (organization_id, customer_id, id) WHERE uninvoiced_minor > 0;
ALTER TABLE billing_invoice ADD COLUMN paid_on {int};
ALTER TABLE billing_invoice ADD COLUMN due_manual {int} NOT NULL DEFAULT 0;
UPDATE billing_invoice SET paid_on = (SELECT MAX(payment.received_on) FROM billing_payment payment
  WHERE payment.organization_id = billing_invoice.organization_id AND payment.invoice_id = billing_invoice.id) WHERE status = 'paid';
CREATE INDEX billing_invoice_paid ON billing_invoice (organization_id, customer_id, paid_on, id) WHERE paid_on IS NOT NULL;
CREATE INDEX billing_invoice_pending ON billing_invoice (organization_id, issued_on, id) WHERE due_on IS NULL AND status = 'open';

CREATE INDEX event_stocking_open ON event (organization_id, customer_id, id) WHERE type = 'stocking_order' AND status = 'open';

-- Credit memos: what is taken off an invoice after it was issued. They lower what is open, not the order's figures.
CREATE TABLE billing_credit_memo (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  invoice_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  customer_id {uuid},
  location_id {uuid},
  amount_minor {int} NOT NULL,
  reason {text} NOT NULL,
  issued_on {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, invoice_id) REFERENCES billing_invoice (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX billing_credit_memo_number ON billing_credit_memo (organization_id, number);
CREATE INDEX billing_credit_memo_invoice ON billing_credit_memo (organization_id, invoice_id, id);
CREATE INDEX billing_credit_memo_customer ON billing_credit_memo (organization_id, customer_id, issued_on, id);

-- How the columns of somebody's table are called: remembered by what the table's head says.
CREATE TABLE directory_import_mapping (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  head {text} NOT NULL,
  name {text} NOT NULL,
  mapping {text} NOT NULL,
  used_by {uuid} NOT NULL,
  used_at {int} NOT NULL,
  PRIMARY KEY (organization_id, kind, head)
){without_rowid};
