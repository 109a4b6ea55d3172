//! Distances and times on the road, without any network: great circles between places that are known by coordinates, by the
//! first three digits of a postal code, or by a state.

use std::sync::LazyLock;

/// A point on the globe, in millionths of a degree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Spot {
    /// North is positive.
    pub latitude_e6: i64,
    /// East is positive.
    pub longitude_e6: i64,
}

/// The radius of the globe, in metres.
const RADIUS: f64 = 6_371_000.0;

impl Spot {
    /// A point, when there is one with these coordinates.
    pub const fn new(latitude_e6: i64, longitude_e6: i64) -> Option<Self> {
        let there = latitude_e6 >= -90_000_000
            && latitude_e6 <= 90_000_000
            && longitude_e6 >= -180_000_000
            && longitude_e6 <= 180_000_000;
        if there { Some(Self { latitude_e6, longitude_e6 }) } else { None }
    }

    /// Metres along the great circle.
    pub fn metres(self, other: Self) -> i64 {
        let radians = |degrees_e6: i64| (degrees_e6 as f64 / 1e6).to_radians();
        let (a, b) = (radians(self.latitude_e6), radians(other.latitude_e6));
        let half = |x: f64| (x / 2.0).sin().powi(2);
        let over = radians(other.longitude_e6 - self.longitude_e6);
        let h = half(b - a) + a.cos() * b.cos() * half(over);
        (2.0 * RADIUS * h.clamp(0.0, 1.0).sqrt().asin()).round() as i64
    }

    /// The middle of the area of a postal code, or of the state, in the United States; None elsewhere.
    pub fn of_address(country: &str, postal_code: &str, state: &str) -> Option<Self> {
        if !matches!(country.trim().to_ascii_uppercase().as_str(), "" | "US" | "USA" | "PR") {
            return None;
        }
        of_postal_code(postal_code.trim()).or_else(|| of_state(state.trim()))
    }
}

/// (first three digits, middle of the area), in the order of digits. From the gazetteer of ZIP code areas of the US Census
/// Bureau, averaged.
static AREAS: LazyLock<Vec<(u16, Spot)>> = LazyLock::new(|| {
    let rows = include_str!("../../data/zip3.csv").lines();
    rows.filter_map(|row| {
        let mut parts = row.split(',').filter_map(|part| part.parse::<i64>().ok());
        let (prefix, latitude, longitude) = (parts.next()?, parts.next()?, parts.next()?);
        Some((u16::try_from(prefix).ok()?, Spot::new(latitude * 1_000, longitude * 1_000)?))
    })
    .collect()
});

fn of_postal_code(code: &str) -> Option<Spot> {
    let digits = code.split('-').next().unwrap_or_default();
    if digits.len() != 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix = digits[..3].parse::<u16>().ok()?;
    AREAS.binary_search_by_key(&prefix, |area| area.0).ok().map(|at| AREAS[at].1)
}

/// Which postal codes a state has, by their first three digits.
const STATES: &[(&str, &[(u16, u16)])] = &[
    ("AK", &[(995, 999)]),
    ("AL", &[(350, 369)]),
    ("AR", &[(716, 729)]),
    ("AZ", &[(850, 865)]),
    ("CA", &[(900, 961)]),
    ("CO", &[(800, 816)]),
    ("CT", &[(60, 69)]),
    ("DC", &[(200, 205)]),
    ("DE", &[(197, 199)]),
    ("FL", &[(320, 349)]),
    ("GA", &[(300, 319), (398, 399)]),
    ("HI", &[(967, 968)]),
    ("IA", &[(500, 528)]),
    ("ID", &[(832, 838)]),
    ("IL", &[(600, 629)]),
    ("IN", &[(460, 479)]),
    ("KS", &[(660, 679)]),
    ("KY", &[(400, 427)]),
    ("LA", &[(700, 714)]),
    ("MA", &[(10, 27)]),
    ("MD", &[(206, 219)]),
    ("ME", &[(39, 49)]),
    ("MI", &[(480, 499)]),
    ("MN", &[(550, 567)]),
    ("MO", &[(630, 658)]),
    ("MS", &[(386, 397)]),
    ("MT", &[(590, 599)]),
    ("NC", &[(270, 289)]),
    ("ND", &[(580, 588)]),
    ("NE", &[(680, 693)]),
    ("NH", &[(30, 38)]),
    ("NJ", &[(70, 89)]),
    ("NM", &[(870, 884)]),
    ("NV", &[(889, 898)]),
    ("NY", &[(100, 149)]),
    ("OH", &[(430, 459)]),
    ("OK", &[(730, 749)]),
    ("OR", &[(970, 979)]),
    ("PA", &[(150, 196)]),
    ("PR", &[(6, 9)]),
    ("RI", &[(28, 29)]),
    ("SC", &[(290, 299)]),
    ("SD", &[(570, 577)]),
    ("TN", &[(370, 385)]),
    ("TX", &[(750, 799), (885, 885)]),
    ("UT", &[(840, 847)]),
    ("VA", &[(220, 246)]),
    ("VT", &[(50, 59)]),
    ("WA", &[(980, 994)]),
    ("WI", &[(530, 549)]),
    ("WV", &[(247, 268)]),
    ("WY", &[(820, 831)]),
];

