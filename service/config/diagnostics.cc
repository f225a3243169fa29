#include "service/config/diagnostics.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::config {

namespace {

// A key of the file may hold anything.
std::string OnOneLine(const std::string& path) {
  const bool is_plain = std::none_of(path.begin(), path.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  return is_plain ? path : absl::Utf8SafeCEscape(path);
}

}  // namespace

std::string Diagnostic::ToString() const {
  std::string text = file;
  if (position.line > 0) absl::StrAppend(&text, ":", position.line);
  if (position.line > 0 && position.column > 0) absl::StrAppend(&text, ":", position.column);
  if (!text.empty()) absl::StrAppend(&text, ": ");
  if (!path.empty()) absl::StrAppend(&text, OnOneLine(path), ": ");
  absl::StrAppend(&text, message);
  return text;
}

void Diagnostics::Sort() {
  const auto before = [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.position.line, a.position.column) <
           std::tie(b.position.line, b.position.column);
  };
  auto begin = list_.begin();
  while (begin != list_.end()) {
    const auto end = std::find_if(
        begin, list_.end(), [begin](const Diagnostic& other) { return other.file != begin->file; });
    std::stable_sort(begin, end, before);
    begin = end;
  }
}

std::string Diagnostics::ToString() const {
  std::string text;
  for (const Diagnostic& diagnostic : list_) absl::StrAppend(&text, diagnostic.ToString(), "\n");
  return text;
}

std::string Shown(absl::string_view text) {
  constexpr std::size_t kMaxShown = 40;
  if (text.size() > kMaxShown) return absl::StrCat(text.size(), " bytes of text");
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

}  // namespace sessionbroker::config
