//! The web's doors: what a browser or a program meets over HTTP.

pub mod view;
