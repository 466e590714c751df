//! Numbers: one by one, and as bars over time with a table beneath.

/// One day in a drawing of numbers over time.
#[derive(Clone, Debug)]
pub struct Bar {
    /// `20 Nov`.
    pub label: String,
    /// What went well, or the first number.
    pub good: u64,
    /// What did not, or the second number.
    pub bad: u64,
    /// What the table says besides; may be empty.
    pub more: String,
}

/// How the numbers of a drawing belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They add up over the days, and the second number stands upon the first: both together are one whole.
    Stacked,
    /// They add up over the days, each by itself: the second number stands beside the first.
    Beside,
    /// Nothing adds up: a number is about its day alone, the second stands beside the first, and 0 is none. They are printed
    /// with so many decimals, which the numbers have as whole ones: 45 is 4.5.
    Each(u32),
}

/// Bars over time; the table beneath has the numbers.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What they show.
    pub title: String,
    /// What is good and what is bad: `delivered`, `came back`; or what the first number is, and the second. The second is empty
    /// where there is none.
    pub words: (String, String),
    /// What the table says besides; empty: nothing.
    pub more: String,
    /// How the numbers belong together.
    pub kind: Kind,
    /// The days, oldest first.
    pub bars: Vec<Bar>,
    /// What stands in place of a drawing in which there is nothing.
    pub none: String,
}

/// A rectangle, in the drawing's own units (700 by 120).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Left edge.
    pub x: u64,
    /// Upper edge.
    pub y: u64,
    /// Width.
    pub width: u64,
    /// Height.
    pub height: u64,
}

/// One day as it is drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Left edge.
    pub x: u64,
    /// The first number.
    pub first: Block,
    /// The second, if there is anything of it.
    pub second: Option<Block>,
    /// The label below; empty where there is no room for it.
    pub label: String,
}

/// One day as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `20 Nov`.
    pub label: String,
    /// The first number.
    pub first: String,
    /// The second.
    pub second: String,
    /// What is said besides; may be empty.
    pub more: String,
}

/// The least and the most of some numbers that are not 0.
fn range(numbers: impl Iterator<Item = u64>) -> Option<(u64, u64)> {
    numbers.filter(|number| *number > 0).fold(None, |range, number| match range {
        None => Some((number, number)),
        Some((least, most)) => Some((number.min(least), number.max(most))),
    })
}

impl Bars {
    /// The height of the drawing's ground line.
    pub const GROUND: u64 = 100;
    /// How far above it the line is that the highest bar reaches.
    pub const TALL: u64 = 90;

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.bars.iter().all(|bar| bar.good == 0 && bar.bad == 0)
    }

    /// Whether two numbers are told apart by colour: then it is said which is which.
    pub fn has_two(&self) -> bool {
        !self.words.1.is_empty()
    }

    /// The class of the second number: what went wrong is red, what merely stands beside the first is not.
    pub fn second_class(&self) -> &'static str {
        if self.kind == Kind::Stacked { "bad" } else { "second" }
    }

    /// A number as it is printed.
    fn printed(&self, number: u64) -> String {
        match self.kind {
            Kind::Stacked | Kind::Beside | Kind::Each(0) => number.to_string(),
            Kind::Each(decimals) => {
                let whole = 10_u64.saturating_pow(decimals);
                let width = decimals as usize;
                format!("{}.{:0width$}", number / whole, number % whole)
            }
        }
    }

    /// The days as the table has them: a dash, where 0 is none.
    pub fn rows(&self) -> Vec<Row> {
        let cell = |number: u64| match self.kind {
            Kind::Each(_) if number == 0 => "—".to_owned(),
            _ => self.printed(number),
        };
        let row = |bar: &Bar| Row {
            label: bar.label.clone(),
            first: cell(bar.good),
            second: cell(bar.bad),
            more: bar.more.clone(),
        };
        self.bars.iter().map(row).collect()
    }

    /// What the drawing says, for whoever does not see it.
    pub fn description(&self) -> String {
        let days = self.bars.len();
        let (words, other) = (&self.words.0, &self.words.1);
        if let Kind::Each(_) = self.kind {
            let told = |words: &str, of: fn(&Bar) -> u64| match range(self.bars.iter().map(of)) {
                None => format!("none {words}"),
                Some((least, most)) if least == most => format!("{} {words}", self.printed(most)),
                Some((least, most)) => {
                    format!("from {} to {} {words}", self.printed(least), self.printed(most))
                }
            };
            let first = told(words, |bar| bar.good);
            let second =
                if self.has_two() { format!(", {}", told(other, |bar| bar.bad)) } else { String::new() };
            let many = self.bars.iter().filter(|bar| bar.good > 0 || bar.bad > 0).count();
            return format!("{many} of {days} days: {first}{second}.");
        }
        let sum = |of: fn(&Bar) -> u64| self.bars.iter().map(of).fold(0_u64, u64::saturating_add);
        let (good, bad) = (sum(|bar| bar.good), sum(|bar| bar.bad));
        if self.has_two() {
            format!("{good} {words} and {bad} {other} in {days} days.")
        } else {
            format!("{good} {words} in {days} days.")
        }
    }

    /// What the line at the top of the drawing stands for: the highest bar reaches it.
    pub fn most(&self) -> u64 {
        let height = |bar: &Bar| match self.kind {
            Kind::Stacked => bar.good.saturating_add(bar.bad),
            Kind::Beside | Kind::Each(_) => bar.good.max(bar.bad),
        };
        self.bars.iter().map(height).max().unwrap_or(0)
    }

    /// The same, as it is printed.
    pub fn top(&self) -> String {
        self.printed(self.most())
    }

    /// The days as they are drawn.
    pub fn drawn(&self) -> Vec<Drawn> {
        let count = u64::try_from(self.bars.len()).unwrap_or(u64::MAX).max(1);
        let most = self.most().max(1);
        let step = (700 / count).max(1);
        let width = (step * 3 / 4).clamp(1, 64);
        let every = count.div_ceil(7);
        let tall = |number: u64| number.saturating_mul(Self::TALL) / most;
        // What is little is seen all the same.
        let seen = |number: u64| if number == 0 { 0 } else { tall(number).max(3) };
        (0..)
            .zip(&self.bars)
            .map(|(n, bar): (u64, &Bar)| {
                let x = n * step;
                let is_beside = self.has_two() && self.kind != Kind::Stacked;
                let wide = if is_beside { (width / 2).max(1) } else { width };
                let good = if is_beside { seen(bar.good) } else { tall(bar.good) };
                let bad = seen(bar.bad);
                let first = Block { x, y: Self::GROUND - good, width: wide, height: good };
                let second = if is_beside {
                    Block { x: x + wide, y: Self::GROUND - bad, width: wide, height: bad }
                } else {
                    Block { x, y: (Self::GROUND - good).saturating_sub(bad), width: wide, height: bad }
                };
                Drawn {
                    x,
                    first,
                    second: (bar.bad > 0).then_some(second),
                    label: if n % every == 0 { bar.label.clone() } else { String::new() },
                }
            })
            .collect()
    }
}

