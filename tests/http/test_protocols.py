"""HTTP/1.1 and HTTP/2 over TLS: the same answers, errors and conditions; what is refused."""
import json
import tempfile

from scenario import Server, check, done

server = Server()
key = ("-H", "X-API-Key: " + server.key)

for version in ("--http1.1", "--http2"):
    code, headers, body = server.curl("/health", version)
    check(version + " health", code == 200 and json.loads(body)["status"] == "ok", body)
    check(version + " security headers", headers.get("x-content-type-options") == "nosniff"
          and "strict-transport-security" in headers and "x-request-id" in headers, headers)
    code, headers, body = server.curl("/api/dashboard/keys", version, *key)
    check(version + " key is let in", code == 200 and "keys" in json.loads(body), body)
    check(version + " limits are shown", "x-ratelimit-remaining" in headers, headers)
    tag = headers.get("etag", "none")
    code, headers, body = server.curl("/api/dashboard/keys", version, *key,
                                      "-H", "If-None-Match: " + tag)
    check(version + " unchanged is 304", code == 304 and body == b"", (code, body))
    code, headers, body = server.curl("/v1/dashboard/keys", version)
    check(version + " no key is 401",
          code == 401 and json.loads(body)["error"] == "Missing API key"
          and headers.get("www-authenticate", "").startswith('Bearer realm="sleuth"'), body)
    code, headers, body = server.curl("/api/dashboard/keys", version, "-H", "X-API-Key: junk")
    check(version + " a bad key is 401",
          code == 401 and json.loads(body)["error"] == "Invalid API key", body)
    code, headers, body = server.curl("/nowhere", version, "-H", "Accept-Language: zh")
    check(version + " 404 in Chinese", code == 404 and headers.get("content-language") == "zh"
          and json.loads(body)["code"] == "not_found"
          and "does not exist" not in body.decode(), body)
    code, headers, body = server.curl("/health", version, "-X", "PUT")
    check(version + " 405 with Allow", code == 405 and headers.get("allow") == "GET, HEAD, OPTIONS",
          headers)
    code, headers, body = server.curl("/health", version, "-I")
    check(version + " HEAD has no body", code == 200 and body == b""
          and int(headers.get("content-length", 0)) > 0, headers)
    code, headers, body = server.curl("/nowhere", version, "-H",
                                      "Accept: application/problem+json")
    check(version + " problem+json",
          headers.get("content-type") == "application/problem+json", headers)
    code, headers, body = server.curl("/health", version, "-H", "X-Request-Id: my-id.1")
    check(version + " keeps a good request id", headers.get("x-request-id") == "my-id.1", headers)

    with tempfile.NamedTemporaryFile() as big:
        big.truncate((16 << 20) + 1)
        code, headers, body = server.curl("/api/dashboard/keys", version, *key, "-X", "POST",
                                          "--data-binary", "@" + big.name)
        check(version + " above 16 MiB is 413 in JSON",
              code == 413 and json.loads(body)["error"] == "File too large", (code, body))

code, headers, body = server.curl("/readyz?verbose")
check("ready, with reasons", code == 200 and json.loads(body)["checks"]["storage"] == "ok", body)
code, headers, body = server.curl("/metrics")
check("metrics count by route", code == 200 and b'route="/health",method="GET",code="200"' in body)
code, headers, body = server.curl("/api/info")
check("info lists the endpoints", any(e["path"] == "/api/dashboard/keys"
                                      for e in json.loads(body)["endpoints"]), body)

check("lives in a directory of its own", len(server.left_behind()) == 1, server.left_behind())

code, seconds = server.stop()
check("ends by itself", code == 0 and seconds < 5, (code, seconds))
check("nothing is left behind", not server.left_behind(), server.left_behind())
check("nothing was logged as an error", "level=error" not in server.errors, server.errors)
done()
