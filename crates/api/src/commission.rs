//! Commission: rules, what people earned, statements.

use crate::billing::paper;
use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use contract::Page;
use contract::commission::{
    CancelCommissionStatement, CommissionAccount, CommissionRule, CommissionStatement, CommissionStatementParts,
    CreateCommissionRule, IssueCommissionStatement, PatchCommissionRule,
};
use utoipa::OpenApi;

/// Papers share their routes with what they are the paper of.
#[derive(OpenApi)]
#[openapi(paths(commission_statement_paper, statement_table))]
struct Papers;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::with_document(Papers::openapi)
        .routes(routes!(list_rules, create_rule))
        .routes(routes!(get_rule, patch_rule))
        .routes(routes!(get_account))
        .routes(routes!(list_statements, issue_statement))
        .routes(routes!(get_commission_statement))
        .routes(routes!(pay_statement))
        .routes(routes!(cancel_statement))
}

/// Rules of commission, in the order in which they were made.
#[utoipa::path(get, path = "/commission-rules", tag = "commission", params(
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
), responses((status = 200, body = Page<CommissionRule>)))]
async fn list_rules(edge: Edge) -> Out {
    edge.read_list(app::commission::rules).await
}

/// Makes a rule: a rate for an item, a product line, a manufacturer, a place, a customer, a physician or a person, or for several of
/// them together. The most particular rule decides for a line; without one the person's own rate does.
#[utoipa::path(post, path = "/commission-rules", tag = "commission", request_body = CreateCommissionRule, responses(
    (status = 201, body = CommissionRule)
))]
async fn create_rule(edge: Edge, body: Key<CreateCommissionRule>) -> Out {
    edge.make(201, body, app::commission::create_rule).await
}

/// One rule.
#[utoipa::path(get, path = "/commission-rules/{id}", tag = "commission", params(("id" = String, Path, description = "crl_…")), responses(
    (status = 200, body = CommissionRule)
))]
async fn get_rule(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::commission::rule).await
}

/// Changes a rule, takes it out or puts it back.
#[utoipa::path(patch, path = "/commission-rules/{id}", tag = "commission", params(("id" = String, Path, description = "crl_…")), request_body = PatchCommissionRule, responses(
    (status = 200, body = CommissionRule)
))]
async fn patch_rule(edge: Edge, Path(id): Path<String>, body: Key<PatchCommissionRule>) -> Out {
    edge.change(200, &id, body, app::commission::patch_rule).await
}

/// What somebody earned between two days, by how it stands; this quarter when they are left out.
#[utoipa::path(get, path = "/users/{id}/commission", tag = "commission", params(
    ("id" = String, Path, description = "usr_…"),
    ("from" = Option<String>, Query, description = "First day"),
    ("to" = Option<String>, Query, description = "Last day; today when absent"),
), responses((status = 200, body = CommissionAccount)))]
async fn get_account(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| {
        app::list::only(&params, &["from", "to"])?;
        let (from, to) = (app::list::day(&params, "from")?, app::list::day(&params, "to")?);
        app::commission::account(ctx, tx, id, from, to)
    })
    .await
}

/// Statements in reach, latest first.
#[utoipa::path(get, path = "/commission-statements", tag = "commission", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at"),
    ("user_id" = Option<String>, Query, description = "Whose"),
    ("status" = Option<String>, Query, description = "issued, paid, cancelled"),
), responses((status = 200, body = Page<CommissionStatement>)))]
async fn list_statements(edge: Edge) -> Out {
    edge.read_list(app::commission::statements).await
}

/// Issues a statement over what is payable until a day, less what is taken back.
#[utoipa::path(post, path = "/commission-statements", tag = "commission", request_body = IssueCommissionStatement, responses(
    (status = 201, body = CommissionStatementParts)
))]
async fn issue_statement(edge: Edge, body: Key<IssueCommissionStatement>) -> Out {
    edge.make(201, body, app::commission::issue).await
}

/// One statement with what it is made of.
#[utoipa::path(get, path = "/commission-statements/{id}", tag = "commission", params(("id" = String, Path, description = "cst_…")), responses(
    (status = 200, body = CommissionStatementParts)
))]
async fn get_commission_statement(edge: Edge, Path(id): Path<String>) -> Out {
    // Routes take whole segments only, so that paper and table are told apart here.
    if let Some(id) = id.strip_suffix(".pdf") {
        return commission_statement_paper(edge, Path(id.to_owned())).await;
    }
    if let Some(id) = id.strip_suffix(".csv") {
        return statement_table(edge, Path(id.to_owned())).await;
    }
    edge.read_one(&id, app::commission::statement).await
}

/// One statement on paper.
#[utoipa::path(get, path = "/commission-statements/{id}.pdf", tag = "commission", params(("id" = String, Path, description = "cst_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn commission_statement_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    paper(&edge, move |ctx, tx| app::commission::statement_pdf(ctx, tx, id)).await
}

/// One statement as a table.
#[utoipa::path(get, path = "/commission-statements/{id}.csv", tag = "commission", params(("id" = String, Path, description = "cst_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "text/csv")
))]
async fn statement_table(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let mut response = paper(&edge, move |ctx, tx| app::commission::statement_csv(ctx, tx, id)).await?;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    Ok(response)
}

/// Says that a statement was paid; events with nothing else open are paid by that.
#[utoipa::path(post, path = "/commission-statements/{id}/pay", tag = "commission", params(("id" = String, Path, description = "cst_…")), responses(
    (status = 200, body = CommissionStatementParts)
))]
async fn pay_statement(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, app::commission::pay).await
}

/// Cancels a statement that was not paid: what stood on it may be stated again.
#[utoipa::path(post, path = "/commission-statements/{id}/cancel", tag = "commission", params(("id" = String, Path, description = "cst_…")), request_body = CancelCommissionStatement, responses(
    (status = 200, body = CommissionStatementParts)
))]
async fn cancel_statement(edge: Edge, Path(id): Path<String>, body: Key<CancelCommissionStatement>) -> Out {
    edge.change(200, &id, body, app::commission::cancel).await
}
