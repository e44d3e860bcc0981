//! Schemas of GA4 exports, as `tables.get` tells them.

use batch_service::bigquery::{Field, TableInfo};
use serde_json::{Value, json};

/// Columns of one type.
fn of(kind: &str, names: &str) -> Vec<Value> {
    names.split_whitespace().map(|name| json!({"name": name, "type": kind})).collect()
}

fn record(name: &str, fields: &[Vec<Value>]) -> Value {
    json!({"name": name, "type": "RECORD", "fields": fields.concat()})
}

fn repeated(name: &str, fields: &[Vec<Value>]) -> Value {
    json!({"name": name, "type": "RECORD", "mode": "REPEATED", "fields": fields.concat()})
}

fn params(name: &str, more: &[Vec<Value>]) -> Value {
    let values = [of("STRING", "string_value"), of("INTEGER", "int_value"), of("FLOAT", "float_value double_value")];
    repeated(name, &[of("STRING", "key"), vec![record("value", &[&values[..], more].concat())]])
}

/// The columns of an export of today.
pub fn current() -> Value {
    let campaigns = [
        (
            "manual_campaign",
            "campaign_id campaign_name source medium term content source_platform creative_format \
          marketing_tactic",
        ),
        ("google_ads_campaign", "customer_id account_name campaign_id campaign_name ad_group_id ad_group_name"),
        (
            "cross_channel_campaign",
            "campaign_id campaign_name source medium source_platform default_channel_group \
          primary_channel_group",
        ),
        (
            "sa360_campaign",
            "campaign_id campaign_name source medium ad_group_id ad_group_name creative_format \
          engine_account_name engine_account_type manager_account_name",
        ),
        (
            "cm360_campaign",
            "account_id account_name advertiser_id advertiser_name campaign_id campaign_name creative_id \
          creative_name creative_format creative_type creative_type_id creative_version placement_id placement_name \
          placement_cost_structure rendering_id site_id site_name source medium",
        ),
        (
            "dv360_campaign",
            "advertiser_id advertiser_name campaign_id campaign_name creative_id creative_name \
          creative_format marketing_tactic exchange_id exchange_name insertion_order_id insertion_order_name line_item_id \
          line_item_name partner_id partner_name source medium",
        ),
    ];
    let campaigns: Vec<Value> = campaigns.iter().map(|(name, names)| record(name, &[of("STRING", names)])).collect();
    let device = "category mobile_brand_name mobile_model_name mobile_marketing_name mobile_os_hardware_model \
        operating_system operating_system_version vendor_id advertising_id language is_limited_ad_tracking browser \
        browser_version";
    let web_info = record("web_info", &[of("STRING", "browser browser_version hostname")]);
    let items = "item_id item_name item_brand item_variant item_category item_category2 item_category3 item_category4 \
        item_category5";
    let promoted = "coupon affiliation location_id item_list_id item_list_name item_list_index promotion_id \
        promotion_name creative_name creative_slot";
    let money = "price price_in_usd item_revenue item_revenue_in_usd item_refund item_refund_in_usd";
    let collected = "manual_campaign_id manual_campaign_name manual_source manual_medium manual_term manual_content \
        manual_source_platform manual_creative_format manual_marketing_tactic gclid dclid srsltid";
    let revenue = "purchase_revenue purchase_revenue_in_usd refund_value refund_value_in_usd shipping_value \
        shipping_value_in_usd tax_value tax_value_in_usd";
    let all = [
        of("STRING", "event_date"),
        of("INTEGER", "event_timestamp"),
        of("STRING", "event_name"),
        vec![params("event_params", &[])],
        of("INTEGER", "event_previous_timestamp"),
        of("FLOAT", "event_value_in_usd"),
        of("INTEGER", "event_bundle_sequence_id event_server_timestamp_offset"),
        of("STRING", "user_id user_pseudo_id"),
        vec![record("privacy_info", &[of("STRING", "analytics_storage ads_storage uses_transient_token")])],
        vec![params("user_properties", &[of("INTEGER", "set_timestamp_micros")])],
        of("INTEGER", "user_first_touch_timestamp"),
        vec![record("user_ltv", &[of("FLOAT", "revenue"), of("STRING", "currency")])],
        vec![record("device", &[of("STRING", device), of("INTEGER", "time_zone_offset_seconds"), vec![web_info]])],
        vec![record("geo", &[of("STRING", "city country continent region sub_continent metro")])],
        vec![record("app_info", &[of("STRING", "id version install_store firebase_app_id install_source")])],
        vec![record("traffic_source", &[of("STRING", "name medium source")])],
        of("STRING", "stream_id platform"),
        vec![record("event_dimensions", &[of("STRING", "hostname")])],
        vec![record(
            "ecommerce",
            &[of("INTEGER", "total_item_quantity unique_items"), of("FLOAT", revenue), of("STRING", "transaction_id")],
        )],
        vec![repeated(
            "items",
            &[
                of("STRING", items),
                of("FLOAT", money),
                of("INTEGER", "quantity"),
                of("STRING", promoted),
                vec![params("item_params", &[])],
            ],
        )],
        vec![record("collected_traffic_source", &[of("STRING", collected)])],
        of("BOOLEAN", "is_active_user"),
        of("INTEGER", "batch_event_index batch_page_id batch_ordering_id"),
        vec![record("session_traffic_source_last_click", &[campaigns])],
        vec![record(
            "publisher",
            &[of("FLOAT", "ad_revenue_in_usd"), of("STRING", "ad_format ad_source_name ad_unit_id")],
        )],
    ];
    all.concat().into()
}

