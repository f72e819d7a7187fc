#include "protocol/post_form.h"

#include <algorithm>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

constexpr std::string_view kFileNameVariable = "${filename}";
constexpr size_t kBoundaryBytesMax = 70;

Error malformed() {
  return {"MalformedPOSTRequest",
          "The body of your POST request is not well-formed multipart/form-data."};
}

// The message is AWS's, with its spelling.
Error too_large() {
  return Error{"MaxPostPreDataLengthExceeded",
               "Your POST request fields preceeding the upload file was too large."}
      .with("MaxPostPreDataLengthBytes", std::to_string(kFormFieldsBytesMax));
}

struct Parameter {
  std::string name;  // in lower case
  std::string value;
};

// take_value reads a token or a quoted string. Browsers send paths as they are: a backslash escapes
// nothing but a quote.
std::optional<std::string> take_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    const size_t end = std::min(text.find(';'), text.size());
    std::string out(trim(text.substr(0, end)));
    text.remove_prefix(end);
    return out;
  }
  std::string out;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    const bool escape = text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"';
    out += escape ? text[++i] : text[i];
  }
  return std::nullopt;
}

// parse_parameters reads "; name=value; …"; nullopt: it is not of that form.
std::optional<std::vector<Parameter>> parse_parameters(std::string_view text) {
  std::vector<Parameter> out;
  for (;;) {
    text = trim(text);
    if (text.empty()) return out;
    if (text[0] != ';') return std::nullopt;
    text = trim(text.substr(1));
    if (text.empty()) return out;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string name = lower(trim(text.substr(0, equals)));
    text = trim(text.substr(equals + 1));
    auto value = take_value(text);
    if (!value) return std::nullopt;
    out.push_back({std::move(name), std::move(*value)});
  }
}

const std::string* find(const std::vector<Parameter>& parameters, std::string_view name) {
  for (const Parameter& p : parameters)
    if (p.name == name) return &p.value;
  return nullptr;
}

std::string_view base_name(std::string_view path) {
  const size_t cut = path.find_last_of("/\\");
  return cut == std::string_view::npos ? path : path.substr(cut + 1);
}

// disposition_of answers the parameters of a part's Content-Disposition, which must be form-data.
std::optional<std::vector<Parameter>> disposition_of(std::string_view headers) {
  constexpr std::string_view kHeader = "content-disposition";
  constexpr std::string_view kType = "form-data";
  while (!headers.empty()) {
    const size_t end = std::min(headers.find("\r\n"), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 2, headers.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(trim(line.substr(0, colon)), kHeader)) continue;
    const std::string_view value = trim(line.substr(colon + 1));
    const size_t type = std::min(value.find(';'), value.size());
    if (!iequals(trim(value.substr(0, type)), kType)) return std::nullopt;
    return parse_parameters(value.substr(type));
  }
  return std::nullopt;
}

}  // namespace

void FormFields::add(std::string sent, std::string value) {
  std::string name = lower(sent);
  for (FormField& field : list_) {
    if (field.name != name) continue;
    field.value += ',';
    field.value += value;
    return;
  }
  list_.push_back({std::move(name), std::move(sent), std::move(value)});
}

const std::string* FormFields::find(std::string_view lower_name) const {
  for (const FormField& field : list_)
    if (field.name == lower_name) return &field.value;
  return nullptr;
}

std::string FormFields::get(std::string_view lower_name) const {
  const std::string* value = find(lower_name);
  return value ? *value : std::string();
}

Status FormFields::expand(std::string_view file_name) {
  const std::string_view name = base_name(file_name);
  size_t total = 0;
  for (FormField& field : list_) {
    std::string out;
    std::string_view left = field.value;
    for (size_t at; (at = left.find(kFileNameVariable)) != std::string_view::npos;) {
      out.append(left.substr(0, at)).append(name);
      left.remove_prefix(at + kFileNameVariable.size());
      if (total + out.size() > kFormFieldsBytesMax) return too_large();
    }
    field.value = out.append(left);
    total += field.value.size();
  }
  return total > kFormFieldsBytesMax ? Status(too_large()) : ok_status();
}

