//! Tree to program: a list of steps over columns of numbers, so that each step is one loop over vectors.

use super::{
    operators::{Binary, Fold, Ternary, Unary, accumulate, finish},
    parse::{Expression, Node},
};
use fearless_simd::Level;

/// Pixels that a program works on at a time (measured: 512 to 2048 are alike; the columns of most programs stay in the L1
/// cache).
pub(super) const CHUNK: usize = 1024;

/// Where a step finds an argument.
#[derive(Clone, Copy, Debug)]
enum Source {
    Variable(usize),
    Register(usize),
}

#[derive(Clone, Debug)]
enum Operation {
    Number(f64),
    Unary(Unary, Source),
    Binary(Binary, [Source; 2]),
    Ternary(Ternary, [Source; 3]),
    /// The sum or the mean of any number of arguments.
    Average(Fold, Vec<Source>),
}

/// One operation, and the register that takes its result.
#[derive(Clone, Debug)]
struct Step {
    operation: Operation,
    to: usize,
}

/// A compiled expression: a machine whose registers are columns of [`CHUNK`] numbers.
#[derive(Clone, Debug)]
pub(super) struct Program {
    steps: Vec<Step>,
    result: Source,
    registers: usize,
}

/// The registers of a running program.
#[derive(Debug)]
pub(super) struct Registers {
    columns: Vec<Vec<f64>>,
    /// Takes the next result, so that no step writes what it reads.
    spare: Vec<f64>,
    counts: Vec<f64>,
}

impl Program {
    pub(super) fn new(expression: &Expression) -> Self {
        let mut compiler = Compiler::default();
        let value = compiler.compile(&expression.root, 0);
        let result = compiler.source(value, 0);
        Self { steps: compiler.steps, result, registers: compiler.registers }
    }

    pub(super) fn registers(&self) -> Registers {
        let column = || vec![0.0; CHUNK];
        Registers {
            columns: (0..self.registers).map(|_| column()).collect(),
            spare: column(),
            counts: column(),
        }
    }

    /// Compute at most [`CHUNK`] pixels; each variable has at least `count` values.
    pub(super) fn run<'a>(
        &self,
        level: Level,
        variables: &'a [Vec<f64>],
        count: usize,
        registers: &'a mut Registers,
    ) -> &'a [f64] {
        for step in &self.steps {
            let Registers { columns, spare, counts } = registers;
            let column = |source: &Source| match *source {
                Source::Variable(i) => &variables[i][..count],
                Source::Register(i) => &columns[i][..count],
            };
            let out = &mut spare[..count];
            match &step.operation {
                Operation::Number(value) => out.fill(*value),
                Operation::Unary(function, a) => function.apply_all(level, column(a), out),
                Operation::Binary(function, [a, b]) => function.apply_all(level, column(a), column(b), out),
                Operation::Ternary(function, [a, b, c]) => {
                    function.apply_all(level, column(a), column(b), column(c), out);
                }
                Operation::Average(fold, arguments) => {
                    let counts = &mut counts[..count];
                    out.fill(0.0);
                    counts.fill(0.0);
                    arguments.iter().for_each(|a| accumulate(level, column(a), out, counts));
                    finish(level, *fold, out, counts);
                }
            }
            std::mem::swap(&mut columns[step.to], spare);
        }
        match self.result {
            Source::Variable(i) => &variables[i][..count],
            Source::Register(i) => &registers.columns[i][..count],
        }
    }
}

/// What a node is when the program runs: known now, or found in a column.
#[derive(Clone, Copy)]
enum Value {
    Number(f64),
    Column(Source),
}

#[derive(Default)]
struct Compiler {
    steps: Vec<Step>,
    registers: usize,
}

