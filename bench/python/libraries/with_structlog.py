"""structlog over the standard library's loggers and handlers, as its documentation has it."""

import logging
import logging.handlers

import structlog

import like_logging

VERSION = structlog.__version__

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.render_to_log_kwargs,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


class Cases(like_logging.Cases):
    def logger(self, name):
        return structlog.stdlib.get_logger(name).bind()

    def bound(self, log, values):
        # What is bound reaches the record as `extra`.
        return log.bind(**values)

    def extra_json(self, bench):
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S"),
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )
        log = self.to_file(bench, pattern="%(message)s")

        def block(numbers):
            for number in numbers:
                log.info("request was served", user="ann", size=number)

        bench.written_at_once(lambda n: log.info("request was served", size=n))
        bench.time(block)
        self.close()
        bench.check_json(lambda number: "request was served")


CASES = Cases(logging, logging.handlers).all()
