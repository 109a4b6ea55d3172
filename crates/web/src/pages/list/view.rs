//! Views of a list: those that belong to it, and those that people keep. The address names a view and says only what
//! differs from it; an empty parameter takes away what the view sets.

use super::filter::Filter;
use crate::ui::Link;
use contract::Patch;
use contract::directory::{View as Saved, ViewColumn, ViewState, WriteView};
use domain::id::ViewId;
use serde_json::Value;
use std::collections::BTreeMap;

/// A view of a list: a tab with filters of its own.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Its name in addresses (`?view=`).
    pub key: &'static str,
    /// Its name on the tab.
    pub label: &'static str,
    /// The filters that make it.
    pub filters: &'static [(&'static str, &'static str)],
    /// Its order, unless it is the list's own.
    pub sort: Option<&'static str>,
}

impl View {
    /// A view in the list's own order.
    pub const fn new(key: &'static str, label: &'static str, filters: &'static [(&'static str, &'static str)]) -> Self {
        Self { key, label, filters, sort: None }
    }

    /// The same in its own order.
    pub const fn sort(self, sort: &'static str) -> Self {
        Self { sort: Some(sort), ..self }
    }
}

/// A view as a list knows it, wherever it comes from.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// In addresses.
    pub key: String,
    /// On the tab.
    pub label: String,
    /// What it sets, as the address would say it.
    pub pairs: Vec<(String, String)>,
    /// One that somebody keeps.
    pub kept: Option<Kept>,
}

/// A view that is kept on the server.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: ViewId,
    pub scope: String,
    pub version: i64,
    /// The viewer may write it.
    pub own: bool,
    /// The list opens with it.
    pub opens: bool,
}

/// Words in small letters with dashes: "On hold or worse" is `on-hold-or-worse`.
pub(super) fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'A'..='Z' => out.push(letter.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' => out.push(letter),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl Known {
    /// A view that belongs to the list.
    pub(super) fn of(view: &View) -> Self {
        let mut pairs: Vec<(String, String)> =
            view.filters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        pairs.extend(view.sort.map(|sort| ("sort".to_owned(), sort.to_owned())));
        Self { key: view.key.to_owned(), label: view.label.to_owned(), pairs, kept: None }
    }

    /// A view of the server, in the words of addresses: `filters` say how their values are written there.
    pub(super) fn saved(it: Saved, filters: &[Filter], own: bool) -> Self {
        let outside = |key: &str, value: String| {
            let filter = filters.iter().find(|filter| filter.keys().iter().any(|own| own == key));
            filter.map_or(value.clone(), |filter| filter.outside(&value))
        };
        let state = it.state;
        let mut pairs = Vec::new();
        for column in &state.columns {
            let width = column.width.map(|width| format!(":{width}")).unwrap_or_default();
            pairs.push(("col".to_owned(), format!("{}{width}", column.key)));
        }
        pairs.extend(
            state.columns.iter().filter(|column| column.pinned).map(|column| ("pin".to_owned(), column.key.clone())),
        );
        for (key, value) in &state.filters {
            pairs.push((key.clone(), outside(key, text(value))));
        }
        pairs.extend(state.window.map(|window| ("window".to_owned(), window)));
        pairs.extend(state.q.map(|words| ("q".to_owned(), words)));
        if !state.sort.is_empty() {
            pairs.push(("sort".to_owned(), state.sort.join(",")));
        }
        let kept = (it.scope != "built_in").then(|| Kept {
            id: it.id,
            scope: it.scope.clone(),
            version: it.version,
            own,
            opens: state.is_default,
        });
        let key = if kept.is_some() { it.id.to_string() } else { slug(&it.name) };
        Self { key, label: it.name, pairs, kept }
    }

    /// Whether it says so about a parameter.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == key)
    }

    /// What holds at an address that names this view. Columns are one thing: naming some replaces all.
    pub(super) fn overlaid(&self, address: &Link) -> Link {
        let group = |key: &str| if key == "pin" { "col".to_owned() } else { key.to_owned() };
        let asked: Vec<String> = address.pairs().map(|(key, _)| group(key)).collect();
        let mut state = Link::new(address.path());
        for (key, value) in self.pairs.iter().filter(|(key, _)| !asked.contains(&group(key))) {
            state = state.and(key, value);
        }
        for (key, value) in address.pairs().filter(|(_, value)| !value.is_empty()) {
            state = state.and(key, value);
        }
        state
    }

    /// The tab's address. A personal view is said in full, so that a pasted link shows others the same.
    pub(super) fn href(&self, path: &str, alone: bool) -> Link {
        let link = Link::new(path);
        match &self.kept {
            Some(kept) if kept.scope == "personal" => {
                self.pairs.iter().fold(link.and("view", &self.key), |link, (key, value)| link.and(key, value))
            }
            None if alone => link,
            _ => link.and("view", &self.key),
        }
    }

    /// Whether what holds differs from the view, words searched for and `but` apart.
    pub(super) fn differs(&self, state: &Link, sort: &str, but: impl Fn(&str) -> bool) -> bool {
        let aside = |key: &str| matches!(key, "view" | "cursor" | "q") || but(key);
        let mut own = BTreeMap::new();
        let mut now = BTreeMap::new();
        let own_pairs = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (map, pairs) in [(&mut own, own_pairs.collect::<Vec<_>>()), (&mut now, state.pairs().collect())] {
            for (key, value) in pairs.into_iter().filter(|(key, value)| !aside(key) && !value.is_empty()) {
                map.entry(key.to_owned()).or_insert_with(Vec::new).push(value.to_owned());
            }
            map.entry("sort".to_owned()).or_insert_with(|| vec![sort.to_owned()]);
        }
        own != now
    }
}

