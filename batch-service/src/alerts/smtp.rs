//! Mail by SMTP, through lettre. One recipient's refusal does not keep the mail from the others.

use super::board::html;
use super::config::{AlertsConfig, Tls};
use super::mail::{Answer, LINE, Mail, Mailer, Trouble, clean, mailbox};
use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::error::Error as _;
use std::time::Duration;

/// For one answer of the server.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A mail server.
pub struct SmtpMailer {
    host: String,
    port: u16,
    tls: Option<(Tls, TlsParameters)>,
    credentials: Option<Credentials>,
    from: Mailbox,
}

impl SmtpMailer {
    /// Does not connect yet.
    ///
    /// # Errors
    /// What is wrong with the configuration, its certificates or the environment.
    pub fn new(config: &AlertsConfig, password: Option<String>) -> Result<Self, String> {
        config.check()?;
        let (host, port) = config.server()?;
        let credentials = match (&config.user, password.filter(|p| !p.is_empty())) {
            (None, _) => None,
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password)),
            (Some(user), None) => return Err(format!("no password for {user}: set {}", super::PASSWORD)),
        };
        let tls = match config.tls {
            Tls::None => None,
            tls => Some((tls, parameters(config, host)?)),
        };
        Ok(Self { host: host.to_owned(), port, tls, credentials, from: mailbox(&config.from)? })
    }

    fn connect(&self) -> Result<SmtpConnection, Error> {
        let hello = ClientId::default();
        let parameters = |when: Tls| self.tls.as_ref().filter(|(tls, _)| *tls == when).map(|(_, p)| p);
        let server = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(server, Some(TIMEOUT), &hello, parameters(Tls::Implicit), None)?;
        if let Some(parameters) = parameters(Tls::Starttls) {
            connection.starttls(parameters, &hello)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)?;
        }
        Ok(connection)
    }

    /// Connects, starts TLS and logs in, and says good-bye.
    ///
    /// # Errors
    /// What the server says against it, or what is wrong with the connection.
    pub fn greet(&self) -> Result<(), String> {
        let mut connection = self.connect().map_err(|e| said(&e))?;
        let _ = connection.quit();
        Ok(())
    }

    /// The mail as it goes over the wire.
    pub(super) fn message(&self, mail: &Mail, now: Timestamp, to: &[String]) -> Result<Vec<u8>, Trouble> {
        let host = self.from.email.domain();
        let id = |id: &str| format!("<{id}@{host}>");
        let mut message = Message::builder().from(self.from.clone()).date(now.into()).subject(&mail.subject);
        message = message.message_id(Some(id(&mail.id)));
        if let Some(reply_to) = &mail.reply_to {
            message = message.in_reply_to(id(reply_to)).references(id(reply_to));
        }
        for to in mailboxes(to)? {
            message = message.to(to);
        }
        let plain = SinglePart::plain(mail.body.clone());
        let built = match with_picture(mail, &format!("{}.today@{host}", mail.id)) {
            Some(pictured) => message.multipart(MultiPart::alternative().singlepart(plain).multipart(pictured)),
            None => message.singlepart(plain),
        };
        built.map(|m| m.formatted()).map_err(|e| Trouble { text: e.to_string(), passing: false })
    }
}

impl Mailer for SmtpMailer {
    fn attempt(&self, mail: &Mail, now: Timestamp, to: &[String]) -> Result<Vec<Answer>, Trouble> {
        let boxes = mailboxes(to)?;
        let message = self.message(mail, now, to)?;
        let send = || -> Result<Vec<Answer>, Error> {
            let mut connection = self.connect()?;
            connection.command(MailFrom::new(Some(self.from.email.clone()), Vec::new()))?;
            let mut answers = Vec::with_capacity(boxes.len());
            for to in &boxes {
                answers.push(match connection.command(Rcpt::new(to.email.clone(), Vec::new())) {
                    Ok(_) => Answer::Accepted,
                    Err(e) if e.is_permanent() => Answer::Refused(said(&e)),
                    Err(e) if e.is_transient() => Answer::Later(said(&e)),
                    Err(e) => return Err(e),
                });
            }
            if answers.contains(&Answer::Accepted) {
                connection.command(Data)?;
                connection.message(&message)?;
            }
            // The mail is with the server; how it says good-bye does not matter.
            let _ = connection.quit();
            Ok(answers)
        };
        send().map_err(|e| Trouble { text: said(&e), passing: passing(&e) })
    }
}

/// The text again, below the picture of the day's figures. A picture that cannot be made keeps no mail from being sent.
fn with_picture(mail: &Mail, cid: &str) -> Option<MultiPart> {
    let board = mail.board.as_ref()?;
    let picture = board.png().map_err(|error| super::note(&format!("a mail without its picture: {error:#}"))).ok()?;
    let kind = ContentType::parse("image/png").ok()?;
    let page = SinglePart::html(html(board, cid, &mail.body));
    Some(MultiPart::related().singlepart(page).singlepart(Attachment::new_inline(cid.to_owned()).body(picture, kind)))
}

fn mailboxes(to: &[String]) -> Result<Vec<Mailbox>, Trouble> {
    to.iter().map(|t| mailbox(t)).collect::<Result<_, _>>().map_err(|text| Trouble { text, passing: false })
}

fn parameters(config: &AlertsConfig, host: &str) -> Result<TlsParameters, String> {
    // The same provider for everything that speaks TLS in this process; the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = &config.ca_file {
        let name = file.display();
        let pem = std::fs::read(file).map_err(|e| format!("alerts.ca_file {name}: {e}"))?;
        if !pem.windows(11).any(|w| w == b"BEGIN CERTI") {
            return Err(format!("alerts.ca_file {name}: no certificate in it (PEM)"));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|e| format!("alerts.ca_file {name}: {e}"))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build().map_err(|e| format!("TLS: {}", said(&e)))
}

/// The error with its causes. lettre's errors hold what the server said and never what it was told.
fn said(error: &Error) -> String {
    clean(&error.to_string(), LINE)
}

/// Whether another attempt may fare better: not after a refusal, nor with a certificate that is not trusted.
fn passing(error: &Error) -> bool {
    if error.is_permanent() || error.is_client() || error.is_tls() {
        return false;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(|e| e.get_ref());
        if cause.is::<rustls::Error>() || inner.is_some_and(|e| e.is::<rustls::Error>()) {
            return false;
        }
        source = cause.source();
    }
    true
}
