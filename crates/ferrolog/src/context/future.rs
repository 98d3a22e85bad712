//! A future whose records carry a context.

use std::pin::Pin;
use std::task;

use pin_project_lite::pin_project;

use super::scope::{Chain, replace};

pin_project! {
    /// A future that carries a context across its awaits; made by [`Context::wrap`](super::Context::wrap).
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Contextual<F> {
        chain: Chain,
        // Emptied when the whole is dropped, so that the records of the future's own drop carry the
        // context too.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Contextual<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _inside = Inside::new(this.chain);
            this.future.set(None);
        }
    }
}

impl<F> Contextual<F> {
    pub(super) fn new(chain: Chain, future: F) -> Self {
        Self { chain, future: Some(future) }
    }
}

impl<F: Future> Future for Contextual<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.project();
        let _inside = Inside::new(this.chain);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => unreachable!("the future is only taken out when it is dropped"),
        }
    }
}

impl<F> std::fmt::Debug for Contextual<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contextual").field("context", &self.chain).finish_non_exhaustive()
    }
}

/// The thread is in the future's scopes as long as this lives; what it was in before is put back, also
/// when the future panics.
struct Inside<'c> {
    chain: &'c mut Chain,
}

impl<'c> Inside<'c> {
    fn new(chain: &'c mut Chain) -> Self {
        *chain = replace(chain.take());
        Self { chain }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *self.chain = replace(self.chain.take());
    }
}
