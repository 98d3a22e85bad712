//! What the handlers that rotate their file have in common.

/// The settings that the builder of each such handler has: for a builder with a field `backups`.
macro_rules! rotation_settings {
    () => {
        /// What gives a rotated file another name than the one proposed. It must give each proposed name
        /// one of its own, and the same each time; it is called with the handler's lock held.
        ///
        /// Python: `BaseRotatingHandler.namer`.
        pub fn namer(mut self, namer: impl Fn(&Path) -> PathBuf + Send + Sync + 'static) -> Self {
            self.backups.set_namer(namer);
            self
        }

        /// What brings the file (the first path) to where its rotated form belongs (the second), in the
        /// place of a renaming; it is called with the handler's lock held.
        ///
        /// Python: `BaseRotatingHandler.rotator`.
        pub fn rotator(
            mut self,
            rotator: impl Fn(&Path, &Path) -> io::Result<()> + Send + Sync + 'static,
        ) -> Self {
            self.backups.set_rotator(rotator);
            self
        }

        /// Whether several processes write to the file and rotate it: false by default.
        ///
        /// Each has a handler of these settings, and takes its turn for each record: it locks the file
        /// `app.log.lock` beside the log, follows a rotation that another made, and ends a line that a process
        /// which was killed left unfinished. So no record is lost, torn or written twice, whoever
        /// rotates and whoever is killed on the way. A process that has been stopped in its turn is waited for ten
        /// seconds; then records fail, and are counted and reported, until it goes on. With
        /// compression, a rotated file is compressed in the turn of the process that rotated it.
        ///
        /// Costs about five system calls a record. Unix only: elsewhere building the handler is an error.
        /// Python programs share the file by `ferrolog.handlers.SharedRotatingFileHandler` and its like.
        pub fn shared(mut self, shared: bool) -> Self {
            self.file.open.shared = shared;
            self
        }

        /// Whether rotated files are compressed with gzip and get `.gz` behind their names.
        ///
        /// A thread of the crate does it, one file after the other. Flushing the handler waits for it,
        /// closing it for ten seconds at most. What an earlier process left uncompressed or half
        /// compressed is taken up when the handler is built.
        #[cfg(feature = "compression")]
        pub fn compress(mut self, compress: bool) -> Self {
            self.backups.set_compression(compress);
            self
        }
    };
}

/// The methods of `Emit` for a handler with the fields `file`, `backups` and `pause` and the methods
/// `roll_if_due`, `roll`, `recover` and `follow`.
macro_rules! emit_rotating {
    () => {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            let turns = self.file.turns();
            let turn = turns.as_deref().map(Turns::take).transpose()?;
            if turn.is_some() {
                self.follow()?;
            }
            // A rotation that fails must not cost the record.
            if let Err(error) = $crate::handler::caught(|| self.roll_if_due(event.text())) {
                self.pause.failed();
                event.report(error);
            } else if let Some(error) = self.backups.take_error() {
                event.report(error);
            }
            self.file.write(event)
        }

        fn flush(&mut self) -> Result<()> {
            let written = self.file.flush();
            self.backups.flush().and(written)
        }

        fn holds_back(&self) -> bool {
            self.file.has_buffer()
        }

        fn close(&mut self) -> Result<()> {
            self.file.sink.close();
            self.backups.close()
        }
    };
}

/// What such a handler does to rotate its file; `$rotation` is its field that does it.
macro_rules! rotating {
    ($rotation:ident) => {
        /// Rotates the file now.
        ///
        /// # Errors
        ///
        /// A file cannot be moved, removed or opened; or, where the file is shared, the turn cannot be had.
        ///
        /// Python: `doRollover`.
        pub fn do_rollover(&mut self) -> Result<()> {
            let turns = self.file.turns();
            let turn = turns.as_deref().map(Turns::take).transpose()?;
            if turn.is_some() {
                self.follow()?;
            }
            self.roll()
        }

        /// Rotates the file, in a turn where it is shared.
        fn roll(&mut self) -> Result<()> {
            let shared = self.file.turns().is_some();
            if shared {
                // Another process may have been killed in its turn since.
                self.recover()?;
            }
            let rolled = self.$rotation.roll(&mut self.file.sink, &self.backups);
            self.file.rotated();
            rolled?;
            self.file.reopen()?;
            // The others know nothing of what is still to be done here.
            if shared { self.backups.flush() } else { Ok(()) }
        }

        /// Takes up what an earlier process left unfinished; in a turn where the file is shared.
        fn recover(&self) -> Result<()> {
            self.$rotation.recover(self.file.sink.path(), &self.backups)?;
            if self.file.turns().is_some() { self.backups.flush() } else { Ok(()) }
        }

        /// [`Self::recover`], in a turn.
        fn recover_in_turn(&self) -> Result<()> {
            let turns = self.file.turns();
            let _turn = turns.as_deref().map(Turns::take).transpose()?;
            self.recover()
        }

        fn roll_if_due(&mut self, text: &str) -> Result<()> {
            if self.should_rollover(text) && self.pause.is_due() {
                self.roll()?;
                self.pause.succeeded();
            }
            Ok(())
        }
    };
}

pub(super) use {emit_rotating, rotating, rotation_settings};
