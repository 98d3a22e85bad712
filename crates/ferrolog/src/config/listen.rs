//! Configurations that are sent to a running program.
//!
//! Python: `logging.config.listen`, `stopListening`.

mod receive;

use std::fmt;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use self::receive::{Sender, receive};
use super::dict::Configuration;
use super::error::Problem;
use super::syntax::{Syntax, decode};
use crate::error::{Error, Result};
use crate::fork::whole;
use crate::handler::{caught, report};
use crate::manager::Manager;

/// The port that is commonly listened to for configurations.
///
/// ```
/// assert_eq!(ferrolog::config::DEFAULT_LOGGING_CONFIG_PORT, 9030);
/// ```
///
/// Python: `logging.config.DEFAULT_LOGGING_CONFIG_PORT`.
pub const DEFAULT_LOGGING_CONFIG_PORT: u16 = 9030;

/// How many senders are served at a time; one more is refused.
const MOST_SENDERS: usize = 16;

/// The listeners that run, for [`stop_listening`].
static RUNNING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Begins to set up a server that takes configurations from senders on this machine, at this port;
/// [`ListenBuilder::start`] starts it. With port 0 the system chooses one: [`ConfigListener::port`].
///
/// A sender connects and sends the length of the configuration, as four bytes of which the first counts most,
/// and the configuration: JSON in the schema of [`dict_config`](super::dict_config), with feature `json`, or
/// the INI format of [`file_config`](super::file_config). This is the protocol of Python, whose senders can
/// be used. It is put in force as [`Configuration::apply`] does; one that is faulty changes nothing, and is
/// reported.
///
/// Only senders on the same machine are heard, but those of any user, and a configuration says which files
/// are written. Where users are not to be trusted, [`verify`](ListenBuilder::verify) decides. Nothing in a
/// configuration is evaluated.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use std::io::Write;
/// use std::net::TcpStream;
/// use ferrolog::{Level, config::listen};
///
/// let (told, outcome) = std::sync::mpsc::channel();
/// let listener = listen(0)
///     .verify(|bytes| bytes.strip_prefix(b"please ").map(<[u8]>::to_vec))
///     .on_receive(move |result| told.send(result.is_ok()).unwrap())
///     .start()?;
///
/// let config = b"please {\"version\": 1, \"root\": {\"level\": \"DEBUG\"}}";
/// let mut sender = TcpStream::connect(listener.address())?;
/// sender.write_all(&u32::try_from(config.len()).unwrap().to_be_bytes())?;
/// sender.write_all(config)?;
/// assert_eq!(outcome.recv(), Ok(true));
/// assert!(ferrolog::root().is_enabled_for(Level::DEBUG));
/// listener.stop();
/// # }
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.config.listen`.
pub fn listen(port: u16) -> ListenBuilder {
    ListenBuilder {
        port,
        verify: None,
        on_receive: None,
        prepare: None,
        manager: Manager::global().clone(),
        max_bytes: 1024 * 1024,
        timeout: Duration::from_secs(5),
    }
}

/// Stops all servers that [`listen`] started, those too that were detached.
///
/// ```
/// use ferrolog::config::{listen, stop_listening};
///
/// let listener = listen(0).start()?;
/// let port = listener.port();
/// listener.detach();
/// stop_listening();
/// // The port is free again.
/// let again = listen(port).start()?;
/// # drop(again);
/// # Ok::<(), ferrolog::Error>(())
/// ```
///
/// Python: `logging.config.stopListening`.
pub fn stop_listening() {
    let running = with_running(std::mem::take);
    for shared in running.iter().filter_map(Weak::upgrade) {
        shared.stop();
        shared.wait_for_end();
    }
}

fn with_running<R>(f: impl FnOnce(&mut Vec<Weak<Shared>>) -> R) -> R {
    whole(|| f(&mut RUNNING.lock().unwrap_or_else(PoisonError::into_inner)))
}

