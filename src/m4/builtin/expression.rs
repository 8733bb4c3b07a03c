//! The expressions of `eval`: 32-bit integers, C's operators and `**`.

/// Why an expression has no value; the words are GNU m4's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax,
    Parenthesis,
    BadInput,
    Excess,
    Operator,
    DivideByZero,
    ModuloByZero,
    NegativeExponent,
}

impl Fault {
    pub(super) fn text(self) -> &'static str {
        match self {
            Fault::Syntax => "bad expression in eval: ",
            Fault::Parenthesis => "bad expression in eval (missing right parenthesis): ",
            Fault::BadInput => "bad expression in eval (bad input): ",
            Fault::Excess => "bad expression in eval (excess input): ",
            Fault::Operator => "invalid operator in eval: ",
            Fault::DivideByZero => "divide by zero in eval: ",
            Fault::ModuloByZero => "modulo by zero in eval: ",
            Fault::NegativeExponent => "negative exponent in eval: ",
        }
    }

    /// GNU m4 exits with 1 after it.
    pub(super) fn fails(self) -> bool {
        self == Fault::Operator
    }

    /// The text is an expression, but it has no value: `||` and `&&` pass over it.
    fn is_arithmetic(self) -> bool {
        matches!(self, Fault::DivideByZero | Fault::ModuloByZero | Fault::NegativeExponent)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number(i32),
    Operator(Operator),
    Not,
    Complement,
    Open,
    Close,
    /// `++`, `+=` and the like.
    Invalid,
    Bad,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    /// `=`, which is reported.
    Assign,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    ShiftLeft,
    ShiftRight,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Power,
}

impl Operator {
    fn precedence(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::BitOr => 3,
            Operator::BitXor => 4,
            Operator::BitAnd => 5,
            Operator::Equal | Operator::Assign | Operator::NotEqual => 6,
            Operator::Greater | Operator::GreaterEqual | Operator::Less | Operator::LessEqual => 7,
            Operator::ShiftLeft | Operator::ShiftRight => 8,
            Operator::Plus | Operator::Minus => 9,
            Operator::Times | Operator::Divide | Operator::Modulo => 10,
            Operator::Power => 11,
        }
    }

    fn apply(self, a: i32, b: i32) -> Result<i32, Fault> {
        let truth = |truth: bool| Ok(i32::from(truth));
        match self {
            Operator::Or => truth(a != 0 || b != 0),
            Operator::And => truth(a != 0 && b != 0),
            Operator::BitOr => Ok(a | b),
            Operator::BitXor => Ok(a ^ b),
            Operator::BitAnd => Ok(a & b),
            Operator::Equal | Operator::Assign => truth(a == b),
            Operator::NotEqual => truth(a != b),
            Operator::Greater => truth(a > b),
            Operator::GreaterEqual => truth(a >= b),
            Operator::Less => truth(a < b),
            Operator::LessEqual => truth(a <= b),
            // C leaves wide shifts open; the machine, and GNU m4 with it, takes the low five bits.
            Operator::ShiftLeft => Ok(a.wrapping_shl(b.cast_unsigned())),
            Operator::ShiftRight => Ok(a.wrapping_shr(b.cast_unsigned())),
            Operator::Plus => Ok(a.wrapping_add(b)),
            Operator::Minus => Ok(a.wrapping_sub(b)),
            Operator::Times => Ok(a.wrapping_mul(b)),
            Operator::Divide if b == 0 => Err(Fault::DivideByZero),
            Operator::Divide => Ok(a.wrapping_div(b)),
            Operator::Modulo if b == 0 => Err(Fault::ModuloByZero),
            Operator::Modulo => Ok(a.wrapping_rem(b)),
            Operator::Power if b < 0 => Err(Fault::NegativeExponent),
            Operator::Power if a == 0 && b == 0 => Err(Fault::DivideByZero),
            Operator::Power => Ok(a.wrapping_pow(b.cast_unsigned())),
        }
    }
}

/// The value of an expression, and how often `=` was written for `==`.
pub(super) struct Evaluated {
    pub(super) value: Result<i32, Fault>,
    pub(super) assigns: usize,
}

/// Nested parentheses and signs beyond which an expression is taken for a mistake.
const DEEPEST: usize = 1000;

/// Evaluates an expression.
pub(super) fn evaluate(text: &[u8]) -> Evaluated {
    let mut parser = Parser { text, at: 0, depth: 0, assigns: 0, first: true };
    let value = parser.binary(1).and_then(|value| match parser.next() {
        Token::End => Ok(value),
        Token::Bad => Err(Fault::BadInput),
        Token::Invalid => Err(Fault::Operator),
        _ => Err(Fault::Excess),
    });
    Evaluated { value, assigns: parser.assigns }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    assigns: usize,
    /// No token was read yet.
    first: bool,
}

