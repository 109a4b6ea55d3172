//! REST and OpenAPI.