type Verify = Box<dyn Fn(Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;
type OnReceive = Box<dyn Fn(&Result<Vec<Problem>>) + Send + Sync>;
type Prepare = Box<dyn Fn(Configuration) -> Configuration + Send + Sync>;

/// Builds a [`ConfigListener`]: see [`listen`].
///
/// | setting | default |
/// |---|---|
/// | `verify` | everything is taken as it comes |
/// | `on_receive` | a failure is reported on standard error |
/// | `prepare` | the configuration as it was sent |
/// | `manager` | the global tree |
/// | `max_bytes` | 1 MiB |
/// | `timeout` | 5 seconds |
#[must_use = "nothing is listened to until the listener is started"]
pub struct ListenBuilder {
    port: u16,
    verify: Option<Verify>,
    on_receive: Option<OnReceive>,
    prepare: Option<Prepare>,
    manager: Manager,
    max_bytes: usize,
    timeout: Duration,
}

impl ListenBuilder {
    /// What is asked about the bytes that were received: it returns those that are to be put in force, the
    /// same or others (decrypted, say), or nothing to refuse them, which is reported.
    pub fn verify(
        mut self,
        verify: impl Fn(Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.verify = Some(Box::new(verify));
        self
    }

    /// What is called with the outcome of each sender's attempt, on a thread of the listener, in the place
    /// of the report on standard error. It gets what [`Configuration::apply`] returns.
    pub fn on_receive(
        mut self,
        hook: impl Fn(&Result<Vec<Problem>>) + Send + Sync + 'static,
    ) -> Self {
        self.on_receive = Some(Box::new(hook));
        self
    }

    /// What the program adds to each configuration that was received: its own classes with
    /// [`Configuration::registry`], say.
    pub fn prepare(
        mut self,
        prepare: impl Fn(Configuration) -> Configuration + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    /// The tree that is configured.
    pub fn manager(mut self, manager: &Manager) -> Self {
        self.manager = manager.clone();
        self
    }

    /// The longest configuration that is taken. Nothing of a longer one is read.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How long a sender has for all of it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Starts the server, in a thread of its own that is called `ferrolog-listen`. It listens when this
    /// returns.
    ///
    /// # Errors
    ///
    /// The port is taken, or the thread cannot be started.
    pub fn start(self) -> Result<ConfigListener> {
        let Self { port, verify, on_receive, prepare, manager, max_bytes, timeout } = self;
        let what = || format!("cannot listen to port {port}");
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(Error::io(what()))?;
        let address = socket.local_addr().map_err(Error::io(what()))?;
        let shared = Arc::new(Shared {
            address,
            verify,
            on_receive,
            prepare,
            manager,
            max_bytes,
            timeout,
            stopped: AtomicBool::new(false),
            ended: Mutex::new(false),
            end: Condvar::new(),
            senders: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        spawn(move || {
            serving.serve(&socket);
            drop(socket);
            *serving.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
            serving.end.notify_all();
        })?;
        with_running(|running| {
            running.retain(|known| known.strong_count() > 0);
            running.push(Arc::downgrade(&shared));
        });
        Ok(ConfigListener { shared })
    }
}

/// For the fuzzer: what a listener with these settings understands of what `sender` sends, without a
/// connection.
#[doc(hidden)]
pub fn received(listener: &ListenBuilder, sender: impl Read) -> Result<Option<Configuration>> {
    struct Plain<R>(R);

    impl<R: Read> Read for Plain<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl<R: Read> Sender for Plain<R> {
        fn wait_at_most(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }

    let ListenBuilder { verify, prepare, max_bytes, timeout, .. } = listener;
    let bytes = receive(Plain(sender), *max_bytes, *timeout)?;
    bytes.map(|bytes| understand(bytes, verify.as_ref(), prepare.as_ref())).transpose()
}

impl fmt::Debug for ListenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenBuilder").field("port", &self.port).finish_non_exhaustive()
    }
}

fn spawn(run: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name("ferrolog-listen".to_owned())
        .spawn(run)
        .map(drop)
        .map_err(Error::io("cannot start a thread of the configuration's listener"))
}

/// A server that takes configurations from senders on this machine, until it is dropped: see [`listen`].
///
/// Python: the thread that `logging.config.listen` returns.
#[must_use = "it is listened only as long as this lives"]
pub struct ConfigListener {
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    verify: Option<Verify>,
    on_receive: Option<OnReceive>,
    prepare: Option<Prepare>,
    manager: Manager,
    max_bytes: usize,
    timeout: Duration,
    stopped: AtomicBool,
    /// Whether the thread that waits for senders has ended.
    ended: Mutex<bool>,
    end: Condvar,
    /// How many are being served.
    senders: AtomicUsize,
}

impl ConfigListener {
    /// The port that is listened to.
    pub fn port(&self) -> u16 {
        self.shared.address.port()
    }

    /// The address that is listened to: that of the loopback interface.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Stops listening; the port is free when this returns. A sender that is being served is served to the
    /// end. Dropping the listener does the same.
    pub fn stop(self) {
        drop(self);
    }

    /// Listens until the process ends, or [`stop_listening`] is called.
    pub fn detach(self) {
        std::mem::forget(self);
    }
}

impl Drop for ConfigListener {
    fn drop(&mut self) {
        self.shared.stop();
        self.shared.wait_for_end();
    }
}

impl fmt::Debug for ConfigListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigListener")
            .field("address", &self.shared.address)
            .finish_non_exhaustive()
    }
}

/// The configuration that was sent, if it is one that is taken.
fn understand(
    bytes: Vec<u8>,
    verify: Option<&Verify>,
    prepare: Option<&Prepare>,
) -> Result<Configuration> {
    let bytes = match verify {
        Some(verify) => verify(bytes).ok_or_else(|| {
            Error::Invalid("a configuration that was received was refused".to_owned())
        })?,
        None => bytes,
    };
    let text = decode(&bytes)?;
    let json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let syntax = if json { Syntax::Json } else { Syntax::Ini };
    let configuration = Configuration::parse(text, syntax)?;
    Ok(match prepare {
        Some(prepare) => prepare(configuration),
        None => configuration,
    })
}

/// While one lives, a sender is being served.
struct Served(Arc<Shared>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.senders.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared {
    fn stop(&self) {
        if !self.stopped.swap(true, Ordering::AcqRel) {
            // Wakes the thread that waits for a sender. If nobody can connect, it does not wait either.
            let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        }
    }

    fn wait_for_end(&self) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing in that thread takes long; should it hang all the same, nobody waits for it for ever.
        let _ = self.end.wait_timeout_while(ended, Duration::from_secs(5), |ended| !*ended);
    }

    fn serve(self: &Arc<Self>, socket: &TcpListener) {
        let mut failing = false;
        loop {
            let accepted = socket.accept();
            if self.stopped.load(Ordering::Acquire) {
                return;
            }
            match accepted {
                Ok((sender, _)) => {
                    failing = false;
                    if let Err(error) = self.take_on(sender) {
                        self.tell(&Err(error));
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        let what = "cannot accept a sender of configurations";
                        self.tell(&Err(Error::io(what)(error)));
                    }
                    // It may be that there is no descriptor left; that passes or does not.
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Serves the sender in a thread of its own, so that one that stalls keeps nobody waiting.
    fn take_on(self: &Arc<Self>, sender: TcpStream) -> Result<()> {
        let before = self.senders.fetch_add(1, Ordering::AcqRel);
        let served = Served(Arc::clone(self));
        if before >= MOST_SENDERS {
            let message = format!(
                "a sender of a configuration was turned away, as {MOST_SENDERS} are being served"
            );
            return Err(Error::Invalid(message));
        }
        spawn(move || {
            let Served(shared) = &served;
            let result = caught(|| shared.receive(&sender));
            match result {
                Ok(Some(problems)) => shared.tell(&Ok(problems)),
                Ok(None) => {}
                Err(error) => shared.tell(&Err(error)),
            }
            // Only now: the sender may wait for the end of the connection.
            drop(sender);
        })
    }

    /// Puts in force what the sender sends; nothing if it sends nothing at all.
    fn receive(&self, sender: &TcpStream) -> Result<Option<Vec<Problem>>> {
        let Some(bytes) = receive(sender, self.max_bytes, self.timeout)? else { return Ok(None) };
        let configuration = understand(bytes, self.verify.as_ref(), self.prepare.as_ref())?;
        configuration.apply_to(&self.manager).map(Some)
    }

    fn tell(&self, result: &Result<Vec<Problem>>) {
        let told = caught(|| {
            match (&self.on_receive, result) {
                (Some(hook), _) => hook(result),
                (None, Err(error)) => report(error, None, "ConfigListener"),
                (None, Ok(_)) => {}
            }
            Ok(())
        });
        if let Err(panic) = told {
            report(&panic, None, "ConfigListener");
        }
    }
}
