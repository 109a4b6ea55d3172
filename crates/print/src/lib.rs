//! Paper and files: PDF, XLSX, CSV, iCalendar.
