//! The scenarios that run in a child process, and how a child ended.

use crate::client::{
    Layer, Metal, Method, assert_nothing_leaked, class_of_object, context_of, dispatch, encoder, end,
    factory, figure, finish, hook, load_simulator, message, set_buffer, set_pipeline,
};
use agx_fix_objc::block::Block;
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_objc::{Id, Sel};
use std::ffi::CStr;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

const VARIABLE: &str = "AGX_SIM_TEST_SCENARIO";
/// Long enough that a window of this width can be hit halfway on a loaded machine.
const WIDE: Duration = Duration::from_millis(400);
pub(crate) const WIDE_US: &str = "400000";

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// Its lines on stderr.
    pub(crate) said: Vec<String>,
}

impl Outcome {
    pub(crate) fn clean() -> Self {
        Self { code: Some(0), signal: None, said: Vec::new() }
    }

    pub(crate) fn died(signal: i32, said: &[&str]) -> Self {
        Self { code: None, signal: Some(signal), said: said.iter().map(|&line| line.to_owned()).collect() }
    }
}

/// Runs a scenario in a child.
pub(crate) fn run(scenario: &str, options: &[(&str, &str)]) -> Outcome {
    finish_child(child(scenario).envs(options.iter().copied()))
}

pub(crate) fn child(scenario: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test's own path"));
    command.args(["--exact", "scenarios::in_a_child", "--nocapture"]).env(VARIABLE, scenario);
    command
}

pub(crate) fn finish_child(command: &mut Command) -> Outcome {
    let output = command.output().expect("the child starts");
    let said = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
    Outcome { code: output.status.code(), signal: output.status.signal(), said }
}

/// Does nothing unless a parent asks for a scenario.
#[test]
fn in_a_child() {
    let Ok(scenario) = std::env::var(VARIABLE) else { return };
    match scenario.as_str() {
        "no-metal" => return no_metal(),
        "no-leaks" => return no_leaks(),
        _ => {}
    }
    let metal = Metal::new();
    autorelease_pool(|| match scenario.as_str() {
        "pipeline-after-end" => set_pipeline(&ended(&metal), &metal.linear),
        "buffer-after-end" => set_buffer(&ended(&metal), Id::NULL, 0),
        "dispatch-after-end" => dispatch(&ended(&metal), 1, 1),
        "dispatch-without-pipeline" => dispatch(&encoder(&metal.command_buffer()), 1, 1),
        "end-before-prepare" => end_around_a_dispatch(&metal, true),
        "end-before-spill" => end_around_a_dispatch(&metal, false),
        "wild" => wild(),
        "separate" => separate(&metal),
        "slow-buffer" => slow_buffer(&metal),
        "unknown-selector" => message(*metal.device, c"fly:", (1usize,)),
        "second-encoder" => {
            let buffer = metal.command_buffer();
            let _first = encoder(&buffer);
            encoder(&buffer);
        }
        "encoder-after-commit" => drop(encoder(&finished(&metal))),
        "second-commit" => _ = finish(&finished(&metal)),
        "late-handler" => late_handler(&finished(&metal)),
        "open-commit" => {
            let buffer = metal.command_buffer();
            let _open = encoder(&buffer);
            message::<_, ()>(*buffer, c"commit", ());
        }
        "released-open" => autorelease_pool(|| drop(encoder(&metal.command_buffer()))),
        "throw" => throw(&metal),
        "teardown-order" => teardown_order(&metal),
        "shared-encoder" => shared_encoder(&metal),
        other => {
            let known = crate::encoders::scenario(other, &metal) || crate::drivers::scenario(other, &metal);
            assert!(known, "no scenario {other}");
        }
    });
}

fn ended(metal: &Metal) -> Strong {
    let encoder = encoder(&metal.command_buffer());
    end(&encoder);
    encoder
}

/// Encoders that are not used again.
fn separate(metal: &Metal) {
    let buffer = metal.command_buffer();
    let first = encoder(&buffer);
    end(&first);
    let second = encoder(&buffer);
    assert_ne!(*first, *second);
    end(&second);
    assert_eq!(finish(&buffer), 4);
}

/// A GPU that takes 120 milliseconds for a command buffer.
fn slow_buffer(metal: &Metal) {
    let started = std::time::Instant::now();
    assert_eq!(finish(&metal.command_buffer()), 4);
    assert!(started.elapsed() >= Duration::from_millis(120));
}

/// With windows of width W: a dispatch reads `_impl` at 0, at W and at 2 W; an end clears it W after it began.
fn end_around_a_dispatch(metal: &Metal, end_first: bool) {
    let layer = Layer::new(metal, [1, 4, 4], 1);
    let buffer = metal.command_buffer();
    let encoder = encoder(&buffer);
    layer.bind(&encoder, &metal.linear);
    let later = |turn: bool| std::thread::sleep(if turn { WIDE / 2 } else { Duration::ZERO });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            later(end_first);
            dispatch(&encoder, 4, 1);
        });
        scope.spawn(|| {
            later(!end_first);
            end(&encoder);
        });
    });
}

