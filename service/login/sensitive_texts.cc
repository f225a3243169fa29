#include "service/login/sensitive_texts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "service/base/utf8.h"
#include "service/crypto/base64.h"
#include "service/crypto/hex.h"
#include "service/login/expression/code_point.h"
#include "service/login/text_decoding.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

constexpr std::size_t kMaxExcerptCharacters = 200;
constexpr std::size_t kTokenLength = 12;
// Of a longer text only the beginning is looked at: somebody else decides how long it is.
constexpr std::size_t kMaxExaminedBytes = 4096;
constexpr absl::string_view kRedacted = "<redacted>";
constexpr char kWithheld[] = "(withheld: it holds a secret in encoded form)";
constexpr std::size_t kNowhere = absl::string_view::npos;

// The digits that `bytes` gives in base64 whatever stands before and after it, where `before` bytes
// (modulo 3) stand before it.
WipedBytes Base64Core(absl::string_view bytes, std::size_t before) {
  WipedBytes padded(before + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), padded.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  const WipedBytes digits = crypto::Base64Encode(View(padded), crypto::Base64Alphabet::kStandard);
  const auto begin = static_cast<std::ptrdiff_t>((before * 8 + 5) / 6);
  const auto end = static_cast<std::ptrdiff_t>(padded.size() * 8 / 6);
  return WipedBytes(digits.begin() + begin, digits.begin() + end);
}

WipedBytes DecodePercentOnly(absl::string_view text) {
  return DecodePercent(text, /*plus_is_space=*/false);
}

char FoldBase64(char c) { return c == '-' ? '+' : c == '_' ? '/' : c; }

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::string_view("_-+/=.~").find(c) != kNowhere;
}

// Words that mix letters and digits and are long enough for a key are replaced.
std::string WithoutTokens(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), IsTokenCharacter);
    const absl::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (word.empty()) {
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    const bool mixed = std::any_of(word.begin(), word.end(), absl::ascii_isdigit) &&
                       std::any_of(word.begin(), word.end(), absl::ascii_isalpha);
    const absl::string_view shown = mixed && word.size() >= kTokenLength ? kRedacted : word;
    out.append(shown.begin(), shown.end());
    text.remove_prefix(word.size());
  }
  return out;
}

// Whether it may be printed: no control, nothing that is invisible or changes the direction of
// writing, nothing for private use, nothing beyond the basic plane.
bool IsPrintable(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return c >= 0x20 && !within(0x7F, 0x9F) && c != 0xAD && c != 0x61C && !within(0x200B, 0x200F) &&
         !within(0x2028, 0x202E) && !within(0x2060, 0x206F) && !within(0xE000, 0xF8FF) &&
         !within(0xFE00, 0xFE0F) && c != 0xFEFF && c < 0xFFF0;
}

// What cannot be printed becomes one space; cut at kMaxExcerptCharacters.
std::string Printable(absl::string_view text) {
  std::string out;
  std::size_t characters = 0;
  const auto add_space = [&] {
    if (out.empty() || out.back() == ' ') return;
    out.push_back(' ');
    ++characters;
  };
  while (!text.empty() && characters < kMaxExcerptCharacters) {
    absl::string_view valid = text.substr(0, base::ValidUtf8Prefix(text));
    text.remove_prefix(std::max<std::size_t>(valid.size(), 1));
    if (valid.empty()) add_space();
    while (!valid.empty() && characters < kMaxExcerptCharacters) {
      const absl::string_view begin = valid;
      if (IsPrintable(TakeCodePoint(&valid))) {
        out.append(begin.data(), begin.size() - valid.size());
        ++characters;
      } else {
        add_space();
      }
    }
  }
  return std::string(absl::StripAsciiWhitespace(out));
}

}  // namespace

void SensitiveTexts::Add(absl::string_view bytes) {
  if (bytes.empty()) return;
  if (bytes.size() < kMinRecognizableBytes) {
    too_short_.emplace_back(bytes.begin(), bytes.end());
    return;
  }
  forms_.push_back(Form{WipedBytes(bytes.begin(), bytes.end()), Fold::kNone});
  forms_.push_back(Form{crypto::HexEncode(bytes), Fold::kHex});
  for (std::size_t before = 0; before < 3; ++before) {
    forms_.push_back(Form{Base64Core(bytes, before), Fold::kBase64});
  }
}

