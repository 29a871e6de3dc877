"""Requests made from /openapi.json: values from schemas, and a checker of what comes back.

A small JSON Schema validator for the words that our document uses; an unknown word is an error of
the test, so that nothing passes unseen."""
import random
import re

WORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "$ref",
         "allOf", "anyOf", "oneOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
         "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "description",
         "title", "default", "example", "examples", "contentMediaType", "contentEncoding",
         "deprecated", "readOnly", "writeOnly", "uniqueItems", "propertyNames", "maxProperties"}
TEXTS = ["", "a", "x" * 300, "测试 🌷", "' OR 1=1 --", "../../etc/passwd", "=1+1", "\u0000", "\u202e",
         "<script>alert(1)</script>", "%00", "null", "0", "-1", "1e999", "2026-11-01", "tulip brick"]
NUMBERS = [0, 1, -1, 2, 3.5, 200, 201, 2**31, 2**53, 2**53 + 1, 1e15, 1e300, -1e300, 0.1]


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def has_type(value, wanted):
    wanted = wanted if isinstance(wanted, list) else [wanted]
    kind = type_of(value)
    whole = kind == "number" and float(value).is_integer()
    return kind in wanted or (whole and "integer" in wanted)


class Document:
    def __init__(self, document, seed):
        self.document = document
        self.random = random.Random(seed)

    def resolve(self, schema):
        for _ in range(20):
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            node = self.document
            for part in schema["$ref"].lstrip("#/").split("/"):
                node = node[part]
            schema = node
        raise ValueError("a $ref goes in circles")

    def operations(self):
        """(method, path, operation) of every route."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method.upper(), path, operation

    # --- what comes back

    def problems(self, value, schema, at="body"):
        """Sentences about what does not fit."""
        if schema is True or schema == {}:
            return []
        schema = self.resolve(schema)
        unknown = set(schema) - WORDS
        if unknown:
            raise ValueError("the validator does not know " + ", ".join(sorted(unknown)))
        found = []
        if "type" in schema and not has_type(value, schema["type"]):
            return [f"{at}: {type_of(value)} is not {schema['type']}"]
        if "const" in schema and value != schema["const"]:
            found.append(f"{at}: {value!r} is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{at}: {value!r} is none of {schema['enum']}")
        for part in schema.get("allOf", []):
            found += self.problems(value, part, at)
        for word in ("anyOf", "oneOf"):
            fits = [not self.problems(value, part, at) for part in schema.get(word, [])]
            if fits and not any(fits):
                found.append(f"{at}: fits nothing of {word}")
        if isinstance(value, dict):
            found += self.object_problems(value, schema, at)
        elif isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value[:50]):
                found += self.problems(item, schema["items"], f"{at}[{i}]")
        elif isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 40):
                found.append(f"{at}: {len(value)} characters")
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append(f"{at}: {value!r} does not match {schema['pattern']}")
            if schema.get("format") == "date-time" and not re.match(
                    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value):
                found.append(f"{at}: {value!r} is no time")
        elif type_of(value) == "number":
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{at}: {value} is out of range")
        return found

    def object_problems(self, value, schema, at):
        found = [f"{at}: '{name}' is missing" for name in schema.get("required", [])
                 if name not in value]
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        for name, member in value.items():
            if name in known:
                found += self.problems(member, known[name], f"{at}.{name}")
            elif rest is False:
                found.append(f"{at}: '{name}' is not documented")
            elif isinstance(rest, dict):
                found += self.problems(member, rest, f"{at}.{name}")
        return found

    # --- what is sent

    def anything(self, depth=0):
        pick = self.random.random()
        if pick < 0.4 or depth > 2:
            return self.random.choice(TEXTS)
        if pick < 0.7:
            return self.random.choice(NUMBERS)
        if pick < 0.8:
            return self.random.choice([None, True, False])
        if pick < 0.9:
            return [self.anything(depth + 1) for _ in range(self.random.randrange(3))]
        return {self.random.choice(["a", "id", "user_id"]): self.anything(depth + 1)}

    def value(self, schema, spoil=0.1):
        """Mostly what the schema allows; with probability `spoil` anything at all."""
        if self.random.random() < spoil or schema is True:
            return self.anything()
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        for word in ("allOf", "anyOf", "oneOf"):
            if schema.get(word):
                return self.value(self.random.choice(schema[word]), spoil)
        kind = schema.get("type", "object" if "properties" in schema else None)
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        return self.of_kind(kind, schema, spoil)

    def of_kind(self, kind, schema, spoil):
        if kind == "object":
            return self.an_object(schema, spoil)
        if kind == "array":
            return [self.value(schema.get("items", True), spoil)
                    for _ in range(self.random.randrange(4))]
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", -5), schema.get("maximum", 1000)
            edge = [low, high, low - 1, high + 1]
            return self.random.choice(edge + [self.random.randint(int(low), int(min(high, 10**6)))])
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "null":
            return None
        if kind == "string":
            text = self.random.choice(TEXTS + ["a@example.com", "pro", "2026-11-20"])
            return text[:schema.get("maxLength", 400) + (self.random.random() < 0.1)]
        return self.anything()

    def an_object(self, schema, spoil):
        body = {}
        for name, member in schema.get("properties", {}).items():
            wanted = name in schema.get("required", [])
            if self.random.random() < (0.95 if wanted else 0.5):
                body[name] = self.value(member, spoil)
        if self.random.random() < 0.08:
            body[self.random.choice(["id", "user_id", "role", "rev", "extra"])] = self.anything()
        return body
