#!/usr/bin/env bash
# What a history of 1,000 migrations costs: `cargo check` after touching one of them, against the same crate without them.
#
#   benches/expansion.sh [MIGRATIONS] [ROUNDS] [FEATURE]      a feature more: verify-sqlite
#
# Every other migration makes a table of 8 columns with 2 indexes, the ones between add a column and an index.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
count=${1:-1000}
rounds=${2:-5}
feature=${3:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

crate() { # NAME WITH_MIGRATIONS
    mkdir -p "$folder/$1/src/migrations"
    cat >"$folder/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"
[dependencies]
migrate = { path = "$root", features = ["rusqlite", "tokio-postgres"${feature:+, \"$feature\"}] }
rusqlite = { version = "0.42", default-features = false, features = ["cache"] }
[workspace]
TOML
    if [ "$2" = yes ]; then
        printf 'mod migrations;\nfn main() { println!("{}", migrations::HISTORY.migrations().len()); }\n' >"$folder/$1/src/main.rs"
    else
        printf 'mod migrations;\nfn main() { println!("{}", migrations::COUNT); }\n' >"$folder/$1/src/main.rs"
    fi
}

crate with yes
crate without no
python3 - "$folder" "$count" "$root" <<'PY'
import sys
from pathlib import Path

folder, count = Path(sys.argv[1]), int(sys.argv[2])
sys.path.insert(0, f"{sys.argv[3]}/benches/peers")
import peers

history = folder / "with" / "src" / "migrations"
names = [f"m{i:04}_step" for i in range(count)]
for i, name in enumerate(names):
    (history / f"{name}.rs").write_text(peers.ours(peers.Migration(i, "step", ours=peers.step(i))))
listed = "".join(f"    {name},\n" for name in names)
(history / "mod.rs").write_text("migrate::history! {\n" + peers.ALLOWED + listed + "}\n")
(folder / "without" / "src" / "migrations" / "mod.rs").write_text(f"pub const COUNT: usize = {count};\n")
PY

export CARGO_TARGET_DIR="$folder/target"
check() { (cd "$folder/$1" && cargo check --quiet 2>&1); }
seconds() { # NAME FILE: the median of some rounds, in milliseconds
    for _ in $(seq "$rounds"); do
        touch "$folder/$1/src/migrations/$2"
        local from to
        from=$(date +%s%N)
        check "$1"
        to=$(date +%s%N)
        echo $(((to - from) / 1000000))
    done | sort -n | sed -n "$((rounds / 2 + 1))p"
}
check with
check without
with=$(seconds with "m$(printf %04d $((count / 2)))_step.rs")
without=$(seconds without mod.rs)
echo "cargo check after touching one of $count migrations: $with ms; the same crate without them: $without ms; difference: $((with - without)) ms"
