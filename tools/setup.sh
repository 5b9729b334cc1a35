# Set-up: a virtual environment in .venv that holds exactly what a lock names. Nothing goes online once it is there.

find_python() {
    old=''
    for python in python3.13 python3.12 python3.11 python3; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        old=$python
        if "$python" -c 'import venv, ensurepip' 2>/dev/null; then return 0; fi
    done
    [ -n "$old" ] ||
        fail "Seatgate needs Python 3.11 or newer. Install it, e.g.: sudo apt-get install python3 python3-venv"
    python=$old
    # Debian parts venv's pip from Python; the system's pip can stand in for it.
    "$python" -m pip --python "$(command -v "$python")" --version >/dev/null 2>&1 ||
        fail "Python cannot make a virtual environment here. Install what is missing: sudo apt-get install python3-venv"
}

any_python() {
    python=.venv/bin/python
    "$python" -c '' 2>/dev/null || find_python
}

# What the stamp .venv/set-up holds when all is done: Python's version and the hash of the locks.
key() {
    .venv/bin/python -I -c 'import hashlib, pathlib, sys
locks = b"".join(pathlib.Path(name).read_bytes() for name in sys.argv[1:])
print(*sys.version_info[:2], sys.argv[1], hashlib.sha256(locks).hexdigest())' "$lock" requirements/tool.lock 2>/dev/null
}

is_current() {
    # A place that has the test tools keeps them, so that `up` and `test` do not undo each other.
    lock=requirements/$1.lock
    [ ! -x .venv/bin/pytest ] || lock=requirements/dev.lock
    [ "$(cat .venv/set-up 2>/dev/null)" = "$(key || echo none)" ]
}

take_turn() {
    told=''
    until ln -s "$$" var/setup.lock 2>/dev/null; do
        owner=$(readlink var/setup.lock) || continue
        if ! kill -0 "$owner" 2>/dev/null; then
            rm -f var/setup.lock
            continue
        fi
        [ -n "$told" ] || say "Waiting for another ./dev that is setting up."
        told=yes
        pause 1
    done
    turn=taken
}

# Arguments: the sentence for a failure, the command.
logged() {
    sentence=$1
    shift
    run "$@" >var/setup.log 2>&1 ||
        fail "$sentence Check the network (details are in var/setup.log), then run ./dev again."
}

make_venv() {
    find_python
    say "Setting up (once): virtual environment"
    rm -rf .venv
    mkdir .venv
    # The stamp says "unfinished" until all is done: a first run that was cut short starts afresh.
    echo unfinished >.venv/set-up
    bare=''
    "$python" -c 'import ensurepip' 2>/dev/null || bare=--without-pip
    # shellcheck disable=SC2086
    logged "The virtual environment could not be made." "$python" -m venv $bare .venv
}

# requirements/tool.lock pins uv itself by hash: the tool that checks all other hashes must not come unchecked.
fetch_uv() {
    say "Setting up (once): uv, the installer"
    into=''
    python=.venv/bin/python
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        find_python
        into='--python .venv/bin/python'
    fi
    # shellcheck disable=SC2086
    logged "The installer could not be fetched." "$python" -m pip $into install -q --no-input --retries 2 --timeout 30 \
        --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/tool.lock
}

fill_venv() {
    echo unfinished >.venv/set-up
    fetch_uv
    say "Setting up (once): the libraries of $lock"
    python=.venv/bin/python
    logged "The libraries could not be installed." \
        "$python" -m uv pip sync -q --python "$python" --require-hashes --only-binary :all: "$lock"
    stamp=$(key)
    echo "$stamp" >.venv/set-up
}

check_folder() {
    mkdir -p var 2>/dev/null || fail "This folder cannot be written to. Run ./dev as its owner."
    [ -w var ] || fail "The folder var/ belongs to somebody else. Run ./dev as its owner, or remove var/."
    if [ ! -w "${HOME:-/nowhere}" ]; then
        mkdir -p var/home
        export HOME="$PWD/var/home"
    fi
}

# Argument: run (what Seatgate needs) or dev (the test tools too).
set_up() {
    check_folder
    if ! is_current "$1"; then
        take_turn
        if ! is_current "$1"; then
            if [ "$(cat .venv/set-up 2>/dev/null)" = unfinished ] || ! .venv/bin/python -c '' 2>/dev/null; then
                make_venv
                is_current "$1" || :
            fi
            fill_venv
        fi
        rm -f var/setup.lock
        turn=''
    fi
    python=.venv/bin/python
}

# The peer of `./dev bench` has an environment of its own, so that nothing of it comes into ours.
set_up_peer() {
    [ "$(cat var/peer/set-up 2>/dev/null)" != "$(cksum <requirements/bench.lock)" ] || return 0
    say "Setting up (once): the libraries that are measured beside ours"
    rm -rf var/peer
    logged "The environment could not be made." "$python" -m venv --without-pip var/peer
    logged "The libraries could not be installed." "$python" -m uv pip sync -q --python var/peer/bin/python \
        --require-hashes --only-binary :all: requirements/bench.lock
    cksum <requirements/bench.lock >var/peer/set-up
}
