//! Time zones by their IANA names.

use jiff::tz::TimeZoneDatabase;

use super::Invalid;
use crate::suggest::nearest;

/// Checks an IANA name, in exactly its spelling: the orchestrators' machines tell case apart.
pub fn check_timezone(text: &str) -> Result<(), Invalid> {
    let database = TimeZoneDatabase::bundled();
    let names: Vec<String> = database
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    if names.iter().any(|name| name == text) {
        return Ok(());
    }
    let invalid = Invalid::new(0..text.len(), format!("`{text}` is not a time zone"));
    Err(match suggestion(text, &names) {
        Some(name) => invalid.help(format!("did you mean `{name}`?")),
        None => invalid.help("write a name of the IANA database, such as `Europe/Berlin` or `UTC`"),
    })
}

fn suggestion<'a>(text: &str, names: &'a [String]) -> Option<&'a str> {
    let mended = text.trim().replace(' ', "_").to_lowercase();
    let names = || names.iter().map(String::as_str);
    let city = |name: &str| {
        name.rsplit_once('/')
            .is_some_and(|(_, city)| city.to_lowercase() == mended)
    };
    if mended.len() < 3 {
        return None;
    }
    names()
        .find(|name| name.to_lowercase() == mended)
        .or_else(|| names().find(|name| city(name)))
        .or_else(|| {
            // A slip is in the city; short names such as `EST` are near to everything.
            text.contains('/').then(|| nearest(text, names())).flatten()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    #[test]
    fn names_of_the_database_pass() {
        for name in [
            "UTC",
            "Etc/UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "US/Eastern",
        ] {
            assert_eq!(check_timezone(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn others_get_a_suggestion() {
        let example = "write a name of the IANA database, such as `Europe/Berlin` or `UTC`";
        for (name, help) in [
            ("Europe/Berln", "did you mean `Europe/Berlin`?"),
            ("europe/berlin", "did you mean `Europe/Berlin`?"),
            ("Berlin", "did you mean `Europe/Berlin`?"),
            ("New York", "did you mean `America/New_York`?"),
            ("utc", "did you mean `UTC`?"),
            ("CEST", example),
            ("+02:00", example),
            ("", example),
        ] {
            assert_invalid(
                name,
                check_timezone(name),
                name,
                &format!("`{name}` is not a time zone"),
                help,
            );
        }
    }
}
