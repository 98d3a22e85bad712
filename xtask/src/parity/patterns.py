"""Patterns of formatters in the three styles, such that Python formats every record with them."""

from chance import Chance

TEXTS = ["", " ", "[", "] ", " - ", ": ", "é", "→ ", "日本 ", "\t", "\n  ", "'q' ", '"', "\\", "😀", "|", "\r", "#"]

#: Attributes by what conversions they bear.
FIELDS = {
    "text": [
        "name", "levelname", "pathname", "filename", "module", "funcName", "threadName", "processName",
        "message", "asctime", "user", "absent",
    ],
    "integer": ["levelno", "lineno", "thread", "process", "count"],
    "float": ["created", "msecs", "relativeCreated", "ratio"],
    "code": ["code"],
    "any": ["any", "args", "msg", "taskName", "exc_info", "exc_text", "stack_info"],
    "inside": ["table", "list"],
}

DATES = [
    "%Y-%m-%d", "%H:%M:%S", "%d/%b/%Y", "%a %A %b %B", "%j %U %W %u %w", "%I:%M %p", "%y%m%d",
    "%Y-%m-%dT%H:%M:%S%z", "%Z", "%c", "%x %X", "%D %T", "%e %k|%l", "%G-W%V", "%s", "%%", "%n%t.",
    "%F %R", "%C %g %h %r", "%P", "%Ey %EY %Ec", "%Od %OH", "%-d.%-m.", "%_H|%_5Y", "%^a %^B", "%#Z %#p",
    "%010Y", "%:z", "é %Y", "%3S", "%0e", "", "%", "at %H", "%Y年%m月%d日", "%Q", "%i", "%v", "%N", "%f", "%L",
    "%+", "%E", "%O", "%5", "%+5Y", "%-I", "%_e", "%-j", "%#a", "%^p", "%012s", "%Ex %EX %EC", "%Om %Ow %Oy",
    "%H:%M:%S.%%03d", "%-", "%%%%H", "\u200b%H", "%10A", "%-10A", "%_10d", "%\u00e9", "%l:%M%P",
]


