//! One file that Tag Manager imports (export format 2): templates, tag, triggers, variables, consent settings.
//!
//! Tag Manager gives what it imports ids of its own; here they only tie the parts together.

use super::render::RenderOptions;
use crate::events::rules::{CARRIER, NO_SCORE};
use serde_json::{Value, json};

const ID: &str = "1";
const TAG_TEMPLATE: &str = "101";
const VALUE_TEMPLATE: &str = "102";
const LINEAR_TEMPLATE: &str = "103";
/// The same options give the same bytes, whenever.
const TIME: &str = "2026-01-01 00:00:00";
/// Template, name and choice of each variable.
const VARIABLES: [(&str, &str, &str); 7] = [
    (VALUE_TEMPLATE, "Inkling - band", "band"),
    (VALUE_TEMPLATE, "Inkling - score", "score"),
    (VALUE_TEMPLATE, "Inkling - model version", "model"),
    (VALUE_TEMPLATE, "Inkling - bundle", "bundle"),
    (VALUE_TEMPLATE, "Inkling - status", "status"),
    (LINEAR_TEMPLATE, "Inkling - linear band", "band"),
    (LINEAR_TEMPLATE, "Inkling - linear score", "score"),
];

/// What the tag is.
#[derive(Clone, Copy)]
pub(super) enum Tag<'a> {
    /// A template that injects the loader.
    Template(&'a str),
    /// A Custom HTML tag.
    Html(&'a str),
}

pub(super) fn container(options: &RenderOptions, tag: Tag<'_>, value: &str, linear: Option<&str>) -> Value {
    let mut triggers = vec![
        initialization("1"),
        event("2", "Inkling - score changed", CARRIER),
        event("3", "Inkling - no score", NO_SCORE),
    ];
    let mut firing = vec!["1"];
    if let Some(name) = &options.consent_event {
        triggers.push(event("4", "Inkling - consent given", name));
        firing.push("4");
    }
    let mut templates = vec![template(VALUE_TEMPLATE, "Inkling value", value)];
    if let Tag::Template(data) = tag {
        templates.insert(0, template(TAG_TEMPLATE, "Inkling score", data));
    }
    if let Some(linear) = linear {
        templates.push(template(LINEAR_TEMPLATE, "Inkling linear score", linear));
    }
    let variables: Vec<Value> = VARIABLES
        .iter()
        .filter(|(template, ..)| linear.is_some() || *template != LINEAR_TEMPLATE)
        .zip(1..)
        .map(|(variable, id)| variable_of(options, id, *variable))
        .collect();
    json!({
        "exportFormatVersion": 2,
        "exportTime": TIME,
        "containerVersion": {
            "path": format!("accounts/{ID}/containers/{ID}/versions/0"),
            "accountId": ID,
            "containerId": ID,
            "containerVersionId": "0",
            "name": "Inkling",
            "container": {
                "path": format!("accounts/{ID}/containers/{ID}"),
                "accountId": ID,
                "containerId": ID,
                "name": "Inkling",
                "publicId": "GTM-INKLING",
                "usageContext": ["WEB"],
                "fingerprint": "0",
            },
            "customTemplate": templates,
            "tag": [tag_of(options, tag, &firing)],
            "trigger": triggers,
            "variable": variables,
            "fingerprint": "0",
        },
    })
}

/// The parts that every entity has.
fn entity(kind: &str, id: &str, name: &str, rest: Value) -> Value {
    let mut all = json!({"accountId": ID, "containerId": ID, "fingerprint": "0", "name": name});
    if let (Some(all), Value::Object(rest)) = (all.as_object_mut(), rest) {
        all.insert(kind.to_owned(), id.into());
        all.extend(rest);
    }
    all
}

fn template(id: &str, name: &str, data: &str) -> Value {
    entity("templateId", id, name, json!({"templateData": data}))
}

fn text(key: &str, value: &str) -> Value {
    json!({"type": "TEMPLATE", "key": key, "value": value})
}

fn flag(key: &str, value: bool) -> Value {
    json!({"type": "BOOLEAN", "key": key, "value": value.to_string()})
}

fn tag_of(options: &RenderOptions, tag: Tag<'_>, firing: &[&str]) -> Value {
    let (kind, parameters) = match tag {
        Tag::Html(html) => ("html".to_owned(), json!([text("html", html), flag("supportDocumentWrite", false)])),
        Tag::Template(_) => (format!("cvt_{ID}_{TAG_TEMPLATE}"), fields(options)),
    };
    // In memory it scores without consent, so that Tag Manager must not hold it back.
    let consent = if options.memory {
        json!({"consentStatus": "NOT_NEEDED"})
    } else {
        let types = json!({"type": "LIST", "list": [{"type": "TEMPLATE", "value": "analytics_storage"}]});
        json!({"consentStatus": "NEEDED", "consentType": types})
    };
    let rest = json!({
        "type": kind,
        "parameter": parameters,
        "firingTriggerId": firing,
        "tagFiringOption": "ONCE_PER_LOAD",
        "monitoringMetadata": {"type": "MAP"},
        "consentSettings": consent,
    });
    entity("tagId", "1", "Inkling - score", rest)
}

/// The fields of the template.
fn fields(options: &RenderOptions) -> Value {
    json!([
        text("root", &options.root),
        text("site", &options.site),
        text("environment", &options.environment),
        text("base", &options.base.to_string()),
        text("files", &options.files.as_ref().map_or_else(String::new, ToString::to_string)),
        text("stream", options.stream.as_deref().unwrap_or_default()),
        text("channel", options.channel.as_deref().unwrap_or_default()),
        flag("pageViews", options.page_views),
        text("domains", &options.domains.join(",")),
        text("search", &options.search.join(",")),
        text("off", &options.off.join(",")),
        flag("signed", options.signed),
        flag("memory", options.memory),
    ])
}

fn initialization(id: &str) -> Value {
    entity("triggerId", id, "Inkling - initialization, all pages", json!({"type": "INIT"}))
}

fn event(id: &str, name: &str, event: &str) -> Value {
    let filter = json!({"type": "EQUALS", "parameter": [text("arg0", "{{_event}}"), text("arg1", event)]});
    entity("triggerId", id, name, json!({"type": "CUSTOM_EVENT", "customEventFilter": [filter]}))
}

fn variable_of(options: &RenderOptions, id: u32, (template, name, value): (&str, &str, &str)) -> Value {
    let mut parameters = vec![text("value", value)];
    // The linear one reads GA4's session by itself.
    if template == LINEAR_TEMPLATE {
        parameters.push(text("stream", options.stream.as_deref().unwrap_or_default()));
    }
    let rest = json!({"type": format!("cvt_{ID}_{template}"), "parameter": parameters});
    entity("variableId", &id.to_string(), name, rest)
}
