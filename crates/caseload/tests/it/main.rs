//! The house as a whole: who may depend on whom, and the server over HTTP.

mod house;