class Patterns(Chance):
    def formatter(self):
        style = self.pick("%%%{{{$$")
        if self.rarely():
            # A pattern that is not looked at may have no field.
            return {"format": self.pick(["", "no field", "100"]), "style": style, "validate": False}
        config = {"format": self.pattern(style), "defaults": {"absent": self.pick(["-", "", "nobody", "é"])}}
        if self.rarely():
            # Records that have no such attribute then fail, on both sides.
            del config["defaults"]
        if self.rarely():
            config["class"] = "logging.Formatter"
        if style != "%" or self.chance(3):
            config["style"] = style
        if self.chance(6):
            config["datefmt"] = self.datefmt()
        if self.chance(2):
            config["validate"] = self.pick([True, False])
        if self.chance(2) and "class" not in config:
            return self.by_factory(config)
        return config

    def by_factory(self, config):
        """The same through a factory, which also takes attributes."""
        config["()"] = "logging.Formatter"
        if self.chance(5):
            config["fmt"] = config.pop("format")
        attributes = {}
        if self.chance(6):
            attributes["default_time_format"] = self.datefmt() or "%Y"
        if self.chance(6):
            attributes["default_msec_format"] = self.pick([None, "%s.%03d", "%s|%d", "%s %5d ms", "<%s,%04d>"])
        if attributes:
            config["."] = attributes
        return config

    def datefmt(self):
        return self.pick([" ", "", "-"]).join(self.random.choices(DATES, k=self.random.randint(1, 3)))

    def pattern(self, style):
        piece = {"%": self.percent, "{": self.brace, "$": self.dollar}[style]
        pieces = []
        for _ in range(self.random.randint(1, 6)):
            pieces.append(self.literal(style))
            pieces.append(piece())
        pieces.append(self.literal(style))
        return "".join(pieces)

    def literal(self, style):
        text = "".join(self.several(TEXTS, 2))
        if self.chance(1):
            text += {"%": "%%", "{": self.pick(["{{", "}}"]), "$": "$$"}[style]
        return text

    def field(self, kinds):
        kind = self.pick(kinds)
        return kind, self.pick(FIELDS[kind])

    def width(self, most=24):
        return str(self.random.randint(1, most)) if self.chance(5) else ""

    def precision(self, most=8):
        return f".{self.random.randint(0, most)}" if self.chance(4) else ""

    # %

    def percent(self):
        kind, name = self.field(["text", "text", "text", "integer", "float", "code", "any", "inside"])
        flags = "".join(self.random.sample("-+ 0#", self.random.randint(0, 3)))
        if kind == "code":
            return f"%({name}){flags}{self.width()}{self.precision()}c"
        if kind not in ("integer", "float"):
            conversion = self.pick("sssra")
            return f"%({name}){flags}{self.width()}{self.precision()}{conversion}"
        if kind == "integer":
            conversion = self.pick("ddiuoxXeEfFgGrsa")
            length = self.pick("hlL") if self.rarely() else ""
            return f"%({name}){flags}{self.width()}{self.precision()}{length}{conversion}"
        return f"%({name}){flags}{self.width()}{self.precision(12)}{self.pick('feEgGFdisra')}"

    # {

    def align(self):
        if not self.chance(4):
            return ""
        fill = self.pick(["", "*", "-", "é", "0", " ", "😀", "x", "="])
        return fill + self.pick("<>^")

    def brace(self):
        kind, name = self.field(["text", "text", "text", "integer", "float", "code", "any", "inside"])
        if kind == "inside":
            name += {"table": self.pick(["", "[key]", "[a b]"]), "list": self.pick(["", "[0]", "[1]"])}[name]
        if name in ("message", "msg") and self.rarely():
            return "{message[0]}"
        if self.chance(2) or (kind in ("any", "inside") and self.chance(8)):
            conversion = self.pick(["!r", "!s", "!a"])
            return f"{{{name}{conversion}{self.pick(['', ':>20', ':<12.5', ':^9', ':é^30', ':.3', ':s'])}}}"
        if self.chance(2) or kind in ("any", "inside"):
            return f"{{{name}{self.pick(['', '', ':'])}}}"
        if kind == "text":
            zero = self.pick(["", "", "0"])
            width = self.width()
            return f"{{{name}:{self.align()}{zero if width else ''}{width}{self.precision()}{self.pick(['', 's'])}}}"
        if kind == "code":
            return f"{{{name}:{self.align() or self.pick(['', '='])}{self.width()}c}}"
        sign = self.pick(["", "+", "-", " "])
        align = self.align() or self.pick(["", "", "=", "*="])
        zero = self.pick(["", "", "0"])
        alternate = self.pick(["", "", "#"])
        precision = ""
        if kind == "integer":
            conversion = self.pick(["", "d", "x", "X", "o", "b", "n", "e", "E", "f", "F", "g", "G", "%"])
            grouping = self.pick(["", ",", "_"])
            if conversion in ("x", "X", "o", "b"):
                grouping = self.pick(["", "_"])
            if conversion and conversion in "eEfFgG%":
                precision = self.precision()
        else:
            conversion = self.pick(["", "e", "E", "f", "F", "g", "G", "n", "%"])
            grouping = self.pick(["", ",", "_"])
            precision = self.precision(12)
        if conversion == "n":
            grouping = ""
        spec = f"{align}{sign}{alternate}{zero}{self.width()}{grouping}{precision}{conversion}"
        return f"{{{name}:{spec}}}" if spec else f"{{{name}}}"

    # $

    def dollar(self):
        kinds = ["text", "text", "integer", "float", "code", "any", "inside"]
        _, name = self.field(kinds)
        return f"${{{name}}}" if self.chance(6) else f"${name}{self.pick([' ', '-', '.', '$$', ''])}"
