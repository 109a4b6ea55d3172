//! Events: cases, stocking orders and everything else through which stock leaves.
