//! TLS to a real PostgreSQL that takes nothing else over TCP.

use migrate_test_support::tls::{self, parameter};

use crate::project::{Ended, NOTES, Project};

#[test]
fn every_mode_asks_as_much_as_it_says() {
    let (project, server) = (Project::with(&NOTES), tls::server());
    let run = |host: &str, parameters: &str| -> Ended {
        project.run(&format!("status -D {}?{parameters}", server.url(host)))
    };
    let works = |host: &str, parameters: &str| {
        let ended = run(host, parameters);
        assert_eq!(ended.code, 0, "{host} {parameters}: {ended:#?}");
    };
    let fails = |host: &str, parameters: &str, why: &str| {
        let ended = run(host, parameters);
        assert_eq!(ended.code, 3, "{host} {parameters}: {ended:#?}");
        assert!(ended.err.contains(why), "{host} {parameters}: {}", ended.err);
        assert!(!ended.err.contains("pass"), "{}", ended.err);
    };
    let signed = format!("sslrootcert={}", parameter(&server.authority));
    let unsigned = format!("sslrootcert={}", parameter(&server.stranger));

    // Without a word it is encrypted if it can be, and the channel is bound to the password.
    for parameters in ["", "sslmode=prefer", "sslmode=require", "sslmode=require&channel_binding=require"] {
        works("localhost", parameters);
        works("127.0.0.1", parameters);
    }
    fails("localhost", "sslmode=disable", "no encryption");

    let unknown = "invalid peer certificate: UnknownIssuer";
    works("localhost", &format!("sslmode=verify-full&{signed}"));
    works("localhost", &format!("sslmode=verify-ca&{signed}"));
    works("127.0.0.1", &format!("sslmode=verify-ca&{signed}"));
    works("127.0.0.1", &format!("sslmode=require&{signed}"));
    fails("127.0.0.1", &format!("sslmode=verify-full&{signed}"), "certificate not valid for name");
    for mode in ["require", "verify-ca", "verify-full"] {
        fails("localhost", &format!("sslmode={mode}&{unsigned}"), unknown);
    }
    for parameters in ["sslmode=verify-full", "sslmode=verify-ca", "sslrootcert=system"] {
        // A system that trusts nobody at all is told so; one that trusts others does not know this one.
        let ended = run("localhost", parameters);
        let told =
            ended.err.contains("UnknownIssuer") || ended.err.contains("no root certificate on this system");
        assert!(ended.code != 0 && told, "{parameters}: {ended:#?}");
    }
    let ended = run("localhost", "sslmode=verify-full&sslrootcert=%2Fnowhere.pem");
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.err.contains("cannot read the root certificates in /nowhere.pem"), "{}", ended.err);

    // A migration and not only a handshake.
    let url = format!("{}?sslmode=verify-full&{signed}", server.url("localhost"));
    project.done(&format!("up -D {url}"));
    project.done(&format!("check -D {url}"));

    let own = format!("sslrootcert={}", parameter(&server.sign_itself()));
    works("localhost", &format!("sslmode=verify-full&{own}"));
    works("127.0.0.1", &format!("sslmode=verify-ca&{own}"));
    fails("127.0.0.1", &format!("sslmode=verify-full&{own}"), "certificate not valid for name");
    fails("localhost", &format!("sslmode=verify-ca&{signed}"), "invalid peer certificate");

    server.stop_tls();
    fails("localhost", "sslmode=require", "server does not support TLS");
    fails("localhost", &format!("sslmode=verify-full&{own}"), "server does not support TLS");
}
