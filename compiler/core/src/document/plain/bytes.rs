//! What the bytes of a plain document may stand for.

/// A kind of bytes.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    /// What keys are made of.
    Key = 1,
    /// The same and spaces.
    Words = 1 << 1,
    /// What goes on in a plain scalar whatever stands beside it.
    Plain = 1 << 2,
    /// What may stand in a line of a block.
    Line = 1 << 3,
}

impl Kind {
    /// The kinds of each byte: nearly all bytes of a file are asked for theirs.
    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let byte = at as u8;
            let printable = matches!(byte, b' '..=b'~' | 0x80..);
            let key = is_word_byte(byte) || matches!(byte, b'-' | b'.' | b'/');
            if key {
                table[at] |= Self::Key as u8;
            }
            if key || byte == b' ' {
                table[at] |= Self::Words as u8;
            }
            if printable && !matches!(byte, b'#' | b':') {
                table[at] |= Self::Plain as u8;
            }
            if printable || byte == b'\t' {
                table[at] |= Self::Line as u8;
            }
            at += 1;
        }
        table
    };

    pub(super) fn has(self, byte: u8) -> bool {
        Self::TABLE[usize::from(byte)] & self as u8 != 0
    }

    /// How many bytes of this kind the text begins with.
    pub(super) fn run(self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| !self.has(*byte));
        end.unwrap_or(bytes.len())
    }
}

pub(super) const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
