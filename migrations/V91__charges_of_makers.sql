-- For whose units a charge is: a manufacturer's, or everybody's in proportion to what is billed (shared = 1); else the event's as a whole.
ALTER TABLE event_charge ADD COLUMN manufacturer_id {uuid};
ALTER TABLE event_charge ADD COLUMN shared {int} NOT NULL DEFAULT 0;

-- What each manufacturer bears of the charges of a submitted event, discounts below zero: what a purchase order for it is over besides
-- its units.
CREATE TABLE event_charge_share (
  organization_id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  amount_minor {int} NOT NULL,
  PRIMARY KEY (organization_id, event_id, manufacturer_id),
  FOREIGN KEY (organization_id, event_id) REFERENCES event (organization_id, id)
){without_rowid};
