#ifndef SESSIONBROKER_SERVICE_HTTP_FRESH_ORIGINS_H_
#define SESSIONBROKER_SERVICE_HTTP_FRESH_ORIGINS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "service/base/clock.h"
#include "service/http/url.h"

namespace sessionbroker::http {

// Origins whose servers close kept connections without a word, so that a request sent into one is
// lost. For ten minutes after such a loss an origin gets a fresh connection for each exchange.
// Not thread-safe.
class FreshOrigins {
 public:
  // A request to `origin` was lost at `now`.
  void Add(const Origin& origin, base::BootTime now);

  bool Contains(const Origin& origin, base::BootTime now) const;

 private:
  absl::flat_hash_map<std::string, base::BootTime> until_;
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_FRESH_ORIGINS_H_
