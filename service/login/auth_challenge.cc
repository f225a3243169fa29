#include "service/login/auth_challenge.h"

#include <cstddef>

#include "service/login/header_names.h"

namespace sessionbroker::login {
namespace {

class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  std::vector<AuthChallenge> Read() {
    std::vector<AuthChallenge> challenges;
    while (true) {
      while (Take(' ') || Take('\t') || Take(',')) continue;
      if (text_.empty()) return challenges;
      const std::string name = TakeToken();
      if (name.empty()) {
        text_.remove_prefix(1);
        continue;
      }
      SkipSpace();
      if (Take('=')) {
        SkipSpace();
        std::string value = Take('"') ? TakeQuoted() : TakeToken();
        if (!challenges.empty()) {
          challenges.back().parameters.emplace_back(name, std::move(value));
        }
      } else {
        challenges.push_back(AuthChallenge{name, {}});
      }
    }
  }

 private:
  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void SkipSpace() {
    while (Take(' ') || Take('\t')) continue;
  }

  std::string TakeToken() {
    std::size_t end = 0;
    while (end < text_.size() && IsToken(text_.substr(end, 1))) ++end;
    std::string token(text_.substr(0, end));
    text_.remove_prefix(end);
    return token;
  }

  // Its opening quote is taken already.
  std::string TakeQuoted() {
    std::string value;
    while (!text_.empty() && !Take('"')) {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      value.push_back(text_.front());
      text_.remove_prefix(1);
    }
    return value;
  }

  absl::string_view text_;
};

}  // namespace

std::vector<AuthChallenge> ParseAuthChallenges(absl::string_view header) {
  return Reader(header).Read();
}

}  // namespace sessionbroker::login
