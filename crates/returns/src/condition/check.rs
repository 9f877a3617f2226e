//! From the text of a condition to a tree in which every type fits.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::parser::Parser;

use super::{
    CONDITION_CHARS_MAX, CONDITION_NODES_MAX, Calculation, Comparison, ConditionError, DEPTH_MAX,
    LABELS, Node, Search, Type, Variable,
};

type Checked<T> = Result<T, ConditionError>;

/// The checked tree of a condition.
pub(super) fn check(text: &str) -> Checked<Node> {
    if text.chars().count() > CONDITION_CHARS_MAX {
        let problem = format!("longer than {CONDITION_CHARS_MAX} characters");
        return Err(at_start(problem));
    }
    check_nesting(text)?;
    let parsed = Parser::new()
        .max_recursion_depth(DEPTH_MAX)
        .parse_with_source_info(text);
    let (expression, source) = parsed.map_err(|errors| {
        errors.errors.first().map_or_else(
            || at_start("cannot be read".to_owned()),
            |error| ConditionError {
                line: usize::try_from(error.pos.0).unwrap_or(1).max(1),
                column: usize::try_from(error.pos.1).unwrap_or(1).max(1),
                problem: error.msg.clone(),
            },
        )
    })?;
    let mut checker = Checker {
        source: &source,
        nodes: 0,
        depth: 0,
    };
    let node = checker.expect(&expression, Type::Bool)?;
    Ok(node)
}

fn at_start(problem: String) -> ConditionError {
    ConditionError {
        line: 1,
        column: 1,
        problem,
    }
}

/// Refuses what would nest deeper than any honest condition before the parser sees it: brackets,
/// and signs that stand before each other.
fn check_nesting(text: &str) -> Checked<()> {
    let (mut depth, mut signs) = (0u16, 0u16);
    for character in text.chars() {
        match character {
            '(' | '[' | '{' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = match character {
            '!' | '-' => signs + 1,
            ' ' => signs,
            _ => 0,
        };
        if depth > DEPTH_MAX || signs > DEPTH_MAX {
            return Err(at_start(format!("nested deeper than {DEPTH_MAX}")));
        }
    }
    Ok(())
}

struct Checker<'a> {
    source: &'a SourceInfo,
    nodes: usize,
    depth: usize,
}

