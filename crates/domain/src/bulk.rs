//! Changes of many rows at once: how a job stands, what became of each row, and which of them make all-or-nothing fail.

use crate::words::words;

words! {
    /// How a job stands.
    pub enum JobStatus {
        /// It waits: for its turn, for a day, or for somebody's approval.
        Queued = "queued", "Waiting";
        /// Somebody works on it.
        Running = "running", "Running";
        /// It came to its end; rows that could not be changed are named.
        Done = "done", "Done";
        /// Nothing was changed.
        Failed = "failed", "Failed";
        /// Somebody stopped it; what was done until then stays, and can be undone.
        Cancelled = "cancelled", "Cancelled";
    }

    /// How a long import stands.
    pub enum ImportState {
        /// Its rows are tried; nothing is written.
        Checking = "checking", "Checking";
        /// Its rows are written.
        Writing = "writing", "Writing";
        /// It came to its end.
        Done = "done", "Done";
        /// Somebody stopped it; what was written until then stays.
        Stopped = "stopped", "Stopped";
        /// It was refused as a whole, or its server ended.
        Failed = "failed", "Failed";
    }

    /// What a job waits for before it may run.
    pub enum JobWait {
        /// Nothing: it is next.
        Nothing = "", "Next";
        /// A second person.
        Approval = "approval", "Waiting for approval";
        /// Its day.
        Date = "date", "Scheduled";
    }

    /// What happens when some rows cannot be changed.
    pub enum BulkMode {
        /// Then none is.
        AllOrNothing = "all_or_nothing", "All or nothing";
        /// The others are.
        SkipFailures = "skip_failures", "Skip rows that fail";
    }

    /// What becomes of a row of a job.
    pub enum RowOutcome {
        /// Not yet looked at.
        Pending = "pending", "Waiting";
        /// Changed.
        Done = "done", "Changed";
        /// It was so already.
        Already = "already", "Already so";
        /// Whoever asked may not change this row.
        NotAllowed = "not_allowed", "Not allowed";
        /// Somebody else changed it since it was selected.
        ChangedMeanwhile = "changed_meanwhile", "Changed meanwhile";
        /// A rule forbids it.
        Invalid = "invalid", "Not valid";
        /// It is gone, or out of reach.
        NotFound = "not_found", "Not found";
        /// The storage refused it.
        Failed = "failed", "Failed";
        /// Undone: it is as it was before.
        Restored = "restored", "Restored";
        /// Not undone: somebody changed it since.
        ChangedSince = "changed_since", "Changed since";
        /// The job was stopped before it came to this row.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl RowOutcome {
    /// Whether the row was to be changed and could not be.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::NotAllowed | Self::ChangedMeanwhile | Self::Invalid | Self::NotFound | Self::Failed)
    }
}

impl BulkMode {
    /// What is done with so many rows when nobody says otherwise: few are one decision, of many the rest goes on.
    pub const fn of_rows(rows: usize) -> Self {
        if rows <= crate::limits::BULK_AT_ONCE { Self::AllOrNothing } else { Self::SkipFailures }
    }
}

impl ImportState {
    /// Nothing more becomes of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Stopped | Self::Failed)
    }
}

impl JobStatus {
    /// Whether nothing more happens.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_so_already_is_no_failure() {
        let failures: Vec<&str> = RowOutcome::ALL.iter().filter(|it| it.is_failure()).map(|it| it.as_str()).collect();
        assert_eq!(failures, ["not_allowed", "changed_meanwhile", "invalid", "not_found", "failed"]);
    }

    #[test]
    fn few_rows_are_one_decision() {
        assert_eq!(BulkMode::of_rows(200), BulkMode::AllOrNothing);
        assert_eq!(BulkMode::of_rows(201), BulkMode::SkipFailures);
        let over: Vec<&str> = JobStatus::ALL.iter().filter(|it| it.is_over()).map(|it| it.as_str()).collect();
        assert_eq!(over, ["done", "failed", "cancelled"]);
    }
}
