//! Everything that is seen in a browser.

pub mod decide;
pub mod home;
pub mod links;
pub mod meeting_forms;
pub mod meetings;
pub mod parts;
pub mod respond;
mod sample;
pub mod sign_in;
