//! Postfix and Dovecot.

use crate::rig::{DOMAIN, MailRig, Mailbox, Message, PATIENCE, wait_until};

fn mail(subject: &str) -> Vec<u8> {
    format!("From: a@example.org\nTo: b@{DOMAIN}\nSubject: {subject}\n\nhello\n.dotted\n").into_bytes()
}

#[test]
fn a_submitted_mail_arrives_with_its_sub_address_kept() {
    let rig = MailRig::start();
    rig.submit("organizer", &format!("guest+t0k3n@{DOMAIN}"), &mail("one"));
    rig.send("a@example.org", &MailRig::address("host"), &mail("two"));

    let guest: Mailbox = rig.mailbox("guest");
    let got: Message = guest.wait_for(1, PATIENCE).remove(0);
    assert_eq!(got.header("Delivered-To").as_deref(), Some("guest+t0k3n@entente.test"));
    assert_eq!((got.subject().as_str(), got.flags.as_str()), ("one", ""));
    let other = rig.mailbox("host").wait_for_subject("two");
    assert_eq!(other.text().replace('\r', ""), "hello\n.dotted\n");
    assert!(rig.mailbox("third").messages().is_empty());
}

#[test]
fn no_mail_leaves_the_rig_and_unknown_users_bounce() {
    let rig = MailRig::start();
    let refusal = rig.try_send("a@example.org", "b@example.org", &mail("away")).expect_err("another domain");
    assert!(refusal.contains("554"), "{refusal}");

    rig.submit("guest", &format!("nobody@{DOMAIN}"), &mail("lost"));
    let bounce = rig.mailbox("guest").wait_for_subject("Undelivered");
    assert!(bounce.header("Content-Type").unwrap_or_default().starts_with("multipart/report"));
    assert!(bounce.everything().contains(&format!("nobody@{DOMAIN}")));
    rig.wait_until_delivered();
}

#[test]
fn what_is_moved_to_junk_is_found_there_with_its_flags() {
    let rig = MailRig::start();
    let guest = MailRig::address("guest");
    rig.send("a@example.org", &guest, &mail("prize"));
    rig.mailbox("guest").wait_for_subject("prize");
    rig.move_to_junk("guest", "prize");
    rig.doveadm(&["flags", "add", "-u", &guest, "\\Seen", "mailbox", "Junk", "all"]);

    assert!(rig.mailbox("guest").messages().is_empty());
    let junk = rig.mailbox("guest").folder("Junk");
    let got = wait_until("the flag", PATIENCE, || junk.messages().into_iter().find(|mail| mail.flags == "S"));
    assert_eq!(got.subject(), "prize");
}

#[test]
fn mail_waits_while_dovecot_is_away_and_is_refused_while_postfix_is() {
    let mut rig = MailRig::start();
    rig.stop_imap();
    rig.send("a@example.org", &MailRig::address("guest"), &mail("patient"));
    rig.stop_smtp();
    assert!(rig.try_send("a@example.org", &MailRig::address("guest"), &mail("early")).is_err());
    rig.start_imap();
    rig.start_smtp();
    rig.mailbox("guest").wait_for_subject("patient");
}

#[test]
fn every_encrypted_door_shows_a_certificate_of_the_rigs_authority() {
    let rig = MailRig::start();
    let ports = [rig.smtps_port(), rig.imaps_port()];
    for port in ports {
        let greeting = tls_greeting(port, &rig.ca_file());
        assert!(greeting.starts_with("220 ") || greeting.starts_with("* OK"), "{greeting}");
    }
    for port in [rig.smtp_port(), rig.submission_port(), rig.imap_port()] {
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    }
    assert!(rig.logs().contains("starting up"), "{}", rig.logs());
}

/// The first line behind TLS, with the certificate checked.
fn tls_greeting(port: u16, ca_file: &std::path::Path) -> String {
    use std::io::{BufRead, BufReader};
    use std::sync::Arc;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};

    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).expect("a certificate")).expect("an authority");
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let session = rustls::ClientConnection::new(Arc::new(config), name).expect("a session");
    let socket = std::net::TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
    let mut line = String::new();
    BufReader::new(rustls::StreamOwned::new(session, socket)).read_line(&mut line).expect("a greeting");
    line
}
