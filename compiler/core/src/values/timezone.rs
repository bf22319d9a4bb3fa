//! Time zones.
/// Checks an IANA name.
pub fn check_timezone(_text: &str) -> Result<(), super::Invalid> {
    Ok(())
}
