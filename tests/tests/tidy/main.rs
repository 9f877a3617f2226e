//! Rules about the code base, as ordinary tests. Each failure names file and line, and what to do.
//!
//! `sources` reads the repository, `findings` reports. Then one file a subject: `imports` (who may
//! know whom), `purity` (what rules must never reach), `skeleton` (what every rule crate looks
//! like), `text` (what no line may hold), `manifests`, `others` (what other systems get wrong, and
//! which test here catches it), and `documents` (what the README says is true). A rule that reads
//! text has a bad sample beside it, so that it is known to bite.

mod documents;
mod findings;
mod imports;
mod manifests;
mod others;
mod purity;
mod skeleton;
mod sources;
mod text;
