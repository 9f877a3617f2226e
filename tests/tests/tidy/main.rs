//! Rules about the code base.
