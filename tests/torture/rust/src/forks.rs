//! The role `forks`: forks again and again while eight threads log.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::Orders;
use crate::handlers;
use crate::journal::{self, Journal};

pub(crate) fn run(orders: &Orders) {
    let handlers = handlers::attach(orders);
    let forks: u64 = orders.number("forks", 100);
    let done = AtomicBool::new(false);
    let hung = std::thread::scope(|scope| {
        let threads = scope.spawn(|| journal::run(orders, &done));
        let hung = (0..forks).filter(|number| !fork(orders, *number)).count();
        done.store(true, Ordering::Relaxed);
        (hung, threads.join().unwrap_or_else(|_| panic!("a thread that logs panicked")))
    });
    let (hung, calls) = hung;
    ferrolog::flush();
    handlers::account(orders, &handlers, calls);
    println!("forked={forks} hung={hung}");
}

/// Forks a child that logs at once, and ends in order. Whether it came to its end.
fn fork(orders: &Orders, number: u64) -> bool {
    // SAFETY: what the child does below is what the test is about.
    match unsafe { libc::fork() } {
        -1 => panic!("cannot fork: {}", std::io::Error::last_os_error()),
        0 => {
            let child = Orders {
                folder: orders.folder.clone(),
                who: format!("c{number}"),
                settings: Default::default(),
            };
            let journal = Journal::new(&child);
            for n in 0..3 {
                journal.log(&child.who, 0, n);
            }
            ferrolog::shutdown();
            // SAFETY: ends the child, without what the parent has planned for its own end.
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            // SAFETY: waits for the child made above.
            let ended = journal::wait_for(|| unsafe {
                libc::waitpid(child, &raw mut status, libc::WNOHANG) == child
            });
            if !ended {
                // SAFETY: ends the child made above, and waits for it.
                unsafe {
                    libc::kill(child, libc::SIGKILL);
                    libc::waitpid(child, &raw mut status, 0);
                }
            }
            ended && status == 0
        }
    }
}
