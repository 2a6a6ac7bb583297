//! The stages of a client.

/// The stage of a client; it only advances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    /// It has sent nothing.
    Silent,
    /// It has sent bytes; the key exchange is not complete.
    KeyExchange,
    /// It has received the host key, which its user may be comparing.
    HostKeyShown,
    /// It has sent a user name.
    Named,
    /// It has been asked for the password, which its user may be typing.
    PasswordPrompted,
    /// It has offered an authorized key, whose passphrase its user may be typing.
    KeyOffered,
    /// It has logged in.
    LoggedIn,
    /// Its session runs.
    InSession,
}
