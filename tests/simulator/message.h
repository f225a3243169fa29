#ifndef SESSIONBROKER_TESTS_SIMULATOR_MESSAGE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_MESSAGE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::simulator {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Decoded names and values of a query or a form, in the order sent, looked up as PHP does it.
class Params {
 public:
  // Parses application/x-www-form-urlencoded text. A stray '%' stands for itself.
  static Params Parse(absl::string_view text);

  void Add(std::string name, std::string value);

  // The last value of exactly that name.
  std::optional<std::string> Get(absl::string_view name) const;
  // Sent as `name[]` or `name[key]`, which PHP turns into an array.
  bool IsArray(absl::string_view name) const;

  const Pairs& pairs() const { return pairs_; }

 private:
  Pairs pairs_;
};

// What a family is asked to pretend about its own state while it handles one request.
enum class Pretence { kNone, kExpiredChallenge, kWrongCredentials, kDeadSession };

struct Request {
  std::string method;
  std::string target;  // As on the request line, still percent-encoded.
  std::string path;    // The target up to '?'.
  Params query;
  Params form;  // Filled where PHP fills $_POST: POST with a urlencoded body.
  Pairs headers;
  std::string body;
  std::string client_address;
  bool secure = false;
  bool keep_alive = true;
  Pretence pretence = Pretence::kNone;
  // iCash: set on arrival, where the nonce is not above those that arrived before it.
  bool nonce_not_risen = false;

  // The path without the family's prefix: "/webservice.php" of "/vtiger/webservice.php".
  absl::string_view resource() const;
  // The first header of that name, whatever its case.
  std::optional<std::string> Header(absl::string_view name) const;
  std::optional<std::string> Cookie(absl::string_view name) const;
};

struct Reply {
  int status = 200;
  std::string content_type;
  std::string body;
  Pairs headers;
  // For the counters: "ok", or the provider's own error code.
  std::string outcome = "ok";
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_MESSAGE_H_
