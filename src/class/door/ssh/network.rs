//! Sources of connections, and the lists of addresses in `from=`.

use std::net::{IpAddr, Ipv6Addr};

/// The source of connections, by which clients are counted: an IPv4 address, or an IPv6 network of 64 bits, as one host can use all addresses
/// of such a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source(IpAddr);

impl Source {
    /// The source of an address; an IPv4-mapped address is treated as IPv4.
    pub fn from_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// The addresses that may use a key, in the syntax of `PATTERNS` in `ssh_config(5)`: a match of a negated pattern outweighs all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddressList {
    /// Each with whether it is negated.
    patterns: Vec<(bool, Pattern)>,
}

/// A pattern of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// All addresses with the same first bits, in this number.
    Network(IpAddr, u32),
    /// A text with `*` and `?`, in lower case.
    Wildcard(Vec<u8>),
}

impl AddressList {
    /// Parses patterns separated by commas.
    ///
    /// # Errors
    /// The first pattern that is neither an address nor a network nor a wildcard of one; host names are not resolved.
    pub fn new(text: &str) -> Result<Self, String> {
        let pattern = |text: &str| {
            let (is_negated, pattern) = text.strip_prefix('!').map_or((false, text), |pattern| (true, pattern));
            Some((is_negated, Pattern::new(pattern)?))
        };
        let patterns =
            text.split(',').map(|text| pattern(text).ok_or_else(|| text.to_owned())).collect::<Result<_, _>>();
        Ok(Self { patterns: patterns? })
    }

    /// Whether a pattern matches the address and no negated one does.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let matches = |is_negated| {
            self.patterns.iter().any(|(negated, pattern)| *negated == is_negated && pattern.matches(address))
        };
        !matches(true) && matches(false)
    }
}

impl Pattern {
    fn new(text: &str) -> Option<Self> {
        if let Some((address, length)) = text.split_once('/') {
            let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
            let max = if address.is_ipv4() { 32 } else { 128 };
            // bits beyond the network are probably a mistake
            return (length <= max && first_bits(address, length) == bits(address))
                .then_some(Self::Network(address, length));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Network(address, if address.is_ipv4() { 32 } else { 128 }));
        }
        let is_wild = text.contains(['*', '?']);
        let is_of_address = if text.contains(':') {
            |c: char| c.is_ascii_hexdigit() || ":.*?".contains(c)
        } else {
            |c: char| c.is_ascii_digit() || ".*?".contains(c)
        };
        (is_wild && text.chars().all(is_of_address)).then(|| Self::Wildcard(text.to_ascii_lowercase().into_bytes()))
    }

    fn matches(&self, address: IpAddr) -> bool {
        match self {
            Self::Network(network, length) => {
                let network = network.to_canonical();
                network.is_ipv4() == address.is_ipv4() && first_bits(address, *length) == first_bits(network, *length)
            }
            Self::Wildcard(pattern) => matches_wildcard(pattern, address.to_string().as_bytes()),
        }
    }
}

/// The bits of an address, from the most significant bit on.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The first `length` bits of an address; the others are zero.
fn first_bits(address: IpAddr, length: u32) -> u128 {
    bits(address) & u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0)
}

/// Whether a text matches a pattern with `*` and `?`. Backtracks to the last `*` only, in time of at most the product of both lengths.
fn matches_wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&c) if c == b'?' || c == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star_at, matched)) = star else { return false };
                star = Some((star_at, matched + 1));
                (at, read) = (star_at + 1, matched + 1);
            }
        }
    }
    pattern[at..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(list: &str, address: &str) -> bool {
        AddressList::new(list).unwrap().has(address.parse().unwrap())
    }

    #[test]
    fn address_list_matches_as_in_openssh() {
        for (list, address, expected) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.70", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("192.0.2.*", "192.0.2.70", true),
            ("192.0.2.?", "192.0.2.70", false),
            ("192.0.?.*", "192.0.2.70", true),
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "198.51.100.1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:DB8:*", "2001:db8::1", true),
            ("*", "2001:db8::1", true),
            ("!192.0.2.7,192.0.2.*", "192.0.2.7", false),
            ("192.0.2.*,!192.0.2.7", "192.0.2.7", false),
            ("192.0.2.*,!192.0.2.7", "192.0.2.8", true),
            ("!192.0.2.7", "192.0.2.8", false),
        ] {
            assert_eq!(has(list, address), expected, "{address} in {list}");
        }
    }

    #[test]
    fn invalid_address_pattern_is_rejected() {
        for (list, wrong) in [
            ("", ""),
            ("192.0.2.1,", ""),
            ("board.example", "board.example"),
            ("*.de", "*.de"),
            ("!*.de,*", "!*.de"),
            ("192.0.2.1/24", "192.0.2.1/24"),
            ("192.0.2.0/33", "192.0.2.0/33"),
            ("192.0.2.0/-1", "192.0.2.0/-1"),
            ("192.0.2.0/24/1", "192.0.2.0/24/1"),
            (" 192.0.2.1", " 192.0.2.1"),
        ] {
            assert_eq!(AddressList::new(list), Err(wrong.to_owned()), "{list}");
        }
    }

    #[test]
    fn addresses_of_64_bit_network_are_one_source() {
        let source = |text: &str| Source::from_address(text.parse().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:0:0:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("192.0.2.1"), source("::ffff:192.0.2.1"));
    }
}
