"""Signatures, as Standard Webhooks has them: their own library takes what we sign."""

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.webhooks.signing import new_secret, signed_headers

BODY = b'{"id":"1"}'


def test_the_example_of_the_specification() -> None:
    """https://github.com/standard-webhooks/standard-webhooks: the secret, id, time and body of its reference tests."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - theirs
    headers = signed_headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_of_two_secrets_takes_it_and_no_third() -> None:
    secrets = [new_secret(), new_secret()]
    headers = signed_headers(secrets, "evt_1", int(time.time()), BODY)
    for secret in secrets:
        assert Webhook(secret).verify(BODY, headers) == {"id": "1"}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


@pytest.mark.parametrize("altered", ["body", "webhook-id", "webhook-timestamp"])
def test_nothing_that_is_signed_can_be_altered(altered: str) -> None:
    secret, now = new_secret(), int(time.time())
    headers, body = signed_headers([secret], "evt_1", now, BODY), BODY
    if altered == "body":
        body = b'{"id":"2"}'
    else:
        headers[altered] = "evt_2" if altered == "webhook-id" else str(now - 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
