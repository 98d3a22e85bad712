//! Threads that log to a queue, and its listener (`handler/record_queue/`).

use loom::thread::{self, JoinHandle};

use super::counts::Counters;
use super::record_queue::block::Block;
use super::record_queue::channel::{Channel, Runner};
use super::record_queue::{WhenFull, channel, len};
use super::unlocked::Entry;
use crate::record::THREAD;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, Weak};

struct NoRunner;

impl Runner for NoRunner {
    fn run_again(self: Arc<Self>) {
        panic!("nothing forks here");
    }
}

/// A queue, its counts, and what its listener has delivered.
struct Queue {
    channel: Arc<Channel>,
    counts: Arc<Counters>,
    delivered: Mutex<Vec<u64>>,
    told: std::sync::atomic::AtomicU64,
}

impl Queue {
    fn new(capacity: usize, when_full: WhenFull) -> Arc<Self> {
        Arc::new(Self {
            channel: channel(capacity, when_full),
            counts: Arc::default(),
            delivered: Mutex::new(Vec::new()),
            told: 0.into(),
        })
    }

    /// As a queue handler does it.
    fn log(&self, number: u64, attached: Option<&AtomicBool>) -> bool {
        let entry = Entry { attached, counts: &self.counts };
        let put = self.channel.put(1, &entry, |packed| packed.push(number));
        if put.is_err() {
            self.counts.dropped("full");
        }
        put.is_ok()
    }

    /// As a queue's listener does it.
    fn listen(self: &Arc<Self>) -> JoinHandle<()> {
        let runner: Weak<NoRunner> = Weak::new();
        assert!(self.channel.begin(runner));
        let queue = Arc::clone(self);
        thread::spawn(move || {
            THREAD.with(|thread| thread.set(99));
            let channel = &queue.channel;
            channel.listen_here();
            let mut block = Block::default();
            while let Some(lost) = channel.take(&mut block) {
                queue.tell(&lost);
                let count = block.len();
                if count > 0 && channel.deliver(count) {
                    queue.tell(&block.lost());
                    for index in 0..count {
                        let number = block.with(index, |record| record.number);
                        queue.delivered.lock().unwrap().push(number);
                    }
                }
                channel.finished(&block, 0, count);
            }
            channel.ended();
        })
    }

    fn tell(&self, lost: &super::record_queue::channel::Lost) {
        let mut any = false;
        lost.tell(|_| any = true);
        if any {
            self.told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    fn delivered(&self) -> Vec<u64> {
        self.delivered.lock().unwrap().clone()
    }

    fn counted(&self) -> (u64, u64) {
        let read =
            |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
        (read(&self.counts.delivered), read(&self.counts.dropped))
    }

    fn log_from_a_thread(self: &Arc<Self>, thread: u64, numbers: &'static [u64]) -> JoinHandle<()> {
        let queue = Arc::clone(self);
        thread::spawn(move || {
            THREAD.with(|id| id.set(thread));
            for number in numbers {
                queue.log(*number, None);
            }
        })
    }
}

fn in_order(delivered: &[u64], of: &[u64]) -> bool {
    let own: Vec<u64> = delivered.iter().copied().filter(|number| of.contains(number)).collect();
    own.is_sorted()
}

/// A queue that waits for room loses nothing and keeps each thread's order, and its end is waited for.
#[test]
fn a_queue_that_waits_loses_nothing() {
    super::check(|| {
        let queue = Queue::new(1, WhenFull::Block);
        let listener = queue.listen();
        let logging = queue.log_from_a_thread(1, &[1, 2]);
        THREAD.with(|id| id.set(2));
        queue.log(10, None);
        logging.join().unwrap();
        queue.channel.end();
        assert!(queue.channel.wait_for_end(None));
        listener.join().unwrap();
        let mut delivered = queue.delivered();
        assert!(in_order(&delivered, &[1, 2]), "{delivered:?}");
        delivered.sort_unstable();
        assert_eq!(delivered, [1, 2, 10]);
        assert_eq!(queue.counted(), (3, 0));
        assert_eq!(queue.told.load(std::sync::atomic::Ordering::Relaxed), 0);
    });
}

/// What was logged before a flush has been delivered when it returns.
#[test]
fn a_flush_waits_for_what_was_before_it() {
    super::check(|| {
        let queue = Queue::new(8, WhenFull::Block);
        let listener = queue.listen();
        let logging = queue.log_from_a_thread(1, &[1]);
        THREAD.with(|id| id.set(2));
        queue.log(10, None);
        assert_eq!(queue.channel.flush(None), Ok(()));
        assert!(queue.delivered().contains(&10));
        logging.join().unwrap();
        assert_eq!(queue.channel.flush(None), Ok(()));
        assert_eq!(queue.delivered().len(), 2);
        assert!(queue.channel.is_done());
        queue.channel.end();
        listener.join().unwrap();
    });
}

/// A queue that drops counts each record once, and tells of each loss.
#[test]
fn a_queue_that_drops_accounts_for_everything() {
    for when_full in [WhenFull::DropNewest, WhenFull::DropOldest] {
        super::check(move || {
            let queue = Queue::new(1, when_full);
            let listener = queue.listen();
            let logging = queue.log_from_a_thread(1, &[1, 2]);
            THREAD.with(|id| id.set(2));
            queue.log(10, None);
            logging.join().unwrap();
            queue.channel.end();
            listener.join().unwrap();
            let delivered = queue.delivered();
            assert!(in_order(&delivered, &[1, 2]), "{delivered:?}");
            let (passed_on, dropped) = queue.counted();
            assert_eq!(passed_on, delivered.len() as u64);
            assert_eq!(passed_on + dropped, 3);
            let told = queue.told.load(std::sync::atomic::Ordering::Relaxed);
            assert_eq!(told > 0, dropped > 0);
        });
    }
}

/// When a queue handler has been taken off a logger, nothing comes into the queue for it any more.
#[test]
fn nothing_comes_in_behind_a_removal() {
    super::check(|| {
        let queue = Queue::new(8, WhenFull::Block);
        let attached = Arc::new(AtomicBool::new(true));
        let logging = {
            let (queue, attached) = (Arc::clone(&queue), Arc::clone(&attached));
            thread::spawn(move || queue.log(1, Some(&attached)))
        };
        attached.store(false, Ordering::Release);
        queue.channel.settle();
        let there = len(&queue.channel);
        logging.join().unwrap();
        assert_eq!(len(&queue.channel), there);
    });
}
