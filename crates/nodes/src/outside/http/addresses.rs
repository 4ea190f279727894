//! Which addresses outgoing requests may reach: public ones, and those that the configuration allows.
//! The resolver hands the client only addresses that passed, so what was checked is what is connected to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Networks that are not the public internet, by the registries of special-purpose addresses.
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "this host"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    // Addresses that carry an IPv4 address lead wherever that one leads.
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
];

/// All of IPv6 outside this network is special: loopback, mapped IPv4, NAT64, link-local, unique local, multicast.
const GLOBAL_UNICAST: &str = "2000::/3";

static REFUSED: LazyLock<Vec<(IpNet, &str)>> = LazyLock::new(|| {
    SPECIAL.iter().map(|(network, kind)| (network.parse().expect("the table holds networks"), *kind)).collect()
});

static GLOBAL: LazyLock<IpNet> = LazyLock::new(|| GLOBAL_UNICAST.parse().expect("this is a network"));

/// Cloning shares the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    allowed: Arc<[IpNet]>,
}

/// The address that a request would have gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub host: String,
    pub kind: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` leads to a {} address, which is not in the allowed networks", self.host, self.kind)
    }
}

impl std::error::Error for Refused {}

impl Addresses {
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed: allowed.into() }
    }

    /// The kind of a special address that is not allowed.
    pub fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        // An IPv4 address in IPv6 clothes is allowed where the plain one is.
        if self.allowed.iter().any(|network| network.contains(&address) || network.contains(&address.to_canonical())) {
            return None;
        }
        if address.is_ipv6() && !GLOBAL.contains(&address) {
            return Some("special IPv6");
        }
        REFUSED.iter().find(|(network, _)| network.contains(&address)).map(|(_, kind)| *kind)
    }

    /// The addresses that pass; refused when there are some and none passes.
    fn pick(&self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let mut refusal = None;
        let mut passed = Vec::with_capacity(found.len());
        for address in found {
            match self.refusal(address.ip()) {
                None => passed.push(address),
                Some(kind) => refusal = Some(kind),
            }
        }
        match refusal {
            Some(kind) if passed.is_empty() => Err(Refused { host: host.to_owned(), kind }),
            Some(_) | None => Ok(passed),
        }
    }
}

/// Looks names up and hands out only what passes.
pub(super) struct CheckedResolver<Lookup> {
    pub addresses: Addresses,
    pub lookup: Lookup,
}

impl<Lookup, Found> Resolve for CheckedResolver<Lookup>
where
    Lookup: Fn(String) -> Found + Send + Sync,
    Found: Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'static,
{
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.addresses.clone();
        let host = name.as_str().to_owned();
        let found = (self.lookup)(host.clone());
        Box::pin(async move {
            let passed = addresses.pick(&host, found.await?)?;
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

/// The operating system's resolver. Port 0 stands for the port of the URL.
pub(super) async fn system_lookup(host: String) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host.as_str(), 0)).await?.collect())
}

#[cfg(test)]
mod tests {
    use super::{Addresses, Refused};

    #[test]
    fn only_the_public_internet_passes() {
        let refused = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        let passed = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ];
        let addresses = Addresses::default();
        for address in refused {
            assert!(addresses.refusal(address.parse().unwrap()).is_some(), "{address} must be refused");
        }
        for address in passed {
            assert_eq!(addresses.refusal(address.parse().unwrap()), None, "{address} must pass");
        }
    }

    #[test]
    fn an_allowed_network_passes_in_every_notation() {
        let addresses = Addresses::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "fd00::1"] {
            assert_eq!(addresses.refusal(address.parse().unwrap()), None, "{address}");
        }
        for address in ["10.0.0.1", "::1", "::ffff:10.0.0.1"] {
            assert!(addresses.refusal(address.parse().unwrap()).is_some(), "{address}");
        }
    }

    #[test]
    fn of_mixed_answers_only_the_public_ones_are_connected_to() {
        let addresses = Addresses::default();
        let mixed = vec!["127.0.0.1:0".parse().unwrap(), "8.8.8.8:0".parse().unwrap(), "[::1]:0".parse().unwrap()];
        assert_eq!(addresses.pick("x", mixed), Ok(vec!["8.8.8.8:0".parse().unwrap()]));
        let inside = vec!["127.0.0.1:0".parse().unwrap()];
        let refused = Refused { host: "x".to_owned(), kind: "loopback" };
        assert_eq!(addresses.pick("x", inside), Err(refused));
    }
}
