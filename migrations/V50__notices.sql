-- Notices find their way. topic: the row of the matrix that people set. mailed: 0 while it is open whether a mail goes out for it,
-- 1 when that is settled; what was told before is settled.
ALTER TABLE engine_notice ADD COLUMN topic {text} NOT NULL DEFAULT 'events';
ALTER TABLE engine_notice ADD COLUMN mailed {int} NOT NULL DEFAULT 1;
UPDATE engine_notice SET topic = CASE
  WHEN kind LIKE 'transfer%' OR kind IN ('quick_transfer', 'facility_stock_reassigned') THEN 'transfers'
  WHEN kind LIKE 'request%' THEN 'requests'
  WHEN kind LIKE 'extension%' OR kind LIKE 'loan%' THEN 'loans'
  WHEN kind LIKE 'count%' THEN 'counts'
  WHEN kind LIKE 'recall%' THEN 'recalls'
  WHEN kind LIKE 'customer%' THEN 'customers'
  WHEN kind IN ('purchase_order_added', 'quote_answered', 'billing_hold_released', 'document_not_sent') THEN 'money'
  WHEN kind LIKE 'case%' OR kind LIKE 'offer%' OR kind LIKE 'cover%' OR kind LIKE 'task%'
    OR kind IN ('absence_entered', 'hand_back') THEN 'cover'
  ELSE 'events' END;
CREATE INDEX engine_notice_latest ON engine_notice (organization_id, user_id, created_at, id);
CREATE INDEX engine_notice_open ON engine_notice (organization_id, user_id, id) WHERE mailed = 0;
CREATE INDEX engine_notice_unread ON engine_notice (organization_id, user_id, created_at, id) WHERE read_at IS NULL;

-- How people want to be told, where it differs from what their organisation has; the organisation's own row has its id for user_id.
CREATE TABLE engine_notice_wish (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  wishes {text} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, user_id)
){without_rowid};

-- When somebody had the last mail about notices, and the last digest.
CREATE TABLE engine_notice_mail (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  mailed_at {int} NOT NULL,
  digest_day {int},
  PRIMARY KEY (organization_id, user_id)
){without_rowid};
