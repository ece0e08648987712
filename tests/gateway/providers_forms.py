"""A form of each route that Africa's Talking posts to."""

# What stands in every form below and must not come back in an answer.
MSISDN, TYPED = "+254712345678", "typed-by-a-person"
FORMS = {
    "ussd": {
        "phoneNumber": MSISDN, "serviceCode": "*483#", "text": "", "sessionId": "ATUid_1", "networkCode": "63902",
    },
    "ussd/events": {
        "phoneNumber": MSISDN, "serviceCode": "*483#", "sessionId": "ATUid_1", "networkCode": "63902",
        "status": "Success", "cost": "0.00", "durationInMillis": "192", "hopsCount": "1", "input": TYPED,
        "date": "2026-10-09 12:17:37", "lastAppResponse": "END Bye", "errorMessage": "", "hopsMetadata": "",
    },
    "sms": {
        "from": MSISDN, "to": "22483", "text": TYPED, "id": "mo-1", "date": "2026-10-09T12:17:37Z", "linkId": "",
        "networkCode": "63902",
    },
    "sms/reports": {
        "id": "ATXid_1", "status": "Failed", "phoneNumber": MSISDN, "networkCode": "63902",
        "failureReason": "UserInBlackList", "retryCount": "0",
    },
}  # fmt: skip
