-- What happens when a facility does not answer reminders of a purchase order: from which reminder on others are written to as well and
-- the office is told, and after how many it ends. NULL: as the organisation has it; 0: never.
ALTER TABLE location_po_reminder ADD COLUMN escalate_after {int};
ALTER TABLE location_po_reminder ADD COLUMN stop_after {int};
-- E-mail addresses, as JSON.
ALTER TABLE location_po_reminder ADD COLUMN escalate_to {text} NOT NULL DEFAULT '[]';
