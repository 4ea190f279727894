//! Hashes, signatures by a shared key, encodings and random values.
//! Since random values differ from attempt to attempt, the type is not pure: its results are journaled before anything
//! is built on them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use engine::expression::Template;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};
use uuid::Builder;

use crate::face::{gives, takes};
use crate::list::{compute, invalid};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A hash, signature, encoded text or random value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CryptoConfig {
    /// What is made.
    pub action: Action,
}

/// What is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// A fingerprint of some bytes: the same for the same bytes, which cannot be found from it.
    #[schemars(title = "Hash")]
    Hash {
        /// What is hashed, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// The kind of hash.
        #[serde(default)]
        algorithm: Algorithm,
        /// What the value stands for.
        #[serde(default)]
        read_as: Content,
        /// How the hash is written.
        #[serde(default)]
        write_as: Encoding,
    },
    /// A signature that only who knows the key can make (HMAC), as services send it along with webhooks.
    #[schemars(title = "HMAC")]
    Hmac {
        /// What is signed, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// The key. Everyone who may see this workflow may see what is written here.
        key: Template,
        /// The kind of hash.
        #[serde(default)]
        algorithm: Algorithm,
        /// What the value stands for.
        #[serde(default)]
        read_as: Content,
        /// How the signature is written.
        #[serde(default)]
        write_as: Encoding,
    },
    /// Text in another alphabet. It hides nothing.
    #[schemars(title = "Encode")]
    Encode {
        /// The text, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// The alphabet.
        write_as: Encoding,
    },
    /// Encoded text, read again.
    #[schemars(title = "Decode")]
    Decode {
        /// The encoded text, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// Its alphabet.
        read_as: Encoding,
    },
    /// An identifier that no other system will make again.
    #[schemars(title = "UUID")]
    Uuid {
        /// The kind of UUID.
        #[serde(default)]
        version: UuidVersion,
    },
    /// Random bytes from the operating system, good for keys and tokens.
    #[schemars(title = "Random bytes")]
    RandomBytes {
        /// How many bytes.
        #[schemars(range(min = 1, max = 4096))]
        count: usize,
        /// How the bytes are written.
        #[serde(default)]
        write_as: Encoding,
    },
}

/// A kind of hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// SHA-256, the usual one.
    #[default]
    Sha256,
    /// SHA-512, the longer one.
    Sha512,
    /// MD5, for old systems that ask for it: others can make values with the same hash.
    Md5,
}

/// What a value stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Itself, as text in UTF-8.
    #[default]
    Text,
    /// Bytes, written as Base64: so a binary file is read.
    Base64,
    /// Bytes, written as hexadecimal digits.
    Hex,
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal digits.
    #[default]
    Hex,
    /// Base64.
    Base64,
    /// Base64 for addresses and file names: with `-` and `_`, without `=`.
    Base64Url,
}

/// A kind of UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UuidVersion {
    /// Version 4: random.
    #[default]
    Random,
    /// Version 7: later ones sort behind earlier ones.
    Sortable,
}

fn arrived() -> Template {
    Template::parse("{{ input }}").expect("it is a template")
}

impl Default for Action {
    fn default() -> Self {
        Self::Hash { value: arrived(), algorithm: Algorithm::Sha256, read_as: Content::Text, write_as: Encoding::Hex }
    }
}

pub struct Crypto;

impl Node for Crypto {
    const KIND: &'static str = "crypto";
    type Config = CryptoConfig;

