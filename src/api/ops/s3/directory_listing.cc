#include "api/ops/s3/directory_listing.h"

#include <algorithm>
#include <set>

namespace coffer::api::s3_ops {

Status check_directory_listing(const std::optional<std::string>& prefix,
                               const std::optional<std::string>& delimiter) {
  if (delimiter && !delimiter->empty() && *delimiter != "/")
    return Error{"InvalidRequest", "This bucket does not support a delimiter other than '/'."};
  if (prefix && !prefix->empty() && !prefix->ends_with('/'))
    return Error{"InvalidRequest",
                 "This bucket does not support a prefix that does not end in a delimiter. Specify "
                 "a prefix path ending with a delimiter and try again."};
  return ok_status();
}

Task<Result<s3::Listed>> add_upload_prefixes(Call& call, s3::ListOptions o, s3::Listed page) {
  if (o.delimiter.empty() || o.max == 0) co_return page;
  std::set<std::string> prefixes(page.common_prefixes.begin(), page.common_prefixes.end());
  s3::UploadQuery query{.bucket = o.bucket,
                        .prefix = o.prefix,
                        .delimiter = o.delimiter,
                        .after_key = o.after,
                        .max = o.max};
  for (bool more = true; more;) {
    CO_TRY(s3::UploadPage uploads, co_await call.services.s3->uploads().list_uploads(query));
    // A page of objects that goes on later says nothing of what comes after its last name.
    for (const std::string& prefix : uploads.common_prefixes)
      if (!page.truncated || prefix <= page.last) prefixes.insert(prefix);
    query.after_key = uploads.last_key;
    query.after_id = uploads.last_id;
    more = uploads.truncated && prefixes.size() <= o.max &&
           (!page.truncated || uploads.last_key <= page.last);
  }
  page.common_prefixes.assign(prefixes.begin(), prefixes.end());
  while (page.items.size() + page.common_prefixes.size() > o.max) {
    page.truncated = true;
    const bool object_last =
        page.common_prefixes.empty() ||
        (!page.items.empty() && page.items.back().key > page.common_prefixes.back());
    if (object_last)
      page.items.pop_back();
    else
      page.common_prefixes.pop_back();
  }
  page.last = page.common_prefixes.empty() ? std::string() : page.common_prefixes.back();
  if (!page.items.empty()) page.last = std::max(page.last, page.items.back().key);
  co_return page;
}

}  // namespace coffer::api::s3_ops
