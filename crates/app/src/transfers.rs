//! Transfers: stock on its way from one custodian to another.