impl Compiler {
    /// Append a node's steps; registers from `base` on are free, and its value is in register `base` unless it is a number
    /// or a variable.
    fn compile(&mut self, node: &Node, base: usize) -> Value {
        match node {
            Node::Number(value) => Value::Number(*value),
            Node::Variable(index) => Value::Column(Source::Variable(*index)),
            Node::Unary(function, a) => {
                let a = self.compile(a, base);
                self.unary(*function, a, base)
            }
            Node::Binary(function, a, b) => {
                let [a, b] = self.compile_all([&**a, &**b], base);
                self.binary(*function, a, b, base)
            }
            Node::Ternary(function, three) => {
                let [a, b, c] = self.compile_all(three.each_ref(), base);
                if let (Value::Number(a), Value::Number(b), Value::Number(c)) = (a, b, c) {
                    return Value::Number(function.apply(a, b, c));
                }
                let sources = [self.source(a, base), self.source(b, base + 1), self.source(c, base + 2)];
                self.step(Operation::Ternary(*function, sources), base)
            }
            Node::Fold(Fold::Min, arguments) => self.fold(Binary::Min, arguments, base),
            Node::Fold(Fold::Max, arguments) => self.fold(Binary::Max, arguments, base),
            Node::Fold(fold, arguments) => {
                let sources = arguments.iter().enumerate().map(|(i, argument)| {
                    let value = self.compile(argument, base + i);
                    self.source(value, base + i)
                });
                let sources = sources.collect();
                self.step(Operation::Average(*fold, sources), base)
            }
        }
    }

    /// Each node's value in a register of its own, counted from `base`.
    fn compile_all<const N: usize>(&mut self, nodes: [&Node; N], base: usize) -> [Value; N] {
        let mut next = base;
        nodes.map(|node| {
            next += 1;
            self.compile(node, next - 1)
        })
    }

    /// The smallest or largest of the arguments: two at a time.
    fn fold(&mut self, function: Binary, arguments: &[Node], base: usize) -> Value {
        let first = Value::Number(f64::NAN);
        arguments.iter().fold(first, |so_far, argument| {
            let free = if matches!(so_far, Value::Number(_)) { base } else { base + 1 };
            let argument = self.compile(argument, free);
            self.binary(function, so_far, argument, base)
        })
    }

    fn unary(&mut self, function: Unary, a: Value, base: usize) -> Value {
        match a {
            Value::Number(a) => Value::Number(function.apply(a)),
            Value::Column(a) => self.step(Operation::Unary(function, a), base),
        }
    }

    fn binary(&mut self, function: Binary, a: Value, b: Value, base: usize) -> Value {
        match (function, a, b) {
            (_, Value::Number(a), Value::Number(b)) => Value::Number(function.apply(a, b)),
            // The square is right to the last bit.
            (Binary::Power, a, Value::Number(2.0)) => self.unary(Unary::Square, a, base),
            // The same bits, and several times as fast.
            (Binary::Divide, a, Value::Number(n)) if is_power_of_two(n) => {
                self.binary(Binary::Multiply, a, Value::Number(1.0 / n), base)
            }
            // NaN is skipped: the other argument remains.
            (Binary::Min | Binary::Max, Value::Number(n), other) if n.is_nan() => other,
            (_, a, b) => {
                // One of them may be a number, and the other in either of the first two registers.
                let sources = [self.source(a, base + 2), self.source(b, base + 2)];
                self.step(Operation::Binary(function, sources), base)
            }
        }
    }

    /// A value as a column; a number is put into register `free`.
    fn source(&mut self, value: Value, free: usize) -> Source {
        match value {
            Value::Column(source) => source,
            Value::Number(number) => {
                self.step(Operation::Number(number), free);
                Source::Register(free)
            }
        }
    }

    fn step(&mut self, operation: Operation, to: usize) -> Value {
        self.registers = self.registers.max(to + 1);
        self.steps.push(Step { operation, to });
        Value::Column(Source::Register(to))
    }
}

