"""Logs as one JSON object a line, with the names of the Elastic Common Schema: Filebeat takes them as they are."""

import logging
import sys

import structlog


def with_ecs_names(_logger, _method, event):
    """structlog's names to the schema's."""
    event["log.level"] = event.pop("level")
    event["message"] = event.pop("event")
    if "exception" in event:
        event["error.stack_trace"] = event.pop("exception")
    event["service.name"] = "api"
    return event


def set_up(path=None):
    """All that is logged, by us and by libraries, goes to the file at `path`, or to standard output."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.FileHandler(path) if path else logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                with_ecs_names,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
