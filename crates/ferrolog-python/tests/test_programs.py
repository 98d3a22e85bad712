"""Programs from PyPI, unmodified, under ``python`` and under ``python -m ferrolog``: their logs are the same,
line for line but for what is another in each run."""

import http.server
import os
import re
import subprocess
import sys
import threading

import pytest

SPIDER = """
import scrapy

class Spider(scrapy.Spider):
    name = "shop"
    custom_settings = {"CONCURRENT_REQUESTS": 1, "ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False}

    def start_requests(self):
        yield scrapy.Request(self.address)

    async def start(self):
        yield scrapy.Request(self.address)

    def parse(self, response):
        self.logger.info("%d bytes of %s", len(response.body), response.url)
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.fail if "2" in link else self.parse)

    def fail(self, response):
        yield {"title": response.css("h1::text").get()}
        raise ValueError("a page that the spider cannot read")
"""


class Site(http.server.BaseHTTPRequestHandler):
    """Pages with links, one of which is broken, and a storage with one bucket."""

    PAGES = {
        "/robots.txt": "User-agent: *\nDisallow: /secret\n",
        "/": "<a href=/1>1</a><a href=/2>2</a><a href=/none>3</a><a href=/secret>4</a>",
        "/1": "<h1>1</h1>",
        "/2": "<h1>2</h1><p>\xe9</p>",
        "/storage": "<ListAllMyBucketsResult><Buckets><Bucket><Name>fruit</Name></Bucket></Buckets>"
                    "</ListAllMyBucketsResult>",
    }

    def do_GET(self):
        body = self.PAGES.get(self.path, "nothing here").encode()
        self.send_response(200 if self.path in self.PAGES else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return "today"

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("localhost", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def same(tmp_path):
    """Runs a program both ways and returns its log (standard error or a file) if it is the same."""

    def run(*args, log=None, status=0):
        plain, ours = (once(how, args, log, status) for how in ([], ["-m", "ferrolog"]))
        assert ours == plain
        return plain

    def once(how, args, log, status):
        # Its own settings and caches are in the folder, and sets of texts have one order.
        environment = {**os.environ, "HOME": str(tmp_path), "PYTHONHASHSEED": "0"}
        result = subprocess.run(
            [sys.executable, *how, "-m", *args], cwd=tmp_path, env=environment, text=True, timeout=300,
            capture_output=True,
        )
        assert result.returncode == status, result.stdout + result.stderr
        text = result.stderr
        if log is not None:
            text = (tmp_path / log).read_text()
            (tmp_path / log).unlink()
        return without_what_varies(text).splitlines()

    return run


def without_what_varies(text):
    for pattern, instead in (
        (r"datetime\.datetime\([^)]*\)", "DATETIME"),
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d([,.]\d+)?", "TIME"),
        (r"((?:elapsed_time_seconds|memusage/\w+)': )[\d.]+", r"\1N"),
        (r"0x[0-9a-f]+", "0x"),
        # Random ones: a request's identity, a job's with its port, and names of folders.
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"\bport \d+ \(job [\w-]+\)", "port N (job N)"),
        (r"(/pip-[a-z-]+-)\w{8}\b", r"\1N"),
    ):
        text = re.sub(pattern, instead, text)
    return text


def test_a_crawler(site, same, tmp_path):
    (tmp_path / "spider.py").write_text(SPIDER)
    log = same(
        "scrapy", "runspider", "spider.py", "-a", f"address={site}/", "-s",
        "LOG_FORMAT=%(asctime)s [%(name)s] %(levelname)s: %(message)s (%(filename)s:%(lineno)d)",
    )
    who = set(re.findall(r"^TIME \[([\w.]+)\] ", "\n".join(log), re.M))
    assert who >= {"scrapy.core.engine", "scrapy.core.scraper", "asyncio", "shop"}
    assert "ValueError: a page that the spider cannot read" in log


def test_a_client(site, same):
    log = same(
        "awscli", "--debug", "--no-sign-request", "--region", "us-east-1",
        "--endpoint-url", f"{site}/storage", "s3api", "list-buckets", "--output", "text",
    )
    who = set(re.findall(r"^TIME - MainThread - ([\w.]+) - ", "\n".join(log), re.M))
    assert who >= {"awscli.clidriver", "botocore.endpoint", "botocore.parsers", "urllib3.connectionpool"}


def test_an_installer(site, same):
    log = same(
        "pip", "-vvv", "--isolated", "--disable-pip-version-check", "--log", "pip.log", "download",
        "--no-cache-dir", "--retries", "0", "--index-url", f"{site}/simple", "nothing",
        log="pip.log", status=1,
    )
    # Its own words, those of urllib3, and a traceback.
    for part in "Looking in indexes", '"GET /simple/nothing/ HTTP/1.1" 404', "DistributionNotFound":
        assert any(part in line for line in log)
