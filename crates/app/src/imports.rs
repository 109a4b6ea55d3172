//! Imports: files read whole, checked row by row, written all or not at all.
