//! What operators run, one file a command.

pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod doctor;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod policy;
pub(crate) mod provision;
pub(crate) mod rebuild;
pub(crate) mod status;
pub(crate) mod tail;
pub(crate) mod timeline;
