//! The options `AGX_SIM_*`: one table, read once from the environment.

use crate::fault::report;
use std::sync::OnceLock;
use std::time::Duration;

/// A driver, as [`crate::families`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "described there")]
pub(crate) enum Driver {
    Agx,
    Intel,
    Subclass,
    Debug,
}

const DRIVERS: [(&str, Driver); 4] = [
    ("agx", Driver::Agx),
    ("intel", Driver::Intel),
    ("subclass", Driver::Subclass),
    ("debug", Driver::Debug),
];

/// Drivers in order, each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drivers(pub(crate) Vec<Driver>);

impl Default for Drivers {
    fn default() -> Self {
        Self(vec![Driver::Agx])
    }
}

impl Drivers {
    fn read(list: &str) -> Option<Self> {
        let named = |name: &str| DRIVERS.iter().find(|row| row.0 == name.trim()).map(|row| row.1);
        let drivers: Vec<_> = list.split(',').map(named).collect::<Option<_>>()?;
        let is_new = |(place, driver)| !drivers[..place].contains(driver);
        drivers.iter().enumerate().all(is_new).then_some(Self(drivers))
    }
}

/// What the GPU's time is made of; [`crate::gpu::model`] says how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Costs {
    /// From the commit to the queue's work on it.
    pub(crate) latency: Duration,
    /// A queue's time for a command buffer, beside what is in it.
    pub(crate) buffer: Duration,
    /// A queue's time for an encoder.
    pub(crate) encoder: Duration,
    /// A queue's time for a dispatch.
    pub(crate) dispatch: Duration,
    /// The device's time for a floating-point operation, in picoseconds.
    pub(crate) flop_ps: u64,
}

/// What the environment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long the GPU takes for a dispatch, beside the arithmetic.
    pub(crate) service: Duration,
    /// How long it takes for a command buffer; without it, no longer than the arithmetic.
    pub(crate) costs: Option<Costs>,
    /// Whether each compute encoder of a command buffer is a new object. If not, the next one is the last one, used
    /// again.
    pub(crate) separate: bool,
    /// How long the driver sleeps in each of its race windows.
    pub(crate) widen: Duration,
    /// Whether a crash is reported with its site.
    pub(crate) crash_report: bool,
    /// Whether a bad threadgroup memory length throws.
    pub(crate) throw: bool,
    /// Whose devices there are.
    pub(crate) drivers: Drivers,
    /// Whether a method of the compute encoder states another signature than it has.
    pub(crate) odd_encoding: bool,
}

/// The variable, what a good value is, and how it is set.
type OptionRow = (&'static str, &'static str, fn(&mut Options, &str) -> Option<()>);

const TABLE: [OptionRow; 12] = [
    (
        "AGX_SIM_SERVICE_US",
        "microseconds that the GPU sleeps for each dispatch, at most 60000000",
        |options, value| microseconds(value).map(|time| options.service = time),
    ),
    ("AGX_SIM_LATENCY_NS", NANOSECONDS, |it, value| set_cost(it, value, |costs| &mut costs.latency)),
    ("AGX_SIM_BUFFER_NS", NANOSECONDS, |it, value| set_cost(it, value, |costs| &mut costs.buffer)),
    ("AGX_SIM_ENCODER_NS", NANOSECONDS, |it, value| set_cost(it, value, |costs| &mut costs.encoder)),
    ("AGX_SIM_DISPATCH_NS", NANOSECONDS, |it, value| set_cost(it, value, |costs| &mut costs.dispatch)),
    (
        "AGX_SIM_FLOP_PS",
        "picoseconds for a floating-point operation, at most 1000000000",
        |options, value| at_most(value, MOST_PICOSECONDS).map(|time| options.costs_mut().flop_ps = time),
    ),
    (
        "AGX_SIM_COALESCE",
        "1 or 0: a command buffer's next compute encoder is the last one, used again at the same address",
        |options, value| switch(value).map(|on| options.separate = !on),
    ),
    (
        "AGX_SIM_WIDEN_US",
        "microseconds that the driver sleeps in each race window, at most 60000000",
        |options, value| microseconds(value).map(|time| options.widen = time),
    ),
    ("AGX_SIM_CRASH_REPORT", "1 or 0: one line on stderr about a fatal signal", |options, value| {
        switch(value).map(|on| options.crash_report = on)
    }),
    (
        "AGX_SIM_THROW",
        "1 or 0: a threadgroup memory length that is no multiple of 16 throws an Objective-C exception",
        |options, value| switch(value).map(|on| options.throw = on),
    ),
    (
        "AGX_SIM_DRIVER",
        "a list of agx, intel, subclass and debug, each at most once: a device of each, the first is the default",
        |options, value| Drivers::read(value).map(|drivers| options.drivers = drivers),
    ),
    (
        "AGX_SIM_ODD_ENCODING",
        "1 or 0: setImageblockWidth:height: of compute encoders has the type encoding v@:II",
        |options, value| switch(value).map(|on| options.odd_encoding = on),
    ),
];

