/* Schemas that the account routes share in their documentation. */
#ifndef API_ACCOUNT_SCHEMA_H
#define API_ACCOUNT_SCHEMA_H

/* clang-format off */
#define EMAIL "\"email\":{\"type\":\"string\",\"maxLength\":254}"
#define WORD(name) "\"" name "\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":256}"
#define BODY(required, properties) "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required "],\"properties\":{" properties "}}"
#define SIGNED_IN "{\"type\":\"object\",\"required\":[\"user\",\"csrf_token\"],\"properties\":{\"user\":{\"$ref\":\"#/components/schemas/User\"},\"csrf_token\":{\"type\":\"string\"}}}"
#define SUCCESS "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"success\"}}}"
/* clang-format on */

#endif
