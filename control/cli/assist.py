"""switchboardctl assist …: Agent Assist's actions, and how many at a time."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

import typer

from control.cli import show
from control.cli.line import Line, value_of
from control.cli.orders import Deadline, DryRun, RequestId, Why, give
from control.cli.verbs import verb

Action = Annotated[
    str, typer.Argument(metavar="ACTION", help="knowledge_search, document_extraction or sentiment_analysis.")
]
Agent = Annotated[str, typer.Option("--agent", help="The agent's id.")]
Session = Annotated[str, typer.Option("--session", help="The agent's session id.")]
InteractionType = Annotated[str, typer.Option("--interaction-type", help="voice, chat …")]
Query = Annotated[str | None, typer.Option("--query", help="What a knowledge_search looks for.")]
Document = Annotated[str | None, typer.Option("--document", help="The id of the document to extract from.")]
Params = Annotated[list[str] | None, typer.Option("--param", metavar="NAME=JSON", help="Any parameter; repeatable.")]
Context = Annotated[
    list[str] | None, typer.Option("--context", metavar="NAME=TEXT", help="More of the context; repeatable.")
]
Correlation = Annotated[str | None, typer.Option("--correlation-id", help="A UUID 4; made where none is given.")]
Retries = Annotated[int | None, typer.Option("--max-retries", help="0 to 3.")]
Most = Annotated[int, typer.Argument(metavar="N", min=1, max=10_000, help="Actions at the same time.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["assist"]
    verb(
        noun,
        "trigger",
        'assist trigger knowledge_search --query "refund policy" --agent a7 --session s9',
        "assist trigger document_extraction --document d-1 --agent a7 --session s9 --dry-run",
    )(trigger)
    verb(noun, "limit", "assist limit 25")(limit)


def trigger(
    line: Line,
    action: Action,
    agent: Agent,
    session: Session,
    interaction_type: InteractionType = "voice",
    query: Query = None,
    document: Document = None,
    param: Params = None,
    context: Context = None,
    correlation_id: Correlation = None,
    max_retries: Retries = None,
    request_id: RequestId = None,
    deadline: Deadline = None,
    dry_run: DryRun = False,
    reason: Why = None,
) -> None:
    """Have one action carried out and wait for the engine's answer."""
    named = {name: value for name, value in (("query", query), ("documentId", document)) if value is not None}
    parameters = {name: value_of(text) for name, text in line.pairs("--param", param).items()}
    who = {"agentId": agent, "sessionId": session, "interactionType": interaction_type}
    give(
        line,
        "assist.trigger",
        action_type=action,
        parameter_matrix=parameters | named,
        execution_context=line.pairs("--context", context) | who,
        correlation_id=correlation_id or str(uuid4()),
        max_retries=max_retries,
        request_id=request_id,
        deadline_s=deadline,
        dry_run=dry_run or None,
        reason=reason,
    )


def limit(line: Line, most: Most) -> None:
    """Change how many actions may be with the engine at the same time, until the next start."""
    changed = line.call("assist.limit", max_in_flight=most)
    line.show(changed, _draw_limit)


def _draw_limit(answer: Mapping[str, Any]) -> None:
    most, now = answer["max_in_flight"], answer["limit"]
    adapts = f"; the adaptive limit, for the engine is slow or throttles, is {now} now" if now < most else ""
    show.done(f"{answer['before']} before, {most} from now on{adapts}")
