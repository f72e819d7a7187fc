#pragma once
// The HTTP/1.1 messages as the rooms above see them (RFC 9110, 9112). Nothing here knows S3.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"

namespace coffer::net {

struct Header {
  std::string name, value;  // the name as sent; the value trimmed
};

class Headers {
 public:
  // find answers the first value; names compare case-insensitively.
  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view get(std::string_view name) const {
    return find(name).value_or(std::string_view{});
  }
  std::vector<std::string_view> all(std::string_view name) const;
  void add(std::string name, std::string value) {
    list_.push_back({std::move(name), std::move(value)});
  }
  void reserve(size_t count) { list_.reserve(count); }
  void append(Headers&& more) {
    if (list_.empty()) return list_.swap(more.list_);
    for (Header& h : more.list_) list_.push_back(std::move(h));
  }
  void set(std::string_view name, std::string value);
  void erase(std::string_view name);
  const std::vector<Header>& list() const { return list_; }
  // clear keeps the memory of short headers; add_copy uses it again: a connection's requests cost
  // few allocations.
  void clear();
  void add_copy(std::string_view name, std::string_view value);

 private:
  std::vector<Header> list_;
  std::vector<Header> spare_ = {};
};

struct Peer {
  std::string ip;  // of the client, no port
  bool tls = false;
  std::string tls_version;   // "TLSv1.3"
  std::string cipher_suite;  // "TLS_AES_256_GCM_SHA384"
};

struct Request {
  std::string method;  // upper case as sent
  std::string target;  // as sent: path and query, never normalized
  std::string_view raw_path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string_view raw_query() const {
    size_t q = target.find('?');
    return q == std::string::npos ? std::string_view{} : std::string_view(target).substr(q + 1);
  }
  Headers headers;
  Peer peer;
  std::optional<uint64_t> content_length;  // absent: chunked, or no body
  bool chunked = false;
};

// BodySource is pulled by its reader, piece by piece: nothing is read from the socket before it is
// asked for, so that a reader that waits holds the client back. The first read sends 100 Continue
// where the client waits for it.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // read fills a prefix of `out` and answers how much; 0 is the end. Errors: RequestTimeout (too
  // slow), IncompleteBody (the client went away), and those of the framing (InvalidRequest).
  virtual Task<Result<size_t>> read(MutableBytes out) = 0;
  // length is the number of bytes still to come, where known.
  virtual std::optional<uint64_t> length() const = 0;
};

// BodyProducer is pulled by the connection while it sends: next() answers the next piece, empty at
// the end. An error cuts the connection, so that a broken body never looks whole.
class BodyProducer {
 public:
  virtual ~BodyProducer() = default;
  virtual Task<Result<Bytes>> next() = 0;
};

struct Response {
  int status = 200;
  Headers headers;  // without Date, Connection, Content-Length
  Bytes body;       // used where `producer` is null
  std::unique_ptr<BodyProducer> producer;
  std::optional<uint64_t>
      content_length;  // required with a producer; with HEAD: what GET would send
  bool close = false;  // end the connection after this answer
};

// Handler answers one request. It runs on the connection's loop. What it leaves of the body unread
// is drained (at most 64 KiB or one second) or the connection is closed. A thrown exception is
// answered 500 and logged.
using Handler = std::function<Task<Response>(const Request&, BodySource&)>;

}  // namespace coffer::net
