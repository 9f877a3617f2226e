//! The figures, their ceilings and aims, and how they are told.

use std::thread::available_parallelism;
use std::time::Instant;

use serde::Serialize;

use crate::process::load_average;
use crate::scale::Scale;

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// What this machine gave for the bare minimum of it, in the same run.
    pub(crate) ceiling: Option<Ceiling>,
    pub(crate) aim: Option<Aim>,
    /// What the figure is made of.
    pub(crate) note: String,
}

/// The bare minimum of a figure.
#[derive(Debug, Serialize)]
pub(crate) struct Ceiling {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// So much of its ceiling.
    OfCeilingAtLeast(f64),
    /// So many times its floor.
    OfCeilingAtMost(f64),
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            ceiling: None,
            aim: None,
            note: String::new(),
        }
    }

    pub(crate) fn beside(mut self, what: &'static str, value: f64) -> Self {
        self.ceiling = Some(Ceiling { what, value });
        self
    }

    pub(crate) fn aims(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn ratio(&self) -> Option<f64> {
        Some(self.value / self.ceiling.as_ref()?.value)
    }

    /// None when there is no aim.
    fn is_met(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        Some(match self.aim? {
            Aim::AtLeast(least) => self.value >= least,
            Aim::AtMost(most) => self.value <= most,
            Aim::OfCeilingAtLeast(least) => ratio >= least,
            Aim::OfCeilingAtMost(most) => ratio <= most,
        })
    }
}

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    processors: usize,
    runs: usize,
    load_average_before: Option<f64>,
    load_average_after: Option<f64>,
    seconds: f64,
    sections: Vec<Figures>,
    #[serde(skip)]
    began: Instant,
}

#[derive(Serialize)]
struct Figures {
    title: &'static str,
    figures: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    figure: Figure,
    ratio: Option<f64>,
    met: Option<bool>,
}

impl Report {
    pub(crate) fn begin(scale: &Scale) -> Self {
        Self {
            processors: available_parallelism().map_or(1, usize::from),
            runs: scale.runs,
            load_average_before: load_average(),
            load_average_after: None,
            seconds: 0.0,
            sections: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Begins a section. Whoever waits sees it on the error stream; the figures come at the end.
    pub(crate) fn say(&mut self, title: &'static str) {
        eprintln!("{:5.1} s  {title}", self.began.elapsed().as_secs_f64());
        self.sections.push(Figures {
            title,
            figures: Vec::new(),
        });
    }

    pub(crate) fn add(&mut self, figure: Figure) {
        let told = Told {
            ratio: figure.ratio(),
            met: figure.is_met(),
            figure,
        };
        if let Some(section) = self.sections.last_mut() {
            section.figures.push(told);
        }
    }

    pub(crate) fn end(&mut self) {
        self.load_average_after = load_average();
        self.seconds = self.began.elapsed().as_secs_f64();
    }

    pub(crate) fn print_json(&self) -> serde_json::Result<()> {
        println!("{}", serde_json::to_string_pretty(self)?);
        Ok(())
    }

    pub(crate) fn print_text(&self) {
        let load = |load: Option<f64>| load.map_or("?".to_owned(), |load| format!("{load:.1}"));
        println!(
            "{} processors, load average {} before and {} after, medians of {} runs, {:.0} s",
            self.processors,
            load(self.load_average_before),
            load(self.load_average_after),
            self.runs,
            self.seconds
        );
        for section in &self.sections {
            println!("\n{}", section.title);
            for told in &section.figures {
                print(told);
            }
        }
    }
}

fn print(told: &Told) {
    let figure = &told.figure;
    let ceiling = figure.ceiling.as_ref().map_or(String::new(), |ceiling| {
        format!("{} {}", number(ceiling.value), ceiling.what)
    });
    let ratio = told
        .ratio
        .map_or(String::new(), |ratio| format!("{ratio:.2}"));
    let met = match told.met {
        None => "",
        Some(true) => "met",
        Some(false) => "NOT MET",
    };
    println!(
        "  {:<38} {:>10} {:<11} {:<34} {:>6}  {:<16} {}",
        figure.name,
        number(figure.value),
        figure.unit,
        ceiling,
        ratio,
        figure.aim.map_or(String::new(), words),
        met
    );
    if !figure.note.is_empty() {
        println!("      {}", figure.note);
    }
}

fn words(aim: Aim) -> String {
    match aim {
        Aim::AtLeast(least) => format!(">= {}", number(least)),
        Aim::AtMost(most) => format!("<= {}", number(most)),
        Aim::OfCeilingAtLeast(least) => format!("ratio >= {least}"),
        Aim::OfCeilingAtMost(most) => format!("ratio <= {most}"),
    }
}

/// Three digits say enough; thousands are set apart.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let first = digits.len() % 3;
    let groups = digits.as_bytes().chunks(3).len();
    let mut text = String::with_capacity(digits.len() + groups);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
