//! The algorithms that clients are offered.

use std::borrow::Cow;
use std::time::Duration;

use russh::keys::ssh_key::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};
use russh::server::Config;
use russh::{Preferred, SshId, cipher, compression, kex, mac};

use super::admission::Admission;

/// The receive window of a channel, in bytes.
const WINDOW: u32 = 1 << 16;

/// The configuration of the server. Omitted are finite-field groups, which take a thousand times as long as curves, and what has been attacked:
/// MACs before encryption, and compression before log-in.
pub(super) fn config(key: PrivateKey, admission: &Admission) -> Config {
    const EXCHANGES: &[kex::Name] = &[
        kex::MLKEM768X25519_SHA256,
        kex::CURVE25519,
        kex::CURVE25519_PRE_RFC_8731,
        kex::ECDH_SHA2_NISTP256, // for machines with approved algorithms only
        kex::EXTENSION_SUPPORT_AS_CLIENT,
        kex::EXTENSION_SUPPORT_AS_SERVER,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ];
    const KEYS: &[Algorithm] = &[
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        Algorithm::SkEd25519,
        Algorithm::SkEcdsaSha2NistP256,
        Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
        Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    ];
    const CIPHERS: &[cipher::Name] = &[
        cipher::CHACHA20_POLY1305,
        cipher::AES_256_GCM,
        cipher::AES_128_GCM,
        cipher::AES_256_CTR,
        cipher::AES_192_CTR,
        cipher::AES_128_CTR,
    ];
    const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM];
    Config {
        server_id: SshId::Standard("SSH-2.0-rnn-tui".into()),
        methods: admission.methods(),
        // rejected keys are answered at once, wrong passwords are not: see `LogIn::try_password`
        auth_rejection_time: Duration::ZERO,
        keys: vec![key],
        window_size: WINDOW,
        max_auth_attempts: 0,     // passwords and keys are counted separately
        inactivity_timeout: None, // a member may watch without typing
        keepalive_interval: None, // clients in sessions are asked in `Client::vanishes`
        preferred: Preferred {
            kex: Cow::Borrowed(EXCHANGES),
            key: Cow::Borrowed(KEYS),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::default()
        },
        ..Config::default()
    }
}
