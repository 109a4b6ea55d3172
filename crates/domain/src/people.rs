//! Who people are, whom they reach, and what they may do. Reach (whose) and permission (what) are apart.
//!
//! [`reach`] is the rule as a pure function; the table that queries join is made from it and compared with it.

use crate::id::{RegionId, UserId};
use crate::words::words;
use std::collections::HashSet;

words! {
    /// The role of an account. It never changes.
    pub enum Role {
        /// Exactly one for each organisation; manages admins.
        PrimaryAdmin = "primary_admin", "Primary admin";
        /// Manages everybody but admins.
        Admin = "admin", "Admin";
        /// The back office, as far as its toggles go.
        Operations = "operations", "Operations";
        /// Oversees sales and distributors of own regions; holds nothing.
        RegionalManager = "regional_manager", "Regional manager";
        /// Answers for a group of reps and their stock.
        Distributor = "distributor", "Distributor";
        /// A rep.
        Sales = "sales", "Sales";
        /// Somebody of a facility.
        FacilityManager = "facility_manager", "Facility manager";
    }
}

impl Role {
    /// The back office: reaches everybody in the organisation.
    pub const fn is_office(self) -> bool {
        matches!(self, Self::PrimaryAdmin | Self::Admin | Self::Operations)
    }

    /// Primary admin or admin.
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::PrimaryAdmin | Self::Admin)
    }

    /// Whether an account of this role may be a custodian.
    pub const fn holds_stock(self) -> bool {
        matches!(self, Self::Distributor | Self::Sales | Self::FacilityManager)
    }

    /// Whether an account of this role waits for Training Complete.
    pub const fn needs_training(self) -> bool {
        !self.is_office()
    }
}

/// How far somebody reaches a colleague or what the colleague holds. Each level has those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// May be addressed: id, name and role.
    Name = 0,
    /// May be looked at.
    See = 1,
    /// List, mark used, transfer to oneself or onward; not edit, hold or deactivate.
    Use = 2,
    /// Anything that the colleague could do about stock and events.
    Act = 3,
}

impl Level {
    /// The level of a stored number; an unknown one is the least.
    pub const fn from_stored(value: i64) -> Self {
        match value {
            1 => Self::See,
            2 => Self::Use,
            3 => Self::Act,
            _ => Self::Name,
        }
    }
}

/// What the reach rule needs to know of one account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// Its role.
    pub role: Role,
    /// Not deactivated.
    pub active: bool,
    /// Trained, or of a role that needs no training.
    pub trained: bool,
    /// A distributor that only pools stock and acts on nothing.
    pub custodian_only: bool,
    /// The distributor for whom this account acts.
    pub delegate_of: Option<UserId>,
    /// The region it belongs to.
    pub region: Option<RegionId>,
    /// Distributor: its custody is pooled with its group.
    pub shares_inventory: bool,
}

/// A moment's facts about everybody.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Every account.
    pub people: Vec<Person>,
    /// (distributor or hub, rep).
    pub groups: HashSet<(UserId, UserId)>,
    /// (region, its manager).
    pub regions: HashSet<(RegionId, UserId)>,
    /// (whose stock is in a pool, who may use it).
    pub pools: HashSet<(UserId, UserId)>,
}

/// How far an actor reaches one subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// The account and its events.
    pub person: Level,
    /// What it answers for.
    pub custody: Level,
}

impl Reach {
    /// May only be addressed.
    pub const NAME: Self = Self { person: Level::Name, custody: Level::Name };
    /// May be looked at.
    pub const SEE: Self = Self { person: Level::See, custody: Level::See };
    /// May be acted for.
    pub const ACT: Self = Self { person: Level::Act, custody: Level::Act };
}

impl Facts {
    fn linked(&self, distributor: UserId, rep: UserId) -> bool {
        self.groups.contains(&(distributor, rep))
    }

    fn manages_region_of(&self, manager: UserId, subject: &Person) -> bool {
        subject.region.is_some_and(|region| self.regions.contains(&(region, manager)))
    }
}

