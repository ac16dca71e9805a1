//! A drawing as SVG.

use std::fmt::Write as _;

use super::{Align, Drawing, Ink, Mark, SERIES};

/// The text of an SVG file: dark on white, in a font that is there or one like it.
pub fn svg(drawing: &Drawing) -> String {
    let Drawing { width, height, marks } = drawing;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Inter, Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    // Writing to a text does not fail.
    for mark in marks {
        let _ = match mark {
            Mark::Line { points, ink, width } => {
                let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                let (points, color) = (points.join(" "), color(*ink));
                writeln!(
                    text,
                    "<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
                )
            }
            Mark::Bar { from: (x, y), to, ink } => {
                let (width, height, color) = (to.0 - x, to.1 - y, color(*ink));
                writeln!(
                    text,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\"/>"
                )
            }
            Mark::Dot { at: (x, y), radius, ink } => {
                let color = color(*ink);
                writeln!(
                    text,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{color}\" fill-opacity=\"0.75\"/>"
                )
            }
            Mark::Text { at: (x, y), text: words, size, align, ink } => {
                let anchor = match align {
                    Align::Start => "start",
                    Align::Middle => "middle",
                    Align::End => "end",
                };
                let (words, color) = (escaped(words), color(*ink));
                writeln!(
                    text,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{color}\">{words}</text>"
                )
            }
        };
    }
    text.push_str("</svg>\n");
    text
}

fn color(ink: Ink) -> String {
    match ink {
        Ink::Text => "#1c2128".to_owned(),
        Ink::Weak => "#5b6470".to_owned(),
        Ink::Grid => "#e3e5e9".to_owned(),
        Ink::Series(at) => {
            let [red, green, blue] = SERIES[at % SERIES.len()];
            format!("#{red:02x}{green:02x}{blue:02x}")
        }
    }
}

/// Characters that mean something in XML as text of it; those that XML can't hold are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
