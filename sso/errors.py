"""What can be wrong with what an identity provider sends us.

    Exception
    ├── NotGenuine        a SAML response we do not believe: a stable `code`, and a `detail` for the team's sign-in log
    └── ValueError
        └── BadMetadata   metadata or a certificate nobody can use: a sentence the person who pasted it can act on

The codes of NotGenuine are the keys of SENTENCES below, in the order in which the checks run. The browser is never
shown one: it gets the same neutral page whatever was wrong (spec rule 21), so that nobody learns how to forge better.
"""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

_FOUND_LIMIT: Final = 200

SENTENCES: Final = {
    # Is it readable at all (guard.decode and guard.scan)?
    "not_base64": _later("The message is not valid base64."),
    "too_large": _later("The message is larger than allowed."),
    "not_utf8": _later("The message is not in UTF-8."),
    "nul_byte": _later("The message holds a NUL byte."),
    "not_xml": _later("The message is not well-formed XML."),
    "doctype": _later("The message holds a document type declaration."),
    "comment": _later("The message holds an XML comment."),
    "processing_instruction": _later("The message holds a processing instruction."),
    "too_many_elements": _later("The message holds too many elements."),
    "too_many_attributes": _later("An element of the message holds too many attributes."),
    "too_deep": _later("The message is nested too deeply."),
    # Is it one response with one assertion (guard.inspect)?
    "not_a_response": _later("The message is not a SAML 2.0 response."),
    "status_not_success": _later("The identity provider refused the sign-in."),
    "assertion_missing": _later("The response holds no assertion."),
    "several_assertions": _later("The response holds more than one assertion."),
    "assertion_misplaced": _later("An assertion stands where none belongs."),
    "several_responses": _later("A response stands inside the response."),
    "xml_id": _later("The message marks an element by xml:id."),
    "duplicate_id": _later("Two elements of the message carry the same ID."),
    "id_missing": _later("A response or assertion carries no ID."),
    "value_too_long": _later("A value is longer than allowed."),
    # Is the signature built as SAML asks (guard.inspect)?
    "forbidden_element": _later("The message holds an element that a signed SAML response must not hold."),
    "signature_missing": _later("The element that must be signed is not signed."),
    "signature_misplaced": _later("A signature stands where none belongs."),
    "several_signatures": _later("One element carries more than one signature."),
    "signature_malformed": _later("A signature is not built as XML Signature asks."),
    "several_references": _later("A signature covers more than one element."),
    "reference_empty": _later("A signature does not name the element it covers."),
    "reference_not_parent": _later("A signature covers another element than the one it stands in."),
    "canonicalization_not_allowed": _later("A signature uses a canonicalization that is not allowed."),
    "transform_not_allowed": _later("A signature uses a transform that is not allowed."),
    "algorithm_not_allowed": _later("A signature uses an algorithm that is not allowed."),
    "digest_not_allowed": _later("A signature uses a digest that is not allowed."),
    "sha1_not_allowed": _later("A signature uses SHA-1. Choose SHA-256 at the identity provider."),
    # Can it be opened (decryption.opened)?
    "no_decryption_key": _later(
        "The assertion is encrypted, and we have no key. Generate the SP certificate and upload it "
        "at the identity provider."
    ),
    "encryption_malformed": _later("The encrypted assertion is not built as XML Encryption asks."),
    "encryption_not_allowed": _later(
        "The assertion is encrypted by an algorithm that is not allowed. Choose AES and RSA-OAEP "
        "at the identity provider."
    ),
    "decryption_failed": _later(
        "None of our keys opens the assertion. Upload the SP certificate at the identity provider anew."
    ),
    "assertion_not_encrypted": _later("The connection wants encrypted assertions, and this one is not."),
    # Did the identity provider sign it (saml.read)?
    "no_certificate": _later("The connection has no usable certificate of the identity provider."),
    "signature_invalid": _later(
        "The signature does not fit the content, or another key than the connection's made it."
    ),
    "unreadable": _later("The SAML library could not read the message."),
    "schema_invalid": _later("The message does not follow the SAML 2.0 schema."),
    # Is it meant for us, now (saml.read)?
    "wrong_version": _later("The message is not of SAML version 2.0."),
    "wrong_issuer": _later("The issuer is not the connection's identity provider."),
    "bad_time": _later("A time cannot be read."),
    "issue_instant_old": _later("The message was issued too long ago."),
    "issue_instant_future": _later("The message was issued in the future. Check the clocks."),
    "wrong_destination": _later("The response was sent to another address."),
    "destination_missing": _later("A signed response names no Destination."),
    "conditions_missing": _later("The assertion holds no Conditions."),
    "unknown_condition": _later("The assertion holds a condition we do not know."),
    "not_yet_valid": _later("The assertion is not valid yet. Check the clocks."),
    "expired": _later("The assertion has expired."),
    "audience_missing": _later("The assertion names no audience."),
    "wrong_audience": _later("The assertion is meant for another service provider."),
    "no_bearer_confirmation": _later("The assertion holds no bearer confirmation."),
    "several_bearer_confirmations": _later("The assertion holds more than one bearer confirmation."),
    "confirmation_not_before": _later("The bearer confirmation carries NotBefore, which SAML forbids."),
    "confirmation_without_end": _later("The bearer confirmation carries no NotOnOrAfter."),
    "confirmation_expired": _later("The bearer confirmation has expired."),
    "recipient_missing": _later("The bearer confirmation names no Recipient."),
    "wrong_recipient": _later("The assertion is meant for another address."),
    "in_response_to_mismatch": _later("The response and its assertion answer different requests."),
    "authn_statement_missing": _later("The assertion does not say that somebody signed in."),
    "several_authn_statements": _later("The assertion holds more than one sign-in."),
    "session_expired": _later("The session at the identity provider has already ended."),
    # Whom does it name (saml.read)?
    "encrypted_name_id": _later("The NameID is encrypted. Turn NameID encryption off at the identity provider."),
    "name_id_missing": _later("The assertion holds no NameID."),
    "name_id_empty": _later("The NameID is empty."),
    "transient_name_id": _later(
        "The NameID is transient. Choose e-mail address or persistent at the identity provider."
    ),
    "wrong_name_qualifier": _later("The NameID was made for another service provider."),
    "encrypted_attribute": _later("An attribute is encrypted. Turn attribute encryption off at the identity provider."),
    "repeated_attribute": _later("An attribute is sent twice. Send its values in one attribute, or allow repeats."),
    # Is it a logout message (redirect.receive and logout)?
    "query_ambiguous": _later("The address must hold one SAML message, and each parameter once."),
    "logout_not_signed": _later("The logout message is not signed."),
    "not_deflated": _later("The message of the address is not deflated as SAML asks."),
    "not_a_logout": _later("The message is neither a logout request nor an answer to one."),
    "logout_expired": _later("The logout request has expired."),
    "logout_unasked": _later("The logout response answers a request we did not make, or one that is too old."),
    # Did we ask for it, and is this the first time (memory)?
    "not_on": _later("Single sign-on is off for this team."),
    "post_malformed": _later("The POST must hold SAMLResponse exactly once."),
    "request_unknown": _later("The response answers a request we did not make, or one that is too old."),
    "request_used": _later("The request was answered already."),
    "replayed": _later("This assertion was received before."),
    "other_browser": _later("The sign-in came back in another browser than the one that began it."),
    "ticket_ended": _later("The sign-in was finished already, or took too long."),
    "other_subject": _later("Somebody else came back than the person who had to confirm themself."),
    "not_fresh": _later("The identity provider did not ask the person to sign in again."),
}


