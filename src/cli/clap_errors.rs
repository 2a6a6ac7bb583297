//! The errors of clap in both languages.

use std::error::Error as _;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use rnn_tui::language::Message;

rnn_tui::messages! {
    enum ClapMessage {
        UnknownArgument { argument: String } = "unexpected argument '{argument}' found", "未知的参数 '{argument}'";
        UnknownSubcommand { name: String } = "unrecognized subcommand '{name}'", "未知的子命令 '{name}'";
        NoValue { argument: String } = "a value is required for '{argument}' but none was supplied", "'{argument}' 需要一个值";
        InvalidValue { argument: String, value: String } =
            "invalid value '{value}' for '{argument}'", "'{argument}' 的值 '{value}' 无效";
        InvalidValueBecause { argument: String, value: String, why: Message } =
            "invalid value '{value}' for '{argument}': {why}", "'{argument}' 的值 '{value}' 无效：{why}";
        TooManyValues { argument: String, value: String } =
            "unexpected value '{value}' for '{argument}' found; no more were expected", "'{argument}' 不能再有值 '{value}'";
        WrongNumberOfValues { argument: String, expected: String, actual: String } =
            "{expected} values required for '{argument}' but {actual} were provided",
            "'{argument}' 需要 {expected} 个值，而给出了 {actual} 个";
        WrongNumberOfValuesOne { argument: String, expected: String } =
            "{expected} values required for '{argument}' but 1 was provided", "'{argument}' 需要 {expected} 个值，而给出了 1 个";
        UsedTwice { argument: String } =
            "the argument '{argument}' cannot be used multiple times", "参数 '{argument}' 只能使用一次";
        ArgumentConflict { argument: String, other: String } =
            "the argument '{argument}' cannot be used with '{other}'", "参数 '{argument}' 不能与 '{other}' 一起使用";
        ArgumentConflicts { argument: String } =
            "the argument '{argument}' cannot be used with:", "参数 '{argument}' 不能与下列参数一起使用：";
        SubcommandConflict { name: String, other: String } =
            "the subcommand '{name}' cannot be used with '{other}'", "子命令 '{name}' 不能与 '{other}' 一起使用";
        SubcommandConflicts { name: String } =
            "the subcommand '{name}' cannot be used with:", "子命令 '{name}' 不能与下列参数一起使用：";
        MissingArguments = "the following required arguments were not provided:", "缺少必需的参数：";
        /// A kind of error that this program does not know, in clap's English.
        Other { clap: String } = "the command line cannot be read: {clap}", "无法读取命令行：{clap}";
        Item { item: String } = "  {item}", "  {item}";
        PossibleValues { values: String } = "  [possible values: {values}]", "  [可用的值：{values}]";
        SimilarArgument { name: String } = "  tip: a similar argument exists: '{name}'", "  提示：有一个相似的参数：'{name}'";
        SimilarValue { name: String } = "  tip: a similar value exists: '{name}'", "  提示：有一个相似的值：'{name}'";
        SimilarSubcommand { name: String } =
            "  tip: a similar subcommand exists: '{name}'", "  提示：有一个相似的子命令：'{name}'";
        SimilarArguments { names: String } =
            "  tip: some similar arguments exist: {names}", "  提示：有一些相似的参数：{names}";
        SimilarValues { names: String } = "  tip: some similar values exist: {names}", "  提示：有一些相似的值：{names}";
        SimilarSubcommands { names: String } =
            "  tip: some similar subcommands exist: {names}", "  提示：有一些相似的子命令：{names}";
        PassAsValue { argument: String } =
            "  tip: to pass '{argument}' as a value, use '-- {argument}'",
            "  提示：要把 '{argument}' 作为值，请用 '-- {argument}'";
        /// A tip that this program does not know, in clap's English.
        OtherTip { clap: String } = "  tip: {clap}", "  提示：{clap}";
        Usage { usage: String } = "Usage: {usage}", "用法：{usage}";
        MoreHelp = "For more information, try '--help'.", "更多信息请用 '--help'。";
        Empty = "", "";
    }
}

use ClapMessage as Says;

/// The message of a clap error in both languages: the problem, clap's tips, the usage and `--help`. The English is what clap prints, without
/// `error: `.
pub fn clap_message(error: &Error) -> Message {
    let mut message = problem(error);
    let mut paragraph = |lines: Vec<Says>| {
        if !lines.is_empty() {
            let empty = message.clone().then(Says::Empty);
            message = lines.into_iter().fold(empty, Message::then);
        }
    };
    paragraph(tips(error));
    paragraph(usage(error).into_iter().collect());
    paragraph(vec![Says::MoreHelp]);
    message
}

