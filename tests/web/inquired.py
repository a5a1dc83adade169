"""What the HTTP door's inquiries are answered, as values."""

from typing import Any

from web.metrics import SOURCES

STATUS: dict[str, Any] = {
    "state": "running",
    "degraded": [],
    "audio": {"state": "ready", "workers": 2, "ready": 1},
    "version": "9.9.9",
    "dialect": "tutorial",
    "uptime_s": 12.5,
    "counts": {
        "orders": {"open": 1, "succeeded": 5, "failed": 0, "refused": 0, "interrupted": 0},
        "sessions": {"open": 2, "lost": 0},
        "dead_letters": 3,
        "webhooks": {"waiting": 7, "dead": 2, "endpoints_disabled": 1},
    },
}
TOKEN: dict[str, Any] = {"state": "valid", "expires_in_s": 3600.0, "fetches": 4, "last_error": ""}
STREAMS: dict[str, Any] = {
    "live": 3,
    "protocols": {"media-api": 1, "audiohook": 2},
    "buffered": 7,
    "opened": 12,
    "closed": 9,
    "frames": 900,
    "gaps": 4,
    "repeats": 3,
    "malformed": 2,
    "dropped": 1,
    "lag_ms": {"max": 25.0, "mean": 5.0},
    "workers": [
        {
            "name": "media.1",
            "up": True,
            "calls": 3,
            "frames": 900,
            "refused": 5,
            "lost_events": 0,
            "faults": 0,
            "busy": 0.25,
        },
        {
            "name": "media.2",
            "up": False,
            "calls": 0,
            "frames": 0,
            "refused": 0,
            "lost_events": 0,
            "faults": 0,
            "busy": 0.0,
        },
    ],
}
ASSIST: dict[str, Any] = {
    "name": "assist",
    "facts": {"max_in_flight": 5, "tenant_limit": 50, "in_flight": 4, "waiting": 2, "adaptive": {"decreases": 6}},
}
WEBHOOKS: dict[str, Any] = {"name": "webhooks", "facts": {"under_way": 3, "in_hand": 9, "delivered": 50, "retried": 2}}
BUDGET: dict[str, Any] = {
    "allowed": 300,
    "used": 7,
    "queue": {"login": 0, "steer": 2},
    "circuits": {"conversation": "closed", "injection": "open"},
}
MAILBOX = {"depth": 1, "high_water": 9, "capacity": 10_000}
TREE: dict[str, Any] = {
    "name": "root",
    "state": "running",
    "restarts": 0,
    "mailbox": MAILBOX,
    "children": [{"name": "barge", "state": "running", "restarts": 2, "mailbox": MAILBOX}],
}
MEASURED: dict[str, Any] = {
    "since": None,
    "kinds": {
        "barge": {
            "total": 8,
            "succeeded": 5,
            "failed": 1,
            "refused": 1,
            "interrupted": 0,
            "latency_ms": {"mean": 40.0, "p50": 30.0, "p99": 120.0},
        },
        "transfer": {
            "total": 0,
            **dict.fromkeys(("succeeded", "failed", "refused", "interrupted"), 0),
            "latency_ms": {"mean": None, "p50": None, "p99": None},
        },
    },
}
DOOR = {"connections": 4, "requests": 9, "orders_waited_for": 1, "complaints": {"slow": 2}}
ANSWERS = dict(zip(SOURCES, (STATUS, TREE, MEASURED, TOKEN, BUDGET, STREAMS, ASSIST, WEBHOOKS), strict=True))
