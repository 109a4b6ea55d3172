//! Units: one row, one physical thing.
