//! Jobs of the same name that are submitted at the same time.

use super::{query, server};
use serde_json::json;

#[test]
fn of_jobs_of_the_same_name_one_is_taken() {
    let (_, server) = server("stand_ins_submitting", None);
    for round in 0..40 {
        let mut body = query("SELECT 1 AS one");
        body["jobReference"] = json!({"projectId": "p", "jobId": format!("same_{round}")});
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let submit = || server.call("POST", "jobs", Some(&body)).0;
            let threads = [(); 8].map(|()| scope.spawn(submit));
            threads.map(|thread| thread.join().unwrap()).to_vec()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409], "round {round}");
    }
}
