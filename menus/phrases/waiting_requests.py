"""A request to change or cancel a contract, for a reader whose own answer it does not wait for."""

from menus.translate import t

OFFICE_REQUEST_WAITS = t("{Office} asked all to change or cancel it. It waits for the others.")
CANCEL_REQUEST_WAITS = t("A party asked to cancel it. It waits for the others.")
SETTLE_REQUEST_WAITS = t("A party asked to settle the problem. It waits for the others.")
CHANGE_REQUEST_WAITS = t("A party asked to change it. It waits for the others.")
