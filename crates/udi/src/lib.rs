//! Parses, checks and builds device identifiers: GS1, HIBCC, ICCBBA.