    fn face() -> Face {
        Face {
            label: "Crypto".to_owned(),
            description: "Hash (SHA, MD5), HMAC, Base64 and hex, UUID, random bytes.".to_owned(),
            group: Group::Data,
            icon: "hash".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("output", "Result", PortType::Text)],
            replay: ReplayClass::Idempotent,
            capabilities: vec![],
        }
    }

    async fn run(config: &CryptoConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let text = match &config.action {
            Action::Hash { value, algorithm, read_as, write_as } => {
                let value = context.render(value, "value").await?;
                let (algorithm, read_as, write_as) = (*algorithm, *read_as, *write_as);
                let bytes = value.len();
                let work = move || Ok(write_as.write(&algorithm.hash(&read_as.read(value)?)));
                compute(context, "the hash", bytes, work).await?
            }
            Action::Hmac { value, key, algorithm, read_as, write_as } => {
                let (value, key) = (context.render(value, "value").await?, context.render(key, "key").await?);
                let (algorithm, read_as, write_as) = (*algorithm, *read_as, *write_as);
                if key.is_empty() {
                    return Err(invalid("the key is empty, so that everyone could sign".to_owned()));
                }
                let bytes = value.len();
                let work = move || Ok(write_as.write(&algorithm.sign(key.as_bytes(), &read_as.read(value)?)));
                compute(context, "the signature", bytes, work).await?
            }
            Action::Encode { value, write_as } => write_as.write(context.render(value, "value").await?.as_bytes()),
            Action::Decode { value, read_as } => {
                let bytes = read_as.read(&context.render(value, "value").await?)?;
                String::from_utf8(bytes).map_err(|_| {
                    NodeFailure::new("not_text", "the decoded bytes are not text in UTF-8: keep them encoded")
                })?
            }
            Action::Uuid { version: UuidVersion::Random } => {
                Builder::from_random_bytes(random()?).into_uuid().to_string()
            }
            Action::Uuid { version: UuidVersion::Sortable } => {
                let now_ms = context.now_ms.max(0).unsigned_abs();
                Builder::from_unix_timestamp_millis(now_ms, &random()?).into_uuid().to_string()
            }
            Action::RandomBytes { count, write_as } => {
                let mut bytes = vec![0; *count];
                fill(&mut bytes)?;
                write_as.write(&bytes)
            }
        };
        Ok(Done::one("output", Payload::from(text.as_str())))
    }
}

impl Algorithm {
    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
            Self::Md5 => Md5::digest(bytes).to_vec(),
        }
    }

    fn sign(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        fn signed<Signer: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
            let mut signer = <Signer as KeyInit>::new_from_slice(key).expect("a key may have any length");
            signer.update(bytes);
            signer.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha256 => signed::<Hmac<Sha256>>(key, bytes),
            Self::Sha512 => signed::<Hmac<Sha512>>(key, bytes),
            Self::Md5 => signed::<Hmac<Md5>>(key, bytes),
        }
    }
}

impl Content {
    fn read(self, value: String) -> Result<Vec<u8>, NodeFailure> {
        match self {
            Self::Text => Ok(value.into_bytes()),
            Self::Base64 => Encoding::Base64.read(&value),
            Self::Hex => Encoding::Hex.read(&value),
        }
    }
}

impl Encoding {
    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
        }
    }

    /// Line breaks and spaces are left out: e-mails and files of keys break such text.
    fn read(self, text: &str) -> Result<Vec<u8>, NodeFailure> {
        let text: String = text.split_whitespace().collect();
        let (name, read) = match self {
            Self::Hex => ("hexadecimal digits", hex::decode(&text).map_err(|error| error.to_string())),
            Self::Base64 => ("Base64", STANDARD.decode(&text).map_err(|error| error.to_string())),
            Self::Base64Url if text.ends_with('=') => {
                ("Base64 for addresses", URL_SAFE.decode(&text).map_err(|error| error.to_string()))
            }
            Self::Base64Url => {
                ("Base64 for addresses", URL_SAFE_NO_PAD.decode(&text).map_err(|error| error.to_string()))
            }
        };
        read.map_err(|error| invalid(format!("the value is not {name}: {error}")))
    }
}

fn random<const COUNT: usize>() -> Result<[u8; COUNT], NodeFailure> {
    let mut bytes = [0; COUNT];
    fill(&mut bytes)?;
    Ok(bytes)
}