/// Without some columns, named by path.
pub fn without(fields: &Value, paths: &[&str]) -> Value {
    changed(fields, paths, &|_| None)
}

/// With some columns, named by path, of another type.
pub fn typed(fields: &Value, paths: &[&str], kind: &str) -> Value {
    changed(fields, paths, &|field| {
        let mut field = field.clone();
        field["type"] = kind.into();
        Some(field)
    })
}

fn changed(fields: &Value, paths: &[&str], change: &dyn Fn(&Value) -> Option<Value>) -> Value {
    fields
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|field| {
            let name = field["name"].as_str().unwrap();
            if paths.contains(&name) {
                return change(field);
            }
            let prefix = format!("{name}.");
            let inner: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix(&prefix)).collect();
            let mut field = field.clone();
            if !inner.is_empty() {
                field["fields"] = changed(&field["fields"], &inner, change);
            }
            Some(field)
        })
        .collect()
}

/// The exports that are tested, by name.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let newer = [
        "batch_event_index",
        "batch_page_id",
        "batch_ordering_id",
        "collected_traffic_source",
        "is_active_user",
        "session_traffic_source_last_click",
        "publisher",
        "items.item_params",
    ];
    let today = current();
    let older = without(&today, &newer);
    // As files of an export arrive whose columns never had a value.
    let untyped = ["stream_id", "device.language", "ecommerce.transaction_id", "device.vendor_id"];
    vec![
        ("no_prices", without(&today, &["items.price"])),
        ("no_items_no_double", without(&older, &["items", "event_params.value.double_value"])),
        ("untyped", typed(&older, &untyped, "INTEGER")),
        ("older", older),
        ("current", today),
    ]
}

/// What production is told of a table with these columns.
pub fn info(fields: &Value) -> TableInfo {
    fn told(field: &Value) -> Field {
        Field {
            name: field["name"].as_str().unwrap().to_owned(),
            of: field["type"].as_str().unwrap().to_owned(),
            repeated: field["mode"] == "REPEATED",
            fields: field["fields"].as_array().into_iter().flatten().map(told).collect(),
        }
    }
    let fields = fields.as_array().unwrap().iter().map(told).collect();
    TableInfo { rows: 0, bytes: 0, last_modified: 0, fields }
}

/// The field at a path.
pub fn at<'a>(fields: &'a Value, path: &str) -> &'a Value {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = fields.as_array().unwrap().iter().find(|f| f["name"] == first).unwrap_or_else(|| panic!("no {path}"));
    rest.map_or(field, |rest| at(&field["fields"], rest))
}
