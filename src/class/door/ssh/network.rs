//! Addresses, and lists of them as `from=` has them.

use std::net::{IpAddr, Ipv6Addr};

/// Whom one address stands for: of IPv6 the network of 64 bits, all of whose addresses somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source(IpAddr);

impl Source {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))),
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// Which addresses may use a key, as `PATTERNS` in `ssh_config(5)` says: a negated pattern outweighs all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddressList {
    patterns: Vec<(bool, Pattern)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// These first bits.
    Network(IpAddr, u32),
    /// With `*` and `?`.
    Wildcard(Vec<u8>),
}

impl AddressList {
    /// Reads patterns with commas between them.
    ///
    /// # Errors
    /// The pattern that is neither an address nor a network: names of hosts are not looked up.
    pub fn new(text: &str) -> Result<Self, String> {
        let pattern = |text: &str| {
            let (is_negated, pattern) = text.strip_prefix('!').map_or((false, text), |pattern| (true, pattern));
            Some((is_negated, Pattern::new(pattern)?))
        };
        let patterns =
            text.split(',').map(|text| pattern(text).ok_or_else(|| text.to_owned())).collect::<Result<_, _>>();
        Ok(Self { patterns: patterns? })
    }

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
            let most = if address.is_ipv4() { 32 } else { 128 };
            // what has bits beyond its network is one that was meant otherwise
            return (length <= most && first_bits(address, length) == bits(address))
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

/// The address at the left end of a number.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn first_bits(address: IpAddr, length: u32) -> u128 {
    bits(address) & u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0)
}

/// Goes back to the last `*` where the rest does not fit: no pattern takes longer than its length times that of the text.
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
                let Some((star_at, eaten)) = star else { return false };
                star = Some((star_at, eaten + 1));
                (at, read) = (star_at + 1, eaten + 1);
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
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }
}
