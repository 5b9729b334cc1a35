# Checks: each prints one line when it passes, and its whole output when it does not.

failures=''

# A short folder of our own, removed at the end: the embedded PostgreSQL leaves a lock file in the shared temporary
# folder that a second user cannot open, and its socket's path may have 107 characters at most.
make_own() {
    own=$(mktemp -d /tmp/sg.XXXXXX)
    mkdir "$own/python_PostgresServer"
    export XDG_RUNTIME_DIR="$own" TMPDIR="$own"
}

check() {
    title=$1
    shift
    began=$(date +%s)
    if run "$@" >"$own/check.log" 2>&1; then
        say "ok      $title ($(($(date +%s) - began)) s)"
    else
        cat "$own/check.log" >&2
        say "FAILED  $title"
        failures="$failures, $title"
    fi
}

check_source() {
    check "ruff check" "$python" -m ruff check .
    check "ruff format" "$python" -m ruff format --check .
    check "mypy" "$python" -m mypy portal sso scim
    check "djlint" "$python" -m djlint --lint --quiet templates
}

# The tests' outcome must not hang on how somebody's shell is set up for `serve`.
forget_configuration() {
    for name in $(sed -n 's/^#*\([A-Z][A-Z_]*\)=.*/\1/p' .env.example); do unset "$name"; done
}

find_chromium() {
    [ -n "${CHROMIUM:-}" ] ||
        CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome || :)
    if [ -x "$CHROMIUM" ]; then
        export CHROMIUM
    elif [ "${CI:-}" = true ]; then
        fail "Chromium is missing, and with CI=true the browser tests must run: apt-get install chromium"
    else
        unset CHROMIUM
        say "skip    browser tests: no Chromium here (sudo apt-get install chromium, or set CHROMIUM to its path)"
    fi
}

# Two processes, unless the arguments choose for themselves or ask for a debugger.
run_tests() {
    case " $* " in
    *" -n"* | *" --numprocesses"* | *" --pdb "* | *" no:xdist "* | *" -pno:xdist "*) ;;
    *) set -- -n 2 "$@" ;;
    esac
    exec 3<&0
    "$python" -c "$wrapped" here "$python" -m pytest "$@" <&3 &
    tests=$!
    status=0
    wait "$tests" || status=$?
    tests=''
    [ "$status" -eq 0 ] || failures="$failures, pytest"
}

# What takes hours comes last. The tests inside are the plain ones, on SQLite.
check_long() {
    check "every rule broken on purpose" env -u SEATGATE_LONG -u SEATGATE_TEST_PG "$python" -m tests.mutation --least 85
    check "ten minutes of everything" env -u SEATGATE_LONG -u SEATGATE_TEST_PG "$python" -m bench.soak
}

sum_up() {
    [ -z "$failures" ] || fail "Failed: ${failures#, }"
    say "All checks passed."
}
