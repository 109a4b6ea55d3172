//! Work outside requests: the journal's sealer, the outbox, reminders.
