//! The one place where YAML is written.
