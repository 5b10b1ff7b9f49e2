//! Tree to program: a list of steps over short columns of numbers, so that each step is one tight loop.

use super::parse::{Binary, Expression, Fold, Node, Unary};

/// Pixels that a program works on at a time: all columns of a program stay in the L1 or L2 cache.
pub(super) const CHUNK: usize = 512;

#[derive(Clone, Copy, Debug)]
enum Step {
    Number(f64),
    Variable(usize),
    Unary(Unary),
    Binary(Binary),
    Where,
    Fold(Fold, usize),
}

/// A compiled expression: a stack machine whose stack entries are columns of [`CHUNK`] numbers.
#[derive(Clone, Debug)]
pub(super) struct Program {
    steps: Vec<Step>,
    depth: usize,
}

impl Program {
    pub(super) fn new(expression: &Expression) -> Self {
        let mut steps = Vec::new();
        let depth = compile(&expression.root, &mut steps);
        Self { steps, depth }
    }

    /// A stack for this program.
    pub(super) fn stack(&self) -> Vec<[f64; CHUNK]> {
        vec![[0.0; CHUNK]; self.depth]
    }

    /// Compute at most [`CHUNK`] pixels; `variables` yields the same number of values for each variable.
    pub(super) fn run<'s>(
        &self,
        variables: &[&[f64]],
        count: usize,
        stack: &'s mut [[f64; CHUNK]],
    ) -> &'s [f64] {
        let mut top = 0;
        for step in &self.steps {
            match *step {
                Step::Number(value) => {
                    stack[top][..count].fill(value);
                    top += 1;
                }
                Step::Variable(index) => {
                    stack[top][..count].copy_from_slice(&variables[index][..count]);
                    top += 1;
                }
                Step::Unary(function) => {
                    for v in &mut stack[top - 1][..count] {
                        *v = function(*v);
                    }
                }
                Step::Binary(function) => {
                    let (below, above) = stack.split_at_mut(top - 1);
                    for (a, b) in below[top - 2][..count].iter_mut().zip(&above[0]) {
                        *a = function(*a, *b);
                    }
                    top -= 1;
                }
                Step::Where => {
                    let (below, above) = stack.split_at_mut(top - 2);
                    for ((c, a), b) in below[top - 3][..count].iter_mut().zip(&above[0]).zip(&above[1]) {
                        *c = if c.is_nan() {
                            f64::NAN
                        } else if *c != 0.0 {
                            *a
                        } else {
                            *b
                        };
                    }
                    top -= 2;
                }
                Step::Fold(fold, arguments) => {
                    top -= arguments - 1;
                    fold_columns(fold, &mut stack[top - 1..top - 1 + arguments], count);
                }
            }
        }
        &stack[0][..count]
    }
}

/// Fold columns into the first of them, skipping NaN; NaN where every argument is.
fn fold_columns(fold: Fold, columns: &mut [[f64; CHUNK]], count: usize) {
    for i in 0..count {
        let (mut result, mut number) = (f64::NAN, 0u32);
        for column in columns.iter() {
            let value = column[i];
            if value.is_nan() {
                continue;
            }
            number += 1;
            result = match fold {
                _ if number == 1 => value,
                Fold::Min => result.min(value),
                Fold::Max => result.max(value),
                Fold::Sum | Fold::Mean => result + value,
            };
        }
        columns[0][i] = if fold == Fold::Mean { result / f64::from(number) } else { result };
    }
}

/// Append a tree's steps; how many stack entries they use at most.
fn compile(node: &Node, steps: &mut Vec<Step>) -> usize {
    match node {
        Node::Number(value) => {
            steps.push(Step::Number(*value));
            1
        }
        Node::Variable(index) => {
            steps.push(Step::Variable(*index));
            1
        }
        Node::Unary(function, inner) => {
            let depth = compile(inner, steps);
            steps.push(Step::Unary(*function));
            depth
        }
        Node::Binary(function, a, b) => {
            let depth = compile(a, steps).max(1 + compile(b, steps));
            steps.push(Step::Binary(*function));
            depth
        }
        Node::Where(three) => {
            let depth = all(three.as_slice(), steps);
            steps.push(Step::Where);
            depth
        }
        Node::Fold(fold, arguments) => {
            let depth = all(arguments, steps);
            steps.push(Step::Fold(*fold, arguments.len()));
            depth
        }
    }
}

fn all(nodes: &[Node], steps: &mut Vec<Step>) -> usize {
    nodes.iter().enumerate().map(|(i, node)| i + compile(node, steps)).max().unwrap_or(0)
}
