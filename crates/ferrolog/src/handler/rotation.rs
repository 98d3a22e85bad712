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

/// The methods of `Emit` for a handler with the fields `file`, `backups` and `pause` and the method
/// `roll_if_due`.
macro_rules! emit_rotating {
    () => {
        fn emit(&mut self, event: &Event<'_>) -> Result<()> {
            // A rotation that fails must not cost the record.
            if let Err(error) = $crate::handler::caught(|| self.roll_if_due(event.text())) {
                self.pause.failed();
                event.report(error);
            } else if let Some(error) = self.backups.take_error() {
                event.report(error);
            }
            self.file.write(event.line())
        }

        fn flush(&mut self) -> Result<()> {
            self.backups.flush()
        }

        fn close(&mut self) -> Result<()> {
            self.file.sink.close();
            self.backups.close()
        }
    };
}

pub(super) use {emit_rotating, rotation_settings};
