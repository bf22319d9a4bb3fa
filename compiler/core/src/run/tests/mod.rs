//! Each rule of the language page, with processes that a test makes up and time that costs nothing.

mod data;
mod fan_outs;
mod groups;
mod limits;
mod restarts;
mod rules;
mod simulation;
mod size;
mod times;
