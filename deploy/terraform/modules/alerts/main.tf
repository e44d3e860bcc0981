# The second channel: it tells of what Inkling cannot tell itself, because it crashed, was not started or cannot mail.
# What is looked for, and why, stands in deploy/monitoring, in the form that gcloud takes too.
locals {
  folder       = "${path.module}/../../../monitoring"
  errors       = yamldecode(file("${local.folder}/errors.yaml"))
  no_success   = yamldecode(file("${local.folder}/no-success.yaml"))
  watch_silent = yamldecode(file("${local.folder}/watch-silent.yaml"))
  in_time      = yamldecode(file("${local.folder}/in-time.yaml"))

  # Both ask a metric whether anything was counted.
  silences = { no_success = local.no_success, watch_silent = local.watch_silent }
  channels = [for channel in google_monitoring_notification_channel.email : channel.name]
  runbook  = "\n\nThe runbook: ${var.runbook}"
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.emails)

  project      = var.project
  type         = "email"
  display_name = "Inkling: ${each.value}"

  labels = {
    email_address = each.value
  }
}

resource "google_logging_metric" "in_time" {
  project     = var.project
  name        = local.in_time.name
  description = local.in_time.description
  filter      = local.in_time.filter

  metric_descriptor {
    metric_kind = local.in_time.metricDescriptor.metricKind
    value_type  = local.in_time.metricDescriptor.valueType
    unit        = local.in_time.metricDescriptor.unit
  }
}

resource "google_monitoring_alert_policy" "errors" {
  project      = var.project
  display_name = local.errors.displayName
  combiner     = local.errors.combiner
  severity     = local.errors.severity

  conditions {
    display_name = local.errors.conditions[0].displayName

    condition_matched_log {
      filter = local.errors.conditions[0].conditionMatchedLog.filter
    }
  }

  alert_strategy {
    auto_close = local.errors.alertStrategy.autoClose

    notification_rate_limit {
      period = local.errors.alertStrategy.notificationRateLimit.period
    }
  }

  documentation {
    mime_type = local.errors.documentation.mimeType
    content   = "${local.errors.documentation.content}${local.runbook}"
  }

  notification_channels = local.channels
}

resource "google_monitoring_alert_policy" "silence" {
  for_each = local.silences

  project      = var.project
  display_name = each.value.displayName
  combiner     = each.value.combiner
  severity     = each.value.severity

  conditions {
    display_name = each.value.conditions[0].displayName

    condition_prometheus_query_language {
      query                     = each.value.conditions[0].conditionPrometheusQueryLanguage.query
      duration                  = each.value.conditions[0].conditionPrometheusQueryLanguage.duration
      evaluation_interval       = each.value.conditions[0].conditionPrometheusQueryLanguage.evaluationInterval
      disable_metric_validation = each.value.conditions[0].conditionPrometheusQueryLanguage.disableMetricValidation
    }
  }

  documentation {
    mime_type = each.value.documentation.mimeType
    content   = "${each.value.documentation.content}${local.runbook}"
  }

  notification_channels = local.channels

  depends_on = [google_logging_metric.in_time]
}
