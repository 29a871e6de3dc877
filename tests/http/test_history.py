"""/api/analyses over a real connection: reports, comparison, links, filters, cache."""
import json

from installed import Installed
from scenario import check, done

A, B, PRO = "a@example.com", "b@example.com", "pro@example.com"
server = Installed({A: "business", B: "business", PRO: "pro"}, config="[share]\nenabled = true\n")
LOG = "time_period,algorithm,performance,constraint_compute\n" + "".join(
    "%d,model-%d,0.%d,%d\n" % (t, m, 500 + (t * 7 + m * 3) % 100, 100 + t % 3)
    for t in range(20) for m in range(3))


def detect(user=A, **options):
    status, headers, body = server.call("POST", "/api/detect", user,
                                        {"csv_data": LOG, "draws": 199, **options})
    answer = json.loads(body)
    check("analysed", status == 200, answer)
    return answer, int(headers["sleuth-analyses-counted"])


one, counted = detect(label="spring")
check("counted once", counted == 1)
two, _ = detect(label="strict", alpha=0.01)
path = "/api/analyses/" + one["id"]

# --- reports ---
for ending, kind, text in (("html", "text/html", b"<!doctype html>"), ("md", "text/markdown", b"#"),
                           ("csv", "text/csv", b","), ("json", "application/json", b'"seal"')):
    status, headers, body = server.call("GET", "%s/report.%s" % (path, ending), A)
    check("report." + ending, status == 200 and headers["content-type"].startswith(kind) and
          text in body.lower(), (status, headers, body[:200]))
    status, _, _ = server.call("GET", "%s/report.%s" % (path, ending), B)
    check("not for another tenant", status == 404, status)
html = server.call("GET", path + "/report.html", A)
check("the page has the policy of its style", "style-src 'sha256-" in
      html[1]["content-security-policy"], html[1])
direct = server.call("POST", "/api/detect?format=html", A,
                     {"csv_data": LOG, "draws": 199, "label": "spring"})
check("it is the page that the analysis gives", direct[0] == 200 and len(direct[2]) > 5000 and
      abs(len(direct[2]) - len(html[2])) < 200, (direct[0], len(direct[2]), len(html[2])))

# --- comparison ---
ids = "%s,%s" % (one["id"], two["id"])
status, answer = server.json("GET", "/api/analyses/compare?ids=" + ids, A)
check("two analyses are compared", status == 200 and answer["same_input"] and
      not answer["same_settings"] and {"field": "options.alpha", "a": 0.05, "b": 0.01} in
      answer["settings"], answer)
for name, kind in (("md", "text/markdown"), ("html", "text/html")):
    status, headers, body = server.call("GET", "/api/analyses/compare?format=%s&ids=%s" % (name, ids),
                                        A)
    check("also as " + name, status == 200 and headers["content-type"].startswith(kind) and
          b"options.alpha" in body, (status, body[:200]))
for wrong, expected in (("", 400), (one["id"], 400), (ids + ",x", 400), (one["id"] + ",ana_x", 404)):
    status, answer = server.json("GET", "/api/analyses/compare?ids=" + wrong, A)
    check("ids '%s'" % wrong, status == expected, answer)
check("not another tenant's", server.json("GET", "/api/analyses/compare?ids=" + ids, B)[0] == 404)

# --- filters ---
for query, count in (("label=spring", 1), ("from=2020-01-01", 2), ("to=2020-01-01", 0),
                     ("from=2020-01-01&to=2999-01-01T00:00:00Z", 2)):
    status, answer = server.json("GET", "/api/analyses?" + query, A)
    found = [row["id"] for row in answer["analyses"] if row["id"] in (one["id"], two["id"])]
    check("filter " + query, len(found) == count, answer)
check("no date", server.json("GET", "/api/analyses?from=spring", A)[0] == 400)

# --- links ---
other, _ = detect(PRO)
status, answer = server.json("POST", "/api/analyses/%s/share" % other["id"], PRO, {})
check("links need plan business", (status, answer["code"]) == (403, "plan_required"), answer)
status, answer = server.json("POST", path + "/share", A, {"expires_in": 60})
check("a link is made", status == 201 and "/shared/" in answer["url"], answer)
link = "/shared/" + answer["url"].split("/shared/")[1]
status, headers, body = server.call("GET", link)
check("it shows the report without credentials", status == 200 and body == html[2] and
      headers["cache-control"] == "no-store" and "noindex" in headers["x-robots-tag"], headers)
status, answer = server.json("POST", path + "/share", A, {"expires_in": 60})
fresh = "/shared/" + answer["url"].split("/shared/")[1]
check("a new link replaces it", server.call("GET", link)[0] == 404 and
      server.call("GET", fresh)[0] == 200)
check("a forged one shows nothing", server.call("GET", fresh[:-1] + "x")[0] == 404)
check("another tenant cannot revoke it", server.call("DELETE", path + "/share", B)[0] == 404)
check("it is revoked", server.call("DELETE", path + "/share", A)[0] == 204 and
      server.call("GET", fresh)[0] == 404)
check("a time too long is refused",
      server.json("POST", path + "/share", A, {"expires_in": 99999999})[0] == 400)
status, answer = server.json("POST", path + "/share", A, {})
link = "/shared/" + answer["url"].split("/shared/")[1]

# --- cache ---
again, counted = detect(label="spring")
check("the same again comes from the cache", again["from_cache"] and counted == 0)
again, counted = detect(label="spring", use_cache=False)
check("computed again, it is not counted again", not again["from_cache"] and counted == 0, counted)
check("deleted", server.call("DELETE", path, A)[0] == 204)
check("its link ends with it", server.call("GET", link)[0] == 404)
again, counted = detect(label="spring")
check("its cached answer as well, but not that it was counted",
      not again["from_cache"] and counted == 0, (again["id"], counted))
detect(B)
status, answer = server.json("POST", "/api/cache/clear", A)
check("own entries are cleared", status == 200 and answer["status"] == "success" and
      answer["cleared"] >= 2, answer)
again, counted = detect(B)
check("and no others", again["from_cache"] and counted == 0)
status, answer = server.json("POST", "/api/cache/clear?scope=all", A)
check("everybody's only by an administrator", (status, answer["code"]) == (403, "role_required"), answer)
check("ends in time", server.stop() == 0)
check("the database is in order",
      '"ok":true' in server.cli("db", "check", "-o", "json").replace(" ", ""))
done()
