#pragma once
// The multipart/form-data body of a POST Object, as a stream: small fields first, then the file,
// whose end nobody knows before it comes; what follows the file is ignored. Source: RFC 7578; RFC
// 2046 section 5.1; S3 User Guide, "Creating HTML forms".
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::protocol {

constexpr size_t kFormFieldsBytesMax = 20480;  // of everything before the file's content

struct FormField {
  std::string name;   // in lower case
  std::string sent;   // as sent
  std::string value;  // of several of one name: joined by commas, as the policy has them
};

class FormFields {
 public:
  void add(std::string sent, std::string value);
  const std::string* find(std::string_view lower_name) const;
  bool has(std::string_view lower_name) const { return find(lower_name) != nullptr; }
  std::string get(std::string_view lower_name) const;
  const std::vector<FormField>& list() const { return list_; }
  // expand puts the file's name, without its folders, where a value says ${filename}. Error:
  // MaxPostPreDataLengthExceeded, the values grew beyond what a form may hold.
  Status expand(std::string_view file_name);

 private:
  std::vector<FormField> list_;
};

// form_boundary reads the request's Content-Type. Errors: PreconditionFailed, another type;
// MalformedPOSTRequest, no boundary.
Result<std::string> form_boundary(std::string_view content_type);

class FormDecoder {
 public:
  explicit FormDecoder(const std::string& boundary);

  // feed takes the body's next bytes; those of the file go behind what `content` holds. It keeps at
  // most kFormFieldsBytesMax and one piece. Errors: MalformedPOSTRequest,
  // MaxPostPreDataLengthExceeded.
  Status feed(ByteView in, Bytes& content);
  // finish is for the body's end. Errors: MalformedPOSTRequest; InvalidArgument, there was no file.
  Status finish() const;

  bool at_file() const { return state_ >= State::kFile; }  // the fields are all there
  bool file_ended() const { return state_ == State::kAfterFile; }
  bool closed() const { return state_ == State::kClosed; }  // it ended, and had no file
  FormFields& fields() { return fields_; }
  // Of the file part; nullopt: it names none.
  const std::optional<std::string>& file_name() const { return file_name_; }
  size_t delimiter_bytes() const { return delimiter_.size(); }
  size_t held_bytes() const { return held_.size(); }  // fed, and not told apart yet

 private:
  enum class State : uint8_t {
    kPreamble,
    kDelimiter,
    kHeaders,
    kField,
    kClosed,
    kFile,
    kAfterFile
  };

  Result<bool> step(Bytes& content);  // false: more bytes are needed
  Result<bool> take_delimiter();
  Result<bool> take_headers();
  bool take_field();
  bool take_content(Bytes& content);
  void drop(size_t n);

  const std::string delimiter_;  // CRLF, two hyphens, the boundary
  State state_ = State::kPreamble;
  Bytes held_;
  size_t taken_ = 0;  // bytes done with, before the file's content
  std::string name_;  // of the part under way
  std::optional<std::string> file_name_;
  FormFields fields_;
};

}  // namespace coffer::protocol