class NotGenuine(Exception):
    """A SAML response that must not be believed, with a stable reason code and a sentence for the sign-in log."""

    def __init__(self, code: str, *, found: object = None, expected: object = None) -> None:
        self.code = code
        # The message, where the one who raised it was handed one.
        self.message = ""
        self.detail = " ".join(_parts(str(SENTENCES[code]), found, expected))
        super().__init__(f"{code}: {self.detail}")


class BadMetadata(ValueError):
    """Metadata or a certificate that cannot be used; `choices` lists the entity ids when one must be picked."""

    def __init__(self, sentence: str, choices: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.choices = tuple(choices)


def require(holds: object, code: str, *, found: object = None, expected: object = None) -> None:
    """Raise NotGenuine with this code unless `holds` is true."""
    if not holds:
        raise NotGenuine(code, found=found, expected=expected)


def _parts(sentence: str, found: object, expected: object) -> list[str]:
    parts = [sentence]
    if found is not None:
        parts.append(_("Found: %(value)s.") % {"value": _quoted(found)})
    if expected is not None:
        parts.append(_("Expected: %(value)s.") % {"value": _quoted(expected)})
    return parts


def _quoted(value: object) -> str:
    # What was found is the sender's text, proven or not: one printable line, and never a flood of it.
    printable = "".join(letter if letter.isprintable() else "�" for letter in str(value))
    return f"“{printable[:_FOUND_LIMIT]}…”" if len(printable) > _FOUND_LIMIT else f"“{printable}”"
