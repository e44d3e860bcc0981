//! One mail when an incident opens, one when it is over.

use super::start::{Alerting, lines};
use conformance::world::mail::{body, header};

#[test]
fn a_failed_run_is_mailed_once_and_so_is_the_recovery() {
    let (alerting, server) = Alerting::with_server("once");
    let (day, next) = (alerting.day, alerting.next);
    alerting.break_export(day);
    let ran = alerting.run(day);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.len(), 1, "{}", ran.stderr);
    let mail = &received[0];
    assert_eq!((&mail["encrypted"], &mail["authenticated"]), (&true.into(), &true.into()), "{mail}");
    assert_eq!(server.logins(), ["PLAIN right"]);
    assert_eq!(mail["from"], "inkling@example.org");
    assert_eq!(mail["to"], serde_json::json!(["anna@example.org", "bo@example.org"]));
    assert_eq!(header(mail, "Subject"), format!("Northgate: run of {day} failed: a file of the export cannot be read"));
    assert_eq!(header(mail, "From"), "\"Inkling, daily\" <inkling@example.org>");
    let text = body(mail);
    for says in [
        "Step:         read",
        "Exit code:    4",
        "the file is truncated",
        "Written:      nothing",
        "Not written:  events_clean, visitor_state, scores",
        "docs/RUNBOOK.md#broken-export",
        &format!("inkling run --date {day}"),
    ] {
        assert!(text.contains(says), "{says:?} in {text}");
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");

    // The same again, and the next day in the same way: the admins know.
    alerting.break_export(next);
    assert_eq!((alerting.run(day).code, alerting.run(next).code), (4, 4));
    assert_eq!(server.messages().len(), 1);
    // A day that is not there yet is neither a failure nor a success.
    let later = next.tomorrow().unwrap();
    assert_eq!(alerting.run(later).code, 3);
    assert_eq!(server.messages().len(), 1);

    alerting.mend_export(day);
    alerting.mend_export(next);
    let ran = alerting.run(day);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.len(), 2, "{}", ran.stderr);
    let over = &received[1];
    assert_eq!(header(over, "Subject"), format!("Northgate: runs succeed again ({day})"));
    assert_eq!(header(over, "In-Reply-To"), header(mail, "Message-ID"));
    assert!(body(over).contains("the file is truncated") && body(over).contains("seen 3 times"), "{}", body(over));
    assert!(body(over).contains(&format!("    inkling run --date {next}\n")), "{}", body(over));

    assert_eq!(alerting.run(next).code, 0);
    assert_eq!(server.messages().len(), 2);
    let kept = std::fs::read_to_string(alerting.folder.at("warehouse/store/alerts/incident.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap()["incidents"], serde_json::json!([]));
}

#[test]
fn a_step_in_the_middle_is_named_and_nothing_was_written() {
    let (alerting, server) = Alerting::with_server("middle");
    // A folder that can be listed, and where nobody can make anything.
    std::fs::remove_dir_all(alerting.folder.at("warehouse/scores")).ok();
    std::os::unix::fs::symlink("/proc", alerting.folder.at("warehouse/scores")).unwrap();
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let received = server.messages();
    let text = body(&received[0]);
    for says in
        ["Step:         write_scores", "Written:      nothing", "Not written:  events_clean, visitor_state, scores"]
    {
        assert!(text.contains(says), "{says:?} in {text}");
    }
}

#[test]
fn a_run_without_a_model_is_a_failure_of_its_own() {
    let (alerting, server) = Alerting::with_server("no-model");
    std::fs::remove_dir_all(alerting.folder.at("warehouse/store/models")).unwrap();
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let received = server.messages();
    let text = body(&received[0]);
    assert!(text.contains("#no-model") && text.contains("    inkling train\n"), "{text}");
    assert!(ran.stderr.contains("no model is in service, so nothing was scored"), "{}", ran.stderr);
}

#[test]
fn tables_of_an_earlier_day_are_named_by_it() {
    let (alerting, server) = Alerting::with_server("earlier");
    alerting.break_export(alerting.day);
    // The day before was missed, and is worked on first.
    assert_eq!(alerting.call(&["run", "--date", &alerting.next.to_string(), "--store", "warehouse/store"]).code, 4);
    let received = server.messages();
    let text = body(&received[0]);
    let (day, next) = (alerting.day, alerting.next);
    assert!(text.contains(&format!("Written ({day}): nothing\n")), "{text}");
    assert!(text.contains(&format!("    inkling run --date {next} --store warehouse/store\n")), "{text}");
}

#[test]
fn a_result_that_nobody_reads_keeps_nobody_from_being_told() {
    let (alerting, server) = Alerting::with_server("closed");
    alerting.break_export(alerting.day);
    assert_eq!(alerting.run(alerting.day).code, 4);
    alerting.mend_export(alerting.day);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = alerting.inkling.command(&["run", "--date", &alerting.day.to_string()]);
    let ended =
        command.env("INKLING_SMTP_PASSWORD", conformance::world::mail::PASSWORD).stdout(writer).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(server.messages().len(), 2, "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn without_a_mail_server_nothing_changes() {
    let alerting = Alerting::copy("off");
    alerting.folder.write("inkling.toml", "events = [\"export\"]\nwarehouse = \"warehouse\"\n");
    alerting.break_export(alerting.day);
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 4);
    assert!(lines(&ran, "CRITICAL").is_empty() && !alerting.folder.at("warehouse/store/alerts").exists());
}
