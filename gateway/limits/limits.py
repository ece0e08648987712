"""The limits of one process, as requests find them."""

from gateway.limits.table import (
    API_REQUESTS,
    CALLBACKS,
    CHECKS,
    CHECKS_OF_REFERENCE,
    PUBLIC_FILES,
    of_machines,
    verify_requests,
)  # fmt: skip
from gateway.limits.use_counter import UseCounter
from gateway.limits.wrong_credentials import WrongCredentials


class Limits:
    """`verify`: requests to /verify by address, `public_files`: to /log, /verifier and /docs. `api_requests`: by API
    key. `callbacks`: by provider. `checks` and `checks_of_reference`: of short codes, by msisdn or address, and by
    reference. `wrong`: keys and tokens of strangers."""

    def __init__(self, *, verify_per_minute: int, proxy_hops: int, is_production: bool) -> None:
        self.verify = UseCounter(verify_requests(verify_per_minute))
        self.public_files = UseCounter(PUBLIC_FILES)
        self.api_requests = UseCounter(of_machines(API_REQUESTS, is_production=is_production))
        self.callbacks = UseCounter(of_machines(CALLBACKS, is_production=is_production))
        self.checks = UseCounter(CHECKS)
        self.checks_of_reference = UseCounter(CHECKS_OF_REFERENCE)
        self.wrong = WrongCredentials(proxy_hops)
