"""POST /api/analyze-csv: a deterministic profile, upstream's errors, counted once."""
from installed import Installed
from scenario import check, done

A, FREE = "a@example.com", "free@example.com"
server = Installed({A: "pro", FREE: "free"})
CSV = "performance,copy,when,constraint_x\n" + "".join(
    "0.%d,%d,2026-01-%02d,%s\n" % (100 + i, i, 1 + i % 28, "" if i == 3 else i % 4) for i in range(60))


def ask(body, user=A, query="", kind="text/csv", **headers):
    status, got, answer = server.call("POST", "/api/analyze-csv" + query, user, body,
                                      {"Content-Type": kind, **headers})
    import json
    return status, got, json.loads(answer)


status, headers, one = ask(CSV)
check("profiled", status == 200 and one["provider"] == "sleuth" and one["isMock"] is False and
      headers["sleuth-analyses-counted"] == "1", one)
check("the leak is named", any("'copy'" in text for text in one["biasDetectionInsights"]), one)
check("the missing value as well", any("1 of 60" in text for text in one["dataQualityInsights"]), one)
check("columns have types", [c["type"] for c in one["columns"]] ==
      ["number", "integer", "time", "integer"], one["columns"])
status, headers, two = ask(CSV, kind="text/plain", **{"X-Gemini-API-Key": "secret"})
check("the same again, and not counted again", two == one and
      headers["sleuth-analyses-counted"] == "0", headers)
status, _, zh = ask(CSV, **{"Accept-Language": "zh"})
check("in Chinese", "缺失" in " ".join(zh["dataQualityInsights"]) and
      [f["code"] for f in zh["findings"]] == [f["code"] for f in one["findings"]], zh)
status, headers, mock = ask("", query="?demo=1")
check("a demo says that it is one", status == 200 and mock["isMock"] is True and
      headers["sleuth-analyses-counted"] == "0", mock)
status, _, answer = ask("")
check("nothing is refused in upstream's words", (status, answer["error"], answer["details"]) ==
      (400, "Empty CSV content", "Request body must contain CSV data"), answer)
status, _, answer = ask("a,b\n1,2,3\n")
check("what is no CSV", (status, answer["code"]) == (400, "csv_parse"), answer)
status, _, answer = ask("<a/>", kind="application/xml")
check("another type", status == 415, answer)
status, _, answer = ask("{}", kind="application/json")
check("an object names a file", status == 400 and "file_id" in answer["details"], answer)
status, _, file = server.call("POST", "/api/files?name=a.csv", A, CSV, {"Content-Type": "text/csv"})
file = __import__("json").loads(file)
status, headers, answer = ask('{"file_id":"%s"}' % file["id"], kind="application/json")
check("a file gives the same, and is not counted again", status == 200 and answer == one and
      headers["sleuth-analyses-counted"] == "0", answer)
status, _, answer = ask('{"file_id":"fil_x"}', kind="application/json")
check("a file that is not there", (status, answer["code"]) == (404, "file_not_found"), answer)
status, _, answer = ask(CSV, FREE)
check("plan pro", (status, answer["code"]) == (403, "plan_required"), answer)
status, _, answer = ask("x\n" + "1\n" * 7000000)
check("the largest body is answered", status in (200, 422), answer if status != 200 else status)
check("in bounded memory", server.memory()[0] < 600, server.memory())
check("ends in time", server.stop() == 0)
done()
