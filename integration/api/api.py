#!/usr/bin/env python3
"""A small API with metrics and structured logs, to be probed from outside and scraped from inside.

    api.py PORT [LOGFILE]    serves it on 127.0.0.1:PORT

Routes: / (quick), /slow?seconds=0.3, /error?status=500&share=1, /crash, POST /login, /account, /health, /metrics.
"""

import asyncio
import random
import secrets
import sys
import time
from collections import OrderedDict
from typing import Annotated

import logs
import structlog
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Query, Request, Response
from metrics import RequestMetrics
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, Field

logger = structlog.get_logger()
app = FastAPI(title="Example API")

# Who may log in. An example's only user; a real API has its users elsewhere, with hashes of their passwords.
USER, PASSWORD = "demo", "demo-secret"
# Tokens that were given out: the newest thousand, each for a minute.
TOKENS_MAX, TOKEN_SECONDS = 1000, 60
tokens: OrderedDict[str, float] = OrderedDict()


class Login(BaseModel):
    user: str = Field(max_length=100)
    password: str = Field(max_length=100)


@app.get("/")
async def quick():
    return {"status": "ok"}


@app.get("/slow")
async def slow(seconds: Annotated[float, Query(ge=0, le=10)] = 0.3):
    await asyncio.sleep(seconds)
    return {"waited": seconds}


@app.get("/error")
async def error(
    status: Annotated[int, Query(ge=400, le=599)] = 500, share: Annotated[float, Query(ge=0, le=1)] = 1
):
    """Fails for that share of its requests."""
    if random.random() < share:
        raise HTTPException(status, "as asked for")
    return {"status": "ok"}


@app.get("/crash")
async def crash():
    raise RuntimeError("nobody catches this")


@app.post("/login")
async def login(body: Login):
    known = secrets.compare_digest(body.user.encode(), USER.encode())
    right = secrets.compare_digest(body.password.encode(), PASSWORD.encode())
    if not (known and right):
        # What was sent as a user may be a password in the wrong field, so it is not logged.
        logger.warning("user_action", action="login", status="failure")
        raise HTTPException(401, "wrong user or password")
    token = secrets.token_urlsafe(24)
    tokens[token] = time.monotonic() + TOKEN_SECONDS
    while len(tokens) > TOKENS_MAX:
        tokens.popitem(last=False)
    logger.info("user_action", user_id=body.user, action="login", status="success")
    return {"token": token, "expires_in": TOKEN_SECONDS}


@app.get("/account")
async def account(authorization: Annotated[str, Header()] = ""):
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or tokens.get(token, 0) < time.monotonic():
        raise HTTPException(401, "log in first", {"WWW-Authenticate": "Bearer"})
    return {"user": USER, "orders": 3}


@app.get("/health")
async def health():
    return {"status": "healthy"}


@app.get("/metrics", include_in_schema=False)
async def metrics(request: Request):
    encoder, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encoder(REGISTRY), headers={"Content-Type": content_type})


def report(method, route, status, seconds):
    # Scrapes and health checks would be most of the log.
    if route in ("/metrics", "/health") and status < 400:
        return
    log = logger.error if status >= 500 else logger.info
    log(
        "request",
        **{
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            # Nanoseconds, as the schema has it.
            "event.duration": int(seconds * 1e9),
        },
    )


measured = RequestMetrics(app, report)

if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__.strip())
    logs.set_up(*sys.argv[2:])
    uvicorn.run(measured, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
