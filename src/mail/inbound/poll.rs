//! Reading the mailbox.
