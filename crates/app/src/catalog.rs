//! The catalog: manufacturers, product lines, catalog items and the identifiers on their labels.
