-- The organisation, its people, and who reaches whom.

CREATE TABLE organization (
  organization_id {uuid} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  kind {text} NOT NULL,
  currency {text} NOT NULL,
  time_zone {text} NOT NULL,
  settings {text} NOT NULL,
  address {text} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL
){without_rowid};

-- The one directory across organisations: which account an e-mail signs in to.
CREATE TABLE sign_in (
  email {text} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL
){without_rowid};

-- Failed attempts by account or by address, before anybody is known.
CREATE TABLE sign_in_attempt (
  subject {text} NOT NULL PRIMARY KEY,
  failures {int} NOT NULL,
  window_start {int} NOT NULL
){without_rowid};

CREATE TABLE people_region (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  manager_id {uuid},
  states {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX people_region_name ON people_region (organization_id, name_key);

CREATE TABLE people_user (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  email {text} NOT NULL,
  role {text} NOT NULL,
  delegate_of {uuid},
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  phone {text} NOT NULL,
  alternate_email {text} NOT NULL,
  custodian_only {int} NOT NULL,
  active {int} NOT NULL,
  training_completed_at {int},
  claimed_at {int},
  invited_at {int},
  password_hash {text},
  region_id {uuid},
  shares_inventory {int} NOT NULL,
  commission_rate_bp {int},
  shipping_address {text} NOT NULL,
  contacts {text} NOT NULL,
  settings {text} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id) REFERENCES organization (organization_id),
  FOREIGN KEY (organization_id, delegate_of) REFERENCES people_user (organization_id, id),
  FOREIGN KEY (organization_id, region_id) REFERENCES people_region (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX people_user_email ON people_user (organization_id, email);
CREATE INDEX people_user_name ON people_user (organization_id, name_key, id);
CREATE INDEX people_user_created ON people_user (organization_id, created_at, id);
CREATE INDEX people_user_delegate ON people_user (organization_id, delegate_of) WHERE delegate_of IS NOT NULL;
CREATE INDEX people_user_region ON people_user (organization_id, region_id) WHERE region_id IS NOT NULL;
-- Exactly one primary admin for each organisation.
CREATE UNIQUE INDEX people_user_primary ON people_user (organization_id) WHERE role = 'primary_admin';

CREATE TABLE people_representative (
  organization_id {uuid} NOT NULL,
  distributor_id {uuid} NOT NULL,
  sales_id {uuid} NOT NULL,
  hub {int} NOT NULL,
  PRIMARY KEY (organization_id, distributor_id, sales_id),
  FOREIGN KEY (organization_id, distributor_id) REFERENCES people_user (organization_id, id),
  FOREIGN KEY (organization_id, sales_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX people_representative_sales ON people_representative (organization_id, sales_id, distributor_id);
-- One full distributor for each rep; hubs (custodian-only distributors) as many as wished.
CREATE UNIQUE INDEX people_representative_one ON people_representative (organization_id, sales_id) WHERE hub = 0;

CREATE TABLE people_assignment (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  target_id {uuid} NOT NULL,
  commission_bp {int},
  PRIMARY KEY (organization_id, user_id, kind, target_id),
  FOREIGN KEY (organization_id, user_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE INDEX people_assignment_target ON people_assignment (organization_id, kind, target_id, user_id);

CREATE TABLE people_quick_source (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  source_type {text} NOT NULL,
  source_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, user_id, source_id)
){without_rowid};
CREATE INDEX people_quick_source_source ON people_quick_source (organization_id, source_id, user_id);

CREATE TABLE people_sales_target (
  organization_id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  year {int} NOT NULL,
  quarter {int} NOT NULL,
  amount_minor {int} NOT NULL,
  PRIMARY KEY (organization_id, user_id, year, quarter)
){without_rowid};

-- Who reaches whom: kept by the use cases for people, read by every query. The office is not listed: it reaches everybody.
-- person: 1 see, 3 act. custody: 1 see, 2 use, 3 act.
CREATE TABLE people_reach (
  organization_id {uuid} NOT NULL,
  actor_id {uuid} NOT NULL,
  subject_id {uuid} NOT NULL,
  person {int} NOT NULL,
  custody {int} NOT NULL,
  PRIMARY KEY (organization_id, actor_id, subject_id)
){without_rowid};
CREATE INDEX people_reach_subject ON people_reach (organization_id, subject_id, actor_id);

-- Sessions of the console and tokens of the API; only digests are kept.
CREATE TABLE auth_token (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  digest {bytes} NOT NULL,
  name {text} NOT NULL,
  created_at {int} NOT NULL,
  last_used_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, user_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX auth_token_digest ON auth_token (organization_id, digest);
CREATE INDEX auth_token_user ON auth_token (organization_id, user_id, kind, id);

-- One-time links: invitations and password resets.
CREATE TABLE auth_link (
  organization_id {uuid} NOT NULL,
  digest {bytes} NOT NULL,
  user_id {uuid} NOT NULL,
  purpose {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (organization_id, digest)
){without_rowid};
CREATE INDEX auth_link_user ON auth_link (organization_id, user_id);
