//! Selection of the instruction set: the fastest that the machine supports, unless an environment variable forces another.

use std::fmt;
use std::sync::OnceLock;

use pulp::{Arch, WithSimd};

use crate::language::{Language, Localized};

/// The environment variable that forces an instruction set.
pub const INSTRUCTION_SET: &str = "RNN_TUI_INSTRUCTION_SET";

/// A set of vector instructions that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// x86-64 with AVX-512 (F, BW, CD, DQ, VL): registers of 16 numbers.
    Avx512,
    /// x86-64 with AVX2 and FMA: registers of 8 numbers.
    Avx2,
    /// ARM's Advanced SIMD: registers of 4 numbers.
    Neon,
    /// The baseline of the compilation target, without optional vector instructions.
    Plain,
}

crate::messages! {
    /// Why a requested instruction set cannot be used.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum InstructionSetError {
        /// No instruction set has this name.
        Unknown { name: String, available: Vec<&'static str> } =
            "there is no instruction set `{name}`; it has {available}, of which the first is used when {INSTRUCTION_SET} is not set",
            "没有指令集 `{name}`；有 {available}，未设置 {INSTRUCTION_SET} 时使用第一个";
        /// This machine lacks it.
        Missing { set: InstructionSet, available: Vec<&'static str> } =
            "this machine has no {set}; it has {available}, of which the first is used when {INSTRUCTION_SET} is not set",
            "这台机器没有 {set}；有 {available}，未设置 {INSTRUCTION_SET} 时使用第一个";
    }
}

impl std::error::Error for InstructionSetError {}

impl InstructionSet {
    /// All instruction sets, fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Plain];

    /// The instruction sets that this machine supports, fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|set| set.arch().is_some())
    }

    /// The name of the instruction set in [`INSTRUCTION_SET`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::Plain => "plain",
        }
    }

    /// Returns the instruction set called `name`.
    ///
    /// # Errors
    /// If the name is unknown, or this machine lacks the instruction set.
    pub fn named(name: &str) -> Result<Self, InstructionSetError> {
        let available = || Self::available().map(Self::name).collect();
        match Self::ALL.into_iter().find(|set| set.name() == name) {
            Some(set) if set.arch().is_some() => Ok(set),
            Some(set) => Err(InstructionSetError::Missing { set, available: available() }),
            None => Err(InstructionSetError::Unknown { name: name.to_owned(), available: available() }),
        }
    }

    /// Returns the instruction set in use: the one forced by [`INSTRUCTION_SET`], otherwise the fastest that this machine supports.
    ///
    /// # Errors
    /// If the environment variable names one that is unknown or unsupported; kernels then use the fastest.
    pub fn in_use() -> Result<Self, InstructionSetError> {
        let fastest = || Self::available().next().unwrap_or(Self::Plain);
        let forced = std::env::var_os(INSTRUCTION_SET).filter(|name| !name.is_empty());
        forced.map_or_else(|| Ok(fastest()), |name| Self::named(&name.to_string_lossy()))
    }

    /// Returns the token with which pulp dispatches to this instruction set; `None` if the machine lacks it.
    #[cfg(target_arch = "x86_64")]
    fn arch(self) -> Option<Arch> {
        use pulp::x86::{V3, V4};
        match self {
            Self::Avx512 => V4::try_new().map(Arch::V4),
            Self::Avx2 => V3::try_new().map(Arch::V3),
            Self::Neon => None,
            Self::Plain => Some(Arch::Scalar),
        }
    }

    #[cfg(target_arch = "aarch64")]
    fn arch(self) -> Option<Arch> {
        match self {
            Self::Avx512 | Self::Avx2 => None,
            Self::Neon => pulp::aarch64::Neon::try_new().map(Arch::Neon),
            Self::Plain => Some(Arch::Scalar),
        }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn arch(self) -> Option<Arch> {
        (self == Self::Plain).then(Arch::new)
    }
}

impl Localized for InstructionSet {
    fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Neon => "NEON",
            Self::Plain => "no vector instructions",
        })
    }
}

/// Runs `work` compiled for the [instruction set in use](InstructionSet::in_use), which is determined by the first call. Only code
/// that is inlined into `work` is compiled for it: mark the functions that it calls `#[inline(always)]`.
#[inline(always)]
pub fn vectorized<W: WithSimd>(work: W) -> W::Output {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    let forced_or_fastest = || InstructionSet::in_use().ok().and_then(InstructionSet::arch).unwrap_or_default();
    ARCH.get_or_init(forced_or_fastest).dispatch(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Simd;

    struct CountLanes;

    impl WithSimd for CountLanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    #[test]
    fn in_use_environment_variable_overrides_fastest() {
        let in_use = InstructionSet::in_use().unwrap();
        match std::env::var(INSTRUCTION_SET) {
            Ok(forced) => assert_eq!(in_use.name(), forced),
            Err(_) => assert_eq!(Some(in_use), InstructionSet::available().next()),
        }
        let lanes = match in_use {
            InstructionSet::Avx512 => 16,
            InstructionSet::Avx2 => 8,
            InstructionSet::Neon => 4,
            InstructionSet::Plain => 1,
        };
        assert_eq!(vectorized(CountLanes), lanes);
    }

    #[test]
    fn named_unavailable_set_is_rejected_with_alternatives() {
        let unknown = InstructionSet::named("sse9").unwrap_err().to_string();
        assert!(unknown.contains("`sse9`") && unknown.contains("plain"), "{unknown}");
        let missing = InstructionSet::ALL.into_iter().find(|set| set.arch().is_none()).unwrap();
        let rejected = InstructionSet::named(missing.name()).unwrap_err();
        assert!(matches!(rejected, InstructionSetError::Missing { set, .. } if set == missing));
        assert_eq!(InstructionSet::named("plain"), Ok(InstructionSet::Plain));
    }

    #[test]
    #[ignore = "minutes"]
    fn kernel_tests_pass_on_every_instruction_set() {
        let caller = "kernel_tests_pass_on_every_instruction_set";
        for set in InstructionSet::available() {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command.args(["model::kernels", "--skip", caller]).env(INSTRUCTION_SET, set.name());
            let output = command.output().unwrap();
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && !stdout.contains("running 0 tests"), "with {set}:\n{stdout}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn available_x86_64_lists_supported_sets_fastest_first() {
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let expected =
            [(InstructionSet::Avx512, has_avx512), (InstructionSet::Avx2, has_avx2), (InstructionSet::Plain, true)];
        let expected: Vec<_> = expected.into_iter().filter(|(_, has)| *has).map(|(set, _)| set).collect();
        assert_eq!(InstructionSet::available().collect::<Vec<_>>(), expected);
    }
}
