output "policies" {
  description = "Names of the alert policies."
  value       = concat([google_monitoring_alert_policy.errors.name], [for policy in google_monitoring_alert_policy.silence : policy.name])
}
