-- Why a unit is on hold, in a word that can be sorted and counted, and since when.

ALTER TABLE stock_unit ADD COLUMN hold_status {text};
ALTER TABLE stock_unit ADD COLUMN hold_since {int};
UPDATE stock_unit SET hold_status = 'review', hold_since = COALESCE((SELECT MAX(entry.at) FROM journal_movement step
  JOIN journal_entry entry ON entry.organization_id = step.organization_id AND entry.id = step.entry_id
  WHERE step.organization_id = stock_unit.organization_id AND step.unit_id = stock_unit.id AND step.to_state = 2
  AND COALESCE(step.from_state, 0) <> 2), created_at) WHERE hold_reason IS NOT NULL;
CREATE INDEX stock_unit_hold ON stock_unit (organization_id, hold_since, id) WHERE hold_since IS NOT NULL;
