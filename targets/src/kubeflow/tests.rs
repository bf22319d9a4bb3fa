//! Behaviour of the target.
