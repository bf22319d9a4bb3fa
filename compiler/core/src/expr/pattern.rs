//! Patterns: what RE2, Rust's `regex` and Python's `re` have in common, with RE2's meaning.
//!
//! The three agree on most of their syntax but not on all of its meaning: `\d` is every Unicode digit
//! for two of them, `$` also matches before a last newline for one. So a pattern is read here, refused
//! where the three cannot be made to agree, and written anew for each.

use std::ops::Range;

use regex::Regex;

use crate::values::Invalid;

/// A pattern that is known to be right.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    python: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong and at which bytes of the pattern.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let mut reader = Reader::new(text);
        reader.read()?;
        let regex = Regex::new(&reader.rust).map_err(|error| Invalid {
            range: 0..text.len(),
            message: format!("the pattern `{text}` is wrong: {}", reason(&error)),
            help: None,
        })?;
        Ok(Self {
            regex,
            python: reader.python,
        })
    }

    /// Whether the pattern is found anywhere in a text.
    pub fn is_found_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Whether a pattern is the whole of a text.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn matches_whole(pattern: &str, text: &str) -> Result<bool, Invalid> {
        // Read alone first, so that an unbalanced `)` cannot close the group around it.
        Self::new(pattern)?;
        Ok(Self::new(&whole(pattern))?.is_found_in(text))
    }

    /// The same pattern in the syntax of the `regex` crate, with every class written out.
    pub fn rust(&self) -> &str {
        self.regex.as_str()
    }

    /// The same pattern for Python's `re.search`, without flags.
    pub fn python(&self) -> &str {
        &self.python
    }
}

/// The pattern that is found in a text exactly when `pattern` is the whole of it.
pub fn whole(pattern: &str) -> String {
    // Flags stand at the start or nowhere.
    let flags = Reader::flags(pattern).map_or(0, str::len);
    format!("{}^(?:{})$", &pattern[..flags], &pattern[flags..])
}

