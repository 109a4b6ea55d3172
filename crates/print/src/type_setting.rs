//! type_setting
