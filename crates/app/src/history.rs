//! History: the journal read back in sentences.
