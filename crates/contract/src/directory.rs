//! The directory: customers and their locations, physicians, procedures, places, prices, payment terms, views.