/// Threads encode into one encoder, each operation under the client's own lock, while another thread ends the encoder
/// without that lock and opens the next. Exits with 1 if an operation got lost or came out wrong.
fn shared_encoder(metal: &Metal) {
    const OPERATIONS: usize = 200;
    let layers: Vec<_> = (0..OPERATIONS).map(|seed| Layer::new(metal, [1, 8, 8], seed)).collect();
    let open = || {
        let buffer = metal.command_buffer();
        Arc::new((encoder(&buffer), buffer))
    };
    let current = Mutex::new(open());
    let current = || current.lock().expect("no test panics here");
    let (turn, left) = (Mutex::new(()), AtomicUsize::new(OPERATIONS));
    std::thread::scope(|scope| {
        for part in layers.chunks(OPERATIONS / 4) {
            let (turn, left, current) = (&turn, &left, &current);
            scope.spawn(move || {
                for layer in part {
                    let _turn = turn.lock().expect("no test panics here");
                    let shared = Arc::clone(&current());
                    layer.encode(&shared.0, &metal.linear);
                    left.fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
        while left.load(Ordering::Relaxed) > 0 {
            autorelease_pool(|| {
                let shared = Arc::clone(&current());
                end(&shared.0);
                finish(&shared.1);
                *current() = open();
            });
        }
    });
    end(&current().0);
    finish(&current().1);
    let right = layers.iter().all(|layer| std::panic::catch_unwind(|| layer.assert_computed(false)).is_ok());
    std::process::exit(if right { 0 } else { 1 });
}

/// Touches an address that no page table can answer.
fn wild() {
    // SAFETY: none: the process is meant to die here. The address is not null and the read is not elided.
    unsafe { (0xdead_0000_dead_0000_usize as *const u8).read_volatile() };
}

fn finished(metal: &Metal) -> Strong {
    let buffer = metal.command_buffer();
    finish(&buffer);
    buffer
}

fn late_handler(buffer: &Strong) {
    unsafe extern "C-unwind" fn nothing(_: *const Block, _: Id) {}
    static NOTHING: Block = Block::of_object(nothing);
    message::<_, ()>(**buffer, c"addCompletedHandler:", (NOTHING.as_id(),));
}

/// Says that its frame was unwound. Nothing catches the exception, so the process ends.
fn throw(metal: &Metal) {
    struct Unwound;
    impl Drop for Unwound {
        fn drop(&mut self) {
            eprintln!("unwound");
        }
    }
    let encoder = encoder(&metal.command_buffer());
    message::<_, ()>(*encoder, c"setThreadgroupMemoryLength:atIndex:", (32usize, 0usize));
    let _unwound = Unwound;
    message::<_, ()>(*encoder, c"setThreadgroupMemoryLength:atIndex:", (33usize, 0usize));
}

fn no_metal() {
    load_simulator();
    for _ in 0..2 {
        eprintln!("device {}", factory(c"MTLCreateSystemDefaultDevice") != Id::NULL);
    }
}

fn no_leaks() {
    let device = crate::client::device();
    let before = figure(c"agx_sim_live_objects");
    autorelease_pool(|| {
        let metal = Metal::new();
        for seed in 0..100 {
            autorelease_pool(|| {
                let (one, two) =
                    (Layer::new(&metal, [1, 4, 4], seed), Layer::new(&metal, [1, 4, 4], seed + 1));
                let buffer = metal.command_buffer();
                for layer in [&one, &two] {
                    let encoder = encoder(&buffer);
                    layer.encode(&encoder, &metal.linear);
                    end(&encoder);
                    assert!(context_of(&encoder).is_null());
                }
                // Every other buffer is given up without a commit.
                assert!(seed % 2 == 0 || finish(&buffer) == 4);
            });
        }
    });
    assert_nothing_leaked(before);
    assert_eq!(figure(c"agx_sim_contexts_allocated"), 1, "one context serves one thread");
    drop(device);
}

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn saw(what: String) {
    SEEN.lock().expect("no test panics here").push(what);
}

/// Hooks `name` so that its begin and its end are written down.
macro_rules! write_down {
    ($encoder:expr, $name:literal) => {{
        static ORIGINAL: OnceLock<Method> = OnceLock::new();
        unsafe extern "C-unwind" fn hooked(this: Id, selector: Sel) {
            const NAME: &CStr = $name;
            saw(format!("({}", NAME.to_string_lossy()));
            // SAFETY: the original has this signature, and is published before the hook.
            unsafe { ORIGINAL.get().expect("published")(this, selector) };
            saw(")".to_owned());
        }
        hook(class_of_object($encoder), $name, &ORIGINAL, hooked);
    }};
}

fn teardown_order(metal: &Metal) {
    let encoder = encoder(&metal.command_buffer());
    write_down!(*encoder, c"endEncoding");
    write_down!(*encoder, c"deferredEndEncoding");
    write_down!(*encoder, c"endComputePass");
    write_down!(*encoder, c"destroyImpl");
    end(&encoder);
    let seen = SEEN.lock().expect("no test panics here").join(" ");
    assert_eq!(seen, "(endEncoding (deferredEndEncoding (endComputePass (destroyImpl ) ) ) )");
}
