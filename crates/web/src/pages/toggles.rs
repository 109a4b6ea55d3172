//! Settings in words: what a switch of an account or of the organisation does when it is on.

/// A switch: its name in words, and what it does.
pub struct Words {
    /// On the switch.
    pub label: &'static str,
    /// Under it.
    pub help: &'static str,
}

const fn words(label: &'static str, help: &'static str) -> Option<Words> {
    Some(Words { label, help })
}

/// A switch of an account.
pub fn of_account(key: &str) -> Option<Words> {
    match key {
        "modify_prices" => words(
            "Change prices on events",
            "Otherwise prices come from the contract or the list, and only the office changes them.",
        ),
        "view_contract_prices" => {
            words("See contract prices", "Otherwise lines show what was used, without what it costs.")
        }
        "create_inventory" => {
            words("Create stock", "Enter units by scanning or by hand, and correct lot, serial and expiry.")
        }
        "add_directory_records" => {
            words("Add directory records", "New physicians, procedures and locations while scheduling a case.")
        }
        "manage_boms" => words("Manage bills of materials", "Say what belongs into a container, and change it."),
        "modify_replenishment" => {
            words("Change replenishment", "Say what is to be sent after a case, instead of exactly what was used.")
        }
        "require_patient_stickers" => {
            words("Patient stickers are required", "A case cannot be submitted without a photo of the sticker.")
        }
        "require_device_labels" => {
            words("Device labels are required", "A case cannot be submitted without a photo of each label.")
        }
        "manage_events" => words("Schedule and edit events", "Cases, stocking orders and all others, for anybody."),
        "adjust_inventory" => {
            words("Adjust stock", "Deactivate and reactivate units, hold and release them, reconcile counts.")
        }
        "manage_movements" => {
            words("Move stock for others", "Send, accept and decline transfers for anybody, reassign facility stock.")
        }
        "manage_directory" => {
            words("Manage directory and catalog", "Customers, locations, physicians, catalog items, prices.")
        }
        "manage_user_settings" => {
            words("Change people's settings", "Switches like these, sharing, rates, training of others.")
        }
        "manage_users" => {
            words("Edit and deactivate people", "Contact data, groups, regions, assignments, successors.")
        }
        "invite_users" => {
            words("Create and invite people", "Make accounts and send the link with which they are claimed.")
        }
        "manage_billing" => words("Manage billing", "Purchase orders, invoices, payments, terms and holds."),
        "edit_catalog_numbers" => {
            words("Rename catalog numbers", "A number that is printed on labels should rarely change.")
        }
        "edit_container_numbers" => {
            words("Rename container numbers", "A number that is engraved should rarely change.")
        }
        "remove_expiration_dates" => {
            words("Remove expiry dates", "Blank the expiry of a unit. Its history shows who did.")
        }
        "bulk_updates" => words(
            "Change many rows at once",
            "Customers and locations, with a preview first and thirty days to undo it.",
        ),
        "view_receivables" => {
            words("See receivables and credit", "What customers owe, their credit limits and how fast they pay.")
        }
        "export_directory" => words("Export customers and locations", "Lists as files, as far as they are in reach."),
        "assign_reps" => words(
            "Say who cares for customers",
            "Hand customers and locations to reps of the own group, also many at once.",
        ),
        _ => None,
    }
}

/// A switch of the organisation.
pub fn of_organization(key: &str) -> Option<Words> {
    match key {
        "field_transfers" => words(
            "Field may send transfers",
            "Sales and distributors send stock to each other. Off: only the office and regional managers move stock.",
        ),
        "field_adjustments" => words(
            "Field may adjust stock",
            "Sales and distributors deactivate units and reconcile their counts themselves.",
        ),
        "field_reopen" => words(
            "Field may reopen cases",
            "A submitted case may be opened again by its representative until it is billed.",
        ),
        "request_requires_event" => {
            words("Requests name their case", "Stock can be asked for only with the case it is wanted for.")
        }
        "auto_send_sales_order" => words(
            "Send the sales order on submission",
            "The facility gets the document as soon as a case or stocking order is submitted.",
        ),
        "auto_send_invoice_on_po" => words(
            "Send the invoice with the purchase order",
            "As soon as a purchase order is entered, the invoice goes out.",
        ),
        "limit_procedures_to_physician" => words(
            "Only the physician's procedures",
            "A case offers the procedures that are listed with its physician, and no others.",
        ),
        "weekly_po_reminder" => words(
            "Weekly reminder of missing purchase orders",
            "Facilities get a mail every seven days until the purchase order is there, unless their page says otherwise.",
        ),
        "managers_set_terms" => words(
            "Regional managers set terms",
            "Payment terms and basis dates of the customers in their regions. Off: only the office sets them.",
        ),
        "auto_hold" => words(
            "Credit holds customers by itself",
            "Over the limit or long past due, new stocking orders wait for a release. Cases, returns and recalls are always recorded.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::people::{ORGANIZATION_TOGGLES, Role, user_toggles};

    #[test]
    fn every_switch_has_words() {
        for (key, _) in Role::ALL.iter().flat_map(|role| user_toggles(*role)) {
            assert!(of_account(key).is_some(), "{key}");
        }
        for (key, _) in ORGANIZATION_TOGGLES {
            assert!(of_organization(key).is_some(), "{key}");
        }
    }
}
