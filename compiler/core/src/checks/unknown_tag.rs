//! A YAML tag has no meaning here.
//!
//! # What it means
//!
//! A value has a YAML tag, `!word`, that means nothing in a flow.
//!
//! # Why it matters
//!
//! Tags make programs that read the file build objects of their own. A flow holds plain values
//! only.
//!
//! # Example
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: !include load.sh
//! ```
//!
//! # Instead
//!
//! Drop the tag. Text that begins with `!` needs quotes.
//!
//! ```yaml
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load:
//!     run: ./load.sh
//! ```
