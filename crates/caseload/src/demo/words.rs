//! The names of the demo: all invented.

/// (e-mail name, role, name, region, group).
pub const PEOPLE: &[(&str, &str, &str, &str, &str)] = &[
    ("max", "admin", "Max Feld", "", ""),
    ("omar", "operations", "Omar Diaz", "", ""),
    ("nina", "operations", "Nina Koch", "", ""),
    ("rita", "regional_manager", "Rita Vogel", "", ""),
    ("sam", "regional_manager", "Sam Ortega", "", ""),
    ("dana", "distributor", "Dana Moore", "North", ""),
    ("leo", "distributor", "Leo Brandt", "South", ""),
    ("ann", "sales", "Ann Reyes", "North", "dana"),
    ("bob", "sales", "Bob Lind", "North", "dana"),
    ("jo", "sales", "Jo Park", "North", "dana"),
    ("cat", "sales", "Cat Ito", "South", "leo"),
    ("eli", "sales", "Eli Stone", "South", "leo"),
    ("fay", "sales", "Fay Wong", "South", "leo"),
    ("gus", "sales", "Gus Hale", "South", "pool"),
    ("hana", "sales", "Hana Sato", "South", "pool"),
    ("mona", "facility_manager", "Mona Field", "", ""),
];

/// (manufacturer, product line, item number, what it is, sizes, list price in cents, reusable).
pub type Wares = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], i64, bool);

/// What the demo sells.
pub const ITEMS: &[Wares] = &[
    (
        "Acme Ortho",
        "Hip",
        "CUP",
        "Acetabular cup",
        &["48 mm", "50 mm", "52 mm", "54 mm", "56 mm", "58 mm"],
        128_000,
        false,
    ),
    ("Acme Ortho", "Hip", "STEM", "Femoral stem", &["1", "2", "3", "4", "5", "6"], 214_000, false),
    ("Acme Ortho", "Hip", "HEAD", "Ceramic head", &["32 mm +0", "36 mm -2", "36 mm +0", "36 mm +4"], 89_500, false),
    ("Acme Ortho", "Hip", "LIN", "Liner, cross-linked", &["32 / 48", "36 / 52", "36 / 54", "36 / 56"], 64_000, false),
    ("Acme Ortho", "Hip", "SCR-65", "Bone screw 6.5", &["20 mm", "25 mm", "30 mm", "35 mm", "40 mm"], 11_200, false),
    (
        "Acme Ortho",
        "Knee",
        "FEM-K",
        "Femoral component",
        &["2 left", "3 left", "4 left", "2 right", "3 right", "4 right"],
        236_000,
        false,
    ),
    ("Acme Ortho", "Knee", "TIB-K", "Tibial baseplate", &["2", "3", "4", "5"], 142_000, false),
    ("Acme Ortho", "Knee", "INS-K", "Tibial insert", &["9 mm", "10 mm", "11 mm", "13 mm"], 71_000, false),
    ("Acme Ortho", "Instruments", "DRV", "Cup driver", &["straight", "curved"], 38_000, true),
    (
        "Borealis Spine",
        "Lumbar",
        "PED",
        "Pedicle screw",
        &["5.5 x 40", "5.5 x 45", "6.5 x 40", "6.5 x 45", "7.5 x 50"],
        47_500,
        false,
    ),
    ("Borealis Spine", "Lumbar", "ROD", "Titanium rod", &["60 mm", "80 mm", "100 mm", "120 mm"], 18_900, false),
    ("Borealis Spine", "Lumbar", "CAP", "Set screw", &["standard"], 7_400, false),
    (
        "Borealis Spine",
        "Lumbar",
        "TLIF",
        "Interbody cage",
        &["9 x 26", "10 x 26", "11 x 26", "12 x 30"],
        198_000,
        false,
    ),
    ("Borealis Spine", "Cervical", "ACP", "Cervical plate", &["1 level", "2 level", "3 level"], 112_000, false),
    ("Borealis Spine", "Cervical", "ACS", "Cervical screw", &["4.0 x 12", "4.0 x 14", "4.0 x 16"], 13_600, false),
    (
        "Corvus Trauma",
        "Plates",
        "DRP",
        "Distal radius plate",
        &["narrow left", "narrow right", "wide left", "wide right"],
        87_000,
        false,
    ),
    ("Corvus Trauma", "Plates", "TPL", "Tubular plate", &["4 hole", "6 hole", "8 hole"], 32_500, false),
    (
        "Corvus Trauma",
        "Screws",
        "CTX",
        "Cortex screw 3.5",
        &["12 mm", "14 mm", "16 mm", "18 mm", "20 mm", "24 mm"],
        5_900,
        false,
    ),
    ("Corvus Trauma", "Screws", "LCK", "Locking screw 3.5", &["12 mm", "14 mm", "16 mm", "18 mm"], 8_800, false),
    ("Corvus Trauma", "Biologics", "DBM", "Bone putty", &["2.5 cc", "5 cc", "10 cc"], 69_000, false),
];

