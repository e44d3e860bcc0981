//! The columns of the GA4 BigQuery export and where their values come from.

use anyhow::Result;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

use super::rows::{Item, Param, Row, STREAM_ID, Value};

/// The nested schema of a daily table, as it stands in real exported files. Columns that were null on every row
/// when the file was made are INT64 there, whatever they should be.
const MESSAGE: &str = "
message schema {
  optional binary event_date (STRING);
  optional int64 event_timestamp;
  optional binary event_name (STRING);
  required group event_params (LIST) {
    repeated group list {
      required group element {
        optional binary key (STRING);
        optional group value {
          optional binary string_value (STRING);
          optional int64 int_value;
          optional double float_value;
          optional double double_value;
        }
      }
    }
  }
  optional int64 event_previous_timestamp;
  optional double event_value_in_usd;
  optional int64 event_bundle_sequence_id;
  optional int64 event_server_timestamp_offset;
  optional binary user_id (STRING);
  optional binary user_pseudo_id (STRING);
  optional group privacy_info {
    optional int64 analytics_storage;
    optional int64 ads_storage;
    optional binary uses_transient_token (STRING);
  }
  required group user_properties (LIST) {
    repeated group list {
      required group element {
        optional int64 key;
        optional group value {
          optional int64 string_value;
          optional int64 int_value;
          optional int64 float_value;
          optional int64 double_value;
          optional int64 set_timestamp_micros;
        }
      }
    }
  }
  optional int64 user_first_touch_timestamp;
  optional group user_ltv {
    optional double revenue;
    optional binary currency (STRING);
  }
  optional group device {
    optional binary category (STRING);
    optional binary mobile_brand_name (STRING);
    optional binary mobile_model_name (STRING);
    optional binary mobile_marketing_name (STRING);
    optional int64 mobile_os_hardware_model;
    optional binary operating_system (STRING);
    optional binary operating_system_version (STRING);
    optional int64 vendor_id;
    optional int64 advertising_id;
    optional binary language (STRING);
    optional binary is_limited_ad_tracking (STRING);
    optional int64 time_zone_offset_seconds;
    optional group web_info {
      optional binary browser (STRING);
      optional binary browser_version (STRING);
    }
  }
  optional group geo {
    optional binary continent (STRING);
    optional binary sub_continent (STRING);
    optional binary country (STRING);
    optional binary region (STRING);
    optional binary city (STRING);
    optional binary metro (STRING);
  }
  optional group app_info {
    optional binary id (STRING);
    optional binary version (STRING);
    optional binary install_store (STRING);
    optional binary firebase_app_id (STRING);
    optional binary install_source (STRING);
  }
  optional group traffic_source {
    optional binary medium (STRING);
    optional binary name (STRING);
    optional binary source (STRING);
  }
  optional int64 stream_id;
  optional binary platform (STRING);
  optional group event_dimensions {
    optional binary hostname (STRING);
  }
  optional group ecommerce {
    optional int64 total_item_quantity;
    optional double purchase_revenue_in_usd;
    optional double purchase_revenue;
    optional double refund_value_in_usd;
    optional double refund_value;
    optional double shipping_value_in_usd;
    optional double shipping_value;
    optional double tax_value_in_usd;
    optional double tax_value;
    optional int64 unique_items;
    optional binary transaction_id (STRING);
  }
  required group items (LIST) {
    repeated group list {
      required group element {
        optional binary item_id (STRING);
        optional binary item_name (STRING);
        optional binary item_brand (STRING);
        optional binary item_variant (STRING);
        optional binary item_category (STRING);
        optional binary item_category2 (STRING);
        optional binary item_category3 (STRING);
        optional binary item_category4 (STRING);
        optional binary item_category5 (STRING);
        optional double price_in_usd;
        optional double price;
        optional int64 quantity;
        optional double item_revenue_in_usd;
        optional double item_revenue;
        optional double item_refund_in_usd;
        optional double item_refund;
        optional binary coupon (STRING);
        optional binary affiliation (STRING);
        optional binary location_id (STRING);
        optional binary item_list_id (STRING);
        optional binary item_list_name (STRING);
        optional binary item_list_index (STRING);
        optional binary promotion_id (STRING);
        optional binary promotion_name (STRING);
        optional binary creative_name (STRING);
        optional binary creative_slot (STRING);
      }
    }
  }
}
";

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
    /// A number of each parameter.
    ParamDouble(fn(&Param) -> Option<f64>),
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
        "value.double_value" => Source::ParamDouble(|param| match param.value {
            Value::Double(value) => Some(value),
            _ => None,
        }),
        _ => Source::ParamDouble(|_| None),
    }
}

fn item(leaf: &str) -> Source {
    match leaf {
        "item_id" => Source::ItemText(|item| Some(item.id)),
        "item_name" => Source::ItemText(|item| Some(item.name)),
        "item_brand" => Source::ItemText(|_| Some("Northgate University")),
        "item_category" => Source::ItemText(|_| Some("Undergraduate")),
        "price" => Source::ItemDouble(|item| Some(item.price)),
        "quantity" => Source::ItemNull,
        // The numbers that an exporter leaves null, and the words it leaves unset.
        leaf if leaf.contains("price") || leaf.contains("revenue") || leaf.contains("refund") => {
            Source::ItemDouble(|_| None)
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
