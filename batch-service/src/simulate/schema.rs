//! The columns of the GA4 BigQuery export and where their values come from.

use anyhow::Result;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

use super::rows::{Item, Param, Row, STREAM_ID, Value};

/// The nested schema of a daily table, as it stands in real exported files. Columns that were null on every row
/// when the file was made are INT64 there, whatever they should be.
const MESSAGE: &str = include_str!("ga4_export.schema");

/// The parsed schema.
pub fn message() -> Result<TypePtr> {
    Ok(TypePtr::new(parse_message_type(MESSAGE)?))
}

/// Where the values of a leaf come from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Null, and so is the group around it.
    NullGroup,
    /// Null on every row.
    Null,
    /// A string of the row.
    Text(fn(&Row) -> Option<&str>),
    /// An integer of the row.
    Int(fn(&Row) -> Option<i64>),
    /// A number of the row.
    Double(fn(&Row) -> Option<f64>),
    /// A string of each parameter.
    ParamText(fn(&Param) -> Option<&str>),
    /// An integer of each parameter.
    ParamInt(fn(&Param) -> Option<i64>),
    /// Null in each parameter.
    ParamNull,
    /// A string of each item.
    ItemText(fn(&Item) -> Option<&str>),
    /// A number of each item.
    ItemDouble(fn(&Item) -> Option<f64>),
    /// Null in each item.
    ItemNull,
    /// A list that is always empty.
    NoElements,
}

/// The source of a leaf, by path without the `list.element` steps.
pub fn source(path: &str) -> Source {
    match path {
        "event_date" => Source::Text(|row| Some(&row.date)),
        "event_timestamp" => Source::Int(|row| Some(row.timestamp)),
        "event_name" => Source::Text(|row| Some(row.name)),
        "event_bundle_sequence_id" => Source::Int(|row| Some(row.bundle)),
        "user_pseudo_id" => Source::Text(|row| row.person.pseudo_id.as_deref()),
        "user_first_touch_timestamp" => Source::Int(|row| row.person.first_touch),
        "privacy_info.uses_transient_token" => Source::Text(|_| Some("No")),
        "user_ltv.revenue" => Source::Double(|_| Some(0.0)),
        "user_ltv.currency" => Source::Text(|_| Some("GBP")),
        "stream_id" => Source::Int(|_| Some(STREAM_ID)),
        "platform" => Source::Text(|_| Some("WEB")),
        _ => match path.split_once('.') {
            Some(("event_params", leaf)) => param(leaf),
            Some(("items", leaf)) => item(leaf),
            Some(("user_properties", _)) => Source::NoElements,
            Some(("app_info" | "event_dimensions", _)) => Source::NullGroup,
            Some(("device", leaf)) => device(leaf),
            Some(("geo", leaf)) => geo(leaf),
            Some(("traffic_source", leaf)) => traffic_source(leaf),
            Some(("ecommerce", leaf)) => ecommerce(leaf),
            _ => Source::Null,
        },
    }
}

fn param(leaf: &str) -> Source {
    match leaf {
        "key" => Source::ParamText(|param| Some(param.key)),
        "value.string_value" => Source::ParamText(|param| match &param.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }),
        "value.int_value" => Source::ParamInt(|param| match param.value {
            Value::Int(value) => Some(value),
            _ => None,
        }),
        // No event of the site carries a fraction.
        _ => Source::ParamNull,
    }
}

fn item(leaf: &str) -> Source {
    match leaf {
        "item_id" => Source::ItemText(|item| Some(item.id)),
        "item_name" => Source::ItemText(|item| Some(item.name)),
        "item_brand" => Source::ItemText(|_| Some("Northgate University")),
        "item_category" => Source::ItemText(|_| Some("Undergraduate")),
        "price" => Source::ItemDouble(|item| Some(item.price)),
        // The numbers that stay null; the words are unset.
        "price_in_usd" | "quantity" | "item_revenue_in_usd" | "item_revenue" | "item_refund_in_usd" | "item_refund" => {
            Source::ItemNull
        }
        _ => Source::ItemText(|_| Some("(not set)")),
    }
}

fn device(leaf: &str) -> Source {
    Source::Text(match leaf {
        "category" => |row| Some(row.person.device.category),
        "mobile_brand_name" => |row| Some(row.person.device.brand),
        "mobile_model_name" => |row| Some(row.person.device.model),
        "mobile_marketing_name" => |_| Some("<Other>"),
        "operating_system" => |row| Some(row.person.device.system),
        "operating_system_version" => |row| Some(row.person.device.system_version),
        "language" => |row| Some(row.person.language),
        "is_limited_ad_tracking" => |_| Some("No"),
        "web_info.browser" => |row| Some(row.person.device.browser),
        "web_info.browser_version" => |row| Some(row.person.browser_version),
        _ => return Source::Null,
    })
}

fn geo(leaf: &str) -> Source {
    Source::Text(match leaf {
        "continent" => |row| Some(row.person.locale.continent),
        "sub_continent" => |row| Some(row.person.locale.sub_continent),
        "country" => |row| Some(row.person.locale.country),
        "region" => |row| Some(row.person.locale.region),
        "city" => |row| Some(row.person.city),
        "metro" => |_| Some("(not set)"),
        _ => return Source::Null,
    })
}

fn traffic_source(leaf: &str) -> Source {
    Source::Text(match leaf {
        "medium" => |row| row.person.source.map(|[medium, _, _]| medium),
        "name" => |row| row.person.source.map(|[_, name, _]| name),
        "source" => |row| row.person.source.map(|[_, _, source]| source),
        _ => return Source::Null,
    })
}

fn ecommerce(leaf: &str) -> Source {
    match leaf {
        "total_item_quantity" | "unique_items" => Source::Int(|row| row.item.map(|_| 1)),
        "transaction_id" => Source::Text(|row| row.item.map(|_| "(not set)")),
        _ => Source::Null,
    }
}