/// The rule. An actor who is deactivated or untrained reaches nothing; what the subject is does not limit the actor.
/// A delegate reaches exactly what the distributor does: ask with the distributor as the actor. A pool lets its members use what
/// is in it, and nothing more.
pub fn reach(facts: &Facts, actor: &Person, subject: &Person) -> Reach {
    let mut reach = own_reach(facts, actor, subject);
    let sells = matches!(actor.role, Role::Sales | Role::Distributor) && !actor.custodian_only;
    let works = actor.active && actor.trained && sells;
    if works && reach.custody < Level::Use && facts.pools.contains(&(subject.id, actor.id)) {
        reach.custody = Level::Use;
    }
    reach
}

/// What follows from role, group and region.
fn own_reach(facts: &Facts, actor: &Person, subject: &Person) -> Reach {
    if !actor.active || !actor.trained {
        return Reach::NAME;
    }
    let itself = actor.id == subject.id;
    match actor.role {
        Role::PrimaryAdmin | Role::Admin | Role::Operations => Reach::ACT,
        Role::RegionalManager if itself => Reach::SEE,
        Role::RegionalManager => {
            let overseen = matches!(subject.role, Role::Sales | Role::Distributor) && subject.delegate_of.is_none();
            if overseen && facts.manages_region_of(actor.id, subject) { Reach::ACT } else { Reach::NAME }
        }
        Role::Distributor if actor.custodian_only => {
            if itself {
                Reach::SEE
            } else {
                Reach::NAME
            }
        }
        Role::Distributor => {
            if itself || facts.linked(actor.id, subject.id) {
                Reach::ACT
            } else if subject.delegate_of == Some(actor.id) {
                // Who acts for the distributor is seen by it and by its other delegates; a delegate holds nothing.
                Reach { person: Level::See, custody: Level::Name }
            } else {
                Reach::NAME
            }
        }
        Role::Sales if itself => Reach::ACT,
        Role::Sales => {
            let pooled = subject.role == Role::Distributor && subject.shares_inventory;
            if pooled && facts.linked(subject.id, actor.id) {
                Reach { person: Level::Name, custody: Level::Use }
            } else {
                Reach::NAME
            }
        }
        Role::FacilityManager => {
            if itself {
                Reach::ACT
            } else {
                Reach::NAME
            }
        }
    }
}

/// Who wants to change an account, and what that account is to them.
#[derive(Clone, Copy, Debug)]
pub struct Editing {
    /// The role of whoever asks.
    pub actor: Role,
    /// They act for a distributor as its delegate.
    pub as_delegate: bool,
    /// The account is their own, or that of the distributor for whom they act.
    pub own: bool,
    /// The account's role.
    pub subject: Role,
    /// The account is a delegate of their distributor.
    pub delegate: bool,
    /// How far they reach the account.
    pub person: Level,
    /// They hold [`Permission::InviteUsers`].
    pub invites: bool,
    /// They hold [`Permission::ManageUsers`].
    pub manages: bool,
    /// They hold [`Permission::ManageUserSettings`].
    pub sets: bool,
}

/// Which parts of an account somebody may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AccountRights {
    /// Name, telephone, alternate e-mail, shipping address, contacts.
    pub contact: bool,
    /// Commission rate and sales targets.
    pub rate: bool,
    /// Which manufacturers it works with.
    pub manufacturers: bool,
    /// Locations, physicians, product lines.
    pub assignments: bool,
    /// Its region.
    pub region: bool,
    /// Who belongs to its group.
    pub group: bool,
    /// Toggles, sharing, custodian-only, quick sources.
    pub settings: bool,
    /// Training Complete.
    pub training: bool,
    /// Invitations.
    pub invite: bool,
    /// Deactivation, reactivation, succession.
    pub activity: bool,
}

impl AccountRights {
    /// Nothing.
    pub const NONE: Self = Self {
        contact: false,
        rate: false,
        manufacturers: false,
        assignments: false,
        region: false,
        group: false,
        settings: false,
        training: false,
        invite: false,
        activity: false,
    };
    /// Everything.
    pub const ALL: Self = Self {
        contact: true,
        rate: true,
        manufacturers: true,
        assignments: true,
        region: true,
        group: true,
        settings: true,
        training: true,
        invite: true,
        activity: true,
    };
}

