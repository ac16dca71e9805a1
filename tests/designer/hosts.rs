//! A designer in use while its engines are killed, stopped, out of memory, of another version, or talk without end: whatever comes in
//! whatever order, the document is as it was drawn, and the next rows are right.

use std::env;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pipewright_app::command::Command;

use crate::chance::Dice;
use crate::engine::{Hand, Kind, edit, stage};
use crate::stage::Stage;

/// How many sequences there are; `PIPEWRIGHT_HOSTS` asks for others.
const SEQUENCES: u64 = 12;

/// How many things happen in one.
const STEPS: usize = 8;

const ANOTHER_VERSION: &str = r#"printf '\032\0\0\0{"pipewright_protocol":99}'; sleep 9"#;
const NO_ENGINE: &str = "yes";
/// Answers to nothing, for as long as somebody takes them.
const FLOOD: &str =
    r#"printf '\031\0\0\0{"pipewright_protocol":3}'; while :; do printf '\016\0\0\0{"Checked":[]}'; done"#;

#[test]
fn whatever_happens_to_engines_the_document_stays_and_rows_come_back() {
    let sequences = env::var("PIPEWRIGHT_HOSTS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEQUENCES);
    let (mut stage, hand) = stage(Kind::Real);
    stage.rows("sorted");
    let mut least = 2;
    for seed in 0..sequences {
        let (stage, hand, dice) = (&mut stage, &hand, Dice(seed));
        let mut used = Use { stage, hand, dice, least, false_ones: false, told: Vec::new() };
        used.sequence();
        least = used.least;
    }
}

struct Use<'a> {
    stage: &'a mut Stage,
    hand: &'a Hand,
    dice: Dice,
    /// The condition is `n >` this.
    least: usize,
    /// Whether some engine was none: it may be there still, and would never answer.
    false_ones: bool,
    /// What happened, for the message of a failure.
    told: Vec<String>,
}

impl Use<'_> {
    fn sequence(&mut self) {
        for _ in 0..STEPS {
            self.happens();
            self.document_is_whole();
        }
        self.hand.set(Kind::Real);
        self.hand.hold.store(false, Ordering::Relaxed);
        self.hand.signal("-CONT");
        if self.false_ones {
            self.hand.signal("-KILL");
        }
        self.edit();
        let rows: String = ["1,a", "2,b", "4,c", "3,d"]
            .into_iter()
            .filter(|row| row[..1].parse::<usize>().unwrap() > self.least)
            .map(|row| format!("\n{row}"))
            .collect();
        assert_eq!(self.stage.rows("sorted"), format!("n,text{rows}"), "{:?}", self.told);
        self.document_is_whole();
    }

    fn happens(&mut self) {
        let what = self.dice.below(12);
        self.told.push(what.to_string());
        match what {
            0 | 1 => self.edit(),
            2 => {
                self.hand.signal("-KILL");
            }
            3 => {
                self.hand.signal("-STOP");
                self.edit();
                self.pass();
                let signal = if self.dice.happens(50) { "-CONT" } else { "-KILL" };
                self.hand.signal(signal);
            }
            4 => self.hand.hold.store(self.dice.happens(50), Ordering::Relaxed),
            5 => self.next_is(Kind::Hungry),
            6 => self.next_is(Kind::Missing),
            7 => self.next_is(Kind::Other(ANOTHER_VERSION)),
            8 => self.next_is(Kind::Other(NO_ENGINE)),
            9 => self.next_is(Kind::Other(FLOOD)),
            10 => self.next_is(Kind::Other("kill -9 $$")),
            _ => self.pass(),
        }
    }

    /// The engine ends, and the one that follows is of this kind. Later ones are, too, or are real.
    fn next_is(&mut self, kind: Kind) {
        self.hand.set(kind);
        self.false_ones = true;
        self.hand.signal("-KILL");
        self.edit();
        self.pass();
        if self.dice.happens(50) {
            self.hand.set(Kind::Real);
            self.hand.signal("-KILL");
        }
    }

    fn edit(&mut self) {
        // Never the same as before: an edit that changes nothing asks for nothing.
        self.least = (self.least + 1 + self.dice.below(4)) % 5;
        self.told.push(format!("n > {}", self.least));
        edit(self.stage, &format!("n > {}", self.least));
        if self.dice.happens(20) {
            self.stage.command(Command::Undo);
            self.stage.command(Command::Redo);
        }
    }

    /// A few frames in which something may arrive.
    fn pass(&mut self) {
        for _ in 0..self.dice.below(20) {
            self.stage.step();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn document_is_whole(&mut self) {
        assert_eq!(self.stage.names(), ["read", "large", "sorted", "out"], "{:?}", self.told);
        let step = format!("{:?}", self.stage.pipeline().nodes["large"].step);
        assert!(step.contains(&format!("n > {}", self.least)), "{step}: {:?}", self.told);
    }
}