/// (name, code, state, region).
pub type Site = (&'static str, &'static str, &'static str, &'static str);

/// (customer, billing status, locations).
pub const CUSTOMERS: &[(&str, &str, &[Site])] = &[
    ("St. Elm Health", "good", &[("St. Elm Main", "MAIN", "WI", "North"), ("St. Elm East", "EAST", "WI", "North")]),
    ("Lakeview Hospital", "good", &[("Lakeview Hospital", "LVH", "WI", "North")]),
    ("Harbor Surgical Center", "good", &[("Harbor Surgical Center", "HSC", "IL", "North")]),
    (
        "Northwoods Medical",
        "watch",
        &[("Northwoods Medical", "NWM", "MN", "North"), ("Northwoods Day Surgery", "NDS", "MN", "North")],
    ),
    ("Bluff County Hospital", "good", &[("Bluff County Hospital", "BCH", "IA", "North")]),
    (
        "Prairie Regional",
        "good",
        &[("Prairie Regional", "PRH", "KS", "South"), ("Prairie Spine Clinic", "PSC", "KS", "South")],
    ),
    ("Red River Orthopedic", "good", &[("Red River Orthopedic", "RRO", "OK", "South")]),
    ("Mesa Verde Surgical", "hold", &[("Mesa Verde Surgical", "MVS", "TX", "South")]),
    (
        "Gulf Coast University",
        "good",
        &[
            ("Gulf Coast Main", "GCM", "TX", "South"),
            ("Gulf Coast Children", "GCC", "TX", "South"),
            ("Gulf Coast Trauma", "GCT", "TX", "South"),
        ],
    ),
    ("Cypress Bayou Clinic", "good", &[("Cypress Bayou Clinic", "CBC", "LA", "South")]),
    ("Ozark Memorial", "prepay", &[("Ozark Memorial", "OZM", "AR", "South")]),
    ("Twin Forks Hospital", "good", &[("Twin Forks Hospital", "TFH", "MO", "South")]),
];

/// Physicians by region.
pub const PHYSICIANS: &[(&str, &str)] = &[
    ("Dr. Rivera", "North"),
    ("Dr. Osei", "North"),
    ("Dr. Lindqvist", "North"),
    ("Dr. Nakamura", "North"),
    ("Dr. Albrecht", "North"),
    ("Dr. Castellanos", "South"),
    ("Dr. Whitfield", "South"),
    ("Dr. Okafor", "South"),
    ("Dr. Duval", "South"),
    ("Dr. Petrov", "South"),
];

/// (procedure, product line it draws on).
pub const PROCEDURES: &[(&str, &str)] = &[
    ("Total hip", "Hip"),
    ("Revision hip", "Hip"),
    ("Total knee", "Knee"),
    ("Lumbar fusion", "Lumbar"),
    ("Cervical fusion", "Cervical"),
    ("Distal radius fixation", "Plates"),
    ("Ankle fixation", "Screws"),
];