/// The last line of the engine's message, which says why.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether a quantifier may follow.
    quantifiable: bool,
    rust: String,
    python: String,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            quantifiable: false,
            rust: String::new(),
            python: String::new(),
        }
    }

    /// The flags at the start of a pattern.
    fn flags(text: &str) -> Option<&str> {
        ["(?i)", "(?s)", "(?is)", "(?si)"]
            .into_iter()
            .find(|flags| text.starts_with(flags))
    }

    fn read(&mut self) -> Result<(), Invalid> {
        if let Some(flags) = Self::flags(self.text) {
            self.both(flags);
            self.at = flags.len();
        }
        while let Some(character) = self.rest().chars().next() {
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' | '{' => self.quantifier()?,
                '$' => {
                    self.rust.push('$');
                    // Python's own `$` also matches before a last newline.
                    self.python.push_str("\\Z");
                    self.step(1, false);
                }
                '^' | '|' => {
                    self.both(&character.to_string());
                    self.step(1, false);
                }
                _ => {
                    self.both(&character.to_string());
                    self.step(character.len_utf8(), true);
                }
            }
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), Invalid> {
        let rest = self.rest();
        let opener = if rest.starts_with("(?:") {
            "(?:"
        } else if rest.starts_with("(?P<") {
            match rest.find('>') {
                Some(end) => &rest[..=end],
                None => return Err(self.wrong(4, "has no closing `>`", None)),
            }
        } else if rest.starts_with("(?") {
            let message = match rest.as_bytes().get(2) {
                Some(b'=' | b'!' | b'<') => "a pattern has no look-around",
                _ => "flags other than `(?i)` and `(?s)` at the start are not in every engine",
            };
            return Err(self.wrong(3, message, None));
        } else {
            "("
        };
        self.both(opener);
        self.step(opener.len(), false);
        Ok(())
    }

    fn quantifier(&mut self) -> Result<(), Invalid> {
        let rest = self.rest();
        let length = if rest.starts_with('{') {
            self.counted()?
        } else {
            1
        };
        if !self.quantifiable {
            return Err(self.wrong(length, "repeats nothing that can be repeated", None));
        }
        let lazy = rest[length..].starts_with('?');
        let length = length + usize::from(lazy);
        self.both(&rest[..length]);
        self.step(length, false);
        Ok(())
    }

    /// The length of `{n}`, `{n,}` or `{n,m}`.
    fn counted(&self) -> Result<usize, Invalid> {
        let rest = self.rest();
        let end = rest.find('}').map_or(rest.len(), |end| end + 1);
        let inside = rest[1..end].trim_end_matches('}');
        let (from, to) = inside.split_once(',').unwrap_or((inside, inside));
        let bounded = |text: &str| text.parse::<u32>().is_ok_and(|count| count <= 1000);
        if !bounded(from) || !(to.is_empty() || bounded(to)) || !rest[..end].ends_with('}') {
            return Err(self.wrong(
                end,
                "is not a repetition of at most 1000",
                Some("write `\\{` for a literal brace"),
            ));
        }
        Ok(end)
    }

    fn class(&mut self) -> Result<(), Invalid> {
        let start = self.at;
        let opener = if self.rest().starts_with("[^") {
            "[^"
        } else {
            "["
        };
        self.both(opener);
        self.at += opener.len();
        let mut first = true;
        loop {
            let rest = self.rest();
            let Some(character) = rest.chars().next() else {
                let range = start..start + 1;
                return Err(invalid(self.text, range, "has no closing `]`", None));
            };
            match character {
                ']' if !first => break,
                '[' if rest.starts_with("[:") => {
                    return Err(self.wrong(
                        2,
                        "names a class that is not in every engine",
                        Some("write the range, such as `a-z`"),
                    ));
                }
                '-' if rest.starts_with("--") => {
                    return Err(self.wrong(
                        2,
                        "has no meaning in every engine",
                        Some("write `\\-` for a literal `-`"),
                    ));
                }
                '\\' => self.escape(true)?,
                '[' | ']' | '&' | '~' | '|' | '^' => {
                    // Some engines know operations on classes; escaped, each stands for itself.
                    self.both(&format!("\\{character}"));
                    self.at += 1;
                }
                _ => {
                    self.both(&character.to_string());
                    self.at += character.len_utf8();
                }
            }
            first = false;
        }
        self.both("]");
        self.step(1, true);
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), Invalid> {
        let rest = self.rest();
        let Some(kind) = rest[1..].chars().next() else {
            return Err(self.wrong(1, "stands for nothing at the end", None));
        };
        let length = 1 + kind.len_utf8();
        match kind {
            'd' | 'w' | 's' | 'D' | 'W' | 'S' => self.perl_class(kind, in_class)?,
            'b' if !in_class => {
                self.rust.push_str(r"(?-u:\b)");
                self.python.push_str(r"(?a:\b)");
                self.step(length, false);
            }
            'n' | 'r' | 't' | 'f' | 'v' | 'a' => {
                self.both(&rest[..length]);
                self.step(length, true);
            }
            'x' => {
                let digits = rest
                    .get(2..4)
                    .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                if !digits {
                    return Err(self.wrong(2, "must be followed by two digits", None));
                }
                self.both(&rest[..4]);
                self.step(4, true);
            }
            _ if kind.is_ascii_punctuation() => {
                self.both(&regex::escape(&kind.to_string()));
                // `-` and the like are special in a class only, and `escape` knows them.
                self.step(length, true);
            }
            '1'..='9' => {
                return Err(self.wrong(length, "refers back, which not every engine can", None));
            }
            'p' | 'P' => {
                return Err(self.wrong(
                    length,
                    "is not in every engine",
                    Some("write the range, such as `a-z`"),
                ));
            }
            // In an empty text, and beside a character of several bytes, each engine has its own idea.
            'B' => return Err(self.wrong(length, "does not mean the same in every engine", None)),
            'A' => return Err(self.wrong(length, "is not in every engine", Some("write `^`"))),
            'z' | 'Z' => {
                return Err(self.wrong(length, "is not in every engine", Some("write `$`")));
            }
            _ => return Err(self.wrong(length, "is not an escape of a pattern", None)),
        }
        Ok(())
    }

    /// `\d` and its like, as the ASCII characters they are in RE2.
    fn perl_class(&mut self, kind: char, in_class: bool) -> Result<(), Invalid> {
        let members = match kind.to_ascii_lowercase() {
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            _ => "\\t\\n\\f\\r ",
        };
        match (kind.is_ascii_uppercase(), in_class) {
            (false, true) => self.both(members),
            (false, false) => self.both(&format!("[{members}]")),
            (true, false) => self.both(&format!("[^{members}]")),
            // Python cannot nest classes.
            (true, true) => return Err(self.wrong(2, "inside `[…]` is not in every engine", None)),
        }
        let (before, after) = (&self.text[..self.at], &self.rest()[2..]);
        let ends_range =
            before.ends_with('-') && !before.ends_with("[-") && !before.ends_with("[^-");
        let starts_range = after.starts_with('-') && !after.starts_with("-]");
        if in_class && (ends_range || starts_range) {
            let help = "write `\\-` for a literal `-`";
            return Err(self.wrong(2, "beside a `-` has no meaning in every engine", Some(help)));
        }
        self.step(2, true);
        Ok(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn both(&mut self, text: &str) {
        self.rust.push_str(text);
        self.python.push_str(text);
    }

    fn step(&mut self, length: usize, quantifiable: bool) {
        self.at += length;
        self.quantifiable = quantifiable;
    }

    fn wrong(&self, length: usize, message: &str, help: Option<&str>) -> Invalid {
        let mut end = (self.at + length).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        invalid(self.text, self.at..end, message, help)
    }
}

fn invalid(text: &str, range: Range<usize>, message: &str, help: Option<&str>) -> Invalid {
    let message = if message.starts_with("a ") || message.starts_with("flags") {
        format!("{message}: `{}`", &text[range.clone()])
    } else {
        format!("`{}` in a pattern {message}", &text[range.clone()])
    };
    Invalid {
        message,
        range,
        help: help.map(Into::into),
    }
}

#[cfg(test)]
mod tests;
