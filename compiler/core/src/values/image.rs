//! Container image references: `registry/repository:tag@digest`.

use std::fmt;
use std::ops::Range;

use super::Invalid;

/// An image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    text: String,
    registry: Option<Range<usize>>,
    repository: Range<usize>,
    tag: Option<Range<usize>>,
    digest: Option<Range<usize>>,
}

const FORM: &str =
    "an image is `registry/repository:tag`, such as `busybox:1.36` or `ghcr.io/acme/app:1.4`";

impl ImageReference {
    /// Reads a reference; registry, tag and digest may be absent.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check_shape(text)?;
        let (name_and_tag, digest) = match text.find('@') {
            Some(at) => (0..at, Some(at + 1..text.len())),
            None => (0..text.len(), None),
        };
        let registry = registry_of(&text[name_and_tag.clone()]);
        let repository_start = registry.as_ref().map_or(0, |registry| registry.end + 1);
        let (repository, tag) = match text[repository_start..name_and_tag.end].find(':') {
            Some(colon) => {
                let colon = repository_start + colon;
                (repository_start..colon, Some(colon + 1..name_and_tag.end))
            }
            None => (repository_start..name_and_tag.end, None),
        };
        if let Some(registry) = &registry {
            check_registry(text, registry.clone())?;
        }
        check_repository(text, repository.clone(), registry.is_some())?;
        if let Some(tag) = &tag {
            check_tag(text, tag.clone())?;
        }
        if let Some(digest) = &digest {
            check_digest(text, digest.clone())?;
        }
        Ok(Self {
            text: text.to_owned(),
            registry,
            repository,
            tag,
            digest,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host that serves it, with its port, when it is named.
    pub fn registry(&self) -> Option<&str> {
        self.registry.clone().map(|range| &self.text[range])
    }

    /// The repository, without the registry.
    pub fn repository(&self) -> &str {
        &self.text[self.repository.clone()]
    }

    /// The tag, when one is named.
    pub fn tag(&self) -> Option<&str> {
        self.tag.clone().map(|range| &self.text[range])
    }

    /// The digest with its algorithm, when one is named.
    pub fn digest(&self) -> Option<&str> {
        self.digest.clone().map(|range| &self.text[range])
    }

    /// Whether the same reference always means the same image.
    pub fn is_pinned(&self) -> bool {
        self.digest.is_some()
    }
}

/// As it was written.
impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_shape(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new(0..0, "the image is empty").help(FORM));
    }
    if let Some((at, space)) = text.char_indices().find(|(_, c)| c.is_whitespace()) {
        return Err(
            Invalid::new(at..at + space.len_utf8(), "an image has no white space").help(FORM),
        );
    }
    if let Some(at) = text.find("://") {
        return Err(Invalid::new(0..at + 3, "an image is not a URL")
            .help(format!("write `{}`", &text[at + 3..])));
    }
    Ok(())
}

/// The first part names a registry when it looks like a host; `acme/app` has none.
fn registry_of(name: &str) -> Option<Range<usize>> {
    let slash = name.find('/')?;
    let first = &name[..slash];
    let is_host = first.contains(['.', ':']) || first == "localhost";
    is_host.then_some(0..slash)
}

fn check_registry(text: &str, range: Range<usize>) -> Result<(), Invalid> {
    let registry = &text[range.clone()];
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !registry.ends_with(']') => {
            (host, Some(port))
        }
        _ => (registry, None),
    };
    if let Some(port) = port
        && (port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let start = range.end - port.len();
        return Err(Invalid::new(
            start..range.end,
            format!("`{port}` is not the port of a registry"),
        )
        .help(FORM));
    }
    let is_ip_6 = host.starts_with('[')
        && host.ends_with(']')
        && host[1..host.len() - 1]
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || b == b':');
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if is_ip_6 || host.split('.').all(is_part) {
        return Ok(());
    }
    Err(Invalid::new(
        range.start..range.start + host.len(),
        format!("`{host}` is not the host of a registry"),
    )
    .help(FORM))
}

