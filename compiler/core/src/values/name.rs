//! Names.
/// The longest name, in characters.
pub const MAX_NAME: usize = 63;
/// Checks the name of a flow.
pub fn check_flow_name(_text: &str) -> Result<(), super::Invalid> {
    Ok(())
}
/// Checks any other name.
pub fn check_name(_text: &str) -> Result<(), super::Invalid> {
    Ok(())
}
/// Checks the name of an environment variable.
pub fn check_env_name(_text: &str) -> Result<(), super::Invalid> {
    Ok(())
}
