//! The YAML event parser, and the only file that knows it: its events and errors in our own words.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};

use super::syntax::Slip;

/// The events of one text, with byte ranges.
pub(super) struct Events<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

/// What the text says next.
pub(super) enum Event<'a> {
    /// A document begins.
    DocumentStart,
    /// A document ends.
    DocumentEnd,
    /// A scalar, after unquoting.
    Scalar {
        text: Cow<'a, str>,
        style: Style,
        properties: Properties,
    },
    /// A list begins.
    SequenceStart { flow: bool, properties: Properties },
    /// The innermost list ends.
    SequenceEnd,
    /// A mapping begins.
    MappingStart { flow: bool, properties: Properties },
    /// The innermost mapping ends.
    MappingEnd,
    /// The name of the anchor that the node just before has.
    AnchorName(Cow<'a, str>),
    /// A reference to the anchor with this number.
    Alias(usize),
    /// A reference to a name that no anchor before it has.
    UnknownAlias(Cow<'a, str>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// Anchor and tag of a node.
#[derive(Default)]
pub(super) struct Properties {
    /// The anchor's number, when the node has one.
    pub(super) anchor: Option<usize>,
    /// The tag, when the node has one.
    pub(super) tag: Option<Tag>,
}

/// A tag as written, such as `!!str`.
pub(super) struct Tag {
    /// The part after `!!` of one of YAML's own tags; `!` alone; nothing for any other.
    pub(super) core: Option<String>,
    /// Where the tag stands.
    pub(super) range: Option<Range<usize>>,
}

/// Where the text stops being YAML.
pub(super) struct SyntaxError {
    /// The byte where the parser noticed.
    pub(super) at: usize,
    /// What kind of slip it is.
    pub(super) slip: Slip,
}

impl<'a> Events<'a> {
    /// The events of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            // The tree counts both kinds together; these keep the parser from looking far ahead.
            flow_nesting_limit: super::MAX_DEPTH,
            block_nesting_limit: super::MAX_DEPTH,
        };
        Self {
            parser: Parser::new_from_str_with_options(text, options),
        }
    }

    /// The next event and its byte range; nothing at the end of the text or after an error.
    pub(super) fn next(&mut self) -> Option<Result<(Event<'a>, Range<usize>), SyntaxError>> {
        loop {
            let (event, span) = match self.parser.next_event()? {
                Ok(next) => next,
                Err(error) => return Some(Err(syntax_error(&error))),
            };
            let range = span.byte_range().unwrap_or_default();
            let properties = |anchor: usize, tag: Option<Cow<'_, granit_parser::Tag>>| Properties {
                anchor: (anchor != 0).then_some(anchor),
                tag: tag.map(|tag| own_tag(&tag, span)),
            };
            let event = match event {
                granit_parser::Event::DocumentStart(..) => Event::DocumentStart,
                granit_parser::Event::DocumentEnd => Event::DocumentEnd,
                granit_parser::Event::Alias(id) => Event::Alias(id),
                granit_parser::Event::UnresolvedAlias(name) => Event::UnknownAlias(name),
                granit_parser::Event::Anchor(_, name) => Event::AnchorName(name),
                granit_parser::Event::Scalar(text, style, anchor, tag) => Event::Scalar {
                    text: scalar_text(text, style, &range),
                    style: own_style(style),
                    properties: properties(anchor, tag),
                },
                granit_parser::Event::SequenceStart(style, anchor, tag) => Event::SequenceStart {
                    flow: style == StructureStyle::Flow,
                    properties: properties(anchor, tag),
                },
                granit_parser::Event::MappingStart(style, anchor, tag) => Event::MappingStart {
                    flow: style == StructureStyle::Flow,
                    properties: properties(anchor, tag),
                },
                granit_parser::Event::SequenceEnd => Event::SequenceEnd,
                granit_parser::Event::MappingEnd => Event::MappingEnd,
                _ => continue,
            };
            return Some(Ok((event, range)));
        }
    }
}

/// The parser shows a value that is not there as `~` with an empty range.
fn scalar_text<'a>(text: Cow<'a, str>, style: ScalarStyle, range: &Range<usize>) -> Cow<'a, str> {
    if style == ScalarStyle::Plain && range.is_empty() {
        Cow::Borrowed("")
    } else {
        text
    }
}

