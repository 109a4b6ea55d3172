-- Linked organisations. A link is two rows, one for each side: every row belongs to one organisation, and each side sees its
-- own. Both have the same id, and so have the two halves of a transfer from one to the other.

CREATE TABLE organization_link (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  -- The other side. Whoever invited learns it when the invitation is accepted; null when nobody here has that address.
  other_id {uuid},
  other_name {text} NOT NULL,
  -- out: invited by this side; in: by the other one.
  direction {text} NOT NULL,
  -- invited, active, ended
  status {text} NOT NULL,
  -- What the invitation was addressed to: an e-mail or the id of an organisation; empty at the invited side.
  address {text} NOT NULL,
  note {text} NOT NULL,
  invited_at {int} NOT NULL,
  invited_by {uuid},
  -- Who invited, as the invited side is told.
  invited_by_name {text} NOT NULL,
  accepted_at {int},
  accepted_by {uuid},
  ended_at {int},
  ended_by {uuid},
  ended_reason {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id) REFERENCES organization (organization_id)
){without_rowid};
CREATE INDEX organization_link_invited ON organization_link (organization_id, invited_at, id);
CREATE INDEX organization_link_status ON organization_link (organization_id, status, invited_at, id);
CREATE INDEX organization_link_other ON organization_link (organization_id, other_id, status, id) WHERE other_id IS NOT NULL;
-- Two companies are linked once, and one address is invited once at a time.
CREATE UNIQUE INDEX organization_link_once ON organization_link (organization_id, other_id) WHERE status = 'active';
CREATE UNIQUE INDEX organization_link_asked ON organization_link (organization_id, address) WHERE status = 'invited' AND direction = 'out';

-- A transfer to or from a linked company, at either side. open: 1 while it is pending.
CREATE TABLE stock_crossing (
  organization_id {uuid} NOT NULL,
  transfer_id {uuid} NOT NULL,
  link_id {uuid} NOT NULL,
  other_id {uuid} NOT NULL,
  -- out: sent; in: to be received.
  direction {text} NOT NULL,
  open {int} NOT NULL,
  PRIMARY KEY (organization_id, transfer_id),
  FOREIGN KEY (organization_id, transfer_id) REFERENCES stock_transfer (organization_id, id)
){without_rowid};
CREATE INDEX stock_crossing_open ON stock_crossing (organization_id, other_id, transfer_id) WHERE open = 1;

-- What the receiving side knows of a unit on its way: the identity on its label, and no more. unit_id is the unit that is
-- received: one to be made, or one of the own that comes back.
CREATE TABLE stock_crossing_line (
  organization_id {uuid} NOT NULL,
  transfer_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  -- The same unit in the sender's books.
  from_unit_id {uuid} NOT NULL,
  -- pending, accepted, declined, removed, cancelled, missing
  status {text} NOT NULL,
  reason {text} NOT NULL,
  kind {text} NOT NULL,
  manufacturer {text} NOT NULL,
  number {text} NOT NULL,
  description {text} NOT NULL,
  udi_di {text} NOT NULL,
  gtins {text} NOT NULL,
  lot {text} NOT NULL,
  serial {text} NOT NULL,
  udi {text} NOT NULL,
  expires_on {int},
  manufactured_on {int},
  reusable {int} NOT NULL,
  -- The container in which it comes, as a unit of the receiving side.
  container_unit_id {uuid},
  PRIMARY KEY (organization_id, transfer_id, unit_id),
  FOREIGN KEY (organization_id, transfer_id) REFERENCES stock_transfer (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX stock_crossing_line_from ON stock_crossing_line (organization_id, transfer_id, from_unit_id);
CREATE UNIQUE INDEX stock_crossing_line_one ON stock_crossing_line (organization_id, unit_id) WHERE status = 'pending';
CREATE INDEX stock_crossing_line_unit ON stock_crossing_line (organization_id, unit_id, transfer_id);

-- The same physical unit in the books of a linked company: what went there, or came from there.
CREATE TABLE stock_unit_across (
  organization_id {uuid} NOT NULL,
  other_id {uuid} NOT NULL,
  other_unit_id {uuid} NOT NULL,
  unit_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, other_id, other_unit_id),
  FOREIGN KEY (organization_id, unit_id) REFERENCES stock_unit (organization_id, id)
){without_rowid};
CREATE INDEX stock_unit_across_unit ON stock_unit_across (organization_id, unit_id, other_id);
