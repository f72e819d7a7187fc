#!/usr/bin/env python3
"""Writes a first draft of an operation's file from its service model; see script/new-op."""
import re
import subprocess
import sys
from pathlib import Path

import models

OPS = Path(__file__).resolve().parent.parent / "src/api/ops"
TYPES = {"string": "std::string", "character": "std::string", "boolean": "bool", "integer": "int64_t", "long": "int64_t", "float": "double",
         "double": "double", "timestamp": "protocol::Timestamp", "blob": "protocol::Blob"}
ENUMERATORS = {"s3control": "kS3Control", "cloudtrail": "kCloudTrail"}
SCOPES = {"service": "kService", "bucket": "kBucket", "object": "kObject"}
MAKERS = {"label": "path", "query": "query", "header": "header", "prefix_header": "prefix_headers", "payload": "payload", "body": "body"}
DOCUMENTS = {"s3": "AmazonS3/latest/API/API_{}.html", "s3control": "AmazonS3/latest/API/API_control_{}.html",
             "kms": "kms/latest/APIReference/API_{}.html", "iam": "IAM/latest/APIReference/API_{}.html", "sts": "STS/latest/APIReference/API_{}.html",
             "organizations": "organizations/latest/APIReference/API_{}.html", "cloudtrail": "awscloudtrail/latest/APIReference/API_{}.html"}


KEYWORDS = {"and", "or", "not", "default", "delete", "new", "operator", "protected", "public", "private", "class", "continue", "export", "namespace"}


def snake(name):
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return word + "_value" if word in KEYWORDS else word


class Draft:
    """One operation's text, with the structures that its shapes need."""

    def __init__(self, service, operation):
        self.service, self.operation, self.structs = service, operation, {}

    def type_of(self, shape):
        if shape.type_name == "structure":
            self.struct(shape)
            return shape.name
        if shape.type_name == "list":
            return f"std::vector<{self.type_of(shape.member)}>"
        if shape.type_name == "map":
            return "std::map<std::string, std::string>"
        return TYPES[shape.type_name]

    def member_type(self, field):
        kind = self.type_of(field["shape"])
        plain = field["required"] or field["shape"].type_name in ("list", "map")
        return kind if plain else f"std::optional<{kind}>"

    def struct(self, shape):
        if shape.name in self.structs:
            return
        self.structs[shape.name] = ""
        fields = models.fields(shape)
        lines = [f"struct {shape.name} {{"] + self.members(fields, "  ")
        lines += ["  static constexpr auto shape() {", f"    return fields({self.makers(shape.name, fields, 18)});", "  }", "};", ""]
        self.structs[shape.name] = self.structs.pop(shape.name) or "\n".join(lines)

    def members(self, fields, indent):
        return [f"{indent}{self.member_type(field)} {snake(field['member'])};" for field in fields]

    def options(self, field):
        shape, out = field["shape"], []
        bounds = shape.metadata
        if shape.type_name in ("string", "integer", "long", "list"):
            out += [f".{word} = {bounds[word]}" for word in ("min", "max") if word in bounds]
        if bounds.get("enum"):
            out.append('.values = "' + "|".join(bounds["enum"]) + '"')
        if shape.type_name == "list":
            if shape.serialization.get("flattened"):
                out.append(".flattened = true")
            elif (name := shape.member.serialization.get("name", "member")) != "member":
                out.append(f'.member = "{name}"')
        return f", {{{', '.join(out)}}}" if out else ""

    def makers(self, owner, fields, indent):
        lines = [f'{MAKERS[field["place"]]}<&{owner}::{snake(field["member"])}>("{field["name"]}"{self.options(field)})' for field in fields
                 if field["place"] in MAKERS]
        return (",\n" + " " * indent).join(lines)

    def spec(self):
        parts = [f".service = Service::{ENUMERATORS.get(self.service, 'k' + self.service.capitalize())}", f'.name = "{self.operation.name}"']
        if self.service == "s3":
            method, scope, query = models.route(self.operation)
            route = [f"Method::k{method.capitalize()}", f"Scope::{SCOPES[scope]}"] + ([f'"{query}"'] if query else [])
            parts.append(f".route = {{{', '.join(route)}}}")
        status = self.operation.http.get("responseCode", 200)
        if status != 200:
            parts.append(f".status_ok = {status}")
        if self.operation.name.startswith(("Get", "List", "Describe", "Head")):
            parts.append(".read_only = true")
        return ", ".join(parts)

    def text(self):
        name = self.operation.name
        inputs, outputs = models.fields(self.operation.input_shape), models.fields(self.operation.output_shape)
        input_members, output_members = self.members(inputs, "    "), self.members(outputs, "    ")
        action = f"{'s3' if self.service == 's3control' else self.service}:{name}"
        structs = "\n".join(self.structs.values())
        return "\n".join([
            f"// {name}", f"// Source: docs.aws.amazon.com/{DOCUMENTS[self.service].format(name)}", '#include "api/op.h"', "",
            "namespace coffer::api {", "namespace {", "", *([structs] if structs else []), f"struct {name} {{", "  struct Input {", *input_members, "  };",
            "  struct Output {", *output_members, "  };", "", f"  static constexpr OpSpec spec{{{self.spec()}}};",
            f"  static constexpr auto input = fields({self.makers('Input', inputs, 39)});",
            f"  static constexpr auto output = fields({self.makers('Output', outputs, 40)});", "",
            "  static std::vector<Demand> demands(const Input& in, const Call& call) {",
            f'    return {{{{.action = "{action}", .resource = "*"}}}};', "  }",
            "  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {",
            '    co_return Error{"NotImplemented", "This operation is not served."};', "  }", "};", "", "}  // namespace", "",
            f"COFFER_OPERATION({self.service}, {name});", "", "}  // namespace coffer::api", ""])


def find(words):
    """The service and operation that the command line names."""
    services = [words[0]] if len(words) == 2 else list(models.SERVICES)
    for service in services:
        model = models.load(service)
        if words[-1] in model.operation_names:
            return service, model.operation_model(words[-1])
    sys.exit(f"no service has an operation {words[-1]}")


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit("script/new-op [SERVICE] NAME")
    service, operation = find(sys.argv[1:])
    path = OPS / service / f"{snake(operation.name)}.cc"
    if path.exists():
        sys.exit(f"{path} is there already")
    path.parent.mkdir(exist_ok=True)
    path.write_text(Draft(service, operation).text())
    subprocess.run(["clang-format-19", "-i", path], check=True)
    definitions = OPS / service / "operations.def"
    lines = definitions.read_text().splitlines() if definitions.exists() else []
    line = f"OPERATION({service}, {operation.name})"
    if line not in lines:
        definitions.write_text("\n".join(lines + [line]) + "\n")
    print(f"{path.relative_to(OPS.parent.parent.parent)}: a first draft. It still needs its demands and its work.")


if __name__ == "__main__":
    main()
