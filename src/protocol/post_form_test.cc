#include "protocol/post_form.h"

#include <gtest/gtest.h>

namespace coffer::protocol {
namespace {

struct Read {
  std::string fields, content, error;
  std::optional<std::string> file_name;
};

Read read(std::string_view body, size_t piece = SIZE_MAX) {
  FormDecoder decoder("B");
  Read out;
  while (!body.empty()) {
    const std::string_view now = body.substr(0, piece);
    body.remove_prefix(now.size());
    const Status fed = decoder.feed(now, out.content);
    if (!fed.ok()) {
      out.error = fed.error().code;
      return out;
    }
  }
  const Status done = decoder.finish();
  if (!done.ok()) out.error = done.error().code;
  for (const FormField& field : decoder.fields().list())
    out.fields += field.name + "=" + field.value + ";";
  out.file_name = decoder.file_name();
  return out;
}

std::string part(std::string_view disposition, std::string_view value) {
  return fmt::format("--B\r\nContent-Disposition: {}\r\n\r\n{}\r\n", disposition, value);
}
std::string field(std::string_view name, std::string_view value) {
  return part(fmt::format("form-data; name=\"{}\"", name), value);
}

TEST(PostForm, ReadsFieldsAndTheFileInAnyPieces) {
  const std::string tricky = "line\r\n--\r\n--A\r\r\n-";
  const std::string body = field("Key", "k") + field("x-amz-meta-A", "1") + field("empty", "") +
                           field("x-amz-meta-a", "2") +
                           part(
                               "form-data; name=\"file\"; filename=\"C:\\dir\\f.txt\"\r\n"
                               "Content-Type: text/plain",
                               tricky) +
                           field("submit", "ignored") + "--B--\r\n";
  for (size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{64}, SIZE_MAX}) {
    const Read got = read(body, piece);
    EXPECT_EQ(got.error, "");
    EXPECT_EQ(got.fields, "key=k;x-amz-meta-a=1,2;empty=;");
    EXPECT_EQ(got.content, tricky);
    EXPECT_EQ(got.file_name, "C:\\dir\\f.txt");
  }
}

TEST(PostForm, TakesWhatClientsSend) {
  EXPECT_EQ(read("preamble\r\n" + field("key", "k") + part("form-data; name=file", "x") + "--B--")
                .content,
            "x");
  EXPECT_EQ(read(part("form-data; name=\"FILE\"", "") + "--B--\r\n").error, "");
  EXPECT_EQ(
      read("--B  \r\ncontent-disposition:form-data;name=\"file\"\r\n\r\nx\r\n--B--\r\n").content,
      "x");
  EXPECT_EQ(read(part("form-data; name=\"file\"; filename=\"a\\\"b;c\"", "x") + "--B--").file_name,
            "a\"b;c");
  EXPECT_EQ(read(part("form-data; name=\"file\"", "x") + "--B--").file_name, std::nullopt);
}

TEST(PostForm, RefusesWhatIsNone) {
  EXPECT_EQ(read("").error, "MalformedPOSTRequest");
  EXPECT_EQ(read("no delimiter").error, "MalformedPOSTRequest");
  EXPECT_EQ(read("--B\r\n\r\nvalue\r\n--B--").error, "MalformedPOSTRequest");
  EXPECT_EQ(read("--Bx\r\n").error, "MalformedPOSTRequest");
  EXPECT_EQ(read(part("attachment; name=\"file\"", "x") + "--B--").error, "MalformedPOSTRequest");
  EXPECT_EQ(read(part("form-data", "x") + "--B--").error, "MalformedPOSTRequest");
  EXPECT_EQ(read(part("form-data; name=\"a", "x") + "--B--").error, "MalformedPOSTRequest");
  EXPECT_EQ(read(part("form-data; name=\"file\"", "cut off")).error, "MalformedPOSTRequest");
  EXPECT_EQ(read(field("key", "k") + "--B--\r\n").error, "InvalidArgument");
}

TEST(PostForm, BoundsItsFields) {
  const std::string file = part("form-data; name=\"file\"", std::string(100'000, 'x')) + "--B--";
  for (size_t piece : {size_t{100}, size_t{4096}, SIZE_MAX}) {
    EXPECT_EQ(read(field("a", std::string(20'000, 'v')) + file, piece).error, "");
    EXPECT_EQ(read(field("a", std::string(20'480, 'v')) + file, piece).error,
              "MaxPostPreDataLengthExceeded");
    EXPECT_EQ(read(std::string(30'000, 'p'), piece).error, "MaxPostPreDataLengthExceeded");
  }
}

TEST(PostForm, ExpandsTheFilesName) {
  FormFields fields;
  fields.add("key", "up/${filename}/${filename}");
  fields.add("other", "${file}");
  EXPECT_TRUE(fields.expand("/home/me/${filename}").ok());
  EXPECT_EQ(fields.get("key"), "up/${filename}/${filename}");
  EXPECT_TRUE(fields.expand("C:\\x\\photo.jpg").ok());
  EXPECT_EQ(fields.get("key"), "up/photo.jpg/photo.jpg");
  EXPECT_EQ(fields.get("other"), "${file}");
  std::string many;
  for (int i = 0; i < 900; ++i) many += "${filename}";
  fields.add("x-ignore-many", many);
  EXPECT_EQ(fields.expand(std::string(10'000, 'f')).error().code, "MaxPostPreDataLengthExceeded");
}

TEST(PostForm, FindsTheBoundary) {
  EXPECT_EQ(*form_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(*form_boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b;c\""), "a b;c");
  EXPECT_EQ(form_boundary("").error().code, "PreconditionFailed");
  EXPECT_EQ(form_boundary("application/x-www-form-urlencoded").error().details[0].value,
            "Bucket POST must be of the enclosure-type multipart/form-data");
  EXPECT_EQ(form_boundary("multipart/form-data").error().code, "MalformedPOSTRequest");
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=").error().code, "MalformedPOSTRequest");
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(71, 'b')).error().code,
            "MalformedPOSTRequest");
}

}  // namespace
}  // namespace coffer::protocol
