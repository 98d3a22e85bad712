//! Handlers that are replaced while records are on their way.
//!
//! The crate's routes are `Published`, which has models of its own: here a lock around an `Arc` stands for it, which
//! promises as much and no more.

use loom::sync::Arc;
use loom::thread;

use crate::sync::{AtomicBool, Mutex, Ordering};

/// What `Attachment` is: a handler on a logger, as long as the flag says so.
struct Attachment {
    handler: Arc<Mutex<Vec<u64>>>,
    attached: AtomicBool,
}

type Route = Vec<Arc<Attachment>>;

struct Logger {
    route: Mutex<Arc<Route>>,
}

fn attach(handler: &Arc<Mutex<Vec<u64>>>) -> Arc<Attachment> {
    Arc::new(Attachment { handler: Arc::clone(handler), attached: AtomicBool::new(true) })
}

impl Logger {
    fn log(&self, record: u64) {
        let route = Arc::clone(&*self.route.lock().unwrap());
        for attachment in route.iter() {
            let mut handler = attachment.handler.lock().unwrap();
            if attachment.attached.load(Ordering::Acquire) {
                handler.push(record);
            }
        }
    }

    /// As `Logger::remove_handler`: the flag, then the handler's lock once.
    fn remove(&self, attachment: &Attachment) {
        *self.route.lock().unwrap() = Arc::new(Vec::new());
        attachment.attached.store(false, Ordering::Release);
        drop(attachment.handler.lock().unwrap());
    }

    /// As `Manager::switch`: one list for another; records that are on their way arrive where they went.
    fn switch(&self, route: Route) -> Arc<Route> {
        std::mem::replace(&mut *self.route.lock().unwrap(), Arc::new(route))
    }
}

#[test]
fn a_removed_handler_gets_nothing_more() {
    super::check(|| {
        let handler = Arc::new(Mutex::new(Vec::new()));
        let attachment = attach(&handler);
        let logger =
            Arc::new(Logger { route: Mutex::new(Arc::new(vec![Arc::clone(&attachment)])) });
        let threads: Vec<_> = (1..3)
            .map(|record| {
                let logger = Arc::clone(&logger);
                thread::spawn(move || logger.log(record))
            })
            .collect();
        logger.remove(&attachment);
        let there = handler.lock().unwrap().len();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(handler.lock().unwrap().len(), there);
    });
}

#[test]
fn each_record_goes_one_way_while_handlers_are_replaced() {
    super::check(|| {
        let (old, new) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        // Two handlers each: a change is seen as a whole or not at all.
        let logger =
            Arc::new(Logger { route: Mutex::new(Arc::new(vec![attach(&old), attach(&old)])) });
        let logging = {
            let logger = Arc::clone(&logger);
            thread::spawn(move || {
                logger.log(1);
                logger.log(2);
            })
        };
        let before = logger.switch(vec![attach(&new), attach(&new)]);
        logging.join().unwrap();
        assert_eq!(Arc::strong_count(&before), 1);
        let (old, new) = (old.lock().unwrap().clone(), new.lock().unwrap().clone());
        assert_eq!([old, new].concat(), [1, 1, 2, 2]);
    });
}
