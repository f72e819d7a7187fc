#pragma once
// The three codecs. They turn wire documents into structs and back by their shapes (shape.h), check
// bounds, and know no service. Decoders take at most what the caller already bounded (a whole body
// in memory, 64 KiB..2 MiB) and nest at most 32 deep. Source: Smithy 2.0, "AWS protocols": restXml,
// awsJson1.1, awsQuery; spec/kms-iam-sts-cloudtrail.md section 0 for the errors' words.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "protocol/shape.h"

namespace coffer::protocol {

using Shape = std::span<const FieldInfo>;

// What a Secret looks like: base64 in JSON (AWS's secret blobs), its own text in XML, forms and
// headers.

// ConstraintStyle is how a violated bound reads: ValidationException (JSON), ValidationError
// (query), S3's own.
enum class ConstraintStyle : uint8_t { kJson, kQuery, kS3 };

// constraint_error is the refusal of one member that an operation checked itself, in the codec's
// words: constraint_error(kJson, "x y", "aliasName", "satisfy regular expression pattern:
// ^alias/…"). `value` absent: it is sensitive. kS3: InvalidArgument.
Error constraint_error(ConstraintStyle style, std::optional<std::string_view> value,
                       std::string_view member, std::string_view must);

// ---- awsJson 1.1. Unknown members are ignored; null is absent. Wrong types:
// SerializationException.
Status decode_json(ByteView document, Shape shape, void* into);
Bytes encode_json(Shape shape, const void* from);  // absent optionals are omitted
Bytes encode_json_error(
    const Error& error);  // {"__type":…,"message":…}; no message member where it is empty

// ---- awsQuery. `form` is the decoded Action=… body, in order.
using Form = std::vector<std::pair<std::string, std::string>>;
Result<Form> parse_form(std::string_view text);
Status decode_query(const Form& form, Shape shape, void* into);
// XResponse{XResult{…}, ResponseMetadata{RequestId}}; where the shape is empty a result element
// only with `empty_result`.
Bytes encode_query(std::string_view action, std::string_view xml_namespace, Shape shape,
                   const void* from, std::string_view request_id, bool empty_result = false);
Bytes encode_query_error(const Error& error, std::string_view xml_namespace, bool sender,
                         std::string_view request_id);

// ---- restXml.
// RestParts is one request, taken apart by the router: labels and query decoded.
struct RestParts {
  std::map<std::string, std::string, std::less<>> labels;  // "Bucket", "Key"
  std::vector<std::pair<std::string, std::string>> query;
  const net::Headers* headers = nullptr;
  ByteView body;  // of a buffered operation
};
// decode_rest fills a struct from label, query, headers and body. Unknown elements are ignored; a
// body that does not fit, in its form or a bound, is MalformedXML. Members of headers named x-amz-*
// are taken from the query of a presigned request too, checksums excepted. Errors: InvalidArgument
// and InvalidRequest (labels, query, headers), MalformedXML, MissingRequestBodyError.
Status decode_rest(const RestParts& parts, Shape shape, void* into);
struct RestAnswer {
  net::Headers headers;
  Bytes body;  // empty where no member travels in it
};
// `root`: the body's root element; empty: no body at all. Members of kHeader and kPrefixHeader
// become headers.
RestAnswer encode_rest(std::string_view root, std::string_view xml_namespace, Shape shape,
                       const void* from);
Bytes encode_s3_error(const Error& error, std::string_view resource, std::string_view request_id,
                      std::string_view host_id);
// S3 Control wraps it: <ErrorResponse><Error>…
Bytes encode_s3control_error(const Error& error, std::string_view request_id,
                             std::string_view host_id);
// xml_escape makes any text safe as an element's content or a quoted attribute: control characters
// become references, as S3 writes them, and what is not UTF-8 becomes U+FFFD.
std::string xml_escape(std::string_view text);

}  // namespace coffer::protocol
