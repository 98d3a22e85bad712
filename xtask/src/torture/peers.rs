//! Network peers that are away, and peers that stall.

use std::collections::HashMap;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::face::Face;
use super::records::{account_of, calls};
use super::row::Row;
use super::{Part, Torture};

pub(super) const PARTS: &[Part] = &[
    Part { name: "peer away", run: |torture, face| run(torture, face, Peer::Away) },
    Part { name: "peer unreachable", run: |torture, face| run(torture, face, Peer::Unreachable) },
    Part { name: "peer stalls", run: |torture, face| run(torture, face, Peer::Stalling) },
];

/// What is wrong with the peer at first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    /// Nobody listens: a connection is refused at once.
    Away,
    /// Nobody answers: a connection is neither made nor refused.
    Unreachable,
    /// It takes the connection and reads nothing.
    Stalling,
}

/// How long the peer is away, and how long it is back: longer than the handlers' timeouts.
const A_WHILE: Duration = Duration::from_millis(2500);

fn run(torture: &Torture, face: &Face, peer: Peer) -> Result<Row> {
    let mut row = Row::default();
    let folder = torture.folder(&format!("peer-{peer:?}-{}", face.name))?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let port_setting = format!("port={port}");
    let mut settings =
        vec!["handlers=socket", "threads=1", "pause=2000", "until=stop", &port_setting];
    if peer == Peer::Stalling {
        // More than the operating system keeps for a peer that does not read.
        settings.push("pad=60000");
    }
    let waiting = if peer == Peer::Unreachable { fill_up(&listener)? } else { Vec::new() };
    let kept = (peer != Peer::Away).then(|| listener.try_clone()).transpose()?;
    // Without its copy, nobody listens at first.
    drop(listener);
    let mut victim = face.start("log", &folder, "f", &settings)?;
    let stalled = match &kept {
        Some(listener) if peer == Peer::Stalling => Some(listener.accept()?.0),
        _ => None,
    };
    let begun = Instant::now();
    while calls(&folder, "f") < 30 || begun.elapsed() < A_WHILE {
        if begun.elapsed() > Duration::from_secs(30) {
            row.hung += 1;
            row.faults.push("the program does not go on".to_owned());
            break;
        }
        if let Some(status) = victim.child.try_wait()? {
            bail!("it ended with {status}: {}", victim.said());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // The peer is back.
    drop(waiting);
    let listener = match kept {
        Some(listener) => listener,
        None => TcpListener::bind(("127.0.0.1", port))?,
    };
    let stop = AtomicBool::new(false);
    let mut received: HashMap<u64, u32> = HashMap::new();
    let (ended, frames) = std::thread::scope(|scope| -> Result<_> {
        let reading = scope.spawn(|| receive(listener, stalled, &stop));
        std::thread::sleep(A_WHILE);
        std::fs::write(folder.join("stop"), "")?;
        let ended = victim.wait(Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        let frames = reading.join().unwrap_or_default();
        Ok((ended?, frames))
    })?;
    row.hung += u64::from(ended.is_none());
    frames.iter().for_each(|n| *received.entry(*n).or_default() += 1);
    row.duplicated = received.values().filter(|times| **times > 1).count() as u64;
    let (made, there) = (calls(&folder, "f"), received.len() as u64);
    row.records = made;
    let mut good = ended.is_some() && row.duplicated == 0;
    if face.ours {
        let Some(account) = account_of(&folder, "f") else {
            bail!("it gave no account: {}", victim.said());
        };
        row.lost = made.saturating_sub(there + account.dropped + account.failed);
        good &= row.lost == 0 && account.adds_up(made);
        row.notes.push(format!("{} dropped, {} failed", account.dropped, account.failed));
        if account.dropped + account.failed == 0 {
            row.faults.push("the fault did not show".to_owned());
        }
    } else {
        row.lost = made - there.min(made);
    }
    if !received.contains_key(&made.saturating_sub(1)) {
        good = false;
        row.faults.push("logging did not go on when the peer was back".to_owned());
    }
    row.notes.push(format!("{there} of {made} received"));
    row.count(good);
    Ok(row)
}

/// Makes connections until the listener has no room for one more: the system then answers none that is tried.
fn fill_up(listener: &TcpListener) -> Result<Vec<TcpStream>> {
    rustix::net::listen(listener, 0)?;
    let address = listener.local_addr()?;
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
        if waiting.len() > 64 {
            bail!("the system takes any number of connections");
        }
    }
    Ok(waiting)
}

/// Takes connections and reads them, the one that stalled first; the numbers of the records that came whole.
fn receive(listener: TcpListener, first: Option<TcpStream>, stop: &AtomicBool) -> Vec<u64> {
    let mut numbers = Vec::new();
    if listener.set_nonblocking(true).is_err() {
        return numbers;
    }
    let mut streams: Vec<(TcpStream, Vec<u8>)> = Vec::new();
    streams.extend(first.map(|stream| (stream, Vec::new())));
    let mut last = false;
    loop {
        while let Ok((stream, _)) = listener.accept() {
            streams.push((stream, Vec::new()));
        }
        for (stream, bytes) in &mut streams {
            let _ = stream.set_nonblocking(true);
            let mut some = [0; 65536];
            while let Ok(count) = stream.read(&mut some) {
                if count == 0 {
                    break;
                }
                bytes.extend(&some[..count]);
            }
        }
        if last {
            break;
        }
        last = stop.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1));
    }
    for (_, bytes) in &streams {
        let mut rest = &bytes[..];
        // What is behind the last whole frame was sent again on another connection.
        while let Some((head, tail)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*head) as usize;
            let Some(frame) = tail.get(..length) else { break };
            numbers.extend(number_of(frame));
            rest = &tail[length..];
        }
    }
    numbers
}

/// The number of the record whose pickle this is: its message is in it as it is.
fn number_of(frame: &[u8]) -> Option<u64> {
    let at = frame.windows(4).position(|bytes| bytes == b"f 0 ")?;
    let digits: Vec<u8> = frame[at + 4..].iter().copied().take_while(u8::is_ascii_digit).collect();
    String::from_utf8(digits).ok()?.parse().ok()
}
