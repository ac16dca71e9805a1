//! Formats of numbers such as `FM9,990.00`: those of PostgreSQL's `to_char`.

use crate::problem::Problem;

/// A piece of a number format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `9`, a digit that is a blank where a number has none; `0`, one that is always written.
    Digit {
        always: bool,
    },
    /// `.` or `D`
    Point,
    /// `,` or `G`
    Group,
    /// `S`: plus or minus
    Sign,
    /// `MI`: minus or a blank
    Minus,
    /// `PR`: brackets around negative numbers
    Brackets,
    Literal(char),
}

/// A number format, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    pub pieces: Vec<Piece>,
    /// Whether blanks and zeros that only fill are left out, as `FM` says.
    pub dense: bool,
    /// How many digits there are before the point.
    pub whole: usize,
    /// How many digits there are behind the point.
    pub fraction: usize,
}

const WORDS: [(&str, Option<Piece>); 11] = [
    ("FM", None),
    ("9", Some(Piece::Digit { always: false })),
    ("0", Some(Piece::Digit { always: true })),
    (".", Some(Piece::Point)),
    ("D", Some(Piece::Point)),
    (",", Some(Piece::Group)),
    ("G", Some(Piece::Group)),
    ("S", Some(Piece::Sign)),
    ("MI", Some(Piece::Minus)),
    ("PR", Some(Piece::Brackets)),
    ("\\\"", Some(Piece::Literal('"'))),
];

impl NumberFormat {
    /// A format as written, if it can be one.
    pub fn parse(format: &str) -> Result<Self, Problem> {
        let (mut pieces, mut dense, mut rest) = (Vec::new(), false, format);
        while let Some(next) = rest.chars().next() {
            let starts = |(word, _): &&(&str, Option<Piece>)| {
                rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            };
            if next == '"' {
                let quoted = &rest[1..];
                let end = quoted
                    .find('"')
                    .ok_or_else(|| Problem::new(format!("A quote is not closed in the format {format:?}.")))?;
                pieces.extend(quoted[..end].chars().map(Piece::Literal));
                rest = &quoted[end + 1..];
            } else if let Some((word, piece)) = WORDS.iter().find(starts) {
                dense |= piece.is_none();
                pieces.extend(piece.clone());
                rest = &rest[word.len()..];
            } else if next.is_alphabetic() {
                let problem = Problem::new(format!("{next:?} in the format {format:?} is no part of a number."));
                return Err(problem.try_this("Parts are 9 0 . , S MI PR and FM; other words stand in double quotes."));
            } else {
                pieces.push(Piece::Literal(next));
                rest = &rest[next.len_utf8()..];
            }
        }
        Self::checked(pieces, dense, format)
    }

    fn checked(pieces: Vec<Piece>, dense: bool, format: &str) -> Result<Self, Problem> {
        let is_digit = |piece: &Piece| matches!(piece, Piece::Digit { .. });
        let point = pieces.iter().position(|piece| *piece == Piece::Point).unwrap_or(pieces.len());
        let digits = |pieces: &[Piece]| pieces.iter().filter(|piece| is_digit(piece)).count();
        let (whole, fraction) = (digits(&pieces[..point]), digits(&pieces[point..]));
        let wrong = |message: &str| Err(Problem::new(format!("{message} in the format {format:?}.")));
        if whole == 0 || whole + fraction > 38 {
            return wrong("There must be 1 to 38 digits, and one of them before the point,");
        }
        if pieces.iter().filter(|piece| **piece == Piece::Point).count() > 1 || point < pieces.len() && fraction == 0 {
            return wrong("There is a point too many");
        }
        if pieces[point..].contains(&Piece::Group) {
            return wrong("A comma stands behind the point");
        }
        let signs: Vec<usize> = (0..pieces.len())
            .filter(|at| matches!(pieces[*at], Piece::Sign | Piece::Minus | Piece::Brackets))
            .collect();
        let is_inside = |at: usize| pieces[..at].iter().any(is_digit) && pieces[at..].iter().any(is_digit);
        let opens = |at: usize| pieces[at] == Piece::Brackets && pieces[at..].iter().any(is_digit);
        match signs.as_slice() {
            [] => {}
            [sign] if !is_inside(*sign) && !opens(*sign) => {}
            _ => return wrong("One sign must stand before or behind all digits, and PR behind them,"),
        }
        Ok(Self { pieces, dense, whole, fraction })
    }

    /// Where the first `0` before the point stands among the digits before the point.
    pub fn first_zero(&self) -> Option<usize> {
        let digits = self.pieces.iter().filter(|piece| matches!(piece, Piece::Digit { .. }));
        digits.take(self.whole).position(|digit| *digit == Piece::Digit { always: true })
    }

    /// Whether the sign `S` stands behind the digits.
    pub fn signs_behind(&self) -> bool {
        let sign = self.pieces.iter().position(|piece| *piece == Piece::Sign);
        sign.is_some_and(|at| self.pieces[..at].iter().any(|piece| matches!(piece, Piece::Digit { .. })))
    }
}
