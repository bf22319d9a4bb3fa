//! Ctrl-C and its like.

use std::sync::mpsc::Sender;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::engine::Message;
use crate::failure::{Failure, reason};

/// Ctrl-C and its like become messages.
#[derive(Debug)]
pub struct Listening(signal_hook::iterator::Handle);

impl Listening {
    /// Listens no longer.
    pub fn close(self) {
        self.0.close();
    }
}

/// Starts listening.
///
/// # Errors
/// When the system refuses it.
pub fn listen(sender: &Sender<Message>) -> Result<Listening, Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
        .map_err(|error| Failure::new(format!("cannot listen to Ctrl-C: {}", reason(&error))))?;
    let handle = signals.handle();
    let sender = sender.clone();
    thread::spawn(move || {
        for _ in &mut signals {
            if sender.send(Message::Signal).is_err() {
                return;
            }
        }
    });
    Ok(Listening(handle))
}
