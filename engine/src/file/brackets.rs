//! Which bracket or quote is missing, told by the line it is missing from: the place where it shows is often far below.

use super::tokens::{Kind, Source, Token};
use crate::problem::Problem;

impl Source<'_> {
    /// Takes the bracket off the stack that the one at `here` closes.
    pub(super) fn opened_by(&self, open: &mut Vec<usize>, here: usize) -> Result<usize, Problem> {
        let closing = self.tokens[here];
        let Kind::Close(closer) = closing.kind else { return Ok(here) };
        let Some(top) = open.pop() else { return Err(self.needless_bracket(closing, closer)) };
        let Kind::Open(opener) = self.tokens[top].kind else { return Ok(top) };
        if partner_of(opener) == closer {
            return Ok(top);
        }
        // A bracket in the middle of a line that fits nothing opened in this line is the odd one itself; one that begins
        // its line, or follows the open one in the same line, shows that the open one was left open.
        let line = self.line(closing.span.0);
        let begins_line = here == 0 || self.line(self.tokens[here - 1].span.1) < line;
        if !begins_line && self.line(self.tokens[top].span.0) < line {
            return Err(self.needless_bracket(closing, closer));
        }
        Err(self.unclosed_bracket(top, Some(closing)))
    }

    fn needless_bracket(&self, closing: Token, closer: char) -> Problem {
        if let Some(text) = self.runaway_text() {
            return self.unclosed_text(text);
        }
        let line = self.line(closing.span.0);
        self.problem(closing.span, &format!("Line {line} has a `{closer}` too many."))
            .try_this(format!("Remove it, or write the `{}` that it closes.", partner_of(closer)))
    }

    pub(super) fn unclosed_bracket(&self, opened: usize, found: Option<Token>) -> Problem {
        if let Some(text) = self.runaway_text() {
            return self.unclosed_text(text);
        }
        let Token { span, .. } = self.tokens[opened];
        let opener = self.slice(span);
        let closer = partner_of(opener.chars().next().unwrap_or('('));
        let problem = self.problem(span, &format!("The `{opener}` in line {} is not closed.", self.line(span.0)));
        problem.try_this(match found {
            Some(found) => {
                format!("Write `{closer}` before the `{}` in line {}.", self.slice(found.span), self.line(found.span.0))
            }
            None => format!("Write `{closer}` at the end of the file."),
        })
    }

    pub(super) fn unclosed_text(&self, at: usize) -> Problem {
        let at = self.runaway_text().unwrap_or(at);
        let line_end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        self.problem((at, line_end), &format!("The text that begins in line {} has no closing quote.", self.line(at)))
            .try_this("Write \" after it.")
    }

    /// Text without its closing quote ends at the next quote, often in another line, and what follows there makes no sense.
    fn runaway_text(&self) -> Option<usize> {
        let runs_away = |text: &Token, next: &Token| {
            let goes_on = matches!(next.kind, Kind::Comma | Kind::Colon | Kind::Close(_));
            let several_lines = self.slice(text.span).contains('\n');
            !goes_on && (several_lines || text.span.1 == next.span.0)
        };
        let plain = |text: &Token| text.kind == Kind::Text && self.slice(text.span).starts_with('"');
        let found = self.tokens.windows(2).find(|pair| plain(&pair[0]) && runs_away(&pair[0], &pair[1]));
        found.map(|pair| pair[0].span.0)
    }
}

fn partner_of(bracket: char) -> char {
    match bracket {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        _ => '{',
    }
}
