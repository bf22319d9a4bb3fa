//! Enough Markdown for the pages of `explain`: headings, code blocks, `code`. Without colour the text
//! stays as it is, which reads well and can be piped on.

use crate::style::{self, paint};

/// A page for a terminal.
pub fn render(text: &str, colour: bool) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            if !colour {
                out.push_str(line);
                out.push('\n');
            }
        } else if in_block {
            out.push_str(&block_line(line, colour));
            out.push('\n');
        } else if let Some(heading) = heading(line).filter(|_| colour) {
            out.push_str(&paint(style::STRONG, heading, true));
            out.push('\n');
        } else {
            out.push_str(&inline(line, colour));
            out.push('\n');
        }
    }
    out
}

/// A piece of running text.
pub fn inline(text: &str, colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let pieces: Vec<&str> = text.split('`').collect();
    // Without a partner the last tick is just a tick.
    let closed = pieces.len() % 2 == 1;
    let mut out = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        if i % 2 == 1 && (closed || i + 1 < pieces.len()) {
            out.push_str(&paint(style::CODE, piece, true));
        } else {
            if i % 2 == 1 {
                out.push('`');
            }
            out.push_str(piece);
        }
    }
    out
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len())
        .then(|| rest.strip_prefix(' '))
        .flatten()
}

fn block_line(line: &str, colour: bool) -> String {
    if colour {
        format!("    {}", paint(style::CODE, line, true))
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_a_page_is_its_markdown() {
        let page = "A `b`.\n\n# Why\n\n```yaml\na: 1\n```\n";
        assert_eq!(render(page, false), page);
    }

    #[test]
    fn with_colour_marks_become_styles() {
        let shown = render("a `b` c` d\n# Why\n```yaml\nx: `y`\n```\n", true);
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(plain, "a b c` d\nWhy\n    x: `y`\n");
        assert_ne!(plain, shown);
    }
}
