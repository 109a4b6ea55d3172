-- Imports under way: how far each is, and whether somebody asked to stop it. A short table shows nothing here; what is over is
-- dropped after a day. state: checking, writing, done, stopped, failed.
CREATE TABLE engine_import (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  dry_run {int} NOT NULL,
  state {text} NOT NULL,
  rows_total {int} NOT NULL,
  rows_done {int} NOT NULL,
  stop_asked {int} NOT NULL,
  begun_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX engine_import_actor ON engine_import (organization_id, actor_id, begun_at, id);
CREATE INDEX engine_import_updated ON engine_import (organization_id, updated_at, id);
