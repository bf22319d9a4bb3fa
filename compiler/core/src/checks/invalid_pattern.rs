//! The pattern of a parameter is not a regular expression.
