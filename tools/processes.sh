# Processes: started in sessions of their own, watched together, and gone within 10 seconds of Ctrl-C, TERM or HUP.

parts='' child='' nap='' tests='' asked='' turn='' own=''

# The terminal's Ctrl-C passes a session of its own by: granian hangs when it and its workers get one at once, while
# one TERM to the parent ends it. The shell makes background processes deaf to Ctrl-C; SIG_DFL undoes that.
wrapped='import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
if sys.argv[1] == "apart":
    os.setsid()
os.execvp(sys.argv[2], sys.argv[2:])'

pause() {
    sleep "$1" &
    nap=$!
    wait "$nap" || :
    nap=''
}

# A signal would wait for a foreground command to end, but it cuts `wait` short: so even steps run in the background.
run() {
    "$python" -c "$wrapped" apart "$@" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=''
    return "$status"
}

# With parts running, being told to stop is a good end: systemd and make would take 143 for a failure.
start() {
    trap 'exit 0' INT TERM HUP
    name=$1
    shift
    "$python" -c "$wrapped" apart "$python" "$@" &
    parts="$parts $name=$!"
    echo "$$" >var/running
}

check_parts() {
    for part in $parts; do
        kill -0 "${part#*=}" 2>/dev/null ||
            fail "The ${part%%=*} stopped by itself (its last lines are above). Stopping the rest."
    done
}

watch_parts() {
    while :; do
        check_parts
        pause 1
    done
}

# Arguments: port, path, seconds. Proxies named by the environment are passed by.
await_answer() {
    tries=$(($3 * 3))
    until "$python" -I -c 'import http.client, sys
try:
    line = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=3)
    line.request("GET", sys.argv[2])
    sys.exit(line.getresponse().status >= 400)
except (OSError, http.client.HTTPException):
    sys.exit(1)' "$1" "$2"; do
        check_parts
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "Port $1 did not answer $2 within $3 seconds (see the lines above). Stopping."
        pause 0.3
    done
}

# Arguments: NAME=PORT, where NAME is what a person sets to choose another port.
check_ports() {
    any_python
    "$python" -I - "$@" <<'PORTS' || exit 1
import errno
import socket
import sys

held = []
for name, text in (word.split("=", 1) for word in sys.argv[1:]):
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"{name} must be a port number from 1 to 65535, not {text!r}.")
    # A browser tries localhost as ::1 first, so a stranger there would answer in our place.
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            held.append(socket.socket(family))
            held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held[-1].bind((address, int(text)))
            held[-1].listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(f"Port {text} is taken. Stop what uses it, or choose another one with {name}.")
            if family == socket.AF_INET:
                sys.exit(f"Port {text} cannot be used ({error.strerror}). Choose another one with {name}.")
PORTS
}

any_left() {
    for pid in "$@"; do
        if kill -s 0 -- "-$pid" 2>/dev/null; then return 0; fi
    done
    return 1
}

end_sessions() {
    pids=$child
    for part in $parts; do pids="$pids ${part#*=}"; done
    [ -n "$pids" ] || return 0
    for pid in $pids; do kill -TERM "$pid" 2>/dev/null || :; done
    tries=30
    # shellcheck disable=SC2086
    while any_left $pids && [ "$tries" -gt 0 ]; do
        sleep 0.2
        tries=$((tries - 1))
    done
    for pid in $pids; do kill -s KILL -- "-$pid" 2>/dev/null || :; done
}

# pytest shares our terminal (--pdb), so a Ctrl-C has reached it already; any other end is passed on as Ctrl-C.
end_tests() {
    [ -n "$tests" ] || return 0
    [ "$asked" = INT ] || kill -INT "$tests" 2>/dev/null || :
    tries=40
    while kill -0 "$tests" 2>/dev/null && [ "$tries" -gt 0 ]; do
        sleep 0.2
        tries=$((tries - 1))
    done
    kill -KILL "$tests" 2>/dev/null || :
}

# A test run cut short may leave its PostgreSQL behind; the first line of postmaster.pid is its number.
empty_own() {
    find "$own" -name postmaster.pid -exec head -n 1 {} \; 2>/dev/null | while read -r pid; do
        kill -QUIT "$pid" 2>/dev/null || :
    done
    rm -rf "$own" 2>/dev/null || { sleep 1 && rm -rf "$own"; }
}

clean() {
    trap '' INT TERM HUP
    [ -z "$nap" ] || kill "$nap" 2>/dev/null || :
    end_sessions
    end_tests
    [ -z "$own" ] || empty_own
    [ -z "$turn" ] || rm -f var/setup.lock
    [ -z "$parts" ] || rm -f var/running
}

trap 'asked=INT; exit 130' INT
trap 'asked=TERM; exit 143' TERM
trap 'asked=HUP; exit 129' HUP
trap clean EXIT