/// What is kept when the state of a list becomes a view; the inside of a [`WriteView`] as JSON.
pub(super) fn state_json(
    columns: &[crate::ui::Column],
    usual: bool,
    filters: BTreeMap<String, String>,
    sort: &str,
    q: Option<&str>,
) -> String {
    let mut filters = filters;
    let window = filters.remove("window");
    let columns = if usual { &[] } else { columns };
    let columns: Vec<ViewColumn> = columns
        .iter()
        .map(|column| ViewColumn {
            key: column.key.to_string(),
            width: column.own_width().map(u32::from),
            pinned: column.is_pinned(),
        })
        .collect();
    let state = ViewState {
        columns,
        filters: filters.into_iter().map(|(key, value)| (key, Value::String(value))).collect(),
        sort: sort.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        window,
        q: q.map(str::to_owned),
        ..ViewState::default()
    };
    serde_json::to_string(&state).unwrap_or_default()
}

/// The same on its way back: everything that a view holds is replaced.
pub fn read_state(json: &str) -> Option<WriteView> {
    let state: ViewState = serde_json::from_str(json).ok()?;
    let patch = |value: Option<String>| value.map_or(Patch::Clear, Patch::Set);
    Some(WriteView {
        columns: Some(state.columns),
        filters: Some(state.filters),
        sort: Some(state.sort),
        window: patch(state.window),
        q: patch(state.q),
        ..WriteView::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLIPPING: View = View::new("slipping", "Slipping", &[("stage", "slipping")]).sort("last_order_on");

    fn link(query: &str) -> Link {
        Link::parse("/customers", Some(query))
    }

    #[test]
    fn the_address_says_only_what_differs_from_the_view() {
        let view = Known::of(&SLIPPING);
        let holds = |query: &str| view.overlaid(&link(query)).to_string();
        assert_eq!(holds("view=slipping"), "/customers?stage=slipping&sort=last_order_on&view=slipping");
        assert_eq!(holds("view=slipping&q=elm"), "/customers?stage=slipping&sort=last_order_on&view=slipping&q=elm");
        assert_eq!(holds("view=slipping&stage="), "/customers?sort=last_order_on&view=slipping");
        assert_eq!(holds("stage=new&sort=name"), "/customers?stage=new&sort=name");
    }

    #[test]
    fn naming_columns_replaces_those_of_the_view() {
        let pairs = [("col", "name"), ("col", "rep:120"), ("pin", "rep"), ("stage", "new")];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let view = Known { key: "x".into(), label: "X".into(), pairs, kept: None };
        assert_eq!(view.overlaid(&link("col=terms")).to_string(), "/customers?stage=new&col=terms");
        assert_eq!(view.overlaid(&link("q=a")).get_all("col").count(), 2);
    }

    #[test]
    fn a_change_is_noticed_and_a_search_is_none() {
        let view = Known::of(&SLIPPING);
        let differs = |query: &str| view.differs(&view.overlaid(&link(query)), "name", |key| key == "customer_id");
        assert!(!differs("view=slipping") && !differs("view=slipping&q=elm&cursor=1&customer_id=cus_1"));
        assert!(!differs("view=slipping&stage=slipping"), "the same said twice");
        assert!(differs("view=slipping&stage=") && differs("view=slipping&sort=name") && differs("col=name"));
        let all = Known::of(&View::new("all", "All", &[]));
        assert!(!all.differs(&link("sort=name"), "name", |_| false), "the list's own order, said aloud");
    }

    #[test]
    fn names_become_addresses() {
        assert_eq!(slug("On hold or worse"), "on-hold-or-worse");
        assert_eq!(slug("  Ünï (90 days) "), "n-90-days");
    }

    #[test]
    fn a_state_comes_back_whole() {
        let columns = [crate::ui::Column::new("name", "Name")];
        let filters = BTreeMap::from([("window".into(), "this_year".into()), ("stage".into(), "new".into())]);
        let json = state_json(&columns, false, filters, "-total,name", Some("elm"));
        let view = read_state(&json).unwrap();
        assert_eq!(view.sort.unwrap(), ["-total", "name"]);
        assert_eq!((view.window, view.q), (Patch::Set("this_year".into()), Patch::Set("elm".into())));
        assert_eq!(view.columns.unwrap()[0].key, "name");
        assert_eq!(view.filters.unwrap()["stage"], "new");
        assert!(read_state("{").is_none());
    }
}