/// A figure with what it means.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// The number, ready to print.
    pub value: String,
    /// What it means; may be empty.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(kind: Kind, words: (&str, &str), numbers: &[(u64, u64)]) -> Bars {
        let bar = |(good, bad): &(u64, u64)| Bar {
            label: "20 Nov".to_owned(),
            good: *good,
            bad: *bad,
            more: String::new(),
        };
        Bars {
            title: "Numbers".to_owned(),
            words: (words.0.to_owned(), words.1.to_owned()),
            more: String::new(),
            kind,
            bars: numbers.iter().map(bar).collect(),
            none: String::new(),
        }
    }

    #[test]
    fn what_adds_up_is_described_by_its_sum_and_what_does_not_by_its_range() {
        let sum = bars(Kind::Stacked, ("went well", "went wrong"), &[(2, 1), (0, 0), (3, 0)]);
        assert_eq!(sum.description(), "5 went well and 1 went wrong in 3 days.");
        let began = bars(Kind::Beside, ("began", "came to their end"), &[(2, 1), (3, 4)]);
        assert_eq!(began.description(), "5 began and 5 came to their end in 2 days.");
        let thirty: Vec<_> = (0..30).map(|_| (5, 0)).collect();
        let same = bars(Kind::Each(0), ("seconds at most", ""), &thirty);
        assert_eq!(same.description(), "30 of 30 days: 5 seconds at most.");
        let two = bars(Kind::Each(0), ("s for half", "s for most"), &[(1, 60), (0, 0), (5, 120)]);
        assert_eq!(two.description(), "2 of 3 days: from 1 to 5 s for half, from 60 to 120 s for most.");
        let score = bars(Kind::Each(1), ("of 5", ""), &[(45, 0), (0, 0), (40, 0)]);
        assert_eq!(score.description(), "2 of 3 days: from 4.0 to 4.5 of 5.");
        let firsts = |drawing: &Bars| drawing.rows().into_iter().map(|row| row.first).collect::<Vec<_>>();
        assert_eq!(
            (firsts(&score), score.top()),
            (vec!["4.5".into(), "—".into(), "4.0".into()], "4.5".into())
        );
        let nothing = bars(Kind::Beside, ("began", "came to their end"), &[(0, 1)]);
        assert_eq!(firsts(&nothing), ["0"]);
    }

    #[test]
    fn what_is_no_part_of_the_first_number_stands_beside_it_and_is_measured_by_the_same_line() {
        let drawn = |kind| {
            let drawing = bars(kind, ("one", "other"), &[(50, 100)]);
            (drawing.most(), drawing.drawn().remove(0))
        };
        let (most, beside) = drawn(Kind::Each(0));
        assert_eq!((most, beside.first), (100, Block { x: 0, y: 55, width: 32, height: 45 }));
        assert_eq!(beside.second, Some(Block { x: 32, y: 10, width: 32, height: 90 }));
        let (most, stacked) = drawn(Kind::Stacked);
        assert_eq!((most, stacked.first), (150, Block { x: 0, y: 70, width: 64, height: 30 }));
        assert_eq!(stacked.second, Some(Block { x: 0, y: 10, width: 64, height: 60 }));
    }
}