/// What somebody may change of an account. Of oneself everybody changes contact data and nothing else: never the own
/// rate, targets, sharing or assignments.
pub const fn account_rights(it: &Editing) -> AccountRights {
    let none = AccountRights::NONE;
    if it.own {
        return AccountRights { contact: true, ..none };
    }
    match it.actor {
        Role::PrimaryAdmin => AccountRights::ALL,
        Role::Admin if !it.subject.is_admin() => AccountRights::ALL,
        Role::Operations if !it.subject.is_office() => AccountRights {
            contact: it.manages,
            manufacturers: it.manages,
            assignments: it.manages,
            region: it.manages,
            group: it.manages,
            activity: it.manages,
            rate: it.sets,
            settings: it.sets,
            training: it.sets,
            invite: it.invites,
        },
        Role::RegionalManager if it.person as u8 >= Level::Act as u8 => {
            AccountRights { contact: true, manufacturers: true, assignments: true, invite: it.invites, ..none }
        }
        Role::Distributor if it.delegate => {
            let named = !it.as_delegate;
            AccountRights { contact: named, invite: named, activity: named, ..none }
        }
        Role::Distributor if it.person as u8 >= Level::Act as u8 => {
            AccountRights { contact: true, rate: true, manufacturers: true, ..none }
        }
        _ => none,
    }
}

words! {
    /// One thing that somebody may do. Whose is decided by reach, apart from this.
    pub enum Permission {
        /// Make accounts and invite.
        InviteUsers = "invite_users", "Create and invite people";
        /// Edit and deactivate accounts.
        ManageUsers = "manage_users", "Edit and deactivate people";
        /// Toggles, sharing, rates, training of others.
        ManageUserSettings = "manage_user_settings", "Change people's settings";
        /// Organisation, its settings, regions.
        ManageOrganization = "manage_organization", "Change the organisation's settings";
        /// Customers, locations, physicians, procedures, places.
        ManageDirectory = "manage_directory", "Change the directory";
        /// Make new directory records.
        AddDirectoryRecords = "add_directory_records", "Add directory records";
        /// Manufacturers, product lines, catalog items.
        ManageCatalog = "manage_catalog", "Change the catalog";
        /// Rename catalog numbers.
        EditCatalogNumbers = "edit_catalog_numbers", "Rename catalog numbers";
        /// Contract prices and price lists.
        ManagePrices = "manage_prices", "Change contract prices";
        /// See contract prices.
        ViewContractPrices = "view_contract_prices", "See contract prices";
        /// Make units.
        CreateInventory = "create_inventory", "Create stock";
        /// Edit a unit's lot, serial, expiry, tags.
        EditInventory = "edit_inventory", "Edit units";
        /// Blank an expiry.
        RemoveExpirationDates = "remove_expiration_dates", "Remove expiry dates";
        /// Deactivate units, stock adjustments.
        AdjustInventory = "adjust_inventory", "Adjust stock";
        /// Start counts and count.
        CountStock = "count_stock", "Count stock";
        /// Approve what a count found: move, make, take back.
        ReconcileCounts = "reconcile_counts", "Reconcile counts";
        /// Put on hold and release.
        HoldInventory = "hold_inventory", "Hold and release units";
        /// Open, change and end recalls.
        ManageRecalls = "manage_recalls", "Open and end recalls";
        /// Send transfers.
        SendTransfers = "send_transfers", "Send transfers";
        /// Accept and decline for somebody else in reach.
        DecideForOthers = "decide_for_others", "Accept transfers for others";
        /// Take a line off a pending transfer.
        RemoveTransferLines = "remove_transfer_lines", "Remove transfer lines";
        /// Ask for stock.
        RequestInventory = "request_inventory", "Request stock";
        /// Answer requests: send, decline, receive what a supplier delivers.
        FulfillRequests = "fulfill_requests", "Fulfil requests";
        /// Change a replenishment that was made from what an event used.
        ModifyReplenishment = "modify_replenishment", "Change replenishments";
        /// Move facility stock to another custodian.
        ReassignFacilityStock = "reassign_facility_stock", "Reassign facility stock";
        /// Make and edit events.
        ManageEvents = "manage_events", "Schedule and edit events";
        /// Find cover for a case and hand it over.
        CoverEvents = "cover_events", "Find cover for cases";
        /// Open a submitted event again.
        ReopenEvents = "reopen_events", "Reopen events";
        /// Amend and reverse submitted events.
        AmendEvents = "amend_events", "Amend and reverse events";
        /// Change any price on an event.
        ModifyPrices = "modify_prices", "Change prices on events";
        /// Enter purchase orders.
        AddPurchaseOrders = "add_purchase_orders", "Enter purchase orders";
        /// Correct purchase orders, invoices, payments, mark paid.
        ManageBilling = "manage_billing", "Manage billing";
        /// Terms, basis date, billing status, credit of customers.
        ManageTerms = "manage_terms", "Change customers' terms";
        /// Reports and exports.
        ViewReports = "view_reports", "See figures and reports";
        /// Bills of materials.
        ManageBoms = "manage_boms", "Manage bills of materials";
        /// The whole journal.
        ViewJournal = "view_journal", "See the journal";
        /// What customers owe, their credit, how fast they pay.
        ViewReceivables = "view_receivables", "See receivables and credit";
        /// Billing status, credit limit, automatic holds of customers.
        ManageCredit = "manage_credit", "Change billing status and credit";
        /// Put customers on watch, and take them off.
        WatchCustomers = "watch_customers", "Put customers on watch";
        /// Default reps of customers, reps of locations.
        AssignReps = "assign_reps", "Say who cares for customers";
        /// Change many rows at once, as far as each may be changed.
        BulkUpdate = "bulk_update", "Change many rows at once";
        /// Notes, tasks and activities of customers.
        WorkCustomers = "work_customers", "Keep notes and tasks of customers";
        /// Make one customer of two.
        MergeCustomers = "merge_customers", "Merge customers";
        /// Lists of customers and locations as files.
        ExportDirectory = "export_directory", "Export customers and locations";
    }
}