std::size_t SensitiveTexts::Find(absl::string_view text, const Form& form, std::size_t from) {
  const absl::string_view wanted = View(form.text);
  if (form.fold == Fold::kNone) return text.find(wanted, from);
  if (text.size() < from + wanted.size()) return kNowhere;
  const auto same = [fold = form.fold](char a, char b) {
    return fold == Fold::kHex ? absl::ascii_tolower(a) == b : FoldBase64(a) == b;
  };
  const auto at = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                              wanted.begin(), wanted.end(), same);
  return at == text.end() ? kNowhere : static_cast<std::size_t>(at - text.begin());
}

bool SensitiveTexts::AppearDecoded(absl::string_view text) const {
  for (const Form& form : forms_) {
    if (Find(text, form, 0) != kNowhere) return true;
  }
  for (const WipedBytes& whole : too_short_) {
    const WipedBytes hex = crypto::HexEncode(View(whole));
    if (text == View(whole) || absl::EqualsIgnoreCase(text, View(hex)) ||
        text == View(crypto::Base64Encode(View(whole), crypto::Base64Alphabet::kStandard)) ||
        text == View(crypto::Base64Encode(View(whole), crypto::Base64Alphabet::kUrl))) {
      return true;
    }
  }
  return false;
}

bool SensitiveTexts::AppearIn(absl::string_view text) const {
  if (AppearDecoded(text)) return true;
  // An escape may stand inside an escape; more than twice is nobody's mistake any more.
  WipedBytes decoded(text.begin(), text.end());
  for (int round = 0; round < 2; ++round) {
    if (View(decoded).find_first_of("%+&\\") == kNowhere) return false;
    if (AppearDecoded(View(DecodePercent(View(decoded), /*plus_is_space=*/true)))) return true;
    for (const auto decode : {DecodeHtmlEntities, DecodeJsonEscapes, DecodePercentOnly}) {
      decoded = decode(View(decoded));
      if (AppearDecoded(View(decoded))) return true;
    }
  }
  return false;
}

std::string SensitiveTexts::ReplacedBeginning(absl::string_view text) const {
  std::size_t longest = 0;
  for (const Form& form : forms_) longest = std::max(longest, form.text.size());
  // One that begins in what is kept is seen whole.
  text = text.substr(0, kMaxExaminedBytes + longest);
  // Where sensitive texts begin and end.
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (const Form& form : forms_) {
    for (std::size_t at = Find(text, form, 0); at != kNowhere; at = Find(text, form, at + 1)) {
      spans.emplace_back(at, at + form.text.size());
    }
  }
  // The digits beside an encoded text hold bits of it, so the whole word goes.
  for (auto& [begin, end] : spans) {
    while (begin > 0 && IsTokenCharacter(text[begin - 1])) --begin;
    while (end < text.size() && IsTokenCharacter(text[end])) ++end;
  }
  std::sort(spans.begin(), spans.end());
  const std::size_t kept = std::min(text.size(), kMaxExaminedBytes);
  std::string out;
  std::size_t done = 0;
  for (const auto& [begin, end] : spans) {
    if (begin >= kept) break;
    if (begin >= done) {
      out.append(text.data() + done, begin - done);
      out.append(kRedacted.data(), kRedacted.size());
    }
    done = std::max(done, end);
  }
  if (done < kept) out.append(text.data() + done, kept - done);
  return out;
}

std::string SensitiveTexts::Excerpt(absl::string_view text) const {
  if (!too_short_.empty()) return "(withheld: a secret is too short to be found in it)";
  const std::string replaced = ReplacedBeginning(text);
  if (AppearIn(replaced)) return kWithheld;
  return Printable(WithoutTokens(replaced));
}

std::string SensitiveTexts::Redacted(absl::string_view text) const {
  std::string replaced = ReplacedBeginning(text);
  return AppearIn(replaced) ? kWithheld : replaced;
}

}  // namespace sessionbroker::login