fn fill(bytes: &mut [u8]) -> Result<(), NodeFailure> {
    getrandom::fill(bytes).map_err(|error| {
        NodeFailure::new("unavailable", format!("the operating system gave no random bytes: {error}")).transient()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Crypto;
    use crate::Node;
    use crate::testing::Attempt;

    fn run(action: Value, arrived: Value) -> Result<String, String> {
        let mut attempt = Attempt::of::<Crypto>(json!({ "action": action })).input("input", arrived);
        attempt.context.now_ms = 1_700_000_000_000;
        let done = attempt.run_now().map_err(|failure| format!("{}: {}", failure.code, failure.message))?;
        Ok(done["output"].as_str().unwrap().to_owned())
    }

    #[test]
    fn hashes_and_signs() {
        let hash = |algorithm: &str, write_as: &str| json!({ "type": "hash", "value": "{{ input }}", "algorithm": algorithm, "write_as": write_as });
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(run(hash("sha256", "hex"), json!("abc")).unwrap(), sha256);
        assert!(run(hash("sha512", "hex"), json!("abc")).unwrap().starts_with("ddaf35a193617abacc417349ae204131"));
        assert_eq!(run(hash("md5", "base64"), json!("abc")).unwrap(), "kAFQmDzST7DWlj99KOF/cg==");
        assert_eq!(run(hash("md5", "base64_url"), json!("abc")).unwrap(), "kAFQmDzST7DWlj99KOF_cg");
        let of_bytes = json!({ "type": "hash", "value": "YWJj", "read_as": "base64" });
        assert_eq!(run(of_bytes, json!(null)).unwrap(), sha256);
        let hmac = json!({ "type": "hmac", "value": "what do ya want for nothing?", "key": "{{ input }}" });
        let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(run(hmac, json!("Jefe")).unwrap(), signature);
    }

    #[test]
    fn encodes_and_decodes() {
        for (encoding, encoded) in [("hex", "c3a43f3e"), ("base64", "w6Q/Pg=="), ("base64_url", "w6Q_Pg")] {
            let encode = json!({ "type": "encode", "value": "{{ input }}", "write_as": encoding });
            assert_eq!(run(encode, json!("ä?>")).unwrap(), encoded);
            let decode = json!({ "type": "decode", "value": "{{ input }}", "read_as": encoding });
            assert_eq!(run(decode.clone(), json!(format!(" {encoded}\n"))).unwrap(), "ä?>");
            assert!(run(decode, json!("!")).unwrap_err().starts_with("invalid_input: the value is not "), "{encoding}");
        }
        let padded = json!({ "type": "decode", "value": "w6Q_Pg==", "read_as": "base64_url" });
        assert_eq!(run(padded, json!(null)).unwrap(), "ä?>");
        let bytes = json!({ "type": "decode", "value": "ff", "read_as": "hex" });
        assert!(run(bytes, json!(null)).unwrap_err().starts_with("not_text"));
    }

    #[test]
    fn random_values_are_never_the_same_and_never_recomputed() {
        let bytes = json!({ "type": "random_bytes", "count": 16 });
        let (one, other) = (run(bytes.clone(), json!(null)).unwrap(), run(bytes, json!(null)).unwrap());
        assert!(one.len() == 32 && one != other, "{one} {other}");
        let random = run(json!({ "type": "uuid" }), json!(null)).unwrap();
        assert_eq!((random.len(), &random[14..15]), (36, "4"));
        let sortable = run(json!({ "type": "uuid", "version": "sortable" }), json!(null)).unwrap();
        assert!(sortable.starts_with("018bcfe5-6800-7"), "{sortable}");
        assert_eq!(Crypto::face().replay, protocol::nodes::ReplayClass::Idempotent);
    }

    #[test]
    fn an_empty_key_signs_nothing() {
        let hmac = json!({ "type": "hmac", "value": "x", "key": "{{ input }}" });
        assert!(run(hmac, json!("")).unwrap_err().contains("the key is empty"));
    }

    #[test]
    fn random_bytes_are_bounded() {
        use crate::{Registry, registry::Entry};
        use engine::graph::Faces;
        let registry = Registry::of(vec![Entry::of::<Crypto>()]);
        let many = json!({ "action": { "type": "random_bytes", "count": 5000 } });
        assert_eq!(registry.check_config("crypto", &many.into())[0].0, "/action/count");
    }
}