words! {
    /// Where a permission stands for a role.
    pub enum Grant {
        /// Always.
        Always = "always", "Always";
        /// When a setting says so.
        Setting = "setting", "By setting";
        /// Never.
        Never = "never", "Never";
    }
}

/// Which setting decides, for a permission that is granted by setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Toggle {
    /// A toggle of the account, with its default.
    User(&'static str, bool),
    /// A setting of the organisation, with its default.
    Organization(&'static str, bool),
}

/// The permissions table: what a role may, and which setting decides.
pub const fn granted(role: Role, permission: Permission) -> (Grant, Option<Toggle>) {
    use Permission as P;
    use Role as R;
    const YES: (Grant, Option<Toggle>) = (Grant::Always, None);
    const NO: (Grant, Option<Toggle>) = (Grant::Never, None);
    const fn own(key: &'static str, default: bool) -> (Grant, Option<Toggle>) {
        (Grant::Setting, Some(Toggle::User(key, default)))
    }
    match role {
        R::PrimaryAdmin | R::Admin => YES,
        R::Operations => match permission {
            P::InviteUsers => own("invite_users", true),
            P::ManageUsers => own("manage_users", true),
            P::ManageUserSettings => own("manage_user_settings", true),
            P::ManageOrganization => NO,
            P::ManageDirectory | P::AddDirectoryRecords | P::ManageCatalog | P::ManagePrices | P::ManageBoms => {
                own("manage_directory", true)
            }
            P::EditCatalogNumbers => own("edit_catalog_numbers", false),
            P::CreateInventory => own("create_inventory", true),
            P::RemoveExpirationDates => own("remove_expiration_dates", false),
            P::AdjustInventory | P::HoldInventory | P::CountStock | P::ReconcileCounts | P::ManageRecalls => {
                own("adjust_inventory", true)
            }
            P::EditInventory => own("create_inventory", true),
            P::SendTransfers
            | P::DecideForOthers
            | P::RemoveTransferLines
            | P::ReassignFacilityStock
            | P::RequestInventory
            | P::FulfillRequests
            | P::ModifyReplenishment => own("manage_movements", true),
            P::ManageEvents
            | P::CoverEvents
            | P::ReopenEvents
            | P::AmendEvents
            | P::ModifyPrices
            | P::AddPurchaseOrders => own("manage_events", true),
            P::ManageBilling | P::ManageTerms | P::ManageCredit | P::WatchCustomers | P::ViewReceivables => {
                own("manage_billing", true)
            }
            P::AssignReps | P::WorkCustomers | P::MergeCustomers => own("manage_directory", true),
            P::BulkUpdate => own("bulk_updates", true),
            P::ViewContractPrices | P::ViewReports | P::ViewJournal | P::ExportDirectory => YES,
        },
        R::RegionalManager => match permission {
            P::InviteUsers | P::ManageDirectory | P::AddDirectoryRecords | P::EditInventory | P::CountStock => YES,
            P::SendTransfers | P::DecideForOthers | P::ReassignFacilityStock => YES,
            P::RequestInventory | P::ModifyReplenishment => YES,
            P::ManageEvents | P::CoverEvents | P::AddPurchaseOrders => YES,
            P::ViewReports | P::ViewContractPrices => YES,
            P::ViewReceivables | P::WatchCustomers | P::AssignReps | P::BulkUpdate => YES,
            P::WorkCustomers | P::ExportDirectory => YES,
            P::ManageTerms => (Grant::Setting, Some(Toggle::Organization("managers_set_terms", false))),
            _ => NO,
        },
        R::Distributor => match permission {
            P::ReassignFacilityStock | P::DecideForOthers | P::CoverEvents => YES,
            P::AssignReps | P::BulkUpdate => own("assign_reps", false),
            _ => field(permission),
        },
        R::Sales => field(permission),
        R::FacilityManager => match permission {
            P::CreateInventory => own("create_inventory", true),
            P::AddDirectoryRecords => own("add_directory_records", false),
            P::ExportDirectory => own("export_directory", true),
            P::EditInventory | P::SendTransfers | P::ManageEvents | P::AddPurchaseOrders => YES,
            P::RequestInventory => YES,
            P::ViewContractPrices | P::ViewReports | P::CountStock => YES,
            _ => NO,
        },
    }
}

const fn field(permission: Permission) -> (Grant, Option<Toggle>) {
    use Permission as P;
    let toggle = match permission {
        P::EditInventory
        | P::CountStock
        | P::ManageEvents
        | P::AddPurchaseOrders
        | P::ViewReports
        | P::WorkCustomers
        | P::RequestInventory => return (Grant::Always, None),
        P::ModifyReplenishment => Toggle::User("modify_replenishment", true),
        P::CreateInventory => Toggle::User("create_inventory", true),
        P::ModifyPrices => Toggle::User("modify_prices", false),
        P::ViewContractPrices => Toggle::User("view_contract_prices", true),
        P::AddDirectoryRecords => Toggle::User("add_directory_records", false),
        P::ManageBoms => Toggle::User("manage_boms", false),
        P::ViewReceivables => Toggle::User("view_receivables", false),
        P::ExportDirectory => Toggle::User("export_directory", true),
        P::SendTransfers => Toggle::Organization("field_transfers", true),
        P::AdjustInventory => Toggle::Organization("field_adjustments", false),
        P::ReopenEvents => Toggle::Organization("field_reopen", false),
        _ => return (Grant::Never, None),
    };
    (Grant::Setting, Some(toggle))
}

/// Which toggles an account of a role has, with their defaults.
pub const fn user_toggles(role: Role) -> &'static [(&'static str, bool)] {
    match role {
        Role::PrimaryAdmin | Role::Admin | Role::RegionalManager => &[],
        Role::Operations => &[
            ("manage_events", true),
            ("create_inventory", true),
            ("adjust_inventory", true),
            ("manage_movements", true),
            ("manage_directory", true),
            ("manage_user_settings", true),
            ("manage_users", true),
            ("invite_users", true),
            ("manage_billing", true),
            ("edit_catalog_numbers", false),
            ("edit_container_numbers", false),
            ("remove_expiration_dates", false),
            ("bulk_updates", true),
        ],
        Role::Distributor => &[
            ("modify_prices", false),
            ("view_contract_prices", true),
            ("create_inventory", true),
            ("add_directory_records", false),
            ("manage_boms", false),
            ("modify_replenishment", true),
            ("require_patient_stickers", false),
            ("require_device_labels", false),
            ("view_receivables", false),
            ("export_directory", true),
            ("assign_reps", false),
        ],
        Role::Sales => &[
            ("modify_prices", false),
            ("view_contract_prices", true),
            ("create_inventory", true),
            ("add_directory_records", false),
            ("manage_boms", false),
            ("modify_replenishment", true),
            ("require_patient_stickers", false),
            ("require_device_labels", false),
            ("view_receivables", false),
            ("export_directory", true),
        ],
        Role::FacilityManager => {
            &[("create_inventory", true), ("add_directory_records", false), ("export_directory", true)]
        }
    }
}