fn check_repository(text: &str, range: Range<usize>, has_registry: bool) -> Result<(), Invalid> {
    const LONGEST: usize = 255;
    let repository = &text[range.clone()];
    if repository.is_empty() {
        let message = if has_registry {
            "the image has a registry but no repository"
        } else {
            "the image has no name"
        };
        return Err(Invalid::new(range, message).help(FORM));
    }
    if range.end > LONGEST {
        return Err(Invalid::new(
            0..range.end,
            format!("the name of an image has at most {LONGEST} characters"),
        ));
    }
    let mut start = range.start;
    for part in repository.split('/') {
        check_part(text, start, part)?;
        start += part.len() + 1;
    }
    Ok(())
}

/// Lowercase letters and digits, with `.`, `_`, `__` or dashes between.
fn check_part(text: &str, start: usize, part: &str) -> Result<(), Invalid> {
    if part.is_empty() {
        let slash = start.saturating_sub(usize::from(start == text.len() || start > 0));
        return Err(Invalid::new(slash..slash + 1, "nothing stands beside this `/`").help(FORM));
    }
    if let Some((at, wrong)) = part.char_indices().find(|(_, c)| {
        !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    }) {
        let at = start + at;
        let invalid = Invalid::new(
            at..at + wrong.len_utf8(),
            format!("the name of an image cannot have `{wrong}`"),
        );
        return Err(if wrong.is_ascii_uppercase() {
            let name_end = text[start..]
                .find([':', '@'])
                .map_or(text.len(), |end| start + end);
            let lower = format!("{}{}", text[..name_end].to_lowercase(), &text[name_end..]);
            invalid.help(format!("names of images are lowercase: `{lower}`"))
        } else {
            invalid.help(FORM)
        });
    }
    let separators = part.split(|c: char| c.is_ascii_alphanumeric());
    let mut at = start;
    for separator in separators {
        let at_edge = at == start || at + separator.len() == start + part.len();
        let known =
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-');
        if !known || (at_edge && !separator.is_empty()) {
            return Err(Invalid::new(
                at..at + separator.len(),
                format!("`{separator}` cannot stand here in the name of an image"),
            )
            .help("letters or digits stand around one `.`, one or two `_`, or dashes"));
        }
        at += separator.len() + 1;
    }
    Ok(())
}

fn check_tag(text: &str, range: Range<usize>) -> Result<(), Invalid> {
    const LONGEST: usize = 128;
    let tag = &text[range.clone()];
    if tag.is_empty() {
        return Err(
            Invalid::new(range.start - 1..range.start, "the tag after `:` is missing")
                .help("write the version that is meant, or remove the colon"),
        );
    }
    let allowed = |(at, c): (usize, char)| {
        c.is_ascii_alphanumeric() || c == '_' || (at > 0 && matches!(c, '.' | '-'))
    };
    if let Some((at, wrong)) = tag.char_indices().find(|found| !allowed(*found)) {
        let at = range.start + at;
        return Err(Invalid::new(
            at..at + wrong.len_utf8(),
            format!("the tag of an image cannot have `{wrong}` here"),
        )
        .help(
            "a tag has letters, digits, `_`, `.` and `-`, and begins with none of the last two",
        ));
    }
    if tag.len() > LONGEST {
        return Err(Invalid::new(
            range,
            format!("the tag of an image has at most {LONGEST} characters"),
        ));
    }
    Ok(())
}