Result<std::string> form_boundary(std::string_view content_type) {
  const size_t type = std::min(content_type.find(';'), content_type.size());
  if (!iequals(trim(content_type.substr(0, type)), "multipart/form-data"))
    return Error{"PreconditionFailed",
                 "At least one of the pre-conditions you specified did not hold"}
        .with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data");
  auto parameters = parse_parameters(content_type.substr(type));
  if (!parameters) return malformed();
  const std::string* boundary = protocol::find(*parameters, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax) return malformed();
  return *boundary;
}

// The body is read as if a line's end came before it: then every delimiter looks the same.
FormDecoder::FormDecoder(const std::string& boundary)
    : delimiter_("\r\n--" + boundary), held_("\r\n") {}

void FormDecoder::drop(size_t n) {
  held_.erase(0, n);
  taken_ += n;
}

Status FormDecoder::feed(ByteView in, Bytes& content) {
  if (state_ == State::kAfterFile || state_ == State::kClosed) return ok_status();
  held_.append(in);
  for (;;) {
    TRY(const bool more, step(content));
    if (taken_ > kFormFieldsBytesMax) return too_large();
    if (!more) break;
  }
  if (!at_file() && taken_ + held_.size() > kFormFieldsBytesMax + delimiter_.size())
    return too_large();
  return ok_status();
}

Result<bool> FormDecoder::step(Bytes& content) {
  switch (state_) {
    case State::kPreamble:
    case State::kField:
      return take_field();
    case State::kDelimiter:
      return take_delimiter();
    case State::kHeaders:
      return take_headers();
    case State::kFile:
      return take_content(content);
    case State::kClosed:
    case State::kAfterFile:
      break;
  }
  held_.clear();
  return false;
}

// take_field ends a field's value, or what stands before the first delimiter and means nothing.
bool FormDecoder::take_field() {
  const size_t at = held_.find(delimiter_);
  if (at == Bytes::npos) return false;
  if (state_ == State::kField) fields_.add(std::move(name_), held_.substr(0, at));
  drop(at + delimiter_.size());
  state_ = State::kDelimiter;
  return true;
}

// take_delimiter reads what follows a delimiter: two hyphens at the form's end, else blanks and a
// line's end, which stays: a part without headers begins with a second one.
Result<bool> FormDecoder::take_delimiter() {
  const size_t blanks = std::min(held_.find_first_not_of(" \t"), held_.size());
  if (held_.size() < blanks + 2) return false;
  const std::string_view next = std::string_view(held_).substr(blanks, 2);
  if (blanks == 0 && next == "--") {
    state_ = State::kClosed;
    return true;
  }
  if (next != "\r\n") return malformed();
  drop(blanks);
  state_ = State::kHeaders;
  return true;
}

Result<bool> FormDecoder::take_headers() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t end = held_.find(kEnd);
  if (end == Bytes::npos) return false;
  auto parameters = disposition_of(std::string_view(held_).substr(0, end));
  const std::string* name = parameters ? protocol::find(*parameters, "name") : nullptr;
  if (!name) return malformed();
  name_ = *name;
  const bool file = lower(name_) == "file";
  if (const std::string* file_name = protocol::find(*parameters, "filename"); file && file_name)
    file_name_ = *file_name;
  drop(end + kEnd.size());
  state_ = file ? State::kFile : State::kField;
  return true;
}

bool FormDecoder::take_content(Bytes& content) {
  const size_t at = held_.find(delimiter_);
  if (at != Bytes::npos) {
    content.append(held_, 0, at);
    held_.clear();
    state_ = State::kAfterFile;
    return false;
  }
  // What may be the delimiter's beginning waits.
  const size_t sure = held_.size() - std::min(held_.size(), delimiter_.size() - 1);
  content.append(held_, 0, sure);
  held_.erase(0, sure);
  return false;
}

Status FormDecoder::finish() const {
  if (state_ == State::kAfterFile) return ok_status();
  if (state_ == State::kClosed)
    return Error{"InvalidArgument", "POST requires exactly one file upload per request."}
        .with("ArgumentName", "file")
        .with("ArgumentValue", "0");
  return malformed();
}

}  // namespace coffer::protocol
