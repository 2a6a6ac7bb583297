//! What the environment says of whoever has started the program.

/// The locale for messages, in the order of POSIX.
pub fn locale() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The locale that says how characters are encoded, in the order of POSIX.
pub fn locale_of_characters() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The name of the account: as the environment has it, or else as the system has it, or else its number.
pub fn account() -> String {
    let set = |variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty());
    let known = || uzers::get_current_username()?.into_string().ok().filter(|name| !name.is_empty());
    let number = || format!("uid {}", rustix::process::getuid().as_raw());
    ["USER", "LOGNAME"].into_iter().find_map(set).or_else(known).unwrap_or_else(number)
}
