//! Where formulas mean something else than in PostgreSQL, and why.

/// One difference from PostgreSQL.
#[derive(Debug)]
pub struct Departure {
    pub about: &'static str,
    pub ours: &'static str,
    pub postgres: &'static str,
    pub reason: &'static str,
    /// A formula that shows it, and what it prints here.
    pub example: (&'static str, &'static str),
}

pub const DEPARTURES: &[Departure] = &[Departure {
    about: "Division of whole numbers",
    ours: "keeps the fraction; div() cuts it off",
    postgres: "cuts it off",
    reason: "a share of 0 for 1 / 2 is found too late",
    example: ("1 / 2", "0.5"),
}];
