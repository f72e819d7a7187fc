#include "net/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include "base/encoding.h"

namespace coffer::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr Refusal kBadRequest{400, "BadRequest",
                              "An error occurred when parsing the HTTP request."};
constexpr Refusal kNotImplemented{
    501, "NotImplemented", "A header you provided implies functionality that is not implemented."};

std::string_view std_view(BeastView v) { return {v.data(), v.size()}; }

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

// clean_lines holds the section to CRLF line ends, without folds and control bytes.
bool clean_lines(ByteView head) {
  for (size_t i = 0; i < head.size(); ++i) {
    unsigned char c = head[i];
    if (!is_control(c) || c == '\t') continue;
    if (c != '\r' || i + 1 == head.size() || head[i + 1] != '\n') return false;
    ++i;
    if (i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t')) return false;
  }
  return true;
}

// HeadParser lets Beast read the syntax of one header section, and keeps what we need. It never
// sees a body.
class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser(Request& request, HeadFacts& facts) : request_(request), facts_(facts) {}

  const std::optional<Refusal>& refusal() const { return refusal_; }
  size_t hosts() const { return hosts_; }
  bool has_transfer_encoding() const { return transfer_encoding_; }

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    facts_.http_1_1 = version >= 11;
  }

  void on_field_impl(http::field field, BeastView name, BeastView value, error_code& ec) override {
    std::string_view text = std_view(value);
    switch (field) {
      case http::field::content_length:
        return content_length(name, text, ec);
      case http::field::transfer_encoding:
        return transfer_encoding(text, ec);
      case http::field::host:
        ++hosts_;
        break;
      case http::field::expect:
        if (iequals(text, "100-continue")) facts_.expect_continue = true;
        break;
      default:
        break;
    }
    request_.headers.add_copy(std_view(name), text);
  }

  void content_length(BeastView name, std::string_view text, error_code& ec) {
    std::optional<uint64_t> length = parse_uint(text);
    if (!length || request_.content_length || transfer_encoding_) return refuse(kBadRequest, ec);
    request_.content_length = length;
    request_.headers.add_copy(std_view(name), text);
  }

  void transfer_encoding(std::string_view text, error_code& ec) {
    if (transfer_encoding_ || request_.content_length || !facts_.http_1_1)
      return refuse(kBadRequest, ec);
    if (!iequals(text, "chunked")) return refuse(kNotImplemented, ec);
    transfer_encoding_ = true;
    request_.chunked = true;
    request_.headers.add_copy("Transfer-Encoding", text);
  }

  void refuse(const Refusal& why, error_code& ec) {
    refusal_ = why;
    ec = http::error::bad_field;
  }

  void on_header_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  HeadFacts& facts_;
  std::optional<Refusal> refusal_;
  size_t hosts_ = 0;
  bool transfer_encoding_ = false;
};

// to_origin_form takes scheme and authority off an absolute-form target; the authority replaces
// Host (RFC 9112 section 3.2.2).
bool to_origin_form(Request& request) {
  std::string_view target = request.target;
  if (target.starts_with('/')) return true;
  size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return false;
  if (!iequals(target.substr(0, scheme), "http") && !iequals(target.substr(0, scheme), "https"))
    return false;
  std::string_view rest = target.substr(scheme + 3);
  size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string authority(rest.substr(0, end));
  if (authority.empty() || authority.find('@') != std::string::npos) return false;
  std::string origin(rest.substr(end));
  if (!origin.starts_with('/')) origin.insert(origin.begin(), '/');
  request.headers.set("Host", std::move(authority));
  request.target = std::move(origin);
  return true;
}

}  // namespace

Refusal bad_request() { return kBadRequest; }

Refusal header_too_large() {
  return {400, "RequestHeaderSectionTooLarge",
          "Your request header and query parameters exceed the maximum allowed size."};
}

size_t find_head_end(ByteView in, size_t& searched) {
  size_t from = searched > 3 ? searched - 3 : 0;
  size_t at = in.find("\r\n\r\n", from);
  searched = in.size();
  return at == ByteView::npos ? 0 : at + 4;
}

std::optional<Refusal> parse_head(ByteView head, Request& request, HeadFacts& facts) {
  request.headers.clear();
  request.content_length.reset();
  request.chunked = false;
  facts = {};
  if (!clean_lines(head)) return kBadRequest;

  HeadParser parser(request, facts);
  parser.header_limit(static_cast<std::uint32_t>(head.size()));
  parser.body_limit(boost::none);
  parser.eager(false);
  error_code ec;
  size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (parser.refusal()) return parser.refusal();
  if (ec || !parser.is_header_done() || used != head.size()) return kBadRequest;
  facts.keep_alive = parser.keep_alive();
  if (!facts.http_1_1) facts.expect_continue = false;
  if (parser.hosts() > 1 || (facts.http_1_1 && parser.hosts() == 0)) return kBadRequest;
  if (!to_origin_form(request)) return kBadRequest;
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  auto known = http::int_to_status(static_cast<unsigned>(status));
  return known == http::status::unknown ? "Unknown" : std_view(http::obsolete_reason(known));
}

bool is_token(std::string_view text) {
  static constexpr auto kToken = [] {
    std::array<bool, 256> table{};
    for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
    for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
    return table;
  }();
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return kToken[c]; });
}

bool is_field_value(std::string_view text) {
  // Without an early way out, so that the compiler looks at many bytes at once.
  bool clean = true;
  for (const unsigned char c : text) clean &= !is_control(c) | (c == '\t');
  return clean;
}

}  // namespace coffer::net
