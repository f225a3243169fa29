#include "service/login/expression/functions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/login/expression/digest_functions.h"
#include "service/login/expression/text_functions.h"
#include "service/login/expression/time_functions.h"

namespace sessionbroker::login {
namespace {

using crypto::DigestAlgorithm;

constexpr Type kText = Type::kText;
constexpr Type kBytes = Type::kBytes;
constexpr Type kInt = Type::kInt;
constexpr Type kBool = Type::kBool;
constexpr Type kTime = Type::kTime;
constexpr Type kDuration = Type::kDuration;

Function DigestRow(const char* name, const char* about, FunctionBody body,
                   std::vector<FunctionExample> examples) {
  return {name,
          {"data"},
          FlowRule::kDigests,
          about,
          {{{kText}, kBytes, body}, {{kBytes}, kBytes, body}},
          std::move(examples)};
}

Function HmacRow(const char* name, const char* about, FunctionBody body,
                 std::vector<FunctionExample> examples) {
  return {name,
          {"key", "message"},
          FlowRule::kDigests,
          about,
          {{{kText, kText}, kBytes, body},
           {{kText, kBytes}, kBytes, body},
           {{kBytes, kText}, kBytes, body},
           {{kBytes, kBytes}, kBytes, body}},
          std::move(examples)};
}

std::vector<Function> MakeFunctions() {
  return {
      DigestRow("md5", "MD5 (RFC 1321), 16 bytes.", DigestOf<DigestAlgorithm::kMd5>,
                {{R"(hex(md5("abc")))", R"("900150983cd24fb0d6963f7d28e17f72")"}}),
      DigestRow("sha1", "SHA-1 (FIPS 180-4), 20 bytes.", DigestOf<DigestAlgorithm::kSha1>,
                {{R"(hex(sha1("abc")))", R"("a9993e364706816aba3e25717850c26c9cd0d89d")"}}),
      DigestRow("sha256", "SHA-256 (FIPS 180-4), 32 bytes.", DigestOf<DigestAlgorithm::kSha256>,
                {{R"(hex(sha256("abc")))",
                  R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"}}),
      DigestRow(
          "sha512", "SHA-512 (FIPS 180-4), 64 bytes.", DigestOf<DigestAlgorithm::kSha512>,
          {{R"(base64(sha512("abc")))",
            R"("3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==")"}}),
      HmacRow("hmac_md5", "HMAC (RFC 2104) with MD5, 16 bytes.", HmacOf<DigestAlgorithm::kMd5>,
              {{R"(hex(hmac_md5("Jefe", "what do ya want for nothing?")))",
                R"("750c783e6ab0b503eaa86e310a5db738")"}}),
      HmacRow("hmac_sha1", "HMAC with SHA-1, 20 bytes.", HmacOf<DigestAlgorithm::kSha1>,
              {{R"(hex(hmac_sha1("Jefe", "what do ya want for nothing?")))",
                R"("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")"}}),
      HmacRow("hmac_sha256", "HMAC with SHA-256, 32 bytes.", HmacOf<DigestAlgorithm::kSha256>,
              {{R"(hex(hmac_sha256("Jefe", "what do ya want for nothing?")))",
                R"("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")"}}),
      HmacRow(
          "hmac_sha512", "HMAC with SHA-512, 64 bytes.", HmacOf<DigestAlgorithm::kSha512>,
          {{R"(base64(hmac_sha512("Jefe", "what do ya want for nothing?")))",
            R"("Fkt6e/z4GeLjlfvnO1bgo4e9ZCIugx/WECcM1+olBVSXWL91wFqZSm0DT2X48Ob9yuqxo01Ka0tjbgcKOLznNw==")"}}),

      {"hex",
       {"data"},
       FlowRule::kKeeps,
       "Two lower-case digits a byte; upper-case ones with `upper(hex(…))`.",
       {{{kBytes}, kText, ToHex}},
       {{R"(hex(bytes("žluť")))", R"("c5be6c75c5a5")"},
        {R"(upper(hex(bytes("žluť"))))", R"("C5BE6C75C5A5")"}}},
      {"base64",
       {"data"},
       FlowRule::kKeeps,
       "RFC 4648, section 4: with `+`, `/` and padding, on one line.",
       {{{kBytes}, kText, ToBase64}},
       {{R"(base64(bytes("fo~?")))", R"("Zm9+Pw==")"}}},
      {"base64url",
       {"data"},
       FlowRule::kKeeps,
       "RFC 4648, section 5: with `-` and `_`, without padding.",
       {{{kBytes}, kText, ToBase64Url}},
       {{R"(base64url(bytes("fo~?")))", R"("Zm9-Pw")"}}},

      {"from_hex",
       {"text"},
       FlowRule::kKeeps,
       "The bytes that hex digits of either case stand for; anything else is an error.",
       {{{kText}, kBytes, FromHex}},
       {{R"(utf8(from_hex("C5be6c75C5a5")))", R"("žluť")"}}},
      {"from_base64",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text that `base64` could have made; anything else is an error.",
       {{{kText}, kBytes, FromBase64}},
       {{R"(hex(from_base64("//4=")))", R"("fffe")"}}},
      {"from_base64url",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text that `base64url` could have made; anything else is an error.",
       {{{kText}, kBytes, FromBase64Url}},
       {{R"(hex(from_base64url("__4")))", R"("fffe")"}}},
      {"percent",
       {"text"},
       FlowRule::kKeeps,
       "Percent-encoded (RFC 3986): letters, digits, `-`, `.`, `_` and `~` stay as they are.",
       {{{kText}, kText, ToPercent}},
       {{R"(percent("a b+ž/~"))", R"("a%20b%2B%C5%BE%2F~")"}}},
      {"bytes",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in UTF-8.",
       {{{kText}, kBytes, TextToBytes}},
       {{R"(hex(bytes("€")))", R"("e282ac")"}}},
      {"utf16le",
       {"text"},
       FlowRule::kKeeps,
       "The bytes of a text in UTF-16, low byte first, without a byte order mark.",
       {{{kText}, kBytes, TextToUtf16Le}},
       {{R"(hex(utf16le("ž€😀")))", R"("7e01ac203dd800de")"}}},
      {"utf8",
       {"data"},
       FlowRule::kKeeps,
       "The text that the bytes are in UTF-8; others are an error.",
       {{{kBytes}, kText, BytesToText}},
       {{R"(utf8(bytes("€")))", R"("€")"}}},
      {"string",
       {"value"},
       FlowRule::kKeeps,
       "An int in decimal; a bool as `true` or `false`.",
       {{{kInt}, kText, IntToText}, {{kBool}, kText, BoolToText}},
       {{R"(string(-42))", R"("-42")"}, {R"(string(1 < 2))", R"("true")"}}},
      {"int",
       {"text"},
       FlowRule::kKeeps,
       "The number that a text writes in decimal: digits, perhaps a `-` before them, nothing else.",
       {{{kText}, kInt, TextToInt}},
       {{R"(int("-042"))", "-42"}}},
      {"upper",
       {"text"},
       FlowRule::kKeeps,
       "With the letters a–z in upper case, all else as it is.",
       {{{kText}, kText, ToUpper}},
       {{R"(upper("žluť 4a"))", R"("žLUť 4A")"}}},
      {"lower",
       {"text"},
       FlowRule::kKeeps,
       "With the letters A–Z in lower case, all else as it is.",
       {{{kText}, kText, ToLower}},
       {{R"(lower("ŽLUŤ 4A"))", R"("ŽluŤ 4a")"}}},
      {"substring",
       {"text", "start", "end"},
       FlowRule::kWeakens,
       "The characters from `start`, counted from 0, up to but not including `end`, or to the "
       "last. "
       "Both must lie within the text.",
       {{{kText, kInt}, kText, Substring}, {{kText, kInt, kInt}, kText, Substring}},
       {{R"(substring("tacocat", 4))", R"("cat")"},
        {R"(substring("žluťoučký", 1, 4))", R"("luť")"}}},
      {"replace",
       {"text", "old", "new"},
       FlowRule::kWeakens,
       "With each `old` replaced by `new`, from left to right. `old` must not be empty.",
       {{{kText, kText, kText}, kText, Replace}},
       {{R"(replace("a-b-c", "-", ""))", R"("abc")"}}},
      {"column",
       {"text", "separator", "index"},
       FlowRule::kWeakens,
       "Of the columns that the separator parts the text into, the one of this index, counted from "
       "0. It must be there.",
       {{{kText, kText, kInt}, kText, Column}},
       {{R"(column("id\tkey", "\t", 1))", R"("key")"}}},
      {"size",
       {"value"},
       FlowRule::kWeakens,
       "How many characters a text has, or how many bytes.",
       {{{kText}, kInt, Size}, {{kBytes}, kInt, Size}},
       {{R"(size("žluť"))", "4"}, {R"(size(bytes("žluť")))", "6"}}},

      {"seconds",
       {"count"},
       FlowRule::kKeeps,
       "So long a duration.",
       {{{kInt}, kDuration, SecondsToDuration}},
       {{R"(seconds(90) > seconds(60))", "true"}}},
      {"milliseconds",
       {"count"},
       FlowRule::kWeakens,
       "So long a duration.",
       {{{kInt}, kDuration, MillisecondsToDuration}},
       {{R"(milliseconds(1500) - seconds(1) == milliseconds(500))", "true"}}},
      {"timestamp",
       {"value"},
       FlowRule::kWeakens,
       "The time so many seconds after 1970-01-01T00:00:00Z, or that a text writes as RFC 3339 "
       "does.",
       {{{kInt}, kTime, UnixSecondsToTime}, {{kText}, kTime, Rfc3339ToTime}},
       {{R"(timestamp(60) - timestamp(0) == seconds(60))", "true"},
        {R"(unix(timestamp("2003-12-15T15:43:07.5+01:00")))", "1071499387"}}},
      {"unix",
       {"time"},
       FlowRule::kKeeps,
       "Whole seconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixSeconds}},
       {{R"(unix(timestamp(1552989761) + seconds(60)))", "1552989821"}}},
      {"unix_ms",
       {"time"},
       FlowRule::kKeeps,
       "Whole milliseconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixMilliseconds}},
       {{R"(unix_ms(timestamp(1499827319) + milliseconds(559)))", "1499827319559"}}},
      {"rfc3339",
       {"time"},
       FlowRule::kKeeps,
       "The time in UTC, to the second, rounded down.",
       {{{kTime}, kText, TimeToRfc3339}},
       {{R"(rfc3339(timestamp(1071499387)))", R"("2003-12-15T14:43:07Z")"}}},
  };
}

}  // namespace

const std::vector<Function>& Functions() {
  static const auto* const functions = new std::vector<Function>(MakeFunctions());
  return *functions;
}

const Function* FindFunction(absl::string_view name) {
  for (const Function& function : Functions()) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

std::string SignatureOf(const Function& function) {
  std::size_t required = function.parameters.size();
  for (const Overload& overload : function.overloads) {
    required = std::min(required, overload.parameters.size());
  }
  std::string signature = absl::StrCat(function.name, "(");
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    std::vector<absl::string_view> types;
    for (const Overload& overload : function.overloads) {
      if (i >= overload.parameters.size()) continue;
      const absl::string_view type = NameOf(overload.parameters[i]);
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    }
    absl::StrAppend(&signature, i == required ? "[" : "", i > 0 ? ", " : "", function.parameters[i],
                    ": ", absl::StrJoin(types, " or "));
  }
  absl::StrAppend(&signature, required < function.parameters.size() ? "]" : "", ") → ",
                  NameOf(function.overloads.front().result));
  return signature;
}

}  // namespace sessionbroker::login