/// Is the reciprocal exact, and no subnormal number?
fn is_power_of_two(n: f64) -> bool {
    n.is_normal() && n.to_bits() << 12 == 0 && (1.0 / n).is_normal()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obvious twin: one number at a time, straight from the tree.
    fn evaluate(node: &Node, variables: &[f64]) -> f64 {
        let at = |node: &Node| evaluate(node, variables);
        match node {
            Node::Number(value) => *value,
            Node::Variable(index) => variables[*index],
            Node::Unary(function, a) => function.apply(at(a)),
            Node::Binary(function, a, b) => function.apply(at(a), at(b)),
            Node::Ternary(function, three) => function.apply(at(&three[0]), at(&three[1]), at(&three[2])),
            Node::Fold(fold, arguments) => {
                let valid: Vec<f64> = arguments.iter().map(at).filter(|v| !v.is_nan()).collect();
                if valid.is_empty() {
                    return f64::NAN;
                }
                match fold {
                    Fold::Min => valid.iter().copied().fold(f64::INFINITY, f64::min),
                    Fold::Max => valid.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    Fold::Sum => valid.iter().sum(),
                    Fold::Mean => valid.iter().sum::<f64>() / valid.len() as f64,
                }
            }
        }
    }

    /// Numbers of all kinds: small, large, whole, negative, zero, infinite, missing.
    fn column(seed: usize) -> Vec<f64> {
        let odd = [0.0, -0.0, 1.0, -1.0, 0.5, f64::NAN, f64::INFINITY, -3.0, 1e300, 2.5];
        let number = |i: usize| {
            let i = (i + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
            if i.is_multiple_of(3) { odd[i / 3 % odd.len()] } else { (i % 20_011) as f64 / 17.0 - 400.0 }
        };
        (0..CHUNK).map(number).collect()
    }

    #[test]
    fn columns_equal_the_tree_pixel_by_pixel_at_every_level() {
        let columns = [column(1), column(77), column(5_003)];
        for text in [
            "A",
            "1 / 3",
            "floor(A / 2) + 1",
            "A / 3 - B / 4 + C / -0.125",
            "-A ** 2 + B ** 2 * C",
            "A ** B",
            "A ** 0.5",
            "(A - B) / (A + B)",
            "where(A > 10, B, C)",
            "where(isnan(A), 0, A)",
            "where(1 > 0, A, B)",
            "A < B and B <= C or not A >= 3",
            "A == B",
            "A != B",
            "A > 1 || B",
            "sign(A)",
            "min(A, B, C)",
            "max(A, 5, B, C + 1)",
            "min(nan, A)",
            "max(1, 2)",
            "sum(A, B, C)",
            "mean(A, B * 2, 7)",
            "mean(A)",
            "clamp(A, -5, B)",
            "A % B",
            "A % 7",
            "round(A) + ceil(B) - trunc(C)",
            "abs(A) ** 2",
            "sqrt(A) * radians(B) + degrees(C)",
            "atan2(A, B) + hypot(B, C)",
            "exp(A / 100) + ln(B) + log2(C)",
            "1 + 2 * 3 - A",
            "A - (B - (C - (A - (B - 1))))",
            "((((1 - A) - B) - C) - 2) - A",
        ] {
            let expression = Expression::parse(text).unwrap();
            let program = Program::new(&expression);
            let inputs: Vec<Vec<f64>> = expression
                .variables()
                .iter()
                .map(|v| columns["ABC".find(&v.name).unwrap()].clone())
                .collect();
            for level in [Level::baseline(), Level::new()] {
                // The registers' old content must not matter.
                let mut registers = program.registers();
                for count in [1, 7, CHUNK, 100] {
                    let result = program.run(level, &inputs, count, &mut registers);
                    assert_eq!(result.len(), count);
                    for (i, got) in result.iter().enumerate() {
                        let pixel: Vec<f64> = inputs.iter().map(|c| c[i]).collect();
                        let wanted = evaluate(&expression.root, &pixel);
                        let square = text.contains("** 2") && (got - wanted).abs() <= wanted.abs() * 1e-15;
                        let same = *got == wanted || (got.is_nan() && wanted.is_nan());
                        assert!(same || square, "{text} of {pixel:?}: {got}, wanted {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_known_is_computed_once() {
        let steps = |text: &str| Program::new(&Expression::parse(text).unwrap()).steps.len();
        assert_eq!(steps("A"), 0);
        assert_eq!(steps("2 * pi * 3"), 1);
        assert_eq!(steps("A * (2 * pi)"), 2);
        assert_eq!(steps("max(1, 2, A)"), 2);
    }
}
