//! Secrets: where they come from, and how they are kept out of logs.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flowc_core::flow::Flow;
use indexmap::IndexMap;

use crate::failure::Failure;
use crate::report::slashes;

/// What a secret becomes in a log.
const MASK: &[u8] = b"***";

/// The values of the flow's secrets: from the environment, under the secret's name or the same in
/// capitals, else from an env file.
///
/// # Errors
/// A secret without a value; an env file that cannot be read.
pub fn secrets(
    flow: &Flow,
    folder: &Path,
    file: Option<&Path>,
) -> Result<IndexMap<String, String>, Failure> {
    let beside = folder.join(".env");
    let variables = match file {
        Some(path) => read_file(path)?,
        None if !flow.secrets.is_empty() && beside.is_file() => read_file(&beside)?,
        None => IndexMap::new(),
    };
    let mut values = IndexMap::new();
    let mut missing = Vec::new();
    for name in &flow.secrets {
        let name = &name.value;
        let capitals = name.to_uppercase();
        let from_environment = [name, &capitals]
            .into_iter()
            .find_map(|name| std::env::var(name).ok());
        let value = from_environment.or_else(|| {
            let found = variables.get(name).or_else(|| variables.get(&capitals));
            found.cloned()
        });
        match value {
            Some(value) if !value.contains('\0') => {
                values.insert(name.clone(), value);
            }
            _ => missing.push(name.as_str()),
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let what = if missing.len() == 1 {
        "secret"
    } else {
        "secrets"
    };
    Err(
        Failure::new(format!("{what} {} has no value", names.join(", "))).help(format!(
            "set it in the environment, or write `{}=…` into `{}`",
            missing[0],
            slashes(file.unwrap_or(&beside))
        )),
    )
}

fn read_file(path: &Path) -> Result<IndexMap<String, String>, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("`{}` is not UTF-8", slashes(path))))?;
    parse(&text).map_err(|(line, what)| {
        Failure::new(format!("`{}` line {line}: {what}", slashes(path)))
            .help("write NAME=VALUE, NAME='VALUE' or NAME=\"VALUE\", one a line")
    })
}

/// Reads `NAME=VALUE` lines. `export` may stand before; a value in single quotes is taken as it is,
/// one in double quotes knows `\n`, `\r`, `\t`, `\"`, `\\` and `\$`, and both may span lines; any other
/// ends at ` #` or the line, without the blanks around.
///
/// # Errors
/// The line, and what is wrong there.
pub fn parse(text: &str) -> Result<IndexMap<String, String>, (usize, &'static str)> {
    let mut values = IndexMap::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line_of = |rest: &str| text[..text.len() - rest.len()].matches('\n').count() + 1;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            rest = after;
            continue;
        }
        let at = line_of(rest);
        let start = line.len() - line.trim_start().len();
        let body = &rest[start..];
        let body = body.strip_prefix("export ").map_or(body, str::trim_start);
        let Some((name, value)) = body.split_once('=') else {
            return Err((at, "there is no `=`"));
        };
        let name = name.trim();
        let is_name = name
            .bytes()
            .enumerate()
            .all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()));
        if name.is_empty() || !is_name {
            return Err((at, "this is no name of a variable"));
        }
        let value = value.trim_start_matches([' ', '\t']);
        let (value, after) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => quoted(&value[1..], quote)
                .and_then(|(value, after)| {
                    let (tail, next) = after.split_once('\n').unwrap_or((after, ""));
                    let tail = tail.trim();
                    (tail.is_empty() || tail.starts_with('#')).then_some((value, next))
                })
                .ok_or((at, "the quotes do not match"))?,
            _ => {
                let (line, next) = value.split_once('\n').unwrap_or((value, ""));
                let line = line.split(" #").next().unwrap_or(line);
                (line.trim().to_owned(), next)
            }
        };
        values.insert(name.to_owned(), value);
        rest = after;
    }
    Ok(values)
}

fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, &text[at + 1..])),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c @ ('"' | '\\' | '$') => value.push(c),
                c => {
                    value.push('\\');
                    value.push(c);
                }
            },
            c => value.push(c),
        }
    }
    None
}

/// The texts that must not be seen.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    /// The longest first, so that one that holds another is found whole.
    texts: Vec<Vec<u8>>,
}

