-- Loans: asking to keep something longer, with the history of it; what was reminded of.

CREATE TABLE stock_extension (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- Who had it and when it was due when this was asked.
  custodian_id {uuid} NOT NULL,
  old_due_on {int} NOT NULL,
  new_due_on {int} NOT NULL,
  reason {text} NOT NULL,
  -- requested, approved, denied, withdrawn
  status {text} NOT NULL,
  requested_by {uuid} NOT NULL,
  requested_at {int} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  answer {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
CREATE INDEX stock_extension_unit ON stock_extension (organization_id, unit_id, id);
CREATE INDEX stock_extension_status ON stock_extension (organization_id, status, id);
-- One request at a time.
CREATE UNIQUE INDEX stock_extension_one ON stock_extension (organization_id, unit_id) WHERE status = 'requested';

-- What somebody was reminded of, so that it is told once: the unit, the day it was due, and which reminder.
CREATE TABLE stock_loan_reminder (
  organization_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  due_on {int} NOT NULL,
  -- 0 soon, 1 today, 2 overdue for a week, 3 for two, and so on
  stage {int} NOT NULL,
  told_at {int} NOT NULL,
  PRIMARY KEY (organization_id, unit_id, due_on, stage)
){without_rowid};