impl Parser<'_> {
    fn binary(&mut self, least: u8) -> Result<i32, Fault> {
        let mut value = self.unary()?;
        let mut most = u8::MAX;
        loop {
            let before = self.at;
            let operator = match self.next() {
                Token::Operator(operator) if (least..=most).contains(&operator.precedence()) => operator,
                _ => {
                    self.at = before;
                    return Ok(value);
                }
            };
            let precedence = operator.precedence();
            // `**` binds to the right.
            let right = self.binary(if operator == Operator::Power { precedence } else { precedence + 1 });
            most = precedence;
            if operator == Operator::Assign && right.is_ok() {
                self.assigns += 1;
            }
            let decided = match operator {
                Operator::Or if value != 0 => Some(1),
                Operator::And if value == 0 => Some(0),
                _ => None,
            };
            value = match (right, decided) {
                (Err(fault), Some(decided)) if fault.is_arithmetic() => decided,
                (right, _) => operator.apply(value, right?)?,
            };
        }
    }

    fn unary(&mut self) -> Result<i32, Fault> {
        let first = std::mem::replace(&mut self.first, false);
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::Syntax);
        }
        let value = match self.next() {
            Token::Operator(Operator::Plus) => self.unary()?,
            Token::Operator(Operator::Minus) => self.unary()?.wrapping_neg(),
            Token::Not => i32::from(self.unary()? == 0),
            Token::Complement => !self.unary()?,
            Token::Number(number) => number,
            Token::Open => {
                let value = self.binary(1)?;
                match self.next() {
                    Token::Close => value,
                    Token::Bad => return Err(Fault::BadInput),
                    _ => return Err(Fault::Parenthesis),
                }
            }
            Token::Invalid => return Err(Fault::Operator),
            Token::Bad if !first => return Err(Fault::BadInput),
            _ => return Err(Fault::Syntax),
        };
        self.depth -= 1;
        Ok(value)
    }

    /// Takes the next byte if it is this one.
    fn eat(&mut self, byte: u8) -> bool {
        let is = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is);
        is
    }

    fn next(&mut self) -> Token {
        while self.text.get(self.at).is_some_and(|byte| matches!(byte, b' ' | 9..=13)) {
            self.at += 1;
        }
        let Some(byte) = self.text.get(self.at).copied() else { return Token::End };
        if byte.is_ascii_digit() {
            return self.number();
        }
        self.at += 1;
        let operator = match byte {
            b'(' => return Token::Open,
            b')' => return Token::Close,
            b'~' => return Token::Complement,
            b'!' if self.eat(b'=') => Operator::NotEqual,
            b'!' => return Token::Not,
            b'=' if self.eat(b'=') => Operator::Equal,
            b'=' => Operator::Assign,
            b'*' if self.eat(b'*') => Operator::Power,
            b'+' | b'-' if self.eat(byte) => return Token::Invalid,
            b'|' if self.eat(b'|') => Operator::Or,
            b'&' if self.eat(b'&') => Operator::And,
            b'<' if self.eat(b'=') => Operator::LessEqual,
            b'>' if self.eat(b'=') => Operator::GreaterEqual,
            b'<' | b'>' if self.eat(byte) => {
                if self.eat(b'=') {
                    return Token::Invalid;
                }
                if byte == b'<' { Operator::ShiftLeft } else { Operator::ShiftRight }
            }
            b'<' => Operator::Less,
            b'>' => Operator::Greater,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' if self.eat(b'=') => return Token::Invalid,
            b'+' => Operator::Plus,
            b'-' => Operator::Minus,
            b'*' => Operator::Times,
            b'/' => Operator::Divide,
            b'%' => Operator::Modulo,
            b'&' => Operator::BitAnd,
            b'|' => Operator::BitOr,
            b'^' => Operator::BitXor,
            _ => return Token::Bad,
        };
        Token::Operator(operator)
    }

    /// `12`, `017`, `0x1f`, `0b11`, `0r36:zz`.
    fn number(&mut self) -> Token {
        let mut base = 10;
        if self.eat(b'0') {
            base = 8;
            if self.eat(b'x') || self.eat(b'X') {
                base = 16;
            } else if self.eat(b'b') || self.eat(b'B') {
                base = 2;
            } else if self.eat(b'r') || self.eat(b'R') {
                base = 0;
                while let Some(digit @ b'0'..=b'9') = self.text.get(self.at)
                    && base <= 36
                {
                    base = base * 10 + u32::from(digit - b'0');
                    self.at += 1;
                }
                if !(1..=36).contains(&base) || !self.eat(b':') {
                    return Token::Bad;
                }
            }
        }
        let mut value: i32 = 0;
        while let Some(byte) = self.text.get(self.at) {
            let Some(digit) = char::from(*byte).to_digit(36) else { break };
            // In base 1 the ones are counted, and zeros may stand before them.
            if base == 1 {
                if digit > 1 || (digit == 0 && value != 0) {
                    break;
                }
                value = value.wrapping_add(digit.cast_signed());
            } else if digit < base {
                value = value.wrapping_mul(base.cast_signed()).wrapping_add(digit.cast_signed());
            } else {
                break;
            }
            self.at += 1;
        }
        Token::Number(value)
    }
}
