//! The commands that make an organisation and its tokens.

use anyhow::{Result, anyhow, bail};
use app::people::NewOrganization;
use app::{App, Error};
use auth::Secret;
use clap::Args;

/// A new organisation.
#[derive(Args, Debug)]
pub struct Init {
    /// Its name.
    #[arg(long)]
    pub organization: String,
    /// manufacturer or distributor.
    #[arg(long, value_parser = ["manufacturer", "distributor"])]
    pub kind: String,
    /// The primary admin's e-mail.
    #[arg(long)]
    pub email: String,
    /// The primary admin's name.
    #[arg(long)]
    pub name: String,
    /// ISO 4217 code of all money.
    #[arg(long, default_value = "USD")]
    pub currency: String,
    /// IANA time zone.
    #[arg(long, default_value = "America/Chicago")]
    pub time_zone: String,
}

/// Makes an organisation with its primary admin.
pub async fn init(app: &App, init: Init) -> Result<()> {
    let password = match std::env::var("CASELOAD_PASSWORD") {
        Ok(password) => Secret::new(password),
        Err(_) => Secret::new(rpassword::prompt_password("Password for the primary admin: ")?),
    };
    let (name, email) = (init.organization.clone(), init.email.clone());
    let new = NewOrganization {
        name: init.organization,
        kind: init.kind,
        currency: init.currency,
        time_zone: init.time_zone,
        email: init.email,
        admin: init.name,
    };
    app.init(new, password).await.map_err(plain)?;
    println!("{name} is ready. Start the server with `caseload serve` and sign in as {email}.");
    Ok(())
}

/// Prints a token as the last line.
pub async fn token(app: &App, email: &str) -> Result<()> {
    match app.token_for(email).await {
        Ok(made) => {
            println!("{}", made.token);
            Ok(())
        }
        Err(Error::NotFound(_)) => bail!("nobody has the e-mail {email} on this server"),
        Err(error) => Err(plain(error)),
    }
}

/// An error of a use case as a sentence for a terminal.
pub fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Db(inner) => anyhow!("the database failed: {inner}"),
        Error::Invalid { message, errors, .. } if errors.len() > 1 => {
            let lines: Vec<String> = errors.iter().map(|it| format!("  {}: {}", it.field, it.message)).collect();
            anyhow!("{message}\n{}", lines.join("\n"))
        }
        other => anyhow!("{other}"),
    }
}
