//! Mail: to a server when there is one, otherwise as files in a folder where a person finds them.

use crate::Config;
use app::App;
use app::work::{Mail, Taken};
use domain::id::OrganizationId;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one mail may take.
const MAIL_SECONDS: u64 = 60;

/// Why mail cannot leave.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The address of the sender or of the receiver.
    #[error("{0} is not an e-mail address")]
    Address(String),
    /// The mail server's URL.
    #[error("the mail server's URL is not understood; it looks like smtps://user:password@mail.example.com")]
    Url,
    /// The mail could not be put together.
    #[error("the mail could not be put together: {0}")]
    Message(String),
    /// The server.
    #[error("the mail server did not take it: {0}")]
    Server(String),
    /// The folder.
    #[error("the mail could not be written to {0}: {1}")]
    Folder(PathBuf, std::io::Error),
}

/// Sends mail.
pub struct Post {
    from: Mailbox,
    way: Way,
}

enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Post {
    /// Gets ready; nothing is connected yet.
    pub fn new(config: &Config) -> Result<Self, PostError> {
        let from = config.mail_from.parse().map_err(|_| PostError::Address(config.mail_from.clone()))?;
        let way = match &config.smtp_url {
            Some(url) => {
                let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| PostError::Url)?;
                Way::Server(server.timeout(Some(Duration::from_secs(MAIL_SECONDS))).build())
            }
            None => Way::Folder(config.outbox.clone()),
        };
        Ok(Self { from, way })
    }

    /// Sends what an organisation's outbox has due. Gives how many mails left.
    pub async fn deliver(&self, app: &App, organization: OrganizationId) -> app::Result<usize> {
        let mut sent = 0;
        loop {
            let taken = app.take_mails(organization).await?;
            if taken.is_empty() {
                return Ok(sent);
            }
            for it in &taken {
                match self.one(app, organization, it).await {
                    Ok(()) => {
                        app.mail_sent(organization, it.id).await?;
                        sent += 1;
                    }
                    Err(error) => {
                        tracing::warn!(%organization, mail = %it.id, attempts = it.attempts + 1, %error, "a mail did not leave");
                        app.mail_failed(organization, it, &error.to_string()).await?;
                    }
                }
            }
        }
    }

    async fn one(&self, app: &App, organization: OrganizationId, taken: &Taken) -> Result<(), PostError> {
        let mail = taken.mail.as_ref().ok_or_else(|| PostError::Message("the row holds no mail".into()))?;
        let mut attached = Vec::new();
        for it in &taken.along.attachments {
            let bytes = app.attachment(organization, &it.digest).await;
            attached.push((it.file_name.clone(), bytes.map_err(|error| PostError::Message(error.to_string()))?));
        }
        let message = self.message(mail, taken, attached)?;
        match &self.way {
            Way::Server(server) => {
                server.send(message).await.map(drop).map_err(|error| PostError::Server(error.to_string()))
            }
            Way::Folder(folder) => {
                // Sorted by name is sorted by time; the id keeps mails of one moment apart and is the same when tried again.
                let at = app.now().rfc3339().replace(':', "");
                let name = format!("{}-{}", at.get(..17).unwrap_or(&at), taken.id);
                write(folder, &name, &message.formatted())
            }
        }
    }

    fn message(&self, mail: &Mail, taken: &Taken, attached: Vec<(String, Vec<u8>)>) -> Result<Message, PostError> {
        let to: Mailbox = mail.to.parse().map_err(|_| PostError::Address(mail.to.clone()))?;
        let domain = self.from.email.domain();
        let mut begun = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.as_str())
            // The same for every try, so that a mail server can tell a repetition.
            .message_id(Some(format!("<{}@{domain}>", taken.id)));
        if let Ok(mailbox) = taken.along.reply_to.parse::<Mailbox>() {
            begun = begun.reply_to(mailbox);
        }
        let made = if attached.is_empty() {
            begun.header(ContentType::TEXT_PLAIN).body(mail.text.clone())
        } else {
            let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(mail.text.clone()));
            for (name, bytes) in attached {
                let kind =
                    ContentType::parse("application/pdf").map_err(|error| PostError::Message(error.to_string()))?;
                parts = parts.singlepart(Attachment::new(name).body(bytes, kind));
            }
            begun.multipart(parts)
        };
        made.map_err(|error| PostError::Message(error.to_string()))
    }
}

/// Writes a file that is there as a whole or not at all.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), PostError> {
    let failed = |error| PostError::Folder(folder.to_owned(), error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let begun = folder.join(format!(".{name}.part"));
    std::fs::write(&begun, bytes).map_err(failed)?;
    std::fs::rename(&begun, folder.join(format!("{name}.eml"))).map_err(failed)
}