fn own_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn own_tag(tag: &granit_parser::Tag, span: granit_parser::Span) -> Tag {
    let core = match (tag.handle(), tag.suffix()) {
        ("", "!") | ("!", "") => Some("!".to_owned()),
        _ => tag.core_suffix().map(str::to_owned),
    };
    Tag {
        core,
        range: span.tag_span().and_then(|span| span.byte_range()),
    }
}

fn syntax_error(error: &ScanError) -> SyntaxError {
    SyntaxError {
        at: error.marker().byte_offset().unwrap_or_default(),
        slip: slip(error.kind()),
    }
}

/// The parser's many kinds of error, as the few that a user can act on.
fn slip(kind: &ErrorKind) -> Slip {
    use ErrorKind as K;
    match kind {
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabAtBlockScalarStart
        | K::TabInIndentation
        | K::TabInPlainScalar => Slip::Tab,
        K::UnclosedQuotedScalar
        | K::DocumentIndicatorInQuotedScalar
        | K::InvalidQuotedScalarIndent => Slip::UnclosedQuote,
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            Slip::TextAfterQuote
        }
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => Slip::Escape,
        K::UnexpectedEofFlowSequence
        | K::UnclosedFlowCollection { open: '[' }
        | K::ExpectedFlowSequenceSeparator => Slip::FlowSequence,
        K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::UnclosedFlowCollection { .. }
        | K::ExpectedFlowMappingSeparator => Slip::FlowMapping,
        K::InvalidColonPlacement
        | K::InvalidFlowScalarIndent
        | K::BlockEntryInFlowCollection
        | K::PlainScalarStartsWithDashFlowIndicator
        | K::FlowMappingValueAdjacentCollection => Slip::InFlow,
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => Slip::Bracket,
        K::MappingValueNotAllowed | K::MappingKeyNotAllowed => Slip::SecondColon,
        K::SimpleKeyExpected | K::InvalidSimpleKey => Slip::NoColon,
        K::ExpectedBlockMappingKey | K::InvalidIndentation => Slip::MappingIndentation,
        K::ExpectedBlockSequenceEntry | K::BlockSequenceEntryNotAllowed => {
            Slip::SequenceIndentation
        }
        K::UnexpectedCharacter { character } => Slip::Reserved(*character),
        K::InvalidBlockScalarHeader | K::ZeroBlockScalarIndent => Slip::BlockHeader,
        K::InvalidBlockScalarIndent => Slip::BlockIndentation,
        K::MissingAnchorOrAliasName => Slip::AnchorName,
        K::CommentInterceptedScalar | K::CommentNotSeparated => Slip::Comment,
        K::RecursionLimitExceeded => Slip::Nesting,
        K::ExpectedTagBang
        | K::InvalidGlobalTagCharacter
        | K::UndeclaredTagHandle
        | K::InvalidTagTerminator
        | K::MissingTagUri
        | K::UnclosedVerbatimTag
        | K::InvalidTagEscape
        | K::InvalidTagUtf8LeadingByte
        | K::InvalidTagUtf8TrailingByte
        | K::InvalidTagUtf8 => Slip::Tag,
        K::UnsupportedYamlMajorVersion
        | K::DuplicateVersionDirective
        | K::DuplicateTagDirective
        | K::MissingDocumentEndBeforeDirective
        | K::InvalidDirectiveTerminator
        | K::MissingYamlVersionSeparator
        | K::MissingDirectiveName
        | K::InvalidDirectiveName
        | K::DirectiveByteLimitExceeded { .. }
        | K::TooManyReservedDirectiveParams { .. }
        | K::YamlVersionTooLong
        | K::MissingYamlVersion
        | K::InvalidTagDirectiveTerminator
        | K::ExpectedTagDirectiveBang => Slip::Directive,
        K::ExpectedDocumentStart | K::InvalidDocumentEnd => Slip::AfterDocument,
        K::UnexpectedEof
        | K::UnexpectedEofBlockMapping
        | K::UnexpectedEofBlockSequence
        | K::UnexpectedEndOfPlainScalar => Slip::End,
        _ => Slip::Other,
    }
}