const LONGEST: u64 = 60_000_000;
const MOST_PICOSECONDS: u64 = 1_000_000_000;
const NANOSECONDS: &str = "nanoseconds, at most 60000000";

fn at_most(value: &str, most: u64) -> Option<u64> {
    value.parse().ok().filter(|&number| number <= most)
}

fn microseconds(value: &str) -> Option<Duration> {
    at_most(value, LONGEST).map(Duration::from_micros)
}

fn set_cost(options: &mut Options, value: &str, cost: fn(&mut Costs) -> &mut Duration) -> Option<()> {
    at_most(value, LONGEST).map(|time| *cost(options.costs_mut()) = Duration::from_nanos(time))
}

fn switch(value: &str) -> Option<bool> {
    match value {
        "1" | "true" | "yes" | "on" => Some(true),
        "" | "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

impl Options {
    fn costs_mut(&mut self) -> &mut Costs {
        self.costs.get_or_insert_default()
    }

    fn read(value_of: impl Fn(&str) -> Option<String>, mut complain: impl FnMut(String)) -> Self {
        let mut options = Self::default();
        for (variable, takes, set) in TABLE {
            let Some(value) = value_of(variable) else { continue };
            if set(&mut options, &value).is_none() {
                complain(format!("{variable}={value} is ignored: it takes {takes}"));
            }
        }
        options
    }
}

/// The options of this process.
pub(crate) fn options() -> &'static Options {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        Options::read(
            |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
            |line| report::say(&line),
        )
    })
}

/// Sleeps in a race window if the options ask for it. Otherwise the window has its natural width.
#[inline]
pub(crate) fn widen() {
    let time = options().widen;
    if !time.is_zero() {
        std::thread::sleep(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Options, Vec<String>) {
        let mut complaints = Vec::new();
        let value_of = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned());
        let options = Options::read(value_of, |line| complaints.push(line));
        (options, complaints)
    }

    #[test]
    fn an_empty_environment_means_the_defaults() {
        assert_eq!(read(&[]), (Options::default(), Vec::new()));
    }

    #[test]
    fn every_option_is_read() {
        let (options, complaints) = read(&[
            ("AGX_SIM_SERVICE_US", "7"),
            ("AGX_SIM_LATENCY_NS", "1"),
            ("AGX_SIM_BUFFER_NS", "2"),
            ("AGX_SIM_ENCODER_NS", "3"),
            ("AGX_SIM_DISPATCH_NS", "4"),
            ("AGX_SIM_FLOP_PS", "5"),
            ("AGX_SIM_COALESCE", "0"),
            ("AGX_SIM_WIDEN_US", "9"),
            ("AGX_SIM_CRASH_REPORT", "1"),
            ("AGX_SIM_THROW", "on"),
            ("AGX_SIM_DRIVER", "debug, agx"),
            ("AGX_SIM_ODD_ENCODING", "1"),
        ]);
        let nanos = Duration::from_nanos;
        let wanted = Options {
            service: Duration::from_micros(7),
            costs: Some(Costs {
                latency: nanos(1),
                buffer: nanos(2),
                encoder: nanos(3),
                dispatch: nanos(4),
                flop_ps: 5,
            }),
            separate: true,
            widen: Duration::from_micros(9),
            crash_report: true,
            throw: true,
            drivers: Drivers(vec![Driver::Debug, Driver::Agx]),
            odd_encoding: true,
        };
        assert_eq!((options, complaints), (wanted, Vec::new()));
    }

    #[test]
    fn a_bad_value_is_said_and_the_default_holds() {
        for (variable, value) in [
            ("AGX_SIM_SERVICE_US", "fast"),
            ("AGX_SIM_SERVICE_US", "-1"),
            ("AGX_SIM_WIDEN_US", "60000001"),
            ("AGX_SIM_BUFFER_NS", "60000001"),
            ("AGX_SIM_FLOP_PS", "0.5"),
            ("AGX_SIM_COALESCE", "never"),
            ("AGX_SIM_CRASH_REPORT", "2"),
            ("AGX_SIM_THROW", "maybe"),
            ("AGX_SIM_DRIVER", "nouveau"),
            ("AGX_SIM_DRIVER", "agx,agx"),
            ("AGX_SIM_DRIVER", ""),
        ] {
            let (options, complaints) = read(&[(variable, value)]);
            assert_eq!(options, Options::default(), "{variable}={value}");
            assert_eq!(complaints.len(), 1, "{variable}={value}");
            assert!(complaints[0].starts_with(&format!("{variable}={value} is ignored")), "{complaints:?}");
        }
    }
}