/// Switches of the organisation that are yes or no, with their defaults.
pub const ORGANIZATION_TOGGLES: &[(&str, bool)] = &[
    ("field_transfers", true),
    ("field_adjustments", false),
    ("field_reopen", false),
    ("request_requires_event", false),
    ("auto_send_sales_order", false),
    ("auto_send_invoice_on_po", false),
    ("limit_procedures_to_physician", false),
    ("weekly_po_reminder", true),
    ("managers_set_terms", false),
    ("auto_hold", false),
];

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(n: u128, role: Role) -> Person {
        Person {
            id: UserId::from_uuid(Uuid::from_u128(n)),
            role,
            active: true,
            trained: true,
            custodian_only: false,
            delegate_of: None,
            region: None,
            shares_inventory: false,
        }
    }

    #[test]
    fn sharing_pools_downwards_only() {
        let mut boss = person(1, Role::Distributor);
        let ann = person(2, Role::Sales);
        let bob = person(3, Role::Sales);
        let facts = Facts { groups: [(boss.id, ann.id), (boss.id, bob.id)].into(), ..Facts::default() };
        assert_eq!(reach(&facts, &ann, &boss), Reach::NAME);
        boss.shares_inventory = true;
        assert_eq!(reach(&facts, &ann, &boss), Reach { person: Level::Name, custody: Level::Use });
        assert_eq!(reach(&facts, &ann, &bob), Reach::NAME);
        assert_eq!(reach(&facts, &boss, &ann), Reach::ACT);
    }

    #[test]
    fn a_hub_pools_but_acts_on_nothing() {
        let mut hub = person(1, Role::Distributor);
        hub.custodian_only = true;
        hub.shares_inventory = true;
        let ann = person(2, Role::Sales);
        let facts = Facts { groups: [(hub.id, ann.id)].into(), ..Facts::default() };
        assert_eq!(reach(&facts, &hub, &ann), Reach::NAME);
        assert_eq!(reach(&facts, &hub, &hub), Reach::SEE);
        assert_eq!(reach(&facts, &ann, &hub).custody, Level::Use);
    }

    #[test]
    fn a_region_is_followed_person_by_person() {
        let manager = person(1, Role::RegionalManager);
        let mut ann = person(2, Role::Sales);
        let boss = person(3, Role::Distributor);
        let region = RegionId::from_uuid(Uuid::from_u128(9));
        ann.region = Some(region);
        let facts =
            Facts { groups: [(boss.id, ann.id)].into(), regions: [(region, manager.id)].into(), ..Facts::default() };
        assert_eq!(reach(&facts, &manager, &ann), Reach::ACT);
        assert_eq!(reach(&facts, &manager, &boss), Reach::NAME);
        assert_eq!(reach(&facts, &manager, &manager), Reach::SEE);
    }

    #[test]
    fn who_is_not_trained_or_not_active_reaches_nothing() {
        for change in [|p: &mut Person| p.active = false, |p: &mut Person| p.trained = false] {
            let mut ann = person(2, Role::Sales);
            change(&mut ann);
            assert_eq!(reach(&Facts::default(), &ann, &ann.clone()), Reach::NAME);
        }
    }

    fn editing(actor: Role, subject: Role) -> Editing {
        Editing {
            actor,
            as_delegate: false,
            own: false,
            subject,
            delegate: false,
            person: Level::Act,
            invites: true,
            manages: true,
            sets: true,
        }
    }

    #[test]
    fn only_the_primary_admin_manages_admins() {
        let rights = |actor, subject| account_rights(&editing(actor, subject));
        assert_eq!(rights(Role::PrimaryAdmin, Role::Admin), AccountRights::ALL);
        assert_eq!(rights(Role::Admin, Role::Admin), AccountRights::NONE);
        assert_eq!(rights(Role::Admin, Role::PrimaryAdmin), AccountRights::NONE);
        assert_eq!(rights(Role::Admin, Role::Operations), AccountRights::ALL);
        for office in [Role::PrimaryAdmin, Role::Admin, Role::Operations] {
            assert_eq!(rights(Role::Operations, office), AccountRights::NONE);
        }
        assert_eq!(rights(Role::Operations, Role::Sales), AccountRights::ALL);
    }

    #[test]
    fn operations_change_what_their_toggles_name() {
        let all = editing(Role::Operations, Role::Sales);
        let rights = account_rights(&Editing { sets: false, invites: false, ..all });
        assert!(rights.contact && rights.group && rights.activity);
        assert!(!rights.rate && !rights.settings && !rights.training && !rights.invite);
        let rights = account_rights(&Editing { manages: false, ..all });
        assert!(!rights.contact && !rights.group && !rights.activity && !rights.region && !rights.assignments);
        assert!(rights.settings && rights.invite);
    }

    #[test]
    fn of_oneself_everybody_changes_contact_data_only() {
        for role in Role::ALL {
            let rights = account_rights(&Editing { own: true, ..editing(*role, *role) });
            assert_eq!(rights, AccountRights { contact: true, ..AccountRights::NONE }, "{role}");
        }
    }

    #[test]
    fn a_distributor_changes_of_its_reps_contact_rate_and_manufacturers() {
        let rep = editing(Role::Distributor, Role::Sales);
        let wanted = AccountRights { contact: true, rate: true, manufacturers: true, ..AccountRights::NONE };
        assert_eq!(account_rights(&rep), wanted);
        assert_eq!(account_rights(&Editing { as_delegate: true, ..rep }), wanted);
        assert_eq!(account_rights(&Editing { person: Level::Use, ..rep }), AccountRights::NONE);
        let delegate = Editing { delegate: true, person: Level::See, ..editing(Role::Distributor, Role::Distributor) };
        assert!(account_rights(&delegate).invite);
        assert_eq!(account_rights(&Editing { as_delegate: true, ..delegate }), AccountRights::NONE);
    }

    #[test]
    fn a_regional_manager_changes_neither_rates_nor_settings_nor_activity() {
        let rights = account_rights(&editing(Role::RegionalManager, Role::Sales));
        assert!(rights.contact && rights.assignments && rights.invite);
        assert!(!rights.rate && !rights.settings && !rights.activity && !rights.training && !rights.region);
        let outside = Editing { person: Level::Name, ..editing(Role::RegionalManager, Role::Sales) };
        assert_eq!(account_rights(&outside), AccountRights::NONE);
    }

    #[test]
    fn who_acts_for_a_distributor_is_seen_by_it_and_reaches_nothing_alone() {
        let boss = person(1, Role::Distributor);
        let mut deputy = person(2, Role::Distributor);
        deputy.delegate_of = Some(boss.id);
        let other = person(3, Role::Distributor);
        assert_eq!(reach(&Facts::default(), &boss, &deputy).person, Level::See);
        assert_eq!(reach(&Facts::default(), &boss, &deputy).custody, Level::Name);
        assert_eq!(reach(&Facts::default(), &other, &deputy), Reach::NAME);
    }

    /// The table as a page that a person can review.
    fn table() -> String {
        let mut text = String::new();
        for permission in Permission::ALL {
            text.push_str(&format!("{:<26}", permission.as_str()));
            for role in Role::ALL {
                let cell = match granted(*role, *permission) {
                    (Grant::Always, _) => "yes".to_owned(),
                    (Grant::Never, _) => "-".to_owned(),
                    (Grant::Setting, Some(Toggle::User(key, default))) => format!("own:{key}={default}"),
                    (Grant::Setting, Some(Toggle::Organization(key, default))) => format!("org:{key}={default}"),
                    (Grant::Setting, None) => "broken".to_owned(),
                };
                text.push_str(&format!(" | {}:{cell}", role.as_str()));
            }
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_permissions_table_is_the_reviewed_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");
        if std::env::var_os("CASELOAD_BLESS").is_some() {
            std::fs::write(path, table()).unwrap();
        }
        assert_eq!(table(), std::fs::read_to_string(path).unwrap(), "review, then bless with CASELOAD_BLESS=1");
    }

    #[test]
    fn every_toggle_of_the_table_is_a_known_one() {
        for role in Role::ALL {
            for permission in Permission::ALL {
                match granted(*role, *permission).1 {
                    Some(Toggle::User(key, default)) => assert!(user_toggles(*role).contains(&(key, default)), "{key}"),
                    Some(Toggle::Organization(key, default)) => {
                        assert!(ORGANIZATION_TOGGLES.contains(&(key, default)), "{key}");
                    }
                    None => {}
                }
            }
        }
    }
}