/// The problem, with the possible values or the arguments that it is about.
fn problem(error: &Error) -> Message {
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let subcommand = text(error, ContextKind::InvalidSubcommand);
    let problem = match (error.kind(), argument, value, subcommand) {
        (ErrorKind::UnknownArgument, Some(argument), ..) => Says::UnknownArgument { argument },
        (ErrorKind::InvalidSubcommand, _, _, Some(name)) => Says::UnknownSubcommand { name },
        (ErrorKind::InvalidValue, Some(argument), Some(value), _) => {
            let problem =
                if value.is_empty() { Says::NoValue { argument } } else { Says::InvalidValue { argument, value } };
            let values = texts(error, ContextKind::ValidValue);
            if values.is_empty() {
                return problem.into();
            }
            return Message::from(problem).then(Says::PossibleValues { values: values.join(", ") });
        }
        (ErrorKind::ValueValidation, Some(argument), Some(value), _) => match error.source() {
            Some(why) => {
                let why = why.downcast_ref::<Message>().cloned().unwrap_or_else(|| Message::new(why.to_string()));
                Says::InvalidValueBecause { argument, value, why }
            }
            None => Says::InvalidValue { argument, value },
        },
        (ErrorKind::TooManyValues, Some(argument), Some(value), _) => Says::TooManyValues { argument, value },
        (ErrorKind::WrongNumberOfValues, Some(argument), ..) => {
            let number = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
            let (expected, actual) = (number(ContextKind::ExpectedNumValues), number(ContextKind::ActualNumValues));
            if actual == "1" {
                Says::WrongNumberOfValuesOne { argument, expected }
            } else {
                Says::WrongNumberOfValues { argument, expected, actual }
            }
        }
        (ErrorKind::ArgumentConflict, Some(argument), ..) => match texts(error, ContextKind::PriorArg).as_slice() {
            [other] if *other == argument => Says::UsedTwice { argument },
            [other] => Says::ArgumentConflict { argument, other: other.clone() },
            others => return listed(Says::ArgumentConflicts { argument }, others),
        },
        (ErrorKind::ArgumentConflict, _, _, Some(name)) => match texts(error, ContextKind::PriorArg).as_slice() {
            [other] => Says::SubcommandConflict { name, other: other.clone() },
            others => return listed(Says::SubcommandConflicts { name }, others),
        },
        (ErrorKind::MissingRequiredArgument, ..) => {
            return listed(Says::MissingArguments, &texts(error, ContextKind::InvalidArg));
        }
        (kind, ..) => Says::Other { clap: kind.as_str().unwrap_or_default().to_owned() },
    };
    problem.into()
}

/// A sentence, and below it a line for each item.
fn listed(sentence: ClapMessage, items: &[String]) -> Message {
    items.iter().fold(sentence.into(), |message: Message, item| message.then(Says::Item { item: item.clone() }))
}

/// Clap's tips, a line each.
fn tips(error: &Error) -> Vec<ClapMessage> {
    type Tip = fn(String) -> ClapMessage;
    const SIMILAR: [(ContextKind, Tip, Tip); 3] = [
        (
            ContextKind::SuggestedSubcommand,
            |name| Says::SimilarSubcommand { name },
            |names| Says::SimilarSubcommands { names },
        ),
        (ContextKind::SuggestedArg, |name| Says::SimilarArgument { name }, |names| Says::SimilarArguments { names }),
        (ContextKind::SuggestedValue, |name| Says::SimilarValue { name }, |names| Says::SimilarValues { names }),
    ];
    let similar = SIMILAR.iter().filter_map(|(kind, one, several)| match texts(error, *kind).as_slice() {
        [] => None,
        [name] => Some(one(name.clone())),
        names => Some(several(names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))),
    });
    let as_value = text(error, ContextKind::InvalidArg).map(|argument| Says::PassAsValue { argument });
    let others = match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(tips)) => tips.as_slice(),
        _ => &[],
    };
    let mut tips: Vec<_> = similar.collect();
    for tip in others {
        let other = Says::OtherTip { clap: tip.to_string() };
        let known = as_value.iter().find(|as_value| as_value.to_string() == other.to_string());
        tips.push(match known {
            Some(Says::PassAsValue { argument }) => Says::PassAsValue { argument: argument.clone() },
            _ => other,
        });
    }
    tips
}

/// The usage line of the error, if it has one.
fn usage(error: &Error) -> Option<ClapMessage> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return None };
    let usage = usage.to_string();
    Some(Says::Usage { usage: usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned() })
}

/// A text of the error's context; the first one of several.
fn text(error: &Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).into_iter().next()
}

/// The texts of the error's context.
fn texts(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rnn_tui::language::{Language, Localized};

    use super::super::arguments::Cli;
    use super::*;

    /// Command lines with mistakes of all kinds.
    const MISTAKES: &[&[&str]] = &[
        &["--stepz", "3"],
        &["-x"],
        &["predict"],
        &["predict", "runs/a", "--json", "--json"],
        &["evaluate", "runs/a", "--best", "--step", "3"],
        &["predict", "runs/a", "--last", "--step", "3", "--best"],
        &["--color", "blue"],
        &["--color", "trueclor"],
        &["--color"],
        &["--ask"],
        &["--steps", "three"],
        &["--temperature", "2"],
        &["--plain=1"],
        &["completions", "sh"],
        &["--resume", "a", "toy.toml"],
        &["scaling", "--memory-of", "1"],
        &["--rival", "toy.toml"],
        &["help", "lst"],
    ];

    #[test]
    fn clap_message_in_english_equals_clap_text() {
        for arguments in MISTAKES {
            let error = Cli::command().try_get_matches_from([&["rnn-tui"], *arguments].concat()).unwrap_err();
            let expected = error.to_string();
            let message = format!("error: {}\n", clap_message(&error));
            assert_eq!(message, expected, "{arguments:?}");
        }
    }

    #[test]
    fn clap_message_in_chinese_has_no_english_sentence() {
        for arguments in MISTAKES {
            let error = Cli::command().try_get_matches_from([&["rnn-tui"], *arguments].concat()).unwrap_err();
            let chinese = clap_message(&error).text_in(Language::Chinese);
            for english in ["argument", "value", "subcommand", "tip", "try", "Usage"] {
                assert!(!chinese.contains(&format!("{english} ")), "{arguments:?}: {chinese}");
            }
        }
    }
}
