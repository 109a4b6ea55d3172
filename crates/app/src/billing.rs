//! What follows a submitted event: sales orders, purchase orders, invoices, payments, commission.
