//! Work outside requests: the journal's sealer, the outbox, sweeping. Every server runs it; servers on one database share
//! the work and never do it twice at once.

mod mail;

pub use mail::{Post, PostError};

use app::App;
use domain::id::OrganizationId;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often the sealer looks.
const SEAL_EVERY: Duration = Duration::from_millis(200);
/// How often the outbox is looked at.
const POST_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether a job may run.
const JOB_EVERY: Duration = Duration::from_millis(200);
/// How often ended rows are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often it is looked whether a new day has begun somewhere.
const ROLL_EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether it is time to tell the call list.
const TELL_EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether a mail about notices goes out.
const NOTICE_EVERY: Duration = Duration::from_secs(20);
/// How often it is looked at how upcoming cases stand, and whether an absence is over.
const COVER_EVERY: Duration = Duration::from_secs(30);
/// How often organisations made by another process are noticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The mail server, `smtps://user:password@host`; without it mails are written as files.
    pub smtp_url: Option<String>,
    /// The sender.
    pub mail_from: String,
    /// Where mails are written while no server is configured.
    pub outbox: PathBuf,
}

/// Works until `shutdown`; then finishes what it is at and seals once more. Fails only when the configuration makes no
/// sense: everything else is logged and tried again.
pub async fn run(app: App, config: Config, shutdown: impl Future<Output = ()>) -> Result<(), PostError> {
    let post = Post::new(&config)?;
    let (stop, stopped) = watch::channel(false);
    let loops = async {
        tokio::join!(
            sealing(&app, stopped.clone()),
            posting(&app, &post, stopped.clone()),
            rolling(&app, stopped.clone()),
            covering(&app, stopped.clone()),
            working(&app, stopped.clone()),
            telling(&app, stopped.clone()),
            noticing(&app, stopped.clone()),
            sweeping(&app, stopped)
        );
    };
    tokio::pin!(loops, shutdown);
    tokio::select! {
        () = &mut loops => {}
        () = &mut shutdown => {
            let _ = stop.send(true);
            loops.await;
        }
    }
    Ok(())
}

/// Waits for the next turn; false when it is time to stop.
async fn turn(every: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    if *stopped.borrow() {
        return false;
    }
    tokio::select! {
        () = tokio::time::sleep(every) => true,
        changed = stopped.changed() => changed.is_ok() && !*stopped.borrow(),
    }
}

async fn organizations(app: &App) -> Vec<OrganizationId> {
    match app.organizations().await {
        Ok(all) => all.into_iter().map(|(id, _)| id).collect(),
        Err(error) => {
            tracing::error!(%error, "the organisations could not be read");
            Vec::new()
        }
    }
}

async fn sealing(app: &App, mut stopped: watch::Receiver<bool>) {
    let mut known = organizations(app).await;
    let mut turns = 0;
    loop {
        for organization in &known {
            if let Err(error) = app.seal(*organization).await {
                tracing::error!(%organization, %error, "the journal could not be sealed");
            }
        }
        if *stopped.borrow() {
            return;
        }
        // After the signal to stop there is one more round: what was written until then is sealed.
        turn(SEAL_EVERY, &mut stopped).await;
        turns += 1;
        if turns % (LOOK_EVERY.as_millis() / SEAL_EVERY.as_millis()) == 0 {
            known = organizations(app).await;
        }
    }
}

async fn posting(app: &App, post: &Post, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.send_due(organization).await {
                tracing::error!(%organization, %error, "documents could not be sent by themselves");
            }
            if let Err(error) = post.deliver(app, organization).await {
                tracing::error!(%organization, %error, "the outbox could not be worked through");
            }
        }
        if !turn(POST_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn working(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.work_jobs(organization).await {
                tracing::error!(%organization, %error, "a job could not be worked on");
            }
        }
        if !turn(JOB_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn telling(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.remind_purchase_orders(organization).await {
                tracing::error!(%organization, %error, "facilities could not be reminded of purchase orders");
            }
            if let Err(error) = app.tell_of_the_day(organization).await {
                tracing::error!(%organization, %error, "people could not be told what the morning brings");
            }
            if let Err(error) = app.tell_call_lists(organization).await {
                tracing::error!(%organization, %error, "the call list could not be told");
            }
        }
        if !turn(TELL_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn noticing(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.mail_notices(organization).await {
                tracing::error!(%organization, %error, "people could not be mailed what they are told");
            }
        }
        if !turn(NOTICE_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn rolling(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.roll_figures(organization).await {
                tracing::error!(%organization, %error, "figures could not be moved on to today");
            }
            if let Err(error) = app.roll_standings(organization).await {
                tracing::error!(%organization, %error, "what customers owe could not be moved on to today");
            }
            if let Err(error) = app.fall_back_due_dates(organization).await {
                tracing::error!(%organization, %error, "due dates that wait could not be looked at");
            }
            if let Err(error) = app.end_pools(organization).await {
                tracing::error!(%organization, %error, "pools whose last day has gone by could not be ended");
            }
            if let Err(error) = app.remind_loans(organization).await {
                tracing::error!(%organization, %error, "loans that are due could not be reminded of");
            }
            if let Err(error) = app.plan_counts(organization).await {
                tracing::error!(%organization, %error, "counts that are due could not be asked for");
            }
        }
        if !turn(ROLL_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn covering(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.refresh_readiness(organization).await {
                tracing::error!(%organization, %error, "upcoming cases could not be looked at");
            }
            if let Err(error) = app.hand_back(organization).await {
                tracing::error!(%organization, %error, "what was lent could not be sent back");
            }
        }
        if !turn(COVER_EVERY, &mut stopped).await {
            return;
        }
    }
}

async fn sweeping(app: &App, mut stopped: watch::Receiver<bool>) {
    loop {
        for organization in organizations(app).await {
            if let Err(error) = app.sweep(organization).await {
                tracing::error!(%organization, %error, "ended rows could not be swept");
            }
            if let Err(error) = app.purge_patient_files(organization).await {
                tracing::error!(%organization, %error, "pictures of patients could not be destroyed after their time");
            }
        }
        if let Err(error) = app.sweep_attempts().await {
            tracing::error!(%error, "old attempts could not be swept");
        }
        if !turn(SWEEP_EVERY, &mut stopped).await {
            return;
        }
    }
}
