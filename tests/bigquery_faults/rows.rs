//! Streams of rows that break off go on where they were; what is not what was announced is an error.

use super::bigquery::{Fault, Server, Then, Wrong, arrow};
use super::calls::{bigquery, numbers, table};

fn all(rows: i64) -> Vec<i64> {
    (0..rows).collect()
}

fn read(server: &Server) -> anyhow::Result<Vec<i64>> {
    numbers(&bigquery(server), &table("old"))
}

/// Where the streams were opened: number and offset.
fn offsets(server: &Server) -> Vec<(usize, i64)> {
    let of = |about: &String| {
        let (stream, offset) = about.split_once('@').unwrap();
        (stream.rsplit('/').next().unwrap().parse().unwrap(), offset.parse().unwrap())
    };
    server.requests("ReadRows").iter().map(of).collect()
}

const BREAKS: [Then; 9] = [
    Then::Grpc(4),
    Then::Grpc(8),
    Then::Grpc(13),
    Then::Grpc(14),
    Then::Reset,
    Then::Cancel,
    Then::NoStatus,
    Then::HalfMessage,
    Then::Stall,
];

#[test]
fn a_stream_that_breaks_off_goes_on_at_the_right_row() {
    std::thread::scope(|scope| {
        for then in BREAKS {
            scope.spawn(move || {
                // 10 rows in two streams, three in a message: the first one breaks off after rows 0 to 2.
                let server = Server::start();
                server.plan("ReadRows", &[Fault::After(then)]);
                assert_eq!(read(&server).unwrap(), all(10), "{then:?}");
                assert_eq!(offsets(&server), [(0, 0), (0, 3), (1, 0)], "{then:?}");
                assert_eq!(server.requests("CreateReadSession").len(), 1, "{then:?}");
                // Again and again, also where it goes on, and with another fault in between.
                if then != Then::Stall {
                    server.reset();
                    server.plan("ReadRows", &[Fault::After(then), Fault::Grpc(14), Fault::After(then)]);
                    assert_eq!(read(&server).unwrap(), all(10), "{then:?}");
                    let after = [(0, 0), (0, 3), (0, 3), (0, 5), (1, 0)];
                    assert_eq!(&offsets(&server), &after, "{then:?}");
                }
            });
        }
    });
}

#[test]
fn a_stream_that_always_breaks_off_still_ends() {
    // Every attempt brings rows, so none of them counts against the next rows.
    let server = Server::start();
    server.state().arrow = arrow(40);
    server.state().streams = 1;
    server.always("ReadRows", Fault::After(Then::Grpc(14)));
    assert_eq!(read(&server).unwrap(), all(40));
    let expected: Vec<(usize, i64)> = (0..=13).map(|n| (0, n * 3)).chain([(0, 40)]).collect();
    assert_eq!(offsets(&server), expected);
    // Without rows it is given up.
    server.always("ReadRows", Fault::Grpc(14));
    let text = format!("{:#}", read(&server).unwrap_err());
    assert!(text.contains("reading table p.d.old: gave up after 3 attempts"), "{text}");
}

#[test]
fn what_ends_in_the_middle_for_good_is_an_error() {
    for code in [3, 5, 7, 9, 16] {
        let server = Server::start();
        server.plan("ReadRows", &[Fault::After(Then::Grpc(code))]);
        let text = format!("{:#}", read(&server).unwrap_err());
        assert!(text.contains("reading table p.d.old") && text.contains("status 4"), "{code}: {text}");
        assert_eq!(server.requests("ReadRows").len(), 1, "{code}");
    }
}

#[test]
fn rows_that_are_not_what_was_announced_are_an_error() {
    for (wrong, told) in [
        (Wrong::OneMore, "3 rows where 4 were announced"),
        (Wrong::Negative, "an answer with -1 rows"),
        (Wrong::CutArrow, "0 rows where 3 were announced"),
        (Wrong::NoArrow, "0 rows where 3 were announced"),
        (Wrong::BadArrow, "the rows are not valid Arrow"),
        (Wrong::Empty, "an answer without Arrow rows"),
    ] {
        let server = Server::start();
        server.plan("ReadRows", &[Fault::Rows(wrong)]);
        let text = format!("{:#}", read(&server).unwrap_err());
        assert!(text.contains("reading table p.d.old") && text.contains(told), "{wrong:?}: {text}");
        assert_eq!(server.requests("ReadRows").len(), 1, "{wrong:?}");
    }
    // What is no message may be one at another time.
    let server = Server::start();
    server.plan("ReadRows", &[Fault::Rows(Wrong::NoMessage)]);
    assert_eq!(read(&server).unwrap(), all(10));
    server.always("ReadRows", Fault::Rows(Wrong::NoMessage));
    let text = format!("{:#}", read(&server).unwrap_err());
    assert!(text.contains("gave up after 3 attempts"), "{text}");
}

#[test]
fn a_table_without_rows_has_none() {
    let server = Server::start();
    server.state().streams = 0;
    assert_eq!(read(&server).unwrap(), all(0));
    server.state().streams = 1;
    server.state().arrow = arrow(0);
    assert_eq!(read(&server).unwrap(), all(0));
}

#[test]
fn the_error_of_whom_the_rows_are_for_ends_it() {
    let server = Server::start();
    let table = table("old");
    let wanted = batch_service::bigquery::ReadRows { table: &table, columns: Vec::new(), only: "a > 1".to_owned() };
    let error = bigquery(&server).read(&wanted, |_| anyhow::bail!("the disk is full")).unwrap_err();
    assert!(format!("{error:#}").contains("the disk is full"));
    assert_eq!(server.state().sessions, [("a > 1".to_owned(), Vec::new())]);
    assert_eq!(server.requests("ReadRows").len(), 1);
}
