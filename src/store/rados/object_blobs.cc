#include "store/rados/object_blobs.h"

#include "base/encoding.h"
#include "base/fault.h"
#include "base/log.h"

namespace coffer::store::rados {

constexpr size_t kAppendMax = 4 << 20;
constexpr char kBytesAttribute[] = "bytes";

std::string piece_name(const Id128& blob, uint64_t piece) {
  return fmt::format("{}.{:08x}", hex(blob.view()), piece);
}

std::optional<std::pair<Id128, uint64_t>> blob_of_piece(std::string_view name) {
  constexpr size_t kIdDigits = 32, kPieceDigits = 8;
  if (name.size() != kIdDigits + 1 + kPieceDigits || name[kIdDigits] != '.') return std::nullopt;
  const auto id = unhex(name.substr(0, kIdDigits)), piece = unhex(name.substr(kIdDigits + 1));
  if (!id || !piece) return std::nullopt;
  return std::pair(Id128::from(*id), uint64_t{Reader(*piece).u32()});
}

Result<std::vector<std::string>> list_objects(IoCtx& io, const std::string& prefix) {
  std::vector<std::string> out;
  try {
    for (auto i = io.nobjects_begin(); i != io.nobjects_end(); ++i)
      if (i->get_oid().starts_with(prefix)) out.push_back(i->get_oid());
  } catch (const std::exception& e) {
    return internal_error(fmt::format("a pool's listing: {}", e.what()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

namespace {
class ObjectWriter : public BlobWriter {
 public:
  ObjectWriter(ObjectBlobs& blobs, IoCtx io, std::string place, Id128 id)
      : blobs_(blobs), io_(std::move(io)), id_(id), ref_{std::move(place), {}, 0} {
    ref_.locator = encode_locator(id);
    blobs_.begun(ref_);
  }
  ~ObjectWriter() override {
    if (!finished_) blobs_.abandoned(ref_);
  }
  Task<Status> append(SealedBytes piece) override {
    CHECK(!finished_ && piece.size() <= kAppendMax);
    if (fault::failed("segment.write")) co_return internal_error("a blob's write failed");
    buffer_.append(piece.view());
    while (buffer_.size() >= kPieceBytes) {
      Bytes whole = buffer_.substr(0, kPieceBytes);
      buffer_.erase(0, kPieceBytes);
      CO_TRY_OK(co_await put(std::move(whole), std::nullopt));
    }
    co_return ok_status();
  }
  Task<Result<BlobRef>> finish() override {
    CHECK(!finished_);
    const uint64_t total = ref_.bytes + buffer_.size();
    const bool single = ref_.bytes == 0;
    if (single || !buffer_.empty())
      CO_TRY_OK(co_await put(std::move(buffer_), single ? std::optional(total) : std::nullopt));
    if (!single) {
      auto op = std::make_shared<librados::ObjectWriteOperation>();
      op->assert_exists();
      op->setxattr(kBytesAttribute, list_of(coffer::Writer().u64(total).view()));
      int code = co_await write(io_, piece_name(id_, 0), op);
      if (code < 0) co_return failed(code, "a blob's end");
    }
    finished_ = true;
    blobs_.finished(ref_);
    co_return ref_;
  }

 private:
  // put writes one piece; the last of a blob with one piece tells the length along with it.
  Task<Status> put(Bytes bytes, std::optional<uint64_t> total) {
    auto op = std::make_shared<librados::ObjectWriteOperation>();
    op->write_full(list_of(bytes));
    if (total) op->setxattr(kBytesAttribute, list_of(coffer::Writer().u64(*total).view()));
    const uint64_t piece = ref_.bytes / kPieceBytes;
    ref_.bytes += bytes.size();
    int code = co_await write(io_, piece_name(id_, piece), op);
    if (code < 0) co_return failed(code, "a blob's write");
    co_return ok_status();
  }
  Error failed(int code, std::string_view what) {
    if (code == -ENOSPC || code == -EDQUOT)
      blobs_.set_room(false);
    else
      blobs_.failed();
    return error_of_code(code, what);
  }
  ObjectBlobs& blobs_;
  IoCtx io_;
  Id128 id_;
  BlobRef ref_;
  Bytes buffer_;
  bool finished_ = false;
};
}  // namespace

Task<Result<std::unique_ptr<BlobWriter>>> ObjectBlobs::create(std::string place,
                                                              std::optional<uint64_t>) {
  auto io = parts_.places.find(place);
  if (io == parts_.places.end()) co_return internal_error("an unknown place");
  if (!accepts_bodies(place))
    co_return Error{"ServiceUnavailable", "Service is unable to handle request."};
  co_return std::unique_ptr<BlobWriter>(
      std::make_unique<ObjectWriter>(*this, io->second, std::move(place), parts_.random.id128()));
}

Task<Result<SealedBytes>> ObjectBlobs::read(BlobRef ref, uint64_t offset, size_t size) {
  CHECK(size <= kAppendMax);
  auto id = decode_locator(ref);
  auto io = parts_.places.find(ref.place);
  if (!id || io == parts_.places.end()) co_return internal_error("a blob's reference is damaged");
  if (offset > ref.bytes || size > ref.bytes - offset)
    co_return internal_error("a blob was read beyond its end");
  struct Piece {
    bufferlist bytes;
    uint64_t size = 0;
    time_t time = 0;
    int stat_code = 0, code = 0;
  };
  Bytes out;
  while (out.size() < size) {
    const uint64_t at = offset + out.size(), piece = at / kPieceBytes;
    const uint64_t length = std::min(kPieceBytes, ref.bytes - piece * kPieceBytes);
    const uint64_t take = std::min<uint64_t>(size - out.size(), length - at % kPieceBytes);
    auto got = std::make_shared<Piece>();
    auto op = std::make_shared<librados::ObjectReadOperation>();
    op->stat(&got->size, &got->time, &got->stat_code);
    op->read(at % kPieceBytes, take, &got->bytes, &got->code);
    int code = co_await rados::read(io->second, piece_name(*id, piece), op, got);
    if (code == -ENOENT) co_return internal_error("a blob is missing: " + hex(id->view()));
    if (code < 0) co_return error_of_code(code, "a blob's read");
    if (got->size != length || got->bytes.length() != take)
      co_return internal_error("a blob has another length: " + hex(id->view()));
    out += bytes_of(got->bytes);
  }
  co_return BlobAccess::make(std::move(out));
}

bool ObjectBlobs::accepts_bodies(const std::string&) const {
  return !fault::failed("disk.full") && room_;
}

// length_of answers the length that a finished blob tells, of an unfinished one that of its pieces;
// nullopt: it was freed meanwhile.
static Task<Result<std::optional<uint64_t>>> length_of(IoCtx io, Id128 id, uint64_t last_piece) {
  struct Found {
    bufferlist attribute;
    uint64_t size = 0;
    time_t time = 0;
    int code = 0;
  };
  auto found = std::make_shared<Found>();
  auto op = std::make_shared<librados::ObjectReadOperation>();
  op->getxattr(kBytesAttribute, &found->attribute, &found->code);
  int code = co_await rados::read(io, piece_name(id, 0), op, found);
  if (code == 0) {
    const Bytes bytes = bytes_of(found->attribute);
    Reader r(bytes);
    const uint64_t total = r.u64();
    if (!r.done()) co_return internal_error("a blob's length is damaged: " + hex(id.view()));
    co_return std::optional(total);
  }
  if (code != -ENODATA && code != -ENOENT) co_return error_of_code(code, "a blob's length");
  auto stat = std::make_shared<librados::ObjectReadOperation>();
  stat->stat(&found->size, &found->time, &found->code);
  code = co_await rados::read(io, piece_name(id, last_piece), stat, found);
  if (code == -ENOENT) co_return std::optional<uint64_t>();
  if (code < 0) co_return error_of_code(code, "a blob's length");
  co_return std::optional(last_piece * kPieceBytes + found->size);
}

Task<Result<std::vector<BlobRef>>> ObjectBlobs::all(std::string place) {
  auto io = parts_.places.find(place);
  if (io == parts_.places.end()) co_return internal_error("an unknown place");
  IoCtx names_of = io->second;
  auto list = [names_of]() mutable { return list_objects(names_of, ""); };
  CO_TRY(auto names, co_await offload(parts_.pool, std::move(list)));
  std::vector<BlobRef> out;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto piece = blob_of_piece(names[i]);
    if (!piece) continue;
    const auto next = i + 1 < names.size() ? blob_of_piece(names[i + 1]) : std::nullopt;
    if (next && next->first == piece->first) continue;  // the last piece of each blob tells of it
    CO_TRY(auto bytes, co_await length_of(io->second, piece->first, piece->second));
    if (bytes) out.push_back({place, encode_locator(piece->first), *bytes});
  }
  co_return out;
}

}  // namespace coffer::store::rados