impl Masks {
    /// Of secrets: each as a whole, and the lines of one that has several.
    pub fn new(secrets: &IndexMap<String, String>) -> Self {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for secret in secrets.values() {
            let lines = secret.lines().filter(|line| line.len() >= 8);
            for text in std::iter::once(secret.trim_end_matches('\n')).chain(lines) {
                if !text.is_empty() {
                    texts.push(text.as_bytes().to_vec());
                }
            }
        }
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        Self { texts }
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// A text without secrets.
    pub fn hide(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        let mut out = Vec::new();
        let mut masking = Masking::new(self, &mut out);
        let done = masking
            .write_all(text.as_bytes())
            .and_then(|()| masking.finish());
        match done {
            Ok(()) => String::from_utf8_lossy(&out).into_owned(),
            Err(_) => String::new(),
        }
    }
}

/// Writes on what it is given, without secrets, also where one comes in pieces.
pub struct Masking<'m, W> {
    masks: &'m Masks,
    out: W,
    held: Vec<u8>,
    first: [bool; 256],
}

impl<'m, W: Write> Masking<'m, W> {
    /// In front of a writer.
    pub fn new(masks: &'m Masks, out: W) -> Self {
        let mut first = [false; 256];
        for text in &masks.texts {
            first[usize::from(text[0])] = true;
        }
        Self {
            masks,
            out,
            held: Vec::new(),
            first,
        }
    }

    /// Writes what was held back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        self.pass_on(true)
    }

    fn pass_on(&mut self, last: bool) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        let mut plain = 0;
        let mut at = 0;
        while at < held.len() {
            if !self.first[usize::from(held[at])] {
                at += 1;
                continue;
            }
            let rest = &held[at..];
            let texts = &self.masks.texts;
            // A longer secret that may still come goes before a shorter one that is there.
            let may_come = |text: &Vec<u8>| text.len() > rest.len() && text.starts_with(rest);
            if !last && texts.iter().any(may_come) {
                break;
            }
            if let Some(text) = texts.iter().find(|text| rest.starts_with(text)) {
                self.out.write_all(&held[plain..at])?;
                self.out.write_all(MASK)?;
                at += text.len();
                plain = at;
            } else {
                at += 1;
            }
        }
        self.out.write_all(&held[plain..at])?;
        self.held = held[at..].to_vec();
        Ok(())
    }
}

impl<W: Write> Write for Masking<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        self.pass_on(false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_are_read_exactly() {
        let text = "\u{feff}# comment\nA=1\n export B = two words # why\nC='as $is \\n'\nD=\"x\\ny\\\"\\$\"\n\nE=\nF=a#b\nG='two\nlines'\r\nH=last";
        let values = parse(text).expect("read");
        let pairs: Vec<(&str, &str)> = values.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(
            pairs,
            [
                ("A", "1"),
                ("B", "two words"),
                ("C", "as $is \\n"),
                ("D", "x\ny\"$"),
                ("E", ""),
                ("F", "a#b"),
                ("G", "two\nlines"),
                ("H", "last"),
            ]
        );
        assert_eq!(parse("A=1\nwrong"), Err((2, "there is no `=`")));
        assert_eq!(parse("A='1"), Err((1, "the quotes do not match")));
        assert_eq!(parse("A B=1"), Err((1, "this is no name of a variable")));
    }

    fn masked(secrets: &[&str], pieces: &[&str]) -> String {
        let secrets = secrets
            .iter()
            .enumerate()
            .map(|(i, s)| (i.to_string(), (*s).to_owned()))
            .collect();
        let masks = Masks::new(&secrets);
        let mut out = Vec::new();
        let mut masking = Masking::new(&masks, &mut out);
        for piece in pieces {
            masking.write_all(piece.as_bytes()).expect("written");
        }
        masking.finish().expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn secrets_are_hidden_also_in_pieces_and_in_one_another() {
        assert_eq!(masked(&["abc"], &["xabcx abcabc"]), "x***x ******");
        assert_eq!(masked(&["abc"], &["xa", "b", "c", "ab"]), "x***ab");
        assert_eq!(masked(&["abc", "abcdef"], &["abcd", "ef abcx"]), "*** ***x");
        assert_eq!(masked(&["aab"], &["aa", "aab"]), "aa***");
        assert_eq!(
            masked(&["first line\nsecond line"], &["second line"]),
            "***"
        );
        assert_eq!(masked(&[""], &["abc"]), "abc");
    }
}
