//! The Objective-C sources of driver and host.

use super::types::{Type, Types};
use super::{Method, methods};
use agx_fix_hooks::table::Role;
use std::fmt::Write as _;

/// The driver: a library.
pub(crate) fn driver() -> String {
    let mut types = Types::default();
    let classes: String = Role::ALL.map(|role| class(role, &mut types)).concat();
    let device = class_name(Role::Device);
    format!(
        "#include \"driver.h\"\n{}{classes}\nid MTLCreateSystemDefaultDevice(void) {{ return make(\"{device}\"); }}\n",
        types.definitions()
    )
}

/// The host: a program that is linked with the driver.
pub(crate) fn host() -> String {
    let mut types = Types::default();
    let protocols: String = Role::ALL.map(|role| protocol(role, &mut types)).concat();
    let senders: String = methods().map(|method| sender(method, &mut types)).collect();
    let rows: String = methods().map(|method| row(method, &mut types)).collect();
    let makers: String = Role::ALL.map(maker).concat();
    format!(
        "#define ROLES {}\n#include \"host.h\"\n{}{protocols}{senders}\nconst struct row rows[] = {{\n{rows}}};\n\
         const size_t row_count = sizeof rows / sizeof *rows;\n\nstatic id make(int role) {{\n  switch (role) \
         {{\n{makers}  }}\n  abort();\n}}\n",
        Role::ALL.len(),
        types.definitions()
    )
}

/// The driver's class for a role.
pub(crate) fn class_name(role: Role) -> String {
    format!("Driver{role:?}")
}

fn of(role: Role) -> impl Iterator<Item = Method> {
    methods().filter(move |method| method.role == role)
}

fn class(role: Role, types: &mut Types) -> String {
    let name = class_name(role);
    let methods: String = of(role).map(|method| implementation(method, types)).collect();
    format!("\n@interface {name} : NSObject\n@end\n\n@implementation {name}\n{methods}@end\n")
}

fn implementation(method: Method, types: &mut Types) -> String {
    let mut body = format!("  received({}, {}, self, _cmd);\n", method.role as u8, method.number);
    for index in 0..method.arguments().len() {
        line(&mut body, &format!("argument(&a{index}, sizeof a{index});"));
    }
    let result = types.read(method.result());
    if result.name != "void" {
        let answer = match method.opens() {
            Some(role) => format!("answer_object(\"{}\")", class_name(role)),
            None => format!("answer_bits(\"{}\")", result.codes),
        };
        line(&mut body, &format!("{} answer;", result.name));
        line(&mut body, &format!("memcpy(&answer, {answer}, sizeof answer);"));
    }
    line(&mut body, "clobber();");
    if result.name != "void" {
        line(&mut body, "return answer;");
    } else if [c"dealloc", c"release"].contains(&method.row.selector) {
        line(&mut body, &format!("[super {}];", method.row.selector.to_string_lossy()));
    }
    format!("{} {{\n{body}}}\n", declaration(method, types))
}

fn line(body: &mut String, text: &str) {
    writeln!(body, "  {text}").expect("a string takes everything");
}

/// The parts of a selector, each with the index of its argument; one without where there are no arguments.
fn parts(method: Method) -> impl Iterator<Item = (usize, &'static str)> {
    let selector = method.row.selector.to_str().expect("selectors are ASCII");
    selector.split_terminator(':').enumerate()
}

fn declaration(method: Method, types: &mut Types) -> String {
    let mut text = format!("- ({})", types.read(method.result()).name);
    for (index, part) in parts(method) {
        match method.arguments().get(index) {
            Some(encoding) => write!(text, "{part}:({})a{index} ", types.read(encoding).name),
            None => write!(text, "{part}"),
        }
        .expect("a string takes everything");
    }
    text.trim_end().to_owned()
}

fn protocol(role: Role, types: &mut Types) -> String {
    let methods: String = of(role).map(|method| format!("{};\n", declaration(method, types))).collect();
    format!("\n@protocol {}\n{methods}@end\n", role.protocol())
}

fn message(receiver: &str, method: Method, argument: impl Fn(usize) -> String) -> String {
    let parts = parts(method).map(|(index, part)| match method.arguments().get(index) {
        Some(_) => format!("{part}:{}", argument(index)),
        None => part.to_owned(),
    });
    format!("[(id<{}>){receiver} {}]", method.role.protocol(), parts.collect::<Vec<_>>().join(" "))
}

fn sender_name(method: Method) -> String {
    format!("send_{}_{:?}", method.number, method.role)
}

fn sender(method: Method, types: &mut Types) -> String {
    let mut body = String::new();
    for (index, encoding) in method.arguments().iter().enumerate() {
        line(&mut body, &format!("{} a{index};", types.read(encoding).name));
        line(&mut body, &format!("memcpy(&a{index}, sent, sizeof a{index});"));
        line(&mut body, &format!("sent += sizeof a{index};"));
    }
    line(&mut body, "clobber();");
    let result = types.read(method.result());
    let message = message("receiver", method, |index| format!("a{index}"));
    if result.name == "void" {
        line(&mut body, &format!("{message};"));
    } else {
        line(&mut body, &format!("{} back = {message};", result.name));
        line(&mut body, "memcpy(answer, &back, sizeof back);");
    }
    let name = sender_name(method);
    format!(
        "\nstatic void {name}(id receiver, const unsigned char *sent, unsigned char *answer) {{\n{body}}}\n"
    )
}

fn row(method: Method, types: &mut Types) -> String {
    let arguments: String =
        method.arguments().iter().map(|encoding| types.read(encoding).codes + ",").collect();
    let Type { codes, .. } = types.read(method.result());
    let receiver = if method.uses_up_its_receiver() { "FRESH" } else { "SHARED" };
    let list = if method.takes_a_list() { Role::Buffer4 as i8 } else { -1 };
    format!(
        "  {{{}, {}, \"{}\", \"{}\", \"{arguments}\", \"{codes}\", {}, {receiver}, {list}}},\n",
        method.number,
        method.role as u8,
        method.role.protocol(),
        method.row.selector.to_str().expect("selectors are ASCII"),
        sender_name(method)
    )
}

/// How the host comes by an object of a role: by the first factory of it that the table has, on an object of the
/// factory's role.
fn maker(role: Role) -> String {
    let factory = methods()
        .filter(|method| method.opens() == Some(role))
        .min_by_key(|method| (method.role as u8, method.arguments().len()));
    let made = match factory {
        Some(factory) => {
            // A command buffer has one encoder at a time: each encoder gets a buffer of its own.
            let from = if factory.uses_up_its_receiver() { "make" } else { "home" };
            message(&format!("{from}({})", factory.role as u8), factory, |_| "0".into())
        }
        None => "MTLCreateSystemDefaultDevice()".to_owned(),
    };
    format!("  case {}: return {made};\n", role as u8)
}
