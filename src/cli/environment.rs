//! The locale and the account from the environment.

/// The locale for messages: `LC_ALL`, `LC_MESSAGES` or `LANG`; empty if none is set.
pub fn locale() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The locale for the encoding of characters: `LC_ALL`, `LC_CTYPE` or `LANG`; empty if none is set.
pub fn locale_of_characters() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default()
}

/// The name of the account: `USER` or `LOGNAME`, otherwise that of the system, otherwise `uid N`.
pub fn account() -> String {
    let set = |variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty());
    let known = || uzers::get_current_username()?.into_string().ok().filter(|name| !name.is_empty());
    let number = || format!("uid {}", rustix::process::getuid().as_raw());
    ["USER", "LOGNAME"].into_iter().find_map(set).or_else(known).unwrap_or_else(number)
}
