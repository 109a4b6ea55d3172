-- Customers and their locations, physicians, procedures, manufacturers, the catalog, prices, places, terms.

CREATE TABLE directory_payment_terms (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  code {text} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  rule {text} NOT NULL,
  roll {text} NOT NULL,
  discount {text},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX directory_payment_terms_code ON directory_payment_terms (organization_id, code);
CREATE INDEX directory_payment_terms_name ON directory_payment_terms (organization_id, name_key, id);

CREATE TABLE directory_price_list (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX directory_price_list_name ON directory_price_list (organization_id, name_key);

-- Keys are what lists sort by: folded, never null.
CREATE TABLE directory_customer (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  number {text} NOT NULL,
  number_key {text} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  kind {text} NOT NULL,
  parent_customer_id {uuid},
  default_sales_rep_id {uuid},
  -- The rep's folded name; empty without one.
  rep_key {text} NOT NULL,
  payment_terms_id {uuid},
  terms_key {text} NOT NULL,
  -- Empty: the organisation's default.
  basis_date {text} NOT NULL,
  billing_status {text} NOT NULL,
  -- Strictness: 0 good to 5 closed.
  billing_rank {int} NOT NULL,
  billing_status_reason {text} NOT NULL,
  credit_limit_minor {int},
  price_list_id {uuid},
  -- Locations that are not archived.
  locations_count {int} NOT NULL,
  billing_address {text} NOT NULL,
  shipping_address {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  contacts {text} NOT NULL,
  external_ids {text} NOT NULL,
  tags {text} NOT NULL,
  note {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, payment_terms_id) REFERENCES directory_payment_terms (organization_id, id),
  FOREIGN KEY (organization_id, price_list_id) REFERENCES directory_price_list (organization_id, id),
  FOREIGN KEY (organization_id, default_sales_rep_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX directory_customer_number ON directory_customer (organization_id, number_key);
CREATE INDEX directory_customer_name ON directory_customer (organization_id, name_key, number_key, id);
CREATE INDEX directory_customer_rep ON directory_customer (organization_id, default_sales_rep_id, name_key, id);
CREATE INDEX directory_customer_rep_name ON directory_customer (organization_id, rep_key, id);
CREATE INDEX directory_customer_terms ON directory_customer (organization_id, terms_key, id);
CREATE INDEX directory_customer_terms_id ON directory_customer (organization_id, payment_terms_id, id) WHERE payment_terms_id IS NOT NULL;
CREATE INDEX directory_customer_basis ON directory_customer (organization_id, basis_date, id);
CREATE INDEX directory_customer_status ON directory_customer (organization_id, billing_rank, id);
CREATE INDEX directory_customer_locations ON directory_customer (organization_id, locations_count, id);
CREATE INDEX directory_customer_created ON directory_customer (organization_id, created_at, id);
CREATE INDEX directory_customer_updated ON directory_customer (organization_id, updated_at, id);

CREATE TABLE directory_location (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  customer_id {uuid} NOT NULL,
  code {text} NOT NULL,
  code_key {text} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  -- The customer's folded name, a tab, then its own: the order of the list of locations.
  sort_key {text} NOT NULL,
  kind {text} NOT NULL,
  time_zone {text} NOT NULL,
  address {text} NOT NULL,
  phone {text} NOT NULL,
  contacts {text} NOT NULL,
  delivery_instructions {text} NOT NULL,
  price_list_id {uuid},
  sales_rep_mode {text} NOT NULL,
  sales_rep_id {uuid},
  -- The rep who cares for it now, by override or by the customer's default, and that rep's folded name; kept with both.
  effective_rep_id {uuid},
  rep_key {text} NOT NULL,
  external_ids {text} NOT NULL,
  tags {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES directory_customer (organization_id, id),
  FOREIGN KEY (organization_id, price_list_id) REFERENCES directory_price_list (organization_id, id),
  FOREIGN KEY (organization_id, sales_rep_id) REFERENCES people_user (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX directory_location_code ON directory_location (organization_id, customer_id, code_key);
CREATE INDEX directory_location_sort ON directory_location (organization_id, sort_key, id);
CREATE INDEX directory_location_name ON directory_location (organization_id, name_key, id);
CREATE INDEX directory_location_rep ON directory_location (organization_id, effective_rep_id, customer_id, id);
CREATE INDEX directory_location_rep_name ON directory_location (organization_id, rep_key, id);
CREATE INDEX directory_location_own_rep ON directory_location (organization_id, sales_rep_id, id) WHERE sales_rep_id IS NOT NULL;
CREATE INDEX directory_location_price_list ON directory_location (organization_id, price_list_id, id) WHERE price_list_id IS NOT NULL;
CREATE INDEX directory_location_created ON directory_location (organization_id, created_at, id);

-- Figures of countable orders, one row for each customer and window (span) and one for each location over all time; they
-- follow from billing_customer_day. Days are 0 and the average is -1 where there is no order; orders_avg_last is the same
-- average with a large number in its place, so that empty ones come last either way.
CREATE TABLE directory_figure (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  span {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  orders_count {int} NOT NULL,
  orders_total_minor {int} NOT NULL,
  orders_avg_minor {int} NOT NULL,
  orders_avg_last {int} NOT NULL,
  -- Of all time, whatever the span.
  first_order_on {int} NOT NULL,
  last_order_on {int} NOT NULL,
  usual_gap {int},
  PRIMARY KEY (organization_id, kind, span, subject_id)
){without_rowid};
CREATE INDEX directory_figure_total ON directory_figure (organization_id, kind, span, orders_total_minor, subject_id);
CREATE INDEX directory_figure_count ON directory_figure (organization_id, kind, span, orders_count, subject_id);
CREATE INDEX directory_figure_avg ON directory_figure (organization_id, kind, span, orders_avg_minor, subject_id);
CREATE INDEX directory_figure_avg_last ON directory_figure (organization_id, kind, span, orders_avg_last, subject_id);
CREATE INDEX directory_figure_last ON directory_figure (organization_id, kind, span, last_order_on, subject_id);

-- The day for which the windows of directory_figure hold.
CREATE TABLE directory_figure_day (
  organization_id {uuid} NOT NULL PRIMARY KEY,
  day {int} NOT NULL
){without_rowid};

CREATE TABLE directory_procedure (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX directory_procedure_name ON directory_procedure (organization_id, name_key, id);

CREATE TABLE directory_physician (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  npi {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX directory_physician_name ON directory_physician (organization_id, name_key, id);
CREATE INDEX directory_physician_npi ON directory_physician (organization_id, npi, id) WHERE npi <> '';

-- kind: location or procedure.
CREATE TABLE directory_physician_link (
  organization_id {uuid} NOT NULL,
  physician_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  target_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, physician_id, kind, target_id),
  FOREIGN KEY (organization_id, physician_id) REFERENCES directory_physician (organization_id, id)
){without_rowid};
CREATE INDEX directory_physician_link_target ON directory_physician_link (organization_id, kind, target_id, physician_id);

CREATE TABLE catalog_manufacturer (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  email {text} NOT NULL,
  billed_as_organization {int} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX catalog_manufacturer_name ON catalog_manufacturer (organization_id, name_key);

CREATE TABLE catalog_product_line (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, manufacturer_id) REFERENCES catalog_manufacturer (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX catalog_product_line_name ON catalog_product_line (organization_id, manufacturer_id, name_key);
CREATE INDEX catalog_product_line_sort ON catalog_product_line (organization_id, name_key, id);

CREATE TABLE catalog_item (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  manufacturer_id {uuid} NOT NULL,
  number {text} NOT NULL,
  number_key {text} NOT NULL,
  description {text} NOT NULL,
  description_key {text} NOT NULL,
  kind {text} NOT NULL,
  list_price_minor {int},
  cost_minor {int},
  udi_di {text} NOT NULL,
  gtins {text} NOT NULL,
  reusable {int} NOT NULL,
  par_level {int},
  geography {text} NOT NULL,
  archived_at {int},
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, manufacturer_id) REFERENCES catalog_manufacturer (organization_id, id)
){without_rowid};
CREATE UNIQUE INDEX catalog_item_number ON catalog_item (organization_id, manufacturer_id, number_key);
CREATE INDEX catalog_item_sort ON catalog_item (organization_id, number_key, id);
CREATE INDEX catalog_item_created ON catalog_item (organization_id, created_at, id);
CREATE INDEX catalog_item_description ON catalog_item (organization_id, description_key, id);

-- Every identifier that names an item on a label: its UDI-DI and further GTINs. quantity: base units in that package.
CREATE TABLE catalog_identifier (
  organization_id {uuid} NOT NULL,
  identifier {text} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  quantity {int} NOT NULL,
  PRIMARY KEY (organization_id, identifier),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};
CREATE INDEX catalog_identifier_item ON catalog_identifier (organization_id, catalog_item_id);

CREATE TABLE catalog_item_line (
  organization_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  product_line_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, catalog_item_id, product_line_id),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id),
  FOREIGN KEY (organization_id, product_line_id) REFERENCES catalog_product_line (organization_id, id)
){without_rowid};
CREATE INDEX catalog_item_line_line ON catalog_item_line (organization_id, product_line_id, catalog_item_id);

-- Contract prices: owner is a price list or a location. valid_from 0 means since ever, valid_to 9999999 for ever (days).
CREATE TABLE directory_price (
  organization_id {uuid} NOT NULL,
  owner_id {uuid} NOT NULL,
  catalog_item_id {uuid} NOT NULL,
  valid_from {int} NOT NULL,
  valid_to {int} NOT NULL,
  price_minor {int} NOT NULL,
  PRIMARY KEY (organization_id, owner_id, catalog_item_id, valid_from),
  FOREIGN KEY (organization_id, catalog_item_id) REFERENCES catalog_item (organization_id, id)
){without_rowid};

CREATE TABLE directory_place (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  location_id {uuid},
  archived_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX directory_place_name ON directory_place (organization_id, name_key, id);
CREATE INDEX directory_place_location ON directory_place (organization_id, location_id, id) WHERE location_id IS NOT NULL;

CREATE TABLE directory_preference_card (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  physician_id {uuid} NOT NULL,
  procedure_id {uuid},
  lines {text} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, physician_id) REFERENCES directory_physician (organization_id, id)
){without_rowid};
CREATE INDEX directory_preference_card_name ON directory_preference_card (organization_id, name_key, id);
CREATE INDEX directory_preference_card_physician ON directory_preference_card (organization_id, physician_id, id);

CREATE TABLE directory_view (
  organization_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  owner_id {uuid} NOT NULL,
  entity {text} NOT NULL,
  name {text} NOT NULL,
  scope {text} NOT NULL,
  state {text} NOT NULL,
  version {int} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (organization_id, id)
){without_rowid};
CREATE INDEX directory_view_entity ON directory_view (organization_id, entity, owner_id, id);

-- Prefix search: one row for each folded word of what is searched. kind is the printed prefix of the id, e.g. cus.
CREATE TABLE search_token (
  organization_id {uuid} NOT NULL,
  kind {text} NOT NULL,
  token {text} NOT NULL,
  subject_id {uuid} NOT NULL,
  PRIMARY KEY (organization_id, kind, token, subject_id)
){without_rowid};
CREATE INDEX search_token_subject ON search_token (organization_id, subject_id);
