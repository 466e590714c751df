//! The pages in Chromium, with and without scripts.

mod demo;
mod links;
mod looks;
mod newcomer;
mod notices;
mod settings;
mod visitor;
