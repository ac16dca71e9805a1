//! The way to the engine: a host process that is kept, spoken to from a thread of its own.
