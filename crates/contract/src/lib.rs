//! The shapes of requests and answers: what the API, the console and the use cases speak.
