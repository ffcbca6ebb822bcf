//! Connections that strangers hold open do not lock out a reader that has the token.

use super::bed::Bed;
use super::reading::own;
use super::site::Server;
use std::io::{Read, Write};
use std::net::TcpStream;

const TOKEN: &str = "0123456789abcdefTOKEN";

fn guarded(bed: &Bed) -> Server {
    let file = bed.file("token", TOKEN);
    Server::start(bed, &["--token-file", file.to_str().expect("UTF-8")])
}

#[test]
fn idle_and_half_asked_connections_make_room_for_who_asks() {
    let bed = own();
    let server = guarded(&bed);
    let held = |sent: &[u8]| -> Vec<TcpStream> {
        let one = || {
            let mut stream = TcpStream::connect(&server.addr).expect("a connection");
            stream.write_all(sent).expect("sent");
            stream
        };
        (0..270).map(|_| one()).collect()
    };
    let host = &server.addr;
    let refused = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for sent in ["", "GET / HTTP/1.1\r\nX: ", refused.as_str()] {
        let strangers = held(sent.as_bytes());
        assert_eq!(server.get("/", &format!("authorization: bearer {TOKEN}\r\n")).0, 200, "beside {sent:?}");
        drop(strangers);
    }
}

#[test]
fn who_has_shown_the_token_stays_when_strangers_come() {
    let bed = own();
    let server = guarded(&bed);
    let host = &server.addr;
    let asked = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nAuthorization: BEARER {TOKEN}\r\n\r\n");
    let mut known = TcpStream::connect(&server.addr).expect("a connection");
    let mut ask = || {
        known.write_all(asked.as_bytes()).expect("sent");
        let mut answer = [0; 4096];
        let read = known.read(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    assert!(ask().starts_with("HTTP/1.1 200"));
    let strangers: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(&server.addr).expect("a connection")).collect();
    assert_eq!(server.get("/", "").0, 401, "every stranger was met");
    assert!(ask().starts_with("HTTP/1.1 200"));
    drop(strangers);
}

#[test]
fn a_stranger_is_refused_before_anything_is_read_and_sent_away() {
    let bed = own();
    let server = guarded(&bed);
    let (status, head, body) = server.raw(&format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr));
    assert_eq!(status, 401);
    assert!(head.contains("connection: close") && !body.contains(TOKEN), "{head}");
    let evil = server.raw(&format!("GET / HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"));
    assert_eq!(evil.0, 421, "the name is asked, whatever is shown");
}
