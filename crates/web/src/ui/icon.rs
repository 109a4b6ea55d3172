//! The icons: one sprite file, drawn on a 16 px grid with a 1.5 px stroke.

use crate::assets::asset;
use maud::{Markup, Render, html};

macro_rules! icons {
    ($($name:ident = $id:literal),* $(,)?) => {
        /// A symbol of the sprite. Icons are ornaments: the word beside one, or the button's label, says what it means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Icon { $($name),* }

        impl Icon {
            /// The symbol's id in the sprite.
            pub const fn id(self) -> &'static str {
                match self { $(Icon::$name => $id),* }
            }

            /// Every icon, for the gallery.
            pub const ALL: &'static [Icon] = &[$(Icon::$name),*];
        }
    };
}

icons! {
    Today = "today", Calendar = "calendar", Events = "events", Stock = "stock", Transfers = "transfers",
    Customers = "customers", Figures = "figures", People = "people", Catalog = "catalog", Settings = "settings",
    Search = "search", Scan = "scan", Me = "me", Plus = "plus", Close = "close", Check = "check", Down = "down", Up = "up",
    Right = "right", Left = "left", More = "more", Columns = "columns", Filter = "filter", Export = "export",
    Download = "download", Edit = "edit", Info = "info", Warning = "warning", Error = "error", Clock = "clock",
    Place = "place", File = "file", Print = "print", Mail = "mail", Lock = "lock", Undo = "undo", Fold = "fold", Sun = "sun",
    Moon = "moon", Truck = "truck", Swap = "swap", Link = "link", Help = "help", Out = "out", Camera = "camera",
    Phone = "phone", Bell = "bell", Box = "box", Save = "save", SortUp = "sort-up", SortDown = "sort-down",
    Pin = "pin",
}

/// The icon as an SVG that takes the colour of the text around it.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg class="i" width="16" height="16" aria-hidden="true" { use href={ (asset("icons.svg")) "#" (icon.id()) } {} }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        icon(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_in_the_sprite() {
        let sprite = include_str!("../../assets/icons.svg");
        for icon in Icon::ALL {
            assert!(sprite.contains(&format!("<symbol id=\"{}\"", icon.id())), "{icon:?} is missing");
        }
    }
}
