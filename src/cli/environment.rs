//! What the environment says of whoever has started the program.

/// The locale for messages, in the order of POSIX.
pub fn locale() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The name of the account, if it has one.
pub fn account() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(|variable| std::env::var(variable).ok()).unwrap_or_default()
}
