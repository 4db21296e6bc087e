//! Encryption of connections to PostgreSQL, as `sslmode` and `sslrootcert` of the URL ask for it.
//!
//! Comes in: the parameters of a URL. Goes out: what the driver makes its TLS with. The modes mean what they mean to
//! PostgreSQL's own programs (<https://www.postgresql.org/docs/current/libpq-ssl.html>): `prefer` and `require` encrypt, and
//! ask nobody who the server is; with `sslrootcert` in the URL `require` does as `verify-ca` does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::Failure;

/// What a URL says about encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// Whether it must be.
    pub mode: Option<SslMode>,
    trust: Trust,
    roots: Roots,
}

/// What is asked of the server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trust {
    /// Nothing.
    #[default]
    Any,
    /// Somebody who is trusted signed it.
    Signed,
    /// That, and it is made out to the host of the URL.
    SignedForHost,
}

/// Who is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Roots {
    /// Those that the system trusts.
    #[default]
    System,
    /// Those in a file.
    File(PathBuf),
}

/// Takes what is about encryption out of the parameters of a URL; the driver does not know all of it. Gives the others.
pub fn split(
    query: &str,
    what: &str,
    decoded: impl Fn(&str) -> Option<String>,
) -> Result<(String, Encryption), Failure> {
    let mut rest: Vec<&str> = Vec::new();
    let (mut mode, mut roots) = (None, None);
    for parameter in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name {
            "sslmode" => mode = Some(value.to_owned()),
            "sslrootcert" => roots = decoded(value).filter(|path| !path.is_empty()),
            "sslcert" | "sslkey" | "sslcrl" | "sslpassword" => {
                return Err(Failure::input(format!("the parameter `{name}` of {what} is not supported")));
            }
            _ => rest.push(parameter),
        }
    }
    let system = roots.as_deref() == Some("system");
    let (mode, trust) = match mode.as_deref() {
        // Whoever asks for the system's certificates alone wants them to be looked at.
        None | Some("verify-full") if system => (Some(SslMode::Require), Trust::SignedForHost),
        Some("disable") => (Some(SslMode::Disable), Trust::Any),
        Some(weak) if system && weak != "verify-full" => {
            return Err(Failure::input(format!(
                "`sslrootcert=system` of {what} wants `sslmode=verify-full`"
            )));
        }
        None => (None, Trust::Any),
        Some("prefer") => (Some(SslMode::Prefer), Trust::Any),
        Some("require") if roots.is_some() => (Some(SslMode::Require), Trust::Signed),
        Some("require") => (Some(SslMode::Require), Trust::Any),
        Some("verify-ca") => (Some(SslMode::Require), Trust::Signed),
        Some("verify-full") => (Some(SslMode::Require), Trust::SignedForHost),
        Some(_) => {
            return Err(Failure::input(format!("the `sslmode` of {what} is none that is supported"))
                .help("`disable`, `prefer`, `require`, `verify-ca`, or `verify-full`"));
        }
    };
    let roots = roots.filter(|_| !system).map_or(Roots::System, |path| Roots::File(path.into()));
    Ok((rest.join("&"), Encryption { mode, trust, roots }))
}

impl Encryption {
    /// What the driver connects with.
    pub fn connector(&self) -> Result<MakeRustlsConnect, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            Verifier { signed: self.signed(&provider)?, trust: self.trust, provider: provider.clone() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::input(format!("cannot set up TLS: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    fn signed(&self, provider: &Arc<CryptoProvider>) -> Result<Option<Signed>, Failure> {
        if self.trust == Trust::Any {
            return Ok(None);
        }
        let (certificates, place) = match &self.roots {
            Roots::System => (rustls_native_certs::load_native_certs().certs, "on this system".to_owned()),
            Roots::File(path) => (certificates(path)?, format!("in {}", path.display())),
        };
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        if store.is_empty() {
            return Err(Failure::input(format!("there is no root certificate {place}"))
                .help("`sslrootcert=FILE` in the URL names a file with some"));
        }
        let authorities = WebPkiServerVerifier::builder_with_provider(store.into(), provider.clone())
            .build()
            .map_err(|error| Failure::input(format!("cannot use the root certificates {place}: {error}")))?;
        let own = match self.roots {
            Roots::System => Vec::new(),
            Roots::File(_) => certificates,
        };
        Ok(Some(Signed { authorities, own }))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let failed = |error: rustls::pki_types::pem::Error| {
        Failure::input(format!("cannot read the root certificates in {}: {error}", path.display()))
    };
    CertificateDer::pem_file_iter(path).map_err(failed)?.map(|one| one.map_err(failed)).collect()
}

/// Whose signature counts.
#[derive(Debug)]
struct Signed {
    authorities: Arc<WebPkiServerVerifier>,
    /// The certificates that the user named: a server's own may be among them, which signed itself.
    own: Vec<CertificateDer<'static>>,
}

/// Looks at a server's certificate as far as the mode asks.
#[derive(Debug)]
struct Verifier {
    signed: Option<Signed>,
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(Signed { authorities, own }) = &self.signed else {
            return Ok(ServerCertVerified::assertion());
        };
        if own.iter().any(|known| known == certificate) {
            if self.trust == Trust::SignedForHost {
                rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, host)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match authorities.verify_server_cert(certificate, intermediates, host, ocsp, now) {
            // The host is looked at last, when the signatures were found right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.trust == Trust::Signed => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(String, Encryption), String> {
        split(query, "the URL", |text| Some(text.to_owned())).map_err(|failure| failure.text())
    }

    fn modes(query: &str) -> (Option<SslMode>, Trust) {
        let (_, encryption) = read(query).unwrap();
        (encryption.mode, encryption.trust)
    }

    #[test]
    fn modes_are_those_of_libpq() {
        assert_eq!(modes(""), (None, Trust::Any));
        assert_eq!(modes("sslmode=disable"), (Some(SslMode::Disable), Trust::Any));
        assert_eq!(modes("sslmode=prefer&sslrootcert=a.pem"), (Some(SslMode::Prefer), Trust::Any));
        assert_eq!(modes("sslmode=require"), (Some(SslMode::Require), Trust::Any));
        assert_eq!(modes("sslmode=require&sslrootcert=a.pem"), (Some(SslMode::Require), Trust::Signed));
        assert_eq!(modes("sslmode=verify-ca"), (Some(SslMode::Require), Trust::Signed));
        assert_eq!(modes("sslmode=verify-full"), (Some(SslMode::Require), Trust::SignedForHost));
        assert_eq!(modes("sslrootcert=system"), (Some(SslMode::Require), Trust::SignedForHost));
        assert_eq!(read("host=/run&sslmode=prefer&port=1").unwrap().0, "host=/run&port=1");
    }

    #[test]
    fn what_would_be_weaker_than_it_sounds_is_refused() {
        for query in
            ["sslmode=verify", "sslmode=allow", "sslmode=", "sslmode=require&sslrootcert=system", "sslcert=a"]
        {
            assert!(read(query).is_err(), "{query}");
        }
    }
}
