"""The tools that are compared: a project of each with given migrations, built and run.

Comes in: migrations, each with its text for every tool. Goes out: a program. Projects are copies under `target/`, for
their migrations are written anew all the time; dependencies are built once for all of them.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The copies stand as deep as the originals, so that paths in their manifests hold.
COPIES = ROOT / "target" / "projects"
BUILT = ROOT / "target" / "peers"

# The order of columns in every table.
NAMES = ["sqlx", "refinery", "diesel", "sea-orm", "migrate"]
# The crate whose version is said.
CRATES = {
    "sqlx": "sqlx",
    "refinery": "refinery",
    "diesel": "diesel_migrations",
    "sea-orm": "sea-orm-migration",
    "rusqlite_migration": "rusqlite_migration",
}
# What the tools keep for themselves, with what a string of SQL needs around them.
OWN_TABLES = "('_sqlx_migrations', 'refinery_schema_history', '__diesel_schema_migrations', 'seaql_migrations', '_migrations')"


# The lints that measured histories would set off.
ALLOWED = "    #![allow(blocks_writes)]\n"


@dataclass
class Migration:
    """One migration in every tool's form."""

    number: int
    name: str
    up: str = ""
    down: str = ""
    sea_up: str = ""
    sea_down: str = ""
    ours: str = ""


SEA = """use sea_orm_migration::{{prelude::*, schema::*}};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {{
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{
{up}
    }}

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{
{down}
    }}
}}
"""


def indent(text, by):
    return "\n".join(" " * by + line if line.strip() else "" for line in text.strip("\n").split("\n"))


def step(i):
    """A history to measure with, in this project's language: every other migration makes a table of 8 columns with 2 indexes, the
    ones between add a column and an index."""
    table = f"table_{i // 2}"
    if i % 2:
        return f"""alter table {table} add column extra: text default "x";
create index {table}_extra_idx on {table} (extra);"""
    return f"""create table {table} {{
    id: integer primary key autoincrement,
    name: text(80),
    email: text null,
    age: integer(32) default 0,
    active: boolean default true,
    data: json default "{{}}",
    created_at: timestamp_ms,
    updated_at: timestamp_ms null,

    unique index {table}_email_idx (email),
    index {table}_name_idx (name, active),
}}"""


def ours(migration):
    """The text of a migration in this project's language."""
    return "migrate::migration! {\n" + indent(migration.ours, 4) + "\n}\n"


@dataclass
class Built:
    """What came of a build."""

    program: Path
    ok: bool
    said: str = field(default="")


def project(tool):
    """A copy of a tool's project without migrations."""
    copy = COPIES / tool
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(HERE / tool, copy)
    shutil.copy2(HERE / "program.rs", COPIES)
    return copy


def write(tool, copy, migrations, lock=None, options=""):
    """The migrations of a project, in place of those that are there; `options` are of this project's list."""
    folder = copy / "migrations"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    migrations = sorted(migrations, key=lambda m: m.number)
    for m in migrations:
        stem = f"{m.number:04}_{m.name}"
        if tool == "sqlx":
            (folder / f"{stem}.up.sql").write_text(m.up)
            (folder / f"{stem}.down.sql").write_text(m.down)
        elif tool == "refinery":
            (folder / f"V{m.number}__{m.name}.sql").write_text(m.up)
        elif tool in ("diesel", "rusqlite_migration"):
            own = folder / (stem if tool == "diesel" else f"{m.number:04}-{m.name}")
            own.mkdir()
            (own / "up.sql").write_text(m.up)
            (own / "down.sql").write_text(m.down)
        elif tool == "sea-orm":
            (folder / f"m{stem}.rs").write_text(SEA.format(up=indent(m.sea_up, 8), down=indent(m.sea_down, 8)))
        else:
            (folder / f"m{stem}.rs").write_text(ours(m))
    names = [f"m{m.number:04}_{m.name}" for m in migrations]
    if tool == "sea-orm":
        modules = "".join(f"mod {name};\n" for name in names)
        boxes = "".join(f"        Box::new({name}::Migration),\n" for name in names)
        (folder / "mod.rs").write_text(
            f"use sea_orm_migration::prelude::*;\n\n{modules}\npub fn all() -> Vec<Box<dyn MigrationTrait>> {{\n    vec![\n{boxes}    ]\n}}\n"
        )
    if tool == "migrate":
        listed = "".join(f"    {name},\n" for name in names)
        (folder / "mod.rs").write_text("migrate::history! {\n" + options + listed + "}\n")
        if lock:
            (folder / "migrations.lock").write_text(lock)
    # Whatever a tool tells cargo of its files, this one has changed.
    os.utime(copy / "src" / "main.rs")


def environment():
    found = dict(os.environ, CARGO_TARGET_DIR=str(BUILT), CARGO_INCREMENTAL="0", CARGO_TERM_COLOR="never", RUST_BACKTRACE="0")
    # The user's own database is none of ours.
    for name in ["DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE"]:
        found.pop(name, None)
    return found


def build(tool, copy, keep_as=None, release=False):
    """Builds the project; `keep_as` keeps the program under a name of its own."""
    command = ["cargo", "build", "--quiet", "--locked"] + (["--release"] if release else [])
    done = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, text=True)
    program = BUILT / ("release" if release else "debug") / f"peer-{tool}"
    if done.returncode == 0 and keep_as:
        kept = COPIES / keep_as
        shutil.copy2(program, kept)
        program = kept
    return Built(program, done.returncode == 0, done.stderr.replace(str(copy) + "/", ""))


def run(program, *words):
    """Runs a program: whether it worked, and what it said."""
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, env=environment())
    return done.returncode == 0, done.stdout, done.stderr.strip()


def version(tool, crate=None):
    """The version of the tool in its lock file."""
    if tool == "migrate" and crate is None:
        return re.search(r'(?m)^version = "(.*)"', (ROOT / "Cargo.toml").read_text()).group(1)
    lock = (HERE / tool / "Cargo.lock").read_text()
    return re.search(rf'name = "{crate or CRATES[tool]}"\nversion = "(.*)"', lock).group(1)
