//! Real servers, started, killed, frozen and cut off.

mod one;
mod three;
