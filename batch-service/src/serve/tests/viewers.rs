use super::*;
use axum::response::IntoResponse;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

/// The status of the answer, or 200, and what it asks for.
fn asked(viewers: &Viewers, pairs: &[(&'static str, &str)]) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match runtime.block_on(viewers.admit(&headers(pairs))) {
        Ok(()) => (200, String::new()),
        Err(problem) => {
            let response = problem.into_response();
            let asks = response.headers().get(header::WWW_AUTHENTICATE).map(|v| v.to_str().unwrap().to_owned());
            (response.status().as_u16(), asks.unwrap_or_default())
        }
    }
}

const SECRET: &str = "correct horse battery";

fn with_password() -> Option<Password> {
    Password::of(Some(format!("{SECRET}\n"))).unwrap()
}

#[test]
fn without_anything_set_only_this_machine_is_shown_the_page() {
    let here = Viewers::new(None, None, &[], None, true);
    for host in ["127.0.0.1:8080", "localhost:1", "LocalHost", "[::1]:8080", "127.0.0.1"] {
        assert_eq!(asked(&here, &[("host", host)]).0, 200, "{host}");
    }
    for host in ["rebound.example:8080", "127.0.0.1.example", "", "localhost:80:90", "10.0.0.1:80"] {
        assert_eq!(asked(&here, &[("host", host)]).0, 403, "{host}");
    }
    for proxy in ["x-forwarded-for", "x-real-ip", "forwarded"] {
        assert_eq!(asked(&here, &[("host", "127.0.0.1"), (proxy, "10.0.0.1")]).0, 403, "{proxy}");
    }
    assert_eq!(asked(&Viewers::new(None, None, &[], None, false), &[("host", "127.0.0.1:8080")]).0, 403);
}

#[test]
fn a_password_opens_and_nothing_like_it_does() {
    let viewers = Viewers::new(None, None, &[], with_password(), true);
    let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
    let host = ("host", "127.0.0.1:8080");
    for good in [format!("anyone:{SECRET}"), format!(":{SECRET}")] {
        assert_eq!(asked(&viewers, &[host, ("authorization", &basic(&good))]).0, 200, "{good}");
    }
    let long = format!("x:{}", "y".repeat(5_000));
    for bad in ["anyone:wrong", "anyone:", SECRET, &format!("x:{SECRET} "), &format!("x:y:{SECRET}"), &long] {
        let (status, asks) = asked(&viewers, &[host, ("authorization", &basic(bad))]);
        assert_eq!(status, 401, "{bad}");
        assert!(asks.starts_with("Basic realm="), "{asks}");
    }
    let good = basic(&format!("x:{SECRET}"));
    for bad in [&[][..], &[("authorization", "Basic ???")], &[("authorization", &good), ("authorization", &good)]] {
        assert_eq!(asked(&viewers, &[&[host], bad].concat()).0, 401, "{bad:?}");
    }
}

#[test]
fn short_passwords_are_refused_and_none_is_ever_shown() {
    assert_eq!(Password::of(None).unwrap(), None);
    assert_eq!(Password::of(Some("\n".to_owned())).unwrap(), None);
    let error = Password::of(Some("hunter2".to_owned())).unwrap_err().to_string();
    assert!(error.contains(PASSWORD) && !error.contains("hunter2"), "{error}");
    assert_eq!(format!("{:?}", with_password()), "Some(Password)");
}
