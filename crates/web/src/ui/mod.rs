//! What every screen is made of: small typed components that render with maud.
//!
//! A component is a struct with builder methods that implements [`maud::Render`], so that it is written `(component)` inside
//! `html!`, or a plain function where nothing is optional. No component writes a style attribute or a script: the
//! look is in `assets/app.css`, the behaviour in `assets/app.js`, and both only ever see classes and `data-` attributes.
//! Every page works without scripts; links and forms are real, `data-dialog`, `data-look` and `hx-` only make them quicker.

mod board;
mod button;
mod chart;
mod columns;
mod filter;
mod float;
mod form;
mod icon;
mod inline;
mod link;
mod parts;
mod prefs;
mod request;
mod scan;
mod shell;
mod status;
mod table;
mod tri;
mod views;

pub use board::{BoardDay, Lane, Slot, board};
pub use button::{Button, Menu, buttons};
pub use chart::{HBar, Meter, Point, bar_chart, hbars, meter, sparkline};
pub use columns::{columns_menu, moved, pick_columns};
pub use filter::{Chip, FilterBar, FilterField};
pub use float::{Confirm, Flash, FlashKind, Hit, dialog_body, drawer_body, palette_results};
pub use form::{Choice, Field, FieldError, Form, Suggestion, csrf_field, error_summary, section, suggestions};
pub use icon::{Icon, icon};
pub use inline::{Inline, InlineForm, inlines, missing};
pub use link::Link;
pub use parts::{
    Banner, Card, Empty, Fact, Figure, Line, Step, StepState, TimelineItem, Todo, avatar, banner, cards, facts,
    facts_wide, figures, figures_in_grid, foot_bar, lines, polling, section_block, split, steps, timeline, todos, two,
    when,
};
pub use prefs::{Density, Prefs, Theme, prefs_routes};
pub use request::Hx;
pub use scan::{ScanLine, ScanPage, scan_line};
pub use shell::{Alone, Header, Page, Room, Tab, Viewer, Waiting, error_page, shell, tabs};
pub use status::{Status, Tone, badge, status};
pub use table::{Align, Bulk, Cell, Column, Row, Table, page_info};
pub use tri::Tri;
pub use views::{Changed, Views, sort_menu};

/// Text that a component keeps: a literal or an owned string.
pub type Text = std::borrow::Cow<'static, str>;
