//! Real servers, started, killed, frozen and cut off.

mod deployed;
mod one;
mod three;
