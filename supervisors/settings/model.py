"""Every setting there is, with its default. Pure: where values come from is `supervisors.configuration`'s business."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import AliasChoices, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from rules.addresses import allowed
from supervisors.settings import addresses, groups, media_groups
from supervisors.settings.groups import Group
from supervisors.settings.values import (
    GenesysUrl,
    Listen,
    MediaKeys,
    RegionName,
    Services,
    SocketPath,
    StoreUrl,
    StreamUrl,
    WebUrl,
)

PREFIX = "SWITCHBOARD_"
DELIMITER = "__"
SYSTEM_DATA_DIR = Path("/var/lib/switchboard")


def _http_listen(known: Mapping[str, Any]) -> str:
    return f"127.0.0.1:{known.get('port') or 8080}"


def _control_socket(known: Mapping[str, Any]) -> Path:
    return Path(known.get("data_dir", SYSTEM_DATA_DIR)) / "control.sock"


class Settings(Group):
    """All settings; a group's limits are an attribute of it, e.g. `settings.transfers.max_fps`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(populate_by_name=True, validate_default=True)

    genesys_client_id: str = Field(
        default="",
        validation_alias=AliasChoices("GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
        description="The OAuth client (grant: client credentials).",
    )
    genesys_client_secret: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
        description="The OAuth client's secret.",
    )
    genesys_org_region: RegionName = Field(
        default="",
        validation_alias=AliasChoices("GENESYS_ORG_REGION", "GENESYSCLOUD_REGION"),
        description="The organisation's region: its id, its AWS name or its domain, e.g. `mypurecloud.ie`.",
    )
    genesys_dialect: Literal["tutorial", "platform"] = Field(
        default="tutorial",
        validation_alias=AliasChoices("GENESYS_DIALECT"),
        description="Which interface of Genesys is spoken.",
    )
    genesys_api_url: GenesysUrl = Field(
        default="", validation_alias=AliasChoices("GENESYS_API_URL"), description="Instead of the region's, for calls."
    )
    genesys_login_url: GenesysUrl = Field(
        default="",
        validation_alias=AliasChoices("GENESYS_LOGIN_URL"),
        description="Instead of the region's, for tokens.",
    )
    genesys_streaming_url: StreamUrl = Field(
        default="",
        validation_alias=AliasChoices("GENESYS_STREAMING_URL"),
        description="Instead of the region's, for WebSockets.",
    )

    data_dir: Path = Field(
        default=SYSTEM_DATA_DIR,
        description="Directory of the journal and the control socket.",
        json_schema_extra={
            "default": "the service manager's `$STATE_DIRECTORY`; `/var/lib/switchboard` for root; else "
            "`$XDG_STATE_HOME/switchboard` or `~/.local/state/switchboard`"
        },
    )
    store_url: StoreUrl = Field(
        default=SecretStr(""),
        description="The journal's database; its password is never shown. A server has 5 s to answer, or as many as "
        "`connect_timeout` in the URL says.",
        json_schema_extra={"default": "the file `journal.db` in the data directory"},
    )
    control_socket: SocketPath = Field(
        default_factory=_control_socket,
        description="The operators' Unix socket.",
        json_schema_extra={"default": "`<data_dir>/control.sock`"},
    )
    one_core: Literal["off", "on"] = Field(
        default="on",
        description="Whether the gateway keeps to one core, the one that others need least. Its threads share one "
        "interpreter: on several cores they wait for each other. Audio workers run on all.",
    )
    port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        validation_alias=AliasChoices("PORT"),
        description="Only the port of `http_listen`, where that is not set.",
    )
    http_listen: Listen = Field(
        default_factory=_http_listen,
        description="Where HTTP is served.",
        json_schema_extra={"default": "`127.0.0.1:8080`, or with the port of `PORT`"},
    )
    media_listen: Listen = Field(default="127.0.0.1:8081", description="Where calls' audio arrives.")
    media_keys: MediaKeys = Field(
        default=SecretStr(""),
        description="Who may send audio; with a secret, AudioHook's requests have to be signed. Without any, loopback "
        "only. Taken with a reload while calls go on.",
    )

    urls: groups.Urls = groups.Urls()
    media_server_webhook: WebUrl = Field(
        default="",
        validation_alias=AliasChoices("MEDIA_SERVER_WEBHOOK"),
        description="Is told of each transfer that succeeded.",
    )
    crm_webhook_url: WebUrl = Field(
        default="",
        validation_alias=AliasChoices("CRM_WEBHOOK_URL"),
        description="Is told of Agent Assist's actions: initiated, then completed or failed.",
    )
    qa_webhook_url: WebUrl = Field(
        default="",
        validation_alias=AliasChoices("QA_WEBHOOK_URL"),
        description="Is told by Genesys of barges that have ended; registered there once.",
    )
    cdn_base_url: WebUrl = Field(
        default="",
        validation_alias=AliasChoices("CDN_BASE_URL"),
        description="Where prompts' audio files are: `{base}/{language}/{tier}/{prompt}.{codec}`.",
    )
    transcription_grpc_addr: Services = Field(
        default=(),
        validation_alias=AliasChoices("TRANSCRIPTION_GRPC_ADDR"),
        description="The transcription service. Calls' audio is taken only where it is set.",
    )

    transfers: groups.Transfers = groups.Transfers()
    rest: groups.Rest = groups.Rest()
    sessions: groups.Sessions = groups.Sessions()
    breaker: groups.Breaker = groups.Breaker()
    token: groups.Token = groups.Token()
    tls: groups.Tls = groups.Tls()
    control: groups.Control = groups.Control()
    audio: groups.Audio = groups.Audio()
    playback: groups.Playback = groups.Playback()
    barge: groups.Barge = groups.Barge()
    http: groups.Http = groups.Http()
    webhooks: groups.Webhooks = groups.Webhooks()
    drain: groups.Drain = groups.Drain()
    log: groups.Log = groups.Log()
    assist: groups.Assist = groups.Assist()
    media: media_groups.Media = media_groups.Media()
    audiohook: media_groups.AudioHook = media_groups.AudioHook()
    transcription: media_groups.Transcription = media_groups.Transcription()
    language: media_groups.Language = media_groups.Language()

    @field_validator("media_server_webhook", "crm_webhook_url", "qa_webhook_url", "cdn_base_url")
    @classmethod
    def _allowed(cls, url: str, info: ValidationInfo) -> str:
        if not url or "urls" not in info.data:  # which is then a problem of its own
            return url
        return addresses.web_url(url, allowed(",".join(info.data["urls"].allow)))

    @field_validator("media_listen")
    @classmethod
    def _apart(cls, listen: str, info: ValidationInfo) -> str:
        if listen == info.data.get("http_listen") and addresses.split_listen(listen)[1] != 0:
            raise ValueError(f"{listen} is already where HTTP is served")
        return listen
