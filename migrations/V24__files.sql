-- Files, by what is in them: the same content is kept once. digest: SHA-256 of the content, hexadecimal. sealed: 1 when content is
-- encrypted with the server's key file; 0 when it is kept as it came.
CREATE TABLE file_content (
  organization_id {uuid} NOT NULL,
  digest {text} NOT NULL,
  size_bytes {int} NOT NULL,
  sealed {int} NOT NULL,
  content {bytes} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, digest)
);

-- Where a file belongs. subject_kind: cus, evt, pon. name is for people; nothing is ever opened by it.
CREATE TABLE file_link (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  subject_kind {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  digest {text} NOT NULL,
  name {text} NOT NULL,
  media_type {text} NOT NULL,
  size_bytes {int} NOT NULL,
  uploaded_by {uuid} NOT NULL,
  uploaded_at {int} NOT NULL,
  removed_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, digest) REFERENCES file_content (organization_id, digest),
  FOREIGN KEY (organization_id, uploaded_by) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX file_link_subject ON file_link (organization_id, subject_id, uploaded_at, id);
CREATE INDEX file_link_digest ON file_link (organization_id, digest);
