//! The engine over the memory log and real views: nothing is lost, nothing happens twice.

mod commands;
mod deadlines;
mod desk;
mod reactions;
mod views;
