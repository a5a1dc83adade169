"""The tables of the journal, in SQL that SQLite and PostgreSQL share. Changed only together with a migration.

Their indexes are in `storage.indexes`.
"""

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, MetaData, Table, Text, text

HEAD = "0004"  # the newest revision in migrations/versions; a test holds the two together

# As literals, in queries too: with a parameter no database can tell that the partial index will do.
STILL_OPEN = text("status = 'accepted'")
PENDING = text("state = 'pending'")
DUE = text("state = 'pending' AND due_at_s IS NOT NULL")
DEAD = text("state = 'dead'")
DELIVERED = text("state = 'delivered'")

metadata = MetaData()

commands = Table(
    "commands",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),  # audit.seq
    Column("request_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("effect_id", Text, nullable=False),
    Column("peer", Text, nullable=False),  # JSON
    Column("body", Text, nullable=False),  # the whole order as JSON: what a restart needs to go on
    Column("steps", Text, nullable=False),  # JSON list
    Column("status", Text, nullable=False),
    Column("accepted_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("latency_ms", Float),
    Column("outcome", Text),  # JSON
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("record", Text, nullable=False),  # canonical JSON; the columns before it only repeat it for searching
    Column("hash", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),  # the order of one URL and subject
    Column("request_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),  # pending, delivered, dead
    Column("due_at_s", Float),  # epoch; none while it waits behind an older one of its URL and subject
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("url", Text, primary_key=True),  # every one that was ever in the outbox
    Column("cause", Text, nullable=False),  # why it is disabled: operator, 410; empty where it is not
    Column("changed_at", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Text, nullable=False),  # JSON
)

# What has begun and not ended: as many rows as are live now. Nobody's in particular, as open commands are not: one
# gateway has the store to itself, see storage/claim.
lasting = Table(
    "lasting",
    metadata,
    Column("lasting_id", Text, primary_key=True),
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),  # audit.seq
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("data", Text, nullable=False),  # JSON
    Column("begun_at", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", Float, nullable=False),  # epoch
)
