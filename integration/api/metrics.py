"""What the API tells of its requests: how many, with which status, how long they took, how many are under way."""

import time

from prometheus_client import Counter, Gauge, Histogram

# Labels whose values a client can't choose: the route's pattern and not its path, a known method or "other". An alert
# on errors needs the status, and finding out where they come from needs the other two.
requests_total = Counter(
    "http_requests_total", "Requests that were answered.", ["method", "route", "status"]
)
# 0.2 is a bound because the target is one: the share of requests within 200 ms is then exact, no interpolation.
response_time = Histogram(
    "http_response_time_seconds",
    "Time from a request to the end of its answer.",
    ["method", "route"],
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10],
)
in_flight = Gauge("http_requests_in_flight", "Requests under way.")

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestMetrics:
    """A middleware that counts each request, also one whose handler raises or whose client leaves.

    It stands below the ASGI server and above all else, so that it sees the status which the client sees. `report` is
    called with each request's method, route, status and seconds.
    """

    def __init__(self, app, report):
        self.app = app
        self.report = report

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        # What the client gets when the application raises before it answers.
        status = 500

        async def watch(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with in_flight.track_inprogress():
            try:
                await self.app(scope, receive, watch)
            finally:
                seconds = time.perf_counter() - begin
                method = scope["method"] if scope["method"] in METHODS else "other"
                # Set by the router on its way; a path that nobody has is "none" and not itself.
                route = getattr(scope.get("route"), "path", "none")
                requests_total.labels(method, route, str(status)).inc()
                response_time.labels(method, route).observe(seconds)
                self.report(method, route, status, seconds)
