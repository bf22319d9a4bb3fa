//! The integration tests live in `integration/`; this crate only carries them.
