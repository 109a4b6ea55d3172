//! Languages of papers.

use crate::words::words;

words! {
    /// A language in which papers are written.
    pub enum Language {
        /// English.
        English = "en", "English";
        /// German.
        German = "de", "Deutsch";
        /// French.
        French = "fr", "Français";
        /// Spanish.
        Spanish = "es", "Español";
    }
}
