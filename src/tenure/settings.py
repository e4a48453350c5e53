"""What a company chooses about its workspace: tenure.yml, every entry with its default and help in two languages."""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tenure import clock, money
from tenure.errors import UsageError

__all__ = ["FILE", "Settings"]

FILE = "tenure.yml"


def _entry(default: Any, english: str, chinese: str) -> Any:
    return field(default=default, metadata={"en": english, "zh": chinese})


@dataclass(frozen=True)
class Settings:
    """The workspace's choices. Raises UsageError with the entry's name when a value cannot be used."""

    company: str = _entry(
        "My company", "Name of the company, shown on pages and in messages.", "公司名称，显示在页面和消息中。"
    )
    company_zh: str = _entry(
        "", "Name of the company in Chinese; empty means the same name.", "公司的中文名称；留空则与公司名称相同。"
    )
    zone: str = _entry(
        "UTC", "Time zone in which days begin, such as Asia/Shanghai.", "以哪个时区划分日期，如 Asia/Shanghai。"
    )
    currency: str = _entry("USD", "Currency of amounts that name none.", "未注明币种的金额按此币种计。")
    language: str = _entry(
        "en",
        "Language of pages and messages when a person has chosen none: en or zh-hans.",
        "个人未选择语言时，页面和消息所用的语言：en 或 zh-hans。",
    )
    template: str = _entry("ecommerce", "Industry the workspace was started for.", "新建工作区时选用的行业。")
    lifecycle: str = _entry("growth", "Lifecycle that the board opens with.", "打开看板时显示的生命周期。")
    clock: str = _entry(
        "",
        "Fixed instant for a workspace of historical data; empty means real time.",
        "把这一时刻当作现在，用于历史数据的工作区；留空则按真实时间。",
    )
    database: str = _entry(
        "",
        "PostgreSQL address for promises; empty means SQLite files in the workspace.",
        "存放承诺类数据的 PostgreSQL 地址；留空则用工作区内的 SQLite 文件。",
    )
    address: str = _entry(
        "http://localhost:8765", "Address at which people reach this installation.", "访问本系统的地址。"
    )
    sender_name: str = _entry(
        "", "Name that messages come from; empty means the company's.", "消息的发件人名称；留空则用公司名称。"
    )
    sender_email: str = _entry("", "E-mail address that messages come from.", "消息的发件邮箱。")
    postal_address: str = _entry("", "Postal address printed under marketing e-mail.", "印在营销邮件末尾的邮寄地址。")
    memory_limit: str = _entry(
        "4GB",
        "Most memory the computations of one process may take together.",
        "一个进程的全部计算合计最多占用的内存。",
    )
    threads: int = _entry(
        0,
        "Processor cores the computations of one process may use; 0 means all.",
        "一个进程的计算可用的处理器核心数；0 表示全部。",
    )
    engine: str = _entry(
        "duckdb",
        "Where everybody's features, stages and histories are computed: duckdb or spark.",
        "全体客户的特征、阶段和历史由谁计算：duckdb 或 spark。",
    )
    spark: str = _entry(
        "local[*]",
        "Where Spark is: spark://host:7077, local[*], or sc://host:15002 (Spark Connect).",
        "Spark 的位置：spark://host:7077、local[*] 或 sc://host:15002（Spark Connect）。",
    )
    storage: str = _entry(
        "",
        "Object store for facts, s3://bucket/folder; empty means the workspace's folder.",
        "存放事实数据的对象存储，写作 s3://bucket/folder；留空则存放在工作区文件夹。",
    )
    storage_endpoint: str = _entry(
        "",
        "Address of an S3-compatible server; empty means Amazon's own.",
        "S3 兼容服务的地址；留空则用 Amazon 自己的服务。",
    )
    storage_region: str = _entry("us-east-1", "Region of the object store.", "对象存储所在的区域。")
    duplicate_days: int = _entry(
        30, "Days for which a repeated message id is recognised.", "在多少天内识别重复的消息编号。"
    )
    body_limit: int = _entry(
        4 * 1024 * 1024,
        "Largest body of a tracking request, in bytes, also once unpacked.",
        "一次事件请求的正文最多多少字节，解压后也按此限。",
    )
    inbox_depth: int = _entry(
        50_000,
        "Requests that may wait to be loaded before more are told to come back later.",
        "最多有多少个请求排队等待载入，超出的会被告知稍后再来。",
    )
    personal_fields: tuple[str, ...] = _entry(
        (), "Further property names that hold personal data.", "另有哪些属性名存放个人信息。"
    )

    def __post_init__(self) -> None:
        clock.Clock(self.zone, self.clock or None)
        money.check_currency(self.currency)
        if self.language not in ("en", "zh-hans"):
            raise UsageError(f'{FILE}: language "{self.language}" is not known. Use en or zh-hans.')
        if self.engine not in ("duckdb", "spark"):
            raise UsageError(f'{FILE}: engine "{self.engine}" is not known. Use duckdb or spark.')
        if self.storage and not self.storage.startswith("s3://"):
            raise UsageError(f"{FILE}: storage must be an s3:// address, or empty for the workspace's own folder.")
        if self.storage and self.engine == "spark":
            raise UsageError(f"{FILE}: engine spark reads a folder that all its machines share, not yet storage s3://.")
        if self.database and not self.database.startswith(("postgres://", "postgresql://")):
            raise UsageError(f"{FILE}: database must be a postgresql:// address, or empty for SQLite.")

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read tenure.yml; an unknown entry is an error that lists the known ones."""
        path = folder / FILE
        if not path.is_file():
            raise UsageError(f"{folder} is not a Tenure workspace. Make one with: tenure init {folder}")
        try:
            found = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
        except yaml.YAMLError as error:
            raise UsageError(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}.") from error
        if not isinstance(found, dict):
            raise UsageError(f"{path} must be a list of `name: value` lines.")
        known = {entry.name: entry for entry in fields(cls)}
        for name in found:
            if name not in known:
                raise UsageError(f'{path}: unknown entry "{name}". Known: {", ".join(known)}.')
        database = os.environ.get("TENURE_DATABASE_URL")
        if database is not None:
            found["database"] = database
        return cls(**{name: _cast(name, value, getattr(cls, name, None)) for name, value in found.items()})

    def save(self, folder: Path) -> None:
        """Write tenure.yml in one step, with each entry's help beside it, in the workspace's language."""
        language = "zh" if self.language.startswith("zh") else "en"
        chosen = asdict(self)
        if os.environ.get("TENURE_DATABASE_URL"):
            chosen["database"] = ""
        lines = []
        for entry in fields(self):
            lines.append(f"# {entry.metadata[language]}\n{_written(entry.name, chosen[entry.name])}")
        path = folder / FILE
        new = path.with_suffix(f".{secrets.token_hex(4)}")
        new.write_text("\n".join(lines), "utf-8")
        os.replace(new, path)

    def company_in(self, language: str) -> str:
        """The company's name as readers of this language know it."""
        return (self.company_zh if language.startswith("zh") else "") or self.company

    def changed(self, **choices: Any) -> Settings:
        """The same settings with some entries chosen anew, checked."""
        return replace(self, **choices)


@lru_cache
def _written(name: str, value: str | int | tuple[str, ...]) -> str:
    """An entry as YAML. Most are what they always are, and each takes a millisecond to write."""
    shown = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump({name: shown}, allow_unicode=True, default_flow_style=False, width=1000)


def _cast(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(str(item) for item in value or ())
    if isinstance(default, int):
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise UsageError(f'{FILE}: {name} must be a whole number, not "{value}".') from error
    return "" if value is None else str(value)
