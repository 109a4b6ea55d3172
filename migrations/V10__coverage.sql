-- Cover: who is away, where people and facilities are, what cases need, cases that changed hands, what was promised for them.

CREATE TABLE people_absence (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  starts_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  note {text} NOT NULL,
  -- 1 when what was lent for it comes back afterwards.
  hand_back {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  removed_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, user_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX people_absence_user ON people_absence (organization_id, user_id, ends_at, id) WHERE removed_at IS NULL;
CREATE INDEX people_absence_ends ON people_absence (organization_id, ends_at, id) WHERE removed_at IS NULL;
CREATE INDEX people_absence_back ON people_absence (organization_id, ends_at, id) WHERE hand_back = 1 AND removed_at IS NULL;

-- Where somebody sets out from, and where a location is: in millionths of a degree, or by postal code or state.
CREATE TABLE coverage_place (
  organization_id {uuid} NOT NULL,
  subject_id {uuid} NOT NULL,
  latitude_e6 {int},
  longitude_e6 {int},
  postal_code {text} NOT NULL,
  state {text} NOT NULL,
  country {text} NOT NULL,
  PRIMARY KEY (organization_id, subject_id)
){without_rowid};

-- What a case needs. starts_at is the event's.
CREATE TABLE event_need (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  quantity {int} NOT NULL,
  -- What the surgeon's card allows instead: a list of ids.
  substitutes {text} NOT NULL,
  starts_at {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, catalog_item_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX event_need_item ON event_need (organization_id, catalog_item_id, starts_at, event_id, quantity);

-- The preference card from which the needs came.
CREATE TABLE event_card (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  preference_card_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, event_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};

-- Units that a plan keeps for an event until they are marked. A claim of an event that is no longer open is worth nothing.
CREATE TABLE event_claim (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  reusable {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, unit_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
-- A single-use unit is kept for one event.
CREATE UNIQUE INDEX event_claim_one ON event_claim (organization_id, unit_id) WHERE reusable = 0;
CREATE INDEX event_claim_unit ON event_claim (organization_id, unit_id, event_id);

-- Who is where when, of open events alone.
CREATE INDEX event_open_day ON event (organization_id, starts_at, representative_id, ends_at, type, id) WHERE status = 'open';

-- A case that changed hands, with what is needed to take it back.
CREATE TABLE coverage_case (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  from_user_id {uuid} NOT NULL,
  to_user_id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  absence_id {uuid},
  -- applied, undone
  state {text} NOT NULL,
  record {text} NOT NULL,
  applied_at {int} NOT NULL,
  undone_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX coverage_case_event ON coverage_case (organization_id, event_id, id);
CREATE INDEX coverage_case_absence ON coverage_case (organization_id, absence_id, id) WHERE absence_id IS NOT NULL;

-- What somebody has to do for a case. assignee_id is null for the office.
CREATE TABLE coverage_task (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  coverage_id {uuid},
  -- hand_over, accept, send, request, receive, cover_wanted
  kind {text} NOT NULL,
  assignee_id {uuid},
  for_user_id {uuid} NOT NULL,
  transfer_id {uuid},
  manufacturer_id {uuid},
  -- [{catalog_item_id, quantity}]
  goods {text} NOT NULL,
  due_at {int} NOT NULL,
  -- open, done, cancelled
  state {text} NOT NULL,
  sentence {text} NOT NULL,
  note {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX coverage_task_assignee ON coverage_task (organization_id, assignee_id, state, due_at, id);
CREATE INDEX coverage_task_due ON coverage_task (organization_id, state, due_at, id);
CREATE INDEX coverage_task_event ON coverage_task (organization_id, event_id, state, id);
CREATE INDEX coverage_task_transfer ON coverage_task (organization_id, transfer_id) WHERE transfer_id IS NOT NULL;

-- A case offered to several people; one round is one question.
CREATE TABLE coverage_offer (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  round_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  -- open, accepted, declined, closed
  state {text} NOT NULL,
  note {text} NOT NULL,
  reason {text} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  decided_at {int},
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id),
  FOREIGN KEY (organization_id, user_id) REFERENCES people_user (organization_id, id)
){without_rowid};
-- The first to accept has it, once.
CREATE UNIQUE INDEX coverage_offer_taken ON coverage_offer (organization_id, round_id) WHERE state = 'accepted';
CREATE UNIQUE INDEX coverage_offer_open ON coverage_offer (organization_id, event_id, user_id) WHERE state = 'open';
CREATE INDEX coverage_offer_user ON coverage_offer (organization_id, user_id, state, id);
CREATE INDEX coverage_offer_event ON coverage_offer (organization_id, event_id, id);

-- How upcoming cases stand, as last looked at.
CREATE TABLE coverage_readiness (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  -- ready, at_risk, not_ready
  state {text} NOT NULL,
  starts_at {int} NOT NULL,
  representative_id {uuid} NOT NULL,
  checked_at {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
CREATE INDEX coverage_readiness_state ON coverage_readiness (organization_id, state, starts_at, event_id);
CREATE INDEX coverage_readiness_checked ON coverage_readiness (organization_id, checked_at, event_id);

-- Pools that were proposed, and what became of that.
CREATE TABLE coverage_proposal (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  -- The people, ids joined in their order.
  people_key {text} NOT NULL,
  -- accepted, dismissed
  state {text} NOT NULL,
  decided_by {uuid} NOT NULL,
  decided_at {int} NOT NULL,
  pool_id {uuid},
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX coverage_proposal_people ON coverage_proposal (organization_id, people_key);
