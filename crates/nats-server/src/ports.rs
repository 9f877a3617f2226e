//! Ports that are free.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// Ports are taken from here. Linux gives ports above 32767 to connections that go out, and one of
/// those could take the port of a server that is down for a moment.
const FIRST: u16 = 21_000;
/// How many there are to choose from.
const CHOICE: u16 = 11_000;

/// So many ports that nobody listens on. Fewer, if there are not so many.
pub(crate) fn free(count: usize) -> Vec<u16> {
    // Processes that look at the same time should not look at the same ports.
    let start = RandomState::new().build_hasher().finish() % u64::from(CHOICE);
    let start = u16::try_from(start).unwrap_or_default();
    let mut ports = BTreeSet::new();
    for step in 0..CHOICE {
        if ports.len() == count {
            break;
        }
        let port = FIRST + (start + step) % CHOICE;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            ports.insert(port);
        }
    }
    ports.into_iter().collect()
}