impl Checker<'_> {
    fn wrong<T>(&self, at: &IdedExpr, problem: impl Into<String>) -> Checked<T> {
        let start = self.source.offset_for(at.id).map_or(0, |(start, _)| start);
        let start = usize::try_from(start).unwrap_or(0);
        let before = self.source.source.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        Err(ConditionError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem: problem.into(),
        })
    }

    fn expect(&mut self, expression: &IdedExpr, expected: Type) -> Checked<Node> {
        let (node, found) = self.infer(expression)?;
        if found == expected {
            return Ok(node);
        }
        self.wrong(
            expression,
            format!("is {found}, where {expected} is needed"),
        )
    }

    fn infer(&mut self, expression: &IdedExpr) -> Checked<(Node, Type)> {
        self.nodes += 1;
        self.depth += 1;
        if self.nodes > CONDITION_NODES_MAX || self.depth > CONDITION_NODES_MAX {
            let problem = format!("more than {CONDITION_NODES_MAX} names, values and operations");
            return self.wrong(expression, problem);
        }
        let answer = match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal),
            Expr::Ident(name) => self.name(expression, name),
            Expr::Select(select) => {
                self.labels(expression, &select.operand)?;
                let name = Box::new(Node::Text(select.field.as_str().into()));
                Ok(match select.test {
                    true => (Node::HasLabel(name), Type::Bool),
                    false => (Node::Label(name), Type::Text),
                })
            }
            Expr::Call(call) => self.call(expression, call),
            Expr::List(_) => self.wrong(expression, "a list may stand only behind `in`"),
            Expr::Comprehension(_) => self.wrong(expression, "macros that loop are not allowed"),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.wrong(expression, "maps and messages are not allowed")
            }
        };
        self.depth -= 1;
        answer
    }

    fn literal(&self, at: &IdedExpr, literal: &LiteralValue) -> Checked<(Node, Type)> {
        match literal {
            LiteralValue::Boolean(value) => Ok((Node::Bool(*value.inner()), Type::Bool)),
            LiteralValue::Int(value) => Ok((Node::Int(*value.inner()), Type::Int)),
            LiteralValue::String(value) => Ok((Node::Text(value.inner().into()), Type::Text)),
            LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                self.wrong(at, "numbers are whole and signed, such as 14")
            }
            LiteralValue::Bytes(_) | LiteralValue::Null => {
                self.wrong(at, "bytes and null are not allowed")
            }
        }
    }

    fn name(&self, at: &IdedExpr, name: &str) -> Checked<(Node, Type)> {
        if name == LABELS {
            return self.wrong(at, "`labels` is looked at by a name, such as labels.risk");
        }
        match Variable::named(name) {
            Some((variable, kind)) => Ok((Node::Variable(variable), kind)),
            None => self.wrong(at, format!("`{name}` is not known")),
        }
    }

    /// Only the labels of the order have parts.
    fn labels(&self, at: &IdedExpr, operand: &IdedExpr) -> Checked<()> {
        match &operand.expr {
            Expr::Ident(name) if name == LABELS => Ok(()),
            _ => self.wrong(at, "only `labels` has parts"),
        }
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Checked<(Node, Type)> {
        let arguments: Vec<&IdedExpr> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        let is_method = call.target.is_some();
        match (call.func_name.as_str(), arguments.as_slice(), is_method) {
            (operators::LOGICAL_AND, [left, right], false) => {
                Ok((Node::And(self.both(left, right, Type::Bool)?), Type::Bool))
            }
            (operators::LOGICAL_OR, [left, right], false) => {
                Ok((Node::Or(self.both(left, right, Type::Bool)?), Type::Bool))
            }
            (operators::LOGICAL_NOT, [inner], false) => {
                let inner = self.expect(inner, Type::Bool)?;
                Ok((Node::Not(Box::new(inner)), Type::Bool))
            }
            (operators::NEGATE, [inner], false) => {
                let inner = self.expect(inner, Type::Int)?;
                Ok((Node::Negate(Box::new(inner)), Type::Int))
            }
            (operators::CONDITIONAL, [condition, yes, no], false) => {
                let condition = self.expect(condition, Type::Bool)?;
                let (yes, kind) = self.infer(yes)?;
                let no = self.expect(no, kind)?;
                Ok((Node::If(Box::new([condition, yes, no])), kind))
            }
            (operators::IN, [item, list], false) => self.one_of(item, list),
            (operators::INDEX, [labels, name], false) => {
                self.labels(at, labels)?;
                let name = self.expect(name, Type::Text)?;
                Ok((Node::Label(Box::new(name)), Type::Text))
            }
            ("size", [inner], _) => {
                let inner = self.expect(inner, Type::Text)?;
                Ok((Node::Size(Box::new(inner)), Type::Int))
            }
            (name, [left, right], false) => match (comparison(name), calculation(name)) {
                (Some(comparison), _) => self.compare(comparison, left, right),
                (None, Some(calculation)) => {
                    let both = self.both(left, right, Type::Int)?;
                    Ok((Node::Calculate(calculation, both), Type::Int))
                }
                (None, None) => self.wrong(at, format!("`{name}` is not known")),
            },
            (name, [text, part], true) => match search(name) {
                Some(search) => {
                    let both = self.both(text, part, Type::Text)?;
                    Ok((Node::Search(search, both), Type::Bool))
                }
                None => self.wrong(at, format!("`{name}` is not known")),
            },
            (name, _, _) => self.wrong(at, format!("`{name}` is not known")),
        }
    }

    fn both(&mut self, left: &IdedExpr, right: &IdedExpr, kind: Type) -> Checked<Box<[Node; 2]>> {
        Ok(Box::new([
            self.expect(left, kind)?,
            self.expect(right, kind)?,
        ]))
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Checked<(Node, Type)> {
        let (first, kind) = self.infer(left)?;
        let second = self.expect(right, kind)?;
        Ok((
            Node::Compare(comparison, Box::new([first, second])),
            Type::Bool,
        ))
    }

    fn one_of(&mut self, item: &IdedExpr, list: &IdedExpr) -> Checked<(Node, Type)> {
        match &list.expr {
            Expr::Ident(name) if name == LABELS => {
                let name = self.expect(item, Type::Text)?;
                Ok((Node::HasLabel(Box::new(name)), Type::Bool))
            }
            Expr::List(list) => {
                let (item, kind) = self.infer(item)?;
                let elements = list.elements.iter();
                let elements = elements.map(|element| self.expect(element, kind));
                let elements = elements.collect::<Checked<Box<[Node]>>>()?;
                Ok((Node::OneOf(Box::new(item), elements), Type::Bool))
            }
            _ => self.wrong(
                list,
                "`in` needs a list such as [\"DE\", \"FR\"], or labels",
            ),
        }
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn calculation(name: &str) -> Option<Calculation> {
    Some(match name {
        operators::ADD => Calculation::Add,
        operators::SUBSTRACT => Calculation::Subtract,
        operators::MULTIPLY => Calculation::Multiply,
        operators::DIVIDE => Calculation::Divide,
        operators::MODULO => Calculation::Remainder,
        _ => return None,
    })
}

fn search(name: &str) -> Option<Search> {
    Some(match name {
        "startsWith" => Search::StartsWith,
        "endsWith" => Search::EndsWith,
        "contains" => Search::Contains,
        _ => return None,
    })
}
