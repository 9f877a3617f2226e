//! Real servers, started, killed, frozen and cut off.

mod deployed;
mod guard;
mod one;
mod three;