/// The middle of a state's postal areas.
fn of_state(code: &str) -> Option<Spot> {
    let code = code.to_ascii_uppercase();
    let (_, ranges) = STATES.iter().find(|(state, _)| *state == code)?;
    let inside = |prefix: u16| ranges.iter().any(|(from, to)| (*from..=*to).contains(&prefix));
    let spots: Vec<Spot> = AREAS.iter().filter(|area| inside(area.0)).map(|area| area.1).collect();
    let n = i64::try_from(spots.len()).ok().filter(|n| *n > 0)?;
    let mean = |of: fn(&Spot) -> i64| spots.iter().map(of).sum::<i64>() / n;
    Spot::new(mean(|spot| spot.latitude_e6), mean(|spot| spot.longitude_e6))
}

/// How people travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Travel {
    /// Kilometres in an hour, door to door.
    pub kmh: i64,
    /// What every way takes besides: parking, loading, finding the door. In minutes.
    pub overhead_minutes: i64,
    /// The way between places of which one is unknown, in minutes.
    pub unknown_minutes: i64,
}

/// Roads are longer than great circles, in percent.
const ROAD_PERCENT: i64 = 130;

impl Travel {
    /// What holds until somebody says otherwise.
    pub const USUAL: Self = Self { kmh: 60, overhead_minutes: 20, unknown_minutes: 60 };

    /// Minutes from one place to another.
    pub fn minutes(&self, from: Option<Spot>, to: Option<Spot>) -> i64 {
        let (Some(from), Some(to)) = (from, to) else { return self.unknown_minutes + self.overhead_minutes };
        let metres = from.metres(to) * ROAD_PERCENT / 100;
        self.overhead_minutes + metres * 60 / (self.kmh.max(1) * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spot(latitude_e6: i64, longitude_e6: i64) -> Spot {
        Spot::new(latitude_e6, longitude_e6).unwrap()
    }

    #[test]
    fn known_distances() {
        // Chicago to New York along the great circle: about 1,145 km; a degree of latitude: 111.2 km.
        let (chicago, new_york) = (spot(41_878_100, -87_629_800), spot(40_712_800, -74_006_000));
        assert!((1_140_000..1_150_000).contains(&chicago.metres(new_york)), "{}", chicago.metres(new_york));
        assert_eq!(spot(0, 0).metres(spot(1_000_000, 0)) / 100, 1_111);
        assert!(spot(0, 179_000_000).metres(spot(0, -179_000_000)) < 223_000);
        assert!(Spot::new(91_000_000, 0).is_none());
    }

    #[test]
    fn postal_codes_then_states_then_nothing() {
        let of = Spot::of_address;
        let chicago = of("US", "60614", "").unwrap();
        assert!(chicago.metres(spot(41_878_100, -87_629_800)) < 30_000);
        assert_eq!(of("US", "60614-1234", "IL"), Some(chicago));
        let illinois = of("", "", "il").unwrap();
        assert!((100_000..400_000).contains(&illinois.metres(chicago)));
        assert_eq!(of("DE", "60614", ""), None);
        assert_eq!(of("US", "6061", "ZZ"), None);
        for (state, _) in STATES {
            assert!(of("US", "", state).is_some(), "{state}");
        }
    }

    #[test]
    fn minutes_grow_with_the_way_and_unknown_places_have_their_own() {
        let travel = Travel::USUAL;
        let (a, b) = (spot(41_000_000, -87_000_000), spot(42_000_000, -87_000_000));
        assert_eq!(travel.minutes(Some(a), Some(a)), 20);
        assert_eq!(travel.minutes(Some(a), Some(b)), 20 + 144);
        assert_eq!(travel.minutes(None, Some(b)), 80);
    }

    proptest! {
        #[test]
        fn there_and_back_are_the_same(a in -90_000_000i64..=90_000_000, b in -180_000_000i64..=180_000_000, c in -90_000_000i64..=90_000_000, d in -180_000_000i64..=180_000_000) {
            let (from, to) = (spot(a, b), spot(c, d));
            prop_assert_eq!(from.metres(to), to.metres(from));
            prop_assert!((0..=20_100_000).contains(&from.metres(to)));
        }
        #[test]
        fn any_text_is_taken(country in ".{0,4}", code in ".{0,12}", state in ".{0,4}") {
            let _ = Spot::of_address(&country, &code, &state);
        }
    }
}