fn check_digest(text: &str, range: Range<usize>) -> Result<(), Invalid> {
    let digest = &text[range.clone()];
    let help = "a digest is `sha256:` and 64 digits from `0` to `f`";
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return Err(Invalid::new(range, format!("`{digest}` is not a digest")).help(help));
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            let end = range.start + algorithm.len();
            return Err(Invalid::new(
                range.start..end,
                format!("`{algorithm}` is not the algorithm of a digest"),
            )
            .help(help));
        }
    };
    let is_hex = hex
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_hex && hex.len() == length {
        return Ok(());
    }
    let start = range.end - hex.len();
    let message = if is_hex {
        format!(
            "a digest of {algorithm} has {length} digits, and this one has {}",
            hex.len()
        )
    } else {
        format!("`{hex}` is not a digest of {algorithm}")
    };
    Err(Invalid::new(start..range.end, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::tests::assert_invalid;

    type Parts<'a> = (Option<&'a str>, &'a str, Option<&'a str>, Option<&'a str>);

    #[test]
    fn references_have_parts() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let pinned = format!("ghcr.io/acme/app:1.4@{digest}");
        let cases: [(&str, Parts<'_>); 8] = [
            ("busybox", (None, "busybox", None, None)),
            ("busybox:1.36", (None, "busybox", Some("1.36"), None)),
            ("acme/app", (None, "acme/app", None, None)),
            ("localhost/app", (Some("localhost"), "app", None, None)),
            (
                "localhost:5000/a/b:x",
                (Some("localhost:5000"), "a/b", Some("x"), None),
            ),
            (
                "ghcr.io/acme/my_app__x--y.z:V1_2",
                (Some("ghcr.io"), "acme/my_app__x--y.z", Some("V1_2"), None),
            ),
            ("[::1]:5000/app", (Some("[::1]:5000"), "app", None, None)),
            (
                &pinned,
                (Some("ghcr.io"), "acme/app", Some("1.4"), Some(&digest)),
            ),
        ];
        for (text, parts) in cases {
            let image = ImageReference::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            let found = (
                image.registry(),
                image.repository(),
                image.tag(),
                image.digest(),
            );
            assert_eq!(found, parts, "{text}");
        }
    }

    #[test]
    fn problems_underline_the_part_that_is_wrong() {
        let digest = "a digest is `sha256:` and 64 digits from `0` to `f`";
        let edges = "letters or digits stand around one `.`, one or two `_`, or dashes";
        for (text, underlined, message, help) in [
            ("", "", "the image is empty", FORM),
            ("my image", " ", "an image has no white space", FORM),
            (
                "https://ghcr.io/a/b",
                "https://",
                "an image is not a URL",
                "write `ghcr.io/a/b`",
            ),
            (
                "Acme/App:1",
                "A",
                "the name of an image cannot have `A`",
                "names of images are lowercase: `acme/app:1`",
            ),
            ("größe", "ö", "the name of an image cannot have `ö`", FORM),
            (
                "busybox:",
                ":",
                "the tag after `:` is missing",
                "write the version that is meant, or remove the colon",
            ),
            (
                "busybox:-1",
                "-",
                "the tag of an image cannot have `-` here",
                "a tag has letters, digits, `_`, `.` and `-`, and begins with none of the last two",
            ),
            (
                "a:b:c",
                ":",
                "the tag of an image cannot have `:` here",
                "a tag has letters, digits, `_`, `.` and `-`, and begins with none of the last two",
            ),
            (
                "ghcr.io/",
                "",
                "the image has a registry but no repository",
                FORM,
            ),
            (":1", "", "the image has no name", FORM),
            ("a//b", "/", "nothing stands beside this `/`", FORM),
            ("/a", "/", "nothing stands beside this `/`", FORM),
            ("a/", "/", "nothing stands beside this `/`", FORM),
            ("host:x/a", "x", "`x` is not the port of a registry", FORM),
            (
                "ghcr..io/a",
                "ghcr..io",
                "`ghcr..io` is not the host of a registry",
                FORM,
            ),
            (
                "a..b",
                "..",
                "`..` cannot stand here in the name of an image",
                edges,
            ),
            (
                "a-",
                "-",
                "`-` cannot stand here in the name of an image",
                edges,
            ),
            (
                "a@sha256:12",
                "12",
                "a digest of sha256 has 64 digits, and this one has 2",
                digest,
            ),
            (
                "a@sha256:xy",
                "xy",
                "`xy` is not a digest of sha256",
                digest,
            ),
            (
                "a@md5:12",
                "md5",
                "`md5` is not the algorithm of a digest",
                digest,
            ),
            ("a@12", "12", "`12` is not a digest", digest),
        ] {
            assert_invalid(text, ImageReference::parse(text), underlined, message, help);
        }
    }
}
