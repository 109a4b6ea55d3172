//! Cover: what candidates and plans are made from ([`load`]), what cases need ([`needs`]), what was carried out and promised
//! ([`keep`]), absences and places ([`people`]), and how upcoming cases stand ([`board`]).

pub mod board;
pub mod keep;
pub mod load;
pub mod needs;
pub mod people;
