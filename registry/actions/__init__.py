"""The verbs. One function a verb, one transaction: load, check permission, check guard, change, record, enqueue."""
