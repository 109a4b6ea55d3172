//! Figures: the dashboard, reports, exports, the calendar.
