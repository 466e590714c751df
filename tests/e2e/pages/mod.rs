//! The pages in Chromium, with and without scripts.

mod address;
mod connections;
mod demo;
mod links;
mod looks;
mod newcomer;
mod notices;
pub(crate) mod sessions;
mod settings;
mod visitor;
