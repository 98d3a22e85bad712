"""Misuse that a type checker has to find: each marked line, and no other."""

import logging as standard

import ferrolog

log = ferrolog.getLogger(__name__)


class Mine(ferrolog.Handler):
    def emit(self, record: int) -> None:  # wrong: override
        pass


log.inform("no such method")  # wrong: attr-defined
log.info("a", exc_info="yes")  # wrong: arg-type
log.info("a", level=3)  # wrong: call-arg
log.addHandler(standard.StreamHandler())  # wrong: arg-type
ferrolog.Formatter("a", style="~")  # wrong: arg-type
ferrolog.basicConfig(filename="a", handlers=[])  # wrong: call-overload
standard_logger: standard.Logger = log  # wrong: assignment
ferrolog.explain(3)  # wrong: arg-type
