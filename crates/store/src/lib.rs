//! The SQL, one module a room.
