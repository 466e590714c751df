//! Everything that is seen in a browser.

pub mod about;
pub mod account;
pub mod admin;
pub mod book;
pub mod booking_links;
pub mod calendar;
pub mod connections;
pub mod decide;
pub mod grants;
pub mod home;
pub mod hours;
pub mod inbound;
pub mod links;
pub mod mailroom;
pub mod meeting_forms;
pub mod meetings;
pub mod notices;
pub mod parts;
pub mod resources;
pub mod respond;
mod sample;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod trouble;
pub mod why;
pub mod wish;
