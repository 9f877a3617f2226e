//! The files in `deploy/`: written from the code where they repeat it, and whole.

mod accounts;
mod files;
mod whole;
