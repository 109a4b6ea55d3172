//! Importing and exporting files from the command line: the same routes that programs use, without a socket.

use crate::people::plain;
use anyhow::{Context, Result, bail};
use app::App;
use axum::body::Body;
use axum::http::Request;
use clap::Args;
use futures_util::StreamExt;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tower::ServiceExt;

/// What to import.
#[derive(Args, Debug)]
pub struct Import {
    /// catalog_items, units, customers, locations, physicians, procedures, users or prices.
    pub kind: String,
    /// The file.
    pub file: PathBuf,
    /// Only says what would happen.
    #[arg(long)]
    pub dry_run: bool,
    /// Makes unknown manufacturers and product lines.
    #[arg(long)]
    pub create_missing: bool,
    /// Writes the good rows although others are bad.
    #[arg(long)]
    pub skip_failures: bool,
    /// As whom; the first primary admin unless given.
    #[arg(long)]
    pub email: Option<String>,
}

/// What to export.
#[derive(Args, Debug)]
pub struct Export {
    /// A list of the API, e.g. units, customers, locations, catalog-items, events; prices; or report:NAME.
    pub kind: String,
    /// The file; it must not exist.
    pub file: PathBuf,
    /// As whom; the first primary admin unless given.
    #[arg(long)]
    pub email: Option<String>,
}

/// Imports a file; exit code 1 when rows are bad.
pub async fn import(app: App, import: Import) -> Result<ExitCode> {
    let bytes = std::fs::read(&import.file).with_context(|| format!("{} cannot be read", import.file.display()))?;
    let mode = if import.skip_failures { "&mode=skip_failures" } else { "" };
    let path =
        format!("/imports/{}?dry_run={}&create_missing={}{mode}", import.kind, import.dry_run, import.create_missing);
    let answer = send(&app, import.email.as_deref(), "POST", &path, "application/json", bytes).await?;
    let bytes = axum::body::to_bytes(answer, usize::MAX).await?;
    let report: Value = serde_json::from_slice(&bytes)?;
    for error in report["errors"].as_array().into_iter().flatten() {
        let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        println!("row {}, {}: {}", error["row"], text("column"), text("message"));
    }
    let count = |field: &str| report[field].as_i64().unwrap_or(0);
    let done = if import.dry_run { "would be " } else { "" };
    println!(
        "{} rows: {done}created {}, {done}updated {}, unchanged {}, bad {}.",
        count("rows"),
        count("created"),
        count("updated"),
        count("unchanged"),
        count("failed")
    );
    Ok(if count("failed") > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Exports a list into a new file.
pub async fn export(app: App, export: Export) -> Result<()> {
    let path = match export.kind.strip_prefix("report:") {
        Some(name) => format!("/reports/{name}?format=csv"),
        None if export.kind == "prices" => "/reports/prices?format=csv".to_owned(),
        None => format!("/{}", export.kind.replace('_', "-")),
    };
    let body = send(&app, export.email.as_deref(), "GET", &path, "text/csv", Vec::new()).await?;
    let mut file = std::fs::File::create_new(&export.file)
        .with_context(|| format!("{} cannot be made; does it exist already?", export.file.display()))?;
    let mut chunks = body.into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.context("the export broke off")?;
        bytes += chunk.len();
        file.write_all(&chunk)?;
    }
    file.sync_all()?;
    println!("{} bytes written to {}", bytes, export.file.display());
    Ok(())
}

async fn send(app: &App, email: Option<&str>, method: &str, path: &str, accept: &str, body: Vec<u8>) -> Result<Body> {
    let email = match email {
        Some(email) => email.to_owned(),
        None => app.first_admin().await.map_err(plain)?.context("no organisation yet; run `caseload init` first")?,
    };
    let token = app.token_for(&email).await.map_err(plain)?.token;
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("accept", accept)
        .header("content-type", "application/octet-stream")
        .body(Body::from(body))?;
    let answer = api::router(app.clone()).oneshot(request).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.into_body());
    }
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    bail!("{}", problem["detail"].as_str().unwrap_or("the request was refused"))
}
