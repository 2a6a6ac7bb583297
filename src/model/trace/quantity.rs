//! Quantities of a pass: a number per position and unit, with kind, role and the equations between them.

/// The kind of a quantity; its letter in equations is its [`symbol`](Self::symbol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityKind {
    /// Embedding of a word.
    Embedding,
    /// The hidden state of a recurrent layer.
    HiddenState,
    /// The cell state of an LSTM.
    CellState,
    /// An LSTM's input gate.
    InputGate,
    /// A forget gate.
    ForgetGate,
    /// An LSTM's candidate for the cell state.
    CellCandidate,
    /// An LSTM's output gate.
    OutputGate,
    /// A GRU's reset gate.
    ResetGate,
    /// A GRU's update gate.
    UpdateGate,
    /// A candidate for the hidden state.
    Candidate,
    /// Hidden layer of a feed-forward model.
    HiddenLayer,
    /// The residual stream of a transformer: what each layer reads from and adds to.
    Residual,
    /// A unit between the two linear layers of a transformer's MLP.
    MlpUnit,
    /// Attention weight.
    Attention,
    /// The recurrent weight of a layer.
    RecurrentWeight,
    /// Pre-activation.
    PreActivation,
    /// Contribution of the input (and its bias) to a pre-activation.
    InputSum,
    /// Contribution of the previous state (and its bias) to a pre-activation.
    RecurrentSum,
}

impl QuantityKind {
    /// Its letter in equations.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Embedding => "x",
            Self::MlpUnit => "u",
            Self::Attention => "α",
            Self::RecurrentWeight => "U",
            Self::HiddenState | Self::HiddenLayer | Self::Residual => "h",
            Self::CellState => "c",
            Self::InputGate => "i",
            Self::ForgetGate => "f",
            Self::CellCandidate => "g",
            Self::OutputGate => "o",
            Self::ResetGate => "r",
            Self::UpdateGate => "z",
            Self::Candidate => "n",
            Self::PreActivation => "a",
            Self::InputSum => "W·x + b",
            Self::RecurrentSum => "U·h₋₁ + b′",
        }
    }
}

/// The role of a quantity, by which panels select it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A state, which is carried to the next position.
    State,
    /// A gate, from 0 (closed) to 1 (open).
    Gate,
    /// A candidate for a state.
    Candidate,
    /// An activation that is not carried to the next position.
    Activation,
    /// Embedding of a word.
    Embedding,
    /// Attention weights of a head: one unit per position, adding up to 1.
    Attention {
        /// 0-based index of the head in its layer.
        head: usize,
    },
    /// An intermediate sum, shown only in equations.
    Sum,
}

/// A part of an equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text.
    Text(&'static str),
    /// The quantity at the same position, as a factor.
    Now(QuantityKind),
    /// The quantity at the previous position, as a factor; 0 at the first position.
    Before(QuantityKind),
    /// The quantity at the same position, as the first summand.
    Sum(QuantityKind),
}

impl Part {
    /// The kind of the quantity; `None` for text.
    #[must_use]
    pub fn term(&self) -> Option<QuantityKind> {
        match self {
            Self::Text(_) => None,
            Self::Now(term) | Self::Before(term) | Self::Sum(term) => Some(*term),
        }
    }
}

/// An equation between quantities of one unit at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equation {
    /// The equation in letters: `c = f·c₋₁ + i·g`.
    pub letters: &'static str,
    /// The right-hand side, to be filled with numbers.
    pub numbers: &'static [Part],
    /// The quantity on the left-hand side.
    pub result: QuantityKind,
}

/// A quantity of a trace: one number per position and unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Its kind.
    pub term: QuantityKind,
    /// Its role.
    pub role: Role,
    /// 0-based layer; `None` below the first layer.
    pub layer: Option<usize>,
    /// The number of units.
    pub width: usize,
    /// `[Positions, width]`.
    pub values: Vec<f32>,
    /// The equations that define it or use it.
    pub equations: &'static [Equation],
}

impl Quantity {
    /// The value of a unit at a position; `None` if out of range.
    #[must_use]
    pub fn at(&self, unit: usize, position: usize) -> Option<f32> {
        if unit < self.width { self.values.get(position * self.width + unit).copied() } else { None }
    }
}
