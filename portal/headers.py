"""What browsers are told of every answer, besides what Django itself says."""

from csp.constants import NONCE, NONE, SELF

# The policy of pages: nothing written into a page runs, nothing comes from elsewhere, nobody frames it.
PAGES = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        # Bootstrap's form controls draw their marks from data: images.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# What the browser middleware would have put on an answer, for whoever opens one in a browser all the same: nothing in
# it is a page, may be framed, guessed at or kept.
MACHINES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
